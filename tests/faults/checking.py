"""What must hold after any fault: nothing accepted is lost, nothing is there twice, nothing is made up (GEN-03).

`check` compares four witnesses that know nothing of each other: what people were answered, what the database holds,
the engine's history with the workflow's own state, and the mails that arrived.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowHistory
from temporalio.worker import Replayer

from kit.codec import KeyRing
from kit.temporal import data_converter
from models.shared.outbox_store import OutboxState
from models.shared.patch import JsonObject, diff, merge
from models.shared.tables import CaseRow, LogRow, OutboxRow, RequestRow, RevisionRow
from tests.faults.harness import Asked, Site, until

StateOf = Callable[[Client, str], Awaitable[JsonObject]]
"""How a room's workflow is asked for its own state, as the document that it records."""


async def check(site: Site, state_of: StateOf, workflows: Sequence[type], *folios: str) -> dict[str, int]:
    """Everything, for these cases. Answers how many letters are in each state."""
    await site.up()
    await _letters_settled(site, folios)
    client = await site.client()
    replayer = Replayer(workflows=workflows, data_converter=data_converter(KeyRing.parse(site.keys)))
    async with site.sessions() as sessions, sessions() as session:
        for folio in folios:
            histories = await _runs_at_rest(client, folio)
            asked = [one for one in site.accepted if one.answer["folio"] == folio]
            document = await _record_is_whole(session, folio)
            unlike = diff(document, await state_of(client, folio))
            assert not unlike, f"{folio}: the database is not what the case is: {unlike}"
            await _accepted_once(session, folio, asked, histories)
            await _escalated_once(session, folio)
            for history in histories:
                await replayer.replay_workflow(history)
        counts = await _told_at_most_once(session, site, folios)
    await _asked_again(site, folios)
    return counts


async def runs_of(client: Client, folio: str) -> list[WorkflowHistory]:
    """The histories of a case, first to last: it continues as new when one is long."""
    run: str | None = None
    found: list[WorkflowHistory] = []
    while run is None or run:
        history = await client.get_workflow_handle(folio, run_id=run).fetch_history()
        found.insert(0, history)
        run = history.events[0].workflow_execution_started_event_attributes.continued_execution_run_id
    return found


async def _runs_at_rest(client: Client, folio: str) -> list[WorkflowHistory]:
    """The histories once every update they accepted has its end: an answer may come from the record before that."""

    async def all_ended() -> bool:
        return not any(_under_way(history) for history in await runs_of(client, folio))

    await until(all_ended, f"every update of {folio} has its end")
    return await runs_of(client, folio)


def _under_way(history: WorkflowHistory) -> set[int]:
    """The updates that were accepted and have no end yet, by their event."""
    accepted, ended = set[int](), set[int]()
    for event in history.events:
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED:
            accepted.add(event.event_id)
        elif event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED:
            ended.add(event.workflow_execution_update_completed_event_attributes.accepted_event_id)
    return accepted - ended


async def _letters_settled(site: Site, folios: Sequence[str]) -> None:
    """The outbox has come to an end with these cases' letters."""
    on_its_way = select(OutboxRow.id).where(
        OutboxRow.folio.in_(folios), OutboxRow.state.in_([OutboxState.PENDING, OutboxState.SENDING])
    )
    async with site.sessions() as sessions:

        async def none_left() -> bool:
            async with sessions() as session:
                return (await session.scalars(on_its_way)).first() is None

        await until(none_left, "every letter is sent, refused or in doubt", within=90)


async def _record_is_whole(session: AsyncSession, folio: str) -> JsonObject:
    """Revisions and log lines are numbered without a gap, and the patches make the document."""
    case = await session.get_one(CaseRow, folio)
    rows = (
        await session.scalars(
            select(RevisionRow).where(RevisionRow.folio == folio).order_by(RevisionRow.revision)
        )
    ).all()
    assert [row.revision for row in rows] == list(range(1, case.revision + 1)), folio
    lines = (await session.scalars(select(LogRow).where(LogRow.folio == folio).order_by(LogRow.seq))).all()
    assert [line.seq for line in lines] == list(range(1, len(lines) + 1)), folio
    assert {line.revision for line in lines} <= {row.revision for row in rows}, folio
    document: JsonObject = {}
    for row in rows:
        document = merge(document, row.patch)
    assert document == await session.scalar(select(CaseRow.document).where(CaseRow.folio == folio)), folio
    return document


async def _accepted_once(
    session: AsyncSession, folio: str, asked: Sequence[Asked], histories: Sequence[WorkflowHistory]
) -> None:
    """Each request that was answered is on record once; each one on record was accepted by the engine, and answered."""
    keys = (
        await session.scalars(
            select(RevisionRow.request_key).where(
                RevisionRow.folio == folio, RevisionRow.request_key.is_not(None)
            )
        )
    ).all()
    assert all(count == 1 for count in Counter(keys).values()), f"{folio}: a request is on record twice"
    answered = {
        row.key: row.revision
        for row in await session.scalars(select(RequestRow).where(RequestRow.folio == folio))
    }
    assert set(answered) == set(keys), f"{folio}: answers and revisions differ"
    assert None not in answered.values(), folio
    carried_out = set[str]().union(*(_carried_out(history) for history in histories))
    assert set(keys) == carried_out, f"{folio}: the record and the engine's history differ"
    once = {one.key: one for one in asked}
    assert len(once) <= len(keys), f"{folio}: {len(once)} accepted, {len(keys)} on record"
    log = Counter(len(one.answer["log"]) for one in once.values())
    assert all(count == 1 for count in log.values()), f"{folio}: two requests made the same step"


def _carried_out(history: WorkflowHistory) -> set[str]:
    """The ids of the updates that the engine accepted and the workflow did not refuse."""
    accepted: dict[int, str] = {}
    done: set[str] = set()
    for event in history.events:
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED:
            accepted[event.event_id] = (
                event.workflow_execution_update_accepted_event_attributes.accepted_request.meta.update_id
            )
        elif _succeeded(event):
            completed = event.workflow_execution_update_completed_event_attributes
            done.add(accepted[completed.accepted_event_id])
    return done


def _succeeded(event: HistoryEvent) -> bool:
    completed = event.workflow_execution_update_completed_event_attributes
    return (
        event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED
        and not completed.outcome.HasField("failure")
    )


async def _escalated_once(session: AsyncSession, folio: str) -> None:
    lines = await session.scalars(
        select(LogRow.detail).where(LogRow.folio == folio, LogRow.event == "escalated")
    )
    told = Counter(
        tuple(str(line.get(said)) for said in ("trigger", "reason", "condition_at", "level", "missed"))
        for line in lines
    )
    assert all(count == 1 for count in told.values()), f"{folio}: escalated twice: {told}"


async def _told_at_most_once(session: AsyncSession, site: Site, folios: Sequence[str]) -> dict[str, int]:
    """Every letter that was sent arrived once, no other arrived more than once, and none is of nobody."""
    rows = (await session.scalars(select(OutboxRow).where(OutboxRow.folio.in_(folios)))).all()
    arrived = Counter(
        str(mail["Message-ID"]).strip(" <>")
        for mail in site.inbox.accepted
        if any(f".{folio}@" in str(mail["Message-ID"]) for folio in folios)
    )
    assert all(count == 1 for count in arrived.values()), f"told twice: {arrived}"
    numbers = {int(one.partition(".")[0]) for one in arrived}
    by_mail = {row.id: row.state for row in rows if row.channel == "email"}
    assert numbers <= set(by_mail), "a mail that nobody wrote"
    sent = {number for number, state in by_mail.items() if state == OutboxState.SENT}
    assert sent <= numbers, f"said to be sent, never arrived: {sent - numbers}"
    not_tried = {number for number, state in by_mail.items() if state == OutboxState.FAILED}
    assert not (numbers & not_tried), "said to have failed, and arrived"
    return dict(Counter(row.state for row in rows))


async def _asked_again(site: Site, folios: Sequence[str]) -> None:
    """The same request again, long after, gets the same answer."""
    desk = site.desk
    for one in [one for one in site.accepted if one.answer["folio"] in folios]:
        again = await desk.ask(one.user, one.path, one.body, one.key)
        assert (again.status_code, again.json()) == (one.status, one.answer), (
            f"{one.path} answers differently"
        )
        site.accepted.pop()
