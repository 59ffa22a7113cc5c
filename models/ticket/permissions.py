"""Who may do what to a ticket (GEN-11). `docs/roles.md` is generated from this table and checked by a test."""

from models.shared.actor import LINK, Actor, Role
from models.shared.errors import NotAllowed
from models.shared.texts import text
from models.ticket.types import Ticket

_CALL = frozenset({Role.CALL_CENTER, Role.SUPERVISOR})
_WORK = frozenset({Role.ENGINEER, Role.CALL_CENTER, Role.SUPERVISOR})
_LADDER = frozenset({Role.SUPERVISOR, Role.MANAGER, Role.DIRECTOR})
_STAFF = frozenset(Role) - {Role.CLIENT, Role.ADMIN, Role.MONITORING, Role.SYSTEM}
_ON_THE_CASE = frozenset(
    {
        Role.CLIENT,
        Role.CALL_CENTER,
        Role.ENGINEER,
        Role.SUPERVISOR,
        Role.MANAGER,
        Role.DIRECTOR,
        Role.ACCOUNT_EXECUTIVE,
        Role.WAREHOUSE,
    }
)

ALLOWED: dict[str, frozenset[Role]] = {
    "register": _STAFF | {Role.CLIENT, Role.MONITORING},
    "see": _STAFF | {Role.CLIENT, Role.MONITORING},
    "classify": _CALL,
    "assign": frozenset({Role.SUPERVISOR, Role.MANAGER}),
    "contact": _WORK,
    "visits": _WORK,
    "arrive": frozenset({Role.ENGINEER}),
    "leave": frozenset({Role.ENGINEER}),
    "fail": _WORK,
    "diagnose": frozenset({Role.ENGINEER}),
    "parts": frozenset({Role.WAREHOUSE, Role.PURCHASING, Role.ENGINEER, Role.SUPERVISOR}),
    "pause": _WORK,
    "resume": _WORK,
    "evidence": _ON_THE_CASE | {Role.MONITORING},
    "note": _STAFF | {Role.CLIENT, Role.MONITORING},
    "message": _STAFF,
    "follow-up": _STAFF,
    "correct": _WORK,
    "escalate": _ON_THE_CASE,
    "acknowledge": _LADDER,
    "resolve": frozenset({Role.ENGINEER, Role.CALL_CENTER}),
    "confirm": frozenset({Role.CLIENT, Role.CALL_CENTER}),
    "reject": frozenset({Role.CLIENT, Role.CALL_CENTER}),
    "close": _WORK | {Role.MANAGER, Role.MONITORING},
    "override": frozenset({Role.SUPERVISOR, Role.MANAGER}),
    "reopen": frozenset({Role.CLIENT, Role.CALL_CENTER, Role.SUPERVISOR, Role.MANAGER}),
    "cancel": _CALL,
    "survey": frozenset({Role.CLIENT, Role.CALL_CENTER}),
}

OWN_WORK = frozenset(
    {
        "contact",
        "visits",
        "arrive",
        "leave",
        "fail",
        "diagnose",
        "parts",
        "pause",
        "resume",
        "resolve",
        "close",
    }
)
"""What an engineer does only on a ticket assigned to them."""


def may(verb: str, role: Role) -> None:
    """Refuse a role that has no such verb, whatever the ticket.

    Raises:
        NotAllowed: the table does not grant it.
    """
    if role not in ALLOWED[verb]:
        raise NotAllowed(
            f"Su rol ({text(f'role.{role}')}) no puede hacer esto: {text(f'verb.{verb}')}.", code="role"
        )


def permit(ticket: Ticket, verb: str, actor: Actor) -> None:
    """Refuse who may not do this to this ticket: the role, another client's case, another engineer's work.

    Raises:
        NotAllowed: with code `role`, `other_client` or `other_engineer`.
    """
    may(verb, actor.role)
    if actor.role is Role.CLIENT and not _its_own(ticket, actor):
        raise NotAllowed("Este ticket no es de su empresa.", code="other_client")
    if actor.role is Role.ENGINEER and verb in OWN_WORK and actor.user != ticket.assignee:
        raise NotAllowed("Solo el ingeniero asignado puede hacer esto.", code="other_engineer")


def _its_own(ticket: Ticket, actor: Actor) -> bool:
    """A case of the person's company; the contact of a case without one has only the signed link it was sent."""
    return actor.client == ticket.place.client and (actor.client != "" or actor.user == LINK)
