"""What a ticket looks like, for the documentation: made by the rules themselves, so that it cannot grow old."""

from datetime import UTC, datetime
from typing import Any

from models.shared.actor import Actor, Role
from models.shared.case import Contact, Request
from models.shared.policy import policy, ticket_policy
from models.ticket import rules, view
from models.ticket.messages import Registration
from models.ticket.types import Channel, Place, Priority, Type

_AT = datetime(2031, 3, 3, 15, tzinfo=UTC)
_ASKED = Registration(
    actor=Actor(user="call_center", role=Role.CALL_CENTER),
    request=Request(key="", fingerprint=""),
    channel=Channel.PHONE,
    contact=Contact(name="Laura Méndez", phone="+52 55 5555 0101"),
    place=Place(client="C1", client_name="Cliente de ejemplo", site="S1", site_name="Matriz", device="LX450-0007", covered=True),
    symptom="La impresora no enciende",
    type=Type.EQUIPMENT_STOPPED,
    priority=Priority.HIGH,
)  # fmt: skip
_STEP = rules.register(_ASKED, "T-2031-000123", ticket_policy(policy(), 1, "", "", _AT.year), _AT)
_TICKET = _STEP.state.model_copy(update={"revision": 1})
_LOG: list[dict[str, Any]] = [
    {
        "seq": seq,
        "at": "2031-03-03T15:00:00Z",
        "event": event.event,
        "actor": event.actor.user,
        "role": event.actor.role.value,
        "detail": event.detail,
        "evidence": [],
    }
    for seq, event in enumerate(_STEP.events, start=1)
]

EXAMPLE: dict[str, Any] = view.present(_TICKET, _AT, _LOG)
LISTED: dict[str, Any] = {"items": [view.present(_TICKET, _AT)], "next_cursor": None}
STATEMENT: dict[str, Any] = view.statement(_TICKET, _AT)
REGISTERING: dict[str, Any] = {
    "channel": "phone",
    "contact": {"name": "Laura Méndez", "phone": "+52 55 5555 0101"},
    "symptom": "La impresora no enciende",
    "device": "LX450-0007",
    "type": "equipment_stopped",
    "priority": "high",
}
