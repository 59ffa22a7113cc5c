"""Before a figure is told: every ticket is whole, its ledger right, and nothing is missing or twice."""

import asyncio
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.client import Client

from benchmarks.figure import hold
from benchmarks.life import EVENTS, LETTERS, VERBS, request
from benchmarks.peers import NOTIFIES
from kit.database import Sessions
from models.shared import case_store
from models.shared.outbox_store import OutboxState
from models.shared.tables import CaseRow, LogRow, OutboxRow, RequestRow, RevisionRow
from models.ticket import store, view
from models.ticket.types import ClosedAs, State, Ticket

SENT_WITHIN = 60.0
"""Seconds the outbox has to send the last letters."""


async def whole_tickets(sessions: Sessions, folios: Sequence[str], *, logged: bool = True) -> None:
    """Raises `WrongResult` unless each ticket lived its eight actions, each recorded once, and closed confirmed."""
    async with sessions() as session:
        for folio in folios:
            await _whole_ticket(session, folio, logged)


async def _whole_ticket(session: AsyncSession, folio: str, logged: bool) -> None:
    row = await store.row(session, folio)
    hold(row is not None, f"{folio}: not on record")
    assert row is not None
    folded, _ = await case_store.at_revision(session, folio, len(VERBS))
    hold(folded == row.document and row.revision == len(VERBS), f"{folio}: revisions and read model differ")
    steps = (
        await session.execute(
            select(RevisionRow.verb, RevisionRow.at)
            .where(RevisionRow.folio == folio)
            .order_by(RevisionRow.revision)
        )
    ).all()
    hold(tuple(step.verb for step in steps) == VERBS, f"{folio}: {steps}")
    lines = await case_store.log_lines(session, folio)
    events = tuple(line["event"] for line in lines)
    hold(events == (EVENTS if logged else ()), f"{folio}: the log says {events}")
    keys = [request(folio, verb).key for verb in VERBS]
    answers = await session.scalars(select(RequestRow.revision).where(RequestRow.key.in_(keys)))
    hold(sorted(answers.all()) == [*range(1, len(VERBS) + 1)], f"{folio}: answers are missing")  # type: ignore[type-var]
    _ledger(view.ticket_of(row.document), {step.verb: step.at for step in steps})


def _ledger(ticket: Ticket, at: dict[str, object]) -> None:
    """Both clocks met at the very instants of the actions that meet them, in time; and the close adds up."""
    folio = ticket.folio
    hold((ticket.state, ticket.closed_as) == (State.CLOSED, ClosedAs.CONFIRMED), f"{folio}: {ticket.state}")
    hold(ticket.first_response.met_at == at["contact"], f"{folio}: first response")
    hold(ticket.resolution_clock.met_at == at["resolve"], f"{folio}: resolution")
    for clock in (ticket.first_response, ticket.resolution_clock):
        spans = [(segment.since, segment.kind) for segment in clock.segments]
        hold(spans == [(at["register"], "running")], f"{folio}: {spans}")
        hold(clock.breached_at is None and not clock.warned, f"{folio}: a clock was late")
    hold(ticket.opened_at == at["register"] and ticket.closed_at == at["confirm"], f"{folio}: instants")
    hold(ticket.attention is not None and ticket.closed_at is not None, f"{folio}: attention")
    if ticket.attention and ticket.closed_at:
        wall = int((ticket.closed_at - ticket.opened_at).total_seconds()) // 60
        hold(ticket.attention.wall_minutes == wall, f"{folio}: attention is {ticket.attention}, not {wall}")


async def letters_sent(sessions: Sessions, folios: Sequence[str], each: int = sum(LETTERS.values())) -> None:
    """Raises `WrongResult` unless exactly so many letters a case were sent in the end."""
    asked = select(OutboxRow.state, func.count()).where(OutboxRow.folio.in_(folios)).group_by(OutboxRow.state)
    async with asyncio.timeout(SENT_WITHIN):
        while True:
            async with sessions() as session:
                found = {row[0]: row[1] for row in await session.execute(asked)}
            if not found.keys() & {OutboxState.PENDING, OutboxState.SENDING}:
                break
            await asyncio.sleep(0.05)
    wanted = {OutboxState.SENT: len(folios) * each} if folios and each else {}
    hold(found == wanted, f"letters: {found}, not {wanted}")


async def whole_peers(client: Client, folios: Sequence[str]) -> None:
    """Raises `WrongResult` unless each of the peer's cases took the same eight actions."""
    for folio in folios:
        done = await client.get_workflow_handle(folio).result()
        hold(tuple(done) == VERBS, f"{folio}: {done}")


async def whole_naive(sessions: Sessions, folios: Sequence[str]) -> None:
    async with sessions() as session:
        cases = await session.scalar(
            select(func.count()).where(CaseRow.folio.in_(folios), CaseRow.revision == len(VERBS))
        )
        lines = await session.scalar(select(func.count()).where(LogRow.folio.in_(folios)))
    hold((cases, lines) == (len(folios), len(folios) * len(VERBS)), f"naive: {cases} cases, {lines} lines")
    await letters_sent(sessions, folios, len(NOTIFIES))
