"""What is wrong with the shape of a file, in Spanish: pydantic's findings with the path a person would write (GEN-13)."""

from collections.abc import Sequence
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_core.core_schema import ErrorType

from models.shared.errors import Fault

_SHAPES = {
    "missing": "falta este dato",
    "extra_forbidden": "este campo no existe",
    "string_type": "se esperaba un texto",
    "string_too_short": "no puede quedar vacío",
    "string_too_long": "es más largo de lo permitido ({max_length} caracteres)",
    "string_pattern_mismatch": "no tiene la forma esperada ({pattern})",
    "int_type": "se esperaba un número entero",
    "int_parsing": "se esperaba un número entero",
    "int_from_float": "se esperaba un número entero",
    "decimal_type": "se esperaba un número",
    "decimal_parsing": "se esperaba un número",
    "decimal_max_places": "tiene más de {decimal_places} decimales",
    "decimal_max_digits": "es un número demasiado largo",
    "greater_than": "debe ser mayor que {gt}",
    "greater_than_equal": "debe ser {ge} o más",
    "less_than": "debe ser menor que {lt}",
    "less_than_equal": "debe ser {le} o menos",
    "literal_error": "debe ser uno de: {expected}",
    "enum": "debe ser uno de: {expected}",
    "too_short": "no puede quedar vacío",
    "too_long": "es más largo de lo permitido ({max_length})",
    "tuple_type": "se esperaba una lista",
    "list_type": "se esperaba una lista",
    "dict_type": "se esperaba una tabla de campos con su valor",
    "model_type": "se esperaba una tabla de campos con su valor",
    "timezone_aware": "a la fecha y hora le falta su zona (por ejemplo -06:00)",
    "value_error": "{error}",
}
_DATES = ("date_", "datetime_")
_BUILT_IN = frozenset(get_args(ErrorType))
"""Pydantic's own kinds of error; the others are ours and bring their Spanish sentence."""


def faults(error: ValidationError, within: str = "") -> list[Fault]:
    """Everything that pydantic found, `within` being the place of what was validated."""
    return [_fault(found, within) for found in error.errors(include_url=False)]


def place(location: Sequence[int | str]) -> str:
    """A location of pydantic's as a person writes it: `clients[3].rfc`."""
    path = ""
    for step in location:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else step
    return path


def _fault(error: ErrorDetails, within: str) -> Fault:
    location = (within, *error["loc"]) if within else error["loc"]
    return Fault(code=error["type"], message=sentence(error), path=place(location))


def sentence(error: ErrorDetails) -> str:
    """What one finding says, in Spanish."""
    kind = error["type"]
    values: dict[str, Any] = dict(error.get("ctx") or {})
    if kind in _SHAPES:
        return _SHAPES[kind].format(**values)
    if kind.startswith(_DATES):
        return "se esperaba una fecha como 2031-03-31, con hora y zona si la lleva"
    return "no es un valor válido" if kind in _BUILT_IN else error["msg"]
