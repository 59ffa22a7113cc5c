"""An outbox with its database, clock and mailers, for the tests of sending."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.outbox import Outbox
from activities.ports import Mailer
from kit.database import Sessions, create_engine, create_sessions
from models.shared import outbox_store
from models.shared.outbox_store import Channel, Letter
from models.shared.tables import OutboxRow

AT = datetime(2031, 3, 3, 15, tzinfo=UTC)


class MovableClock:
    def __init__(self, at: datetime = AT) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def advance(self, **by: float) -> None:
        self.at += timedelta(**by)


def a_letter(key: str = "registered:1:action", **changes: Any) -> Letter:
    base = Letter(
        folio="T-2031-000123",
        key=key,
        recipient="contact",
        channel=Channel.EMAIL,
        address="ana@example.com",
        template="registered",
        data={"contact_name": "Ana"},
    )
    return base.model_copy(update=changes)


class World:
    """One database with its outbox; `now` is moved by hand."""

    def __init__(self, url: str) -> None:
        self.engine: AsyncEngine = create_engine(url)
        self.sessions: Sessions = create_sessions(self.engine)
        self.clock = MovableClock()
        self._outboxes: list[Outbox] = []

    def outbox(self, mailers: Mapping[Channel, Mailer] | Mailer) -> Outbox:
        """A sender of this world; a single mailer is that of e-mail."""
        by_channel = mailers if isinstance(mailers, Mapping) else {Channel.EMAIL: mailers}
        made = Outbox(self.engine, by_channel, self.clock)
        self._outboxes.append(made)
        return made

    async def leave(self, *letters: Letter, at: datetime | None = None) -> None:
        async with self.sessions.begin() as session:
            await outbox_store.enqueue(session, letters, at or self.clock.now())

    async def rows(self) -> Sequence[OutboxRow]:
        async with self.sessions() as session:
            return (await session.scalars(select(OutboxRow).order_by(OutboxRow.id))).all()

    async def row(self) -> OutboxRow:
        (row,) = await self.rows()
        return row

    async def states(self) -> list[str]:
        return [row.state for row in await self.rows()]

    async def cut_every_connection(self) -> None:
        """What clients see of a server that is killed: every connection ends."""
        mine = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        async with self.engine.connect() as connection:
            await connection.execute(text(mine))

    async def close(self) -> None:
        for outbox in self._outboxes:
            await outbox.close()
        await self.engine.dispose()


@asynccontextmanager
async def a_world(url: str) -> AsyncIterator[World]:
    world = World(url)
    try:
        yield world
    finally:
        await world.close()
