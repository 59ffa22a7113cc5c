"""What the domain refuses, and how it says so. It knows neither HTTP nor Temporal.

DomainError
├── GateNotMet   a gate lists all that is missing (GEN-04)
├── NotNow       the case is in a state in which this cannot be done
├── NotAllowed   the role, or the person, may not do this (GEN-11)
├── Unknown      what is named does not exist
└── Invalid      what was said is wrong or contradicts itself (GEN-13)
"""

from collections.abc import Sequence

from models.shared.message import Frozen


class Fault(Frozen):
    """One thing that is missing or wrong: a code, a Spanish sentence and, where it has one, its path."""

    code: str
    message: str
    path: str = ""


class DomainError(Exception):
    """A refusal. `code` is stable, `message` is the Spanish sentence, `faults` the complete list."""

    code = "domain_error"

    def __init__(self, message: str, *, code: str = "", faults: Sequence[Fault] = ()) -> None:
        super().__init__(message)
        self.code = code or type(self).code
        self.message = message
        self.faults = tuple(faults)


class GateNotMet(DomainError):
    code = "gate_not_met"


class NotNow(DomainError):
    code = "not_now"


class NotAllowed(DomainError):
    code = "not_allowed"


class Unknown(DomainError):
    code = "unknown"


class Invalid(DomainError):
    code = "invalid"


KINDS: dict[str, type[DomainError]] = {
    kind.__name__: kind for kind in (DomainError, GateNotMet, NotNow, NotAllowed, Unknown, Invalid)
}
