"""The close gate (TCK-12): all that is missing, each with a code and a Spanish sentence (GEN-04)."""

from models.shared.errors import Fault, GateNotMet
from models.shared.texts import text
from models.ticket.types import (
    PENDING_PARTS,
    Channel,
    Diagnosis,
    GateCode,
    Resolution,
    Ticket,
    VisitState,
    WorkMode,
)

RETURNS = frozenset({"rejected", "reopened"})
"""Why the resolution clock runs again after it had stopped."""
OVERRIDABLE = frozenset({GateCode.CLIENT_CONFIRMATION})
"""Root cause, actions, evidence and final classification are never waived."""


def confirmation_applies(ticket: Ticket) -> bool:
    """A fault found by monitoring is confirmed by the device itself (TCK-13)."""
    return ticket.channel is not Channel.MONITORING


def missing(ticket: Ticket, resolution: Resolution | None, *, confirmed: bool = False) -> tuple[Fault, ...]:
    """What still stands between this ticket and its close, given the resolution it has or is about to have."""
    codes = (
        *_missing_work(ticket, resolution),
        *_missing_evidence(ticket),
        *([] if resolution and resolution.failure_class else [GateCode.FAILURE_CLASSIFICATION]),
        *([GateCode.CLIENT_CONFIRMATION] if _unconfirmed(ticket, confirmed) else []),
    )
    return tuple(Fault(code=code, message=text(f"gate.{code}")) for code in codes)


def require(faults: tuple[Fault, ...], sentence: str) -> None:
    """Refuse with the whole list.

    Raises:
        GateNotMet: something is missing.
    """
    if faults:
        raise GateNotMet(sentence, faults=faults)


def _missing_work(ticket: Ticket, resolution: Resolution | None) -> list[GateCode]:
    last = _standing_diagnosis(ticket)
    done = resolution is not None and resolution.direct
    codes = []
    if not done and not (last and last.solved):
        codes.append(GateCode.SERVICE_NOT_COMPLETED)
    if not ((resolution and resolution.root_cause) or (last and last.root_cause)):
        codes.append(GateCode.ROOT_CAUSE)
    if not ((resolution and resolution.actions) or (last and last.actions)):
        codes.append(GateCode.ACTIONS)
    if any(part.state in PENDING_PARTS for part in ticket.parts.values()):
        codes.append(GateCode.PENDING_PARTS)
    return codes


def _standing_diagnosis(ticket: Ticket) -> Diagnosis | None:
    """The last diagnosis, unless the client has sent the work back since: then it was not the solution (TCK-11)."""
    last = ticket.diagnoses.get(str(len(ticket.diagnoses)))
    returns = [one.since for one in ticket.resolution_clock.segments if one.why in RETURNS]
    return last if last and (not returns or last.at >= returns[-1]) else None


def _missing_evidence(ticket: Ticket) -> list[GateCode]:
    on_site = any(one.mode is WorkMode.ON_SITE for one in ticket.diagnoses.values()) or any(
        visit.state in (VisitState.ARRIVED, VisitState.LEFT) for visit in ticket.visits.values()
    )
    kinds = {one.kind for one in ticket.evidence.values()}
    codes = []
    if not kinds.intersection(ticket.policy.evidence_remote):
        codes.append(GateCode.EVIDENCE)
    if on_site and not kinds.intersection(ticket.policy.evidence_on_site):
        codes.append(GateCode.EVIDENCE_ON_SITE)
    return codes


def _unconfirmed(ticket: Ticket, confirmed: bool) -> bool:
    return confirmation_applies(ticket) and not confirmed and ticket.override is None
