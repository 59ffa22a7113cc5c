"""A company of real processes, any of which can be killed at any point: engine, database, API and workers.

Engine and database keep their data on disk and are started again where they were; API and workers are the product's
own programs, configured by the environment. A test asks people to act, kills, starts again, and then has the room's
`check` look for what was lost, doubled or made up. Nothing here knows a room.
"""

import asyncio
import contextlib
import os
import random
import secrets
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from temporalio.client import Client

from api.auth import OwnTokens
from kit.clock import SystemClock
from kit.codec import KeyRing, new_key
from kit.database import Sessions, create_engine, create_sessions, migrate
from kit.engine import Engine
from kit.engine_facts import ROOT, Ports, engine_facts
from kit.ports import free
from kit.postgres import Postgres
from kit.processes import Process, last_words, spawn
from models.shared.patch import JsonObject
from tests.adapters.smtp_servers import Inbox, smtp_server
from tests.stack import Desk, Json, load_company

PATIENCE = 60.0
"""Seconds in which whatever was killed must be whole again."""

WORKER, API, ENGINE, DATABASE = "worker", "api", "engine", "database"
ALL = (WORKER, API, ENGINE, DATABASE)


async def until(
    met: Callable[[], Awaitable[bool]] | Callable[[], bool], what: str, within: float = PATIENCE
) -> None:
    """Wait until something is so; it must become so in time."""
    deadline = time.monotonic() + within
    while True:
        found = met()
        if await found if isinstance(found, Awaitable) else found:
            return
        if time.monotonic() > deadline:
            raise AssertionError(f"not in {within:.0f} s: {what}")
        await asyncio.sleep(0.02)


@dataclass(frozen=True)
class Asked:
    """A request that was accepted, and its answer."""

    user: str
    path: str
    body: Json
    key: str
    status: int
    answer: Json


@dataclass
class Site:
    """The processes of one company, on one folder."""

    folder: Path
    keys: str
    inbox: Inbox
    engine: Engine
    postgres: Postgres
    port: int
    secret: str
    http: httpx.AsyncClient
    processes: dict[str, Process] = field(default_factory=dict)
    accepted: list[Asked] = field(default_factory=list)

    # --- Starting and killing -------------------------------------------------------------------------------------

    async def up(self, **worker: str) -> None:
        """Start whatever does not run; `worker` are settings of the worker's environment."""
        self._clear_points()
        await asyncio.gather(*(one.start() for one in (self.engine, self.postgres) if not one.running))
        if not self._runs(API):
            self._spawn(API, "api")
        if not self._runs(WORKER):
            self._spawn(WORKER, "tests.faults.worker", **worker)
        await until(self._ready, "the API is ready")

    async def kill(self, *names: str) -> None:
        """kill -9 of several at once."""
        parts: dict[str, Engine | Postgres | Process] = {ENGINE: self.engine, DATABASE: self.postgres}
        parts |= self.processes
        await asyncio.gather(*(parts[name].kill() for name in names))

    async def stop(self) -> None:
        await asyncio.gather(*(one.kill() for one in self.processes.values()))
        await asyncio.gather(self.engine.kill(), self.postgres.stop())

    async def client(self) -> Client:
        return await self.engine.client(KeyRing.parse(self.keys))

    @asynccontextmanager
    async def sessions(self) -> AsyncIterator[Sessions]:
        """A way to the database that no kill has touched."""
        database = create_engine(self.postgres.url())
        try:
            yield create_sessions(database)
        finally:
            await database.dispose()

    def _runs(self, name: str) -> bool:
        return name in self.processes and self.processes[name].running

    def _spawn(self, name: str, module: str, **extra: str) -> None:
        environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if not name.startswith(("POSTVENTA_", "TEMPORAL_"))
            },
            "DATABASE_URL": self.postgres.url(),
            "TEMPORAL_ADDRESS": self.engine.address,
            "TEMPORAL_NAMESPACE": engine_facts().namespace,
            "TEMPORAL_CONFIG_FILE": os.devnull,
            "POSTVENTA_DATA": str(self.folder / "data"),
            "POSTVENTA_PORT": str(self.port),
            "POSTVENTA_CODEC_KEYS": self.keys,
            "POSTVENTA_JWT_SECRET": self.secret,
            "POSTVENTA_SMTP_URL": f"smtp://127.0.0.1:{self.inbox.port}",
            "FAULTS_FOLDER": str(self.folder / "points"),
            **extra,
        }
        log = self.folder / f"{name}.log"
        self.processes[name] = spawn([sys.executable, "-m", module], log, env=environment, cwd=ROOT)

    async def _ready(self) -> bool:
        for name, process in self.processes.items():
            words = last_words(self.folder / f"{name}.log", 12)
            assert process.running, f"{name} ended: {words}"
        with contextlib.suppress(httpx.HTTPError):
            return (await self.http.get("/ready")).status_code == 200
        return False

    # --- Nasty points ---------------------------------------------------------------------------------------------

    def stop_worker_at(self, point: str, verb: str = "") -> None:
        """The next time a worker comes to this point (see worker.py) it waits there."""
        (self.folder / "points" / f"{point}.reached").unlink(missing_ok=True)
        (self.folder / "points" / point).write_text(verb)

    async def reached(self, point: str) -> None:
        """A worker waits at the point; whoever comes there after it does not have to."""
        await until((self.folder / "points" / f"{point}.reached").exists, f"a worker at {point}")

    def go_on(self, point: str) -> None:
        (self.folder / "points" / point).unlink()

    def _clear_points(self) -> None:
        for file in (self.folder / "points").iterdir():
            file.unlink()

    # --- People ---------------------------------------------------------------------------------------------------

    @property
    def desk(self) -> "PatientDesk":
        return PatientDesk(self)


class PatientDesk(Desk):
    """People who ask again, with the same key, until somebody answers; what is accepted is remembered."""

    def __init__(self, site: Site) -> None:
        super().__init__(site.http, OwnTokens(site.secret, SystemClock()))
        self._site = site

    async def ask(self, user: str, path: str, body: Json, key: str = "") -> httpx.Response:
        key = key or secrets.token_hex(8)
        deadline = time.monotonic() + PATIENCE
        while True:
            answer = await self.once(user, path, body, key)
            if answer is not None and answer.status_code != 503:
                break
            assert time.monotonic() < deadline, f"nobody answers {user} {path}"
            await asyncio.sleep(0.1)
        assert answer.status_code != 500, f"{user} {path}: {last_words(self._site.folder / 'api.log', 40)}"
        if answer.is_success:
            self._site.accepted.append(Asked(user, path, body, key, answer.status_code, answer.json()))
        return answer

    async def once(self, user: str, path: str, body: Json, key: str) -> httpx.Response | None:
        """One attempt; None when the line was cut, and nobody knows what became of it."""
        try:
            return await super().ask(user, path, body, key)
        except httpx.TransportError:
            return None


def _quiet_ports(count: int) -> list[int]:
    """Ports that nobody takes while what listens there is dead: under the range of those the system gives away."""
    tried = random.sample(range(20_000, 32_000), 200)
    return [port for port in tried if free(port)][:count]


@asynccontextmanager
async def a_site(folder: Path, policy: JsonObject | None = None) -> AsyncIterator[Site]:
    """All processes up, with the sample company; they are gone at the end of the block."""
    (folder / "points").mkdir()
    port, *engine_ports = _quiet_ports(5)
    async with (
        smtp_server() as inbox,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=40) as http,
    ):
        names = dict(zip(Ports.model_fields, engine_ports, strict=True))
        engine = Engine(folder / "engine", Ports.model_validate(names), headless=True)
        postgres = Postgres(folder / "pg", durable=True)
        site = Site(folder, new_key("test"), inbox, engine, postgres, port, secrets.token_urlsafe(48), http)
        try:
            await postgres.start()
            await migrate(postgres.url())
            async with site.sessions() as sessions:
                await load_company(sessions, SystemClock().now(), policy)
            await site.up()
            yield site
        finally:
            await site.stop()
