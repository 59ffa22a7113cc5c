"""The formulas of the indicators: what counts, what does not yet, and what nothing is a share of (TCK-10, TCK-19)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from models.ticket.indicators import Escalation, Fact, Line, escalations, measure, percent, rank

pytestmark = pytest.mark.req("TCK-19")
NINE = datetime(2031, 3, 3, 15, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NINE + timedelta(minutes=minutes)


def a_fact(**said: Any) -> Fact:
    return Fact(
        **{"client": "C1", "type": "t", "priority": "low", "cancelled": False, "resolved": False, **said}
    )


def told(minutes: float, condition: float = 0, **detail: Any) -> Line:
    """A level told at so many minutes, with two hours to acknowledge."""
    said = {
        "trigger": "not_assigned", "level": 1, "condition_at": at(condition).isoformat(),
        "acknowledge_by": at(minutes + 120).isoformat(), **detail,
    }  # fmt: skip
    return Line(event="escalated", at=at(minutes), detail=said)


def word(event: str, minutes: float) -> Line:
    return Line(event=event, at=at(minutes))


@given(some.lists(some.integers(0, 10_000), min_size=1, max_size=60), some.sampled_from([1, 50, 90, 100]))
def test_a_rank_is_the_smallest_value_that_enough_do_not_exceed(values: list[int], share: int) -> None:
    found = rank(sorted(values), share)
    assert found in values
    assert sum(one <= found for one in values) * 100 >= share * len(values)
    smaller = [one for one in values if one < found]
    assert all(sum(other <= one for other in values) * 100 < share * len(values) for one in smaller)


def test_a_share_of_nothing_is_no_data() -> None:
    assert percent([]) is None
    assert percent([True, True, False]) == 66.7
    assert rank([], 50) is None
    nothing = measure([])
    assert (nothing.opened, nothing.first_contact_percent, nothing.satisfaction) == (0, None, None)
    assert nothing.resolution.in_time_percent is None
    assert nothing.escalated.correct_percent is None


def test_a_clock_that_still_runs_is_in_no_share() -> None:
    found = measure(
        [
            a_fact(resolution=60, resolution_in_time=True),
            a_fact(resolution=900, resolution_in_time=False),
            a_fact(resolution_in_time=False),  # overdue and not resolved yet
            a_fact(),
        ]
    ).resolution
    assert (found.count, found.median_minutes, found.p90_minutes) == (2, 60, 900)
    assert found.in_time_percent == 33.3


def test_what_was_opened_by_mistake_is_counted_and_nothing_else() -> None:
    found = measure(
        [a_fact(cancelled=True, over_limit=True, misclassified=True, resolution_in_time=False), a_fact()]
    )
    assert (found.opened, found.cancelled, found.over_24h, found.misclassified) == (2, 1, 0, 0)
    assert found.resolution.in_time_percent is None


def test_first_contact_is_a_share_of_what_was_resolved() -> None:
    facts = [a_fact(resolved=True, first_contact=True), a_fact(resolved=True), a_fact(), a_fact()]
    assert measure(facts).first_contact_percent == 50.0


def test_the_rest_is_counted() -> None:
    facts = [a_fact(misclassified=True, unconfirmed=True, recurrent=True, score=5),
             a_fact(overridden=True, predicted=True, over_limit=True, score=2)]  # fmt: skip
    found = measure(facts, closed=7, still_open=3)
    assert (found.misclassified, found.unconfirmed, found.recurrent, found.overridden) == (1, 1, 1, 1)
    assert (found.predicted_breaches, found.over_24h, found.closed, found.open) == (1, 1, 7, 3)
    assert (found.satisfaction, found.surveyed) == (3.5, 2)


@pytest.mark.req("TCK-10")
def test_an_escalation_is_correct_when_told_at_once_and_acknowledged_in_time() -> None:
    (one,) = escalations([told(3), word("acknowledged", 120)], at(500))
    assert one == Escalation(prompt=True, answered=True)
    (late,) = escalations([told(6), word("acknowledged", 30)], at(500))
    assert late == Escalation(prompt=False, answered=True)
    found = measure([a_fact(escalations=(one, late)), a_fact()]).escalated
    assert (found.tickets, found.levels) == (1, 2)
    assert (found.acknowledged_in_time_percent, found.correct_percent) == (100.0, 50.0)


@pytest.mark.req("TCK-10")
def test_one_that_still_has_time_is_not_judged_and_one_without_an_answer_failed() -> None:
    assert escalations([told(0)], at(120))[0].answered is None
    assert escalations([told(0)], at(121))[0].answered is False
    assert escalations([told(0), word("acknowledged", 121)], at(500))[0].answered is False
    pending = measure([a_fact(escalations=escalations([told(0)], at(1)))]).escalated
    assert (pending.levels, pending.correct_percent) == (1, None)


@pytest.mark.req("TCK-10")
def test_what_was_solved_before_its_time_needed_no_acknowledgement() -> None:
    assert escalations([told(0), word("resolved", 60)], at(500))[0].answered is True
    assert escalations([word("resolved", -10), told(0)], at(500))[0].answered is False


@pytest.mark.req("TCK-10")
def test_a_higher_level_is_prompt_when_it_follows_the_time_of_the_one_below() -> None:
    first, second = escalations([told(0), told(121, 0, level=2)], at(122))
    assert (first.answered, second.prompt, second.answered) == (False, True, None)
    _, late = escalations([told(0), told(130, 0, level=2)], at(131))
    assert late.prompt is False


@pytest.mark.req("TCK-10")
def test_a_level_told_for_a_missed_date_is_measured_from_that_date() -> None:
    missed = told(1000, 0, level=2, missed=at(999).isoformat())
    found = escalations([told(0), word("acknowledged", 10), missed], at(1001))
    assert [one.prompt for one in found] == [True, True]


@pytest.mark.req("TCK-10")
def test_a_daily_repetition_is_no_new_escalation() -> None:
    repeated = Line(
        event="escalated", at=at(1500), detail={"repeated": True, "triggers": ["manual"], "level": 2}
    )
    assert len(escalations([told(0), repeated], at(1501))) == 1
