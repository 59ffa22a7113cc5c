"""From the calendar people write to the one a case records: time zones and holidays are looked up here (GEN-07).

This is the only place that knows the libraries behind them. It runs where a case is opened, never in a workflow.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from models.shared.calendar import EPOCH, Calendar, CalendarSpec, Windows, windows_of
from models.shared.errors import Fault, Invalid

_FIRST_DAY = EPOCH.date()
_EARLIEST, _LATEST = 1971, 9_000


def compile_calendar(spec: CalendarSpec, first_year: int, years: int = 4) -> Calendar:
    """The calendar of `years` years from `first_year` on, a day more on either side.

    Mexico's holidays are those of the Federal Labour Law, with the ones moved to Monday and the change of federal
    power. Years no time zone data could know are moved into the range it covers. `Invalid` names a time zone that
    does not exist.
    """
    return _compiled(spec.model_dump_json(), min(max(first_year, _EARLIEST), _LATEST), years)


@lru_cache(maxsize=256)
def _compiled(written: str, first_year: int, years: int) -> Calendar:
    spec = CalendarSpec.model_validate_json(written)
    first = date(first_year, 1, 1) - timedelta(days=1)
    last = date(first_year + years, 1, 1)
    week = spec.week()
    own: dict[date, Windows] = dict.fromkeys(_holidays(spec, first, last), ())
    own |= {day: windows_of(windows) for day, windows in spec.exceptions.items() if first <= day <= last}
    differing = [(day, own[day]) for day in sorted(own) if own[day] != week[day.weekday()]]
    return Calendar(
        week=week,
        closed=tuple((day - _FIRST_DAY).days for day, windows in differing if not windows),
        special=tuple(((day - _FIRST_DAY).days, windows) for day, windows in differing if windows),
        offsets=tuple(_offsets(_zone(spec.timezone), first, last)),
    )


def _holidays(spec: CalendarSpec, first: date, last: date) -> list[date]:
    if spec.holidays is None:
        return []
    if spec.holidays == "MX":
        official = holidays.country_holidays("MX", years=range(first.year, last.year + 1))
        return sorted(day for day in official if first <= day <= last)
    return sorted(day for day in spec.holidays if first <= day <= last)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        message = f"No existe la zona horaria «{name}»"
        raise Invalid(
            message, faults=[Fault(code="unknown_timezone", message=message, path="timezone")]
        ) from error


def _offsets(zone: ZoneInfo, first: date, last: date) -> Iterator[tuple[int, int]]:
    """Each change of the offset: found day by day, then to the second by halving."""

    def offset(epoch: int) -> int:
        local = (EPOCH + timedelta(seconds=epoch)).astimezone(zone)
        return (local.replace(tzinfo=UTC) - EPOCH) // timedelta(seconds=1) - epoch

    # Two days more than the dates, because local days begin up to a day away from UTC's.
    low = int(datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp()) - 86_400
    end = int(datetime(last.year, last.month, last.day, tzinfo=UTC).timestamp()) + 2 * 86_400
    yield low, offset(low)
    while low < end:
        high = low + 86_400
        before, after = offset(low), offset(high)
        if before != after:
            since, until = low, high
            while until - since > 1:
                middle = (since + until) // 2
                since, until = (middle, until) if offset(middle) == before else (since, middle)
            yield until, after
        low = high
