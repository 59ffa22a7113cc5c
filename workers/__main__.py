"""The workers as a process of their own, `python -m workers`: they work until SIGTERM or Ctrl-C."""

import asyncio
import signal

from kit.clock import SystemClock
from kit.database import create_engine
from kit.logging import configure_logging
from kit.settings import Settings
from kit.temporal import connect, deployment_config, make_current
from workers import wiring


async def main() -> None:
    settings = Settings()
    configure_logging(settings)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    client = await connect(settings)
    parts = wiring.Parts(client, create_engine(settings.database_url), settings, SystemClock())
    async with asyncio.TaskGroup() as group:
        group.create_task(wiring.run(wiring.workers(parts, deployment_config()), wiring.outbox(parts), stop))
        group.create_task(make_current(client))


if __name__ == "__main__":
    asyncio.run(main())
