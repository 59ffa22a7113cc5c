"""What the clocks of a case would be, without opening one: `POST /sla/preview` (TCK-05)."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import Field

from models.shared.calendar import Calendar, to_instant
from models.shared.clock_ledger import Clock, pause, resume, start, view
from models.shared.errors import Fault, Invalid
from models.shared.message import Frozen, Strict

_YEARS = range(1971, 2500)
_BACKWARDS = "Debe ser igual o posterior a la apertura (opened_at)"
_INVERTED = "La pausa termina antes de empezar"
_OUT_OF_RANGE = f"El año debe estar entre {_YEARS[0]} y {_YEARS[-1]}"


class Targets(Frozen):
    """The budgets of the two clocks, in business seconds."""

    first_response: int
    resolution: int


class PauseSpan(Strict):
    """A pause in [from, to); `to: null` is a pause that still lasts."""

    since: datetime = Field(alias="from")
    to: datetime | None


class ClockPreview(Frozen):
    """One clock at the time asked for. `due_at` is null while it is paused; minutes are whole, floored."""

    due_at: datetime | None
    consumed_minutes: int
    remaining_minutes: int


class Preview(Frozen):
    first_response: ClockPreview
    resolution: ClockPreview


def preview(
    targets: Targets, calendar: Calendar, opened_at: datetime, pauses: Sequence[PauseSpan], at: datetime
) -> Preview:
    """Both clocks at `at`, neither of them met.

    Pauses touch resolution alone, overlaps count once, what lies before the opening or after `at` does not count: a
    pause with an end after `at` is taken to end at `at`. `Invalid` lists every time that contradicts another.
    """
    _check(opened_at, pauses, at)
    opened, now = to_instant(opened_at), to_instant(at)
    first_response = start(targets.first_response, opened, "opened")
    resolution = _paused(start(targets.resolution, opened, "opened"), pauses, now)
    return Preview(
        first_response=_shown(first_response, calendar, now), resolution=_shown(resolution, calendar, now)
    )


def _check(opened_at: datetime, pauses: Sequence[PauseSpan], at: datetime) -> None:
    faults = [
        Fault(code="out_of_range", message=_OUT_OF_RANGE, path=path)
        for path, instant in (("opened_at", opened_at), ("at", at))
        if instant.year not in _YEARS
    ]
    if at < opened_at:
        faults.append(Fault(code="before_opening", message=_BACKWARDS, path="at"))
    faults += [
        Fault(code="pause_inverted", message=_INVERTED, path=f"pauses.{index}.to")
        for index, span in enumerate(pauses)
        if span.to is not None and span.to < span.since
    ]
    if faults:
        raise Invalid("Los tiempos se contradicen", code="preview_times", faults=faults)


def _paused(clock: Clock, pauses: Sequence[PauseSpan], now: datetime) -> Clock:
    """The clock after the pauses known at `now`, clipped to its life and joined."""
    opened = clock.segments[0].since
    lasts = any(span.to is None and span.since <= now for span in pauses)
    joined: list[tuple[datetime, datetime]] = []
    for since, to in sorted(_clipped(span, opened, now) for span in pauses if span.since <= now):
        if joined and since <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], to))
        elif since <= to:
            joined.append((since, to))
    for since, to in joined:
        clock = resume(pause(clock, since, "pause"), to, "running")
    return pause(clock, now, "pause") if lasts else clock


def _clipped(span: PauseSpan, opened: datetime, now: datetime) -> tuple[datetime, datetime]:
    to = now if span.to is None else min(to_instant(span.to), now)
    return max(to_instant(span.since), opened), to


def _shown(clock: Clock, calendar: Calendar, now: datetime) -> ClockPreview:
    shown = view(clock, calendar, now)
    return ClockPreview(
        due_at=shown.due_at,
        consumed_minutes=shown.consumed_minutes,
        remaining_minutes=shown.remaining_minutes,
    )
