"""Writes the next migration from the tables in the code: `make migration M="what it does"`."""

import asyncio
import sys
import tempfile
from pathlib import Path

from kit.database import head, migrate, revise
from kit.postgres import embedded_postgres


async def write(message: str) -> None:
    """Compares the tables with a database brought to the newest migration; revisions are numbered."""
    with tempfile.TemporaryDirectory() as folder:
        async with embedded_postgres(Path(folder) / "pg", durable=False) as server:
            await migrate(server.url())
            await revise(server.url(), message, f"{int(head()) + 1:04}")


if __name__ == "__main__":
    asyncio.run(write(" ".join(sys.argv[1:])))
