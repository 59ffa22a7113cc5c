"""What the system proposes and people decide: type and priority from the facts (TCK-04), engineers (TCK-07)."""

import unicodedata
from collections.abc import Sequence

from models.shared.message import Frozen
from models.ticket.types import Channel, Classification, Priority, Type

_STOPPED = ("no imprime", "no enciende", "no prende", "detenid", "parad", "apagad", "no funciona", "error fatal",
            "not print", "dead", "stopped", "won't turn on")  # fmt: skip
_PARTIAL = ("atasc", "atora", "intermitent", "mancha", "raya", "claro", "borros", "ruido", "a veces", "lent",
            "jam", "streak", "smear", "noise", "sometimes")  # fmt: skip
_SUPPORT = ("como ", "configur", "driver", "instalar", "duda", "escane", "correo", "red ", "wifi", "contrasen",
            "how ", "set up", "setup", "install", "password")  # fmt: skip


def fold(words: str) -> str:
    """Lower case without accents, so that "Cómo" and "como" are one."""
    decomposed = unicodedata.normalize("NFKD", words.lower())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def classification(symptom: str, channel: Channel, *, recurrent: bool) -> Classification:
    """Type and priority that the words and the facts suggest; when nothing speaks, a medium technical failure."""
    words = fold(symptom) + " "
    if any(word in words for word in _STOPPED):
        proposed = Classification(type=Type.EQUIPMENT_STOPPED, priority=Priority.HIGH)
    elif any(word in words for word in _PARTIAL) or channel is Channel.MONITORING:
        proposed = Classification(type=Type.TECHNICAL_FAILURE, priority=Priority.MEDIUM)
    elif any(word in words for word in _SUPPORT):
        proposed = Classification(type=Type.OPERATIVE_SUPPORT, priority=Priority.LOW)
    else:
        proposed = Classification(type=Type.TECHNICAL_FAILURE, priority=Priority.MEDIUM)
    if recurrent and proposed.type is Type.TECHNICAL_FAILURE:
        return Classification(type=Type.RECURRENT_PROBLEM, priority=proposed.priority)
    return proposed


class Candidate(Frozen):
    """An engineer as the supervisor sees them: `load` is open tickets assigned."""

    id: str
    name: str
    zones: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    on_shift: bool = True
    absent: bool = False
    load: int = 0


class Proposal(Frozen):
    """A candidate with the reasons of its place in the list, in Spanish."""

    id: str
    name: str
    load: int
    reasons: tuple[str, ...]


def eligible(candidate: Candidate, zone: str, model: str) -> bool:
    """Not absent, in the zone, with the skill for the model; no zones or skills means any (TCK-07)."""
    in_zone = not candidate.zones or not zone or zone in candidate.zones
    skilled = not candidate.skills or not model or model in candidate.skills
    return in_zone and skilled and not candidate.absent


def engineers(candidates: Sequence[Candidate], zone: str, model: str) -> tuple[Proposal, ...]:
    """Who could take it: on shift first, then the ones named for the zone and the model, then the least loaded."""

    def rank(one: Candidate) -> tuple[bool, bool, bool, int, str]:
        return (not one.on_shift, zone not in one.zones, model not in one.skills, one.load, one.id)

    chosen = sorted((one for one in candidates if eligible(one, zone, model)), key=rank)
    return tuple(_proposal(one, zone, model) for one in chosen)


def _proposal(one: Candidate, zone: str, model: str) -> Proposal:
    reasons = ["en turno" if one.on_shift else "fuera de turno"]
    if zone and zone in one.zones:
        reasons.append(f"atiende la zona {zone}")
    if model and model in one.skills:
        reasons.append(f"conoce el modelo {model}")
    reasons.append(f"{one.load} tickets abiertos")
    return Proposal(id=one.id, name=one.name, load=one.load, reasons=tuple(reasons))
