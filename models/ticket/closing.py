"""From solved to closed and back: the close gate, the client's word, reopening (TCK-03, TCK-12 to TCK-15, TCK-20)."""

from datetime import datetime, timedelta

from models.shared import clock_ledger
from models.shared.actor import Role
from models.shared.case import Step
from models.shared.errors import Invalid, NotAllowed, NotNow
from models.shared.texts import text
from models.ticket import gates
from models.ticket.draft import Draft
from models.ticket.escalation import raise_trigger, raised, settle
from models.ticket.messages import Confirm, Nothing, Order, OverrideGate, Reason, Resolve, Survey
from models.ticket.permissions import permit
from models.ticket.types import (
    OPEN_STATES,
    Attention,
    ClosedAs,
    Confirmation,
    Override,
    Priority,
    Resolution,
    ResolutionKind,
    Satisfaction,
    State,
    Ticket,
    TriggerCode,
)

CAME_BACK = (REJECTED, REOPENED) = ("rejected", "reopened")
"""Why a resolution clock that had stopped runs again."""

LOW_SCORE = 2
"""A satisfaction of this or less opens a recovery with the supervisor as owner (TCK-17)."""


def resolve(ticket: Ticket, order: Order[Resolve], now: datetime) -> Step[Ticket]:
    """Solved, with every gate but the client's confirmation met; stops the resolution clock.

    The call centre may solve in the first contact, straight from registration (TCK-20): its own words are then
    the documentation of the service. An answer that solves is a first response too.
    """
    permit(ticket, "resolve", order.actor)
    if ticket.state not in OPEN_STATES:
        raise NotNow("El ticket ya no está abierto.", code=f"is_{ticket.state}")
    body = order.body
    direct = order.actor.role is Role.CALL_CENTER
    if direct and ticket.assignee and not ticket.at_the_desk:
        raise NotAllowed("El ticket está asignado: lo resuelve su ingeniero.", code="other_engineer")
    if body.resolution is ResolutionKind.FOLLOW_UP and not _open_promises(ticket):
        raise Invalid(
            "Para dejarlo en seguimiento registre antes quién y cuándo (follow-up).", code="follow_up"
        )
    resolution = Resolution(
        at=now, by=order.actor.user, direct=direct, testing=body.testing,
        first_contact=direct and not ticket.at_the_desk,
        **body.model_dump(exclude={"testing"}),
    )  # fmt: skip
    gates.require(
        gates.missing(ticket, resolution, confirmed=True), "Al ticket le falta documentación para resolverse."
    )
    draft = Draft(ticket, order.actor, now)
    _stop_clocks(draft)
    draft.change(
        state=State.RESOLVED,
        resolution=resolution,
        confirmation=Confirmation(),
        pause_reason=None,
        paused_until=None,
    )
    draft.say(
        "resolved", resolution=body.resolution, failure_class=body.failure_class, summary=body.summary,
        root_cause=body.root_cause, actions=body.actions, taught=body.taught,
        first_contact=resolution.first_contact,
    )  # fmt: skip
    settle(draft)
    if gates.confirmation_applies(ticket):
        draft.tell_client("resolved", summary=body.summary)
    return draft.step()


def confirm(ticket: Ticket, order: Order[Confirm], now: datetime) -> Step[Ticket]:
    """The client says it works: the last gate, so the ticket closes at once (TCK-13)."""
    permit(ticket, "confirm", order.actor)
    _resolved(ticket)
    draft = Draft(ticket, order.actor, now)
    _contacted(draft)
    draft.say("confirmed", number=f"{ticket.folio}/{draft.ticket.contacts}", comment=order.body.comment)
    gates.require(gates.missing(ticket, ticket.resolution, confirmed=True), _CANNOT_CLOSE)
    _close(draft, ClosedAs.CONFIRMED)
    return draft.step()


def reject(ticket: Ticket, order: Order[Reason], now: datetime) -> Step[Ticket]:
    """The client says it does not work: the work goes on, and that is dissatisfaction (TCK-13).

    The clock that had stopped runs again; the wait in between is a pause.
    """
    permit(ticket, "reject", order.actor)
    _resolved(ticket)
    draft = Draft(ticket, order.actor, now)
    _contacted(draft)
    draft.change(rejections=ticket.rejections + 1)
    draft.say("rejected", number=f"{ticket.folio}/{draft.ticket.contacts}", reason=order.body.reason)
    _back_to_work(draft, REJECTED)
    draft.tell_assignee("dissatisfied", reason=order.body.reason)
    raise_trigger(draft, TriggerCode.DISSATISFIED, reason=order.body.reason)
    return draft.step()


def close(ticket: Ticket, order: Order[Nothing], now: datetime) -> Step[Ticket]:
    """Close when every gate is met; otherwise say all that is missing (GEN-04, TCK-12)."""
    permit(ticket, "close", order.actor)
    if ticket.state in (State.CLOSED, State.CANCELLED):
        raise NotNow("El ticket ya está cerrado.", code=f"is_{ticket.state}")
    gates.require(gates.missing(ticket, ticket.resolution), _CANNOT_CLOSE)
    draft = Draft(ticket, order.actor, now)
    _close(draft, ClosedAs.OVERRIDE if ticket.override else ClosedAs.BY_DEVICE)
    return draft.step()


def override(ticket: Ticket, order: Order[OverrideGate], now: datetime) -> Step[Ticket]:
    """The client's confirmation, and nothing else, can be waived, by a role and with a reason (TCK-12)."""
    permit(ticket, "override", order.actor)
    if order.body.gate not in gates.OVERRIDABLE:
        raise NotAllowed(
            f"«{text(f'gate.{order.body.gate}')}» no se puede dispensar.", code="not_overridable"
        )
    _resolved(ticket)
    if ticket.override is not None:
        raise NotNow("La confirmación ya está dispensada.", code="overridden")
    draft = Draft(ticket, order.actor, now)
    waived = Override(gate=order.body.gate, reason=order.body.reason, by=order.actor.user, at=now)
    draft.change(override=waived)
    draft.say("overridden", gate=waived.gate, reason=waived.reason)
    return draft.step()


def reopen(ticket: Ticket, order: Order[Reason], now: datetime) -> Step[Ticket]:
    """Within the grace window a closed ticket is worked on again; after it a new linked one is opened (TCK-15)."""
    permit(ticket, "reopen", order.actor)
    if ticket.state is not State.CLOSED or ticket.grace_until is None:
        raise NotNow("Solo se reabre un ticket cerrado.", code=f"is_{ticket.state}")
    if now > ticket.grace_until:
        raise NotNow("Pasó el plazo para reabrirlo: registre uno nuevo.", code="grace_over")
    draft = Draft(ticket, order.actor, now)
    _contacted(draft)
    draft.say("reopened", number=f"{ticket.folio}/{draft.ticket.contacts}", reason=order.body.reason)
    _back_to_work(draft, REOPENED)
    draft.change(
        reopened=ticket.reopened + 1, closed_at=None, closed_as=None, grace_until=None, attention=None
    )
    draft.tell_assignee("reopened", reason=order.body.reason)
    draft.tell_role("reopened", Role.SUPERVISOR, reason=order.body.reason)
    draft.tell_client("reopened")
    return draft.step()


def cancel(ticket: Ticket, order: Order[Reason], now: datetime) -> Step[Ticket]:
    """Opened by mistake: over, with a reason, and counted (TCK-15)."""
    permit(ticket, "cancel", order.actor)
    if ticket.state not in OPEN_STATES:
        raise NotNow("El ticket ya no está abierto.", code=f"is_{ticket.state}")
    draft = Draft(ticket, order.actor, now)
    settle(draft)
    for name in ("first_response", "resolution_clock"):
        clock = getattr(ticket, name)
        if clock.met_at is None and not clock.paused:
            draft.change(**{name: clock_ledger.pause(clock, now, "cancelled")})
    draft.change(state=State.CANCELLED, closed_at=now, pause_reason=None, paused_until=None)
    draft.say("cancelled", reason=order.body.reason)
    draft.tell_client("cancelled", reason=order.body.reason)
    return draft.step()


def survey(ticket: Ticket, order: Order[Survey], now: datetime) -> Step[Ticket]:
    """The client's 1 to 5 after the close; a low one goes to the supervisor's ladder (TCK-17)."""
    permit(ticket, "survey", order.actor)
    if ticket.state is not State.CLOSED:
        raise NotNow("La encuesta es para tickets cerrados.", code=f"is_{ticket.state}")
    if ticket.satisfaction is not None:
        raise NotNow("La encuesta ya fue contestada.", code="surveyed")
    draft = Draft(ticket, order.actor, now)
    body = order.body
    draft.change(satisfaction=Satisfaction(score=body.score, comment=body.comment, at=now))
    draft.say("surveyed", score=body.score, comment=body.comment)
    if body.score <= LOW_SCORE:
        draft.tell_role("low_satisfaction", Role.SUPERVISOR, score=body.score, comment=body.comment)
        raise_trigger(draft, TriggerCode.DISSATISFIED, reason=body.comment)
    return draft.step()


def unattended_close(ticket: Ticket) -> bool:
    """It may close without the client's word: never a high, recurrent or dissatisfied one (TCK-13)."""
    dissatisfied = raised(ticket, TriggerCode.DISSATISFIED)
    return not (ticket.priority is Priority.HIGH or ticket.recurrent or dissatisfied)


def close_unconfirmed(draft: Draft) -> None:
    """Close without the client's word once its time has passed and somebody tried to call (TCK-13)."""
    ticket = draft.ticket
    waited = ticket.state is State.RESOLVED and ticket.confirmation.due_passed
    if waited and ticket.confirmation.attempts and unattended_close(ticket):
        _close(draft, ClosedAs.UNCONFIRMED)


_CANNOT_CLOSE = "El ticket no puede cerrarse todavía."


def _close(draft: Draft, closed_as: ClosedAs) -> None:
    ticket, now = draft.ticket, draft.now
    calendar = ticket.policy.calendar
    attention = Attention(
        wall_minutes=(now - ticket.opened_at) // timedelta(minutes=1),
        business_minutes=calendar.measure(ticket.opened_at, now) // 60,
    )
    draft.change(
        state=State.CLOSED,
        closed_at=now,
        closed_as=closed_as,
        grace_until=calendar.add_days(now, ticket.policy.reopen_within_days),
        attention=attention,
    )
    settle(draft)
    draft.say(
        "closed", closed_as=closed_as, **attention.model_dump(),
        first_response_breached=ticket.first_response.breached_at is not None,
        resolution_breached=ticket.resolution_clock.breached_at is not None,
    )  # fmt: skip
    draft.tell_client("closed")


def _stop_clocks(draft: Draft) -> None:
    calendar, now = draft.ticket.policy.calendar, draft.now
    draft.change(resolution_clock=clock_ledger.meet(draft.ticket.resolution_clock, calendar, now))
    if draft.ticket.first_response.met_at is None:
        draft.change(first_response=clock_ledger.meet(draft.ticket.first_response, calendar, now))


def _back_to_work(draft: Draft, why: str) -> None:
    """Assigned again, to who solved it when nobody was; the statement keeps what was consumed."""
    ticket = draft.ticket
    solver = ticket.resolution.by if ticket.resolution else ""
    draft.change(
        state=State.ASSIGNED,
        assignee=ticket.assignee or solver,
        assignee_name=ticket.assignee_name or solver,
        at_the_desk=ticket.at_the_desk or not ticket.assignee,
        resolution=None,
        override=None,
        confirmation=Confirmation(),
        resolution_clock=clock_ledger.unmeet(ticket.resolution_clock, draft.now, why),
    )


def _contacted(draft: Draft) -> None:
    draft.change(contacts=draft.ticket.contacts + 1)


def _resolved(ticket: Ticket) -> None:
    if ticket.state is not State.RESOLVED:
        raise NotNow("El ticket no está resuelto.", code=f"is_{ticket.state}")


def _open_promises(ticket: Ticket) -> bool:
    return any(one.kept_at is None for one in ticket.follow_ups.values())
