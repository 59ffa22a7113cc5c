"""The two clocks of a ticket under everything that can happen to it (TCK-05, TCK-06, TCK-14)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from models.shared import clock_ledger
from models.ticket import rules, view
from models.ticket.types import Priority, Ticket, Type
from tests.ticket.building import (
    MONDAY,
    after,
    assigned,
    at,
    cancelled,
    classified,
    do,
    documented,
    names,
    of,
    registered,
    resolved,
    told,
    until,
    waited,
    wake,
)

SECOND = timedelta(seconds=1)


def _sla(ticket: Ticket, now: datetime, clock: str = "resolution") -> dict[str, Any]:
    shown: dict[str, Any] = view.present(ticket, now)["sla"][clock]
    return shown


def _in_hours(clock: dict[str, Any]) -> tuple[float, float]:
    return clock["consumed_minutes"] / 60, clock["paused_minutes"] / 60


@pytest.mark.req("TCK-05")
@pytest.mark.parametrize(
    ("priority", "first", "resolution"), [("high", 1, 8), ("medium", 4, 16), ("low", 8, 40)]
)
def test_the_priority_sets_both_maximum_times(priority: str, first: int, resolution: int) -> None:
    ticket = registered(type=Type.USER_ERROR, priority=priority)
    assert _sla(ticket, MONDAY, "first_response")["target_minutes"] == first * 60
    assert _sla(ticket, MONDAY)["target_minutes"] == resolution * 60


@pytest.mark.req("TCK-05")
def test_both_run_from_registration_for_the_proposed_priority_until_somebody_classifies() -> None:
    ticket = registered(symptom="No imprime")
    assert _sla(ticket, at(hours=1), "first_response") == {
        "state": "running", "target_minutes": 60, "consumed_minutes": 60, "remaining_minutes": 0,
        "due_at": "2031-03-03T16:00:00Z", "met_at": None, "breached": False,
    }  # fmt: skip
    lowered = after(
        ticket, "classify", at(minutes=40), type="user_error", priority="low", reason=None, because=None
    )
    assert _sla(lowered, at(hours=1), "first_response")["due_at"] == "2031-03-03T23:00:00Z"
    assert _sla(lowered, at(hours=1))["consumed_minutes"] == 60


@pytest.mark.req("TCK-05")
def test_met_exactly_when_due_is_in_time_and_a_second_later_is_not() -> None:
    ticket = assigned(Priority.HIGH)
    in_time = after(waited(ticket, at(hours=1)), "contact", at(hours=1))
    assert _sla(in_time, at(hours=2), "first_response")["breached"] is False
    late = after(waited(ticket, at(hours=1)), "contact", at(hours=1) + SECOND)
    shown = _sla(late, at(hours=2), "first_response")
    assert (shown["state"], shown["breached"], shown["met_at"]) == ("met", True, "2031-03-03T16:00:01Z")


@pytest.mark.req("TCK-06")
def test_warnings_come_once_each_at_their_percentages_to_supervisor_and_engineer() -> None:
    ticket = after(assigned(), "contact")
    _, steps = until(ticket, at(days=1, hours=6, minutes=59))
    warned = [(when, one.detail["percent"]) for when, one in of(steps, "warned")]
    assert warned == [(at(hours=8), 50), (at(days=1, hours=3), 75), (at(days=1, hours=5, minutes=24), 90)]
    first = next(step for _, step in steps if "warned" in names(step))
    assert told(first) == [("engineer1", "warned"), ("supervisor", "warned")]
    assert first.notices[0].data == {
        "clock": "resolution", "percent": 50, "due": at(days=1, hours=7).isoformat(),
    }  # fmt: skip


@pytest.mark.req("TCK-06")
def test_two_clocks_that_warn_in_one_step_are_two_messages() -> None:
    ticket = waited(classified(Priority.LOW), at(hours=6))
    step = do(ticket, "classify", at(hours=6), type="technical_failure", priority="high")
    said = [one.data["clock"] for one in step.notices if one.template == "warned"]
    assert said == ["first_response", "resolution"]
    assert len({one.key for one in step.notices if one.template == "warned"}) == 2


@pytest.mark.req("TCK-06", "TCK-05")
def test_raising_the_priority_past_its_budget_breaches_at_once_with_the_highest_warning_only() -> None:
    ticket = waited(after(classified(Priority.LOW), "contact", at(minutes=1)), at(days=1))
    step = do(ticket, "classify", at(days=1), type="equipment_stopped", priority="high")
    assert [one.detail["percent"] for one in step.events if one.event == "warned"] == [90]
    assert [one.detail["clock"] for one in step.events if one.event == "breached"] == ["resolution"]
    assert _sla(step.state, at(days=1))["breached"] is True
    eased = after(step.state, "classify", at(days=1, minutes=5), type="user_error", priority="low")
    assert _sla(eased, at(days=1, minutes=5))["breached"] is True
    assert _sla(eased, at(days=1, minutes=5))["state"] == "running"


@pytest.mark.req("TCK-05")
def test_a_change_of_priority_keeps_what_was_consumed_and_paused() -> None:
    ticket = after(classified(Priority.LOW), "pause", at(hours=2))
    ticket = after(ticket, "resume", at(hours=5))
    ticket = after(ticket, "classify", at(hours=6), type="equipment_stopped", priority="high")
    shown = _sla(ticket, at(hours=6))
    assert _in_hours(shown) == (3, 3)
    assert (shown["target_minutes"], shown["remaining_minutes"]) == (480, 300)
    assert shown["due_at"] == "2031-03-04T17:00:00Z"


@pytest.mark.req("TCK-05", "TCK-06")
def test_a_pause_stops_resolution_alone_and_nobody_is_warned_of_it_meanwhile() -> None:
    ticket = after(assigned(Priority.HIGH), "pause", at(hours=1))
    shown = _sla(ticket, at(hours=7))
    assert (shown["state"], shown["due_at"]) == ("paused", None)
    assert _in_hours(shown) == (1, 6)
    assert _sla(ticket, at(hours=7), "first_response")["state"] == "breached"
    ticket, steps = until(ticket, at(days=8))
    assert {one.detail["clock"] for _, one in of(steps, "warned") + of(steps, "breached")} <= {
        "first_response"
    }
    resumed = after(ticket, "resume", at(days=8))
    assert _in_hours(_sla(resumed, at(days=8, hours=1))) == (2, 53)


@pytest.mark.req("TCK-05")
def test_a_pause_with_an_end_ends_by_itself_at_that_instant() -> None:
    ticket = after(assigned(), "pause", at(hours=1), until=at(hours=4))
    step = wake(ticket, at(hours=5))
    assert "resumed" in names(step)
    assert step.state.pause_reason is None
    assert _in_hours(_sla(step.state, at(hours=5))) == (2, 3)
    assert rules.next_wake(ticket) == at(hours=2)


@pytest.mark.req("TCK-05")
def test_a_pause_is_for_a_listed_reason_once_and_ends_ahead() -> None:
    paused = after(assigned(), "pause", reason="agreed_visit")
    for verb, ticket, code in (("pause", paused, "paused"), ("resume", assigned(), "not_paused")):
        with pytest.raises(Exception, match="pausa") as refused:
            do(ticket, verb)
        assert refused.value.code == code  # type: ignore[attr-defined]
    with pytest.raises(Exception, match="futuro"):
        do(assigned(), "pause", until=MONDAY)
    with pytest.raises(ValueError, match="waiting_client"):
        do(assigned(), "pause", reason="holiday")


@pytest.mark.req("TCK-05", "TCK-14")
def test_resolution_stops_at_resolve_even_while_paused() -> None:
    ticket = after(after(documented(), "pause", at(hours=1)), "resolve", at(hours=3))
    assert (ticket.pause_reason, ticket.paused_until) == (None, None)
    shown = _sla(ticket, at(days=2))
    assert (shown["state"], shown["met_at"], *_in_hours(shown)) == ("met", "2031-03-03T18:00:00Z", 1, 2)


@pytest.mark.req("TCK-13", "TCK-05")
def test_a_rejection_lets_the_clock_go_on_and_the_wait_in_between_is_a_pause() -> None:
    ticket = after(documented(), "resolve", at(hours=2))
    back = after(ticket, "reject", at(hours=7))
    assert _in_hours(_sla(back, at(hours=8))) == (3, 5)
    lines = view.statement(back, at(hours=8))["clocks"]["resolution"]["segments"]
    assert [(one["kind"], one["why"], one["business_minutes"]) for one in lines] == [
        ("running", "registered", 120),
        ("paused", "rejected", 300),
        ("running", "rejected", 60),
    ]


@pytest.mark.req("TCK-15", "TCK-05")
def test_a_reopening_does_too() -> None:
    ticket = after(after(documented(), "resolve", at(hours=2)), "confirm", at(hours=3))
    back = after(ticket, "reopen", at(days=1))
    assert _in_hours(_sla(back, at(days=1, hours=1))) == (3, 7)
    assert _sla(back, at(days=1), "first_response")["state"] == "met"


@pytest.mark.req("TCK-06")
def test_a_breach_is_for_ever() -> None:
    late = waited(documented(Priority.HIGH), at(hours=9))
    story = late
    for verb, hours in (
        ("resolve", 9),
        ("reject", 10),
        ("diagnose", 11),
        ("resolve", 12),
        ("confirm", 13),
        ("reopen", 14),
    ):
        story = after(waited(story, at(days=1, hours=hours)), verb, at(days=1, hours=hours))
        assert _sla(story, at(days=1, hours=hours))["breached"] is True
        assert story.resolution_clock.breached_at == late.resolution_clock.breached_at == at(hours=8)


@pytest.mark.req("TCK-05", "GEN-06")
def test_due_is_worked_out_from_the_ledger_and_agrees_with_the_statement() -> None:
    ticket = after(after(assigned(), "pause", at(hours=2)), "resume", at(hours=4))
    now = at(days=1, hours=2)
    seen = view.statement(ticket, now)
    clock = seen["clocks"]["resolution"]
    running = sum(one["business_minutes"] for one in clock["segments"] if one["kind"] == "running")
    paused = sum(one["business_minutes"] for one in clock["segments"] if one["kind"] == "paused")
    assert (running, paused) == (clock["consumed_minutes"], clock["paused_minutes"]) == (9 * 60, 120)
    calendar = ticket.policy.calendar
    assert clock_ledger.due_at(ticket.resolution_clock, calendar) == calendar.add(at(hours=4), 14 * 3600)
    assert seen["opened_at"] == "2031-03-03T15:00:00Z"
    assert set(seen) == {"folio", "at", "opened_at", "policy_version", "calendar", "clocks"}
    assert [one["to"] for one in clock["segments"]] == ["2031-03-03T17:00:00Z", "2031-03-03T19:00:00Z", None]


@pytest.mark.req("TCK-15")
def test_a_cancelled_ticket_runs_no_clock_and_never_breaches() -> None:
    promised = after(classified(), "follow_up")
    for ticket in (cancelled(), after(after(classified(), "pause"), "cancel"), after(promised, "cancel")):
        shown = _sla(ticket, at(days=30))
        assert (shown["state"], shown["breached"], shown["consumed_minutes"]) == ("paused", False, 0)
        assert rules.next_wake(ticket) is rules.next_deadline(ticket) is None
        assert rules.wake(ticket, at(days=30)) is None
        assert rules.ended(ticket, MONDAY)
    answered = after(after(assigned(), "contact"), "cancel")
    assert _sla(answered, at(days=30), "first_response")["state"] == "met"


@pytest.mark.req("TCK-14")
def test_the_close_states_the_total_attention_and_each_sla() -> None:
    step = do(waited(resolved(), at(days=1, hours=2)), "confirm", at(days=1, hours=2, seconds=59))
    assert step.state.closed_at == at(days=1, hours=2, seconds=59)
    line = step.events[-1]
    assert (line.event, line.detail) == (
        "closed",
        {
            "closed_as": "confirmed", "wall_minutes": 26 * 60, "business_minutes": 11 * 60,
            "first_response_breached": False, "resolution_breached": False,
        },
    )  # fmt: skip
    assert view.present(step.state, at(days=2))["attention"] == {
        "wall_minutes": 1560,
        "business_minutes": 660,
    }
    late = do(waited(documented(Priority.HIGH), at(hours=9)), "resolve", at(days=1))
    closing = do(late.state, "confirm", at(days=1)).events[-1].detail
    assert (closing["first_response_breached"], closing["resolution_breached"]) == (True, True)
