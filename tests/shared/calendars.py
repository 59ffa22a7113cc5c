"""Written calendars with everything that is hard about business time, and a year or two of each in the oracle."""

from datetime import UTC, date, datetime
from functools import cache

from models.shared.calendar import Calendar, CalendarSpec
from models.shared.calendar_compiler import compile_calendar
from tests.shared.oracle import Oracle, WrittenCalendar

WORKWEEK = ("mon", "tue", "wed", "thu", "fri")
MEXICO = WrittenCalendar("America/Mexico_City", {day: ["09:00-18:00"] for day in WORKWEEK}, "MX")

WRITTEN: dict[str, WrittenCalendar] = {
    "business in Mexico": MEXICO,
    "around the clock": WrittenCalendar("UTC", "all"),
    "around the clock but on holidays": WrittenCalendar("America/Mexico_City", "all", "MX"),
    "two windows a day and a short Saturday": WrittenCalendar(
        "America/Mexico_City",
        {**{day: ["16:00-19:30", "08:15-13:45"] for day in WORKWEEK}, "sat": ["09:00-13:00"]},
        "MX",
        {
            date(2030, 5, 1): ["10:00-14:00"],
            date(2030, 10, 3): [],
            date(2030, 10, 6): ["00:00-02:00", "22:00-24:00"],
        },
    ),
    "nights at the border": WrittenCalendar(
        "America/Tijuana",
        {day: ["00:00-05:00", "21:00-24:00"] for day in (*WORKWEEK, "sat", "sun")},
        "MX",
    ),
    "one hour that is skipped and repeated in Madrid": WrittenCalendar(
        "Europe/Madrid", {"sun": ["02:10-02:50", "03:00-03:20"], "mon": ["23:00-24:00"]}, [date(2030, 6, 10)]
    ),
    "half an hour of change on an island": WrittenCalendar(
        "Australia/Lord_Howe", {"sun": ["00:00-04:00"], "wed": ["09:00-17:00"]}
    ),
}

FIRST = datetime(2029, 12, 31, tzinfo=UTC)
LAST = datetime(2031, 6, 1, tzinfo=UTC)
"""Holds the change of federal power of 1 October 2030 and three changes of clocks."""


@cache
def compiled(name: str) -> Calendar:
    return compile_calendar(CalendarSpec.model_validate(WRITTEN[name].as_policy()), 2030)


@cache
def counted(name: str) -> Oracle:
    return Oracle(WRITTEN[name], FIRST, LAST)
