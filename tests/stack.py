"""The whole system for the tests of the rooms, and the desk from which people act on it through the real API."""

import base64
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from temporalio.client import Client, WorkflowHistory
from temporalio.testing import WorkflowEnvironment

from api.auth import OwnTokens
from kit.codec import KeyRing
from kit.database import Sessions
from kit.engine import time_skipping_engine
from kit.fresh import fresh_database
from kit.postgres import Postgres
from models.shared.patch import JsonObject, merge
from postventa.master_data import SAMPLE, import_inline
from postventa.master_files import read
from postventa.virtual import VirtualStack, virtual_stack

Json = dict[str, Any]

MONDAY = datetime(2031, 3, 3, 15, tzinfo=UTC)
"""Nine in the morning in Mexico City, on a working day."""

PIXEL = base64.b64encode(
    base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    )
).decode()
"""A photograph of one pixel."""


async def load_company(sessions: Sessions, now: datetime, policy: JsonObject | None = None) -> None:
    """The sample company, with some of its policy replaced."""
    document = dict(read(SAMPLE).document)
    document["policy"] = merge(document["policy"], policy or {})
    async with sessions.begin() as session:
        await import_inline(session, document, now, "development")


class Desk:
    """People of the sample company, acting through HTTP."""

    def __init__(self, http: httpx.AsyncClient, tokens: OwnTokens) -> None:
        self.http = http
        self._tokens = tokens

    async def ask(self, user: str, path: str, body: Json, key: str = "") -> httpx.Response:
        """One POST; without a key it gets one like no other."""
        headers = {**self._as(user), "Idempotency-Key": key or secrets.token_hex(8)}
        return await self.http.post(f"/api/v1{path}", json=body, headers=headers)

    async def do(self, user: str, path: str, body: Json, key: str = "") -> Json:
        """A POST that must be accepted."""
        answer = await self.ask(user, path, body, key)
        assert answer.is_success, f"{user} {path}: {answer.status_code} {answer.text}"
        said: Json = answer.json()
        return said

    async def refused(self, user: str, path: str, body: Json, status: int) -> Json:
        """A POST that must be refused, with this status."""
        answer = await self.ask(user, path, body)
        assert answer.status_code == status, f"{user} {path}: {answer.status_code} {answer.text}"
        said: Json = answer.json()
        return said

    async def see(self, user: str, path: str) -> Json:
        answer = await self.http.get(f"/api/v1{path}", headers=self._as(user))
        assert answer.status_code == 200, answer.text
        said: Json = answer.json()
        return said

    def _as(self, user: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._tokens.issue(user)}"}


Advance = Callable[[timedelta], Awaitable[None]]


@dataclass(frozen=True)
class Town:
    """The whole system in this process, where weeks pass in seconds."""

    desk: Desk
    engine: Client
    stack: VirtualStack

    @property
    def sessions(self) -> Sessions:
        return self.stack.sessions

    def now(self) -> datetime:
        return self.stack.clock.now()

    async def pass_time(self, by: timedelta) -> None:
        """All that is due on the way has happened, and is on record and sent, when this returns."""
        await self.stack.advance(self.now() + by)

    async def history(self, folio: str, run: str | None = None) -> WorkflowHistory:
        return await self.engine.get_workflow_handle(folio, run_id=run).fetch_history()


@asynccontextmanager
async def a_town(
    postgres: Postgres, keys: KeyRing, policy: JsonObject | None = None, at: datetime = MONDAY
) -> AsyncIterator[Town]:
    """The system on an engine and a database of its own, with the sample company, at nine on a Monday."""
    async with (
        fresh_database(postgres) as url,
        time_skipping_engine(keys) as environment,
        virtual_stack(environment, url, keys) as stack,
    ):
        await _skip(stack, environment, at)
        await load_company(stack.sessions, stack.clock.now(), policy)
        yield Town(Desk(stack.http, stack.app.state.tokens), environment.client, stack)


async def _skip(stack: VirtualStack, environment: WorkflowEnvironment, at: datetime) -> None:
    assert at > await environment.get_current_time()
    await stack.advance(at)
