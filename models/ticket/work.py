"""The work on a ticket: contact, diagnosis, pauses, evidence (TCK-05, TCK-08, TCK-11)."""

from datetime import datetime

from models.shared import clock_ledger
from models.shared.case import Step
from models.shared.errors import Invalid, NotNow, Unknown
from models.ticket.closing import close_unconfirmed
from models.ticket.draft import Draft
from models.ticket.escalation import raise_trigger
from models.ticket.messages import (
    AddEvidence,
    DiagnoseOrder,
    MakeContact,
    Nothing,
    Order,
    Pause,
)
from models.ticket.opening import stored_evidence
from models.ticket.parts import ask_part
from models.ticket.permissions import permit
from models.ticket.types import (
    OPEN_STATES,
    ContactMode,
    ContactOutcome,
    Diagnosis,
    State,
    Ticket,
    TriggerCode,
)


def contact(ticket: Ticket, order: Order[MakeContact], now: datetime) -> Step[Ticket]:
    """An attempt to reach the client; reached is the first response (TCK-08), and keeps what was promised.

    After resolution an attempt counts towards closing unconfirmed (TCK-13); after the close there are still
    promises to keep and clients who have only a phone.
    """
    permit(ticket, "contact", order.actor)
    not_cancelled(ticket)
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
        answered(draft)
        _keep_promises(draft, body)
    elif ticket.state is State.RESOLVED:
        attempts = ticket.confirmation.attempts + 1
        draft.change(confirmation=ticket.confirmation.model_copy(update={"attempts": attempts}))
        close_unconfirmed(draft)
    return draft.step()


def diagnose(ticket: Ticket, order: DiagnoseOrder, now: datetime) -> Step[Ticket]:
    """A diagnosis as a working hypothesis with what was done; not solved escalates, and so do special parts."""
    permit(ticket, "diagnose", order.actor)
    at_work(ticket)
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
        ask_part(draft, wanted.part, wanted.quantity, order.catalogue[wanted.part])
    if not body.solved:
        raise_trigger(draft, TriggerCode.NOT_SOLVED, reason=body.root_cause)
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


def answered(draft: Draft) -> None:
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


def not_cancelled(ticket: Ticket) -> None:
    """Even a closed ticket has calls owed, promises to keep and an engineer still on site."""
    if ticket.state is State.CANCELLED:
        raise NotNow("El ticket está cancelado.", code="is_cancelled")


def at_work(ticket: Ticket) -> None:
    if ticket.state not in (State.ASSIGNED, State.DIAGNOSED):
        raise NotNow("El ticket no está asignado.", code=f"is_{ticket.state}")
