"""The front door over a database of the test's own, with a few people in it and no engine."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from kit.codec import KeyRing
from tests.api.building import Door, add_users, open_door, settings_for


@pytest_asyncio.fixture
async def door(keys: KeyRing, database: str, tmp_path: Path) -> AsyncIterator[Door]:
    async with open_door(keys, settings_for(tmp_path, database_url=database)) as opened:
        async with opened.services.sessions.begin() as session:
            await add_users(
                session, supervisor="supervisor", engineer1="engineer", client1="client", admin="admin"
            )
        yield opened
