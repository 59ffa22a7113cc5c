"""Workers that stop where a test says, so that the test can kill at that very point: `python -m tests.faults.worker`.

The product's own workers, assembled by its own wiring; only here, on the test's side, their outer parts are wrapped.
A file named after a point in the folder `FAULTS_FOLDER` asks to stop there once: the worker answers with a second file,
`<point>.reached`, and waits until the first is gone. What the file says is what the step's verb must be, if anything.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from temporalio.worker import Worker

import activities.outbox
from activities.adapters.email import SmtpMailer
from activities.recording import Recorder
from models.shared import outbox_store
from workers import __main__ as program
from workers import wiring
from workflows import policies

SMTP_PATIENCE = 2.0
"""Seconds a silent mail server gets: as short as a test can bear."""


async def stop_at(point: str, verb: str = "") -> None:
    """Wait here for as long as a test wants us to."""
    asked = Path(os.environ["FAULTS_FOLDER"]) / point
    try:
        wanted = asked.read_text()
    except FileNotFoundError:
        return
    if wanted in ("", verb):
        asked.with_name(f"{point}.reached").touch()
        while asked.exists():  # noqa: ASYNC110  (another process takes it away: nothing else could wake us)
            await asyncio.sleep(0.01)


def around(point: str, honest: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """`honest` with a point before it and one after it."""

    async def wrapped(*arguments: Any) -> Any:
        verb = getattr(arguments[1], "verb", "")
        await stop_at(f"before_{point}", verb)
        answer = await honest(*arguments)
        await stop_at(f"after_{point}", verb)
        return answer

    return wrapped


def wrapped_parts() -> Sequence[tuple[object, str, object]]:
    """The points, and technical time-outs so short that a death is soon noticed."""
    cached = int(os.environ.get("FAULTS_CACHED", "1000"))
    return (
        (Recorder, "record", around("record", Recorder.record)),
        (SmtpMailer, "send", around("send", SmtpMailer.send)),
        (outbox_store, "claim", around("claim", outbox_store.claim)),
        (activities.outbox, "RETRY_AFTER", (timedelta(seconds=1),)),
        (wiring, "SmtpMailer", partial(SmtpMailer, timeout=SMTP_PATIENCE)),
        (wiring, "Worker", partial(Worker, sticky_queue_schedule_to_start_timeout=timedelta(seconds=1))),
        (wiring, "workers", partial(wiring.workers, cached=cached)),
    )


def main() -> None:
    for owner, name, part in wrapped_parts():
        setattr(owner, name, part)
    policies.RECORD["start_to_close_timeout"] = timedelta(seconds=2)
    asyncio.run(program.main())


if __name__ == "__main__":
    main()
