"""The lives that the demo's tickets lead: who does what, in order. Only words and facts; `demo_play` does the asking."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from postventa.demo_door import File, Later
from postventa.demo_evidence import photo, service_sheet

Json = dict[str, Any]
HOUR, DAY = 60, 24 * 60


@dataclass(frozen=True)
class Act:
    """One request. `refused` ones are made to be refused: they show the list of what is missing."""

    who: str
    verb: str
    body: Json | File = field(default_factory=dict)
    refused: bool = False


@dataclass(frozen=True)
class Life:
    """One ticket: how it is opened, and what is done with it then. The name is part of every request's key."""

    name: str
    who: str
    opening: Json
    acts: tuple[Act, ...] = ()


@dataclass(frozen=True)
class Fault:
    """What is reported of one device: by whose voice, and the type and priority the call centre gives it."""

    channel: str
    device: str
    person: str
    symptom: str
    type: str = "technical_failure"
    priority: str = "medium"
    who: str = "call_center"
    phone: str = ""
    email: str = ""
    whatsapp: str = ""


def life(name: str, fault: Fault, *parts: Sequence[Act], evidence: Sequence[Json] = ()) -> Life:
    """A ticket opened for a fault. Staff classifies as it registers; what a client or a machine says is classified after."""
    kind = {"type": fault.type, "priority": fault.priority}
    ways = ("phone", "email", "whatsapp")
    contact = {"name": fault.person, **{way: getattr(fault, way) for way in ways if getattr(fault, way)}}
    opening: Json = {"channel": fault.channel, "contact": contact, "symptom": fault.symptom}
    if fault.device:
        opening["device"] = fault.device
    if evidence:
        opening["evidence"] = list(evidence)
    acts = tuple(act for part in parts for act in part)
    if fault.who in ("call_center", "account_executive"):
        opening |= kind
    elif acts:
        acts = (Act("call_center", "classify", kind), *acts)
    return Life(name, fault.who, opening, acts)


# --- Parts of a life ------------------------------------------------------------------------------------------------


def assigned(engineer: str) -> tuple[Act, ...]:
    return (Act("supervisor", "assign", {"engineer": engineer}),)


def reached(who: str, note: str = "", mode: str = "phone") -> tuple[Act, ...]:
    return (Act(who, "contact", {"mode": mode, "outcome": "reached", "note": note}),)


def found(
    engineer: str,
    cause: str,
    *actions: str,
    mode: str = "remote",
    solved: bool = True,
    parts: Sequence[str] = (),
) -> tuple[Act, ...]:
    body: Json = {
        "mode": mode, "root_cause": cause, "actions": list(actions), "history_reviewed": True, "solved": solved,
    }  # fmt: skip
    if parts:
        body["pending_parts"] = [{"part": part, "quantity": 1} for part in parts]
    return (Act(engineer, "diagnose", body),)


def shown(engineer: str, seed: int) -> tuple[Act, ...]:
    return (Act(engineer, "evidence", File("photo", "pagina-de-prueba.png", photo(seed))),)


def sheet(engineer: str, title: str) -> tuple[Act, ...]:
    return (Act(engineer, "evidence", File("document", "hoja-de-servicio.pdf", service_sheet(title))),)


def resolved(engineer: str, failure_class: str, summary: str) -> tuple[Act, ...]:
    body = {"resolution": "resolved", "failure_class": failure_class, "summary": summary}
    return (Act(engineer, "resolve", body),)


def confirmed(who: str = "call_center", comment: str = "Ya imprime bien, gracias.") -> tuple[Act, ...]:
    return (Act(who, "confirm", {"comment": comment}),)


def remote(engineer: str, cause: str, action: str, seed: int) -> tuple[Act, ...]:
    """Assigned, called, solved at a distance with a photo."""
    return (
        *assigned(engineer),
        *reached(engineer, "El cliente describe la falla y sigue las indicaciones."),
        *found(engineer, cause, action),
        *shown(engineer, seed),
        *resolved(engineer, cause, f"{action}. Se imprimió una página de prueba."),
    )


def visited(engineer: str, cause: str, action: str, seed: int) -> tuple[Act, ...]:
    """Assigned, a visit agreed (the clock rests until then), made, and its sheet signed."""
    return (
        *assigned(engineer),
        *reached(engineer, "Se acuerda visita."),
        Act("call_center", "visits", {"from": Later(HOUR), "to": Later(3 * HOUR)}),
        Act(engineer, "pause", {"reason": "agreed_visit", "until": Later(HOUR)}),
        Act(engineer, "visits/1/arrive"),
        *found(engineer, cause, action, mode="on_site"),
        *shown(engineer, seed),
        *sheet(engineer, f"Hoja de servicio: {cause}"),
        Act(engineer, "visits/1/leave"),
        *resolved(engineer, cause, f"{action} en sitio; el cliente firmó la hoja de servicio."),
    )


def part(who: str, state: str, **said: Any) -> tuple[Act, ...]:
    return (Act(who, "parts/1", {"state": state, **said}),)


def escalated(who: str, reason: str) -> tuple[Act, ...]:
    return (Act(who, "escalate", {"reason": reason}),)


def taken(who: str, next_step: str, days: int = 1) -> tuple[Act, ...]:
    return (Act(who, "acknowledge", {"next_step": next_step, "by": Later(days * DAY)}),)


def refused_close(who: str) -> tuple[Act, ...]:
    return (Act(who, "close", refused=True),)


def note(who: str, text: str) -> tuple[Act, ...]:
    return (Act(who, "note", {"text": text}),)


def message(who: str, text: str) -> tuple[Act, ...]:
    return (Act(who, "message", {"text": text}),)


def promised(who: str, what: str, days: int = 2) -> tuple[Act, ...]:
    return (Act(who, "follow-up", {"what": what, "who": who, "due": Later(days * DAY)}),)


def solved_on_the_phone(cause: str, action: str) -> tuple[Act, ...]:
    """The call centre's own solution, in the first contact."""
    body = {
        "resolution": "resolved", "failure_class": "uso", "summary": f"{action}; el cliente imprimió una prueba.",
        "root_cause": cause, "actions": [action], "taught": "Se explicó cómo evitarlo.",
    }  # fmt: skip
    return (Act("call_center", "resolve", body),)
