"""Starts tickets again from the record, when the engine has lost them: `python -m postventa.revive T-2031-000123 …`.

`--all` looks at every ticket that is not over. One whose workflow runs is left alone; terminate it first if it has gone
wrong (docs/runbook.md). The record is what was accepted: the new run goes on from its last revision.
"""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from kit.clock import SystemClock
from kit.database import create_engine, create_sessions
from kit.settings import Settings
from kit.temporal import connect
from models.shared.tables import CaseRow
from models.ticket import board, rules
from models.ticket.messages import ROOM, TASK_QUEUE, WORKFLOW, TicketStart
from models.ticket.types import Ticket
from models.ticket.view import TicketRoom, ticket_of
from postventa.stack import running
from workflows.visibility import attributes


async def on_record(session: AsyncSession, folios: Sequence[str]) -> list[Ticket]:
    """The tickets with these folios, or every live one when none is given."""
    asked = select(CaseRow).where(CaseRow.room == ROOM).options(undefer(CaseRow.document))
    asked = asked.where(CaseRow.folio.in_(folios)) if folios else asked.where(CaseRow.live)
    return [ticket_of(row.document) for row in await session.scalars(asked.order_by(CaseRow.folio))]


async def revive(client: Client, ticket: Ticket) -> bool:
    """A new run from the ticket's last revision. False when one is running."""
    try:
        await client.start_workflow(
            WORKFLOW,
            TicketStart(folio=ticket.folio, ticket=ticket),
            id=ticket.folio,
            task_queue=TASK_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            search_attributes=attributes(ROOM, TicketRoom().columns_of(ticket)),
            static_summary=board.summary(ticket),
        )
    except WorkflowAlreadyStartedError:
        return False
    return True


async def _revive_all(folios: Sequence[str]) -> None:
    stack = running(Settings().data)
    if stack is not None:
        with stack.applied():
            await _connected(Settings(), folios)
    else:
        await _connected(Settings(), folios)


async def _connected(settings: Settings, folios: Sequence[str]) -> None:
    database = create_engine(settings.database_url)
    try:
        client = await connect(settings)
        async with create_sessions(database)() as session:
            tickets = await on_record(session, folios)
        now = SystemClock().now()
        for ticket in tickets:
            if rules.ended(ticket, now):
                said = "over"
            else:
                said = "revived" if await revive(client, ticket) else "running"
            typer.echo(f"{ticket.folio}: {said}, revision {ticket.revision}")
        for lost in sorted(set(folios) - {ticket.folio for ticket in tickets}):
            typer.echo(f"{lost}: not on record", err=True)
    finally:
        await database.dispose()


def main(
    folios: Annotated[list[str] | None, typer.Argument(help="Folios of tickets")] = None,
    all: Annotated[bool, typer.Option("--all", help="Every ticket that is not over")] = False,
) -> None:
    """Start tickets again from the record."""
    if bool(folios) == all:
        raise typer.BadParameter("give folios, or --all")
    asyncio.run(_revive_all(folios or []))


if __name__ == "__main__":
    typer.run(main)
