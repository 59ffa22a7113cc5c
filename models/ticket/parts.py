"""Parts: asked for, promised, received, installed, returned; special ones escalate (TCK-08, TCK-09)."""

from datetime import datetime
from decimal import Decimal

from models.shared.case import Step
from models.shared.errors import Invalid, NotNow, Unknown
from models.shared.texts import text
from models.ticket.draft import Draft
from models.ticket.escalation import raise_unless_active
from models.ticket.messages import (
    ChangePart,
    Order,
    PartFacts,
)
from models.ticket.permissions import permit
from models.ticket.types import (
    OPEN_STATES,
    Part,
    PartState,
    State,
    Ticket,
    TriggerCode,
)

_MOVES = {
    PartState.ASKED: {PartState.PROMISED, PartState.RECEIVED, PartState.INSTALLED, PartState.NOT_NEEDED},
    PartState.PROMISED: {PartState.PROMISED, PartState.RECEIVED, PartState.INSTALLED, PartState.NOT_NEEDED},
    PartState.RECEIVED: {PartState.INSTALLED, PartState.RETURNED, PartState.NOT_NEEDED},
    PartState.INSTALLED: {PartState.RETURNED},
    PartState.RETURNED: set(),
    PartState.NOT_NEEDED: {PartState.RETURNED},
}


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


def ask_part(draft: Draft, part: str, quantity: int, facts: PartFacts) -> None:
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
