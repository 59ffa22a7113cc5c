"""A session on a database of the test's own, which nobody commits."""

from collections.abc import AsyncIterator

import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncSession

from kit.database import create_engine


@pytest_asyncio.fixture
async def session(database: str) -> AsyncIterator[AsyncSession]:
    engine = create_engine(database)
    try:
        async with AsyncSession(engine, expire_on_commit=False) as session:
            yield session
    finally:
        await engine.dispose()
