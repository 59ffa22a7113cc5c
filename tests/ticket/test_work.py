"""The work on a ticket: contact, visits, diagnosis, parts, what is said around it (TCK-02, TCK-03, TCK-08, TCK-09, TCK-11, TCK-22)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from models.shared.errors import Invalid, NotNow, Unknown
from models.ticket import inbox, rules, view
from models.ticket.types import PartState, Priority, State, Ticket, VisitState, WaitingFor
from tests.ticket.building import (
    BOSS,
    BY_PHONE_ONLY,
    CALL,
    CLIENT,
    ENGINEER,
    FOLIO,
    MONDAY,
    after,
    assigned,
    at,
    classified,
    closed,
    diagnosed,
    do,
    event,
    names,
    photo,
    resolved,
    told,
    triggers,
    wake,
    window,
)

PART: dict[str, Any] = {"pending_parts": [{"part": "rodillo", "quantity": 2}], "solved": False}


def _visited(state: VisitState) -> Ticket:
    """Assigned, with a visit today from twelve to one, in the state."""
    ticket = after(assigned(), "visits")
    if state is VisitState.AGREED:
        return ticket
    if state is VisitState.FAILED:
        return after(ticket, "fail", at(hours=3))
    ticket = after(ticket, "arrive", at(hours=3))
    return after(ticket, "leave", at(hours=4)) if state is VisitState.LEFT else ticket


def _waiting(state: PartState) -> Ticket:
    """Diagnosed, with one part in the state."""
    ticket = after(assigned(), "diagnose", **PART)
    if state in (PartState.PROMISED, PartState.RECEIVED, PartState.NOT_NEEDED, PartState.INSTALLED):
        return after(ticket, "parts", state=state, due=at(hours=5))
    if state is PartState.RETURNED:
        return after(_waiting(PartState.RECEIVED), "parts", state=state)
    return ticket


# --- Contact -----------------------------------------------------------------------------------------------------


@pytest.mark.req("TCK-08", "GEN-02")
def test_reaching_the_client_is_the_first_response_and_has_its_own_number() -> None:
    step = do(assigned(), "contact", at(minutes=30), ENGINEER, note="Reinició", promised="Ir hoy")
    assert step.state.first_response.met_at == at(minutes=30)
    assert event(step, "contacted").detail == {
        "number": f"{FOLIO}/2", "channel": "phone", "outcome": "reached", "person": "Ana Ruiz",
        "said": "Reinició", "promised": "Ir hoy",
    }  # fmt: skip
    later = after(step.state, "contact", at(minutes=40), ENGINEER)
    assert later.first_response.met_at == at(minutes=30)
    assert later.contacts == 3


@pytest.mark.req("TCK-08")
def test_not_reaching_the_client_is_recorded_and_is_no_response() -> None:
    ticket = after(assigned(), "contact", at(minutes=30), outcome="not_reached")
    assert ticket.first_response.met_at is None
    assert inbox.waiting_for(ticket) is WaitingFor.CONTACT


@pytest.mark.req("TCK-20")
def test_neither_an_automatic_message_nor_one_by_a_person_is_a_first_response() -> None:
    assert after(assigned(), "message").first_response.met_at is None


# --- Visits ------------------------------------------------------------------------------------------------------


@pytest.mark.req("TCK-08", "TCK-02")
def test_a_visit_is_agreed_made_and_left() -> None:
    agreed = do(assigned(), "visits")
    window = {"from": at(hours=3).isoformat(), "to": at(hours=4).isoformat()}
    assert event(agreed, "visit_agreed").detail == {"visit": 1, "window": window, "moved": False}
    assert told(agreed) == [("contact", "visit_agreed")]
    assert inbox.waiting_for(after(agreed.state, "contact")) is WaitingFor.VISIT

    arrived = do(agreed.state, "arrive", at(hours=3))
    assert names(arrived)[-1] == "visit_arrived"
    assert arrived.state.first_response.met_at == at(hours=3)
    left = do(arrived.state, "leave", at(hours=4))
    assert left.state.visits["1"].model_dump(include={"state", "arrived_at", "left_at"}) == {
        "state": "left", "arrived_at": at(hours=3), "left_at": at(hours=4),
    }  # fmt: skip


@pytest.mark.req("TCK-02")
def test_agreed_again_it_is_the_same_visit_moved_and_the_client_is_told() -> None:
    moved = do(_visited(VisitState.AGREED), "visits", **window(at(days=1), at(days=1, hours=1)))
    assert event(moved, "visit_agreed").detail["moved"] is True
    assert told(moved) == [("contact", "visit_moved")]
    assert list(moved.state.visits) == ["1"]


def test_after_one_that_failed_the_next_visit_is_another() -> None:
    ticket = after(_visited(VisitState.FAILED), "visits", at(hours=3), **window(at(days=1), at(days=2)))
    assert [one.state for one in ticket.visits.values()] == ["failed", "agreed"]


@pytest.mark.parametrize(
    "wrong",
    [window(at(hours=4), at(hours=3)), window(at(hours=3), at(hours=3)), window(at(hours=-3), MONDAY)],
)
def test_a_visit_ends_after_it_starts_and_in_the_future(wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        do(assigned(), "visits", **wrong)
    assert refused.value.code == "visit_window"


@pytest.mark.req("TCK-08", "GEN-14")
def test_a_failed_visit_has_its_cause_and_evidence_that_is_on_the_case() -> None:
    ticket = after(_visited(VisitState.AGREED), "evidence")
    step = do(ticket, "fail", at(hours=3), evidence=["a" * 64])
    line = event(step, "visit_failed")
    assert (line.evidence, line.detail) == (("a" * 64,), {"visit": 1, "cause": "Oficina cerrada"})
    assert step.state.visits["1"].cause == "Oficina cerrada"
    with pytest.raises(Unknown) as refused:
        do(ticket, "fail", evidence=["b" * 64])
    assert refused.value.code == "evidence"


VISIT_MOVES = {
    "arrive": {VisitState.AGREED},
    "leave": {VisitState.ARRIVED},
    "fail": {VisitState.AGREED, VisitState.ARRIVED},
}


@pytest.mark.req("TCK-08")
@pytest.mark.parametrize("state", VisitState)
@pytest.mark.parametrize("verb", VISIT_MOVES)
def test_a_visit_goes_only_one_way(verb: str, state: VisitState) -> None:
    ticket = _visited(state)
    if state in VISIT_MOVES[verb]:
        assert do(ticket, verb, at(hours=5), ENGINEER).events
        return
    with pytest.raises(NotNow) as refused:
        do(ticket, verb, at(hours=5), ENGINEER)
    assert refused.value.code == f"visit_{state}"


def test_a_visit_that_does_not_exist_is_unknown() -> None:
    with pytest.raises(Unknown) as refused:
        do(_visited(VisitState.AGREED), "arrive", n=2)
    assert refused.value.code == "visit"


@pytest.mark.req("TCK-05", "TCK-08")
@pytest.mark.parametrize("verb", ["arrive", "fail"])
def test_a_pause_for_the_visit_ends_with_it_and_another_pause_does_not(verb: str) -> None:
    agreed = _visited(VisitState.AGREED)
    paused = after(agreed, "pause", reason="agreed_visit")
    step = do(paused, verb, at(hours=3))
    assert names(step)[-1] == "resumed"
    assert step.state.pause_reason is None
    assert after(after(agreed, "pause"), verb, at(hours=3)).pause_reason == "waiting_client"


# --- Diagnosis and parts -----------------------------------------------------------------------------------------


@pytest.mark.req("TCK-08", "TCK-03")
def test_a_diagnosis_keeps_hypothesis_cause_actions_and_answers() -> None:
    answer = {"question": "¿Hay alerta?", "answer": "Sí, J1"}
    step = do(assigned(), "diagnose", mode="on_site", hypothesis="El fusor", testing=[answer])
    diagnosis = step.state.diagnoses["1"]
    assert (diagnosis.mode, diagnosis.hypothesis, diagnosis.root_cause) == (
        "on_site",
        "El fusor",
        "Fusor gastado",
    )
    assert diagnosis.testing[0].answer == "Sí, J1"
    assert (step.state.state, names(step)) == (State.DIAGNOSED, ["diagnosed"])
    assert event(step, "diagnosed").detail["history_reviewed"] is True
    star = view.present(step.state, MONDAY, [])["star"]
    assert star["testing"] == {"answers": [answer], "hypotheses": ["El fusor"]}
    assert star["action"] == ["Se limpió el fusor"]


@pytest.mark.req("TCK-09", "TCK-11")
def test_not_solved_escalates_each_time_and_the_loop_keeps_every_diagnosis() -> None:
    ticket = after(assigned(), "diagnose", solved=False)
    assert triggers(ticket) == ["not_solved"]
    assert inbox.waiting_for(after(ticket, "contact")) is WaitingFor.ASSIGNMENT
    other = after(ticket, "assign", engineer="engineer2")
    again = after(other, "diagnose", actor=ENGINEER.model_copy(update={"user": "engineer2"}), solved=False)
    assert triggers(again) == ["not_solved", "not_solved"]
    assert [one.by for one in again.diagnoses.values()] == ["engineer1", "engineer2"]
    assert inbox.waiting_for(after(again, "contact")) is WaitingFor.ASSIGNMENT


@pytest.mark.req("TCK-09")
@pytest.mark.parametrize(("part", "special"), [("rodillo", False), ("fusor", True), ("placa", True)])
def test_a_dear_part_or_one_of_long_lead_is_special_and_escalates_at_once(part: str, special: bool) -> None:
    step = do(assigned(), "diagnose", pending_parts=[{"part": part}])
    assert event(step, "part_asked").detail["special"] is special
    assert step.state.parts["1"].special is special
    assert triggers(step.state) == (["special_parts"] if special else [])


@pytest.mark.req("TCK-09")
@pytest.mark.parametrize(("limit", "special"), [("5000.00", True), ("5000.01", False)])
def test_what_is_dear_is_the_policys_to_say(limit: str, special: bool) -> None:
    ticket = assigned()
    rules_of = ticket.policy.model_copy(update={"expensive_from": Decimal(limit)})
    step = do(ticket.model_copy(update={"policy": rules_of}), "diagnose", pending_parts=[{"part": "fusor"}])
    assert step.state.parts["1"].special is special


@pytest.mark.req("TCK-10")
def test_two_special_parts_are_one_escalation_and_one_after_it_was_answered_is_another() -> None:
    both = [{"part": "fusor"}, {"part": "placa"}]
    ticket = after(assigned(), "diagnose", pending_parts=both)
    assert triggers(ticket) == ["special_parts"]
    assert [one.part for one in ticket.parts.values()] == ["fusor", "placa"]
    answered = after(ticket, "acknowledge")
    assert triggers(after(answered, "diagnose", pending_parts=both[:1])) == ["special_parts", "special_parts"]


def test_a_part_the_catalogue_does_not_know_is_refused_and_nothing_is_done() -> None:
    with pytest.raises(Unknown, match="«turbina»") as refused:
        do(assigned(), "diagnose", pending_parts=[{"part": "turbina"}])
    assert refused.value.code == "part"


PART_MOVES = {
    PartState.ASKED: {PartState.PROMISED, PartState.RECEIVED, PartState.INSTALLED, PartState.NOT_NEEDED},
    PartState.PROMISED: {PartState.PROMISED, PartState.RECEIVED, PartState.INSTALLED, PartState.NOT_NEEDED},
    PartState.RECEIVED: {PartState.INSTALLED, PartState.RETURNED, PartState.NOT_NEEDED},
    PartState.INSTALLED: {PartState.RETURNED},
    PartState.RETURNED: set(),
    PartState.NOT_NEEDED: {PartState.RETURNED},
}


@pytest.mark.req("TCK-08")
@pytest.mark.parametrize("to", PartState)
@pytest.mark.parametrize("state", PartState)
def test_a_part_goes_its_way_from_asked_to_returned(state: PartState, to: PartState) -> None:
    ticket = _waiting(state)
    assert ticket.parts["1"].state is state
    if to in PART_MOVES[state]:
        step = do(ticket, "parts", state=to, due=at(days=1), cost="410.50")
        assert step.state.parts["1"].state is to
        assert step.state.parts["1"].cost == "410.50"
        assert event(step, "part_changed").detail["state"] == to
        return
    with pytest.raises(NotNow) as refused:
        do(ticket, "parts", state=to, due=at(days=1))
    assert refused.value.code == f"part_{state}"


@pytest.mark.req("TCK-08", "TCK-02")
def test_a_promised_part_has_its_date_and_the_client_hears_of_it() -> None:
    ticket = _waiting(PartState.ASKED)
    with pytest.raises(Invalid) as refused:
        do(ticket, "parts", state="promised")
    assert refused.value.code == "due_required"
    step = do(ticket, "parts", state="promised", due=at(hours=5))
    assert told(step) == [("contact", "part_ordered")]
    assert step.notices[0].data == {"part": "Rodillo", "due": at(hours=5).isoformat()}
    received = after(step.state, "parts", state="received")
    assert (received.parts["1"].due, received.parts["1"].cost) == (at(hours=5), "350.00")
    assert told(do(step.state, "parts", state="received")) == []


def test_a_part_that_does_not_exist_is_unknown() -> None:
    with pytest.raises(Unknown) as refused:
        do(diagnosed(), "parts")
    assert refused.value.code == "part"


@pytest.mark.req("TCK-08")
def test_a_part_can_come_back_to_the_warehouse_after_the_solution() -> None:
    ticket = after(_waiting(PartState.INSTALLED), "diagnose")
    solved = after(after(ticket, "evidence"), "resolve")
    assert after(solved, "parts", state="returned").parts["1"].state is PartState.RETURNED


@pytest.mark.req("GEN-14")
def test_evidence_is_numbered_on_and_logged_piece_by_piece() -> None:
    step = do(after(assigned(), "evidence"), "evidence", items=(photo("b" * 64), photo("c" * 64, "document")))
    assert list(step.state.evidence) == ["1", "2", "3"]
    assert [(one.evidence, one.detail["kind"]) for one in step.events] == [
        (("b" * 64,), "photo"),
        (("c" * 64,), "document"),
    ]


# --- A breach that can be seen coming (TCK-22) -------------------------------------------------------------------

TOMORROW = window(at(days=1), at(days=1, hours=1))


@pytest.mark.req("TCK-22")
def test_a_visit_after_the_deadline_is_said_at_that_moment_and_once() -> None:
    step = do(assigned(Priority.HIGH), "visits", **TOMORROW)
    line = event(step, "breach_predicted").detail
    assert line == {"what": "visita 1", "known": at(days=1).isoformat(), "due": at(hours=8).isoformat()}
    assert ("supervisor", "breach_predicted") in told(step)
    moved = do(step.state, "visits", **window(at(days=2), at(days=3)))
    assert "breach_predicted" not in names(moved)


@pytest.mark.req("TCK-22")
def test_a_date_exactly_at_the_deadline_is_in_time() -> None:
    ticket = assigned(Priority.HIGH)
    assert not after(ticket, "visits", **window(at(hours=8), at(hours=9))).predicted
    assert after(ticket, "visits", **window(at(hours=8, seconds=1), at(hours=9))).predicted


@pytest.mark.req("TCK-22")
def test_a_part_promised_too_late_is_said_too() -> None:
    step = do(_waiting(PartState.ASKED), "parts", state="promised", due=at(days=8))
    assert event(step, "breach_predicted").detail["what"] == "Rodillo"


@pytest.mark.req("TCK-22")
def test_a_deadline_that_moves_before_a_known_date_is_said_when_it_moves() -> None:
    ticket = after(assigned(Priority.LOW), "visits", **TOMORROW)
    assert not ticket.predicted
    step = do(ticket, "classify", at(hours=1), type="technical_failure", priority="high")
    assert event(step, "breach_predicted").detail["due"] == at(hours=8).isoformat()


@pytest.mark.req("TCK-22")
def test_while_it_waits_for_the_client_there_is_no_deadline_to_miss_until_it_goes_on() -> None:
    ticket = after(assigned(Priority.HIGH), "pause", until=at(hours=2))
    ticket = after(ticket, "visits", **window(at(days=2), at(days=3)))
    assert not ticket.predicted
    assert "breach_predicted" in names(do(ticket, "resume", at(hours=1)))
    timed = wake(rules.wake(ticket, at(hours=1, seconds=1)).state, at(hours=2))  # type: ignore[union-attr]
    assert "breach_predicted" in names(timed)


@pytest.mark.req("TCK-22")
def test_what_is_breached_already_is_not_predicted() -> None:
    late = rules.wake(assigned(Priority.HIGH), at(days=1))
    assert late
    visited = after(late.state, "visits", at(days=1), **window(at(days=2), at(days=3)))
    assert not visited.predicted


# --- What is said around it --------------------------------------------------------------------------------------


@pytest.mark.req("GEN-02")
def test_a_note_is_for_the_staff_and_one_by_the_client_is_a_contact_with_its_number() -> None:
    assert event(do(assigned(), "note"), "noted").detail == {"text": "Abre a las diez"}
    step = do(assigned(), "note", actor=CLIENT)
    assert event(step, "noted").detail["number"] == f"{FOLIO}/2"


@pytest.mark.req("GEN-02", "TCK-02")
def test_a_message_goes_to_the_client_under_its_number() -> None:
    step = do(assigned(), "message")
    assert told(step) == [("contact", "message")]
    assert step.notices[0].data == {"text": "Vamos en camino", "number": f"{FOLIO}/2"}


@pytest.mark.req("TCK-03")
def test_a_missed_follow_up_is_told_to_who_promised_it_and_escalates_once() -> None:
    ticket = after(classified(Priority.LOW), "assign")
    ticket = after(after(ticket, "contact"), "follow_up", due=at(hours=2))
    step = wake(ticket, at(hours=2))
    assert names(step) == ["follow_up_missed", "escalated"]
    assert ("call_center1", "follow_up_missed") in told(step)
    trigger = step.state.triggers["1"]
    assert (trigger.code, trigger.at, trigger.reason) == ("manual", at(hours=2), "follow_up_missed: Llamar")
    assert rules.wake(step.state, at(hours=3)) is None


@pytest.mark.req("TCK-03")
def test_two_promises_missed_together_are_two_messages() -> None:
    ticket = after(after(assigned(), "follow_up"), "follow_up", what="Enviar cotización")
    step = wake(ticket, at(days=1))
    missed = [one for one in step.notices if one.template == "follow_up_missed"]
    assert [one.data["what"] for one in missed] == ["Llamar", "Enviar cotización"]
    assert len({one.key for one in missed}) == 2


@pytest.mark.req("TCK-03")
def test_a_kept_follow_up_is_silent_and_one_missed_can_still_be_kept() -> None:
    ticket = after(assigned(), "follow_up", due=at(hours=2))
    kept = after(ticket, "contact", at(hours=1), follow_up=1)
    assert rules.wake(kept, at(hours=2)) is None
    assert not [one for one in inbox.tasks(kept) if one.key == "follow_up:1"]
    missed = wake(ticket, at(hours=2)).state
    assert after(missed, "contact", at(hours=3), follow_up=1).follow_ups["1"].kept_at == at(hours=3)


def test_a_follow_up_that_is_not_pending_cannot_be_kept() -> None:
    ticket = after(after(assigned(), "follow_up"), "contact", follow_up=1)
    for wrong in (1, 2):
        with pytest.raises(Unknown) as refused:
            do(ticket, "contact", follow_up=wrong)
        assert refused.value.code == "follow_up"


def test_a_follow_up_lies_in_the_future() -> None:
    with pytest.raises(Invalid):
        do(assigned(), "follow_up", due=MONDAY + timedelta(microseconds=9))


# --- Clients with only a phone -----------------------------------------------------------------------------------


@pytest.mark.req("TCK-02")
def test_a_client_with_only_a_phone_gets_one_call_task_about_all_it_was_not_told() -> None:
    ticket = after(assigned(contact=BY_PHONE_ONLY), "visits", at(hours=1))
    [task] = [one for one in inbox.tasks(ticket) if one.key == "tell"]
    assert (task.role, task.action, task.due) == ("call_center", "contact", at(hours=2))
    assert task.detail == {"about": ["assigned", "visit_agreed"], "phone": "81 1234 5678"}
    missed = after(ticket, "contact", at(hours=1), outcome="not_reached")
    assert [one for one in inbox.tasks(missed) if one.key == "tell"]
    told_by_call = after(ticket, "contact", at(hours=1))
    assert not [one for one in inbox.tasks(told_by_call) if one.key == "tell"]
    assert told_by_call.calls["1"].done_at == at(hours=1)
    again = after(after(told_by_call, "message", at(hours=1)), "contact", at(hours=2))
    assert [one.done_at for one in again.calls.values()] == [at(hours=1), at(hours=1), at(hours=2)]


@pytest.mark.req("TCK-02")
def test_a_visit_by_the_engineer_is_no_call() -> None:
    ticket = after(assigned(contact=BY_PHONE_ONLY), "contact", mode="on_site", actor=ENGINEER)
    assert ticket.calls["1"].done_at is None


@pytest.mark.req("TCK-02")
def test_two_escalations_in_one_step_are_one_call() -> None:
    ticket = after(
        assigned(contact=BY_PHONE_ONLY), "diagnose", solved=False, pending_parts=[{"part": "placa"}]
    )
    assert triggers(ticket) == ["special_parts", "not_solved"]
    assert [one.about for one in ticket.calls.values()] == ["assigned", "escalated"]


@pytest.mark.req("TCK-02")
def test_the_call_about_the_close_can_be_made_and_holds_the_ticket_until_then() -> None:
    ticket = closed(contact=BY_PHONE_ONLY)
    assert rules.end_due(ticket) is None
    called = after(ticket, "contact", at(hours=1))
    assert rules.end_due(called) == called.grace_until
    assert [task.key for task in inbox.tasks(called)] == []


@pytest.mark.req("TCK-02")
def test_nobody_calls_a_machine() -> None:
    ticket = assigned(contact=BY_PHONE_ONLY, channel="monitoring")
    assert ticket.calls == {}


@pytest.mark.req("TCK-03")
def test_a_promise_made_in_a_resolved_ticket_is_kept_after_its_close() -> None:
    ticket = after(after(resolved(), "follow_up"), "confirm")
    assert rules.end_due(ticket) is None
    assert rules.end_due(after(ticket, "contact", at(hours=1), follow_up=1))


def test_a_note_by_who_supervises_is_no_contact() -> None:
    assert (
        after(assigned(), "note", actor=BOSS).contacts == after(assigned(), "note", actor=CALL).contacts == 1
    )
