"""Every verb of a ticket under its one name: `rules.resolve(ticket, order, now) -> Step[Ticket]`.

The rules themselves live by concept: `opening`, `work`, `visits`, `parts`, `talk`, `escalation`, `closing`, `timers`.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from models.shared.case import Step
from models.ticket.closing import cancel, close, confirm, override, reject, reopen, resolve, survey
from models.ticket.escalation import acknowledge, escalate
from models.ticket.opening import assign, classify, correct, register
from models.ticket.parts import parts
from models.ticket.talk import follow_up, message, note
from models.ticket.timers import end_due, ended, next_deadline, next_wake, wake, wake_name
from models.ticket.types import Ticket
from models.ticket.visits import arrive, fail, leave, visits
from models.ticket.work import contact, diagnose, evidence, pause, resume

__all__ = [
    "acknowledge",
    "act",
    "arrive",
    "assign",
    "cancel",
    "classify",
    "close",
    "confirm",
    "contact",
    "correct",
    "diagnose",
    "end_due",
    "ended",
    "escalate",
    "evidence",
    "fail",
    "follow_up",
    "leave",
    "message",
    "next_deadline",
    "next_wake",
    "note",
    "override",
    "parts",
    "pause",
    "register",
    "reject",
    "reopen",
    "resolve",
    "resume",
    "survey",
    "visits",
    "wake",
    "wake_name",
]

AnOrder = TypeVar("AnOrder")


def act(
    rule: Callable[[Ticket, AnOrder, datetime], Step[Ticket]], ticket: Ticket, order: AnOrder, now: datetime
) -> Step[Ticket]:
    """A verb with the time around it, as one step: what was due before it, the verb, what it made due at once.

    So a breach that an idle worker slept through is in the log before the action that came after it, and raising
    the priority past its budget breaches in the same answer (TCK-05).
    """
    before = wake(ticket, now, "before")
    step = rule(before.state if before else ticket, order, now)
    after = wake(step.state, now, "after")
    parts = [one for one in (before, step, after) if one]
    return Step(
        state=parts[-1].state,
        events=tuple(event for one in parts for event in one.events),
        notices=tuple(notice for one in parts for notice in one.notices),
    )
