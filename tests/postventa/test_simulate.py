"""Scenarios run: time passes only as it should, what is wrong is said with its place, and the report tells all."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from kit.postgres import Postgres
from postventa.scenario import ScenarioError, parse, read
from postventa.simulate import Outcome, simulate

pytestmark = pytest.mark.req("GEN-17")

SCENARIOS = sorted((Path(__file__).parents[1] / "scenarios").glob("*.yaml"))
HEAD = 'name: A case\nstart: "2031-03-03T09:00:00-06:00"\n'
INLINE = "load: {clients: [{id: c, name: Uno}], users: [{id: ana, role: supervisor}, {id: luz, role: call_center}]}\n"


async def play(postgres: Postgres, text: str, head: str = HEAD + INLINE) -> Outcome:
    scenario = parse(head + "steps:\n" + text, Path("case.yaml"))
    return await simulate(scenario, postgres, Console(quiet=True))


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
async def test_a_ticket_lives_as_the_interface_says(postgres: Postgres, path: Path) -> None:
    outcome = await simulate(read(path), postgres, Console(quiet=True))
    assert outcome.failures == []
    assert len(outcome.steps) == len(outcome.scenario.calls)


def test_the_scenarios_that_were_asked_for_are_there() -> None:
    assert {path.stem for path in SCENARIOS} >= {
        "unassigned_over_a_holiday_weekend",
        "priority_changed_twice",
        "close_refused",
        "rejected_confirmation",
        "solved_in_the_first_contact",
        "acknowledgement_date_passes",
    }


async def test_a_call_is_made_at_its_instant_and_what_it_saved_is_used(postgres: Postgres) -> None:
    body = '{priority: high, opened_at: "2031-03-03T09:00:00-06:00", at: "2031-03-03T09:30:00-06:00"}'
    outcome = await play(
        postgres,
        f"  - {{at: +0m, as: ana, call: POST /sla/preview, body: {body}, save: {{due: resolution.due_at}}}}\n"
        f"  - {{at: +40d, as: ana, call: POST /sla/preview, body: {body}, "
        "expect: {resolution.due_at: '${due}'}}\n",
    )
    assert outcome.failures == []
    assert [step["at"] for step in outcome.steps] == [
        "2031-03-03T15:00:00+00:00",
        "2031-04-12T15:00:00+00:00",
    ]
    assert outcome.virtual_seconds == pytest.approx(40 * 86_400, abs=60)
    assert outcome.real_seconds < 60


async def test_what_does_not_hold_is_said_with_its_place_and_the_rest_goes_on(postgres: Postgres) -> None:
    outcome = await play(
        postgres,
        "  - {at: +0m, call: GET /health, expect: {status: gone}}\n"
        "  - {at: +1m, call: GET /tasks}\n"
        "  - {at: +2m, call: GET /health}\n",
    )
    assert len(outcome.steps) == 3
    assert outcome.failures[0] == "case.yaml:5: status: expected eq 'gone', found 'ok'"
    assert outcome.failures[1].startswith("case.yaml:6: status: expected 2xx, found 40")
    assert len(outcome.failures) == 2
    assert outcome.report()["ok"] is False


async def test_the_virtual_clock_rules_tokens(postgres: Postgres) -> None:
    outcome = await play(
        postgres,
        "  - {at: +0m, as: ana, call: GET /ready, status: 200}\n"
        "  - {at: +300d, as: ana, call: GET /ready, status: 200}\n"
        "  - {at: +300d, as: luz, headers: {Authorization: Bearer nonsense}, call: GET /tickets, status: 401}\n",
    )
    assert outcome.failures == []


@pytest.mark.parametrize(
    ("head", "steps", "sentence"),
    [
        (
            'start: "2020-01-06T09:00:00-06:00"\n',
            "  - {at: +0m, call: GET /health}\n",
            r"case.yaml:1: start: .* is past",
        ),
        (
            HEAD + INLINE,
            "  - {at: +0m, as: nobody, call: GET /health}\n",
            "case.yaml:5: as: there is no user 'nobody'",
        ),
        (
            HEAD + "load: {sites: [{id: s, client: none, name: S}]}\n",
            "  - {at: +0m, call: GET /health}\n",
            r"case.yaml:3: load: sites\[0\].client",
        ),
        (
            HEAD + "load: {printers: []}\n",
            "  - {at: +0m, call: GET /health}\n",
            "case.yaml:3: load: printers",
        ),
    ],
    ids=["past", "unknown-user", "unknown-client", "unknown-table"],
)
async def test_what_cannot_begin_is_a_bad_file(
    postgres: Postgres, head: str, steps: str, sentence: str
) -> None:
    with pytest.raises(ScenarioError) as caught:
        await play(postgres, steps, head)
    assert re.match(sentence, str(caught.value))


def command(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "postventa", "simulate", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def written(path: Path, steps: str) -> Path:
    path.write_text(HEAD + INLINE + "steps:\n" + steps)
    return path


def test_the_command_says_each_step_and_ends_with_json_and_0(tmp_path: Path) -> None:
    one = written(
        tmp_path / "one.yaml", "  - {at: +0m, call: GET /health}\n  - {at: +9d, call: GET /ready}\n"
    )
    two = written(tmp_path / "two.yaml", "  - {at: +0m, call: GET /health, expect: {status: ok}}\n")
    done = command(one, two, "--report", tmp_path / "deep" / "report.json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\x1b[" not in done.stdout
    assert "+9 days, 0:00:00  -  GET /ready  200" in done.stdout
    last = json.loads(done.stdout.strip().splitlines()[-1])
    assert (last["ok"], last["scenarios"], last["steps"], last["failures"]) == (True, 2, 3, [])
    report: dict[str, Any] = json.loads((tmp_path / "deep" / "report.json").read_text())
    assert {"steps", "failures", "events", "virtual_seconds", "real_seconds"} <= report.keys()
    assert [step["answer"]["status"] for step in report["steps"]] == ["ok", "ready", "ok"]
    assert report["virtual_seconds"] > 9 * 86_400 > report["real_seconds"]


def test_the_command_ends_with_1_when_an_expectation_fails(tmp_path: Path) -> None:
    path = written(tmp_path / "s.yaml", "  - {at: +0m, call: GET /health, status: 404}\n")
    done = command(path)
    assert done.returncode == 1
    assert f"{path}:5: status: expected 404, found 200" in done.stdout


def test_the_command_ends_with_2_and_the_place_for_a_bad_file(tmp_path: Path) -> None:
    good = written(tmp_path / "good.yaml", "  - {at: +0m, call: GET /health}\n")
    bad = written(
        tmp_path / "bad.yaml", "  - {at: +0m, call: GET /health}\n  - {at: -1m, call: GET /health}\n"
    )
    done = command(good, bad)
    assert done.returncode == 2
    assert f"{bad}:6: at:" in done.stdout
    assert "200" not in done.stdout, "nothing runs when a file is bad"
