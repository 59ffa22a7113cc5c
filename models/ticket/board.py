"""What a supervisor reads of a ticket in the Temporal UI, in Spanish (GEN-09)."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from models.shared import clock_ledger
from models.shared.clock_ledger import Clock
from models.shared.texts import text
from models.ticket import escalation, gates, inbox, timers
from models.ticket.messages import Registration
from models.ticket.types import OPEN_STATES, State, Ticket

_DAYS = ("lun", "mar", "mié", "jue", "vie", "sáb", "dom")


def summary(case: Registration | Ticket) -> str:
    """One line, for the list: whose, where, which device."""
    place = case.place
    parts = (place.client_name or case.contact.name, place.site_name, place.device or place.reported)
    return " · ".join(part for part in parts if part)


def introduction(asked: Registration, folio: str) -> str:
    """What was reported, fixed at the start, as Markdown."""
    place = asked.place
    lines = [
        f"**{folio}** · {text(f'channel.{asked.channel}')}",
        f"**Cliente:** {place.client_name or '(sin identificar)'}",
        f"**Sitio:** {place.site_name or '—'} · **Equipo:** {place.device or place.reported or '—'} {place.model}",
        f"**Reporta:** {asked.contact.name} {asked.contact.phone}",
        f"**Síntoma:** {asked.symptom}",
    ]
    return "\n".join(lines)


def details(ticket: Ticket, now: datetime) -> str:
    """How it stands: state, both clocks, what is missing, from whom and by when, as Markdown.

    Times are of the site. Reading the time zone here is safe inside a workflow: what is shown decides nothing.
    """
    return "\n".join(
        (*_head(ticket), "", *_clocks(ticket, now), "", *_ladder(ticket), *_tasks(ticket), *_missing(ticket))
    )


def _head(ticket: Ticket) -> Iterator[str]:
    covered = "" if ticket.place.covered else " · **sin cobertura de contrato**"
    recurrent = " · **reincidente**" if ticket.recurrent else ""
    yield summary(ticket)  # again: a case that continued as new has lost the one it was started with
    yield f"### {text(f'state.{ticket.state}').capitalize()} · prioridad {text(f'priority.{ticket.priority}')}"
    yield f"{text(f'type.{ticket.type}').capitalize()}{recurrent}{covered}"
    yield f"**Ingeniero:** {ticket.assignee_name or 'sin asignar'}"
    yield f"**Espera:** {text(f'waiting_for.{inbox.waiting_for(ticket)}')}"
    deadline = timers.next_deadline(ticket)
    if deadline:
        yield f"**Próximo plazo:** {_local(ticket, deadline)}"


def _clocks(ticket: Ticket, now: datetime) -> Iterator[str]:
    yield _clock(ticket, "resolution", ticket.resolution_clock, now)
    yield _clock(ticket, "first_response", ticket.first_response, now)
    yield f"\n_Tiempo hábil, calculado {_local(ticket, now)}._"


def _clock(ticket: Ticket, name: str, clock: Clock, now: datetime) -> str:
    """A list reads better than a table here: the UI leaves no room between columns."""
    seen = clock_ledger.view(clock, ticket.policy.calendar, now)
    parts = [f"**{text(f'clock.{name}').capitalize()}:** {text(f'clock_state.{seen.state}')}"]
    if seen.breached and seen.state != "breached":
        parts.append("**fuera de plazo**")
    if seen.state in ("running", "paused"):
        parts.append(f"quedan {_hours(seen.remaining_minutes)} de {_hours(seen.target_minutes)}")
    else:
        parts.append(f"usó {_hours(seen.consumed_minutes)} de {_hours(seen.target_minutes)}")
    if seen.due_at and seen.state != "met":
        parts.append(f"{'vence' if now <= seen.due_at else 'venció'} {_local(ticket, seen.due_at)}")
    return "- " + " · ".join(parts)


def _ladder(ticket: Ticket) -> Iterator[str]:
    for one in escalation.active(ticket):
        due = escalation.climb_due(ticket, one)
        by = f" · atender antes de {_local(ticket, due)}" if due else ""
        level = text(f"level.{one.level}")
        yield f"- ⚠ **Escalado** a {level}: {text(f'trigger.{one.code}')}{by}"
    if ticket.triggers and not escalation.active(ticket):
        yield f"- Escalado hasta {text(f'level.{ticket.level}')}; atendido"


def _tasks(ticket: Ticket) -> Iterator[str]:
    tasks = inbox.tasks(ticket)
    if tasks:
        yield "\n**Quién debe hacer qué**\n"
    for task in tasks:
        who = text(f"role.{task.role}") + (f" ({task.user})" if task.user else "")
        by = f", antes de {_local(ticket, task.due)}" if task.due else ""
        yield f"- {who}: {text(f'verb.{task.action}')}{by}"


def _missing(ticket: Ticket) -> Iterator[str]:
    if ticket.state not in OPEN_STATES | {State.RESOLVED}:
        return
    yield "\n**Falta para cerrar**\n"
    for fault in gates.missing(ticket, ticket.resolution):
        yield f"- {fault.message}"


def _local(ticket: Ticket, at: datetime) -> str:
    there = at.astimezone(ZoneInfo(ticket.place.timezone))
    return f"{_DAYS[there.weekday()]} {there:%d/%m/%Y %H:%M}"


def _hours(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours and rest else f"{hours} h" if hours else f"{rest} min"
