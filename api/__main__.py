"""The API as a process of its own, `python -m api`: services from the settings, then requests until told to stop."""

import signal
import sys

import uvicorn
from temporalio.client import Client

from activities.adapters.storage import FileEvidenceStore
from api.app import create_app
from api.deps import LazyEngine, Services
from kit.clock import SystemClock
from kit.codec import EncryptionCodec, key_ring
from kit.database import create_engine, create_sessions
from kit.engine_facts import engine_facts
from kit.logging import configure_logging
from kit.settings import Settings
from kit.temporal import connect

GRACE = 20
"""Seconds that requests in progress get to finish after a signal."""


def main() -> None:
    settings = Settings()
    configure_logging(settings)

    async def engine() -> Client:
        return await connect(settings)

    services = Services(
        sessions=create_sessions(create_engine(settings.database_url)),
        engine=LazyEngine(engine),
        clock=SystemClock(),
        settings=settings,
        evidence=FileEvidenceStore(settings.data / "evidence"),
        codec=EncryptionCodec(key_ring(settings), engine_facts().namespace),
    )
    # uvicorn finishes what is in progress, then raises the signal again: that is a clean end, not a failure
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    uvicorn.run(
        create_app(services),
        host=settings.host,
        port=settings.port,
        log_config=None,
        timeout_graceful_shutdown=GRACE,
        proxy_headers=False,
        server_header=False,
    )


if __name__ == "__main__":
    main()
