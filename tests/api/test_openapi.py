"""The OpenAPI document says everything: summary, examples and errors of every operation."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kit.codec import KeyRing
from tests.api.building import open_door, settings_for

METHODS = {"get", "post", "put", "patch", "delete"}
Operation = tuple[str, dict[str, Any]]


@pytest.fixture
async def document(keys: KeyRing, tmp_path: Path) -> Any:
    async with open_door(keys, settings_for(tmp_path)) as door:
        answer = await door.http.get("/api/v1/openapi.json")
        assert answer.status_code == 200
        return answer.json()


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                yield f"{method.upper()} {path}", operation


def exampled(document: dict[str, Any], content: dict[str, Any]) -> bool:
    """Whether a media type shows an example: of its own, or one of its schema."""
    if {"example", "examples"} & content.keys():
        return True
    schema = content.get("schema", {})
    name = schema.get("$ref", "").removeprefix("#/components/schemas/")
    known = document["components"]["schemas"].get(name, {}) if name else schema
    return bool({"example", "examples"} & (known.keys() | schema.keys()))


def test_it_is_openapi_3_1_under_the_root(document: Any) -> None:
    assert document["openapi"].startswith("3.1")
    assert list(operations(document))
    assert all(path.startswith("/api/v1/") for path in document["paths"])


def test_every_operation_has_a_summary_of_its_own(document: Any) -> None:
    generated = [
        name
        for name, operation in operations(document)
        if operation.get("summary", "").lower() in ("", operation["operationId"].replace("_", " ").lower())
        or " " not in operation["summary"]
    ]
    assert generated == []


def test_every_body_has_an_example(document: Any) -> None:
    bare = [
        f"{name} {kind}"
        for name, operation in operations(document)
        for kind, content in operation.get("requestBody", {}).get("content", {}).items()
        if not exampled(document, content)
    ]
    assert bare == []


def test_every_answer_has_an_example(document: Any) -> None:
    bare = [
        f"{name} {status}"
        for name, operation in operations(document)
        for status, answer in operation["responses"].items()
        for content in answer.get("content", {}).values()
        if not exampled(document, content)
    ]
    assert bare == []


@pytest.mark.req("GEN-13")
def test_every_operation_names_its_errors_as_problems(document: Any) -> None:
    for name, operation in operations(document):
        responses = operation["responses"]
        needed = {"422", "500", "503"} | ({"401"} if operation.get("security") else set())
        assert needed <= responses.keys(), name
        for status, answer in responses.items():
            if status >= "400":
                assert list(answer["content"]) == ["application/problem+json"], f"{name} {status}"


def test_every_reference_leads_somewhere(document: Any) -> None:
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}

    def references(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                yield node["$ref"]
            for inner in node.values():
                yield from references(inner)
        elif isinstance(node, list):
            for inner in node:
                yield from references(inner)

    assert set(references(document)) <= known


@pytest.mark.req("GEN-05")
def test_every_post_of_a_case_takes_an_idempotency_key(document: Any) -> None:
    without = [
        name
        for name, operation in operations(document)
        if name.startswith("POST")
        and not any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", []))
        and not name.endswith(("/auth/token", "/sla/preview", "/codec/decode", "/codec/encode"))
    ]
    assert without == []


async def test_people_find_the_docs(keys: KeyRing, tmp_path: Path) -> None:
    async with open_door(keys, settings_for(tmp_path)) as door:
        answer = await door.http.get("/api/v1/docs")
    assert answer.status_code == 200
    assert "/api/v1/openapi.json" in answer.text
