"""The front door for a test: real database, a clock one sets, and no engine unless one is given."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.client import Client

from api.app import create_app
from api.auth import OwnTokens
from api.deps import Engine, Services
from api.errors import EngineAway
from kit.codec import EncryptionCodec, KeyRing
from kit.database import create_engine, create_sessions
from kit.engine_facts import engine_facts
from kit.settings import Settings
from models.company.passwords import hashed
from models.company.tables import ClientRow, UserRow
from models.shared.errors import Unknown

MONDAY = datetime(2031, 3, 3, 15, tzinfo=UTC)
"""Nine in the morning in Mexico City."""

SECRET = "a secret for tests that is long enough for the longest HMAC there is"
_DEMO = hashed("demo")


class HandClock:
    """A clock that stands where it was put."""

    def __init__(self, at: datetime = MONDAY) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


class NoEngine:
    """An engine that is away."""

    async def client(self) -> Client:
        raise EngineAway("nobody there")


class MemoryEvidence:
    """An evidence store in memory."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}

    async def put(self, content: bytes) -> str:
        address = hashlib.sha256(content).hexdigest()
        self.contents[address] = content
        return address

    async def get(self, sha256: str) -> bytes:
        if sha256 not in self.contents:
            raise Unknown("No existe esa evidencia.")
        return self.contents[sha256]

    async def exists(self, sha256: str) -> bool:
        return sha256 in self.contents


def settings_for(folder: Path, **given: Any) -> Settings:
    return Settings(data=folder, jwt_secret=SECRET, **given)


@dataclass(frozen=True)
class Door:
    """An API and the way to call it."""

    app: FastAPI
    services: Services
    clock: HandClock
    http: httpx.AsyncClient

    def as_(self, user: str) -> dict[str, str]:
        """The headers of somebody who is logged in."""
        tokens = self.app.state.tokens
        assert isinstance(tokens, OwnTokens)
        return {"Authorization": f"Bearer {tokens.issue(user)}"}


@asynccontextmanager
async def open_door(
    keys: KeyRing, settings: Settings, engine: Engine | None = None, peer: str = "127.0.0.1"
) -> AsyncIterator[Door]:
    """The API over the settings' database; `peer` is the address callers come from."""
    clock = HandClock()
    database = create_engine(settings.database_url or "postgresql+asyncpg://nobody@127.0.0.1:1/none")
    services = Services(
        sessions=create_sessions(database),
        engine=engine or NoEngine(),
        clock=clock,
        settings=settings,
        evidence=MemoryEvidence(),
        codec=EncryptionCodec(keys, engine_facts().namespace),
    )
    app = create_app(services)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(peer, 40000))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as http:
        yield Door(app, services, clock, http)
    await database.dispose()


async def add_users(session: AsyncSession, **roles: str) -> None:
    """Demo users by id and role; one of role client belongs to client C1."""
    session.add(
        ClientRow(
            id="C1",
            name="Uno",
            rfc="",
            email="",
            phone="",
            whatsapp="",
            language="es",
            service_level="",
            fiscal={},
            search="",
        )
    )
    await session.flush()
    session.add_all([user_row(user, role) for user, role in roles.items()])


def user_row(user: str, role: str) -> UserRow:
    """A demo user whose password is `demo`."""
    return UserRow(
        id=user,
        name=user.title(),
        role=role,
        email=f"{user}@example.com",
        phone="",
        whatsapp="",
        language="es",
        zones=[],
        skills=[],
        shift="",
        client="C1" if role == "client" else None,
        password_hash=_DEMO,
        search="",
    )
