"""The inbox: who must do what, by when; each task can be settled by its role with its action (GEN-10)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from models.shared.actor import Actor, Role
from models.shared.case import Task
from models.shared.errors import GateNotMet
from models.ticket import inbox, rules, timers
from models.ticket.permissions import ALLOWED
from models.ticket.types import Channel, Place, State, Ticket, WaitingFor
from tests.ticket.building import (
    BY_PHONE_ONLY,
    IN_STATE,
    MONDAY,
    ROLES,
    after,
    assigned,
    at,
    cancelled,
    classified,
    closed,
    documented,
    first_contact,
    order,
    registered,
    resolved,
    waited,
    window,
)

NOON = window(at(hours=3), at(hours=4))


def _contacted() -> Ticket:
    return after(assigned(), "contact")


def _with_part(**state: Any) -> Ticket:
    ticket = after(_contacted(), "diagnose", solved=False, pending_parts=[{"part": "rodillo"}])
    return after(ticket, "parts", **state) if state else ticket


def _everything(ticket: Ticket) -> Ticket:
    """With a promise, an escalation and a client who has only a phone."""
    return after(after(ticket, "follow_up"), "escalate")


SITUATIONS: dict[str, tuple[Ticket, WaitingFor, set[tuple[str, str, str, datetime | None]]]] = {
    "registered": (registered(), WaitingFor.CLASSIFICATION, {("classify", "classify", "call_center", at(hours=4))}),
    "classified": (classified(), WaitingFor.ASSIGNMENT, {("assign", "assign", "supervisor", at(minutes=30))}),
    "assigned": (assigned(), WaitingFor.CONTACT, {("contact", "contact", "engineer", at(hours=4))}),
    "contacted": (_contacted(), WaitingFor.DIAGNOSIS, {("diagnose", "diagnose", "engineer", at(days=1, hours=7))}),
    "waiting for the client": (
        after(_contacted(), "pause", until=at(days=2)), WaitingFor.CLIENT, {("resume", "resume", "engineer", at(days=2))},
    ),
    "waiting for the client and nobody knows how long": (
        after(_contacted(), "pause"), WaitingFor.CLIENT, {("resume", "resume", "engineer", None)},
    ),
    "a visit agreed": (after(_contacted(), "visits"), WaitingFor.VISIT, {("visit:1", "arrive", "engineer", at(hours=3))}),
    "on site": (
        after(after(assigned(), "visits"), "arrive"), WaitingFor.DIAGNOSIS,
        {("visit:1", "leave", "engineer", at(hours=4)), ("diagnose", "diagnose", "engineer", at(days=1, hours=7))},
    ),
    "a part asked for": (
        _with_part(), WaitingFor.PARTS,
        {("part:1", "parts", "warehouse", None), ("acknowledge", "acknowledge", "supervisor", at(hours=2))},
    ),
    "a part promised": (
        _with_part(state="promised", due=at(days=1)), WaitingFor.PARTS,
        {("part:1", "parts", "warehouse", at(days=1)), ("acknowledge", "acknowledge", "supervisor", at(hours=2))},
    ),
    "a part received": (
        _with_part(state="received"), WaitingFor.PARTS,
        {("part:1", "parts", "engineer", None), ("acknowledge", "acknowledge", "supervisor", at(hours=2))},
    ),
    "not solved": (
        after(_contacted(), "diagnose", solved=False), WaitingFor.ASSIGNMENT,
        {("assign", "assign", "supervisor", at(days=1, hours=7)), ("acknowledge", "acknowledge", "supervisor", at(hours=2))},
    ),
    "solved": (after(_contacted(), "diagnose"), WaitingFor.RESOLUTION, {("resolve", "resolve", "engineer", at(days=1, hours=7))}),
    "resolved": (resolved(), WaitingFor.CONFIRMATION, {("confirm", "confirm", "client", at(days=3))}),
    "resolved, found by monitoring": (
        resolved(channel=Channel.MONITORING), WaitingFor.CLOSE, {("close", "close", "supervisor", None)},
    ),
    "solved by phone and rejected": (
        after(after(first_contact(), "reject"), "acknowledge"), WaitingFor.RESOLUTION,
        {("resolve", "resolve", "call_center", at(days=1, hours=7))},
    ),
    "closed": (closed(), WaitingFor.NOBODY, set()),
    "cancelled": (cancelled(), WaitingFor.NOBODY, set()),
}  # fmt: skip


@pytest.mark.req("GEN-10")
@pytest.mark.parametrize(("ticket", "waits", "tasks"), SITUATIONS.values(), ids=SITUATIONS)
def test_a_ticket_waits_for_one_thing_and_says_who_must_do_what_by_when(
    ticket: Ticket, waits: WaitingFor, tasks: set[tuple[str, str, str, datetime | None]]
) -> None:
    assert inbox.waiting_for(ticket) is waits
    assert {(one.key, one.action, str(one.role), one.due) for one in inbox.tasks(ticket)} == tasks


def _asks(task: Task) -> Actor:
    """Somebody of the role the task is for; the engineer it names, the client's own user."""
    who = ROLES[task.role]
    return who.model_copy(update={"user": task.user}) if task.role is Role.ENGINEER else who


SETTLE: dict[str, dict[str, Any]] = {"parts": {"state": "installed"}, "acknowledge": {"by": at(days=20)}}

LONG_LIVES = {
    **{name: one[0] for name, one in SITUATIONS.items()},
    **{f"{state}, with all there can be": _everything(IN_STATE[state](contact=BY_PHONE_ONLY)) for state in (
        State.REGISTERED, State.CLASSIFIED, State.ASSIGNED, State.DIAGNOSED,
    )},
    "resolved long ago": waited(after(resolved(contact=BY_PHONE_ONLY), "follow_up"), at(days=9)),
    "resolved with a visit still agreed": after(after(documented(), "visits"), "resolve"),
    "resolved and still on site": after(after(after(documented(), "visits"), "arrive"), "resolve"),
    "high and resolved long ago": waited(resolved("high"), at(days=9)),  # type: ignore[arg-type]
    "closed with promises": after(after(resolved(contact=BY_PHONE_ONLY), "follow_up"), "confirm"),
    "closed and dissatisfied": waited(after(closed(), "survey", score=1), at(days=2)),
    "waived": after(resolved(), "override"),
    "cancelled with a visit and a part": after(after(_with_part(), "visits"), "cancel"),
    "rejected with a visit at the desk": after(after(first_contact(), "reject"), "visits"),
}  # fmt: skip


@pytest.mark.req("GEN-10", "GEN-11")
@pytest.mark.parametrize("ticket", LONG_LIVES.values(), ids=LONG_LIVES)
def test_every_task_can_be_settled_by_who_has_it(ticket: Ticket) -> None:
    now = max([one.level_at for one in ticket.triggers.values()], default=MONDAY) + timedelta(minutes=5)
    for task in inbox.tasks(ticket):
        assert task.role in ALLOWED[task.action]
        said = (
            {"follow_up": task.detail.get("n")}
            if task.key.startswith("follow_up")
            else SETTLE.get(task.action, {})
        )
        asked = order(task.action, _asks(task), n=task.detail.get("n", 1), **said)
        try:
            step = rules.act(getattr(rules, task.action), ticket, asked, now)
        except GateNotMet:
            assert task.action == "resolve", "a gate says what is missing first"
        else:
            assert step.events


@pytest.mark.req("GEN-10")
def test_what_is_done_leaves_the_inbox() -> None:
    ticket = _everything(assigned(contact=BY_PHONE_ONLY))
    assert {one.key for one in inbox.tasks(ticket)} == {"contact", "follow_up:1", "tell", "acknowledge"}
    called = after(after(ticket, "contact", follow_up=1), "acknowledge")
    assert {one.key for one in inbox.tasks(called)} == {"diagnose"}


@pytest.mark.req("GEN-10")
def test_a_task_names_the_person_who_has_it() -> None:
    [task] = inbox.tasks(assigned())
    assert (task.user, task.role) == ("engineer1", "engineer")
    [task] = inbox.tasks(resolved())
    assert task.user == "papelera"
    [task] = [
        one for one in inbox.tasks(after(assigned(), "follow_up", who="luis")) if one.key == "follow_up:1"
    ]
    assert (task.user, task.due, task.detail) == (
        "luis",
        at(days=1),
        {"n": 1, "what": "Llamar", "who": "luis"},
    )


@pytest.mark.req("GEN-10", "TCK-10")
def test_an_escalation_is_a_task_of_the_level_it_has_reached() -> None:
    ticket = waited(after(_contacted(), "escalate"), at(hours=3))
    [task] = [one for one in inbox.tasks(ticket) if one.key == "acknowledge"]
    assert (task.role, task.due) == (Role.MANAGER, at(days=1, hours=2))
    assert task.detail == {"level": 2, "triggers": ["manual"]}
    again = after(ticket, "escalate", at(hours=3))
    [task] = [one for one in inbox.tasks(again) if one.key == "acknowledge"]
    assert (task.role, task.due) == (Role.MANAGER, at(hours=5))


@pytest.mark.req("GEN-10", "TCK-20")
def test_nobody_is_sent_to_a_visit_of_a_ticket_that_no_engineer_has() -> None:
    ticket = after(after(first_contact(), "reject"), "visits")
    assert {one.key for one in inbox.tasks(ticket)} == {"assign", "acknowledge"}


@pytest.mark.req("TCK-01", "GEN-10")
def test_what_could_not_be_identified_shows_what_was_said() -> None:
    ticket = registered(place=Place(reported="la del pasillo"))
    assert inbox.tasks(ticket)[0].detail == {"reported": "la del pasillo"}


@pytest.mark.req("GEN-10")
def test_the_next_deadline_is_the_first_date_somebody_must_keep() -> None:
    assert timers.next_deadline(registered()) == at(minutes=30)
    assert timers.next_deadline(assigned()) == at(hours=4)
    assert timers.next_deadline(after(assigned(), "visits", **NOON)) == at(hours=3)
    assert timers.next_deadline(_with_part(state="promised", due=at(hours=1))) == at(hours=1)
    assert timers.next_deadline(after(assigned(), "follow_up", due=at(hours=1))) == at(hours=1)
    assert timers.next_deadline(after(assigned(), "escalate")) == at(hours=2)
    assert timers.next_deadline(resolved()) == at(days=3)
    assert timers.next_deadline(closed()) is timers.next_deadline(cancelled()) is None
    assert timers.next_deadline(after(_contacted(), "pause")) is None


def test_warnings_are_no_deadlines() -> None:
    ticket = after(assigned(), "contact")
    due, wakes = timers.next_deadline(ticket), timers.next_wake(ticket)
    assert due
    assert wakes
    assert wakes < due
