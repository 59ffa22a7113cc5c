"""Runs scenario files against the same code as in production, weeks in seconds (GEN-17).

The engine is the one that skips time, the database a real PostgreSQL, the API is called in process. Time moves from
one instant at which something is due to the next; at each, all of it happens and is on record, and what it left to
be sent is sent, before time moves on or a call is made. That is exact and not a guess, because a case writes the
instant of its next timer in the same transaction as the step that set it.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.markup import escape
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig

from api.auth import OwnTokens
from kit.codec import KeyRing, new_key
from kit.engine import time_skipping_engine
from kit.fresh import fresh_database
from kit.logging import configure_logging
from kit.postgres import Postgres, embedded_postgres
from kit.problems import Problem
from kit.settings import Settings
from models.company.tables import UserRow
from models.shared.errors import Invalid
from models.shared.tables import LogRow, OutboxRow
from postventa.expectation import find
from postventa.master_data import SAMPLE, import_file, import_inline
from postventa.scenario import Call, Scenario, ScenarioError, failures, read, substitute
from postventa.virtual import VirtualStack, virtual_stack

BEFORE_START = timedelta(minutes=1)
"""The company is loaded this long before the start, so that the first call is made at the start itself."""

OK, FAILED, BAD_FILE = 0, 1, 2


@dataclass
class Outcome:
    """What came of one scenario."""

    scenario: Scenario
    steps: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    notifications: dict[str, int] = field(default_factory=dict)
    stopped: str = ""
    virtual_seconds: float = 0
    real_seconds: float = 0

    @property
    def failures(self) -> list[str]:
        found = [f"{step['place']}: {one}" for step in self.steps for one in step["failures"]]
        return [*found, self.stopped] if self.stopped else found

    def report(self) -> dict[str, Any]:
        return {
            "name": self.scenario.name,
            "file": self.scenario.place.file,
            "ok": not self.failures,
            "steps": self.steps,
            "failures": self.failures,
            "events": self.events,
            "notifications": self.notifications,
            "virtual_seconds": round(self.virtual_seconds, 3),
            "real_seconds": round(self.real_seconds, 3),
        }


def run(paths: Sequence[Path], report: Path | None = None) -> int:
    """Runs the scenarios one after the other. 0 when all holds, 1 when something does not, 2 for a bad file."""
    console = Console(highlight=False, soft_wrap=True)
    _quiet()
    try:
        scenarios = [read(path) for path in paths]
        outcomes = asyncio.run(_run_all(scenarios, console))
    except ScenarioError as error:
        console.print(f"[red]{escape(str(error))}[/]")
        _write(report, {"ok": False, "bad_file": str(error), "scenarios": []})
        return BAD_FILE
    except Problem as problem:
        console.print(f"[red]{escape(problem.what())}[/]\n{escape(problem.fix())}")
        return FAILED
    whole = _whole(outcomes)
    _write(report, whole)
    console.print_json(json.dumps(_summary(whole)), indent=None)
    return OK if whole["ok"] else FAILED


def _quiet() -> None:
    """Only the steps are to be read: the engine's client would write its warnings between them."""
    configure_logging(Settings(log_level="error"))
    telemetry = TelemetryConfig(logging=LoggingConfig(filter="ERROR"))
    Runtime.set_default(Runtime(telemetry=telemetry), error_if_already_set=False)


async def _run_all(scenarios: Sequence[Scenario], console: Console) -> list[Outcome]:
    with tempfile.TemporaryDirectory(prefix="pv-", ignore_cleanup_errors=True) as folder:
        async with embedded_postgres(Path(folder) / "pg", durable=False) as postgres:
            return [await simulate(scenario, postgres, console) for scenario in scenarios]


async def simulate(scenario: Scenario, postgres: Postgres, console: Console) -> Outcome:
    """Runs one scenario on an engine and a database of its own. Raises `ScenarioError` when it cannot even begin."""
    console.print(f"[bold]{escape(scenario.name)}[/]")
    outcome = Outcome(scenario)
    began = time.monotonic()
    keys = KeyRing.parse(new_key("simulation"))
    async with (
        fresh_database(postgres) as url,
        time_skipping_engine(keys) as environment,
        virtual_stack(environment, url, keys) as stack,
    ):
        await _begin(scenario, stack)
        await _steps(scenario, stack, outcome, console)
        async with stack.sessions() as session:
            outcome.events = await _events(session)
            outcome.notifications = await _notifications(session)
        outcome.virtual_seconds = (stack.clock.now() - scenario.start).total_seconds()
    outcome.real_seconds = time.monotonic() - began
    mark = "[red]failed[/]" if outcome.failures else "[green]holds[/]"
    console.print(
        f"  {mark}: {len(outcome.steps)} steps, {len(outcome.events)} events, "
        f"{timedelta(seconds=int(outcome.virtual_seconds))} in {outcome.real_seconds:.1f} s\n"
    )
    return outcome


async def _begin(scenario: Scenario, stack: VirtualStack) -> None:
    """Jumps to the start and loads the company there."""
    present = stack.clock.now()
    if scenario.start <= present:
        raise ScenarioError(
            scenario.start_place,
            f"start: {scenario.start.isoformat()} is past; the clock only moves forward from {present.isoformat()}",
        )
    await stack.advance(max(scenario.start - BEFORE_START, present))
    await _load(scenario, stack)
    async with stack.sessions() as session:
        known = set((await session.scalars(select(UserRow.id))).all())
    for call in scenario.calls:
        if call.user and call.user not in known:
            raise ScenarioError(call.place, f"as: there is no user {call.user!r} in the loaded company")


async def _load(scenario: Scenario, stack: VirtualStack) -> None:
    now = stack.clock.now()
    try:
        async with stack.sessions.begin() as session:
            if isinstance(scenario.load, str | Path):
                path = SAMPLE if scenario.load == "sample" else Path(scenario.load)
                await import_file(session, path, now, "development")
            else:
                await import_inline(session, scenario.load, now, "development")
    except Invalid as error:
        wrong = "; ".join(f"{fault.path}: {fault.message}" for fault in error.faults) or error.message
        raise ScenarioError(scenario.load_place, f"load: {wrong}") from error


async def _steps(scenario: Scenario, stack: VirtualStack, outcome: Outcome, console: Console) -> None:
    saved: dict[str, Any] = {}
    for call in scenario.calls:
        try:
            await stack.advance(call.at)
        except TimeoutError as error:
            outcome.stopped = f"{call.place}: {error}"
            console.print(f"  [red]{escape(outcome.stopped)}[/]")
            return
        step = await _step(call, stack, saved)
        outcome.steps.append(step)
        _print_step(console, scenario, call, step)


async def _step(call: Call, stack: VirtualStack, saved: dict[str, Any]) -> dict[str, Any]:
    path = substitute(call.path, saved)
    answer = await _ask(call, path, substitute(call.body, saved), substitute(call.headers, saved), stack)
    said = _said(answer)
    wrong = failures(call, answer.status_code, said, saved)
    for name, where in call.save.items():
        saved[name] = find(said, where)
    return {
        "place": str(call.place),
        "at": stack.clock.now().isoformat(timespec="seconds"),
        "as": call.user,
        "call": f"{call.method} {path}",
        "status": answer.status_code,
        "answer": said,
        "failures": wrong,
    }


async def _ask(call: Call, path: str, body: Any, headers: Any, stack: VirtualStack) -> httpx.Response:
    tokens = stack.app.state.tokens
    assert isinstance(tokens, OwnTokens)
    sent = {"Authorization": f"Bearer {tokens.issue(call.user)}"} if call.user else {}
    address = path if path.startswith("/api/") else f"/api/v1{path}"
    given = {} if body is None else {"json": body}
    return await stack.http.request(call.method, address, headers=sent | headers, **given)


def _said(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return answer.text


def _print_step(console: Console, scenario: Scenario, call: Call, step: dict[str, Any]) -> None:
    after = timedelta(seconds=round((call.at - scenario.start).total_seconds()))
    mark = "[red]✗[/]" if step["failures"] else "[green]✓[/]"
    line = f"+{after}  {call.user or '-'}  {step['call']}  {step['status']}"
    console.print(f"  {mark} {escape(line)}")
    for one in step["failures"]:
        console.print(f"      [red]{escape(f'{call.place}: {one}')}[/]")
    if step["failures"] and step["status"] >= 400:
        console.print(f"      {escape(json.dumps(step['answer'], ensure_ascii=False))}")


async def _events(session: AsyncSession) -> list[dict[str, Any]]:
    rows = await session.scalars(select(LogRow).order_by(LogRow.at, LogRow.folio, LogRow.seq))
    return [
        {"folio": row.folio, "seq": row.seq, "at": row.at.isoformat(), "event": row.event, "actor": row.actor}
        for row in rows
    ]


async def _notifications(session: AsyncSession) -> dict[str, int]:
    rows = await session.execute(select(OutboxRow.state, func.count()).group_by(OutboxRow.state))
    return dict(rows.all())


def _whole(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The report: totals, and each scenario whole."""
    reports = [outcome.report() for outcome in outcomes]
    return {
        "ok": all(one["ok"] for one in reports),
        "steps": [step for one in reports for step in one["steps"]],
        "failures": [failure for one in reports for failure in one["failures"]],
        "events": [event for one in reports for event in one["events"]],
        "virtual_seconds": round(sum(one["virtual_seconds"] for one in reports), 3),
        "real_seconds": round(sum(one["real_seconds"] for one in reports), 3),
        "scenarios": reports,
    }


def _summary(whole: dict[str, Any]) -> dict[str, Any]:
    counted = {name: len(whole[name]) for name in ("scenarios", "steps", "events")}
    rest = {name: whole[name] for name in ("failures", "virtual_seconds", "real_seconds")}
    return {"ok": whole["ok"], **counted, **rest}


def _write(report: Path | None, whole: dict[str, Any]) -> None:
    if report is not None:
        report.parent.mkdir(parents=True, exist_ok=True)
        report.write_text(json.dumps(whole, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
