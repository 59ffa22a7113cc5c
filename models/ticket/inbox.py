"""Whom a ticket waits for, and the tasks that follow from it (GEN-10): who, by when, and which action settles it."""

from collections.abc import Iterator
from datetime import datetime

from models.shared import clock_ledger
from models.shared.actor import Role
from models.shared.case import Task
from models.ticket import escalation, gates, timers
from models.ticket.closing import unattended_close
from models.ticket.types import (
    OPEN_STATES,
    PENDING_PARTS,
    PartState,
    PauseReason,
    State,
    Ticket,
    VisitState,
    WaitingFor,
)


def waiting_for(ticket: Ticket) -> WaitingFor:
    """The one thing that moves this ticket on."""
    if ticket.state is State.RESOLVED:
        needs_client = gates.confirmation_applies(ticket) and ticket.override is None
        return WaitingFor.CONFIRMATION if needs_client else WaitingFor.CLOSE
    if ticket.state is State.REGISTERED:
        return WaitingFor.CLASSIFICATION
    if ticket.state is State.CLASSIFIED:
        return WaitingFor.ASSIGNMENT
    if ticket.state not in OPEN_STATES:
        return WaitingFor.NOBODY
    if ticket.pause_reason is PauseReason.WAITING_CLIENT:
        return WaitingFor.CLIENT
    return _work_waits_for(ticket)


def tasks(ticket: Ticket) -> tuple[Task, ...]:
    """Everything somebody has to do on this ticket now, and can: a closed one keeps its calls and promises."""
    if ticket.state is State.CANCELLED:
        return ()
    return (*_progress(ticket), *_visits(ticket), *_parts(ticket), *_promises(ticket), *_ladder(ticket))


def _work_waits_for(ticket: Ticket) -> WaitingFor:
    last = ticket.diagnoses.get(str(len(ticket.diagnoses)))
    visit = any(one.state is VisitState.AGREED for one in ticket.visits.values())
    if ticket.at_the_desk:
        return WaitingFor.ASSIGNMENT if visit else WaitingFor.RESOLUTION
    if ticket.first_response.met_at is None:
        return WaitingFor.CONTACT
    if visit:
        return WaitingFor.VISIT
    if any(one.state in PENDING_PARTS for one in ticket.parts.values()):
        return WaitingFor.PARTS
    if ticket.state is State.ASSIGNED:
        return WaitingFor.DIAGNOSIS
    return WaitingFor.RESOLUTION if last and last.solved else WaitingFor.ASSIGNMENT


def _due(ticket: Ticket, clock: str) -> datetime | None:
    return clock_ledger.due_at(getattr(ticket, clock), ticket.policy.calendar)


def _progress(ticket: Ticket) -> Iterator[Task]:
    """The step of the process itself: the next verb and who has it."""
    engineer = {"role": Role.CALL_CENTER if ticket.at_the_desk else Role.ENGINEER, "user": ticket.assignee}
    match waiting_for(ticket):
        case WaitingFor.CLASSIFICATION:
            due = _due(ticket, "first_response")
            reported = {"reported": ticket.place.reported} if ticket.place.reported else {}
            yield Task(key="classify", action="classify", role=Role.CALL_CENTER, due=due, detail=reported)
        case WaitingFor.ASSIGNMENT:
            due = timers.assign_due(ticket) or _due(ticket, "resolution_clock")
            detail = {"covered": ticket.place.covered, "again": bool(ticket.assignee)}
            yield Task(key="assign", action="assign", role=Role.SUPERVISOR, due=due, detail=detail)
        case WaitingFor.CONTACT:
            yield Task(key="contact", action="contact", due=_due(ticket, "first_response"), **engineer)
        case WaitingFor.DIAGNOSIS:
            yield Task(key="diagnose", action="diagnose", due=_due(ticket, "resolution_clock"), **engineer)
        case WaitingFor.RESOLUTION:
            yield Task(key="resolve", action="resolve", due=_due(ticket, "resolution_clock"), **engineer)
        case WaitingFor.CLIENT:
            yield Task(key="resume", action="resume", due=ticket.paused_until, **engineer)
        case WaitingFor.CONFIRMATION:
            yield from _confirmation(ticket)
        case WaitingFor.CLOSE:
            yield Task(key="close", action="close", role=Role.SUPERVISOR)


def _confirmation(ticket: Ticket) -> Iterator[Task]:
    due = timers.confirm_due(ticket)
    yield Task(key="confirm", action="confirm", role=Role.CLIENT, user=ticket.place.client, due=due)
    if ticket.confirmation.due_passed and not unattended_close(ticket):
        yield Task(key="override", action="override", role=Role.SUPERVISOR, due=due)
    elif ticket.confirmation.warned:
        attempts = {"attempts": ticket.confirmation.attempts}
        yield Task(key="call", action="contact", role=Role.CALL_CENTER, due=due, detail=attempts)


def _visits(ticket: Ticket) -> Iterator[Task]:
    for visit in ticket.visits.values():
        key = f"visit:{visit.n}"
        if ticket.at_the_desk:
            continue
        if visit.state is VisitState.AGREED and ticket.state in OPEN_STATES:
            yield _mine(ticket, key, "arrive", visit.start, n=visit.n)
        elif visit.state is VisitState.ARRIVED:
            yield _mine(ticket, key, "leave", visit.end, n=visit.n)


def _parts(ticket: Ticket) -> Iterator[Task]:
    for part in ticket.parts.values():
        detail = {"n": part.n, "part": part.part, "name": part.name, "quantity": part.quantity}
        key = f"part:{part.n}"
        if part.state in (PartState.ASKED, PartState.PROMISED):
            yield Task(key=key, action="parts", role=Role.WAREHOUSE, due=part.due, detail=detail)
        elif part.state is PartState.RECEIVED:
            yield _mine(ticket, key, "parts", part.due, **detail)


def _promises(ticket: Ticket) -> Iterator[Task]:
    for promise in ticket.follow_ups.values():
        if promise.kept_at is None:
            detail = {"n": promise.n, "what": promise.what, "who": promise.who}
            key = f"follow_up:{promise.n}"
            yield Task(
                key=key,
                action="contact",
                role=Role.CALL_CENTER,
                user=promise.who,
                due=promise.due,
                detail=detail,
            )
    owed = [call for call in ticket.calls.values() if call.done_at is None]
    if owed:
        detail = {"about": [call.about for call in owed], "phone": ticket.contact.phone}
        yield Task(
            key="tell",
            action="contact",
            role=Role.CALL_CENTER,
            due=_call_by(ticket, owed[0].since),
            detail=detail,
        )


def _call_by(ticket: Ticket, since: datetime) -> datetime:
    """A client is called as soon as a supervisor has to be answered: the same business time."""
    return ticket.policy.calendar.add(since, ticket.policy.acknowledge_within)


def _ladder(ticket: Ticket) -> Iterator[Task]:
    active = escalation.active(ticket)
    if not active:
        return
    level = max(trigger.level for trigger in active)
    dues = [due for trigger in active if (due := escalation.climb_due(ticket, trigger))]
    detail = {"level": level, "triggers": [trigger.code for trigger in active]}
    role = escalation.ROLE_OF_LEVEL[level]
    yield Task(key="acknowledge", action="acknowledge", role=role, due=min(dues, default=None), detail=detail)


def _mine(ticket: Ticket, key: str, action: str, due: datetime | None, **detail: object) -> Task:
    return Task(key=key, action=action, role=Role.ENGINEER, user=ticket.assignee, due=due, detail=detail)
