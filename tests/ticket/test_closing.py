"""From solved to closed and back: gates, the client's word, reopening (TCK-12, TCK-13, TCK-15, TCK-17)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from models.shared.errors import GateNotMet, Invalid, NotAllowed, NotNow
from models.shared.texts import text
from models.ticket import gates, inbox, rules, view
from models.ticket.types import Channel, ClosedAs, GateCode, Priority, State, Ticket, WaitingFor
from tests.ticket.building import (
    BOSS,
    BY_PHONE_ONLY,
    CALL,
    CLIENT,
    ENGINEER,
    FOLIO,
    MACHINE,
    MANAGER,
    MONDAY,
    after,
    assigned,
    at,
    classified,
    closed,
    diagnosed,
    do,
    documented,
    event,
    names,
    of,
    photo,
    registered,
    resolved,
    the_policy,
    told,
    triggers,
    until,
    waited,
    wake,
)

ALL = {
    "service_not_completed",
    "root_cause",
    "actions",
    "evidence",
    "failure_classification",
    "client_confirmation",
}
BARE: dict[str, Any] = {"root_cause": None, "actions": None, "failure_class": None}


def _missing(refused: pytest.ExceptionInfo[GateNotMet]) -> set[str]:
    for one in refused.value.faults:
        assert one.message == text(f"gate.{one.code}")
        assert one.message.endswith(".")
    codes = [one.code for one in refused.value.faults]
    assert len(codes) == len(set(codes))
    return set(codes)


# --- The gate ----------------------------------------------------------------------------------------------------

_REMOTE: dict[str, Any] = {"mode": "remote"}
_ON_SITE: dict[str, Any] = {"mode": "on_site"}
CASES: list[tuple[str, Ticket, set[str]]] = [
    ("nothing done", classified(), ALL),
    ("only assigned", assigned(), ALL),
    ("diagnosed as not solved", after(assigned(), "diagnose", solved=False), ALL - {"root_cause", "actions"}),
    ("diagnosed without a cause", after(assigned(), "diagnose", root_cause=None), ALL - {"service_not_completed", "actions"}),
    ("diagnosed without actions", after(assigned(), "diagnose", actions=None), ALL - {"service_not_completed", "root_cause"}),
    ("solved and not proved", diagnosed(), {"evidence", "failure_classification", "client_confirmation"}),
    ("solved on site and not proved", after(assigned(), "diagnose", **_ON_SITE),
     {"evidence", "evidence_on_site", "failure_classification", "client_confirmation"}),
    ("a visit made and proved by words only",
     after(after(after(diagnosed(), "visits"), "arrive"), "evidence", items=(photo(kind="text"),)),
     {"evidence_on_site", "failure_classification", "client_confirmation"}),
    ("a visit agreed and not made", after(after(diagnosed(), "visits"), "evidence", items=(photo(kind="text"),)),
     {"failure_classification", "client_confirmation"}),
    ("proved by something that proves nothing", after(diagnosed(), "evidence", items=(photo(kind="meme"),)),
     {"evidence", "failure_classification", "client_confirmation"}),
    ("a part is pending", after(after(assigned(), "diagnose", pending_parts=[{"part": "rodillo"}]), "evidence"),
     {"pending_parts", "failure_classification", "client_confirmation"}),
    ("documented", documented(), {"failure_classification", "client_confirmation"}),
    ("documented on site", after(after(assigned(), "diagnose", **_ON_SITE), "evidence", items=(photo(kind="signature"),)),
     {"failure_classification", "client_confirmation"}),
    ("resolved", resolved(), {"client_confirmation"}),
    ("documented, found by monitoring", documented(channel=Channel.MONITORING), {"failure_classification"}),
]  # fmt: skip


@pytest.mark.req("TCK-12", "GEN-04")
@pytest.mark.parametrize(("ticket", "codes"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_close_is_refused_with_the_complete_list(ticket: Ticket, codes: set[str]) -> None:
    with pytest.raises(GateNotMet, match="no puede cerrarse") as refused:
        do(ticket, "close", actor=BOSS)
    assert _missing(refused) == codes
    assert {one["code"] for one in view.present(ticket, MONDAY)["missing"]} == codes


@pytest.mark.req("TCK-12", "GEN-04")
@pytest.mark.parametrize(
    ("ticket", "codes"), [case[1:] for case in CASES[1:13]], ids=[case[0] for case in CASES[1:13]]
)
def test_resolve_needs_every_gate_but_the_confirmation_and_its_own_words_count(
    ticket: Ticket, codes: set[str]
) -> None:
    lacking = codes - {"client_confirmation"}
    with pytest.raises(GateNotMet, match="documentación") as refused:
        do(ticket, "resolve", **BARE)
    assert _missing(refused) == lacking
    still = lacking - {"root_cause", "actions", "failure_classification"}
    if still:
        with pytest.raises(GateNotMet) as refused:
            do(ticket, "resolve")
        assert _missing(refused) == still
    else:
        assert do(ticket, "resolve").state.state is State.RESOLVED


@pytest.mark.req("TCK-12")
@pytest.mark.parametrize("state", ["asked", "promised", "received"])
def test_a_part_is_pending_until_it_is_installed_returned_or_not_needed(state: str) -> None:
    ticket = after(after(assigned(), "diagnose", pending_parts=[{"part": "rodillo"}]), "evidence")
    if state != "asked":
        ticket = after(ticket, "parts", state=state, due=at(days=1))
    with pytest.raises(GateNotMet) as refused:
        do(ticket, "resolve")
    assert _missing(refused) == {"pending_parts"}
    assert after(after(ticket, "parts", state="not_needed"), "resolve").state is State.RESOLVED


@pytest.mark.req("TCK-12")
def test_which_evidence_proves_work_is_the_policys_to_say() -> None:
    strict = the_policy(evidence_remote=("signature",), evidence_on_site=("signature",))
    ticket = documented(rules_of=strict)
    with pytest.raises(GateNotMet) as refused:
        do(ticket, "resolve")
    assert _missing(refused) == {"evidence"}


@pytest.mark.req("TCK-11", "TCK-12")
def test_it_is_the_last_diagnosis_that_counts() -> None:
    undone = after(documented(), "diagnose", solved=False, root_cause=None, actions=None)
    with pytest.raises(GateNotMet) as refused:
        do(undone, "resolve", **BARE)
    assert _missing(refused) == {"service_not_completed", "root_cause", "actions", "failure_classification"}


@pytest.mark.req("TCK-11", "TCK-12")
@pytest.mark.parametrize(("came_from", "verb"), [(resolved, "reject"), (closed, "reopen")])
def test_what_the_client_sent_back_is_not_solved_by_the_diagnosis_it_had(
    came_from: Callable[[], Ticket], verb: str
) -> None:
    back = after(came_from(), verb, at(hours=1))
    with pytest.raises(GateNotMet) as refused:
        do(back, "resolve", at(hours=2))
    assert "service_not_completed" in _missing(refused)
    again = after(back, "diagnose", at(hours=2), solved=True)
    assert after(again, "resolve", at(hours=3)).state is State.RESOLVED


@pytest.mark.req("TCK-12")
@pytest.mark.parametrize("gate", GateCode)
def test_only_the_clients_confirmation_can_be_waived(gate: GateCode) -> None:
    if gate is GateCode.CLIENT_CONFIRMATION:
        step = do(resolved(), "override", gate=gate)
        assert event(step, "overridden").detail == {"gate": gate, "reason": "Cerró por vacaciones"}
        assert step.state.override
        assert step.state.override.by == "supervisor1"
        return
    for ticket in (resolved(), assigned()):
        with pytest.raises(NotAllowed) as refused:
            do(ticket, "override", gate=gate)
        assert refused.value.code == "not_overridable"


@pytest.mark.req("TCK-12", "TCK-13")
def test_waived_it_closes_as_that_and_no_more_confirmation_is_asked_for() -> None:
    waived = after(resolved(), "override", at(hours=1))
    assert inbox.waiting_for(waived) is WaitingFor.CLOSE
    assert rules.next_wake(waived) is None
    with pytest.raises(NotNow):
        do(waived, "override")
    assert after(waived, "close", at(hours=2)).closed_as is ClosedAs.OVERRIDE


@pytest.mark.req("TCK-12")
def test_an_override_does_not_outlive_a_rejection() -> None:
    back = after(after(resolved(), "override"), "reject")
    assert back.override is None
    assert "client_confirmation" in {one["code"] for one in view.missing(back)}


@pytest.mark.req("TCK-12")
@pytest.mark.parametrize("ticket", [closed(), after(classified(), "cancel")])
def test_what_is_over_is_missing_nothing_and_cannot_be_closed_again(ticket: Ticket) -> None:
    assert view.missing(ticket) == []
    with pytest.raises(NotNow) as refused:
        do(ticket, "close")
    assert refused.value.code == f"is_{ticket.state}"


# --- Resolved ----------------------------------------------------------------------------------------------------


@pytest.mark.req("TCK-02", "TCK-03")
def test_resolving_documents_tells_the_client_and_waits_for_its_word() -> None:
    step = do(
        documented(),
        "resolve",
        at(hours=1),
        taught="Usar papel seco",
        testing=[{"question": "a", "answer": "b"}],
    )
    assert told(step) == [("contact", "resolved")]
    assert step.notices[0].data == {"summary": "Imprime bien"}
    assert event(step, "resolved").detail == {
        "resolution": "resolved", "failure_class": "desgaste", "summary": "Imprime bien",
        "root_cause": "Fusor gastado", "actions": ("Se limpió",), "taught": "Usar papel seco", "first_contact": False,
    }  # fmt: skip
    assert inbox.waiting_for(step.state) is WaitingFor.CONFIRMATION
    star = view.present(step.state, MONDAY, [])["star"]
    assert star["action"] == ["Se limpió el fusor", "Se limpió"]
    assert star["resolution"]["taught"] == "Usar papel seco"
    assert star["testing"]["answers"] == [{"question": "a", "answer": "b"}]
    assert star["symptom"] == {"words": "Mancha las hojas", "synthesis": ""}


@pytest.mark.req("TCK-03")
def test_a_resolution_as_follow_up_has_somebody_and_a_date() -> None:
    with pytest.raises(Invalid) as refused:
        do(documented(), "resolve", resolution="follow_up")
    assert refused.value.code == "follow_up"
    promised = after(documented(), "follow_up")
    assert after(promised, "resolve", resolution="follow_up").state is State.RESOLVED
    kept = after(promised, "contact", follow_up=1)
    with pytest.raises(Invalid):
        do(kept, "resolve", resolution="follow_up")


@pytest.mark.req("TCK-03")
def test_a_resolution_sent_elsewhere_says_where() -> None:
    ticket = after(documented(), "resolve", resolution="sent_to_department", department="swap")
    assert view.present(ticket, MONDAY)["resolution"]["department"] == "swap"


# --- The client's word -------------------------------------------------------------------------------------------


@pytest.mark.req("TCK-13")
@pytest.mark.parametrize("who", [CLIENT, CALL])
def test_a_confirmation_closes_at_once(who: Any) -> None:
    step = do(resolved(), "confirm", at(hours=1), who, comment="Gracias")
    assert names(step) == ["confirmed", "closed"]
    assert (step.state.state, step.state.closed_as) == (State.CLOSED, ClosedAs.CONFIRMED)
    assert event(step, "confirmed").detail == {"number": f"{FOLIO}/2", "comment": "Gracias"}
    assert told(step) == [("contact", "closed")]
    assert inbox.tasks(step.state) == ()
    assert inbox.waiting_for(step.state) is WaitingFor.NOBODY


@pytest.mark.req("TCK-13")
def test_a_rejection_reopens_the_work_at_the_same_engineer() -> None:
    step = do(resolved(), "reject", at(hours=1))
    ticket = step.state
    assert (ticket.state, ticket.assignee, ticket.resolution) == (State.ASSIGNED, "engineer1", None)
    assert ticket.confirmation.attempts == 0
    assert event(step, "rejected").detail == {"number": f"{FOLIO}/2", "reason": "Sigue manchando"}
    assert inbox.waiting_for(ticket) is WaitingFor.DIAGNOSIS


REMINDED, WARNED, DUE = at(days=1, hours=2), at(days=2, hours=2), at(days=3, hours=2)


def _solved(priority: Priority = Priority.MEDIUM, **changes: Any) -> Ticket:
    """Resolved on Monday at eleven."""
    return after(documented(priority, **changes), "resolve", at(hours=2))


@pytest.mark.req("TCK-13")
def test_the_client_is_reminded_then_warned_and_the_call_centre_is_asked_to_call() -> None:
    ticket, steps = until(_solved(), at(days=3, hours=1, minutes=59))
    assert [(when, one.detail["template"]) for when, one in of(steps, "messaged")] == [
        (REMINDED, "confirmation_reminder"),
        (WARNED, "confirmation_warning"),
    ]
    assert told(steps[0][1]) == [("contact", "confirmation_reminder")]
    assert told(steps[1][1]) == [
        ("contact", "confirmation_warning"),
        ("call_center", "confirmation_call_needed"),
    ]
    assert steps[1][1].notices[0].data == {"due": DUE.isoformat()}
    assert [(task.key, task.due) for task in inbox.tasks(ticket)] == [("confirm", DUE), ("call", DUE)]
    assert rules.next_deadline(ticket) == DUE


@pytest.mark.req("TCK-13", "GEN-07")
def test_the_days_to_confirm_are_business_days() -> None:
    friday = after(documented(), "resolve", at(days=4, hours=5))
    assert rules.wake(waited(friday, at(days=8)), at(days=9)) is not None
    ticket, steps = until(friday, at(days=20))
    assert [when for when, _ in of(steps, "messaged")] == [
        at(days=7, hours=5),
        at(days=8, hours=5),
        at(days=9, hours=5),
    ]
    assert ticket.confirmation.due_passed


@pytest.mark.req("TCK-13")
def test_with_an_attempt_to_call_it_closes_unconfirmed_when_the_time_is_over() -> None:
    tried = after(waited(_solved(), WARNED), "contact", WARNED, outcome="not_reached")
    assert tried.state is State.RESOLVED
    [call] = [task for task in inbox.tasks(tried) if task.key == "call"]
    assert call.detail == {"attempts": 1}
    step = wake(tried, DUE)
    assert (step.state.state, step.state.closed_as) == (State.CLOSED, ClosedAs.UNCONFIRMED)
    assert names(step) == ["closed"]


@pytest.mark.req("TCK-13")
def test_without_one_it_waits_for_the_attempt() -> None:
    over = waited(_solved(), at(days=8))
    assert (over.state, over.confirmation.due_passed) == (State.RESOLVED, True)
    step = do(over, "contact", at(days=8), outcome="not_reached")
    assert step.state.closed_as is ClosedAs.UNCONFIRMED
    reached = after(over, "contact", at(days=8), outcome="reached")
    assert reached.state is State.RESOLVED


@pytest.mark.req("TCK-13")
def test_attempts_before_the_solution_do_not_count() -> None:
    ticket = after(documented(), "contact", outcome="not_reached")
    assert waited(after(ticket, "resolve", at(hours=2)), at(days=9)).state is State.RESOLVED
    assert (
        after(
            after(_solved(), "contact", at(hours=3), outcome="not_reached"), "reject", at(hours=4)
        ).confirmation.attempts
        == 0
    )


def _dissatisfied() -> Ticket:
    back = after(resolved(), "reject")
    return after(after(back, "diagnose"), "resolve", at(hours=2))


def _low_score() -> Ticket:
    back = after(after(closed(), "survey", score=1), "reopen")
    return after(after(back, "diagnose"), "resolve", at(hours=2))


BEFORE = (at(days=-9), at(days=-5))
NEVER = {
    "high priority": _solved(Priority.HIGH),
    "recurrent": _solved(Priority.LOW, recent_failures=BEFORE),
    "dissatisfied": _dissatisfied(),
    "dissatisfied by its score": _low_score(),
}


@pytest.mark.req("TCK-13")
@pytest.mark.parametrize("ticket", NEVER.values(), ids=NEVER)
def test_high_recurrent_or_dissatisfied_is_never_closed_without_the_clients_word(ticket: Ticket) -> None:
    ticket = after(ticket, "contact", at(hours=3), outcome="not_reached")
    ticket, steps = until(ticket, at(days=12))
    assert ticket.state is State.RESOLVED
    over = next(step for when, step in steps if when == DUE)
    assert ("supervisor", "confirmation_needs_supervisor") in told(over)
    assert ("contact", "confirmation_warning") not in [one for _, step in steps for one in told(step)]
    tasks = {task.key: task.role for task in inbox.tasks(ticket)}
    assert tasks["override"] == "supervisor"
    assert after(ticket, "contact", at(days=12), outcome="not_reached").state is State.RESOLVED
    assert after(after(ticket, "override", at(days=12)), "close", at(days=12)).closed_as is ClosedAs.OVERRIDE


@pytest.mark.req("TCK-13")
@pytest.mark.parametrize("days", [0, 1, 2, 5])
def test_whatever_the_policy_says_there_is_one_end_and_nothing_after_it(days: int) -> None:
    ticket = documented(rules_of=the_policy(confirm_within_days=days))
    solved = after(ticket, "resolve", at(hours=2))
    over, steps = until(solved, at(days=20))
    assert over.confirmation.due_passed
    ends = [when for when, one in of(steps, "messaged") if one.detail["template"] == "confirmation_overdue"]
    expected: datetime = ticket.policy.calendar.add_days(at(hours=2), days)
    assert ends == ([expected] if days else [])
    assert rules.next_wake(over) is None


@pytest.mark.req("TCK-13", "TCK-02")
def test_a_client_with_only_a_phone_is_reminded_by_a_call() -> None:
    ticket = waited(_solved(contact=BY_PHONE_ONLY), WARNED)
    assert [one.about for one in ticket.calls.values()][-3:] == [
        "resolved",
        "confirmation_reminder",
        "confirmation_warning",
    ]


# --- Confirmed by the device -------------------------------------------------------------------------------------


@pytest.mark.req("TCK-13")
def test_a_fault_found_by_monitoring_is_confirmed_by_the_device_itself() -> None:
    alert = documented(channel=Channel.MONITORING)
    step = do(alert, "resolve", at(hours=1))
    assert told(step) == []
    assert inbox.waiting_for(step.state) is WaitingFor.CLOSE
    assert rules.next_wake(step.state) is None
    assert view.missing(step.state) == []
    assert not gates.confirmation_applies(step.state)
    by_machine = do(step.state, "close", at(hours=2), MACHINE)
    assert by_machine.state.closed_as is ClosedAs.BY_DEVICE


# --- After the close ---------------------------------------------------------------------------------------------


@pytest.mark.req("TCK-15")
@pytest.mark.parametrize("who", [CLIENT, CALL, BOSS, MANAGER])
def test_within_the_window_it_is_worked_on_again(who: Any) -> None:
    step = do(closed(), "reopen", at(days=2), who)
    ticket = step.state
    assert (ticket.state, ticket.reopened, ticket.assignee) == (State.ASSIGNED, 1, "engineer1")
    assert (ticket.closed_at, ticket.closed_as, ticket.attention, ticket.grace_until) == (None,) * 4
    assert names(step)[0] == "reopened"
    assert {("engineer1", "reopened"), ("supervisor", "reopened"), ("contact", "reopened")} <= set(told(step))
    assert view.present(ticket, at(days=2))["closed_as"] is None


@pytest.mark.req("TCK-15")
def test_the_window_is_five_business_days_its_last_instant_included() -> None:
    ticket = closed()
    assert ticket.grace_until == at(days=7)
    assert after(ticket, "reopen", at(days=7)).state is State.ASSIGNED
    with pytest.raises(NotNow) as refused:
        do(ticket, "reopen", at(days=7, seconds=1))
    assert refused.value.code == "grace_over"


@pytest.mark.req("TCK-15")
def test_it_ends_when_the_window_does() -> None:
    ticket = closed()
    assert not rules.ended(ticket, at(days=7, seconds=-1))
    assert rules.ended(ticket, at(days=7))
    assert not rules.ended(resolved(), at(days=99))


@pytest.mark.req("TCK-15")
def test_opened_by_mistake_it_is_cancelled_with_a_reason() -> None:
    step = do(classified(), "cancel", at(minutes=10))
    assert event(step, "cancelled").detail == {"reason": "Duplicado"}
    assert (step.state.state, step.state.closed_at, step.state.closed_as) == (
        State.CANCELLED,
        at(minutes=10),
        None,
    )
    assert told(step) == [("contact", "cancelled")]
    assert inbox.tasks(after(after(assigned(), "visits"), "cancel")) == ()


@pytest.mark.req("TCK-17")
def test_the_score_is_given_once() -> None:
    step = do(closed(), "survey", at(hours=1), score=4, comment="Bien")
    assert event(step, "surveyed").detail == {"score": 4, "comment": "Bien"}
    with pytest.raises(NotNow) as refused:
        do(step.state, "survey")
    assert refused.value.code == "surveyed"
    assert triggers(step.state) == []


@pytest.mark.req("TCK-20", "TCK-12")
def test_the_engineer_cannot_resolve_what_is_not_theirs() -> None:
    with pytest.raises(NotAllowed):
        do(registered(), "resolve", actor=ENGINEER)
