"""Every failure as a problem of RFC 9457, by one table (GEN-13).

    GateNotMet, NotNow 409 · NotAllowed 403 · Unknown 404 · Invalid, validation 422 · malformed JSON 400
    no or bad token 401 · engine, database or store away 503 with Retry-After · anything else 500, without internals

Texts are Spanish; `Accept-Language: en` gives English wherever the front door itself speaks.
"""

from collections.abc import Iterable
from typing import Any

import asyncpg
import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from temporalio.client import WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from activities.failures import Unavailable, database_away
from api.refusals import in_english
from api.texts import EN, ES, SENTENCES, TITLES, sentence
from kit.failures import domain_error
from models.shared import shapes
from models.shared.errors import DomainError, Fault, GateNotMet, Invalid, NotAllowed, NotNow, Unknown

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = 5
"""Seconds after which a client may try again while something is away."""

_log = structlog.get_logger(__name__)

_DOMAIN: tuple[tuple[type[DomainError], int, str], ...] = (
    (GateNotMet, 409, "gate_not_met"),
    (NotNow, 409, "not_now"),
    (NotAllowed, 403, "not_allowed"),
    (Unknown, 404, "unknown"),
    (Invalid, 422, "invalid"),
    (DomainError, 422, "invalid"),
)
_HTTP: dict[int, tuple[str, str]] = {
    404: ("unknown", "unknown_path"),
    405: ("method_not_allowed", "method_not_allowed"),
    413: ("too_large", "too_large"),
}
_AWAY_STATUS = frozenset(
    {
        RPCStatusCode.UNAVAILABLE,
        RPCStatusCode.DEADLINE_EXCEEDED,
        RPCStatusCode.RESOURCE_EXHAUSTED,
        RPCStatusCode.CANCELLED,
        RPCStatusCode.ABORTED,
    }
)


class EngineAway(Exception):
    """The engine cannot be reached; nothing was asked of it."""


class Unauthenticated(Exception):
    """Nobody, or nobody we know, is asking. `code` says which."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class ProblemFault(BaseModel):
    """One thing that is missing or wrong."""

    code: str
    message: str
    path: str = Field(default="", description="Where in what was sent, as in `contact.email` or `actions[0]`")


class Problem(BaseModel):
    """A refusal or failure (RFC 9457). `errors` lists everything, not the first."""

    type: str = Field(description="A stable URN of the kind of problem")
    title: str
    status: int
    detail: str
    errors: list[ProblemFault] = []


def language(request: Request) -> str:
    """Spanish, unless English is what the caller asks for first."""
    return EN if request.headers.get("accept-language", "").strip().lower().startswith("en") else ES


def problem(
    request: Request,
    status: int,
    kind: str,
    detail: str,
    faults: Iterable[Fault] = (),
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """The answer to a request that is refused or failed."""
    body = Problem(
        type=f"urn:postventa:problem:{kind}",
        title=TITLES[kind][language(request)],
        status=status,
        detail=detail,
        errors=[ProblemFault(code=fault.code, message=fault.message, path=fault.path) for fault in faults],
    )
    return JSONResponse(body.model_dump(), status, headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Puts the table in front of every operation."""
    table: tuple[tuple[type[Exception], Any], ...] = (
        (DomainError, _refused),
        (WorkflowUpdateFailedError, _update_failed),
        (RequestValidationError, _not_valid),
        (HTTPException, _http),
        (Unauthenticated, _unauthenticated),
        (EngineAway, _away),
        (WorkflowUpdateRPCTimeoutOrCancelledError, _away),
        (RPCError, _engine),
        (WorkflowAlreadyStartedError, _away),
        (DBAPIError, _database),
        (PoolTimeout, _away),
        (asyncpg.PostgresConnectionError, _away),
        (asyncpg.CannotConnectNowError, _away),
        (asyncpg.TooManyConnectionsError, _away),
        (asyncpg.InterfaceError, _away),
        (OSError, _away),
        (Unavailable, _away),
        (Exception, _failed),
    )
    for kind, handler in table:
        app.add_exception_handler(kind, handler)


async def _refused(request: Request, error: DomainError) -> JSONResponse:
    status, kind = next((status, kind) for cls, status, kind in _DOMAIN if isinstance(error, cls))
    detail, faults = error.message, error.faults
    if language(request) == EN:
        own = SENTENCES.get(error.code, {}).get(EN)
        detail, faults = in_english(error, own or TITLES[kind][EN])
        detail = own or detail
    faults = faults or (Fault(code=error.code, message=detail),)
    return problem(request, status, kind, detail, faults)


async def _update_failed(request: Request, error: WorkflowUpdateFailedError) -> JSONResponse:
    refusal = domain_error(error)
    return await (_refused(request, refusal) if refusal else _failed(request, error))


async def _not_valid(request: Request, error: RequestValidationError) -> JSONResponse:
    spoken = language(request)
    malformed = any(one["type"] == "json_invalid" for one in error.errors())
    faults = [
        Fault(
            code=str(one["type"]),
            message=one["msg"] if spoken == EN else shapes.sentence(one),
            path=""
            if malformed
            else shapes.place(one["loc"][1:]),  # inside the body, or the parameter's name
        )
        for one in error.errors()
    ]
    if malformed:
        return problem(request, 400, "malformed", sentence("malformed", spoken), faults)
    return problem(request, 422, "invalid", sentence("validation", spoken), faults)


async def _http(request: Request, error: HTTPException) -> JSONResponse:
    status = error.status_code
    kind, code = _HTTP.get(status, ("malformed", "malformed") if status < 500 else ("failed", "failed"))
    limit = getattr(request.app.state, "max_body_size", 0)
    detail = sentence(code, language(request), limit=limit)
    headers = dict(error.headers) if error.headers else None
    return problem(request, status, kind, detail, (Fault(code=code, message=detail),), headers)


async def _unauthenticated(request: Request, error: Unauthenticated) -> JSONResponse:
    detail = sentence(error.code, language(request))
    headers = {"WWW-Authenticate": "Bearer"}
    fault = Fault(code=error.code, message=detail)
    return problem(request, 401, "unauthenticated", detail, (fault,), headers)


async def _engine(request: Request, error: RPCError) -> JSONResponse:
    if error.status in _AWAY_STATUS:
        return await _away(request, error)
    return await _failed(request, error)


async def _database(request: Request, error: DBAPIError) -> JSONResponse:
    return await (_away(request, error) if database_away(error) else _failed(request, error))


async def _away(request: Request, error: Exception) -> JSONResponse:
    _log.warning("away", path=request.scope.get("path"), cause=type(error).__name__)
    detail = sentence("away", language(request))
    fault = Fault(code="away", message=detail)
    return problem(request, 503, "away", detail, (fault,), {"Retry-After": str(RETRY_AFTER)})


async def _failed(request: Request, error: Exception) -> JSONResponse:
    _log.error("failed", path=request.scope.get("path"), exc_info=error)
    detail = sentence("failed", language(request))
    return problem(request, 500, "failed", detail, (Fault(code="failed", message=detail),))


_EXAMPLES: dict[int, tuple[str, str, str]] = {
    400: ("malformed", "malformed", "json_invalid"),
    401: ("unauthenticated", "no_token", "no_token"),
    403: ("not_allowed", "role_not_allowed", "role_not_allowed"),
    404: ("unknown", "unknown_path", "unknown"),
    409: ("gate_not_met", "validation", "root_cause"),
    413: ("too_large", "too_large", "too_large"),
    422: ("invalid", "validation", "missing"),
    500: ("failed", "failed", "failed"),
    503: ("away", "away", "away"),
}
_DOMAIN_EXAMPLES = {
    404: "No existe el caso T-2031-000999.",
    409: "Falta la causa raíz.",
}


def responses(*statuses: int, example: Any = None, success: int = 200) -> dict[int | str, dict[str, Any]]:
    """The documentation of an operation's answers: an example of its success, and its problems by status.

    422, 500 and 503 can always happen and need not be named.
    """
    documented: dict[int | str, dict[str, Any]] = {
        status: _documented(status) for status in sorted({*statuses, 422, 500, 503})
    }
    if example is not None:
        documented[success] = {"content": {"application/json": {"example": example}}}
    return documented


def _documented(status: int) -> dict[str, Any]:
    kind, code, fault = _EXAMPLES[status]
    detail = _DOMAIN_EXAMPLES.get(status) or sentence(code, ES, limit=1_000_000)
    example = Problem(
        type=f"urn:postventa:problem:{kind}",
        title=TITLES[kind][ES],
        status=status,
        detail=detail,
        errors=[ProblemFault(code=fault, message=detail)],
    )
    return {
        "description": TITLES[kind][EN],
        "content": {
            MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example.model_dump()}
        },
    }
