"""What every test may ask for: a key ring, a database server for the session, a database of one's own."""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from kit.codec import KeyRing, new_key
from kit.fresh import fresh_database
from kit.postgres import Postgres, embedded_postgres


@pytest.fixture(scope="session")
def keys() -> KeyRing:
    return KeyRing.parse(new_key("test"))


@pytest_asyncio.fixture(scope="session")
async def postgres() -> AsyncIterator[Postgres]:
    """One real server for the whole session, in a temporary folder with a short path."""
    with tempfile.TemporaryDirectory(prefix="pv-", ignore_cleanup_errors=True) as folder:
        async with embedded_postgres(Path(folder) / "pg", durable=False) as server:
            yield server


@pytest_asyncio.fixture
async def database(postgres: Postgres) -> AsyncIterator[str]:
    """The URL of a migrated, empty database of this test's own."""
    async with fresh_database(postgres) as url:
        yield url
