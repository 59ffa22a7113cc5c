"""A ticket as the world sees it: the answer of the API, the columns of the read model, the facts of a message."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from models.shared import clock_ledger
from models.shared.case import Columns, Contact, Task
from models.shared.clock_ledger import Clock
from models.shared.notices import CaseFacts
from models.ticket import escalation, gates, inbox, timers
from models.ticket.messages import ROOM
from models.ticket.types import OPEN_STATES, State, Ticket

Json = dict[str, Any]
DETAILS = ("star", "diagnoses", "log")
"""What lists leave out."""


def document(ticket: Ticket) -> Json:
    """The ticket as it is recorded: defaults are left out, so they must never change."""
    return ticket.model_dump(mode="json", exclude_defaults=True)


def ticket_of(document: Mapping[str, Any]) -> Ticket:
    return Ticket.model_validate(document)


def present(ticket: Ticket, now: datetime, log: Sequence[Json] | None = None) -> Json:
    """`api.md`, "A ticket, exactly", as it stands at `now`; without a log, as an item of a list."""
    place = ticket.place
    shown: Json = {
        **_dump(
            ticket,
            "folio",
            "state",
            "channel",
            "type",
            "priority",
            "proposed",
            "symptom",
            "synthesis",
            "contact",
        ),
        "client": place.client or None,
        "site": place.site or None,
        "device": place.device or None,
        "place": place.model_dump(mode="json"),
        "recurrent": ticket.recurrent,
        "assignee": ticket.assignee or None,
        "last_contact": f"{ticket.folio}/{ticket.contacts}",
        **_dump(ticket, "opened_at", "occurred_at", "closed_at", "closed_as"),
        "waiting_for": inbox.waiting_for(ticket) or None,
        "next_deadline": _iso(timers.next_deadline(ticket)),
        "missing": missing(ticket),
        "escalation": _escalation(ticket),
        "sla": _sla(ticket, now),
        "parts": _values(ticket.parts),
        "visits": [_visit(one) for one in _values(ticket.visits)],
        "evidence": _values(ticket.evidence),
        "follow_ups": _values(ticket.follow_ups),
        **_dump(ticket, "resolution", "override", "attention", "satisfaction", "links", "revision"),
        "policy_version": ticket.policy.version,
    }
    if log is not None:
        shown |= {"star": _star(ticket), "diagnoses": _values(ticket.diagnoses), "log": list(log)}
    return shown


def missing(ticket: Ticket) -> list[Json]:
    """What still stands before the close; nothing for a ticket that is over."""
    if ticket.state not in OPEN_STATES | {State.RESOLVED}:
        return []
    return [{"code": one.code, "message": one.message} for one in gates.missing(ticket, ticket.resolution)]


def statement(ticket: Ticket, now: datetime) -> Json:
    """Both clocks as a ledger anyone can recompute, with the calendar it was counted in (TCK-14)."""
    calendar = ticket.policy.calendar
    clocks = {"first_response": ticket.first_response, "resolution": ticket.resolution_clock}
    return {
        "folio": ticket.folio,
        "at": _iso(now),
        "opened_at": _iso(ticket.opened_at),
        "policy_version": ticket.policy.version,
        "calendar": calendar.model_dump(mode="json"),
        "clocks": {
            name: {
                **clock_ledger.view(clock, calendar, now).model_dump(mode="json"),
                "segments": [
                    line.model_dump(mode="json") for line in clock_ledger.statement(clock, calendar, now)
                ],
            }
            for name, clock in clocks.items()
        },
    }


class TicketRoom:
    """What the shared recorder asks of a ticket's document (see `models.shared.case.Room`)."""

    name = ROOM

    def columns(self, document: Mapping[str, Any]) -> Columns:
        return self.columns_of(ticket_of(document))

    def columns_of(self, ticket: Ticket) -> Columns:
        return Columns(
            state=ticket.state,
            open=ticket.state in OPEN_STATES,
            live=ticket.state is not State.CANCELLED,
            priority=ticket.priority,
            type=ticket.type,
            channel=ticket.channel,
            client=ticket.place.client,
            site=ticket.place.site,
            device=ticket.place.device,
            assignee=ticket.assignee,
            waiting_for=inbox.waiting_for(ticket),
            escalation_level=ticket.level,
            sla_breached=_breached(ticket),
            opened_at=ticket.opened_at,
            resolved_at=ticket.resolution.at if ticket.resolution else None,
            closed_at=ticket.closed_at,
            closed_as=ticket.closed_as or "",
            next_deadline=timers.next_deadline(ticket),
            next_wake=timers.next_wake(ticket),
        )

    def tasks(self, document: Mapping[str, Any]) -> tuple[Task, ...]:
        return inbox.tasks(ticket_of(document))

    def contact(self, document: Mapping[str, Any]) -> Contact | None:
        return ticket_of(document).contact

    def facts(self, document: Mapping[str, Any]) -> CaseFacts:
        ticket = ticket_of(document)
        place = ticket.place
        return CaseFacts(
            folio=ticket.folio,
            contact_folio=f"{ticket.folio}/{ticket.contacts}",
            contact_name=ticket.contact.name,
            client_name=place.client_name,
            site_name=place.site_name,
            device=place.device,
            model=place.model,
            symptom=ticket.synthesis or ticket.symptom,
            priority=ticket.priority,
            type=ticket.type,
            assignee_name=ticket.assignee_name,
            timezone=place.timezone,
        )


def _breached(ticket: Ticket) -> bool:
    return ticket.first_response.breached_at is not None or ticket.resolution_clock.breached_at is not None


def _dump(ticket: Ticket, *fields: str) -> Json:
    return ticket.model_dump(mode="json", include=set(fields))


def _values(numbered: Mapping[str, Any]) -> list[Json]:
    return [one.model_dump(mode="json") for one in numbered.values()]


def _visit(visit: Json) -> Json:
    return {"n": visit["n"], "from": visit.pop("start"), "to": visit.pop("end"), **visit}


def _iso(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None


def _escalation(ticket: Ticket) -> Json:
    codes = dict.fromkeys(trigger.code.value for trigger in ticket.triggers.values())
    history = [
        {
            "trigger": one.code.value,
            **one.model_dump(mode="json", exclude={"code", "n"}),
            "active": one.active,
        }
        for one in ticket.triggers.values()
    ]
    return {
        "level": ticket.level,
        "acknowledged": not escalation.active(ticket),
        "triggers": list(codes),
        "history": history,
    }


def _sla(ticket: Ticket, now: datetime) -> Json:
    first = _clock(ticket, ticket.first_response, now)
    first.pop("paused_minutes")
    return {"first_response": first, "resolution": _clock(ticket, ticket.resolution_clock, now)}


def _clock(ticket: Ticket, clock: Clock, now: datetime) -> Json:
    return clock_ledger.view(clock, ticket.policy.calendar, now).model_dump(mode="json")


def _star(ticket: Ticket) -> Json:
    """Symptom, testing, action, resolution, gathered from what was recorded along the way (TCK-03)."""
    solved = ticket.resolution
    diagnoses = list(ticket.diagnoses.values())
    testing = [answer for one in diagnoses for answer in one.testing] + list(solved.testing if solved else ())
    return {
        "symptom": {"words": ticket.symptom, "synthesis": ticket.synthesis},
        "testing": {
            "answers": [answer.model_dump(mode="json") for answer in testing],
            "hypotheses": [one.hypothesis for one in diagnoses if one.hypothesis],
        },
        "action": [step for one in diagnoses for step in one.actions]
        + list(solved.actions if solved else ()),
        "resolution": solved.model_dump(mode="json") if solved else None,
    }
