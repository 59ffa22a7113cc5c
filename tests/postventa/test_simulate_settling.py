"""Before a call is made all that is due has happened and is on record, letters included; what hangs is named (GEN-17)."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import pytest_asyncio
from sqlalchemy import select, update

from kit.codec import KeyRing
from kit.engine import time_skipping_engine
from models.shared import outbox_store
from models.shared.tables import CaseRow, OutboxRow
from postventa.virtual import VirtualStack, virtual_stack
from tests.shared.outbox_world import a_letter

pytestmark = pytest.mark.req("GEN-17")


@pytest_asyncio.fixture
async def stack(keys: KeyRing, database: str) -> AsyncIterator[VirtualStack]:
    async with time_skipping_engine(keys) as engine, virtual_stack(engine, database, keys) as opened:
        yield replace(opened, patience=0.3)


def a_case(stack: VirtualStack, wake_in: timedelta) -> CaseRow:
    """A case on record whose timer nobody keeps, as no workflow stands behind it."""
    now = stack.clock.now()
    words = (
        "priority",
        "type",
        "channel",
        "client",
        "site",
        "device",
        "assignee",
        "waiting_for",
        "closed_as",
    )
    return CaseRow(
        folio="T-2031-000001",
        room="ticket",
        revision=1,
        state="registered",
        open=True,
        live=True,
        escalation_level=0,
        sla_breached=False,
        opened_at=now,
        updated_at=now,
        next_wake=now + wake_in,
        document={},
        **dict.fromkeys(words, ""),
    )


async def test_a_letter_due_on_the_way_leaves_at_its_own_instant(stack: VirtualStack) -> None:
    start = stack.clock.now()
    due = start + timedelta(hours=2)
    async with stack.sessions.begin() as session:
        await outbox_store.enqueue(session, [a_letter()], start)
        await session.execute(update(OutboxRow).values(not_before=due, created_at=start))
    await stack.advance(start + timedelta(hours=1))
    assert await state_of_the_letter(stack) == ("pending", None)
    await stack.advance(start + timedelta(days=3))
    state, late = await state_of_the_letter(stack, due)
    assert state == "sent"
    assert late is not None
    assert timedelta() <= late < timedelta(minutes=1)


async def state_of_the_letter(
    stack: VirtualStack, due: datetime | None = None
) -> tuple[str, timedelta | None]:
    async with stack.sessions() as session:
        row = (await session.scalars(select(OutboxRow))).one()
    return row.state, None if row.sent_at is None or due is None else row.sent_at - due


async def test_a_timer_that_leaves_nothing_on_record_is_named_and_not_waited_for_for_ever(
    stack: VirtualStack,
) -> None:
    async with stack.sessions.begin() as session:
        session.add(a_case(stack, timedelta(hours=5)))
    start = stack.clock.now()
    await stack.advance(start + timedelta(hours=4))
    with pytest.raises(TimeoutError, match=r"not settled after 0\.3 s at .*: T-2031-000001"):
        await stack.advance(start + timedelta(hours=6))
    assert stack.clock.now() < start + timedelta(hours=5, minutes=5), "time stands where it hangs"


async def test_time_never_goes_back(stack: VirtualStack) -> None:
    start = stack.clock.now()
    await stack.advance(start + timedelta(days=1))
    reached = stack.clock.now()
    await stack.advance(start)
    assert reached <= stack.clock.now() < reached + timedelta(minutes=1)
