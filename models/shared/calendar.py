"""Business time (GEN-07): the calendar people write, and the compiled one a case records.

An instant is business time when its local wall time (UTC plus the offset then in force) lies in a window of its
local date. An exception replaces the windows of its date; a holiday closes its date unless an exception says
otherwise. Clock changes follow from that: a window in the hour that is skipped does not happen, a window in the
hour that is repeated happens twice.

Pure and deterministic: time zones and holidays change with libraries, so `calendar_compiler` looks them up once and
a case keeps what it found. Instants are UTC, whole seconds; what is below a second is cut off.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    TypeAdapter,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from models.shared.message import Frozen, Strict

DAY = 86_400
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WHOLE_DAY = ((0, 1_440),)

Windows = tuple[tuple[int, int], ...]
"""The windows of one day, in order: minutes since local midnight, the end excluded."""

_WINDOW = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|(24):(00))", re.ASCII)


def to_instant(at: datetime) -> datetime:
    """`at` in UTC and whole seconds; a time without a zone is a programming error (`TypeError`)."""
    return _instant(_epoch(at))


def _epoch(at: datetime) -> int:
    return (at - EPOCH) // timedelta(seconds=1)


def _instant(epoch: int) -> datetime:
    return EPOCH + timedelta(seconds=epoch)


# --- What people write -------------------------------------------------------------------------------------------


def minutes_of(window: str) -> tuple[int, int]:
    """The start and end of "09:00-18:00" in minutes since midnight."""
    found = _WINDOW.fullmatch(window)
    if found is None:
        raise PydanticCustomError("window_form", "Un horario se escribe HH:MM-HH:MM, por ejemplo 09:00-18:00")
    start_hour, start_minute, end_hour, end_minute = (part for part in found.groups() if part is not None)
    return int(start_hour) * 60 + int(start_minute), int(end_hour) * 60 + int(end_minute)


def _ends_after_it_starts(window: str) -> str:
    start, end = minutes_of(window)
    if start >= end:
        raise PydanticCustomError("window_inverted", "El horario termina antes de empezar")
    return window


def _apart(windows: tuple[str, ...]) -> tuple[str, ...]:
    spans = sorted(minutes_of(window) for window in windows)
    if any(later[0] < earlier[1] for earlier, later in pairwise(spans)):
        raise PydanticCustomError("windows_overlap", "Los horarios del día se enciman")
    return windows


Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DayWindows = Annotated[
    tuple[Annotated[str, AfterValidator(_ends_after_it_starts)], ...], AfterValidator(_apart)
]
Week = dict[Weekday, DayWindows]


def _word_or(
    word: str | None, form: Any, complaint: str
) -> Callable[[Any, ValidatorFunctionWrapHandler], Any]:
    """Reads either `word` or `form`, so that an error has the plain path of what was written."""
    adapter = TypeAdapter[Any](form)

    def read(value: Any, _: ValidatorFunctionWrapHandler) -> Any:
        if value is None or isinstance(value, str):
            if value == word or (value is None and form is not Week):
                return value
            raise PydanticCustomError("calendar_word", complaint)
        return adapter.validate_python(value)

    return read


_HOLIDAYS = "Los días festivos son MX, una lista de fechas o nada"
_WINDOWS = "Los horarios son all o una lista por día de la semana"


def _opens_every_week(windows: Literal["all"] | Week) -> Literal["all"] | Week:
    if windows != "all" and not any(windows.values()):
        raise PydanticCustomError("calendar_never_open", "El calendario no abre ningún día de la semana")
    return windows


class CalendarSpec(Strict):
    """A calendar as policy writes it. Whether its time zone exists is found when it is compiled."""

    timezone: str
    holidays: Annotated[
        Literal["MX"] | tuple[date, ...] | None, WrapValidator(_word_or("MX", tuple[date, ...], _HOLIDAYS))
    ] = None
    windows: Annotated[
        Literal["all"] | Week,
        WrapValidator(_word_or("all", Week, _WINDOWS)),
        AfterValidator(_opens_every_week),
    ]
    exceptions: dict[date, DayWindows] = Field(default_factory=dict)

    def week(self) -> tuple[Windows, ...]:
        """The windows of Monday to Sunday."""
        if self.windows == "all":
            return (_WHOLE_DAY,) * 7
        return tuple(windows_of(self.windows.get(day, ())) for day in WEEKDAYS)


def windows_of(written: tuple[str, ...]) -> Windows:
    """A day's windows in order."""
    return tuple(sorted(minutes_of(window) for window in written))


# --- What a case records -----------------------------------------------------------------------------------------


class Calendar(Frozen):
    """A compiled calendar: plain numbers, a few hundred bytes, the same result for ever.

    Outside the years it was compiled for nothing fails: windows go on, there are no holidays or exceptions, and the
    first or the last offset stays in force.
    """

    week: tuple[Windows, ...]
    """Monday to Sunday."""
    closed: tuple[int, ...] = ()
    """Days, counted from 1970-01-01, on which the windows of the week do not apply, in order."""
    special: tuple[tuple[int, Windows], ...] = ()
    """Days with windows of their own, in order."""
    offsets: tuple[tuple[int, int], ...]
    """From which second since the epoch local time is how many seconds ahead of UTC, in order; at least one."""

    @model_validator(mode="after")
    def _usable(self) -> Self:
        # A calendar that never opens would make `add` run for ever.
        if len(self.week) != 7 or not any(self.week) or not self.offsets:
            raise ValueError("a calendar needs seven days, a window on one of them, and an offset")
        return self

    def measure(self, start: datetime, end: datetime) -> int:
        """Business seconds in [start, end); 0 when `end` is not after `start`."""
        first, last = _epoch(start), _epoch(end)
        if last <= first:
            return 0
        return last - first if self._always else self._used(last) - self._used(first)

    def add(self, start: datetime, seconds: int) -> datetime:
        """The first instant at which `seconds` of business time are used up since `start`; 0 is `start` itself."""
        low = _epoch(start)
        if seconds <= 0 or self._always:
            return _instant(low + max(seconds, 0))
        found = self._added.get((low, seconds))
        if found is None:
            found = self._added[low, seconds] = self._search(low, seconds)
        return found

    @cached_property
    def _added(self) -> dict[tuple[int, int], datetime]:
        """What `add` found: a case asks for the same few deadlines at every step of its life."""
        return {}

    def _search(self, low: int, seconds: int) -> datetime:
        goal, step = self._used(low) + seconds, seconds
        while self._used(low + step) < goal:
            low, step = low + step, step * 2
        return _instant(low + bisect_left(range(low, low + step), goal, key=self._used))

    def add_days(self, start: datetime, days: int) -> datetime:
        """The same local time `days` business days after the day of `start`, moved forward into a window.

        A business day is one with at least one window. The day of `start` is day 0 whether it is one or not. A
        window's end is outside it: what falls on closing time moves to the next opening.
        """
        day, second = divmod(self._local(_epoch(start)), DAY)
        for _ in range(days):
            day += 1
            while not self._windows(day):
                day += 1
        return self.next_open(_instant(self._first_at(day * DAY + second)))

    def is_open(self, at: datetime) -> bool:
        day, second = divmod(self._local(_epoch(at)), DAY)
        return any(start * 60 <= second < end * 60 for start, end in self._windows(day))

    def next_open(self, at: datetime) -> datetime:
        """`at` itself when it is business time, otherwise the next opening."""
        return self.add(at, 1) - timedelta(seconds=1)

    # The business seconds "used" up to an instant are counted from an arbitrary origin in three parts: whole weeks,
    # the corrections of closed and special days, and the day itself. A difference of two such counts is a measure.

    @cached_property
    def _always(self) -> bool:
        return all(day == _WHOLE_DAY for day in self.week) and not self.closed and not self.special

    @cached_property
    def _own_days(self) -> dict[int, Windows]:
        return {**dict.fromkeys(self.closed, ()), **dict(self.special)}

    @cached_property
    def _before_weekday(self) -> tuple[int, ...]:
        return tuple(accumulate((_length(day) for day in self.week), initial=0))

    @cached_property
    def _own_days_in_order(self) -> tuple[int, ...]:
        return tuple(sorted(self._own_days))

    @cached_property
    def _corrections(self) -> tuple[int, ...]:
        changes = (
            _length(self._own_days[day]) - _length(self.week[(day + 3) % 7])
            for day in self._own_days_in_order
        )
        return tuple(accumulate(changes, initial=0))

    @cached_property
    def _shifts(self) -> tuple[int, ...]:
        """What makes the count go on without a jump where the offset changes."""
        changes = (
            self._used_locally(since + before) - self._used_locally(since + after)
            for (_, before), (since, after) in pairwise(self.offsets)
        )
        return tuple(accumulate(changes, initial=0))

    @cached_property
    def _since(self) -> tuple[int, ...]:
        return tuple(since for since, _ in self.offsets)

    def _segment(self, epoch: int) -> int:
        return max(bisect_right(self._since, epoch) - 1, 0)

    def _local(self, epoch: int) -> int:
        return epoch + self.offsets[self._segment(epoch)][1]

    def _first_at(self, local: int) -> int:
        """The first instant of that local time; when it is skipped, the instant of the skip."""
        at = local - self.offsets[0][1]
        for since, offset in self.offsets[1:]:
            if at < since:
                break
            at = max(local - offset, since)
        return at

    def _windows(self, day: int) -> Windows:
        own = self._own_days.get(day)
        return self.week[(day + 3) % 7] if own is None else own

    def _used(self, epoch: int) -> int:
        segment = self._segment(epoch)
        return self._used_locally(epoch + self.offsets[segment][1]) + self._shifts[segment]

    def _used_locally(self, local: int) -> int:
        day, second = divmod(local, DAY)
        weeks, weekday = divmod(day + 3, 7)
        today = sum(min(max(second - start * 60, 0), (end - start) * 60) for start, end in self._windows(day))
        corrections = self._corrections[bisect_left(self._own_days_in_order, day)]
        return weeks * self._before_weekday[7] + self._before_weekday[weekday] + corrections + today


def _length(windows: Windows) -> int:
    return sum(end - start for start, end in windows) * 60
