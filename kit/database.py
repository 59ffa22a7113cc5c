"""One PostgreSQL, one way in: engine and sessions, migrations, and being woken by NOTIFY."""

import asyncio
import select
from collections.abc import Awaitable, Callable
from contextlib import suppress
from enum import StrEnum

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_connection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import NullPool

from kit.engine_facts import ROOT
from kit.problems import Problem

Sessions = async_sessionmaker[AsyncSession]
_MIGRATION_LOCK = 7_233_001


def create_engine(url: str, *, pool_size: int = 10) -> AsyncEngine:
    """An engine that notices a restarted server before it hands out a dead connection.

    The driver hears when a server goes: to ask it costs nothing, where a ping is three round trips a transaction.
    """
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=10,
        connect_args={"timeout": 10, "server_settings": {"application_name": "postventa"}},
    )
    event.listen(engine.sync_engine, "checkout", _alive)
    return engine


def _alive(connection: AsyncAdapt_asyncpg_connection, *_: object) -> None:
    """A connection that has ended is replaced by a new one, inside the pool.

    To one at rest the server says nothing but its last words, which the event loop may not have read yet.
    """
    driver = connection.driver_connection
    if driver.is_closed() or _speaks(driver._transport.get_extra_info("socket").fileno()):
        raise DisconnectionError


def _speaks(descriptor: int) -> bool:
    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN)
    return bool(waiting.poll(0))


def create_sessions(engine: AsyncEngine) -> Sessions:
    return async_sessionmaker(engine, expire_on_commit=False)


class MigrationState(StrEnum):
    NONE = "none"
    BEHIND = "behind"
    CURRENT = "current"
    AHEAD = "ahead"
    """A newer program's database: this one keeps its hands off."""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "models" / "migrations").replace("%", "%%"))
    return config


def head() -> str:
    """The newest revision this program knows."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


async def migration_state(url: str) -> MigrationState:
    """Where the database stands, for readiness, `doctor` and the launcher."""
    return _state(await _found(url))


async def _found(url: str) -> str:
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_revision)
    finally:
        await engine.dispose()


def _revision(connection: Connection) -> str:
    return MigrationContext.configure(connection).get_current_revision() or ""


def _state(found: str) -> MigrationState:
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if not found:
        return MigrationState.NONE
    if found == head():
        return MigrationState.CURRENT
    return MigrationState.BEHIND if found in known else MigrationState.AHEAD


async def migrate(url: str) -> None:
    """Brings the database to the newest revision, in one transaction; two callers at once do it once.

    Raises Problem("database_ahead") for the database of a newer release.
    """
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
            await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()


def _upgrade(connection: Connection) -> None:
    found = _revision(connection)
    if _state(found) is MigrationState.AHEAD:
        raise Problem("database_ahead", found=found, expected=head())
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


async def listen(url: str, channel: str, wake: Callable[[], Awaitable[None]]) -> None:
    """Calls `wake` for ever: once when connected (something may have been missed), then at each NOTIFY of `channel`.

    Notifications that arrive while `wake` works are answered by one more call. A lost connection is made again.
    """
    parsed = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    pause = 0.1
    while True:
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
            connection = await asyncpg.connect(parsed, timeout=10)
            pause = 0.1
            try:
                await _relay(connection, channel, wake)
            finally:
                await connection.close(timeout=1)
        await asyncio.sleep(pause)
        pause = min(pause * 2, 5.0)


async def _relay(
    connection: "asyncpg.Connection[asyncpg.Record]", channel: str, wake: Callable[[], Awaitable[None]]
) -> None:
    signal = asyncio.Event()
    signal.set()
    connection.add_termination_listener(lambda _: signal.set())
    await connection.add_listener(channel, lambda *_: signal.set())
    while True:
        await signal.wait()
        if connection.is_closed():
            return
        signal.clear()
        await wake()


async def revise(url: str, message: str, revision: str) -> None:
    """Writes the next migration: the difference between a database at head and the tables of the code."""
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_write_revision, message, revision)
    finally:
        await engine.dispose()


def _write_revision(connection: Connection, message: str, revision: str) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.revision(config, message, autogenerate=True, rev_id=revision)
