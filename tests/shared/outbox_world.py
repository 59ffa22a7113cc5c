"""An outbox with its database, clock and mailers, for the tests of sending."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import make_url, select, text
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
        mine = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        async with self.engine.connect() as connection:
            await connection.execute(text(mine))

    async def senders_alive(self) -> int:
        """How many senders the server believes to be alive: the advisory locks held in this database."""
        held = (
            "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
            " WHERE locktype = 'advisory' AND datname = current_database()"
        )
        async with self.engine.connect() as connection:
            return int(await connection.scalar(text(held)) or 0)

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


class Road:
    """The way to a database, which can be cut: a real TCP road, over which nothing comes while it is closed."""

    def __init__(self, url: str) -> None:
        self._target = make_url(url)
        self._port = 0
        self._server: asyncio.Server | None = None
        self._travellers: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        """The database's address over this road."""
        there = self._target.set(host="127.0.0.1", port=self._port, query={})
        return there.render_as_string(hide_password=False)

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Ends every connection; new ones are refused until it is opened again."""
        if self._server is not None:
            self._server.close()
        for writer in list(self._travellers):
            writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        folder = self._target.query.get("host")
        if isinstance(folder, str):
            far = await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{self._target.port or 5432}")
        else:
            far = await asyncio.open_connection(self._target.host, self._target.port)
        self._travellers |= {writer, far[1]}
        await asyncio.gather(_pour(reader, far[1]), _pour(far[0], writer))
        self._travellers -= {writer, far[1]}


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def a_road(url: str) -> AsyncIterator[Road]:
    road = Road(url)
    await road.open()
    try:
        yield road
    finally:
        await road.cut()
