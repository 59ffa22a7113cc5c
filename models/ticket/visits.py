"""Visits: agreed, arrived, left, failed (TCK-08)."""

from datetime import datetime

from models.shared.case import Step
from models.shared.errors import Invalid, NotNow, Unknown
from models.shared.texts import text
from models.ticket.draft import Draft
from models.ticket.messages import (
    AgreeVisit,
    FailVisit,
    Nothing,
    Order,
)
from models.ticket.permissions import permit
from models.ticket.types import (
    PauseReason,
    Ticket,
    Visit,
    VisitState,
)
from models.ticket.work import answered, at_work, end_pause, not_cancelled


def visits(ticket: Ticket, order: Order[AgreeVisit], now: datetime) -> Step[Ticket]:
    """A visit agreed with the client, or the agreed one moved: the client is told either way (TCK-02, TCK-08)."""
    permit(ticket, "visits", order.actor)
    at_work(ticket)
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
    at_work(ticket)
    visit = _visit(ticket, order.n, VisitState.AGREED)
    draft = Draft(ticket, order.actor, now)
    _put_visit(draft, visit.model_copy(update={"state": VisitState.ARRIVED, "arrived_at": now}))
    draft.say("visit_arrived", visit=visit.n)
    if ticket.pause_reason is PauseReason.AGREED_VISIT:
        end_pause(draft, now)
    answered(draft)
    return draft.step()


def leave(ticket: Ticket, order: Order[Nothing], now: datetime) -> Step[Ticket]:
    permit(ticket, "leave", order.actor)
    not_cancelled(ticket)
    visit = _visit(ticket, order.n, VisitState.ARRIVED)
    draft = Draft(ticket, order.actor, now)
    _put_visit(draft, visit.model_copy(update={"state": VisitState.LEFT, "left_at": now}))
    draft.say("visit_left", visit=visit.n)
    return draft.step()


def fail(ticket: Ticket, order: Order[FailVisit], now: datetime) -> Step[Ticket]:
    """A visit that could not be made, with its cause and evidence; a pause for it ends."""
    permit(ticket, "fail", order.actor)
    not_cancelled(ticket)
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


def _visit(ticket: Ticket, n: int, *states: VisitState) -> Visit:
    visit = ticket.visits.get(str(n))
    if visit is None:
        raise Unknown(f"El ticket no tiene la visita {n}.", code="visit")
    if visit.state not in states:
        raise NotNow(f"La visita está «{text(f'visit_state.{visit.state}')}».", code=f"visit_{visit.state}")
    return visit


def _put_visit(draft: Draft, visit: Visit) -> None:
    draft.change(visits={**draft.ticket.visits, str(visit.n): visit})
