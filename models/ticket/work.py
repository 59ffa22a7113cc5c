"""The work on a ticket: contact, visits, diagnosis, parts, pauses, evidence (TCK-05, TCK-08, TCK-09, TCK-11)."""

from datetime import datetime
from decimal import Decimal

from models.shared import clock_ledger
from models.shared.case import Step
from models.shared.errors import Invalid, NotNow, Unknown
from models.shared.texts import text
from models.ticket.closing import close_unconfirmed
from models.ticket.draft import Draft
from models.ticket.escalation import raise_trigger, raise_unless_active
from models.ticket.messages import (
    AddEvidence,
    AgreeVisit,
    ChangePart,
    DiagnoseOrder,
    FailVisit,
    MakeContact,
    Nothing,
    Order,
    PartFacts,
    Pause,
)
from models.ticket.opening import stored_evidence
from models.ticket.permissions import permit
from models.ticket.types import (
    OPEN_STATES,
    ContactMode,
    ContactOutcome,
    Diagnosis,
    Part,
    PartState,
    PauseReason,
    State,
    Ticket,
    TriggerCode,
    Visit,
    VisitState,
)

_MOVES = {
    PartState.ASKED: {PartState.PROMISED, PartState.RECEIVED, PartState.INSTALLED, PartState.NOT_NEEDED},
    PartState.PROMISED: {PartState.PROMISED, PartState.RECEIVED, PartState.INSTALLED, PartState.NOT_NEEDED},
    PartState.RECEIVED: {PartState.INSTALLED, PartState.RETURNED, PartState.NOT_NEEDED},
    PartState.INSTALLED: {PartState.RETURNED},
    PartState.RETURNED: set(),
    PartState.NOT_NEEDED: {PartState.RETURNED},
}


def contact(ticket: Ticket, order: Order[MakeContact], now: datetime) -> Step[Ticket]:
    """An attempt to reach the client; reached is the first response (TCK-08), and keeps what was promised.

    After resolution an attempt counts towards closing unconfirmed (TCK-13); after the close there are still
    promises to keep and clients who have only a phone.
    """
    permit(ticket, "contact", order.actor)
    _not_cancelled(ticket)
    body = order.body
    draft = Draft(ticket, order.actor, now)
    draft.change(contacts=ticket.contacts + 1)
    draft.say(
        "contacted",
        number=f"{ticket.folio}/{draft.ticket.contacts}",
        channel=body.mode,
        outcome=body.outcome,
        person=ticket.contact.name,
        said=body.note,
        promised=body.promised,
    )
    if body.outcome is ContactOutcome.REACHED:
        _answered(draft)
        _keep_promises(draft, body)
    elif ticket.state is State.RESOLVED:
        attempts = ticket.confirmation.attempts + 1
        draft.change(confirmation=ticket.confirmation.model_copy(update={"attempts": attempts}))
        close_unconfirmed(draft)
    return draft.step()


def visits(ticket: Ticket, order: Order[AgreeVisit], now: datetime) -> Step[Ticket]:
    """A visit agreed with the client, or the agreed one moved: the client is told either way (TCK-02, TCK-08)."""
    permit(ticket, "visits", order.actor)
    _assigned(ticket)
    start, end = order.body.from_.replace(microsecond=0), order.body.to.replace(microsecond=0)
    if end <= start or end <= now:
        raise Invalid("La visita debe terminar después de empezar y en el futuro.", code="visit_window")
    draft = Draft(ticket, order.actor, now)
    agreed = [one for one in ticket.visits.values() if one.state is VisitState.AGREED]
    n = agreed[0].n if agreed else len(ticket.visits) + 1
    visit = Visit(n=n, start=start, end=end, state=VisitState.AGREED)
    _put_visit(draft, visit)
    window = {"from": start.isoformat(), "to": end.isoformat()}
    draft.say("visit_agreed", visit=n, window=window, moved=bool(agreed))
    draft.tell_client(
        "visit_moved" if agreed else "visit_agreed", start=start.isoformat(), end=end.isoformat()
    )
    return draft.step()


def arrive(ticket: Ticket, order: Order[Nothing], now: datetime) -> Step[Ticket]:
    """The engineer is with the client: a person's answer, and the end of a pause for the visit."""
    permit(ticket, "arrive", order.actor)
    _assigned(ticket)
    visit = _visit(ticket, order.n, VisitState.AGREED)
    draft = Draft(ticket, order.actor, now)
    _put_visit(draft, visit.model_copy(update={"state": VisitState.ARRIVED, "arrived_at": now}))
    draft.say("visit_arrived", visit=visit.n)
    if ticket.pause_reason is PauseReason.AGREED_VISIT:
        end_pause(draft, now)
    _answered(draft)
    return draft.step()


def leave(ticket: Ticket, order: Order[Nothing], now: datetime) -> Step[Ticket]:
    permit(ticket, "leave", order.actor)
    _not_cancelled(ticket)
    visit = _visit(ticket, order.n, VisitState.ARRIVED)
    draft = Draft(ticket, order.actor, now)
    _put_visit(draft, visit.model_copy(update={"state": VisitState.LEFT, "left_at": now}))
    draft.say("visit_left", visit=visit.n)
    return draft.step()


def fail(ticket: Ticket, order: Order[FailVisit], now: datetime) -> Step[Ticket]:
    """A visit that could not be made, with its cause and evidence; a pause for it ends."""
    permit(ticket, "fail", order.actor)
    _not_cancelled(ticket)
    visit = _visit(ticket, order.n, VisitState.AGREED, VisitState.ARRIVED)
    held = {one.sha256 for one in ticket.evidence.values()}
    unknown = [sha for sha in order.body.evidence if sha not in held]
    if unknown:
        raise Unknown(f"No hay tal evidencia en el ticket: {', '.join(unknown)}.", code="evidence")
    draft = Draft(ticket, order.actor, now)
    _put_visit(
        draft,
        visit.model_copy(update={"state": VisitState.FAILED, "left_at": now, "cause": order.body.cause}),
    )
    draft.say("visit_failed", evidence=order.body.evidence, visit=visit.n, cause=order.body.cause)
    if ticket.pause_reason is PauseReason.AGREED_VISIT:
        end_pause(draft, now)
    return draft.step()


def diagnose(ticket: Ticket, order: DiagnoseOrder, now: datetime) -> Step[Ticket]:
    """A diagnosis as a working hypothesis with what was done; not solved escalates, and so do special parts."""
    permit(ticket, "diagnose", order.actor)
    _assigned(ticket)
    body = order.body
    for wanted in body.pending_parts:
        if wanted.part not in order.catalogue:
            raise Unknown(f"No existe la refacción «{wanted.part}» en el catálogo.", code="part")
    draft = Draft(ticket, order.actor, now)
    n = len(ticket.diagnoses) + 1
    diagnosis = Diagnosis(
        n=n,
        at=now,
        by=order.actor.user,
        **body.model_dump(exclude={"pending_parts", "testing"}),
        testing=body.testing,
    )
    draft.change(state=State.DIAGNOSED, diagnoses={**ticket.diagnoses, str(n): diagnosis})
    draft.say(
        "diagnosed", n=n, mode=body.mode, hypothesis=body.hypothesis, root_cause=body.root_cause,
        actions=body.actions, history_reviewed=body.history_reviewed, solved=body.solved,
    )  # fmt: skip
    for wanted in body.pending_parts:
        _ask_part(draft, wanted.part, wanted.quantity, order.catalogue[wanted.part])
    if not body.solved:
        raise_trigger(draft, TriggerCode.NOT_SOLVED, reason=body.root_cause)
    return draft.step()


def parts(ticket: Ticket, order: Order[ChangePart], now: datetime) -> Step[Ticket]:
    """The warehouse or the engineer says what became of a part (TCK-08)."""
    permit(ticket, "parts", order.actor)
    if ticket.state not in OPEN_STATES | {State.RESOLVED}:
        raise NotNow("El ticket ya no está abierto.", code=f"is_{ticket.state}")
    part = ticket.parts.get(str(order.n))
    if part is None:
        raise Unknown(f"El ticket no tiene la refacción {order.n}.", code="part")
    body = order.body
    if body.state not in _MOVES[part.state]:
        raise NotNow(
            f"La refacción está «{text(f'part_state.{part.state}')}»: no puede pasar a «{text(f'part_state.{body.state}')}».",
            code=f"part_{part.state}",
        )
    if body.state is PartState.PROMISED and body.due is None:
        raise Invalid("Una refacción prometida lleva su fecha (due).", code="due_required")
    draft = Draft(ticket, order.actor, now)
    due = body.due.replace(microsecond=0) if body.due else part.due
    changed = part.model_copy(update={"state": body.state, "due": due, "cost": body.cost or part.cost})
    draft.change(parts={**ticket.parts, str(part.n): changed})
    when = due.isoformat() if due else ""
    draft.say("part_changed", part=part.n, name=part.name, state=body.state, due=when, cost=body.cost)
    if body.state is PartState.PROMISED and due:
        draft.tell_client("part_ordered", part=part.name, due=when)
    return draft.step()


def pause(ticket: Ticket, order: Order[Pause], now: datetime) -> Step[Ticket]:
    """Stops the resolution clock, and only that one, for a listed reason (TCK-05)."""
    permit(ticket, "pause", order.actor)
    if ticket.state not in OPEN_STATES:
        raise NotNow("El ticket ya no está abierto.", code=f"is_{ticket.state}")
    if ticket.pause_reason is not None:
        raise NotNow("El reloj de solución ya está en pausa.", code="paused")
    until = order.body.until.replace(microsecond=0) if order.body.until else None
    if until is not None and until <= now:
        raise Invalid("La pausa debe terminar en el futuro.", code="until_in_the_past")
    draft = Draft(ticket, order.actor, now)
    reason = order.body.reason
    draft.change(
        pause_reason=reason,
        paused_until=until,
        resolution_clock=clock_ledger.pause(ticket.resolution_clock, now, reason),
    )
    draft.say("paused", reason=reason, until=until.isoformat() if until else "")
    return draft.step()


def resume(ticket: Ticket, order: Order[Nothing], now: datetime) -> Step[Ticket]:
    permit(ticket, "resume", order.actor)
    if ticket.pause_reason is None or ticket.state not in OPEN_STATES:
        raise NotNow("El reloj de solución no está en pausa.", code="not_paused")
    draft = Draft(ticket, order.actor, now)
    end_pause(draft, now)
    return draft.step()


def end_pause(draft: Draft, at: datetime) -> None:
    """The resolution clock runs again from `at`."""
    reason = draft.ticket.pause_reason
    running = clock_ledger.resume(draft.ticket.resolution_clock, at, f"end_of_{reason}")
    draft.change(pause_reason=None, paused_until=None, resolution_clock=running)
    draft.say("resumed", reason=reason)


def evidence(ticket: Ticket, order: Order[AddEvidence], now: datetime) -> Step[Ticket]:
    """Evidence already stored is put on the case (GEN-14)."""
    permit(ticket, "evidence", order.actor)
    if ticket.state not in OPEN_STATES | {State.RESOLVED}:
        raise NotNow("El ticket ya no está abierto.", code=f"is_{ticket.state}")
    draft = Draft(ticket, order.actor, now)
    draft.change(evidence=stored_evidence(ticket.evidence, order.body.items, order.actor.user, now))
    for item in order.body.items:
        draft.say("evidence_added", evidence=(item.sha256,), kind=item.kind, name=item.name)
    return draft.step()


def _answered(draft: Draft) -> None:
    """A person of ours spoke with the client: the first response, once."""
    if draft.ticket.first_response.met_at is None:
        calendar = draft.ticket.policy.calendar
        draft.change(first_response=clock_ledger.meet(draft.ticket.first_response, calendar, draft.now))


def _keep_promises(draft: Draft, body: MakeContact) -> None:
    now = draft.now
    if body.follow_up is not None:
        promise = draft.ticket.follow_ups.get(str(body.follow_up))
        if promise is None or promise.kept_at is not None:
            raise Unknown(f"No hay un seguimiento {body.follow_up} pendiente.", code="follow_up")
        kept = promise.model_copy(update={"kept_at": now})
        draft.change(follow_ups={**draft.ticket.follow_ups, str(promise.n): kept})
    if body.mode is ContactMode.PHONE:
        calls = {
            key: one if one.done_at else one.model_copy(update={"done_at": now})
            for key, one in draft.ticket.calls.items()
        }
        draft.change(calls=calls)


def _not_cancelled(ticket: Ticket) -> None:
    """Even a closed ticket has calls owed, promises to keep and an engineer still on site."""
    if ticket.state is State.CANCELLED:
        raise NotNow("El ticket está cancelado.", code="is_cancelled")


def _assigned(ticket: Ticket) -> None:
    if ticket.state not in (State.ASSIGNED, State.DIAGNOSED):
        raise NotNow("El ticket no está asignado.", code=f"is_{ticket.state}")


def _visit(ticket: Ticket, n: int, *states: VisitState) -> Visit:
    visit = ticket.visits.get(str(n))
    if visit is None:
        raise Unknown(f"El ticket no tiene la visita {n}.", code="visit")
    if visit.state not in states:
        raise NotNow(f"La visita está «{text(f'visit_state.{visit.state}')}».", code=f"visit_{visit.state}")
    return visit


def _put_visit(draft: Draft, visit: Visit) -> None:
    draft.change(visits={**draft.ticket.visits, str(visit.n): visit})


def _ask_part(draft: Draft, part: str, quantity: int, facts: PartFacts) -> None:
    policy = draft.ticket.policy
    cost = Decimal(facts.cost)
    special = cost >= policy.expensive_from or facts.lead_time_days >= policy.long_lead_days
    n = len(draft.ticket.parts) + 1
    asked = Part(
        n=n, part=part, name=facts.name, quantity=quantity, state=PartState.ASKED, special=special,
        cost=facts.cost,
    )  # fmt: skip
    draft.change(parts={**draft.ticket.parts, str(n): asked})
    draft.say("part_asked", part=n, name=facts.name, quantity=quantity, special=special)
    if special:
        raise_unless_active(draft, TriggerCode.SPECIAL_PARTS, reason=facts.name)
