"""Migrations and code agree; the log cannot be rewritten; a listener survives its connection."""

import asyncio
from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, insert, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError

from kit.database import (
    MigrationState,
    create_engine,
    create_sessions,
    head,
    listen,
    migrate,
    migration_state,
)
from kit.postgres import Postgres
from kit.problems import Problem
from models.metadata import METADATA
from models.shared.tables import CaseRow, LogRow, RevisionRow

AT = datetime(2031, 3, 3, 15, tzinfo=UTC)


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_server_default": True})
    return list(compare_metadata(context, METADATA))


async def test_migrations_build_exactly_the_tables_of_the_code(database: str) -> None:
    engine = create_engine(database)
    async with engine.connect() as connection:
        assert await connection.run_sync(_differences) == []
    await engine.dispose()


async def test_a_database_tells_how_far_it_was_migrated(postgres: Postgres) -> None:
    await postgres.execute("CREATE DATABASE unmigrated")
    url = postgres.url("unmigrated")
    assert await migration_state(url) is MigrationState.NONE
    await asyncio.gather(migrate(url), migrate(url))
    assert await migration_state(url) is MigrationState.CURRENT
    await migrate(url)
    engine = create_engine(url)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await engine.dispose()
    assert await migration_state(url) is MigrationState.AHEAD
    with pytest.raises(Problem, match="9999") as refused:
        await migrate(url)
    assert refused.value.places == {"found": "9999", "expected": head()}


def _case() -> dict[str, object]:
    """A row of `cases` with every column that must have a value."""
    blank: dict[type, object] = {str: "", int: 0, bool: False, datetime: AT, object: {}}
    table = CaseRow.__table__
    row = {c.name: blank[c.type.python_type] for c in table.columns if not c.nullable}
    return row | {"folio": "T-2031-000001"}


@pytest.mark.req("GEN-03")
@pytest.mark.parametrize("table", ["case_log", "case_revisions"])
@pytest.mark.parametrize("change", ["UPDATE {} SET revision = 2", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
async def test_the_database_refuses_to_rewrite_what_happened(database: str, table: str, change: str) -> None:
    engine = create_engine(database)
    async with create_sessions(engine).begin() as session:
        await session.execute(insert(CaseRow).values(**_case()))
        common = {"folio": "T-2031-000001", "revision": 1, "at": AT}
        await session.execute(
            insert(LogRow).values(
                **common, seq=1, event="registered", actor="a", role="client", detail={}, evidence=[]
            )
        )
        await session.execute(insert(RevisionRow).values(**common, verb="register", patch={}))
    with pytest.raises(IntegrityError, match=f"{table} is append-only"):
        async with engine.begin() as connection:
            await connection.execute(text(change.format(table)))
    await engine.dispose()


async def test_connections_that_the_server_ended_are_replaced_before_they_are_handed_out(
    database: str, postgres: Postgres
) -> None:
    engine = create_engine(database, pool_size=3)
    ended: asyncio.Queue[None] = asyncio.Queue()
    async with engine.connect() as one, engine.connect() as two, engine.connect() as three:
        for connection in (one, two, three):
            driver = (await connection.get_raw_connection()).driver_connection
            assert driver is not None
            driver.add_termination_listener(lambda _: ended.put_nowait(None))
    name = make_url(database).database
    await postgres.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    async with asyncio.timeout(20):
        for _ in range(3):
            await ended.get()
    async with engine.connect() as one, engine.connect() as two, engine.connect() as three:
        for connection in (one, two, three):
            assert await connection.scalar(text("SELECT 1")) == 1
    await engine.dispose()


async def test_a_listener_is_woken_by_each_notification_and_finds_its_way_back(
    database: str, postgres: Postgres
) -> None:
    woken: asyncio.Queue[None] = asyncio.Queue()

    async def wake() -> None:
        woken.put_nowait(None)

    listener = asyncio.create_task(listen(database, "outbox", wake))
    engine = create_engine(database)
    try:
        async with asyncio.timeout(20):
            await woken.get()
            async with engine.begin() as connection:
                await connection.execute(text("NOTIFY outbox"))
            await woken.get()
            await postgres.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
            )
            await woken.get()
            async with engine.begin() as connection:
                await connection.execute(text("NOTIFY outbox"))
            await woken.get()
    finally:
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)
        await engine.dispose()
