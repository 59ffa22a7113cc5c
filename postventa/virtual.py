"""The whole system under a virtual clock: workers, outbox and API in this process, on the engine that skips time."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import func, select
from temporalio.testing import WorkflowEnvironment

from activities.adapters.fakes import ScriptedMailer
from activities.adapters.storage import FileEvidenceStore
from activities.outbox import Outbox
from api.app import create_app
from api.deps import ConnectedEngine, Services
from kit.codec import EncryptionCodec, KeyRing
from kit.database import Sessions, create_engine, create_sessions
from kit.engine_facts import engine_facts
from kit.settings import Settings
from models.shared.outbox_store import Channel, OutboxState
from models.shared.tables import CaseRow, OutboxRow
from workers import wiring

PATIENCE = 20.0
"""Real seconds in which what is due must have happened and be on record."""

_POLL = 0.01
_SECRET = "a secret of one simulation, which nobody outside of it ever sees a token of"


class VirtualClock:
    """The engine's virtual time. Between two looks at the engine it runs on as real time does, as the engine's does."""

    def __init__(self, environment: WorkflowEnvironment, present: datetime) -> None:
        self._environment = environment
        self._put(present)

    def now(self) -> datetime:
        return self._virtual + timedelta(seconds=time.monotonic() - self._real)

    async def look(self) -> datetime:
        self._put(await self._environment.get_current_time())
        return self._virtual

    async def skip_to(self, at: datetime) -> None:
        """Lets the engine skip to `at`; whatever asks for the time on the way hears `at`, never an earlier one."""
        while (left := at - await self.look()) > timedelta():
            self._put(at)
            await self._environment.sleep(left)

    def _put(self, virtual: datetime) -> None:
        self._virtual, self._real = virtual, time.monotonic()


@dataclass(frozen=True)
class VirtualStack:
    clock: VirtualClock
    sessions: Sessions
    outbox: Outbox
    app: FastAPI
    http: httpx.AsyncClient
    patience: float = PATIENCE

    async def advance(self, at: datetime) -> None:
        """Moves time to `at` by way of everything that is due before; raises TimeoutError when something hangs."""
        await self.settle()
        while (present := await self.clock.look()) < at:
            due = await self._next_due(present)
            await self.clock.skip_to(at if due is None else min(due, at))
            await self.settle()

    async def settle(self) -> None:
        """Waits until everything due has happened, is on record, and its letters are sent."""
        until = time.monotonic() + self.patience
        while True:
            present = await self.clock.look()
            await self.outbox.settle_all()
            late = await self._late(present)
            if not late:
                return
            if time.monotonic() > until:
                raise TimeoutError(
                    f"not settled after {self.patience:g} s at {present.isoformat()}: {', '.join(late)}"
                )
            await asyncio.sleep(_POLL)

    async def _late(self, present: datetime) -> list[str]:
        """The cases whose timer is due and not yet on record, and the letters that are due."""
        due_cases = select(CaseRow.folio).where(CaseRow.live, CaseRow.next_wake <= present).limit(5)
        due_letters = select(OutboxRow.id).where(
            OutboxRow.state.in_([OutboxState.PENDING, OutboxState.SENDING]), OutboxRow.not_before <= present
        )
        async with self.sessions() as session:
            folios = (await session.scalars(due_cases)).all()
            letters = (await session.scalars(due_letters.limit(5))).all()
        return [*folios, *(f"letter {letter}" for letter in letters)]

    async def _next_due(self, present: datetime) -> datetime | None:
        wakes = select(func.min(CaseRow.next_wake)).where(CaseRow.live, CaseRow.next_wake > present)
        letters = select(func.min(OutboxRow.not_before)).where(
            OutboxRow.state == OutboxState.PENDING, OutboxRow.not_before > present
        )
        async with self.sessions() as session:
            found = [await session.scalar(wakes), await session.scalar(letters)]
        return min((due for due in found if due is not None), default=None)


@asynccontextmanager
async def virtual_stack(
    environment: WorkflowEnvironment, url: str, keys: KeyRing
) -> AsyncIterator[VirtualStack]:
    """Everything, on a time-skipping engine and a migrated, empty database."""
    clock = VirtualClock(environment, await environment.get_current_time())
    async with AsyncExitStack() as closing:
        database = create_engine(url)
        closing.push_async_callback(database.dispose)
        folder = closing.enter_context(tempfile.TemporaryDirectory(prefix="pv-", ignore_cleanup_errors=True))
        settings = Settings(data=Path(folder), database_url=url, jwt_secret=SecretStr(_SECRET))
        services = Services(
            sessions=create_sessions(database),
            engine=ConnectedEngine(environment.client),
            clock=clock,
            settings=settings,
            evidence=FileEvidenceStore(Path(folder) / "evidence"),
            codec=EncryptionCodec(keys, engine_facts().namespace),
        )
        outbox = Outbox(database, dict.fromkeys((Channel.EMAIL, Channel.WHATSAPP), ScriptedMailer()), clock)
        closing.push_async_callback(outbox.close)
        for worker in wiring.workers(wiring.Parts(environment.client, database, settings, clock)):
            await closing.enter_async_context(worker)
        app = create_app(services)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        http = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=60)
        await closing.enter_async_context(http)
        yield VirtualStack(clock, services.sessions, outbox, app, http)
