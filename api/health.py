"""Whether this process lives, and whether what it needs is there."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

import structlog
from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import Response

from api.deps import Given, Services
from api.errors import RETRY_AFTER, language, problem, responses
from api.texts import sentence
from kit.database import MigrationState, migration_state
from models.shared.errors import Fault

T = TypeVar("T")
PATIENCE = 3.0
"""Seconds after which something that does not answer counts as away."""

_log = structlog.get_logger(__name__)


class Health(BaseModel):
    status: str


class Readiness(BaseModel):
    """`ready`, and each part that was asked."""

    status: str
    checks: dict[str, str]


router = APIRouter(tags=["health"])


@router.get(
    "/health",
    summary="Live: this process answers",
    responses=responses(example={"status": "ok"}),
)
async def health() -> Health:
    return Health(status="ok")


@router.get(
    "/ready",
    summary="Ready: engine, database and migrations are there",
    response_model=Readiness,
    responses=responses(
        example={"status": "ready", "checks": {"engine": "ok", "database": "ok", "migrations": "current"}}
    ),
)
async def ready(request: Request, given: Given) -> Response | Readiness:
    engine, migrations = await asyncio.gather(_engine_is_there(given), _migrations(given))
    faults = []
    if not engine:
        faults.append(_fault(request, "engine_away", "engine"))
    if migrations is None:
        faults.append(_fault(request, "database_away", "database"))
    elif migrations in (MigrationState.NONE, MigrationState.BEHIND):
        faults.append(_fault(request, "database_behind", "migrations"))
    elif migrations is MigrationState.AHEAD:
        faults.append(_fault(request, "database_ahead", "migrations"))
    if faults:
        detail = " ".join(fault.message for fault in faults)
        return problem(request, 503, "away", detail, faults, {"Retry-After": str(RETRY_AFTER)})
    return Readiness(status="ready", checks={"engine": "ok", "database": "ok", "migrations": "current"})


def _fault(request: Request, code: str, path: str) -> Fault:
    return Fault(code=code, message=sentence(code, language(request)), path=path)


async def _engine_is_there(given: Services) -> bool:
    async def ask() -> bool:
        client = await given.engine.client()
        return await client.service_client.check_health()

    return bool(await _answer(ask()))


async def _migrations(given: Services) -> MigrationState | None:
    return await _answer(migration_state(given.settings.database_url))


async def _answer(asked: Awaitable[T]) -> T | None:
    """What is answered in time; whatever goes wrong instead means that it is not there."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await asked
    except Exception as error:
        _log.warning("not_ready", cause=type(error).__name__)
        return None
