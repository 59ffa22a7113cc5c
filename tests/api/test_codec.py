"""The Temporal UI reads payloads through the codec endpoint: who may, from where, and what it gets (GEN-15)."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from google.protobuf.json_format import MessageToDict
from temporalio.api.common.v1 import Payload
from temporalio.converter import WorkflowSerializationContext

from api.codec import PATH, READERS
from kit.codec import KeyRing
from kit.settings import Settings
from models.shared.actor import Role
from tests.api.building import Door, open_door, settings_for, user_row

pytestmark = pytest.mark.req("GEN-15")

UI = "http://localhost:8233"
PLAIN = Payload(metadata={"encoding": b"json/plain"}, data=b'"Ana P\xc3\xa9rez"')


def json_of(*payloads: Payload) -> dict[str, Any]:
    return {"payloads": [MessageToDict(payload) for payload in payloads]}


async def sealed(door: Door) -> dict[str, Any]:
    bound = door.services.codec.with_context(
        WorkflowSerializationContext(namespace="postventa", workflow_id="T-1")
    )
    return json_of(*await bound.encode([PLAIN]))


async def decode(door: Door, body: Any, **headers: str) -> httpx.Response:
    return await door.http.post(f"{PATH}/decode", json=body, headers=headers)


async def test_a_supervisor_reads_what_a_history_holds(door: Door) -> None:
    body = await sealed(door)
    assert b"Ana" not in base64.b64decode(body["payloads"][0]["data"])
    answer = await decode(door, body, **door.as_("supervisor"))
    assert answer.status_code == 200
    assert answer.json() == json_of(PLAIN)


async def test_what_was_encoded_decodes_to_the_same_in_order(door: Door) -> None:
    many = [Payload(metadata={"encoding": b"json/plain"}, data=str(n).encode()) for n in range(3)]
    encoded = await door.http.post(f"{PATH}/encode", json=json_of(*many), headers=door.as_("admin"))
    assert encoded.status_code == 200
    assert encoded.json() != json_of(*many)
    decoded = await decode(door, encoded.json(), **door.as_("admin"))
    assert decoded.json() == json_of(*many)


async def test_what_is_not_encrypted_is_shown_as_it_is(door: Door) -> None:
    assert (await decode(door, json_of(PLAIN), **door.as_("admin"))).json() == json_of(PLAIN)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SYSTEM])
@pytest.mark.req("GEN-11")
async def test_only_the_named_roles_read(door: Door, role: Role) -> None:
    async with door.services.sessions.begin() as session:
        session.add(user_row("someone", role.value))
    answer = await decode(door, await sealed(door), **door.as_("someone"))
    assert answer.status_code == (200 if role in READERS else 403)


async def test_a_payload_that_was_altered_is_refused_and_nothing_of_it_shown(door: Door) -> None:
    body = await sealed(door)
    raw = bytearray(base64.b64decode(body["payloads"][0]["data"]))
    raw[-1] ^= 1
    body["payloads"][0]["data"] = base64.b64encode(raw).decode()
    answer = await decode(door, body, **door.as_("admin"))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "bad_payloads"


@pytest.mark.parametrize(
    "body", [{"payloads": 3}, {"payloads": [{"data": "a"}]}, {"other": []}, {"payloads": [3]}]
)
async def test_what_are_no_payloads_is_refused(door: Door, body: Any) -> None:
    assert (await decode(door, body, **door.as_("admin"))).status_code == 422


async def test_the_local_ui_reads_without_a_token_in_development(door: Door) -> None:
    answer = await decode(door, await sealed(door), Origin=UI)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == UI


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://evil.example.com"},
        {"Origin": "http://localhost:9999"},
        {"Origin": "null"},
        {"Origin": UI, "Host": "evil.example.com"},
        {"Origin": UI, "Authorization": "Bearer nonsense"},
    ],
    ids=["no-origin", "elsewhere", "other-port", "null", "rebound-name", "bad-token"],
)
async def test_nobody_else_reads_without_a_token(door: Door, headers: dict[str, str]) -> None:
    assert (await decode(door, await sealed(door), **headers)).status_code == 401


async def test_another_machine_does_not_pass_for_the_local_ui(keys: KeyRing, tmp_path: Path) -> None:
    async with open_door(keys, settings_for(tmp_path), peer="10.0.0.7") as door:
        assert (await decode(door, await sealed(door), Origin=UI)).status_code == 401


@pytest_asyncio.fixture(params=["production", "oidc"])
async def guarded(request: pytest.FixtureRequest, keys: KeyRing, tmp_path: Path) -> AsyncIterator[Door]:
    """A door with an identity provider, in production and in development."""
    given: dict[str, Any] = {"oidc_issuer": "https://id.example.com", "temporal_ui_url": f"{UI}/"}
    if request.param == "production":
        given["environment"] = "production"
    settings: Settings = settings_for(tmp_path, **given)
    async with open_door(keys, settings) as door:
        yield door


async def test_with_an_identity_provider_the_ui_needs_a_token(guarded: Door) -> None:
    assert (await decode(guarded, await sealed(guarded), Origin=UI)).status_code == 401


async def test_a_browser_may_call_from_the_ui_and_from_nowhere_else(guarded: Door) -> None:
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,x-namespace",
    }
    granted = await guarded.http.options(f"{PATH}/decode", headers={"Origin": UI, **asked})
    assert granted.status_code == 200
    assert granted.headers["access-control-allow-origin"] == UI
    refused = await guarded.http.options(
        f"{PATH}/decode", headers={"Origin": "http://evil.example.com", **asked}
    )
    assert "access-control-allow-origin" not in refused.headers
    elsewhere = await guarded.http.get("/api/v1/health", headers={"Origin": UI})
    assert "access-control-allow-origin" not in elsewhere.headers


async def test_a_refusal_can_be_read_by_the_ui(door: Door) -> None:
    answer = await decode(door, await sealed(door), Origin=UI, **door.as_("engineer1"))
    assert answer.status_code == 403
    assert answer.headers["access-control-allow-origin"] == UI
