"""A migrated database of its own, in milliseconds: a copy of one that was migrated before."""

import asyncio
import itertools
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary

from kit.database import migrate
from kit.postgres import Postgres

_numbers = itertools.count(1)
_templates: "WeakKeyDictionary[Postgres, asyncio.Lock]" = WeakKeyDictionary()
_TEMPLATE = "migrated"


@asynccontextmanager
async def fresh_database(server: Postgres) -> AsyncIterator[str]:
    """The URL of a new, migrated and empty database; it is dropped at the end of the block."""
    first = server not in _templates
    async with _templates.setdefault(server, asyncio.Lock()):
        if first:
            await server.execute(f"DROP DATABASE IF EXISTS {_TEMPLATE}")
            await server.execute(f"CREATE DATABASE {_TEMPLATE}")
            await migrate(server.url(_TEMPLATE))
    name = f"fresh_{os.getpid()}_{next(_numbers)}"
    await server.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE} STRATEGY FILE_COPY")
    try:
        yield server.url(name)
    finally:
        await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
