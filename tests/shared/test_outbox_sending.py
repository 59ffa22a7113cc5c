"""What leaves, leaves at most once, and is not held up by what does not (GEN-08)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from activities.adapters.fakes import ScriptedMailer
from activities.failures import InDoubt, Rejected, Unavailable
from activities.outbox import GIVE_UP_AFTER, LANES, Outbox, next_attempt
from activities.ports import OutgoingMessage
from models.shared.outbox_store import Channel
from tests.shared.outbox_world import AT, World, a_letter, a_road, a_world

pytestmark = pytest.mark.req("GEN-08")


@pytest_asyncio.fixture
async def world(database: str) -> AsyncIterator[World]:
    async with a_world(database) as made:
        yield made


class HeldMailer:
    """Takes its time: `begun` tells that a message is on its way, `go` lets it through."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.go = asyncio.Event()
        self.accepted: list[OutgoingMessage] = []

    async def send(self, message: OutgoingMessage) -> None:
        self.begun.set()
        await self.go.wait()
        self.accepted.append(message)


async def test_a_letter_is_sent_once_and_its_row_says_when(world: World) -> None:
    mailer = ScriptedMailer()
    outbox = world.outbox(mailer)
    await world.leave(a_letter())
    assert await outbox.settle_all() == 1
    assert await outbox.settle_all() == 0
    row = await world.row()
    assert (row.state, row.attempts, row.sent_at) == ("sent", 1, AT)
    (message,) = mailer.accepted
    assert (message.address, message.subject) == ("ana@example.com", "[T-2031-000123] Recibimos su reporte")


async def test_what_is_refused_for_now_is_tried_again_later_and_later(world: World) -> None:
    mailer = ScriptedMailer(*[Unavailable("451 espere")] * 4)
    outbox = world.outbox(mailer)
    await world.leave(a_letter())
    waits = []
    while (await world.row()).state != "sent":
        assert await outbox.settle_all() == 1
        assert await outbox.settle_all() == 0
        row = await world.row()
        if row.state == "pending":
            waits.append(row.not_before - world.clock.now())
            assert row.error == "451 espere"
            world.clock.at = row.not_before
    minutes = [1, 5, 15, 60]
    assert waits == [timedelta(minutes=one) for one in minutes]
    assert (await world.row()).error == ""


async def test_after_a_day_of_refusals_a_letter_has_failed_visibly(world: World) -> None:
    mailer = ScriptedMailer(*[Unavailable("451 espere")] * 100)
    outbox = world.outbox(mailer)
    await world.leave(a_letter())
    while (row := await world.row()).state == "pending":
        world.clock.at = row.not_before
        await outbox.settle_all()
    assert row.state == "failed"
    assert row.error == f"451 espere; {row.attempts} intentos"
    assert AT + timedelta(hours=22) < world.clock.now() <= AT + GIVE_UP_AFTER


def test_the_next_attempt_never_comes_after_the_letter_is_given_up() -> None:
    assert next_attempt(1, AT, AT) == AT + timedelta(minutes=1)
    assert next_attempt(40, AT, AT + timedelta(hours=23)) == AT + timedelta(hours=24)
    assert next_attempt(40, AT, AT + timedelta(hours=23, seconds=1)) is None


@pytest.mark.parametrize(
    ("failure", "state"),
    [
        (Rejected("550 no existe"), "failed"),
        (InDoubt("sin respuesta"), "doubt"),
        (RuntimeError("?"), "doubt"),
    ],
)
async def test_what_is_final_or_in_doubt_is_shown_and_never_sent_again_by_itself(
    world: World, failure: Exception, state: str
) -> None:
    class Failing:
        attempts = 0

        async def send(self, _message: OutgoingMessage, /) -> None:
            self.attempts += 1
            raise failure

    mailer = Failing()
    outbox = world.outbox(mailer)
    await world.leave(a_letter())
    for _ in range(3):
        await outbox.settle_all()
        world.clock.advance(days=1)
    row = await world.row()
    assert (row.state, mailer.attempts) == (state, 1)
    assert str(failure) in row.error


async def test_a_letter_that_cannot_be_written_or_has_no_carrier_fails_visibly_and_stops_no_other(
    world: World,
) -> None:
    mailer = ScriptedMailer()
    await world.leave(
        a_letter("a", template="felicitaciones"),
        a_letter("b", channel=Channel.WHATSAPP, address="+52"),
        a_letter("c"),
    )
    await world.outbox(mailer).settle_all()
    broken, uncarried, fine = await world.rows()
    assert (broken.state, uncarried.state, fine.state) == ("failed", "failed", "sent")
    assert "felicitaciones" in broken.error
    assert uncarried.error == "no hay canal «whatsapp»"


async def test_a_channel_that_hangs_does_not_hold_up_the_others(world: World) -> None:
    slow, quick = HeldMailer(), ScriptedMailer()
    outbox = world.outbox({Channel.EMAIL: slow, Channel.WHATSAPP: quick})
    await world.leave(
        a_letter("a"),
        *(a_letter(f"w{n}", folio=f"T-{n}", channel=Channel.WHATSAPP, address="+52") for n in range(9)),
    )
    draining = asyncio.create_task(outbox.settle_all())
    await slow.begun.wait()
    await quick.reached(9)
    slow.go.set()
    assert await draining == 10


async def test_many_senders_at_once_send_each_letter_once(world: World) -> None:
    mailer = ScriptedMailer()
    await world.leave(*(a_letter(f"k{n}", folio=f"T-{n % 7}") for n in range(60)))
    sent = await asyncio.gather(*(world.outbox(mailer).settle_all() for _ in range(3)))
    assert sum(sent) == 60
    assert len({message.id for message in mailer.accepted}) == len(mailer.accepted) == 60
    assert set(await world.states()) == {"sent"}


async def test_a_living_sender_keeps_its_letter_however_slow_it_is(world: World) -> None:
    slow, other = HeldMailer(), ScriptedMailer()
    await world.leave(a_letter())
    sending = asyncio.create_task(world.outbox(slow).settle_all())
    await slow.begun.wait()
    world.clock.advance(days=30)
    assert await world.outbox(other).settle_all() == 0
    assert await world.states() == ["sending"]
    slow.go.set()
    await sending
    assert await world.states() == ["sent"]
    assert other.accepted == []


async def _killed_in_the_middle(world: World) -> Outbox:
    """A sender that dies while its letter is on its way: its connection ends and it never says what happened."""
    mailer = HeldMailer()
    outbox = world.outbox(mailer)
    sending = asyncio.create_task(outbox.settle_all())
    await mailer.begun.wait()
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    return outbox


async def test_a_sender_that_dies_in_the_middle_leaves_its_letter_in_doubt_for_the_next(world: World) -> None:
    await world.leave(a_letter("a"), a_letter("b"))
    dead = await _killed_in_the_middle(world)
    await dead.close()
    mailer = ScriptedMailer()
    await world.outbox(mailer).settle_all()
    assert await world.states() == ["doubt", "sent"]
    assert len(mailer.accepted) == 1


async def test_a_closed_outbox_is_no_longer_taken_for_a_living_sender(world: World) -> None:
    outbox = world.outbox(ScriptedMailer())
    await world.leave(a_letter())
    await outbox.settle_all()
    assert await world.senders_alive() == 1
    await outbox.close()
    assert await world.senders_alive() == 0


async def test_a_sender_interrupted_in_the_middle_does_not_send_that_letter_again_itself(
    world: World,
) -> None:
    await world.leave(a_letter())
    interrupted = await _killed_in_the_middle(world)
    async with asyncio.timeout(10):
        assert await interrupted.settle_all() == 0
    assert await world.states() == ["sending"]


async def test_what_was_sent_while_the_database_fell_is_written_as_sent_when_it_is_back(world: World) -> None:
    slow = HeldMailer()
    await world.leave(a_letter("a"))
    outbox = world.outbox(slow)
    sending = asyncio.create_task(outbox.settle_all())
    await slow.begun.wait()
    await world.cut_every_connection()
    other = ScriptedMailer()
    await world.outbox(other).settle_all()
    assert await world.states() == ["doubt"]
    slow.go.set()
    await asyncio.gather(sending, return_exceptions=True)
    assert await world.states() == ["sent"]
    await world.leave(a_letter("b"))
    assert await outbox.settle_all() == 1
    assert [message.id.split(".")[1] for message in slow.accepted] == ["a", "b"]
    assert other.accepted == []


async def test_what_was_sent_while_the_database_is_away_is_written_when_it_is_back(database: str) -> None:
    async with a_road(database) as road, a_world(road.url) as world:
        slow = HeldMailer()
        await world.leave(a_letter())
        sending = asyncio.create_task(world.outbox(slow).settle_all())
        await slow.begun.wait()
        await road.cut()
        slow.go.set()
        done, _ = await asyncio.wait({sending}, timeout=0.3)
        assert not done
        assert len(slow.accepted) == 1
        await road.open()
        async with asyncio.timeout(20):
            await asyncio.gather(sending, return_exceptions=True)
            assert await world.states() == ["sent"]


async def test_a_running_outbox_waits_for_a_database_that_is_away(database: str) -> None:
    async with a_road(database) as road, a_world(road.url) as world:
        mailer = ScriptedMailer()
        stop = asyncio.Event()
        await road.cut()
        running = asyncio.create_task(world.outbox(mailer).run(stop))
        done, _ = await asyncio.wait({running}, timeout=0.3)
        assert not done
        await road.open()
        await world.leave(a_letter())
        await mailer.reached(1)
        stop.set()
        async with asyncio.timeout(10):
            await running


async def test_a_running_outbox_is_woken_by_what_is_left_and_outlives_the_loss_of_its_connections(
    world: World,
) -> None:
    mailer = ScriptedMailer()
    stop = asyncio.Event()
    await world.leave(a_letter("before it started"))
    running = asyncio.create_task(world.outbox(mailer).run(stop))
    await mailer.reached(1)
    await world.leave(a_letter("while it runs"))
    await mailer.reached(2)
    await world.cut_every_connection()
    await world.leave(a_letter("after the fall"))
    await mailer.reached(3)
    stop.set()
    async with asyncio.timeout(10):
        await running
    assert await world.states() == ["sent"] * 3


async def test_an_outbox_told_to_stop_finishes_what_it_has_in_hand_and_leaves_the_rest_for_later(
    world: World,
) -> None:
    mailer = HeldMailer()
    stop = asyncio.Event()
    await world.leave(*(a_letter(f"k{n}", folio=f"T-{n}") for n in range(30)))
    running = asyncio.create_task(world.outbox(mailer).run(stop))
    await mailer.begun.wait()
    stop.set()
    mailer.go.set()
    async with asyncio.timeout(10):
        await running
    states = await world.states()
    assert set(states) == {"sent", "pending"}
    assert states.count("sent") == len(mailer.accepted) <= 2 * LANES


async def test_a_letter_never_leaves_before_its_sending_is_committed(world: World) -> None:
    """The mailer looks at the database at the moment of the attempt, over another connection."""
    seen: list[str] = []

    class Looking:
        async def send(self, _message: OutgoingMessage, /) -> None:
            seen.extend(await world.states())

    await world.leave(a_letter())
    await world.outbox(Looking()).settle_all()
    assert seen == ["sending"]
