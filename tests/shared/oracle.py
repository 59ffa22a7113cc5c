"""Business time counted minute by minute, written from the requirement alone (GEN-07).

It shares nothing with the product: the time zone comes from `zoneinfo` for each single minute, the holidays from rules
written out here, and every answer from counting flags. It is right for whole minutes, which all of its inputs must be.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def mexican_holidays(year: int) -> list[date]:
    """Article 74 of the Federal Labour Law, as in force since 2024."""

    def monday(month: int, which: int) -> date:
        mondays = [day for day in range(1, 29) if date(year, month, day).weekday() == 0]
        return date(year, month, mondays[which - 1])

    fixed = [date(year, 1, 1), date(year, 5, 1), date(year, 9, 16), date(year, 12, 25)]
    moved = [monday(2, 1), monday(3, 3), monday(11, 3)]
    new_president = [date(year, 10, 1)] if year >= 2024 and (year - 2024) % 6 == 0 else []
    return fixed + moved + new_president


@dataclass(frozen=True)
class WrittenCalendar:
    """A calendar in the words of the policy, read by hand."""

    timezone: str
    windows: str | Mapping[str, Sequence[str]]
    holidays: str | Sequence[date] | None = None
    exceptions: Mapping[date, Sequence[str]] | None = None

    def as_policy(self) -> dict[str, object]:
        return {
            "timezone": self.timezone,
            "holidays": self.holidays,
            "windows": self.windows,
            "exceptions": self.exceptions or {},
        }

    def windows_on(self, day: date) -> Sequence[str]:
        if self.exceptions and day in self.exceptions:
            return self.exceptions[day]
        holidays = mexican_holidays(day.year) if self.holidays == "MX" else self.holidays or []
        if day in holidays:
            return []
        return (
            ["00:00-24:00"] if isinstance(self.windows, str) else self.windows.get(_DAYS[day.weekday()], [])
        )

    def open_minutes_on(self, day: date) -> bytearray:
        flags = bytearray(1440)
        for window in self.windows_on(day):
            start, end = (int(clock[:2]) * 60 + int(clock[3:]) for clock in window.split("-"))
            for minute in range(start, end):
                flags[minute] = 1
        return flags


class Oracle:
    """Every minute of a span of time, open or not."""

    def __init__(self, calendar: WrittenCalendar, first: datetime, last: datetime) -> None:
        self.first = first
        zone = ZoneInfo(calendar.timezone)
        days: dict[date, bytearray] = {}
        self.open = bytearray()
        self.before = [0]
        for number in range((last - first) // MINUTE):
            local = (first + number * MINUTE).astimezone(zone)
            day = local.date()
            if day not in days:
                days[day] = calendar.open_minutes_on(day)
            flag = days[day][local.hour * 60 + local.minute]
            self.open.append(flag)
            self.before.append(self.before[-1] + flag)

    def _number(self, at: datetime) -> int:
        number, rest = divmod(at - self.first, MINUTE)
        assert not rest
        assert 0 <= number <= len(self.open)
        return number

    def at(self, number: int) -> datetime:
        return self.first + number * MINUTE

    def measure(self, start: datetime, end: datetime) -> int:
        """Open minutes in [start, end)."""
        return self.before[self._number(end)] - self.before[self._number(start)]

    def is_open(self, at: datetime) -> bool:
        return bool(self.open[self._number(at)])

    def add(self, start: datetime, minutes: int) -> datetime:
        """The end of the minute that completes the budget."""
        begin = self._number(start)
        return self.at(bisect_left(self.before, self.before[begin] + minutes, begin))

    def next_open(self, at: datetime) -> datetime:
        return self.at(self.open.index(1, self._number(at)))

    def preview(
        self,
        budget: int,
        opened: datetime,
        pauses: Iterable[tuple[datetime, datetime | None]],
        at: datetime,
    ) -> tuple[datetime | None, int, int]:
        """When a budget in minutes is due, what is consumed and what remains at `at`, minute by minute."""
        begin, now = self._number(opened), self._number(at)
        running = bytearray(self.open[begin:now])
        lasting = False
        for since, to in pauses:
            lasting = lasting or (to is None and since <= at)
            first = max((since - opened) // MINUTE, 0)
            end = now - begin if to is None else min((to - opened) // MINUTE, now - begin)
            if end > first:
                running[first:end] = bytes(end - first)
        consumed = sum(running)
        due: datetime | None = None
        if not lasting:
            due = (
                opened + _position_of(running, budget) * MINUTE
                if consumed >= budget
                else self.add(at, budget - consumed)
            )
        return due, consumed, max(budget - consumed, 0)


def _position_of(flags: bytearray, wanted: int) -> int:
    """How many flags it takes to see `wanted` ones."""
    seen = position = 0
    while seen < wanted:
        seen += flags[position]
        position += 1
    return position
