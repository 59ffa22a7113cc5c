"""All the SQL of the outbox (GEN-08). Nothing here commits: the caller's transaction decides.

pending ── claim ──> sending ── settle ──> sent | failed | pending again, later
                        └── its sender died ──> doubt ── retry, by a person's decision ──> pending

A sender claims over one connection, known by a number whose session-level advisory lock it holds; the server lets go
of the lock when the connection ends. So a row in `sending` whose lock is free belongs to nobody alive, however slow
the living are, and no clock is compared to tell.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.orm import aliased

from models.shared.errors import NotNow, Unknown
from models.shared.message import Frozen
from models.shared.tables import OutboxRow

NOTIFY_CHANNEL = "outbox"
_LOCK_CLASS = 0x0B0C
"""The first key of the senders' advisory locks, so that no other lock of the system can be one of them."""


class OutboxState(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    DOUBT = "doubt"


class Channel(StrEnum):
    EMAIL = "email"
    WHATSAPP = "whatsapp"
    NONE = "none"


class Letter(Frozen):
    """A message to be written and sent: whom to, by what, from which template. `data` is JSON."""

    folio: str
    key: str
    recipient: str
    channel: Channel
    address: str = ""
    language: str = "es"
    template: str
    data: dict[str, Any] = {}


class Settlement(Frozen):
    """What became of an attempt. `not_before` is set when it is to be tried again."""

    state: OutboxState
    error: str = ""
    at: datetime
    not_before: datetime | None = None


async def enqueue(session: AsyncSession, letters: Sequence[Letter], at: datetime) -> None:
    """Leave letters to be sent once this transaction commits; one per folio, key and recipient for ever.

    Without a channel there is nothing to try: the row is born failed, so that it is seen (GEN-08).
    """
    if not letters:
        return
    rows = [_row(letter, at) for letter in letters]
    await session.execute(insert(OutboxRow).on_conflict_do_nothing(), rows)
    await _notify(session)


def _row(letter: Letter, at: datetime) -> dict[str, Any]:
    reachable = letter.channel is not Channel.NONE
    return {
        **letter.model_dump(),
        "state": OutboxState.PENDING if reachable else OutboxState.FAILED,
        "attempts": 0,
        "created_at": at,
        "not_before": at,
        "error": "" if reachable else "no hay canal",
    }


async def hold_lock(connection: AsyncConnection, sender: int) -> None:
    """Take the lock that says this sender lives, for as long as the connection does."""
    await connection.execute(select(func.pg_advisory_lock(_LOCK_CLASS, sender)))


async def claim(session: AsyncSession, now: datetime, sender: int) -> OutboxRow | None:
    """The next due letter, now `sending`; the caller commits that before it attempts anything.

    A recipient hears of a case in order: a letter waits while an earlier one to the same person is on its way.
    """
    earlier = aliased(OutboxRow)
    on_its_way = exists().where(
        earlier.folio == OutboxRow.folio,
        earlier.recipient == OutboxRow.recipient,
        earlier.state == OutboxState.SENDING,
    )
    row = await session.scalar(
        select(OutboxRow)
        .where(OutboxRow.state == OutboxState.PENDING, _due(now), ~on_its_way)
        .order_by(OutboxRow.not_before, OutboxRow.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=OutboxRow)
    )
    if row is not None:
        row.state = OutboxState.SENDING
        row.attempts += 1
        row.claimed_by, row.claimed_at = sender, max(now, row.created_at)
        await session.flush()
    return row


def _due(now: datetime) -> ColumnElement[bool]:
    """In a simulation the clock may lag behind the case that wrote: what was due when written is due."""
    return or_(OutboxRow.not_before <= now, OutboxRow.not_before <= OutboxRow.created_at)


async def settle(session: AsyncSession, row: OutboxRow, settlement: Settlement) -> bool:
    """Write what became of this attempt. False when a later attempt took its place meanwhile.

    A sender that was taken for dead tells the truth in the end: its outcome replaces the doubt.
    """
    values: dict[str, Any] = {"state": settlement.state, "error": settlement.error}
    if settlement.state is OutboxState.SENT:
        values["sent_at"] = settlement.at
    if settlement.not_before is not None:
        values["not_before"] = settlement.not_before
    result = await session.execute(
        update(OutboxRow)
        .where(
            OutboxRow.id == row.id,
            OutboxRow.claimed_by == row.claimed_by,
            OutboxRow.attempts == row.attempts,
            OutboxRow.state != OutboxState.SENT,
        )
        .values(values)
        .returning(OutboxRow.id)
    )
    return result.scalar() is not None


async def release(session: AsyncSession, mine: Collection[int], in_hand: Collection[int]) -> int:
    """Put back this process's rows that it has not in hand: a claim whose commit was lost, never attempted.

    `mine` are the numbers of its senders, of this connection and of those it lost.
    """
    result = await session.execute(
        update(OutboxRow)
        .where(
            OutboxRow.state == OutboxState.SENDING,
            OutboxRow.claimed_by.in_(mine),
            OutboxRow.id.not_in(in_hand),
        )
        .values(state=OutboxState.PENDING, attempts=OutboxRow.attempts - 1)
        .returning(OutboxRow.id)
    )
    return len(result.all())


async def orphans(session: AsyncSession, mine: Collection[int]) -> list[int]:
    """Put in doubt what dead senders left on its way: nobody knows whether it went out, so nobody resends it.

    `mine` are the numbers of who asks; its own rows are its own affair. Answers the ids of the rows put in doubt.
    """
    owners = await session.scalars(
        select(OutboxRow.claimed_by)
        .where(OutboxRow.state == OutboxState.SENDING, OutboxRow.claimed_by.not_in(mine))
        .distinct()
    )
    found: list[int] = []
    for owner in owners.all():
        if await session.scalar(select(func.pg_try_advisory_xact_lock(_LOCK_CLASS, owner))):
            left = await session.scalars(
                update(OutboxRow)
                .where(OutboxRow.state == OutboxState.SENDING, OutboxRow.claimed_by == owner)
                .values(state=OutboxState.DOUBT, error="el proceso que lo enviaba terminó sin decir qué pasó")
                .returning(OutboxRow.id)
            )
            found.extend(left.all())
    return found


async def next_due(session: AsyncSession) -> datetime | None:
    """When the next pending letter may be tried."""
    return await session.scalar(
        select(func.min(OutboxRow.not_before)).where(OutboxRow.state == OutboxState.PENDING)
    )


async def counts(session: AsyncSession) -> dict[OutboxState, int]:
    """How many letters are in each state; every state is named."""
    rows = await session.execute(select(OutboxRow.state, func.count()).group_by(OutboxRow.state))
    seen = {row.state: row[1] for row in rows}
    return {state: seen.get(state, 0) for state in OutboxState}


async def unsettled(session: AsyncSession, limit: int) -> Sequence[OutboxRow]:
    """What could not be sent, or nobody knows whether it was: for a person to look at, newest first."""
    rows = await session.scalars(
        select(OutboxRow)
        .where(OutboxRow.state.in_([OutboxState.FAILED, OutboxState.DOUBT]))
        .order_by(OutboxRow.id.desc())
        .limit(limit)
    )
    return rows.all()


async def retry(session: AsyncSession, row_id: int, by: str, at: datetime) -> OutboxRow:
    """A person decides that a failed or doubtful letter is tried once more; who and when stays on the row."""
    row = await session.get(OutboxRow, row_id, with_for_update=True)
    if row is None:
        raise Unknown(f"No existe el mensaje {row_id}.")
    if row.state not in (OutboxState.FAILED, OutboxState.DOUBT):
        raise NotNow(f"El mensaje {row_id} no ha fallado ni está en duda.")
    row.error = f"{row.error}; {by} pidió otro intento ({at.isoformat()})"
    row.state, row.not_before = OutboxState.PENDING, at
    await session.flush()
    await _notify(session)
    return row


async def _notify(session: AsyncSession) -> None:
    """Heard by the senders when, and only if, the transaction commits."""
    await session.execute(select(func.pg_notify(NOTIFY_CHANNEL, "")))
