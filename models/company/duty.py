"""Who is at work: shifts and absences, against which an engineer is proposed (TCK-07)."""

from datetime import datetime
from typing import Any

from pydantic import ValidationError

from models.company.types import Engineer
from models.shared.calendar import WEEKDAYS, CalendarSpec
from models.shared.calendar_compiler import compile_calendar
from models.shared.policy import Policy


def absent(engineer: Engineer, at: datetime) -> bool:
    """Whether an absence was entered for that instant; its end is outside it."""
    return any(absence.starts_at <= at < absence.ends_at for absence in engineer.absences)


def on_shift(shift: str, at: datetime, of: Policy) -> bool:
    """Whether the shift is on at that instant.

    A shift is the name of a calendar, or hours of the ticket's calendar's days ("08:00-16:00", several with `;`);
    none means that calendar itself. Any other word names hours the policy does not know: they are not held against
    the engineer.
    """
    spec = of.calendars.get(shift or of.ticket.calendar) or _hours(shift, of.calendars[of.ticket.calendar])
    return spec is None or compile_calendar(spec, at.year, years=1).is_open(at)


def is_shift(shift: str, of: Policy) -> bool:
    """Whether it says when somebody works: a calendar of the policy, or hours; empty is the ticket's own calendar."""
    base = of.calendars[of.ticket.calendar]
    return not shift or shift in of.calendars or _hours(shift, base) is not None


def _hours(shift: str, base: CalendarSpec) -> CalendarSpec | None:
    hours = tuple(part.strip() for part in shift.split(";"))
    days = {day: hours for day, windows in zip(WEEKDAYS, base.week(), strict=True) if windows}
    fields: dict[str, Any] = {"timezone": base.timezone, "holidays": base.holidays, "windows": days}
    try:
        return CalendarSpec.model_validate(fields)
    except ValidationError:
        return None
