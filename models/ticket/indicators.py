"""The indicators of a period, as pure formulas over facts of its tickets (TCK-10, TCK-19).

Times and shares are of the tickets opened in the period; what has not been decided yet (a clock that still runs, an
escalation whose time is not over) is in no share. A share of nothing is None: no data.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from models.shared import clock_ledger
from models.shared.clock_ledger import Clock
from models.shared.message import Frozen
from models.ticket.types import ClosedAs, State, Ticket

PROMPT = timedelta(minutes=5)
"""An escalation is told within this of its condition, or it is late (TCK-10)."""

_ANSWERS = frozenset({"acknowledged", "resolved", "cancelled"})
"""What settles an escalation: somebody takes it, or there is nothing left to take."""


class Line(Frozen):
    """A line of the case log, as far as the indicators read it."""

    event: str
    at: datetime
    detail: dict[str, Any] = {}


class Escalation(Frozen):
    """One level that was told. `answered` is None while there is still time and nobody has acknowledged."""

    prompt: bool
    answered: bool | None


class Fact(Frozen):
    """One ticket as it is counted. Minutes are business minutes, None while the clock was not met."""

    client: str
    type: str
    priority: str
    cancelled: bool
    resolved: bool
    first_response: int | None = None
    first_response_in_time: bool | None = None
    resolution: int | None = None
    resolution_in_time: bool | None = None
    over_limit: bool = False
    escalations: tuple[Escalation, ...] = ()
    first_contact: bool = False
    recurrent: bool = False
    misclassified: bool = False
    unconfirmed: bool = False
    overridden: bool = False
    predicted: bool = False
    score: int | None = None


class Times(Frozen):
    """Business minutes of those that have them: the middle one, and the one that nine of ten do not exceed."""

    count: int
    median_minutes: int | None
    p90_minutes: int | None
    in_time_percent: float | None


class Escalated(Frozen):
    """`tickets` with any escalation; of each level told: acknowledged in time, and correct (in time told too)."""

    tickets: int
    levels: int
    acknowledged_in_time_percent: float | None
    correct_percent: float | None


class Indicators(Frozen):
    opened: int
    closed: int
    open: int
    cancelled: int
    first_response: Times
    resolution: Times
    over_24h: int
    escalated: Escalated
    first_contact_percent: float | None
    recurrent: int
    misclassified: int
    unconfirmed: int
    overridden: int
    predicted_breaches: int
    satisfaction: float | None
    surveyed: int


def fact(ticket: Ticket, log: Sequence[Line], now: datetime) -> Fact:
    """What a ticket counts as at `now`; `log` are its lines, in order."""
    resolved = ticket.resolution is not None
    until = ticket.resolution.at if ticket.resolution else ticket.closed_at or now
    solved = ticket.resolution is not None and ticket.resolution.first_contact
    return Fact(
        client=ticket.place.client,
        type=ticket.type,
        priority=ticket.priority,
        cancelled=ticket.state is State.CANCELLED,
        resolved=resolved,
        **_of_clock(ticket, ticket.first_response, "first_response", now),
        **_of_clock(ticket, ticket.resolution_clock, "resolution", now),
        over_limit=until - ticket.opened_at > timedelta(seconds=ticket.policy.open_limit),
        escalations=escalations(log, now),
        first_contact=solved and not ticket.rejections and not ticket.reopened,
        recurrent=ticket.recurrent,
        misclassified=ticket.misclassified > 0,
        unconfirmed=ticket.closed_as is ClosedAs.UNCONFIRMED,
        overridden=ticket.override is not None,
        predicted=ticket.predicted,
        score=ticket.satisfaction.score if ticket.satisfaction else None,
    )


def _of_clock(ticket: Ticket, clock: Clock, name: str, now: datetime) -> dict[str, Any]:
    shown = clock_ledger.view(clock, ticket.policy.calendar, now)
    met = clock.met_at is not None
    decided = met or shown.breached
    return {
        name: shown.consumed_minutes if met else None,
        f"{name}_in_time": not shown.breached if decided else None,
    }


def escalations(log: Sequence[Line], now: datetime) -> tuple[Escalation, ...]:
    """Every level that was told, the daily repetitions at the top left out.

    A first level is told of its condition; a higher one when the time of the one below it, or the date it promised,
    has passed.
    """
    told: dict[tuple[str, str, str], str] = {}
    found = []
    for i, line in enumerate(log):
        detail = line.detail
        if line.event != "escalated" or detail.get("repeated"):
            continue
        one = (detail["trigger"], detail.get("reason", ""), detail["condition_at"])
        condition = detail.get("missed") or told.get(one) or detail["condition_at"]
        told[one] = detail["acknowledge_by"]
        by = datetime.fromisoformat(detail["acknowledge_by"])
        prompt = line.at - datetime.fromisoformat(condition) <= PROMPT
        found.append(Escalation(prompt=prompt, answered=_answered(log[i + 1 :], by, now)))
    return tuple(found)


def _answered(later: Sequence[Line], by: datetime, now: datetime) -> bool | None:
    answer = next((line.at for line in later if line.event in _ANSWERS), None)
    if answer is None:
        return None if now <= by else False
    return answer <= by


def measure(facts: Sequence[Fact], closed: int = 0, still_open: int = 0) -> Indicators:
    """The indicators of the tickets opened in a period, with how many were closed in it and open at its end.

    Those opened by mistake are counted and nothing else.
    """
    counted = [one for one in facts if not one.cancelled]
    scores = [one.score for one in counted if one.score is not None]
    return Indicators(
        opened=len(facts),
        closed=closed,
        open=still_open,
        cancelled=len(facts) - len(counted),
        first_response=_times(
            [one.first_response for one in counted], [one.first_response_in_time for one in counted]
        ),
        resolution=_times([one.resolution for one in counted], [one.resolution_in_time for one in counted]),
        over_24h=sum(one.over_limit for one in counted),
        escalated=_escalated(counted),
        first_contact_percent=percent(one.first_contact for one in counted if one.resolved),
        recurrent=sum(one.recurrent for one in counted),
        misclassified=sum(one.misclassified for one in counted),
        unconfirmed=sum(one.unconfirmed for one in counted),
        overridden=sum(one.overridden for one in counted),
        predicted_breaches=sum(one.predicted for one in counted),
        satisfaction=round(sum(scores) / len(scores), 1) if scores else None,
        surveyed=len(scores),
    )


def _times(minutes: Iterable[int | None], in_time: Iterable[bool | None]) -> Times:
    known = sorted(one for one in minutes if one is not None)
    return Times(
        count=len(known),
        median_minutes=rank(known, 50),
        p90_minutes=rank(known, 90),
        in_time_percent=percent(one for one in in_time if one is not None),
    )


def _escalated(counted: Sequence[Fact]) -> Escalated:
    levels = [level for one in counted for level in one.escalations]
    decided = [level for level in levels if level.answered is not None]
    return Escalated(
        tickets=sum(bool(one.escalations) for one in counted),
        levels=len(levels),
        acknowledged_in_time_percent=percent(bool(level.answered) for level in decided),
        correct_percent=percent(bool(level.answered) and level.prompt for level in decided),
    )


def rank(ordered: Sequence[int], share: int) -> int | None:
    """The smallest value that at least `share` per cent do not exceed (nearest rank); None without values."""
    return ordered[max(0, -(-len(ordered) * share // 100) - 1)] if ordered else None


def percent(among: Iterable[bool]) -> float | None:
    """How many of them hold, in per cent with one decimal; None when there are none."""
    held = list(among)
    return round(100 * sum(held) / len(held), 1) if held else None
