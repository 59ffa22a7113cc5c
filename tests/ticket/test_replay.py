"""Tickets that wait for weeks outlive a deploy: what was recorded replays with today's code (GEN-16, TCK-18)."""

import asyncio
import os
import platform
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory
from temporalio.workflow import NondeterminismError

from kit.codec import KeyRing
from kit.engine_facts import ROOT, release
from kit.postgres import Postgres
from tests.faults.checking import runs_of
from tests.stack import a_town
from tests.ticket import lives
from tests.ticket.golden import HISTORIES, commands, load, plain, recorded, replay, save

pytestmark = pytest.mark.req("GEN-16", "TCK-18")

LIVES = (
    lives.full_life,
    lives.first_contact,
    lives.rejected_and_reopened,
    lives.up_the_ladder,
    lives.unconfirmed,
)
"""Those whose commands do not depend on how fast the engine is."""


@pytest.mark.parametrize("path", recorded(), ids=lambda path: f"{path.parent.name}/{path.stem}")
async def test_every_recorded_history_replays(path: Path) -> None:
    await replay(load(path))


def test_this_release_is_recorded_and_every_way_a_run_can_end_is_among_it() -> None:
    names = {path.stem for path in recorded() if path.parent.name == release()}
    assert {f"{life.__name__}-1" for life in LIVES} | {"talkative-1", "talkative-2"} <= names
    ends = {commands(load(path))[-1] for path in recorded()}
    assert {"workflow_execution_completed", "workflow_execution_continued_as_new"} <= ends


@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.__name__)
async def test_today_s_code_asks_the_engine_for_what_the_recorded_release_asked(
    postgres: Postgres, keys: KeyRing, life: lives.Life, tmp_path: Path
) -> None:
    """The fingerprint of the commands: it also finds an edit that no replay notices, such as another summary.

    When it fails on purpose, guard the edit with `workflow.patched` and record the release that has it.
    """
    golden = HISTORIES / release() / f"{life.__name__}-1.json"
    async with a_town(postgres, keys) as town:
        (history,) = await runs_of(town.engine, await life(town.desk, town.pass_time))
        assert commands(await _as_recorded(town.engine, history, tmp_path)) == commands(load(golden))


@pytest.mark.parametrize(
    "kind", ["activity_task_scheduled", "timer_started", "upsert_workflow_search_attributes"]
)
async def test_a_replay_breaking_edit_is_found(kind: str) -> None:
    """A history in which the code of then did something else than today's would."""
    history = load(HISTORIES / release() / "full_life-1.json")
    event = next(one for one in history.events if one.WhichOneof("attributes") == f"{kind}_event_attributes")
    number = event.event_id
    event.Clear()
    event.event_id = number
    event.event_type = EventType.EVENT_TYPE_MARKER_RECORDED
    event.marker_recorded_event_attributes.marker_name = "another command"
    with pytest.raises((NondeterminismError, RuntimeError)):
        await replay(history)


@pytest.mark.parametrize("seed", ["0", "4242"])
def test_replay_does_not_depend_on_the_order_of_hashes(seed: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.ticket.golden"],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_what_is_recorded_can_be_read_and_says_nothing_of_where_it_was_recorded() -> None:
    for path in recorded():
        text = path.read_text(encoding="utf-8")
        assert "No imprime nada" in text, path
        for told in ("encoding", "identity", f"@{platform.node()}", str(ROOT)):
            assert told not in text, path


async def test_commands_are_counted_whatever_happens_between_them() -> None:
    found = Counter(line.split()[0] for line in commands(load(HISTORIES / release() / "full_life-1.json")))
    assert found["ticket.record"] == found["accept"] == 20


async def _as_recorded(engine: object, history: WorkflowHistory, folder: Path) -> WorkflowHistory:
    path = folder / "history.json"
    written = await plain(engine, history)  # type: ignore[arg-type]
    await asyncio.to_thread(save, path, written)
    return load(path)
