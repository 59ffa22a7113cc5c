"""The benchmarks run, check what they measured, and say it in a line of JSON; no time is asserted."""

import json

import pytest

from benchmarks.__main__ import NAMES, run
from benchmarks.checks import whole_tickets
from benchmarks.figure import Better, Figure, WrongResult, percentile
from kit.database import create_engine, create_sessions


def figure(ours: list[float], peer: list[float], better: Better = "higher") -> Figure:
    return Figure("PERF-0", "a figure", "tickets/s", "a peer", ours, peer, 2, better)


@pytest.mark.engine
async def test_every_figure_is_measured_and_said_in_one_line() -> None:
    said: list[str] = []
    found = await run(NAMES, 1, said.append, quick=True)
    lines = [json.loads(line) for line in said]
    assert [line["name"] for line in lines] == [one.name for one in found]
    assert {line["id"] for line in lines} == {"PERF-1", "PERF-2", "PERF-3", "PERF-4", "PERF-9", "PERF-10"}
    assert all(line["value"] > 0 and line["peer"] > 0 and line["rounds"] == 1 for line in lines)


def test_a_ratio_is_that_of_the_rounds_and_not_of_the_medians() -> None:
    one = figure([10, 100, 20], [5, 100, 5])
    assert (one.ratios, one.ratio, one.reached) == ([2, 1, 4], 2, True)
    said = json.loads(one.line())
    assert (said["value"], said["peer"], said["range"], said["ratio_range"]) == (20, 5, [10, 100], [1, 4])


@pytest.mark.parametrize(("ratio", "better", "reached"), [(1.9, "higher", False), (1.9, "lower", True), (2.1, "lower", False)])  # fmt: skip
def test_a_goal_is_a_floor_or_a_ceiling(ratio: float, better: Better, reached: bool) -> None:
    assert figure([ratio], [1], better).reached is reached


def test_a_percentile_lies_among_its_samples() -> None:
    assert percentile([7], 99) == 7
    assert percentile([*map(float, range(101))], 99) == 99


async def test_a_ticket_that_is_not_on_record_gives_no_figure(database: str) -> None:
    engine = create_engine(database)
    with pytest.raises(WrongResult, match="T-2026-900001"):
        await whole_tickets(create_sessions(engine), ["T-2026-900001"])
    await engine.dispose()
