"""Tickets in every state in one line, and the orders that move them: no database, no engine, no mocks."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from models.shared.actor import Actor, Role
from models.shared.case import Contact, Event, Notice, Request, Step
from models.shared.policy import TicketPolicy, policy, ticket_policy
from models.ticket import messages as m
from models.ticket import rules
from models.ticket.messages import Order, PartFacts, Registration, Stored
from models.ticket.types import Channel, Place, Priority, State, Ticket, Type

MONDAY = datetime(2031, 3, 3, 15, tzinfo=UTC)
"""Nine in the morning in Mexico City: the office opens."""
FOLIO = "T-2031-000123"
CLIENT_ID = "papelera"

ROLES = {role: Actor(user=f"{role}1", role=role) for role in Role}
ROLES[Role.CLIENT] = Actor(user="client1", role=Role.CLIENT, client=CLIENT_ID)
CLIENT, CALL, BOSS, ENGINEER, MANAGER, DIRECTOR, WAREHOUSE, MACHINE = (
    ROLES[role]
    for role in (
        Role.CLIENT,
        Role.CALL_CENTER,
        Role.SUPERVISOR,
        Role.ENGINEER,
        Role.MANAGER,
        Role.DIRECTOR,
        Role.WAREHOUSE,
        Role.MONITORING,
    )
)
OTHER = Actor(user="engineer2", role=Role.ENGINEER)

ANA = Contact(name="Ana Ruiz", phone="81 1234 5678", email="ana@papelera.mx")
BY_PHONE_ONLY = Contact(name="Ana Ruiz", phone="81 1234 5678")
PLACE = Place(
    client=CLIENT_ID,
    client_name="Papelera del Norte",
    site="apodaca",
    site_name="Planta Apodaca",
    zone="norte",
    device="SN-0042",
    model="MX-5",
    contract="K-1",
    covered=True,
)
CATALOGUE = {
    "rodillo": PartFacts(name="Rodillo", cost="350.00", lead_time_days=1),
    "fusor": PartFacts(name="Fusor", cost="5000", lead_time_days=1),
    "placa": PartFacts(name="Placa", cost="900", lead_time_days=5),
}


def at(days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> datetime:
    """So long after the Monday at nine, by the clock on the wall."""
    return MONDAY + timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


@cache
def the_policy(**overrides: Any) -> TicketPolicy:
    return ticket_policy(policy(), 1, "", "", 2031).model_copy(update=overrides)


# --- What is asked -----------------------------------------------------------------------------------------------

REQUEST = Request(key="key", fingerprint="fingerprint")
LATER = at(days=1)
BODIES: dict[str, dict[str, Any]] = {
    "classify": {"type": "user_error", "priority": "medium", "reason": "Se supo más", "because": "was_wrong"},
    "assign": {"engineer": "engineer1"},
    "contact": {"mode": "phone", "outcome": "reached"},
    "visits": {"from": at(hours=3), "to": at(hours=4)},
    "arrive": {},
    "leave": {},
    "fail": {"cause": "Oficina cerrada"},
    "diagnose": {
        "mode": "remote", "root_cause": "Fusor gastado", "actions": ["Se limpió el fusor"],
        "history_reviewed": True, "solved": True,
    },
    "parts": {"state": "received"},
    "pause": {"reason": "waiting_client"},
    "resume": {},
    "note": {"text": "Abre a las diez"},
    "message": {"text": "Vamos en camino"},
    "follow_up": {"what": "Llamar", "who": "call_center1", "due": LATER},
    "correct": {"device": "SN-0043", "reason": "Leyó mal la serie"},
    "escalate": {"reason": "Llamó tres veces"},
    "acknowledge": {"next_step": "Enviar respaldo", "by": LATER},
    "resolve": {
        "resolution": "resolved", "failure_class": "desgaste", "summary": "Imprime bien",
        "root_cause": "Fusor gastado", "actions": ["Se limpió"],
    },
    "confirm": {},
    "reject": {"reason": "Sigue manchando"},
    "close": {},
    "override": {"gate": "client_confirmation", "reason": "Cerró por vacaciones"},
    "reopen": {"reason": "Volvió a fallar"},
    "cancel": {"reason": "Duplicado"},
    "survey": {"score": 5},
}  # fmt: skip
"""A good body of every verb; `evidence` has its own."""

KINDS: dict[str, type[Any]] = {
    "classify": m.Classify,
    "assign": m.Assign,
    "contact": m.MakeContact,
    "visits": m.AgreeVisit,
    "fail": m.FailVisit,
    "diagnose": m.Diagnose,
    "parts": m.ChangePart,
    "pause": m.Pause,
    "note": m.AddNote,
    "message": m.AddNote,
    "follow_up": m.SetFollowUp,
    "correct": m.Correct,
    "escalate": m.Reason,
    "acknowledge": m.Acknowledge,
    "resolve": m.Resolve,
    "confirm": m.Confirm,
    "reject": m.Reason,
    "override": m.OverrideGate,
    "reopen": m.Reason,
    "cancel": m.Reason,
    "survey": m.Survey,
}
USUAL: dict[str, Actor] = {
    "assign": BOSS,
    "arrive": ENGINEER,
    "leave": ENGINEER,
    "diagnose": ENGINEER,
    "parts": WAREHOUSE,
    "acknowledge": BOSS,
    "resolve": ENGINEER,
    "confirm": CLIENT,
    "reject": CLIENT,
    "override": BOSS,
    "reopen": CLIENT,
    "survey": CLIENT,
}
"""Who usually asks for a verb; the call centre for the others."""

VERBS = (*BODIES, "evidence")


def window(start: datetime, end: datetime) -> dict[str, Any]:
    """The body of a visit."""
    return {"from": start, "to": end}


def photo(sha: str = "a" * 64, kind: str = "photo") -> Stored:
    return Stored(sha256=sha, kind=kind, name=f"{kind}.jpg", media_type="image/jpeg", size=1000)


def order(verb: str, actor: Actor | None = None, *, n: int = 1, **body: Any) -> Any:
    """The order of a verb: its good body with `body` laid over it; a value of None leaves a field out."""
    who = actor or USUAL.get(verb, CALL)
    if verb == "evidence":
        items = body.get("items", (photo(),))
        return Order(actor=who, request=REQUEST, body=m.AddEvidence(items=items), n=n)
    said = {key: value for key, value in {**BODIES[verb], **body}.items() if value is not None}
    given = {
        "actor": who,
        "request": REQUEST,
        "body": KINDS.get(verb, m.Nothing).model_validate(said),
        "n": n,
    }
    if verb == "assign":
        return m.AssignOrder(**given, name=said["engineer"].title())
    if verb == "diagnose":
        return m.DiagnoseOrder(**given, catalogue=CATALOGUE)
    if verb == "correct":
        place = PLACE.model_copy(update={"device": said["device"]})
        return m.CorrectOrder(**given, place=place)
    return Order(**given)


def do(
    ticket: Ticket, verb: str, now: datetime = MONDAY, actor: Actor | None = None, **body: Any
) -> Step[Ticket]:
    """One action as the workflow takes it: with the time around it, and under the next revision."""
    return numbered(rules.act(getattr(rules, verb), ticket, order(verb, actor, **body), now), ticket)


def after(
    ticket: Ticket, verb: str, now: datetime = MONDAY, actor: Actor | None = None, **body: Any
) -> Ticket:
    return do(ticket, verb, now, actor, **body).state


def wake(ticket: Ticket, now: datetime) -> Step[Ticket]:
    """What time does at an instant at which it has something to do."""
    step = rules.wake(ticket, now)
    assert step is not None, now
    return numbered(step, ticket)


def numbered(step: Step[Ticket], before: Ticket) -> Step[Ticket]:
    state = step.state.model_copy(update={"revision": before.revision + 1})
    return step.model_copy(update={"state": state})


def until(ticket: Ticket, end: datetime) -> tuple[Ticket, list[tuple[datetime, Step[Ticket]]]]:
    """Let time pass as the workflow does: each wake at its instant. The ticket then, and every step with its time."""
    steps: list[tuple[datetime, Step[Ticket]]] = []
    while (due := rules.next_wake(ticket)) and due <= end:
        assert not steps or steps[-1][0] < due, "a wake left the same instant due"
        step = wake(ticket, due)
        ticket = step.state
        steps.append((due, step))
    return ticket, steps


def waited(ticket: Ticket, end: datetime) -> Ticket:
    return until(ticket, end)[0]


# --- Tickets in each state ---------------------------------------------------------------------------------------


def registration(**changes: Any) -> Registration:
    given = {
        "actor": CALL, "request": REQUEST, "channel": Channel.PHONE, "contact": ANA, "place": PLACE,
        "symptom": "Mancha las hojas",
    }  # fmt: skip
    return Registration(**{**given, **changes})


def opening(now: datetime = MONDAY, rules_of: TicketPolicy | None = None, **changes: Any) -> Step[Ticket]:
    step = rules.register(registration(**changes), FOLIO, rules_of or the_policy(), now)
    return step.model_copy(update={"state": step.state.model_copy(update={"revision": 1})})


def registered(**changes: Any) -> Ticket:
    return opening(**changes).state


def classified(priority: Priority = Priority.MEDIUM, **changes: Any) -> Ticket:
    return registered(**{"type": Type.TECHNICAL_FAILURE, "priority": priority, **changes})


def assigned(priority: Priority = Priority.MEDIUM, **changes: Any) -> Ticket:
    return after(classified(priority, **changes), "assign")


def diagnosed(priority: Priority = Priority.MEDIUM, **changes: Any) -> Ticket:
    return after(assigned(priority, **changes), "diagnose")


def documented(priority: Priority = Priority.MEDIUM, **changes: Any) -> Ticket:
    """Diagnosed as solved, with evidence: every gate but the final classification and the client's word."""
    return after(diagnosed(priority, **changes), "evidence")


def resolved(priority: Priority = Priority.MEDIUM, **changes: Any) -> Ticket:
    return after(documented(priority, **changes), "resolve")


def closed(priority: Priority = Priority.MEDIUM, **changes: Any) -> Ticket:
    return after(resolved(priority, **changes), "confirm")


def cancelled(priority: Priority = Priority.MEDIUM, **changes: Any) -> Ticket:
    return after(classified(priority, **changes), "cancel")


def first_contact(**changes: Any) -> Ticket:
    """Solved on the phone by the call centre, in one step from registration (TCK-20)."""
    return after(registered(**{"evidence": (photo(kind="text"),), **changes}), "resolve", actor=CALL)


IN_STATE = {
    State.REGISTERED: registered,
    State.CLASSIFIED: classified,
    State.ASSIGNED: assigned,
    State.DIAGNOSED: diagnosed,
    State.RESOLVED: resolved,
    State.CLOSED: closed,
    State.CANCELLED: cancelled,
}


# --- What came of it ---------------------------------------------------------------------------------------------


def names(step: Step[Ticket]) -> list[str]:
    return [event.event for event in step.events]


def event(step: Step[Ticket], name: str) -> Event:
    """The only event of that name."""
    [found] = [one for one in step.events if one.event == name]
    return found


def told(step: Step[Ticket]) -> list[tuple[str, str]]:
    """Whom each notice of the step goes to, and which it is."""
    return [(recipient(one), one.template) for one in step.notices]


def recipient(notice: Notice) -> str:
    to = notice.to
    return "contact" if to.contact else to.user or str(to.role)


def triggers(ticket: Ticket) -> list[str]:
    return [str(one.code) for one in ticket.triggers.values()]


def of(steps: Sequence[tuple[datetime, Step[Ticket]]], name: str) -> list[tuple[datetime, Event]]:
    """Every event of a name along several steps, with its time."""
    return [(when, one) for when, step in steps for one in step.events if one.event == name]
