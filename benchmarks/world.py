"""What every figure is measured on: one real engine, one durable PostgreSQL, the sample company."""

import asyncio
import itertools
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig

from activities.adapters.fakes import ScriptedMailer
from activities.outbox import Outbox
from api import ticket_facts
from kit.clock import Clock, SystemClock
from kit.codec import KeyRing, new_key
from kit.database import Sessions, create_engine, create_sessions
from kit.engine import Engine, dev_engine
from kit.fresh import fresh_database
from kit.logging import configure_logging
from kit.postgres import embedded_postgres
from kit.settings import Settings
from kit.temporal import deployment_config, make_current
from models.shared.actor import Actor, Role
from models.shared.outbox_store import Channel
from models.shared.policy import TicketPolicy
from models.ticket.types import Place
from postventa.master_data import SAMPLE, import_file
from workers import wiring

DEVICE = "LX72024037"
"""A device of the sample company, in the zone of `engineer1`."""
FIRST = 900_001
"""Where our own numbers begin, far from those that the API gives."""


@dataclass(frozen=True)
class Facts:
    """What the API looks up before it registers a ticket."""

    place: Place
    policy: TicketPolicy
    clock: Clock

    def now(self) -> datetime:
        """In whole seconds."""
        return self.clock.now().replace(microsecond=0)


@dataclass(frozen=True)
class World:
    folder: Path
    engine: Engine
    client: Client
    keys: str
    database: AsyncEngine
    sessions: Sessions
    settings: Settings
    clock: Clock
    facts: Facts
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(FIRST))

    def folio(self, kind: str = "T") -> str:
        """A folio nobody had before."""
        return f"{kind}-{self.clock.now().year}-{next(self._numbers):06d}"

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Our workers and the outbox as in production, versioned; letters go to a mailer that takes them at once."""
        stop = asyncio.Event()
        mailer = ScriptedMailer()
        outbox = Outbox(self.database, dict.fromkeys((Channel.EMAIL, Channel.WHATSAPP), mailer), self.clock)
        parts = wiring.Parts(self.client, self.database, self.settings, self.clock)
        async with asyncio.TaskGroup() as group:
            group.create_task(wiring.run(wiring.workers(parts, deployment_config()), outbox, stop))
            try:
                await make_current(self.client)
                yield
            finally:
                stop.set()


def quiet() -> None:
    """Only figures are to be read: neither this program nor the engine's client writes between them."""
    configure_logging(Settings(log_level="error"))
    telemetry = TelemetryConfig(logging=LoggingConfig(filter="ERROR"))
    Runtime.set_default(Runtime(telemetry=telemetry), error_if_already_set=False)


@asynccontextmanager
async def world() -> AsyncIterator[World]:
    """Everything up, for one run of the benchmarks."""
    clock = SystemClock()
    async with AsyncExitStack() as closing:
        folder = Path(
            closing.enter_context(tempfile.TemporaryDirectory(prefix="pv-", ignore_cleanup_errors=True))
        )
        server = await closing.enter_async_context(embedded_postgres(folder / "pg"))
        url = await closing.enter_async_context(fresh_database(server))
        engine = await closing.enter_async_context(dev_engine(folder / "engine"))
        database = create_engine(url)
        closing.push_async_callback(database.dispose)
        sessions = create_sessions(database)
        keys = new_key("bench")
        settings = Settings(
            data=folder / "data", database_url=url, jwt_secret=SecretStr(new_key("jwt")), codec_keys=SecretStr(keys)
        )  # fmt: skip
        yield World(
            folder=folder,
            engine=engine,
            client=await engine.client(KeyRing.parse(keys)),
            keys=keys,
            database=database,
            sessions=sessions,
            settings=settings,
            clock=clock,
            facts=await _company(sessions, clock),
        )


async def _company(sessions: Sessions, clock: Clock) -> Facts:
    now = clock.now().replace(microsecond=0)
    async with sessions.begin() as session:
        await import_file(session, SAMPLE, now, "development")
    caller = Actor(user="call_center", role=Role.CALL_CENTER)
    async with sessions() as session:
        found = await ticket_facts.place(session, caller, DEVICE, "", "", now)
        _, policy = await ticket_facts.opening_policy(session, found, now)
    return Facts(place=found.place, policy=policy, clock=clock)


async def crowd(count: int, width: int, one: Callable[[], Awaitable[object]]) -> float:
    """Seconds for `count` of the same, `width` at a time."""
    left = itertools.repeat(one, count)

    async def lane() -> None:
        for do in left:
            await do()

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(width):
            group.create_task(lane())
    return time.perf_counter() - began
