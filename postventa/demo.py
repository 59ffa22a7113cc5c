"""The main job, done before one's eyes: the sample company's day through the real API, on the real engine, in real time.

Run again it repeats nothing and loses nothing, wherever it was broken off: the keys of its requests are always the same.
"""

import asyncio
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import httpx
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from postventa.demo_day import Story, stories
from postventa.demo_door import Door, Refused
from postventa.demo_lives import Act, Life
from postventa.demo_summary import summarize
from postventa.demo_texts import say

Json = dict[str, Any]
LANES = 4
"""Stories told at once."""
_LETTERS_WITHIN = 30.0
"""Seconds to wait for the letters before they are counted."""


class Screen:
    """What one sees: a bar on a terminal, a line for each ticket elsewhere."""

    def __init__(self, console: Console, total: int) -> None:
        self.console = console
        self._total = total
        self._done = 0
        self._progress = Progress(
            BarColumn(24), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"),
            console=console, disable=not console.is_terminal,
        )  # fmt: skip
        self._task = self._progress.add_task("", total=total)

    @contextmanager
    def showing(self) -> Iterator[None]:
        self.console.print(say("working"))
        with self._progress:
            yield

    def ticket(self, life: Life, ticket: Json) -> None:
        self._done += 1
        line = f"{ticket['folio']} {ticket['state']}"
        self._progress.update(self._task, advance=1, description=line)
        if not self.console.is_terminal:
            self.console.print(f"  [{self._done}/{self._total}] {line} ({life.name})", markup=False)

    def missing(self, folio: str, refusal: Refused) -> None:
        self.console.print(say("refused", folio=folio), markup=False)
        for one in refusal.problem.get("errors", []):
            self.console.print(f"    {one['code']}: {one['message']}", markup=False)

    def stopped(self, life: Life, step: str, why: str) -> None:
        self.console.print(f"[yellow]{escape(say('stopped', life=life.name, step=step, why=why))}[/]")


async def drive(
    base_url: str, once: bool = False, *, transport: httpx.AsyncBaseTransport | None = None
) -> Json:
    """Drives the day through the API at `base_url` and answers the counts of what there is afterwards.

    Raises `NotUp` when the API stays away, and `Refused` for anything but a step whose time has passed. `once` waits
    for the letters to leave before it counts.
    """
    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    told = stories()
    screen = Screen(console, sum(len(story) for story in told))
    url = base_url.rstrip("/") + "/api/v1"
    async with httpx.AsyncClient(base_url=url, timeout=60, trust_env=False, transport=transport) as http:
        door = Door(http)
        with screen.showing():
            await _tell(told, door, screen)
        if once:
            console.print(say("letters"))
        summary = await summarize(door, _LETTERS_WITHIN if once else 0.0)
    _print(console, summary)
    return summary


async def _tell(told: Sequence[Story], door: Door, screen: Screen) -> None:
    waiting = list(reversed(told))

    async def lane() -> None:
        while waiting:
            for life in waiting.pop():
                await live(life, door, screen)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(LANES):
                group.create_task(lane())
    except BaseExceptionGroup as failed:  # the first to fail says why; the others were called off
        raise failed.exceptions[0] from failed


async def live(life: Life, door: Door, screen: Screen) -> None:
    """One ticket, from its registration as far as its life goes."""
    ticket = await door.post(life.who, "/tickets", life.opening, f"{life.name}:register")
    for n, act in enumerate(life.acts, start=1):
        step = f"{n}-{act.verb}"
        try:
            ticket = await _act(act, door, ticket, f"{life.name}:{step}")
        except Refused as refusal:
            if refusal.status != 409:
                raise
            if not act.refused:  # the run before was broken off, and meanwhile time went on without us
                screen.stopped(life, step, str(refusal))
                break
            screen.missing(ticket["folio"], refusal)
    screen.ticket(life, ticket)


async def _act(act: Act, door: Door, ticket: Json, key: str) -> Json:
    path = f"/tickets/{ticket['folio']}/{act.verb}"
    if isinstance(act.body, dict):
        return await door.post_dated(
            act.who, path, act.body, key, datetime.fromisoformat(ticket["opened_at"])
        )
    return await door.post(act.who, path, act.body, key)


def _print(console: Console, summary: Json) -> None:
    table = Table(title=say("summary", tickets=summary["tickets"]), show_header=False, title_justify="left")
    counts = {name: summary[name] for name in ("by_channel", "by_state", "escalation")}
    counts |= {name: summary["sla"][name] for name in ("first_response", "resolution")}
    for name, counted in (counts | {"notifications": summary["notifications"]}).items():
        table.add_row(say(name), ", ".join(f"{key} {n}" for key, n in counted.items() if n))
    console.print(table)
