"""All the SQL that only tickets need: lists, a device's failures, an engineer's load. Never commits."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from models.shared.tables import CaseRow, LogRow
from models.ticket.messages import ROOM
from models.ticket.types import FAILURES, State


async def row(session: AsyncSession, folio: str) -> CaseRow | None:
    """The read model of a ticket with its document."""
    asked = select(CaseRow).where(CaseRow.folio == folio, CaseRow.room == ROOM)
    return (await session.scalars(asked.options(undefer(CaseRow.document)))).one_or_none()


async def failures(
    session: AsyncSession, device: str, since: datetime, but: str = ""
) -> tuple[datetime, ...]:
    """When a device failed since an instant, by its tickets other than `but`; cancelled ones do not count (TCK-16)."""
    if not device:
        return ()
    asked = select(CaseRow.opened_at).where(
        CaseRow.device == device,
        CaseRow.room == ROOM,
        CaseRow.opened_at >= since,
        CaseRow.type.in_(sorted(FAILURES)),
        CaseRow.state != State.CANCELLED,
        CaseRow.folio != but,
    )
    return tuple((await session.scalars(asked.order_by(CaseRow.opened_at))).all())


async def loads(session: AsyncSession, engineers: Sequence[str]) -> dict[str, int]:
    """How many open tickets each engineer has (TCK-07)."""
    asked = (
        select(CaseRow.assignee, func.count())
        .where(CaseRow.assignee.in_(list(engineers)), CaseRow.open)
        .group_by(CaseRow.assignee)
    )
    return {row[0]: row[1] for row in await session.execute(asked)}


def listed(**wanted: Any) -> Select[CaseRow]:
    """Tickets with these column values; a value of None does not filter."""
    asked = select(CaseRow).where(CaseRow.room == ROOM).options(undefer(CaseRow.document))
    for name, value in wanted.items():
        if value is not None:
            asked = asked.where(getattr(CaseRow, name) == value)
    return asked


async def last_resolved(session: AsyncSession, folio: str) -> int:
    """The revision in which a ticket was last resolved; 0 when it never was (TCK-13)."""
    asked = select(func.max(LogRow.revision)).where(LogRow.folio == folio, LogRow.event == "resolved")
    return await session.scalar(asked) or 0


async def open_of(session: AsyncSession, engineer: str) -> list[str]:
    """The open tickets of an engineer, the oldest first."""
    asked = select(CaseRow.folio).where(CaseRow.assignee == engineer, CaseRow.open, CaseRow.room == ROOM)
    return list(await session.scalars(asked.order_by(CaseRow.opened_at, CaseRow.folio)))


async def taken_from(session: AsyncSession, engineer: str, since: datetime) -> list[tuple[str, int, str]]:
    """The tickets that went from this engineer to another since an instant: folio, revision, and to whom."""
    to, before = LogRow.detail["engineer"].astext, LogRow.detail["before"].astext
    asked = select(LogRow.folio, LogRow.revision, to).where(
        LogRow.event == "assigned", LogRow.at >= since, before == engineer
    )
    rows = await session.execute(asked.order_by(LogRow.folio, LogRow.seq))
    return [(folio, revision, name) for folio, revision, name in rows]
