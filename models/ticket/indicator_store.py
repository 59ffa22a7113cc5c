"""What the indicators count, gathered by SQL over read model and case log (TCK-19). Never commits."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from models.shared import outbox_store
from models.shared.tables import CaseRow, LogRow
from models.ticket import view
from models.ticket.indicators import Fact, Line, fact
from models.ticket.messages import ROOM
from models.ticket.types import FAILURES, State

_OPENS = frozenset({"registered", "rejected", "reopened"})
_ENDS = frozenset({"resolved", "closed", "cancelled", "merged", "redirected"})
_READ = frozenset({"escalated", "acknowledged", "resolved", "cancelled"})
_MOST = 50
"""So many devices of those that fail again and again."""


async def facts(session: AsyncSession, since: datetime, until: datetime, now: datetime) -> list[Fact]:
    """The tickets opened from `since` to before `until`, as they stand."""
    cohort = (CaseRow.room == ROOM, CaseRow.opened_at >= since, CaseRow.opened_at < until)
    lines: dict[str, list[Line]] = defaultdict(list)
    asked = select(LogRow.folio, LogRow.event, LogRow.at, LogRow.detail).join(
        CaseRow, CaseRow.folio == LogRow.folio
    )
    asked = asked.where(*cohort, LogRow.event.in_(_READ)).order_by(LogRow.folio, LogRow.seq)
    for folio, event, at, detail in await session.execute(asked):
        lines[folio].append(Line(event=event, at=at, detail=detail))
    documents = await session.execute(select(CaseRow.folio, CaseRow.document).where(*cohort))
    return [fact(view.ticket_of(document), lines[folio], now) for folio, document in documents]


async def closed(session: AsyncSession, since: datetime, until: datetime, by: str | None) -> dict[str, int]:
    """How many tickets were closed in the period, by the value of a column (one total under "" without one)."""
    asked = select(_key(by), func.count()).where(
        CaseRow.room == ROOM, CaseRow.state == State.CLOSED, CaseRow.closed_at >= since, CaseRow.closed_at < until
    )  # fmt: skip
    return await _counted(session, asked, by)


async def still_open(session: AsyncSession, at: datetime, by: str | None) -> dict[str, int]:
    """How many tickets were open (not resolved) just before an instant, as the case log tells it."""
    last = (
        select(LogRow.folio, LogRow.event)
        .where(LogRow.event.in_(_OPENS | _ENDS), LogRow.at < at)
        .ext(distinct_on(LogRow.folio))
        .order_by(LogRow.folio, LogRow.seq.desc())
        .subquery()
    )
    asked = select(_key(by), func.count()).select_from(CaseRow).join(last, last.c.folio == CaseRow.folio)
    return await _counted(session, asked.where(CaseRow.room == ROOM, last.c.event.in_(_OPENS)), by)


async def recurring(session: AsyncSession, since: datetime, until: datetime) -> list[tuple[str, int]]:
    """The devices that failed more than once in the period, and how often; the worst first (TCK-16)."""
    count = func.count()
    asked = select(CaseRow.device, count).where(
        CaseRow.room == ROOM, CaseRow.device != "", CaseRow.type.in_(sorted(FAILURES)), CaseRow.state != State.CANCELLED,
        CaseRow.opened_at >= since, CaseRow.opened_at < until,
    )  # fmt: skip
    asked = (
        asked.group_by(CaseRow.device).having(count > 1).order_by(count.desc(), CaseRow.device).limit(_MOST)
    )
    return [(device, failures) for device, failures in await session.execute(asked)]


async def summary(session: AsyncSession) -> dict[str, Any]:
    """What there is at this moment: tickets by channel, state and level reached, those breached, and the letters."""

    async def counted(column: Any) -> dict[str, int]:
        asked = select(column, func.count()).where(CaseRow.room == ROOM).group_by(column).order_by(column)
        return {str(name): count for name, count in await session.execute(asked)}

    breached = await counted(CaseRow.sla_breached)
    return {
        "by_channel": await counted(CaseRow.channel),
        "by_state": await counted(CaseRow.state),
        "by_level": await counted(CaseRow.escalation_level),
        "sla": {"breached": breached.get("True", 0), "in_time": breached.get("False", 0)},
        "notifications": await outbox_store.counts(session),
    }


def _key(by: str | None) -> ColumnElement[str]:
    column: ColumnElement[str] = getattr(CaseRow, by) if by else literal("")
    return column


async def _counted(session: AsyncSession, asked: Any, by: str | None) -> dict[str, int]:
    rows = await session.execute(asked.group_by(_key(by)) if by else asked)
    return {row[0]: row[1] for row in rows}
