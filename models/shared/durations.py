"""Durations as policy writes them: "30m", "2h", "3d" (GEN-06).

Minutes and hours are exact. A day is not: a business day has no fixed length, so days are asked for as days and
counted by the calendar, and only the wall clock takes them as 24 hours.
"""

import re

from pydantic_core import PydanticCustomError

_WRITTEN = re.compile(r"(\d{1,5})([mhd])", re.ASCII)
_SECONDS = {"m": 60, "h": 3_600, "d": 86_400}


def seconds(written: str) -> int:
    """The seconds of a duration in minutes or hours; a `ValueError` in Spanish for anything else."""
    amount, unit = _read(written)
    if unit == "d":
        raise PydanticCustomError("duration_in_days", "Aquí la duración va en minutos u horas: 30m o 2h")
    return amount * _SECONDS[unit]


def wall_seconds(written: str) -> int:
    """The seconds of a duration by the wall clock, where a day is 24 hours; a `ValueError` in Spanish otherwise."""
    amount, unit = _read(written)
    return amount * _SECONDS[unit]


def days(written: str) -> int:
    """The days of a duration in days, business or plain as its place says; a `ValueError` in Spanish otherwise."""
    amount, unit = _read(written)
    if unit != "d":
        raise PydanticCustomError("duration_not_in_days", "Aquí la duración va en días: 3d")
    return amount


def _read(written: str) -> tuple[int, str]:
    found = _WRITTEN.fullmatch(written)
    if found is None:
        raise PydanticCustomError(
            "duration", "Una duración se escribe con minutos, horas o días: 30m, 2h o 3d"
        )
    return int(found[1]), found[2]
