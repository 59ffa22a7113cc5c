"""Triggers and the ladder: supervisor, manager, director (TCK-09, TCK-10)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from models.shared.errors import Invalid, NotNow
from models.ticket import escalation, inbox, rules, view
from models.ticket.types import Priority, Ticket, Type
from tests.ticket.building import (
    BOSS,
    CLIENT,
    DIRECTOR,
    ENGINEER,
    MANAGER,
    MONDAY,
    after,
    assigned,
    at,
    classified,
    closed,
    do,
    event,
    names,
    of,
    registered,
    resolved,
    told,
    triggers,
    until,
    waited,
    wake,
)

PLAN: dict[str, Any] = {"next_step": "Enviar respaldo"}


def _quiet(priority: Priority = Priority.LOW) -> Ticket:
    """Assigned, and the client was spoken with: only time will escalate it."""
    return after(assigned(priority), "contact")


def _level(answer: Ticket) -> tuple[int, bool]:
    return answer.level, view.present(answer, MONDAY)["escalation"]["acknowledged"]


# --- What escalates ----------------------------------------------------------------------------------------------


@pytest.mark.req("TCK-09", "TCK-10")
def test_a_trigger_starts_at_the_supervisor_and_the_client_hears_that_it_is_looked_after() -> None:
    step = do(_quiet(), "escalate", at(hours=1))
    assert told(step) == [("supervisor", "escalated"), ("contact", "escalated")]
    assert step.notices[0].to.zone == "norte"
    assert step.notices[0].data == {
        "triggers": ["manual"], "level": 1, "reason": "Llamó tres veces", "acknowledge_by": at(hours=3).isoformat(),
    }  # fmt: skip
    assert event(step, "escalated").detail == {
        "trigger": "manual", "level": 1, "reason": "Llamó tres veces", "condition_at": at(hours=1).isoformat(),
        "acknowledge_by": at(hours=3).isoformat(),
    }  # fmt: skip
    assert _level(step.state) == (1, False)


@pytest.mark.req("TCK-09")
def test_more_than_a_day_open_by_the_clock_on_the_wall() -> None:
    ticket = after(classified(Priority.LOW), "assign")
    assert "open_limit" not in triggers(waited(ticket, at(hours=24, seconds=-1)))
    ticket = waited(ticket, at(hours=24))
    found = next(one for one in ticket.triggers.values() if one.code == "open_limit")
    assert found.at == found.level_at == at(hours=24)
    assert triggers(waited(ticket, at(days=9))).count("open_limit") == 1


@pytest.mark.req("TCK-09")
def test_the_limit_runs_over_a_weekend_on_the_wall_clock() -> None:
    ticket = assigned(now=at(days=4))
    _, steps = until(ticket, at(days=6))
    assert [when for when, one in of(steps, "escalated") if one.detail["trigger"] == "open_limit"] == [
        at(days=5)
    ]


@pytest.mark.req("TCK-09", "TCK-10")
def test_what_comes_back_after_a_day_is_open_too_long_from_the_moment_it_came_back() -> None:
    ticket = waited(resolved(Priority.LOW), at(hours=30))
    assert triggers(ticket) == []
    back = after(ticket, "reject", at(hours=30))
    assert triggers(back) == ["dissatisfied", "open_limit"]
    assert back.triggers["2"].at == at(hours=30)


@pytest.mark.req("TCK-09", "TCK-06")
@pytest.mark.parametrize("clock", ["first_response", "resolution"])
def test_each_clock_that_breaches_escalates_with_its_name(clock: str) -> None:
    ticket = assigned(Priority.HIGH) if clock == "first_response" else _quiet(Priority.HIGH)
    due = at(hours=1 if clock == "first_response" else 8)
    step = next(
        step for when, step in until(ticket, due + timedelta(seconds=1))[1] if "breached" in names(step)
    )
    assert event(step, "breached").detail == {"clock": clock, "due": due.isoformat()}
    assert ("engineer1", "breached") in told(step)
    trigger = step.state.triggers["1"]
    assert (trigger.code, trigger.reason, trigger.at) == ("sla_breached", clock, due)


@pytest.mark.req("TCK-09")
@pytest.mark.parametrize("who", [CLIENT, ENGINEER, BOSS, MANAGER])
def test_anyone_on_the_case_escalates_with_a_reason(who: Any) -> None:
    assert triggers(after(_quiet(), "escalate", actor=who)) == ["manual"]


@pytest.mark.req("TCK-13", "TCK-09")
def test_a_rejection_is_dissatisfaction_and_the_engineer_hears_why() -> None:
    step = do(resolved(), "reject")
    assert triggers(step.state) == ["dissatisfied"]
    assert ("engineer1", "dissatisfied") in told(step)
    assert step.state.triggers["1"].reason == "Sigue manchando"


# --- How it climbs -----------------------------------------------------------------------------------------------


@pytest.mark.req("TCK-10")
def test_without_an_answer_in_two_hours_of_business_it_climbs_to_the_manager_and_stays_there() -> None:
    ticket, steps = until(after(_quiet(), "escalate"), at(days=4))
    climbs = [
        (when, one.detail["level"])
        for when, one in of(steps, "escalated")
        if one.detail.get("trigger") == "manual"
    ]
    assert climbs == [(at(hours=2), 2)]
    assert ticket.level == 2
    assert ("manager", "escalated") in told(steps[0][1])
    assert ("contact", "escalated") not in told(steps[0][1])


@pytest.mark.req("TCK-10", "GEN-07")
def test_the_time_to_answer_is_business_time() -> None:
    friday_late = at(days=4, hours=8)
    ticket = after(_quiet(), "escalate", friday_late)
    assert ticket.triggers[str(len(ticket.triggers))].level_at == friday_late
    _, steps = until(ticket, at(days=8))
    first = [when for when, one in of(steps, "escalated") if one.detail.get("trigger") == "manual"]
    assert first == [at(days=7, hours=1)]


@pytest.mark.req("TCK-10")
def test_not_critical_it_repeats_daily_at_the_manager_as_one_for_all_triggers() -> None:
    ticket, steps = until(registered(), at(days=11))
    repeats = [(when, one) for when, one in of(steps, "escalated") if one.detail.get("repeated")]
    days = [when.date() for when, _ in repeats]
    assert len(days) == len(set(days)) >= 6
    assert all(when.weekday() < 5 for when in days)
    last = repeats[-1][1]
    assert set(last.detail["triggers"]) == set(triggers(ticket))
    assert last.detail["level"] == 2
    [notice] = next(step for when, step in steps if when == repeats[-1][0]).notices
    assert (notice.template, notice.to.role) == ("escalation_repeated", "manager")
    assert ticket.level == 2


@pytest.mark.req("TCK-10")
def test_high_with_its_resolution_breached_is_critical_and_reaches_the_director() -> None:
    ticket, steps = until(_quiet(Priority.HIGH), at(days=7))
    climbs = [
        (when, one.detail["level"])
        for when, one in of(steps, "escalated")
        if one.detail.get("reason") == "resolution"
    ]
    breach = at(hours=8, seconds=1)
    assert climbs == [(breach, 1), (at(days=1, hours=1, seconds=1), 2), (at(days=1, hours=3, seconds=1), 3)]
    assert ticket.level == 3
    repeated = [one.detail["level"] for _, one in of(steps, "escalated") if one.detail.get("repeated")]
    assert repeated
    assert set(repeated) == {3}


@pytest.mark.req("TCK-10")
@pytest.mark.parametrize("priority", [Priority.MEDIUM, Priority.LOW])
def test_other_priorities_never_reach_the_director_by_time_alone(priority: Priority) -> None:
    assert waited(registered(type=Type.USER_ERROR, priority=priority), at(days=40)).level == 2


@pytest.mark.req("TCK-10")
def test_a_first_response_breached_is_not_critical() -> None:
    ticket = waited(after(assigned(Priority.HIGH), "pause"), at(days=9))
    assert ticket.first_response.breached_at
    assert not escalation.critical(ticket)
    assert ticket.level == 2


@pytest.mark.req("TCK-10")
def test_what_stood_at_the_manager_goes_to_the_director_the_moment_it_is_critical() -> None:
    ticket = waited(after(after(_quiet(Priority.HIGH), "pause", until=at(days=1)), "escalate"), at(hours=5))
    assert ticket.level == 2
    step = next(step for _, step in until(ticket, at(days=3))[1] if "breached" in names(step))
    assert ("director", "escalated") in told(step)


def _still_dissatisfied(who: Any, level: int) -> Ticket:
    """Rejected, answered at a level, solved again, and rejected once more."""
    rejected = waited(after(resolved(), "reject"), at(hours=2 * (level - 1)))
    now = at(hours=4)
    answered = after(rejected, "acknowledge", at(hours=2, minutes=30), who, **PLAN)
    again = after(after(answered, "diagnose", now), "resolve", now)
    return after(again, "reject", now + timedelta(minutes=10))


@pytest.mark.req("TCK-10")
def test_a_client_still_dissatisfied_after_the_manager_acted_is_critical() -> None:
    ticket = _still_dissatisfied(MANAGER, 2)
    assert escalation.critical(ticket)
    assert waited(ticket, at(days=3)).level == 3


@pytest.mark.req("TCK-10")
def test_dissatisfied_once_is_not_even_when_the_managers_date_passes() -> None:
    rejected = waited(after(resolved(), "reject"), at(hours=2))
    answered = after(rejected, "acknowledge", at(hours=3), MANAGER)
    assert not escalation.critical(answered)
    assert waited(answered, at(days=3)).level == 2


@pytest.mark.req("TCK-10")
def test_dissatisfied_twice_without_the_manager_is_not() -> None:
    first = after(resolved(), "reject")
    again = after(after(after(first, "acknowledge", **PLAN), "diagnose"), "resolve")
    ticket = after(again, "reject", at(hours=1))
    assert not escalation.critical(ticket)
    assert waited(ticket, at(days=5)).level == 2


# --- Who answers it ----------------------------------------------------------------------------------------------


@pytest.mark.req("TCK-10")
def test_an_answer_names_the_next_step_and_its_date_and_settles_all_that_is_active() -> None:
    ticket = after(after(_quiet(), "escalate"), "diagnose", solved=False)
    step = do(ticket, "acknowledge", at(hours=1))
    assert event(step, "acknowledged").detail == {
        "triggers": ["manual", "not_solved"], "next_step": "Enviar respaldo", "by": at(days=1).isoformat(),
    }  # fmt: skip
    assert _level(step.state) == (1, True)
    assert not [one for one in inbox.tasks(step.state) if one.key == "acknowledge"]
    with pytest.raises(NotNow) as refused:
        do(step.state, "acknowledge", at(hours=1))
    assert refused.value.code == "nothing_active"


@pytest.mark.req("TCK-10")
@pytest.mark.parametrize("by", [MONDAY, MONDAY - timedelta(hours=1), MONDAY + timedelta(microseconds=5)])
def test_the_date_of_the_next_step_lies_ahead(by: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        do(after(_quiet(), "escalate"), "acknowledge", by=by)
    assert refused.value.code == "by_in_the_past"


@pytest.mark.req("TCK-10")
def test_an_answered_one_is_silent_until_its_date_and_then_climbs() -> None:
    ticket = after(after(_quiet(), "escalate"), "acknowledge", at(hours=1), by=at(hours=9))
    ticket, steps = until(ticket, at(hours=9))
    [(when, line)] = of(steps, "escalated")
    assert (when, line.detail["level"], line.detail["missed"]) == (at(hours=9), 2, at(hours=9).isoformat())
    assert _level(ticket) == (2, False)
    assert ticket.triggers["1"].acknowledged is None


@pytest.mark.req("TCK-10")
def test_at_the_manager_a_date_that_passes_is_told_there_again_and_then_daily() -> None:
    ticket = waited(after(_quiet(), "escalate"), at(hours=2))
    answered = after(ticket, "acknowledge", at(hours=3), MANAGER, by=at(hours=5))
    ticket, steps = until(answered, at(days=1, hours=6))
    mine = [
        (when, one.detail["level"], bool(one.detail.get("repeated")))
        for when, one in of(steps, "escalated")
        if "manual" in (one.detail.get("trigger"), *one.detail.get("triggers", []))
    ]
    assert mine == [(at(hours=5), 2, False), (at(days=1, hours=5), 2, True)]


@pytest.mark.req("TCK-10")
def test_the_level_reached_stays_and_a_new_trigger_starts_below_it() -> None:
    ticket = after(waited(after(_quiet(), "escalate"), at(hours=2)), "acknowledge", at(hours=2), MANAGER)
    step = do(ticket, "escalate", at(hours=3))
    assert ("supervisor", "escalated") in told(step)
    assert _level(step.state) == (2, False)


@pytest.mark.req("TCK-10")
@pytest.mark.parametrize("who", [BOSS, MANAGER, DIRECTOR])
def test_any_level_of_the_ladder_may_answer(who: Any) -> None:
    assert _level(after(after(_quiet(), "escalate"), "acknowledge", actor=who)) == (1, True)


@pytest.mark.req("TCK-10")
def test_solved_or_cancelled_no_ladder_goes_on() -> None:
    escalated = after(after(_quiet(), "escalate"), "diagnose")
    solved = after(after(escalated, "evidence"), "resolve", at(hours=1))
    ended = after(escalated, "cancel", at(hours=1))
    for ticket in (solved, ended):
        assert {one.settled_at for one in ticket.triggers.values()} == {at(hours=1)}
        assert _level(ticket) == (1, True)
        assert ticket.level == waited(ticket, at(hours=20)).level


@pytest.mark.req("TCK-10", "TCK-17")
def test_a_low_score_goes_to_the_supervisor_and_the_client_is_not_told_that_it_is_open() -> None:
    step = do(closed(), "survey", at(hours=1), score=2, comment="Tardaron")
    assert told(step) == [("supervisor", "low_satisfaction"), ("supervisor", "escalated")]
    assert triggers(step.state) == ["dissatisfied"]
    assert rules.end_due(step.state) is None
    assert triggers(after(closed(), "survey", score=3)) == []


@pytest.mark.req("TCK-10", "TCK-17")
def test_an_answer_on_a_closed_case_lets_it_end_its_date_passing_is_no_open_case() -> None:
    scored = after(closed(), "survey", at(hours=1), score=1)
    assert waited(scored, at(days=1)).level == 2
    answered = after(scored, "acknowledge", at(hours=2))
    assert rules.end_due(answered) == answered.grace_until
    assert waited(answered, at(days=9)).level == 1


@pytest.mark.req("TCK-10", "TCK-09")
def test_two_that_are_raised_together_are_one_message_that_names_both() -> None:
    step = do(_quiet(), "diagnose", solved=False, pending_parts=[{"part": "placa"}])
    assert told(step) == [("supervisor", "escalated"), ("contact", "escalated")]
    assert step.notices[0].data["triggers"] == ["special_parts", "not_solved"]


@pytest.mark.req("TCK-10", "GEN-08")
def test_a_case_whose_worker_slept_catches_up_in_one_step_and_then_is_quiet() -> None:
    late = rules.wake(registered(), at(days=10))
    assert late
    assert set(triggers(late.state)) == {"not_assigned", "sla_breached", "open_limit"}
    assert late.state.level == 1
    assert rules.wake(late.state, at(days=10)) is None
    assert len({(one.key, str(one.to)) for one in late.notices}) == len(late.notices)
    assert [one for one in names(late) if one == "warned"] == ["warned", "warned"]


def test_a_wake_before_its_time_does_nothing() -> None:
    ticket = after(_quiet(), "escalate")
    assert rules.wake(ticket, at(hours=2, seconds=-1)) is None
    assert wake(ticket, at(hours=2)).state.level == 2
