"""Brings the local stack up, keeps it up, and takes it down in order."""

import asyncio
import math
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx

from kit.database import migrate
from kit.engine import Engine
from kit.engine_facts import Ports, engine_facts, release
from kit.ports import claim, holder, next_free
from kit.postgres import Postgres
from kit.processes import Process, last_words, spawn
from kit.settings import Settings
from kit.temporal import connect, make_current, own_engine
from postventa.mailbox import mailbox_server
from postventa.stack import Part, Stack, file_of, orphans, running, write, written
from postventa.texts import say

Say = Callable[[str], None]
_PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
_STEADY = 60.0
"""Seconds a part must live before its next death counts as the first."""
_READY_WITHIN = 90.0
CHILDREN = {"workers": [sys.executable, "-m", "workers"], "api": [sys.executable, "-m", "api"]}


class NotUp(Exception):
    """The stack could not be brought up; the text says why."""


@dataclass
class Kept:
    """A part that is kept alive: how to start it, and the process it is now."""

    start: Callable[[], Awaitable[Process | None]]
    log: Path
    process: Process | None = None


class Launcher:
    """One stack on one data folder."""

    def __init__(self, settings: Settings, tell: Say) -> None:
        self.settings = settings
        self.data = settings.data
        self.stopping = asyncio.Event()
        self._tell = tell
        self._parts: dict[str, Kept] = {}
        self._stack: Stack | None = None
        self._watches: list[asyncio.Task[None]] = []
        self._closing = AsyncExitStack()

    @property
    def stack(self) -> Stack:
        if self._stack is None:
            raise NotUp(say("not_up"))
        return self._stack

    async def up(self) -> Stack:
        """Everything started, migrated and ready for requests. Raises Problem or NotUp, having stopped what it began."""
        try:
            await self._stop_orphans()
            self._stack = self._plan()
            await self._start_postgres()
            await self._start_engine()
            await migrate(self.stack.database_url)
            await self._open_mailbox()
            for name in CHILDREN:
                await self._keep(name, self._child(name), self._log(name))
            await self._wait_ready()
        except BaseException:
            await self.down()
            raise
        self._stack = self.stack.model_copy(update={"ready": True})
        self._note()
        self._watches = [asyncio.create_task(self._watch(name)) for name in self._parts]
        return self.stack

    async def down(self) -> None:
        """Stops all parts, the last started first; a database or an engine of the operator's own is not touched."""
        self.stopping.set()
        for watch in self._watches:
            watch.cancel()
        await asyncio.gather(*self._watches, return_exceptions=True)
        for name, kept in reversed(self._parts.items()):
            if kept.process is not None:
                await kept.process.stop(signal.SIGINT if name == "postgres" else signal.SIGTERM, within=25)
        await self._closing.aclose()
        file_of(self.data).unlink(missing_ok=True)

    async def _stop_orphans(self) -> None:
        """What a killed launcher left: workers, API and engine are stopped; PostgreSQL is taken over by its folder."""
        for pid, command in orphans(self.data).items():
            process = Process.of(pid)
            if process is not None:
                self._tell(say("orphan", part=command, pid=pid))
                await process.stop(within=10)

    def _plan(self) -> Stack:
        before = written(self.data)
        settings = self.settings
        port = self._port("api", before.port if before else settings.port)
        host = settings.host
        return Stack(
            release=release(),
            data=self.data,
            launcher=_part(Process.of(os.getpid())),
            host=host,
            port=port,
            base_url=settings.model_copy(update={"port": port}).base_url,
            database_url=settings.database_url,
            temporal_ui_url=settings.temporal_ui_url,
            temporal_ports=before.temporal_ports if before else {},
            smtp_url=settings.smtp_url,
        )

    def _port(self, role: str, wanted: int) -> int:
        if "port" in self.settings.model_fields_set:
            return claim(self.settings.port, role, "POSTVENTA_PORT", self.settings.host)
        return self._moved(role, wanted, frozenset(), self.settings.host)

    def _moved(self, role: str, wanted: int, taken: frozenset[int], host: str = "127.0.0.1") -> int:
        port = next_free(wanted, host, taken)
        if port != wanted:
            self._tell(say("moved_port", wanted=wanted, role=role, holder=holder(wanted), port=port))
        return port

    async def _start_postgres(self) -> None:
        if self.settings.database_url:
            return
        self._tell(say("starting", part="PostgreSQL"))
        server = Postgres(self.data / "postgres", log=self._log("postgres"))

        async def start() -> Process | None:
            await server.start()
            return server.process

        await self._keep("postgres", start, server.log)
        self._stack = self.stack.model_copy(update={"database_url": server.url()})

    async def _start_engine(self) -> None:
        if own_engine():
            return
        self._tell(say("starting", part="Temporal"))
        ports: dict[str, int] = {}
        for role, wanted in engine_facts().ports.model_dump().items():
            last = self.stack.temporal_ports.get(role, wanted)
            ports[role] = self._moved(f"temporal {role}", last, frozenset((*ports.values(), self.stack.port)))
        engine = Engine(
            self.data / engine_facts().database.parent,
            Ports.model_validate(ports),
            ui_codec_url=self.stack.base_url + engine_facts().codec_path,
            log=self._log("temporal"),
            mark=self.stack.environment(),
        )
        where = {
            "temporal_address": engine.address,
            "temporal_ui_url": engine.ui_url,
            "temporal_ports": ports,
        }
        self._stack = self.stack.model_copy(update=where)

        async def start() -> Process | None:
            await engine.start()
            return engine.process

        await self._keep("temporal", start, engine.log)

    async def _open_mailbox(self) -> None:
        """In development what leaves lands in a Maildir, by a real SMTP conversation."""
        if self.settings.smtp_url or self.settings.production:
            return
        port = await self._closing.enter_async_context(mailbox_server(self.data / "mailbox"))
        self._stack = self.stack.model_copy(update={"smtp_url": f"smtp://127.0.0.1:{port}"})

    def _child(self, name: str) -> Callable[[], Awaitable[Process | None]]:
        async def start() -> Process | None:
            environment = {**os.environ, **self.stack.environment(), "PYTHONUNBUFFERED": "1"}
            return spawn(CHILDREN[name], self._log(name), env=environment)

        self._tell(say("starting", part=name))
        return start

    async def _keep(self, name: str, start: Callable[[], Awaitable[Process | None]], log: Path) -> None:
        kept = Kept(start, log)
        kept.process = await start()
        self._parts[name] = kept
        self._note()

    def _note(self) -> None:
        parts = {name: _part(kept.process) for name, kept in self._parts.items() if kept.process is not None}
        self._stack = self.stack.model_copy(update={"parts": parts})
        write(self.stack)

    def _log(self, name: str) -> Path:
        return self.data / "logs" / f"{name}.log"

    async def _wait_ready(self) -> None:
        """The workers' version is made current as soon as they poll; then the API must call itself ready."""
        with self.stack.applied():
            client = await connect(self.settings)
        version = asyncio.create_task(make_current(client, timedelta(seconds=_READY_WITHIN)))
        try:
            async with asyncio.timeout(_READY_WITHIN), httpx.AsyncClient(trust_env=False) as http:
                while not (version.done() and await _answers(http, self._ready_url())):
                    self._check_children()
                    await asyncio.sleep(0.1)
                await version
        except TimeoutError:
            words = last_words(self._log("api")) or last_words(self._log("workers"))
            raise NotUp(say("not_ready", words=words, log=self.data / "logs")) from None
        finally:
            version.cancel()
            await asyncio.gather(version, return_exceptions=True)

    def _ready_url(self) -> str:
        host = "127.0.0.1" if self.stack.host in ("", "0.0.0.0", "::") else self.stack.host
        return f"http://{host}:{self.stack.port}/ready"

    def _check_children(self) -> None:
        for name in CHILDREN:
            process = self._parts[name].process
            if process is not None and not process.running:
                log = self._log(name)
                words = last_words(log, lines=2)
                raise NotUp(say("child_failed", part=name, code=process.exit_code, words=words, log=log))

    async def _watch(self, name: str) -> None:
        """Starts a part again when it dies, the sooner the steadier it was."""
        kept, loop, deaths = self._parts[name], asyncio.get_running_loop(), 0
        while kept.process is not None:
            begun = loop.time()
            await kept.process.gone(math.inf, every=0.25)
            deaths = 0 if loop.time() - begun > _STEADY else deaths
            pause = _PAUSES[min(deaths, len(_PAUSES) - 1)]
            deaths += 1
            self._tell(say("died", part=name, code=kept.process.exit_code, pause=pause, log=kept.log))
            await asyncio.sleep(pause)
            try:
                kept.process = await kept.start()
            except Exception as error:  # whatever it is, the other parts go on and this one is tried again
                self._tell(say("not_restarted", part=name, why=error))
            else:
                self._note()
                self._tell(say("restarted", part=name))


def _part(process: Process | None) -> Part:
    if process is None:
        return Part(pid=0, born=0)
    return Part(pid=process.pid, born=process.born)


async def _answers(http: httpx.AsyncClient, url: str) -> bool:
    with suppress(httpx.HTTPError):
        return (await http.get(url, timeout=5)).status_code == 200
    return False


async def take_down(data: Path, within: float = 90) -> bool:
    """Asks the launcher of this folder to stop everything. False when none runs; what a killed one left is stopped."""
    stack = running(data)
    if stack is not None:
        launcher = Process(stack.launcher.pid, stack.launcher.born)
        launcher.send(signal.SIGTERM)
        return await launcher.gone(within)
    left = [found for pid in orphans(data) if (found := Process.of(pid)) is not None]
    for process in left:
        await process.stop()
    server = Postgres(data / "postgres")
    found = server.find()
    if found is not None:
        await found.stop(signal.SIGINT, within=30)
    file_of(data).unlink(missing_ok=True)
    return bool(left or found)
