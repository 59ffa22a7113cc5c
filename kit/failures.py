"""A refusal of the domain crosses the engine whole: its kind, code, sentence and complete list (GEN-04).

By default the SDK keeps only the class name and the text, and both in the clear. Here the text and the stack are
encrypted with everything else (GEN-15), and a client gets back the `DomainError` that was raised.
"""

from typing import Any

from pydantic import ValidationError
from temporalio.api.failure.v1 import Failure
from temporalio.converter import DefaultFailureConverterWithEncodedAttributes, PayloadConverter
from temporalio.exceptions import ApplicationError

from models.shared.errors import KINDS, DomainError, Fault
from models.shared.message import Frozen


class Refusal(Frozen):
    """What of a `DomainError` travels in a failure's details. The kind is the failure's type."""

    code: str
    message: str
    faults: tuple[Fault, ...] = ()


class DomainFailureConverter(DefaultFailureConverterWithEncodedAttributes):
    """Raised in a validator, a handler, a workflow or an activity, a refusal is final: it is never retried."""

    def to_failure(
        self, exception: BaseException, payload_converter: PayloadConverter, failure: Failure
    ) -> None:
        if isinstance(exception, DomainError):
            exception = _carried(exception)
        super().to_failure(exception, payload_converter, failure)


def _carried(error: DomainError) -> ApplicationError:
    kind = next((cls.__name__ for cls in type(error).__mro__ if cls in KINDS.values()), "DomainError")
    refusal = Refusal(code=error.code, message=error.message, faults=error.faults)
    carried = ApplicationError(error.message, refusal.model_dump(mode="json"), type=kind, non_retryable=True)
    carried.__traceback__ = error.__traceback__
    carried.__cause__ = error.__cause__
    return carried


def domain_error(error: BaseException | None) -> DomainError | None:
    """The refusal behind an engine error (`WorkflowUpdateFailedError`, `ActivityError`…), or None if there is none."""
    while error is not None:
        if isinstance(error, DomainError):
            return error
        if isinstance(error, ApplicationError) and error.type in KINDS:
            found = _rebuilt(error.type, error.details[0] if error.details else None)
            if found is not None:
                return found
        error = error.__cause__ or getattr(error, "cause", None)
    return None


def _rebuilt(kind: str, detail: Any) -> DomainError | None:
    try:
        refusal = Refusal.model_validate(detail)
    except ValidationError:
        return None
    return KINDS[kind](refusal.message, code=refusal.code, faults=refusal.faults)
