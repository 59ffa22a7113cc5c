"""The clocks of a case as a ledger of segments, running or paused, since when and why (TCK-05, TCK-06, TCK-14).

A clock never keeps the instant it is due: that follows from its target, its segments and the calendar of the case, so
that anyone can recompute it. A budget is used up at the first instant at which the running segments hold `target`
business seconds; a clock not met by then is overdue from the next second on, and once that was recorded it is breached
for ever. All instants are UTC and whole seconds; all functions are pure and give a new clock.

Before any action on a case the caller settles its clocks with `warnings`, which says what to tell whom; the actions
below keep a breach that was not settled yet, but they cannot announce it.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Literal

from pydantic import ConfigDict, Field

from models.shared.calendar import Calendar, to_instant
from models.shared.errors import NotNow
from models.shared.message import Frozen

Kind = Literal["running", "paused"]
_SECOND = timedelta(seconds=1)

_REFUSED = {
    "clock_paused": "El reloj ya está en pausa.",
    "clock_running": "El reloj no está en pausa.",
    "clock_met": "El reloj ya se cumplió.",
    "clock_not_met": "El reloj todavía no se cumple.",
    "clock_backwards": "El reloj no puede ir hacia atrás.",
}


class Segment(Frozen):
    """From `since` to the next segment the clock ran or was paused; `why` is a code."""

    since: datetime
    kind: Kind
    why: str


class Clock(Frozen):
    """One clock: a budget of `target` business seconds and what happened to it."""

    target: int
    segments: tuple[Segment, ...]
    met_at: datetime | None = None
    breached_at: datetime | None = None
    """The instant it was due when it was first found overdue; never cleared (TCK-06)."""
    warned: tuple[int, ...] = ()
    """The percentages already warned of, in order."""

    @property
    def paused(self) -> bool:
        return self.met_at is None and self.segments[-1].kind == "paused"


class ClockView(Frozen):
    """A clock as the API shows it. Minutes are whole, floored; what remains never goes below 0."""

    state: Literal["running", "paused", "met", "breached"]
    target_minutes: int
    consumed_minutes: int
    remaining_minutes: int
    paused_minutes: int
    due_at: datetime | None
    met_at: datetime | None
    breached: bool


class StatementLine(Frozen):
    """One segment of the statement; `to` is null while it lasts, and is then counted up to now."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", serialize_by_alias=True, validate_by_name=True, validate_by_alias=True
    )

    since: datetime = Field(alias="from")
    to: datetime | None
    kind: Kind
    why: str
    business_minutes: int


# --- What happens to a clock -------------------------------------------------------------------------------------


def start(target: int, at: datetime, why: str) -> Clock:
    """A clock of `target` business seconds that runs from `at` on."""
    return Clock(target=target, segments=(Segment(since=to_instant(at), kind="running", why=why),))


def pause(clock: Clock, at: datetime, why: str) -> Clock:
    """Stops a running clock; `NotNow` if it is paused or met."""
    _refuse(clock.met_at is not None, "clock_met")
    _refuse(clock.paused, "clock_paused")
    return _then(clock, at, "paused", why)


def resume(clock: Clock, at: datetime, why: str) -> Clock:
    """Lets a paused clock run again; `NotNow` if it is not paused."""
    _refuse(clock.met_at is not None, "clock_met")
    _refuse(not clock.paused, "clock_running")
    return _then(clock, at, "running", why)


def meet(clock: Clock, calendar: Calendar, at: datetime) -> Clock:
    """What the clock waits for happened; exactly at `due_at` is in time. `NotNow` if it was met before.

    A pause ends there too. The clock keeps what it was: met late, it has its breach at the instant it was due.
    """
    _refuse(clock.met_at is not None, "clock_met")
    running = _then(clock, at, "running", "met") if clock.paused else _not_before(clock, at)
    return _overdue(running, calendar, at).model_copy(update={"met_at": to_instant(at)})


def unmeet(clock: Clock, at: datetime, why: str) -> Clock:
    """A rejection or a reopening: it runs again, and the wait since it was met is a pause; `NotNow` if not met."""
    if clock.met_at is None:
        raise _refusal("clock_not_met")
    waited = _then(clock.model_copy(update={"met_at": None}), clock.met_at, "paused", why)
    return _then(waited, at, "running", why)


def retarget(clock: Clock, calendar: Calendar, target: int, at: datetime) -> Clock:
    """Another budget for what was consumed and paused so far (TCK-05).

    A clock already overdue under the old budget stays breached. A met clock is settled: it stays as it was judged.
    """
    if clock.met_at is not None:
        return clock
    return _overdue(clock, calendar, at).model_copy(update={"target": target})


def warnings(
    clock: Clock, calendar: Calendar, percentages: Sequence[int], now: datetime
) -> tuple[Clock, int | None, bool]:
    """Settles the clock at `now`: what was passed, the highest percentage to warn of, and whether it just breached.

    Each percentage is passed once; of several passed together only the highest is told. Nobody is warned while it is
    paused, after it was met, or after a breach (the warnings are about one to come); a change of target that puts it
    past its budget tells both at once.
    """
    if clock.met_at is not None or clock.breached_at is not None:
        return clock, None, False
    after = _overdue(clock, calendar, now)
    passed: list[int] = []
    if not clock.paused:
        used = consumed(clock, calendar, now)
        passed = [
            percent
            for percent in percentages
            if percent not in clock.warned and used >= _part(clock, percent)
        ]
    if passed:
        after = after.model_copy(update={"warned": tuple(sorted((*clock.warned, *passed)))})
    return after, max(passed, default=None), after.breached_at is not None


# --- What a clock says -------------------------------------------------------------------------------------------


def consumed(clock: Clock, calendar: Calendar, now: datetime) -> int:
    """Business seconds used up to `now`, or to when it was met."""
    return _sum(clock, calendar, now, "running")


def paused(clock: Clock, calendar: Calendar, now: datetime) -> int:
    """Business seconds paused up to `now`, or to when it was met."""
    return _sum(clock, calendar, now, "paused")


def due_at(clock: Clock, calendar: Calendar) -> datetime | None:
    """The first instant at which the budget is used up, after it was met too; None while paused."""
    return None if clock.paused else _used_up(clock, calendar, clock.target)


def breach_due(clock: Clock, calendar: Calendar) -> datetime | None:
    """The first instant at which it is overdue, a second after it is due; None when it cannot breach any more."""
    if clock.met_at is not None or clock.breached_at is not None:
        return None
    due = _used_up(clock, calendar, clock.target)
    return None if due is None else due + _SECOND


def next_wake(clock: Clock, calendar: Calendar, percentages: Sequence[int]) -> datetime | None:
    """When `warnings` will next have something to say, possibly in the past; None as long as nothing changes."""
    wakes = [breach_due(clock, calendar)]
    if wakes[0] is not None and not clock.paused:
        wakes += [
            _used_up(clock, calendar, _part(clock, percent))
            for percent in percentages
            if percent not in clock.warned
        ]
    return min((wake for wake in wakes if wake is not None), default=None)


def view(clock: Clock, calendar: Calendar, now: datetime) -> ClockView:
    """The clock at `now`. Paused goes before breached: `breached` tells that apart."""
    overdue = _overdue(clock, calendar, now)
    due = due_at(clock, calendar)
    used = consumed(clock, calendar, now)
    state: Literal["running", "paused", "met", "breached"] = "running"
    if clock.met_at is not None:
        state = "met"
    elif clock.paused:
        state = "paused"
    elif due is not None and to_instant(now) > due:
        state = "breached"
    return ClockView(
        state=state,
        target_minutes=clock.target // 60,
        consumed_minutes=used // 60,
        remaining_minutes=max(clock.target - used, 0) // 60,
        paused_minutes=paused(clock, calendar, now) // 60,
        due_at=due,
        met_at=clock.met_at,
        breached=overdue.breached_at is not None,
    )


def statement(clock: Clock, calendar: Calendar, now: datetime) -> tuple[StatementLine, ...]:
    """The whole ledger, segment by segment, up to `now` or to when it was met (TCK-14)."""
    lines = []
    for segment, until in _spans(clock):
        until = until or clock.met_at
        minutes = calendar.measure(segment.since, until or now) // 60
        lines.append(
            StatementLine(
                since=segment.since, to=until, kind=segment.kind, why=segment.why, business_minutes=minutes
            )
        )
    return tuple(lines)


# --- How it is counted -------------------------------------------------------------------------------------------


def _spans(clock: Clock) -> Iterator[tuple[Segment, datetime | None]]:
    """Each segment and where it ends; the last one is open."""
    ends = [segment.since for segment in clock.segments[1:]]
    yield from zip(clock.segments, [*ends, None], strict=True)


def _sum(clock: Clock, calendar: Calendar, now: datetime, kind: Kind) -> int:
    stop = to_instant(now if clock.met_at is None else clock.met_at)
    return sum(
        calendar.measure(segment.since, stop if until is None else min(until, stop))
        for segment, until in _spans(clock)
        if segment.kind == kind
    )


def _used_up(clock: Clock, calendar: Calendar, amount: int) -> datetime | None:
    """The first instant at which `amount` seconds are consumed; None if a pause comes first and still lasts."""
    left = amount
    for segment, until in _spans(clock):
        if segment.kind == "running":
            held = left if until is None else calendar.measure(segment.since, until)
            if left <= held:
                return calendar.add(segment.since, left)
            left -= held
    return None


def _part(clock: Clock, percent: int) -> int:
    return -(-clock.target * percent // 100)


def _overdue(clock: Clock, calendar: Calendar, now: datetime) -> Clock:
    """The clock with its breach if it is overdue at `now`."""
    breach = breach_due(clock, calendar)
    if breach is None or to_instant(now) < breach:
        return clock
    return clock.model_copy(update={"breached_at": breach - _SECOND})


def _then(clock: Clock, at: datetime, kind: Kind, why: str) -> Clock:
    """A new segment from `at` on; one that lasted no time leaves no trace."""
    since = to_instant(at)
    before = _not_before(clock, at).segments
    kept = before[:-1] if before[-1].since == since else before
    return clock.model_copy(update={"segments": (*kept, Segment(since=since, kind=kind, why=why))})


def _not_before(clock: Clock, at: datetime) -> Clock:
    _refuse(to_instant(at) < clock.segments[-1].since, "clock_backwards")
    return clock


def _refuse(condition: bool, code: str) -> None:
    if condition:
        raise _refusal(code)


def _refusal(code: str) -> NotNow:
    return NotNow(_REFUSED[code], code=code)
