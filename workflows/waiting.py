"""Waiting with a deadline that moves: the timer is armed again only when the instant changes (GEN-12)."""

from collections.abc import Callable
from datetime import datetime

from temporalio import workflow


def now() -> datetime:
    """Workflow time in whole seconds, UTC."""
    return workflow.now().replace(microsecond=0)


async def until(
    wake: Callable[[], datetime | None], ready: Callable[[], bool], name: Callable[[], str]
) -> None:
    """Wait until `ready()`, or until the instant that `wake()` says has come. `name` is how the UI calls the timer.

    A case without an instant waits for people, without a timer and without events.
    """
    while not ready():
        armed = wake()
        if armed is None:
            await workflow.wait_condition(lambda: ready() or wake() is not None)
            continue
        left = armed - workflow.now()
        if left.total_seconds() <= 0:
            return

        def moved(armed: datetime = armed) -> bool:
            return ready() or wake() != armed

        try:
            await workflow.wait_condition(moved, timeout=left, timeout_summary=name())
        except TimeoutError:
            return
