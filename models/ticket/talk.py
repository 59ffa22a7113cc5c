"""What is said around the work: notes, messages to the client, promised follow-ups (TCK-03, GEN-19)."""

from datetime import datetime

from models.shared.actor import Role
from models.shared.case import Step
from models.shared.errors import Invalid, NotNow
from models.ticket.draft import Draft
from models.ticket.messages import AddNote, Order, SetFollowUp
from models.ticket.permissions import permit
from models.ticket.types import FollowUp, State, Ticket


def note(ticket: Ticket, order: Order[AddNote], now: datetime) -> Step[Ticket]:
    """A note for the staff; what the client itself adds is a contact with its number (GEN-02)."""
    permit(ticket, "note", order.actor)
    _alive(ticket)
    draft = Draft(ticket, order.actor, now)
    number = ""
    if order.actor.role is Role.CLIENT:
        draft.change(contacts=ticket.contacts + 1)
        number = f"{ticket.folio}/{draft.ticket.contacts}"
    draft.say("noted", number=number, text=order.body.text)
    return draft.step()


def message(ticket: Ticket, order: Order[AddNote], now: datetime) -> Step[Ticket]:
    """A message to the client by its channel, under its own contact number (GEN-02, GEN-19)."""
    permit(ticket, "message", order.actor)
    _alive(ticket)
    draft = Draft(ticket, order.actor, now)
    draft.change(contacts=ticket.contacts + 1)
    number = f"{ticket.folio}/{draft.ticket.contacts}"
    draft.say("messaged", number=number, text=order.body.text)
    draft.tell_client("message", text=order.body.text, number=number)
    return draft.step()


def follow_up(ticket: Ticket, order: Order[SetFollowUp], now: datetime) -> Step[Ticket]:
    """A promise with a person and a date, that escalates when missed (TCK-03)."""
    permit(ticket, "follow-up", order.actor)
    _alive(ticket)
    due = order.body.due.replace(microsecond=0)
    if due <= now:
        raise Invalid("El seguimiento debe tener una fecha futura.", code="due_in_the_past")
    draft = Draft(ticket, order.actor, now)
    n = len(ticket.follow_ups) + 1
    promise = FollowUp(n=n, what=order.body.what, who=order.body.who, due=due)
    draft.change(follow_ups={**ticket.follow_ups, str(n): promise})
    draft.say("follow_up_set", n=n, what=promise.what, who=promise.who, due=due.isoformat())
    return draft.step()


def _alive(ticket: Ticket) -> None:
    if ticket.state is State.CANCELLED:
        raise NotNow("El ticket está cancelado.", code="is_cancelled")
