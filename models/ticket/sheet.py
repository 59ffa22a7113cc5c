"""The service sheet of a visit: what was found, done and used, for the client to sign (TCK-08)."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from models.shared.errors import Unknown
from models.shared.message import Frozen
from models.shared.texts import text
from models.ticket.types import Diagnosis, Evidence, Ticket, Visit, VisitState

SIGNATURE = "signature"


class Sheet(Frozen):
    """What the sheet says, in order: facts as label and value, then parts of text under a heading."""

    title: str
    subtitle: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[tuple[str, tuple[str, ...]], ...]
    signer: str
    signed: str
    """What stands under the client's line; empty while nobody has signed."""


def sheet(ticket: Ticket, n: int) -> Sheet:
    """The sheet of visit `n` as things stand, in the contact's language and the site's time.

    Raises:
        Unknown: the ticket has no such visit.
    """
    visit = ticket.visits.get(str(n))
    if visit is None:
        raise Unknown(f"El ticket no tiene la visita {n}.", code="visit")
    language = ticket.contact.language
    signed = signature(ticket)
    return Sheet(
        title=text("sheet.title", language),
        subtitle=f"{ticket.folio} · {text('sheet.visit', language)} {n} · {text(f'visit_state.{visit.state}', language)}",
        facts=tuple((text(f"sheet.{code}", language), value) for code, value in _facts(ticket, visit) if value),
        sections=tuple((text(f"sheet.{code}", language), lines) for code, lines in _sections(ticket, visit) if lines),
        signer=text("sheet.signer", language),
        signed=f"{ticket.contact.name} · {_local(ticket, signed.at)}" if signed else "",
    )  # fmt: skip


def signature(ticket: Ticket) -> Evidence | None:
    """The last signature on the case that can be drawn."""
    held = [
        one
        for one in ticket.evidence.values()
        if one.kind == SIGNATURE and one.media_type.startswith("image/")
    ]
    return held[-1] if held else None


def _facts(ticket: Ticket, visit: Visit) -> Iterator[tuple[str, str]]:
    place, contact = ticket.place, ticket.contact
    yield "client", place.client_name or place.client
    yield "site", place.site_name or place.site
    yield "device", " · ".join(part for part in (place.model, place.device or place.reported) if part)
    yield "contact", " · ".join(part for part in (contact.name, contact.phone) if part)
    yield "engineer", ticket.assignee_name or ticket.assignee
    yield "window", f"{_local(ticket, visit.start)} – {_hour(ticket, visit.end)}"
    yield "arrived", _local(ticket, visit.arrived_at)
    yield "left", _local(ticket, visit.left_at) if visit.state is not VisitState.FAILED else ""


def _sections(ticket: Ticket, visit: Visit) -> Iterator[tuple[str, tuple[str, ...]]]:
    language = ticket.contact.language
    yield "symptom", (ticket.symptom, *([ticket.synthesis] if ticket.synthesis else []))
    yield "failed", (visit.cause,) if visit.cause else ()
    done = [one for one in ticket.diagnoses.values() if _of(visit, one)] or list(ticket.diagnoses.values())[
        -1:
    ]
    yield "diagnosis", tuple(word for one in done for word in (one.hypothesis, one.root_cause) if word)
    yield "actions", tuple(step for one in done for step in one.actions)
    yield (
        "parts",
        tuple(
            f"{one.quantity} × {one.name} ({text(f'part_state.{one.state}', language)})"
            for one in ticket.parts.values()
        ),
    )
    yield "solution", (ticket.resolution.summary,) if ticket.resolution else ()
    yield "advice", (ticket.resolution.taught,) if ticket.resolution and ticket.resolution.taught else ()


def _of(visit: Visit, diagnosis: Diagnosis) -> bool:
    """Whether a diagnosis was made during the visit, or within the hour after it, as engineers write."""
    if visit.arrived_at is None or diagnosis.at < visit.arrived_at:
        return False
    return visit.left_at is None or (diagnosis.at - visit.left_at).total_seconds() <= 3600


def _local(ticket: Ticket, at: datetime | None) -> str:
    return f"{at.astimezone(ZoneInfo(ticket.place.timezone)):%d/%m/%Y %H:%M}" if at else ""


def _hour(ticket: Ticket, at: datetime) -> str:
    return f"{at.astimezone(ZoneInfo(ticket.place.timezone)):%H:%M}"
