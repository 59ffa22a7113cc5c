"""The outbox's own rules, on a real PostgreSQL (GEN-08)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from models.shared import outbox_store
from models.shared.errors import NotNow, Unknown
from models.shared.outbox_store import Channel, OutboxState, Settlement
from models.shared.tables import OutboxRow
from tests.shared.outbox_world import AT, World, a_letter, a_world

pytestmark = pytest.mark.req("GEN-08")


@pytest_asyncio.fixture
async def world(database: str) -> AsyncIterator[World]:
    async with a_world(database) as made:
        yield made


async def _claimed(world: World, sender: int = 1) -> OutboxRow | None:
    async with world.sessions.begin() as session:
        return await outbox_store.claim(session, world.clock.now(), sender)


async def _must_claim(world: World, sender: int = 1) -> OutboxRow:
    row = await _claimed(world, sender)
    assert row is not None
    return row


async def _settled(world: World, row: OutboxRow, state: OutboxState, **more: object) -> bool:
    async with world.sessions.begin() as session:
        settlement = Settlement.model_validate({"state": state, "at": world.clock.now(), **more})
        return await outbox_store.settle(session, row, settlement)


async def test_a_letter_is_kept_once_per_case_event_and_recipient(world: World) -> None:
    await world.leave(a_letter(), a_letter(recipient="supervisor"))
    await world.leave(a_letter(address="elsewhere@example.com"), a_letter("assigned:2:action"))
    await world.leave()
    assert [(row.key, row.recipient) for row in await world.rows()] == [
        ("registered:1:action", "contact"),
        ("registered:1:action", "supervisor"),
        ("assigned:2:action", "contact"),
    ]


async def test_nothing_is_left_to_be_sent_by_a_transaction_that_did_not_commit(world: World) -> None:
    async with world.sessions() as session:
        await outbox_store.enqueue(session, [a_letter()], AT)
        await session.rollback()
    assert await world.rows() == []


async def test_who_cannot_be_reached_is_visible_at_once(world: World) -> None:
    await world.leave(a_letter(channel=Channel.NONE, address=""))
    row = await world.row()
    assert (row.state, row.error) == ("failed", "no hay canal")
    assert await _claimed(world) is None
    async with world.sessions() as session:
        assert [one.id for one in await outbox_store.unsettled(session, 10)] == [row.id]


async def test_a_letter_is_claimed_by_one_sender_only(world: World) -> None:
    await world.leave(a_letter())
    async with world.sessions.begin() as first, world.sessions.begin() as second:
        mine = await outbox_store.claim(first, AT, 1)
        assert mine is not None
        assert (mine.state, mine.attempts, mine.claimed_by) == ("sending", 1, 1)
        async with asyncio.timeout(10):
            assert await outbox_store.claim(second, AT, 2) is None
    assert await _claimed(world, 2) is None


async def test_a_recipient_hears_of_a_case_in_order(world: World) -> None:
    await world.leave(a_letter("a"), a_letter("b"), a_letter("c", recipient="supervisor"))
    first = await _must_claim(world)
    other = await _must_claim(world)
    assert (first.key, other.key) == ("a", "c")
    assert await _claimed(world) is None
    await _settled(world, first, OutboxState.SENT)
    assert (await _must_claim(world)).key == "b"


async def test_a_letter_is_due_at_its_time_even_if_the_clock_lags_behind_its_writing(world: World) -> None:
    await world.leave(a_letter(), at=AT + timedelta(hours=2))
    row = await _must_claim(world)
    assert row.claimed_at == AT + timedelta(hours=2)
    later = AT + timedelta(hours=3)
    await _settled(world, row, OutboxState.PENDING, not_before=later, error="451")
    assert await _claimed(world) is None
    async with world.sessions() as session:
        assert await outbox_store.next_due(session) == later
    world.clock.at = later
    assert (await _must_claim(world)).attempts == 2


async def _orphans(world: World, mine: list[int]) -> list[int]:
    async with world.sessions.begin() as session:
        return await outbox_store.orphans(session, mine)


async def test_what_a_dead_sender_left_is_in_doubt_and_what_a_living_one_has_is_let_alone(
    world: World,
) -> None:
    await world.leave(a_letter("dead"), a_letter("alive", recipient="supervisor"))
    dead, alive = await _must_claim(world, 11), await _must_claim(world, 12)
    async with world.engine.connect() as living:
        await outbox_store.hold_lock(living, 12)
        await living.commit()
        assert await _orphans(world, [13]) == [dead.id]
        assert await _orphans(world, [13]) == []
        assert await world.states() == ["doubt", "sending"]
        await living.invalidate()
    assert await _orphans(world, [12]) == []
    assert await _orphans(world, [13]) == [alive.id]
    assert await _claimed(world, 13) is None


async def test_a_sender_taken_for_dead_tells_the_truth_in_the_end(world: World) -> None:
    await world.leave(a_letter())
    row = await _must_claim(world, 11)
    await _orphans(world, [13])
    assert await _settled(world, row, OutboxState.SENT)
    settled = await world.row()
    assert (settled.state, settled.error, settled.sent_at) == ("sent", "", AT)


async def test_a_late_word_about_an_earlier_attempt_changes_nothing(world: World) -> None:
    await world.leave(a_letter())
    first = await _must_claim(world, 11)
    await _orphans(world, [13])
    await _retry(world, first.id)
    second = await _must_claim(world, 11)
    assert not await _settled(world, first, OutboxState.FAILED, error="late")
    assert await _settled(world, second, OutboxState.SENT)
    assert not await _settled(world, second, OutboxState.DOUBT)
    assert await world.states() == ["sent"]


async def test_a_claim_whose_commit_was_lost_is_put_back_unattempted(world: World) -> None:
    await world.leave(a_letter("lost"), a_letter("in hand", recipient="supervisor"))
    await _must_claim(world, 11)
    held = await _must_claim(world, 11)
    async with world.sessions.begin() as session:
        assert await outbox_store.release(session, [11], {held.id}) == 1
    assert [(row.state, row.attempts) for row in await world.rows()] == [("pending", 0), ("sending", 1)]


async def _retry(world: World, row_id: int) -> None:
    async with world.sessions.begin() as session:
        await outbox_store.retry(session, row_id, "supervisor", world.clock.now())


async def test_only_a_person_sends_again_what_failed_or_is_in_doubt_and_it_stays_written_who_did(
    world: World,
) -> None:
    await world.leave(a_letter())
    row = await _must_claim(world)
    await _settled(world, row, OutboxState.DOUBT, error="sin respuesta")
    world.clock.advance(days=2)
    assert await _claimed(world) is None
    await _retry(world, row.id)
    again = await _must_claim(world)
    assert again.error == "sin respuesta; supervisor pidió otro intento (2031-03-05T15:00:00+00:00)"
    with pytest.raises(NotNow):
        await _retry(world, row.id)
    with pytest.raises(Unknown):
        await _retry(world, 10**9)


async def test_every_state_is_counted(world: World) -> None:
    await world.leave(a_letter("a"), a_letter("b", channel=Channel.NONE), a_letter("c", recipient="x"))
    await _settled(world, await _must_claim(world), OutboxState.SENT)
    async with world.sessions() as session:
        counted = await outbox_store.counts(session)
    assert counted == {"pending": 1, "sending": 0, "sent": 1, "failed": 1, "doubt": 0}
