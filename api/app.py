"""The front door, assembled: every room's router is named here."""

from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi_offline import FastAPIOffline
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import (
    auth,
    codec,
    confirm,
    health,
    indicators,
    outbox,
    search,
    sla,
    tasks,
    ticket,
    ticket_evidence,
    ticket_proposals,
    users,
    visits,
)
from api.auth import tokens_of
from api.codec import CodecCors, ui_origins
from api.deps import Services
from api.errors import Problem, install, language, problem
from api.texts import sentence
from kit.engine_facts import release
from models.shared.errors import Fault

ROOT = "/api/v1"
MAX_BODY_SIZE = 64 * 1024 * 1024
"""Bytes of any request, evidence in base64 included; each kind of evidence has its own, lower limit (GEN-14)."""

DESCRIPTION = """La posventa de una empresa de impresión administrada: cada caso es un proceso durable.

Errors are `application/problem+json` with everything that is wrong in `errors[]`. Every POST takes an
`Idempotency-Key`. Times are ISO 8601 with offset, money is a decimal string with a currency."""

ROUTERS: tuple[APIRouter, ...] = (
    auth.router,
    sla.router,
    ticket.router,
    ticket_evidence.router,
    ticket_proposals.router,
    tasks.router,
    search.router,
    outbox.router,
    users.router,
    visits.router,
    indicators.router,
    codec.router,
)


def create_app(services: Services) -> FastAPI:
    """The API over the given services."""
    app = FastAPIOffline(
        title="Postventa",
        version=release(),
        description=DESCRIPTION,
        openapi_url=f"{ROOT}/openapi.json",
        docs_url=f"{ROOT}/docs",
        redoc_url=None,
        static_url=f"{ROOT}/docs/static",
        swagger_ui_oauth2_redirect_url=f"{ROOT}/docs/oauth2-redirect",
        redirect_slashes=False,
    )
    app.state.services = services
    app.state.tokens = tokens_of(services.settings, services.clock)
    app.state.max_body_size = MAX_BODY_SIZE
    install(app)
    for router in ROUTERS:
        app.include_router(router, prefix=ROOT)
    app.include_router(health.router, prefix=ROOT)
    app.include_router(health.router, include_in_schema=False)
    app.include_router(confirm.router)
    app.add_middleware(CodecCors, origins=ui_origins(services.settings))
    app.add_middleware(BodyLimit, limit=MAX_BODY_SIZE)
    _document(app)
    return app


class BodyLimit:
    """Refuses a body that is too large: one that says so before any of it is read, one that lies as it comes."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and int(declared) > self._limit:
            await self._refusal(Request(scope))(scope, receive, send)
            return
        await self._app(scope, self._counted(receive), send)

    def _counted(self, receive: Receive) -> Receive:
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._limit:
                raise HTTPException(413)
            return message

        return counted

    def _refusal(self, request: Request) -> Response:
        detail = sentence("too_large", language(request), limit=self._limit)
        fault = Fault(code="too_large", message=detail)
        return problem(request, 413, "too_large", detail, (fault,), {"Connection": "close"})


def _document(app: FastAPI) -> None:
    """The OpenAPI document with our problems in place of the framework's own validation errors."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = generate()
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            problem_schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(problem_schema.pop("$defs", {}))
            schemas["Problem"] = problem_schema
            for unused in ("HTTPValidationError", "ValidationError"):
                schemas.pop(unused, None)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
