"""PERF-10: a simulated month of tickets with their clocks and ladders, against a bare simulation of the same updates.

Of ten tickets seven live as they should, two wait for an engineer until the ladder calls, and one is left open.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from temporalio.worker import Worker

from benchmarks.figure import Figure, hold
from benchmarks.life import BODIES, EVENTS, VERBS
from benchmarks.peers import BARE, BareWorkflow, nothing
from kit.codec import KeyRing, new_key
from kit.engine import time_skipping_engine
from kit.postgres import Postgres, embedded_postgres
from postventa.scenario import Call, Place, Scenario
from postventa.simulate import simulate

MONDAY = datetime(2031, 3, 3, 15, tzinfo=UTC)
"""Nine in the morning in Mexico City."""
DAYS = 20
"""Working days: the tickets are registered over four weeks, and the last are closed in the week after."""
END = MONDAY + timedelta(days=35)
AFTER = {
    "register": timedelta(),
    "classify": timedelta(minutes=2),
    "assign": timedelta(minutes=5),
    "contact": timedelta(minutes=10),
    "diagnose": timedelta(minutes=40),
    "evidence": timedelta(minutes=45),
    "resolve": timedelta(minutes=50),
    "confirm": timedelta(hours=4),
}
LATE = timedelta(hours=3)
"""How much later the second kind is assigned, and all that follows."""
LATE_FROM, OPEN = 7, 9
"""The last digits of the tickets from which the second kind begins, and of those left open."""
USERS = dict.fromkeys(VERBS, "engineer1") | {
    "register": "call_center", "classify": "call_center", "assign": "supervisor", "confirm": "call_center"
}  # fmt: skip


@dataclass(frozen=True)
class Planned:
    """One action of one ticket at its instant."""

    at: datetime
    n: int
    verb: str


def plan(numbers: Sequence[int]) -> list[Planned]:
    """The month of these tickets, in order of time."""
    found: list[Planned] = []
    for i, n in enumerate(numbers):
        day = i * DAYS // len(numbers)
        opened = MONDAY + timedelta(days=day // 5 * 7 + day % 5, minutes=7 * (n % 17))
        for verb in VERBS if n % 10 != OPEN else VERBS[:2]:
            late = LATE_FROM <= n % 10 < OPEN and AFTER[verb] >= AFTER["assign"]
            found.append(Planned(opened + AFTER[verb] + (LATE if late else timedelta()), n, verb))
    return sorted(found, key=lambda one: (one.at, one.n))


async def measure(rounds: int, folder: Path, *, quick: bool) -> list[Figure]:
    month = plan((0, LATE_FROM, OPEN) if quick else range(100))
    ours, bare = [], []
    async with embedded_postgres(folder / "pg", durable=False) as postgres:
        for number in range(rounds):
            if number % 2:
                bare.append(await _bare(month))
            ours.append(await _ours(month, postgres))
            if not number % 2:
                bare.append(await _bare(month))
    count = len({one.n for one in month})
    name = f"a month of {count} tickets, simulated"
    return [Figure("PERF-10", name, "s", "a bare simulation of its updates", ours, bare, 3, "lower")]


async def _ours(month: Sequence[Planned], postgres: Postgres) -> float:
    began = time.perf_counter()
    outcome = await simulate(_scenario(month), postgres, Console(quiet=True))
    seconds = time.perf_counter() - began
    hold(not outcome.failures, "; ".join(outcome.failures[:3]))
    logs: dict[str, list[str]] = {}
    for line in outcome.events:
        logs.setdefault(line["folio"], []).append(line["event"])
    _as_planned(month, [tuple(log) for log in logs.values()])
    hold(set(outcome.notifications) == {"sent"}, f"letters: {outcome.notifications}")
    return seconds


def _as_planned(month: Sequence[Planned], logs: Sequence[tuple[str, ...]]) -> None:
    """Who was served in time has a plain log; of the others each escalated, and all but the open ones closed."""
    registered = [one.n for one in month if one.verb == "register"]
    found = (len(logs), sum("closed" in log for log in logs), sum(log == EVENTS for log in logs))
    wanted = (
        len(registered),
        sum(n % 10 != OPEN for n in registered),
        sum(n % 10 < LATE_FROM for n in registered),
    )
    hold(found == wanted, f"tickets, closed, plain: {found}, not {wanted}")
    hold(all(log == EVENTS or "escalated" in log for log in logs), "a ticket nobody took was not escalated")


def _scenario(month: Sequence[Planned]) -> Scenario:
    here = Place("month", 1)
    calls = [_call(one, here) for one in month]
    calls.append(Call(here, END, "supervisor", "GET", "/tickets", None, {}, 200, {}, ()))
    return Scenario("month", here, MONDAY, here, "sample", here, tuple(calls))


def _call(one: Planned, here: Place) -> Call:
    path = "/tickets" if one.verb == "register" else f"/tickets/${{t{one.n}}}/{one.verb}"
    saved = {f"t{one.n}": "folio"} if one.verb == "register" else {}
    return Call(here, one.at, USERS[one.verb], "POST", path, _body(one), {}, None, saved, ())


def _body(one: Planned) -> dict[str, Any]:
    if one.verb == "register":
        contact = {"name": "Ana Ruiz Camacho", "email": "ana.ruiz@example.com"}
        return {
            "channel": "phone",
            "contact": contact,
            "symptom": "No imprime desde ayer.",
            "site": "hsr-coyoacan",
        }
    if one.verb == "evidence":
        return {"kind": "text", "name": "nota.txt", "content_base64": "SW1wcmltZSBiaWVu"}
    return {
        **BODIES[one.verb],
        **({"actions": [*BODIES[one.verb]["actions"]]} if one.verb == "diagnose" else {}),
    }


async def _bare(month: Sequence[Planned]) -> float:
    """The same updates at the same instants on the same kind of engine: nothing else happens."""
    began = time.perf_counter()
    async with time_skipping_engine(KeyRing.parse(new_key("bench"))) as environment:
        client = environment.client
        async with Worker(client, task_queue="bare", workflows=[BareWorkflow], activities=[nothing]):
            for one in month:
                left = one.at - await environment.get_current_time()
                if left > timedelta():
                    await environment.sleep(left)
                if one.verb == "register":
                    start = {"registration": _body(one)}
                    await client.start_workflow(BARE, start, id=f"B-{one.n}", task_queue="bare")
                order = [] if one.verb == "register" else [_body(one)]
                await client.get_workflow_handle(f"B-{one.n}").execute_update(one.verb, args=order)
            for n in {one.n for one in month if one.verb == VERBS[-1]}:
                done = await client.get_workflow_handle(f"B-{n}").result()
                hold(tuple(done) == VERBS, f"B-{n}: {done}")
    return time.perf_counter() - began
