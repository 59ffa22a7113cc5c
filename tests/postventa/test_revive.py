"""A ticket the engine has lost goes on from the record."""

from typing import Any

import pytest

from api.auth import OwnTokens
from kit.codec import KeyRing
from kit.engine import time_skipping_engine
from kit.fresh import fresh_database
from kit.postgres import Postgres
from postventa.master_data import SAMPLE, import_file
from postventa.revive import on_record, revive
from postventa.virtual import VirtualStack, virtual_stack

CALL = {"channel": "phone", "contact": {"name": "Ana"}, "symptom": "No imprime", "device": "LX45025850"}


async def _post(stack: VirtualStack, user: str, path: str, body: Any) -> Any:
    tokens = stack.app.state.tokens
    assert isinstance(tokens, OwnTokens)
    headers = {"Authorization": f"Bearer {tokens.issue(user)}"}
    answer = await stack.http.post(f"/api/v1{path}", json=body, headers=headers)
    assert answer.is_success, answer.text
    return answer.json()


@pytest.mark.req("GEN-01")
async def test_a_lost_ticket_goes_on_from_its_last_revision_and_a_running_one_is_left_alone(
    postgres: Postgres, keys: KeyRing
) -> None:
    async with (
        fresh_database(postgres) as url,
        time_skipping_engine(keys) as environment,
        virtual_stack(environment, url, keys) as stack,
    ):
        async with stack.sessions.begin() as session:
            await import_file(session, SAMPLE, stack.clock.now(), "development")
        folio = (await _post(stack, "call_center", "/tickets", CALL))["folio"]
        kind = {"type": "equipment_stopped", "priority": "high"}
        before = await _post(stack, "call_center", f"/tickets/{folio}/classify", kind)
        client = environment.client
        await client.get_workflow_handle(folio).terminate("lost")
        async with stack.sessions() as session:
            (ticket,) = await on_record(session, [folio])
        assert await revive(client, ticket)
        assert not await revive(client, ticket)
        after = await _post(stack, "supervisor", f"/tickets/{folio}/assign", {"engineer": "engineer1"})
    assert after["revision"] == before["revision"] + 1
    assert [line["event"] for line in after["log"]] == [
        *(line["event"] for line in before["log"]),
        "assigned",
    ]
    assert after["sla"]["resolution"]["due_at"] == before["sla"]["resolution"]["due_at"]
