"""The ticket's one activity: a step on record, whole, once, or not at all (GEN-01, GEN-03, GEN-05, GEN-08)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.recording import Recorder
from activities.ticket import TicketActivities
from kit.database import create_engine, create_sessions
from models.shared.case import Contact, RecordStep, Request, Step
from models.shared.patch import diff
from models.shared.tables import CaseRow, LogRow, OutboxRow, RequestRow, RevisionRow, TaskRow
from models.ticket import view
from models.ticket.types import Channel, Ticket
from tests.shared.outbox_world import a_road
from tests.stack import MONDAY, load_company
from tests.ticket import building as b

REQUEST = Request(key="k1", fingerprint="f1")


class Record:
    """The activity as a worker runs it, on a database with the sample company."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.sessions = create_sessions(engine)
        recorder = Recorder(
            self.sessions, view.TicketRoom(), lambda *said: "/".join(str(one) for one in said)
        )
        self._activity = TicketActivities(recorder).record

    async def __call__(self, step: RecordStep) -> None:
        await ActivityEnvironment().run(self._activity, step)

    async def count(self, *tables: Any) -> list[int]:
        async with self.sessions() as session:
            return [await session.scalar(select(func.count()).select_from(one)) or 0 for one in tables]

    async def letters(self) -> list[OutboxRow]:
        async with self.sessions() as session:
            return list(await session.scalars(select(OutboxRow).order_by(OutboxRow.id)))


@pytest_asyncio.fixture
async def record(database: str) -> AsyncIterator[Record]:
    engine = create_engine(database)
    found = Record(engine)
    await load_company(found.sessions, MONDAY)
    yield found
    await engine.dispose()


def step_of(
    step: Step[Ticket], before: Ticket | None = None, verb: str = "register", **changes: Any
) -> RecordStep:
    """A rule's step as the workflow hands it over."""
    given: dict[str, Any] = {
        "folio": step.state.folio,
        "revision": step.state.revision,
        "at": MONDAY,
        "verb": verb,
        "request": REQUEST,
        "patch": diff(view.document(before) if before else {}, view.document(step.state)),
        "events": step.events,
        "notices": step.notices,
    }
    return RecordStep(**{**given, **changes})


def a_note(before: Ticket, **changes: Any) -> RecordStep:
    second = {"verb": "note", "request": Request(key="k2", fingerprint="f2")}
    return step_of(b.do(before, "note", text="Abren a las diez"), before, **{**second, **changes})


ROWS = (CaseRow, RevisionRow, LogRow, TaskRow, RequestRow, OutboxRow)


@pytest.mark.req("GEN-03", "GEN-05")
async def test_a_step_recorded_twice_is_on_record_once(record: Record) -> None:
    step = step_of(b.opening())
    await record(step)
    once = await record.count(*ROWS)
    await record(step)
    assert await record.count(*ROWS) == once
    assert once[:2] == [1, 1]


@pytest.mark.req("GEN-03")
async def test_a_step_recorded_by_two_workers_at_once_is_on_record_once(record: Record) -> None:
    """A worker taken for dead that is only slow, and the one that took its place."""
    opening = b.opening()
    await record(step_of(opening))
    note = a_note(opening.state)
    await asyncio.gather(*(record(note) for _ in range(4)))
    assert await record.count(RevisionRow, LogRow, RequestRow) == [2, 2, 2]


@pytest.mark.req("GEN-03")
async def test_a_step_whose_forerunner_is_missing_is_not_recorded(record: Record) -> None:
    with pytest.raises(RuntimeError, match="revision 1 is missing"):
        await record(a_note(b.registered()))
    assert await record.count(*ROWS) == [0] * len(ROWS)


@pytest.mark.req("GEN-03")
async def test_another_step_under_a_revision_that_is_taken_is_not_recorded(record: Record) -> None:
    """An engine reset behind the database's back stands still, it does not overwrite."""
    opening = b.opening()
    await record(step_of(opening))
    await record(a_note(opening.state))
    other = a_note(opening.state, request=Request(key="k3", fingerprint="f3"))
    with pytest.raises(RuntimeError, match="on record with another step"):
        await record(other)
    assert await record.count(RevisionRow, RequestRow) == [2, 2]


@pytest.mark.req("GEN-01", "GEN-13")
async def test_without_a_database_the_engine_is_told_to_try_again_and_nothing_is_half_done(
    database: str,
) -> None:
    async with a_road(database) as road:
        engine = create_engine(road.url)
        record = Record(engine)
        await load_company(record.sessions, MONDAY)
        await road.cut()
        with pytest.raises(ApplicationError) as refused:
            await record(step_of(b.opening()))
        assert (refused.value.type, refused.value.non_retryable) == ("DatabaseAway", False)
        await road.open()
        assert await record.count(*ROWS) == [0] * len(ROWS)
        await record(step_of(b.opening()))
        assert await record.count(RevisionRow) == [1]
        await engine.dispose()


@pytest.mark.req("GEN-03")
async def test_what_fails_in_the_middle_of_a_step_leaves_nothing_of_it(record: Record) -> None:
    async with record.sessions.begin() as session:
        await session.execute(text("ALTER TABLE outbox ADD CONSTRAINT full_up CHECK (id < 0)"))
    with pytest.raises(Exception, match="full_up"):
        await record(step_of(b.opening(contact=Contact(name="Ana", email="ana@papelera.mx"))))
    assert await record.count(*ROWS) == [0] * len(ROWS)


@pytest.mark.req("GEN-08", "TCK-02")
@pytest.mark.parametrize(
    ("channel", "contact", "way"),
    [
        (Channel.EMAIL, Contact(name="Ana", email="a@b.mx", whatsapp="+52 55"), ("email", "a@b.mx", "es")),
        (
            Channel.WHATSAPP,
            Contact(name="Ana", email="a@b.mx", whatsapp="+52 55"),
            ("whatsapp", "+52 55", "es"),
        ),
        (Channel.PORTAL, Contact(name="Ana", whatsapp="+52 55", language="en"), ("whatsapp", "+52 55", "en")),
    ],
)
async def test_the_contact_is_written_to_by_the_channel_it_used_in_its_language(
    record: Record, channel: Channel, contact: Contact, way: tuple[str, str, str]
) -> None:
    await record(step_of(b.opening(channel=channel, contact=contact)))
    (letter,) = [one for one in await record.letters() if one.recipient == "contact"]
    assert (letter.channel, letter.address, letter.language) == way


@pytest.mark.req("GEN-08")
async def test_a_notice_to_a_role_goes_to_everybody_of_it_once_and_to_nobody_twice(record: Record) -> None:
    opening = b.opening()
    await record(step_of(opening))
    before = len(await record.letters())
    escalated = b.do(opening.state, "escalate", reason="Llamó tres veces")
    step = step_of(escalated, opening.state, verb="escalate", request=Request(key="k2", fingerprint="f2"))
    await record(step)
    new = (await record.letters())[before:]
    assert sorted({one.recipient for one in new}) == ["contact", "supervisor"]
    assert len({(one.key, one.recipient) for one in new}) == len(new)


@pytest.mark.req("TCK-13")
async def test_the_letter_of_a_solved_ticket_carries_its_link(record: Record) -> None:
    before = b.documented()
    solved = b.do(before, "resolve")
    opening = step_of(Step(state=before.model_copy(update={"revision": 1})))
    await record(opening)
    changed = solved.model_copy(update={"state": solved.state.model_copy(update={"revision": 2})})
    await record(step_of(changed, before, verb="resolve", request=Request(key="k2", fingerprint="f2")))
    (letter,) = [one for one in await record.letters() if one.template == "resolved"]
    assert letter.data["link"] == f"resolved/{before.folio}/2"
