"""The same request is known again, and a key with another body is refused (GEN-05)."""

import json
from typing import Any

import pytest
from fastapi import Body

from api.auth import Caller
from api.idempotency import Identity, answered, identity
from models.shared.actor import Actor, Role
from models.shared.case import Request
from models.shared.errors import Invalid
from models.shared.tables import RequestRow
from tests.api.building import MONDAY, Door

pytestmark = pytest.mark.req("GEN-05")

ANA = Actor(user="ana", role=Role.CALL_CENTER)
PATH = "/api/v1/tickets"


def asked(
    caller: Actor = ANA, method: str = "POST", path: str = PATH, key: str | None = "k", body: Any = None
) -> Request:
    return identity(caller, method, path, key, body)


def test_the_same_words_are_the_same_request_however_they_were_written() -> None:
    one = asked(body={"a": 1, "b": ["x", None], "ñ": "á"})
    other = asked(body=json.loads('{"ñ":"\\u00e1",  "b":["x",null],"a":1}'))
    assert one == other


@pytest.mark.parametrize(
    "other",
    [
        {"caller": Actor(user="eva", role=Role.CALL_CENTER)},
        {"method": "PUT"},
        {"path": "/api/v1/tickets/T-2031-000001/close"},
        {"key": "K"},
    ],
    ids=str,
)
def test_another_caller_operation_or_key_is_another_request(other: dict[str, Any]) -> None:
    assert asked(**other).key != asked().key


def test_another_body_under_the_same_key_has_another_fingerprint() -> None:
    assert asked(body={"a": 1}).key == asked(body={"a": 2}).key
    assert asked(body={"a": 1}).fingerprint != asked(body={"a": 2}).fingerprint


def test_a_key_cannot_be_made_to_look_like_that_of_somebody_else() -> None:
    one = asked(caller=Actor(user='ana","POST', role=Role.CALL_CENTER), key="k")
    assert one.key != asked().key


def test_without_a_key_every_request_is_its_own() -> None:
    assert asked(key=None).key != asked(key=None).key


@pytest.mark.parametrize("key", ["", " ", "a" * 201, "a\tb", "ñ", " a", "a ", "a\x7f"])
def test_a_key_that_is_too_long_or_not_visible_is_refused(key: str) -> None:
    with pytest.raises(Invalid) as caught:
        asked(key=key)
    assert caught.value.faults[0].path == "Idempotency-Key"


def test_a_key_of_two_hundred_characters_is_taken() -> None:
    assert asked(key="a b" + "c" * 197)


async def test_an_answered_request_is_found_and_another_body_is_422(door: Door) -> None:
    first = asked(body={"a": 1})
    async with door.services.sessions.begin() as session:
        assert await answered(session, first) is None
        session.add(
            RequestRow(
                key=first.key, fingerprint=first.fingerprint, folio="T-2031-000001", revision=1, at=MONDAY
            )
        )
    async with door.services.sessions() as session:
        found = await answered(session, first)
        assert found is not None
        assert found.folio == "T-2031-000001"
        with pytest.raises(Invalid) as caught:
            await answered(session, asked(body={"a": 2}))
    assert caught.value.code == "key_reused"


async def test_an_operation_gets_the_identity_of_its_request(door: Door) -> None:
    async def do(caller: Caller, request: Identity, body: dict[str, Any] = Body()) -> list[str]:
        return [caller.user, request.key, request.fingerprint, json.dumps(body)]

    door.app.post("/api/v1/do")(do)
    headers = {**door.as_("supervisor"), "Idempotency-Key": "k"}
    one = await door.http.post("/api/v1/do", json={"a": 1, "b": 2}, headers=headers)
    same = await door.http.post("/api/v1/do", json={"b": 2, "a": 1}, headers=headers)
    expected = identity(
        Actor(user="supervisor", role=Role.SUPERVISOR), "POST", "/api/v1/do", "k", {"a": 1, "b": 2}
    )
    assert one.json() == ["supervisor", expected.key, expected.fingerprint, '{"a": 1, "b": 2}']
    assert same.json()[1:3] == one.json()[1:3]
    bad = await door.http.post("/api/v1/do", json={}, headers={**headers, "Idempotency-Key": "x" * 201})
    assert bad.status_code == 422
    assert bad.json()["errors"][0]["path"] == "Idempotency-Key"
