"""Records the golden histories of this release: `python -m tests.ticket.record_histories`, before it is released.

Characteristic tickets are lived through the real API: those that only people move on the real engine, those that
weeks move on the engine that skips time. Releases that were recorded before are left as they are.
"""

import asyncio
import tempfile
from datetime import timedelta
from pathlib import Path

from temporalio.client import Client

from kit.codec import KeyRing, new_key
from kit.engine_facts import release
from kit.postgres import Postgres, embedded_postgres
from tests.faults.checking import runs_of
from tests.faults.harness import Site, a_site
from tests.stack import Advance, a_town
from tests.ticket import lives
from tests.ticket.golden import HISTORIES, plain, save

ALWAYS = {"ticket": {"calendar": "always"}}
"""Round the clock, so that it does not matter at what hour it is recorded."""

PEOPLE = (lives.full_life, lives.first_contact, lives.rejected_and_reopened, lives.talkative)
WEEKS = (lives.up_the_ladder, lives.unconfirmed)


async def keep(client: Client, folio: str, name: str) -> None:
    for n, history in enumerate(await runs_of(client, folio), start=1):
        save(HISTORIES / release() / f"{name}-{n}.json", await plain(client, history))


async def no_time(by: timedelta) -> None:
    raise AssertionError(f"on the real engine nobody waits {by}")


async def lived_by_people(site: Site) -> None:
    advance: Advance = no_time
    for life in PEOPLE:
        await keep(await site.client(), await life(site.desk, advance), life.__name__)


async def lived_for_weeks(postgres: Postgres) -> None:
    for life in WEEKS:
        async with a_town(postgres, KeyRing.parse(new_key("test"))) as town:
            await keep(town.engine, await life(town.desk, town.pass_time), life.__name__)


async def main() -> None:
    with tempfile.TemporaryDirectory(prefix="pv-", ignore_cleanup_errors=True) as folder:
        async with a_site(Path(folder), ALWAYS) as site:
            await lived_by_people(site)
        async with embedded_postgres(Path(folder) / "weeks", durable=False) as postgres:
            await lived_for_weeks(postgres)


if __name__ == "__main__":
    asyncio.run(main())
