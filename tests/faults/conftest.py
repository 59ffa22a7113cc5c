"""One company of real processes for all tests of faults; whatever a test killed is up again for the next one."""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.faults.harness import Site, a_site


@pytest_asyncio.fixture(scope="session")
async def company() -> AsyncIterator[Site]:
    with tempfile.TemporaryDirectory(prefix="pv-", ignore_cleanup_errors=True) as folder:
        async with a_site(Path(folder)) as site:
            yield site


@pytest_asyncio.fixture
async def site(company: Site) -> Site:
    """Everything up, nothing asked yet, and a mail server that behaves."""
    company.accepted.clear()
    company.inbox.at.clear()
    await company.up()
    return company
