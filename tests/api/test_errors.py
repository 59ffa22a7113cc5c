"""Every refusal and failure is a problem that says all that is wrong, in the caller's language (GEN-13)."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import asyncpg
import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI, Query
from pydantic import AwareDatetime, Field
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine
from starlette.exceptions import HTTPException
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from activities.failures import Unavailable
from api.app import MAX_BODY_SIZE
from api.errors import EngineAway, install
from kit.failures import Refusal
from models.shared.errors import Fault, GateNotMet, Invalid, NotAllowed, NotNow, Unknown
from models.shared.message import Strict
from tests.api.building import Door

pytestmark = pytest.mark.req("GEN-13")


class Inner(Strict):
    email: str = Field(max_length=5)
    phones: list[int] = []


class Asked(Strict):
    contact: Inner
    at: AwareDatetime


MISSING = (
    Fault(code="root_cause", message="Falta la causa raíz."),
    Fault(code="actions", message="Faltan acciones."),
)
UPDATE_REFUSED = WorkflowUpdateFailedError(
    ApplicationError(
        "Faltan dos cosas.",
        Refusal(code="gate_not_met", message="Faltan dos cosas.", faults=MISSING).model_dump(mode="json"),
        type="GateNotMet",
        non_retryable=True,
    )
)
FAILURES: dict[str, Exception] = {
    "gate": GateNotMet("Faltan dos cosas.", faults=MISSING),
    "update": UPDATE_REFUSED,
    "now": NotNow("Ya está cerrado."),
    "allowed": NotAllowed("Su rol no puede."),
    "unknown": Unknown("No existe."),
    "invalid": Invalid("Se contradice.", faults=[Fault(code="x", message="y", path="a.b")]),
    "broken_update": WorkflowUpdateFailedError(ApplicationError("secret words")),
    "bug": RuntimeError("secret words"),
    "engine": RPCError("secret words", RPCStatusCode.UNAVAILABLE, b""),
    "slow_engine": RPCError("secret words", RPCStatusCode.DEADLINE_EXCEEDED, b""),
    "full_engine": RPCError("secret words", RPCStatusCode.RESOURCE_EXHAUSTED, b""),
    "no_engine": EngineAway("secret words"),
    "denied_engine": RPCError("secret words", RPCStatusCode.PERMISSION_DENIED, b""),
    "starting_database": asyncpg.CannotConnectNowError("secret words"),
    "lost_database": ConnectionRefusedError("secret words"),
    "unique": IntegrityError("secret words", {}, Exception("secret words")),
    "store": Unavailable("secret words"),
    "teapot": HTTPException(405),
}


@pytest_asyncio.fixture(scope="module")
async def http() -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    install(app)

    @app.get("/fails/{name}")
    async def fails(name: str) -> None:
        raise FAILURES[name]

    @app.post("/asked")
    async def asked(body: Asked) -> None:
        assert body

    @app.get("/listed")
    async def listed(limit: Annotated[int, Query(le=200)]) -> None:
        assert limit

    @app.get("/database")
    async def database() -> None:
        engine = create_async_engine("postgresql+asyncpg://nobody@127.0.0.1:1/none")
        async with engine.connect() as connection:
            await connection.execute(text("select 1"))

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


def check(answer: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["type"] == f"urn:postventa:problem:{kind}"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert body["errors"]
    assert all(set(fault) == {"code", "message", "path"} for fault in body["errors"])
    assert "secret" not in answer.text
    return body


@pytest.mark.parametrize(
    ("name", "status", "kind"),
    [
        ("now", 409, "not_now"),
        ("allowed", 403, "not_allowed"),
        ("unknown", 404, "unknown"),
        ("invalid", 422, "invalid"),
        ("broken_update", 500, "failed"),
        ("bug", 500, "failed"),
        ("denied_engine", 500, "failed"),
        ("unique", 500, "failed"),
        ("teapot", 405, "method_not_allowed"),
    ],
)
async def test_each_kind_of_refusal_has_its_status(
    http: httpx.AsyncClient, name: str, status: int, kind: str
) -> None:
    check(await http.get(f"/fails/{name}"), status, kind)


@pytest.mark.parametrize("name", ["gate", "update"])
@pytest.mark.req("GEN-04")
async def test_a_gate_lists_all_that_is_missing(http: httpx.AsyncClient, name: str) -> None:
    body = check(await http.get(f"/fails/{name}"), 409, "gate_not_met")
    assert body["detail"] == "Faltan dos cosas."
    assert [(fault["code"], fault["message"]) for fault in body["errors"]] == [
        ("root_cause", "Falta la causa raíz."),
        ("actions", "Faltan acciones."),
    ]


@pytest.mark.parametrize(
    "name",
    ["engine", "slow_engine", "full_engine", "no_engine", "starting_database", "lost_database", "store"],
)
async def test_what_is_away_is_503_and_says_when_to_come_back(http: httpx.AsyncClient, name: str) -> None:
    answer = await http.get(f"/fails/{name}")
    check(answer, 503, "away")
    assert int(answer.headers["retry-after"]) > 0


async def test_a_database_nobody_serves_is_away(http: httpx.AsyncClient) -> None:
    check(await http.get("/database"), 503, "away")


async def test_every_wrong_field_is_named_by_its_path_in_spanish(http: httpx.AsyncClient) -> None:
    wrong = {"contact": {"email": "far too long", "phones": [1, "x"], "fax": 1}, "at": "2031-03-03T09:00:00"}
    body = check(await http.post("/asked", json=wrong), 422, "invalid")
    assert {fault["path"] for fault in body["errors"]} == {
        "contact.email",
        "contact.phones[1]",
        "contact.fax",
        "at",
    }
    assert body["title"] == "Datos no válidos"
    assert not any("should" in fault["message"] for fault in body["errors"])


async def test_english_is_spoken_to_who_asks_for_it(http: httpx.AsyncClient) -> None:
    answer = await http.post("/asked", json={}, headers={"Accept-Language": "en-GB,es;q=0.5"})
    body = check(answer, 422, "invalid")
    assert body["title"] == "Invalid data"
    assert {fault["message"] for fault in body["errors"]} == {"Field required"}


async def test_a_query_is_checked_as_a_body_is(http: httpx.AsyncClient) -> None:
    body = check(await http.get("/listed", params={"limit": 201}), 422, "invalid")
    assert body["errors"][0]["path"] == "limit"


async def test_malformed_json_is_400(http: httpx.AsyncClient) -> None:
    answer = await http.post("/asked", content=b'{"contact": ', headers={"Content-Type": "application/json"})
    check(answer, 400, "malformed")


async def test_what_is_not_utf8_is_a_problem_too(http: httpx.AsyncClient) -> None:
    answer = await http.post("/asked", content=b"\xff\xfe{", headers={"Content-Type": "application/json"})
    check(answer, 400, "malformed")


async def test_an_unknown_address_and_a_wrong_method_are_problems(door: Door) -> None:
    check(await door.http.get("/api/v1/nowhere"), 404, "unknown")
    check(await door.http.get("/nowhere"), 404, "unknown")
    check(await door.http.delete("/api/v1/health"), 405, "method_not_allowed")


async def test_a_body_over_the_limit_is_refused_declared_or_not(door: Door) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(MAX_BODY_SIZE // 1_000_000 + 2):
            yield b" " * 1_000_000

    headers = {"Content-Type": "application/json", **door.as_("admin")}
    declared = {**headers, "Content-Length": str(MAX_BODY_SIZE + 1)}
    check(await door.http.post("/api/v1/sla/preview", content=b"{}", headers=declared), 413, "too_large")
    check(await door.http.post("/api/v1/sla/preview", content=endless(), headers=headers), 413, "too_large")
