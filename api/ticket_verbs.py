"""Every action of a ticket over HTTP: its path, body, summary and example; most are one engine call and no more."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Path

from api import ticket_desk
from api.auth import Caller
from api.deps import Given
from api.idempotency import Identity
from models.ticket import messages as m
from models.ticket.messages import Order

Json = dict[str, Any]
Folio = Annotated[str, Path(description="The ticket's folio", examples=["T-2031-000123"], max_length=40)]
Number = Annotated[int, Path(description="The number of the visit or part", ge=1, examples=[1])]
LATER = "2031-03-04T10:00:00-06:00"


@dataclass(frozen=True)
class Verb:
    """One action. `numbered` ones are about a visit or a part of the ticket; `own` ones have an endpoint of theirs."""

    body: type[Any]
    summary: str
    example: Json
    path: str = ""
    numbered: bool = False
    own: bool = False


VERBS: dict[str, Verb] = {
    "classify": Verb(m.Classify, "Decide type and priority", {"type": "equipment_stopped", "priority": "high"}),
    "assign": Verb(m.Assign, "Give it to an engineer", {"engineer": "engineer1"}, own=True),
    "contact": Verb(m.MakeContact, "Record an attempt to reach the client", {"mode": "phone", "outcome": "reached"}),
    "visits": Verb(m.AgreeVisit, "Agree a visit, or move it", {"from": LATER, "to": "2031-03-04T12:00:00-06:00"}),
    "arrive": Verb(m.Nothing, "Arrive at a visit", {}, path="visits/{n}/arrive", numbered=True),
    "leave": Verb(m.Nothing, "Leave a visit", {}, path="visits/{n}/leave", numbered=True),
    "fail": Verb(
        m.FailVisit, "Record that a visit could not be made", {"cause": "Oficina cerrada"},
        path="visits/{n}/fail", numbered=True,
    ),
    "diagnose": Verb(
        m.Diagnose, "Document a diagnosis",
        {"mode": "on_site", "root_cause": "Fusor gastado", "actions": ["Se cambió el fusor"],
         "history_reviewed": True, "solved": True},
        own=True,
    ),
    "parts": Verb(
        m.ChangePart, "Say what became of a part", {"state": "promised", "due": LATER},
        path="parts/{n}", numbered=True,
    ),
    "pause": Verb(m.Pause, "Stop the resolution clock", {"reason": "waiting_client"}),
    "resume": Verb(m.Nothing, "Let the resolution clock run again", {}),
    "note": Verb(m.AddNote, "Add a note for the staff", {"text": "El cliente abre a las 10."}),
    "message": Verb(m.AddNote, "Send the client a message by its channel", {"text": "Su técnico va en camino."}),
    "follow-up": Verb(
        m.SetFollowUp, "Promise something by a date",
        {"what": "Llamar para ver si volvió a fallar", "who": "call_center", "due": LATER},
    ),
    "correct": Verb(m.Correct, "Put a wrong device, site or client right", {"device": "LX450-0007", "reason": "Leyó mal la serie"}, own=True),
    "escalate": Verb(m.Reason, "Ask for the supervisor", {"reason": "El cliente llamó tres veces"}),
    "acknowledge": Verb(m.Acknowledge, "Take an escalation: next step and date", {"next_step": "Enviar equipo de respaldo", "by": LATER}),
    "resolve": Verb(
        m.Resolve, "Solved and documented",
        {"resolution": "resolved", "failure_class": "desgaste", "summary": "Imprime bien tras cambiar el fusor"},
    ),
    "confirm": Verb(m.Confirm, "The client confirms: closes the ticket", {"comment": "Ya imprime, gracias"}),
    "reject": Verb(m.Reason, "The client does not accept the solution", {"reason": "Sigue manchando"}),
    "close": Verb(m.Nothing, "Close when every gate is met", {}),
    "override": Verb(m.OverrideGate, "Waive the client's confirmation", {"gate": "client_confirmation", "reason": "El cliente cerró por vacaciones"}),
    "reopen": Verb(m.Reason, "Reopen, or open a new linked ticket after the window", {"reason": "Volvió a fallar"}, own=True),
    "cancel": Verb(m.Reason, "Cancel a ticket opened by mistake", {"reason": "Duplicado por error"}),
    "survey": Verb(m.Survey, "The client's satisfaction, 1 to 5", {"score": 5}),
}  # fmt: skip


def path_of(folio: str, verb: str, n: object = None) -> str:
    """Where an action of a ticket is posted, below the API's root."""
    path = VERBS[verb].path if verb in VERBS else ""
    return f"/tickets/{folio}/{(path or verb).format(n=n)}"


def add_verbs(router: APIRouter, documented: Callable[[str], dict[str, Any]]) -> None:
    """One endpoint for each action that is nothing but one engine call."""
    for name, verb in VERBS.items():
        if not verb.own:
            path = f"/{{folio}}/{verb.path or name}"
            endpoint = _numbered(name, verb.body) if verb.numbered else _plain(name, verb.body)
            router.add_api_route(path, endpoint, methods=["POST"], name=name, **documented(name))


def _plain(verb: str, said: type[Any]) -> Callable[..., Any]:
    async def act(
        given: Given,
        caller: Caller,
        identity: Identity,
        folio: Folio,
        body: said,  # type: ignore[valid-type]
    ) -> Json:
        order: Order[Any] = Order[Any](actor=caller, request=identity, body=body)
        return await ticket_desk.do(given, caller, folio, verb, order)

    return act


def _numbered(verb: str, said: type[Any]) -> Callable[..., Any]:
    async def act(
        given: Given,
        caller: Caller,
        identity: Identity,
        folio: Folio,
        n: Number,
        body: said,  # type: ignore[valid-type]
    ) -> Json:
        order: Order[Any] = Order[Any](actor=caller, request=identity, body=body, n=n)
        return await ticket_desk.do(given, caller, folio, verb, order)

    return act
