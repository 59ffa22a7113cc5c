"""Durations as policy writes them: "30m", "2h", "3d" (GEN-06).

Minutes and hours are exact seconds. A "d" stays a day, because what a day is depends on where it stands: business
days of a calendar (`after`) or plain days of the wall clock (`wall`).
"""

import re
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, GetJsonSchemaHandler, model_serializer, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from models.shared.calendar import Calendar
from models.shared.message import Frozen

_WRITTEN = re.compile(r"(\d{1,5})([mhd])", re.ASCII)
_SECONDS = {"m": 60, "h": 3_600, "d": 86_400}


class Duration(Frozen):
    """A positive or zero length of time, read from and written as its policy text."""

    amount: int
    unit: Literal["m", "h", "d"]

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: Any) -> Any:
        if isinstance(value, Duration):
            return value
        found = _WRITTEN.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            raise PydanticCustomError(
                "duration", "Una duración se escribe con minutos, horas o días: 30m, 2h o 3d"
            )
        return {"amount": int(found[1]), "unit": found[2]}

    @model_serializer
    def _write(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return f"{self.amount}{self.unit}"

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "pattern": r"^\d{1,5}[mhd]$", "examples": ["30m", "2h", "3d"]}

    @property
    def seconds(self) -> int:
        """Its seconds; a day counts as 24 hours of the wall clock."""
        return self.amount * _SECONDS[self.unit]

    @property
    def in_days(self) -> bool:
        return self.unit == "d"

    def wall(self) -> timedelta:
        """The same by the wall clock, whatever the calendar."""
        return timedelta(seconds=self.seconds)

    def after(self, start: datetime, calendar: Calendar) -> datetime:
        """Where it ends when counted in business time (minutes, hours) or in business days (GEN-07)."""
        return calendar.add_days(start, self.amount) if self.in_days else calendar.add(start, self.seconds)


def duration(written: str) -> Duration:
    """The duration that `written` says; a `ValidationError` if it says none."""
    return Duration.model_validate(written)


def _not_in_days(value: Duration) -> Duration:
    if value.in_days:
        raise PydanticCustomError("duration_in_days", "Aquí la duración va en minutos u horas: 30m o 2h")
    return value


WorkingTime = Annotated[Duration, AfterValidator(_not_in_days)]
"""A duration in minutes or hours alone, as a clock's budget must be: a business day has no fixed length."""
