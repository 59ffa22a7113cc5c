"""How a ticket begins: every contact ends registered, and people decide what the system proposes (TCK-01 to TCK-04, TCK-07)."""

from datetime import timedelta
from typing import Any

import pytest

from models.shared.actor import Role
from models.shared.errors import Invalid, NotAllowed, NotNow
from models.ticket import inbox, proposals, rules, view
from models.ticket.messages import CorrectOrder
from models.ticket.proposals import Candidate
from models.ticket.types import Because, Channel, Place, Priority, State, Type, WaitingFor
from tests.ticket.building import (
    BY_PHONE_ONLY,
    CALL,
    CLIENT,
    FOLIO,
    MACHINE,
    MONDAY,
    PLACE,
    ROLES,
    after,
    assigned,
    at,
    classified,
    diagnosed,
    do,
    event,
    names,
    opening,
    order,
    photo,
    registered,
    resolved,
    the_policy,
    told,
    triggers,
    waited,
)

UNKNOWN = Place(client="papelera", reported="la impresora del pasillo")
BEFORE = (MONDAY - timedelta(days=20), MONDAY - timedelta(days=3))
"""Two failures of the same device inside the policy's thirty days."""


@pytest.mark.req("TCK-01")
@pytest.mark.parametrize("channel", Channel)
def test_every_channel_registers_and_the_client_gets_the_folio(channel: Channel) -> None:
    step = opening(channel=channel)
    assert (step.state.state, step.state.channel) == (State.REGISTERED, channel)
    line = event(step, "registered")
    assert line.detail["number"] == f"{FOLIO}/1"
    assert line.detail["said"] == "Mancha las hojas"
    assert told(step) == [("contact", "registered")]


@pytest.mark.req("TCK-01")
def test_what_cannot_be_identified_waits_for_classification_with_what_was_said() -> None:
    ticket = registered(place=UNKNOWN, type=Type.USER_ERROR, priority=Priority.LOW)
    assert ticket.state is State.REGISTERED
    assert inbox.waiting_for(ticket) is WaitingFor.CLASSIFICATION
    [task] = [one for one in inbox.tasks(ticket) if one.action == "classify"]
    assert task.detail == {"reported": "la impresora del pasillo"}


@pytest.mark.req("TCK-01")
def test_when_it_happened_is_kept_beside_when_it_was_entered() -> None:
    ticket = registered(occurred_at=at(hours=-30))
    assert (ticket.occurred_at, ticket.opened_at) == (at(hours=-30), MONDAY)
    with pytest.raises(Invalid) as refused:
        opening(occurred_at=at(seconds=1))
    assert refused.value.code == "occurred_in_the_future"


@pytest.mark.req("TCK-02")
def test_who_reports_by_phone_and_has_nothing_else_was_told_the_folio_by_the_agent() -> None:
    step = opening(contact=BY_PHONE_ONLY)
    assert told(step) == []
    assert step.state.calls == {}


@pytest.mark.req("TCK-02")
def test_who_has_only_a_phone_but_reported_otherwise_is_owed_a_call() -> None:
    ticket = registered(channel=Channel.ACCOUNT_EXECUTIVE, contact=BY_PHONE_ONLY)
    [call] = ticket.calls.values()
    assert call.about == "registered"


@pytest.mark.req("TCK-04", "TCK-01")
@pytest.mark.parametrize("role", [Role.CALL_CENTER, Role.SUPERVISOR, Role.ENGINEER, Role.ACCOUNT_EXECUTIVE])
def test_staff_who_give_type_and_priority_have_classified_it(role: Role) -> None:
    step = opening(actor=ROLES[role], type=Type.USER_ERROR, priority=Priority.LOW)
    assert names(step) == ["registered", "classified"]
    ticket = step.state
    assert (ticket.state, ticket.type, ticket.priority) == (State.CLASSIFIED, Type.USER_ERROR, Priority.LOW)
    assert ticket.classified_at == MONDAY


@pytest.mark.req("TCK-04")
@pytest.mark.parametrize("actor", [CLIENT, MACHINE])
def test_what_a_client_or_a_machine_claims_is_written_down_and_decided_by_the_call_centre(
    actor: object,
) -> None:
    step = opening(actor=actor, type=Type.EQUIPMENT_STOPPED, priority=Priority.HIGH)
    ticket = step.state
    assert (ticket.state, ticket.type, ticket.priority) == (
        State.REGISTERED,
        Type.TECHNICAL_FAILURE,
        Priority.MEDIUM,
    )
    assert event(step, "registered").detail["claimed"] == {"type": "equipment_stopped", "priority": "high"}


@pytest.mark.req("TCK-04")
def test_staff_who_give_only_one_of_the_two_have_not_classified_it() -> None:
    ticket = registered(priority=Priority.HIGH)
    assert (ticket.state, ticket.priority, ticket.proposed.priority) == (
        State.REGISTERED,
        Priority.HIGH,
        Priority.HIGH,
    )
    assert ticket.resolution_clock.target == 8 * 3600


@pytest.mark.req("TCK-04")
@pytest.mark.parametrize(
    ("symptom", "type", "priority"),
    [
        ("La impresora no imprime", Type.EQUIPMENT_STOPPED, Priority.HIGH),
        ("NO PRENDE desde ayer", Type.EQUIPMENT_STOPPED, Priority.HIGH),
        ("It is dead", Type.EQUIPMENT_STOPPED, Priority.HIGH),
        ("Se atora el papel", Type.TECHNICAL_FAILURE, Priority.MEDIUM),
        ("Sale muy claro", Type.TECHNICAL_FAILURE, Priority.MEDIUM),
        ("¿Cómo escaneo al correo?", Type.OPERATIVE_SUPPORT, Priority.LOW),
        ("Olvidé la contraseña", Type.OPERATIVE_SUPPORT, Priority.LOW),
        ("Algo le pasa", Type.TECHNICAL_FAILURE, Priority.MEDIUM),
    ],
)
def test_the_words_of_the_client_propose_type_and_priority(
    symptom: str, type: Type, priority: Priority
) -> None:
    proposed = proposals.classification(symptom, Channel.PHONE, recurrent=False)
    assert (proposed.type, proposed.priority) == (type, priority)


@pytest.mark.req("TCK-04")
def test_a_recurrent_failure_is_proposed_as_one_and_an_alert_as_a_failure() -> None:
    again = proposals.classification("Se atora", Channel.PHONE, recurrent=True)
    assert (again.type, again.priority) == (Type.RECURRENT_PROBLEM, Priority.MEDIUM)
    stopped = proposals.classification("No imprime", Channel.PHONE, recurrent=True)
    assert stopped.type is Type.EQUIPMENT_STOPPED
    alert = proposals.classification("configuración 0x31", Channel.MONITORING, recurrent=False)
    assert alert.type is Type.TECHNICAL_FAILURE
    assert registered(recent_failures=BEFORE).proposed.type is Type.RECURRENT_PROBLEM


@pytest.mark.req("TCK-04")
def test_the_call_centre_decides_and_a_first_decision_needs_no_reason() -> None:
    step = do(registered(), "classify", type="equipment_stopped", priority="high", reason=None, because=None)
    ticket = step.state
    assert (ticket.state, ticket.type, ticket.priority) == (
        State.CLASSIFIED,
        Type.EQUIPMENT_STOPPED,
        Priority.HIGH,
    )
    assert ticket.misclassified == 0
    assert event(step, "classified").detail["before"] == {"type": "technical_failure", "priority": "medium"}


@pytest.mark.req("TCK-04")
@pytest.mark.parametrize("lacking", [{"reason": None}, {"because": None}, {"reason": "   "}])
def test_a_change_needs_a_reason_and_whether_the_facts_changed(lacking: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        do(classified(), "classify", **lacking)
    assert refused.value.code == "reason_required"


@pytest.mark.req("TCK-04")
@pytest.mark.parametrize("because", Because)
def test_only_what_was_wrong_counts_as_misclassified(because: Because) -> None:
    ticket = after(classified(), "classify", because=because)
    assert ticket.misclassified == (1 if because is Because.WAS_WRONG else 0)
    assert ticket.type is Type.USER_ERROR


@pytest.mark.req("TCK-04")
def test_the_same_classification_again_is_no_change() -> None:
    with pytest.raises(NotNow) as refused:
        do(classified(), "classify", type="technical_failure", priority="medium")
    assert refused.value.code == "same_classification"


@pytest.mark.req("TCK-04")
def test_a_change_keeps_the_state_it_had() -> None:
    for ticket in (assigned(), diagnosed()):
        assert after(ticket, "classify").state is ticket.state


@pytest.mark.req("TCK-04")
def test_what_no_contract_covers_is_registered_all_the_same_and_the_supervisor_sees_it() -> None:
    ticket = classified(place=PLACE.model_copy(update={"covered": False}))
    assert view.present(ticket, MONDAY)["place"]["covered"] is False
    [task] = [one for one in inbox.tasks(ticket) if one.action == "assign"]
    assert (task.role, task.detail["covered"]) == (Role.SUPERVISOR, False)


# --- Assignment --------------------------------------------------------------------------------------------------


@pytest.mark.req("TCK-07", "TCK-02")
def test_the_supervisor_assigns_and_engineer_and_client_are_told() -> None:
    step = do(classified(), "assign")
    ticket = step.state
    assert (ticket.state, ticket.assignee, ticket.assignee_name) == (State.ASSIGNED, "engineer1", "Engineer1")
    assert told(step) == [("engineer1", "assigned_engineer"), ("contact", "assigned")]
    assert step.notices[1].data == {"name": "Engineer1"}


@pytest.mark.req("TCK-07", "TCK-11")
def test_it_is_assigned_again_to_another_and_after_a_diagnosis_to_the_same() -> None:
    assert after(assigned(), "assign", engineer="engineer2").assignee == "engineer2"
    assert after(diagnosed(), "assign").state is State.ASSIGNED
    with pytest.raises(NotNow) as refused:
        do(assigned(), "assign")
    assert refused.value.code == "same_engineer"


@pytest.mark.req("TCK-07")
def test_not_assigned_in_time_reaches_the_supervisor_once() -> None:
    ticket = waited(classified(Priority.LOW), at(minutes=29))
    assert triggers(ticket) == []
    ticket = waited(ticket, at(minutes=30))
    assert triggers(ticket) == ["not_assigned"]
    assert ticket.triggers["1"].at == at(minutes=30)
    assert triggers(waited(ticket, at(hours=23))).count("not_assigned") == 1


@pytest.mark.req("TCK-07")
def test_assigned_in_time_is_silent() -> None:
    assert triggers(waited(after(classified(Priority.LOW), "assign", at(minutes=29)), at(hours=8))) == []


@pytest.mark.req("TCK-07")
def test_nobody_eligible_reaches_the_supervisor_at_once_and_does_not_again_when_time_passes() -> None:
    step = opening(eligible=False)
    assert ("supervisor", "nobody_eligible") in told(step)
    assert ("supervisor", "escalated") in told(step)
    assert step.state.triggers["1"].reason == "nobody_eligible"
    assert triggers(waited(step.state, at(hours=1))) == ["not_assigned"]


NEAR = Candidate(id="ana", name="Ana", zones=("norte",), skills=("MX-5",))


@pytest.mark.req("TCK-07")
@pytest.mark.parametrize(
    ("change", "eligible"),
    [
        ({}, True),
        ({"zones": ()}, True),
        ({"zones": ("sur",)}, False),
        ({"skills": ()}, True),
        ({"skills": ("MX-9",)}, False),
        ({"absent": True}, False),
        ({"on_shift": False}, True),
        ({"load": 40}, True),
    ],
)
def test_who_could_take_it(change: dict[str, object], eligible: bool) -> None:
    assert proposals.eligible(NEAR.model_copy(update=change), "norte", "MX-5") is eligible
    assert proposals.eligible(NEAR.model_copy(update={"zones": ("sur",), "skills": ("x",)}), "", "")


@pytest.mark.req("TCK-07")
def test_engineers_are_proposed_by_shift_zone_skill_and_load_with_the_reasons() -> None:
    def one(name: str, **change: object) -> Candidate:
        return NEAR.model_copy(update={"id": name, "name": name.title(), **change})

    people = [
        one("busy", load=3), one("off", on_shift=False), one("anywhere", zones=()), one("any_model", skills=()),
        one("best"), one("away", absent=True),
    ]  # fmt: skip
    proposed = proposals.engineers(people, "norte", "MX-5")
    assert [who.id for who in proposed] == ["best", "busy", "any_model", "anywhere", "off"]
    assert proposed[1].reasons == (
        "en turno",
        "atiende la zona norte",
        "conoce el modelo MX-5",
        "3 tickets abiertos",
    )
    assert proposed[-1].reasons[0] == "fuera de turno"
    assert "atiende la zona norte" not in proposed[3].reasons


# --- Recurrence and correction -----------------------------------------------------------------------------------


@pytest.mark.req("TCK-16", "TCK-09")
@pytest.mark.parametrize(
    ("failures", "recurrent"),
    [
        ((), False),
        (BEFORE[:1], False),
        (BEFORE, True),
        ((*BEFORE, MONDAY - timedelta(days=1)), True),
        ((MONDAY - timedelta(days=30), BEFORE[1]), True),
        ((MONDAY - timedelta(days=30, seconds=1), BEFORE[1]), False),
    ],
)
def test_the_failure_that_completes_the_count_marks_recurrence(
    failures: tuple[object, ...], recurrent: bool
) -> None:
    step = opening(type=Type.TECHNICAL_FAILURE, priority=Priority.LOW, recent_failures=failures)
    assert step.state.recurrent is recurrent
    assert triggers(step.state) == (["recurrence"] if recurrent else [])
    if recurrent:
        assert event(step, "recurrence_marked").detail == {"failures": len(failures) + 1, "proposes": "swap"}


@pytest.mark.req("TCK-16")
@pytest.mark.parametrize("type", Type)
def test_only_failures_count_and_only_once_classified(type: Type) -> None:
    waiting = registered(recent_failures=BEFORE)
    assert not waiting.recurrent
    ticket = after(waiting, "classify", type=type)
    assert ticket.recurrent is (type not in (Type.USER_ERROR, Type.OPERATIVE_SUPPORT))
    changed = after(ticket, "classify", type="recurrent_problem", priority="low")
    assert triggers(changed).count("recurrence") == 1


def _correction(place: Place, failures: tuple[object, ...] = ()) -> CorrectOrder:
    asked = order("correct")
    assert isinstance(asked, CorrectOrder)
    return asked.model_copy(update={"place": place, "recent_failures": failures})


OTHER_DEVICE = PLACE.model_copy(update={"device": "SN-0043"})


@pytest.mark.req("TCK-16")
def test_a_corrected_device_takes_recurrence_along_and_clocks_go_on() -> None:
    ticket = classified(recent_failures=BEFORE)
    step = rules.act(rules.correct, ticket, _correction(OTHER_DEVICE), at(minutes=5))
    corrected = step.state
    assert not corrected.recurrent
    assert corrected.triggers["1"].settled_at == at(minutes=5)
    assert (corrected.first_response, corrected.resolution_clock) == (
        ticket.first_response,
        ticket.resolution_clock,
    )
    line = event(step, "corrected").detail
    assert (line["before"]["device"], line["after"]["device"]) == ("SN-0042", "SN-0043")

    back = rules.act(rules.correct, corrected, _correction(PLACE, BEFORE), at(minutes=6)).state
    assert back.recurrent
    assert [one.active for one in back.triggers.values()] == [False, True]


@pytest.mark.req("TCK-16")
def test_a_correction_before_classification_marks_nothing_yet_and_one_of_the_site_keeps_the_mark() -> None:
    waiting = rules.correct(registered(), _correction(OTHER_DEVICE, BEFORE), MONDAY).state
    assert not waiting.recurrent
    marked = classified(recent_failures=BEFORE)
    moved = rules.correct(
        marked, _correction(PLACE.model_copy(update={"site": "otra"}), BEFORE), MONDAY
    ).state
    assert moved.recurrent
    assert triggers(moved) == ["recurrence"]


def test_a_correction_that_changes_nothing_is_refused() -> None:
    with pytest.raises(NotNow) as refused:
        rules.correct(classified(), _correction(PLACE), MONDAY)
    assert refused.value.code == "same_place"


# --- First contact -----------------------------------------------------------------------------------------------


@pytest.mark.req("TCK-20")
@pytest.mark.parametrize("given", [{}, {"type": Type.USER_ERROR, "priority": Priority.LOW}])
def test_the_call_centre_solves_in_the_first_contact_in_one_step(given: dict[str, object]) -> None:
    ticket = registered(evidence=(photo(kind="audio"),), **given)
    step = do(ticket, "resolve", at(minutes=12), CALL)
    solved = step.state
    assert solved.state is State.RESOLVED
    assert (solved.assignee, solved.level) == ("", 0)
    assert solved.resolution
    assert solved.resolution.first_contact
    assert solved.first_response.met_at == solved.resolution_clock.met_at == at(minutes=12)
    assert event(step, "resolved").detail["first_contact"] is True


@pytest.mark.req("TCK-20", "TCK-12")
def test_a_first_contact_passes_the_same_close_gate() -> None:
    with pytest.raises(Exception, match="documentación") as refused:
        do(registered(), "resolve", actor=CALL, root_cause=None, actions=None, failure_class=None)
    codes = {one.code for one in refused.value.faults}  # type: ignore[attr-defined]
    assert codes == {"root_cause", "actions", "evidence", "failure_classification"}


@pytest.mark.req("TCK-20")
def test_the_call_centre_does_not_resolve_what_an_engineer_has() -> None:
    with pytest.raises(NotAllowed) as refused:
        do(assigned(), "resolve", actor=CALL)
    assert refused.value.code == "other_engineer"


@pytest.mark.req("TCK-20")
def test_what_comes_back_goes_to_who_solved_it_and_is_no_first_contact_resolution_any_more() -> None:
    ticket = registered(evidence=(photo(kind="audio"),))
    back = after(after(ticket, "resolve", actor=CALL), "reject", at(hours=1))
    assert (back.state, back.assignee, back.at_the_desk) == (State.ASSIGNED, "call_center1", True)
    [task] = [one for one in inbox.tasks(back) if one.key == "resolve"]
    assert (task.role, task.user) == (Role.CALL_CENTER, "call_center1")
    colleague = CALL.model_copy(update={"user": "call_center2"})
    again = after(back, "resolve", at(hours=2), colleague)
    assert again.resolution
    assert not again.resolution.first_contact
    assert after(after(again, "confirm", at(hours=3)), "reopen", at(hours=4)).at_the_desk


@pytest.mark.req("TCK-20", "TCK-07")
def test_what_came_back_can_be_given_to_an_engineer_who_then_has_it() -> None:
    back = after(
        after(registered(evidence=(photo(kind="audio"),)), "resolve", actor=CALL), "reject", at(hours=1)
    )
    visited = after(back, "visits", at(hours=1))
    assert inbox.waiting_for(visited) is WaitingFor.ASSIGNMENT
    given = after(visited, "assign", at(hours=1))
    assert not given.at_the_desk
    assert inbox.waiting_for(given) is WaitingFor.VISIT
    with pytest.raises(NotAllowed):
        do(given, "resolve", at(hours=2), CALL)


def test_an_engineers_solution_is_no_first_contact() -> None:
    solved = resolved()
    assert solved.resolution
    assert not solved.resolution.first_contact
    assert not after(solved, "reject").at_the_desk


@pytest.mark.req("GEN-06")
def test_a_ticket_keeps_the_policy_it_was_opened_under() -> None:
    other = the_policy(version=7, assign_within=60)
    ticket = opening(rules_of=other).state
    assert ticket.policy.version == view.present(ticket, MONDAY)["policy_version"] == 7
    assert rules.next_wake(ticket) == at(minutes=1)
