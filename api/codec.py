"""The Temporal UI reads encrypted payloads through here (GEN-15).

Who may: supervisor, manager, director, admin and call centre, by a bearer token. With OIDC the UI hands on the access
token of whoever is logged into it ("pass access token" in its settings).

In development the UI has no log-in and so no token. There, and only there, a request without a token is let through
when it comes from this very machine (loopback), carries a local host name, and its Origin is the local UI's. A
page from elsewhere cannot forge its Origin, and the JSON content makes a browser ask first (CORS), which only
the UI's origin is granted. Somebody with a shell on this machine could; they can also read the key file beside it.
"""

import ipaddress
import json
from typing import Annotated, Any
from urllib.parse import urlsplit

import structlog
from fastapi import APIRouter, Body, Depends, Request
from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send
from temporalio.api.common.v1 import Payload, Payloads

from api.auth import _bearer, actor, require
from api.deps import Given, Services
from api.errors import responses
from api.texts import ES, sentence
from kit.codec import CodecError
from kit.engine_facts import engine_facts
from kit.settings import Settings
from models.shared.actor import Role
from models.shared.errors import Fault, Invalid

READERS = (Role.SUPERVISOR, Role.MANAGER, Role.DIRECTOR, Role.ADMIN, Role.CALL_CENTER)
PATH = "/api/v1/codec"
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_log = structlog.get_logger(__name__)


def ui_origins(settings: Settings) -> tuple[str, ...]:
    """Where the Temporal UI is: as set, or in development where the launcher puts it."""
    if settings.temporal_ui_url:
        parts = urlsplit(settings.temporal_ui_url)
        return (f"{parts.scheme}://{parts.netloc}",)
    if settings.production:
        return ()
    port = engine_facts().ports.ui
    return (f"http://localhost:{port}", f"http://127.0.0.1:{port}")


async def reader(request: Request, given: Given, token: Annotated[str | None, Depends(_bearer)]) -> str:
    """The user who reads, or the local UI of a development machine."""
    if not token and is_local_ui(request, given.settings):
        return "local-ui"
    caller = await actor(request, given, token)
    require(caller, *READERS)
    return caller.user


def is_local_ui(request: Request, settings: Settings) -> bool:
    if settings.production or settings.oidc_issuer or request.client is None:
        return False
    return (
        request.headers.get("origin") in ui_origins(settings)
        and request.url.hostname in _LOCAL_NAMES
        and _is_loopback(request.client.host)
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


_SEALED = {
    "payloads": [{"metadata": {"encoding": "YmluYXJ5L2VuY3J5cHRlZA==", "key": "ZGV2MQ=="}, "data": "mK8…"}]
}
_PLAIN = {"payloads": [{"metadata": {"encoding": "anNvbi9wbGFpbg=="}, "data": "IlQtMjAzMS0wMDAxMjMi"}]}
_Reader = Annotated[str, Depends(reader)]

router = APIRouter(prefix="/codec", tags=["codec"])


@router.post(
    "/decode",
    summary="Decrypt payloads for the Temporal UI",
    responses=responses(401, 403, example=_PLAIN),
)
async def decode(
    given: Given, user: _Reader, body: Annotated[dict[str, Any], Body(examples=[_SEALED])]
) -> dict[str, Any]:
    payloads = _read(body)
    _log.info("decoded", user=user, payloads=len(payloads))
    return _write([await _decoded(given, payload) for payload in payloads])


@router.post(
    "/encode",
    summary="Encrypt payloads for the Temporal UI",
    responses=responses(401, 403, example=_SEALED),
)
async def encode(
    given: Given, user: _Reader, body: Annotated[dict[str, Any], Body(examples=[_PLAIN])]
) -> dict[str, Any]:
    payloads = _read(body)
    _log.info("encoded", user=user, payloads=len(payloads))
    return _write(await given.codec.encode(payloads))


async def _decoded(given: Services, payload: Payload) -> Payload:
    """What is not encrypted (a search attribute, a memo of the engine's own) is shown as it is."""
    if payload.metadata.get("encoding") != b"binary/encrypted":
        return payload
    try:
        return (await given.codec.decode([payload]))[0]
    except CodecError as error:
        raise _bad() from error


def _read(body: dict[str, Any]) -> list[Payload]:
    try:
        return list(ParseDict(body, Payloads()).payloads)
    except (ParseError, TypeError, json.JSONDecodeError) as error:
        raise _bad() from error


def _write(payloads: list[Payload]) -> dict[str, Any]:
    return {"payloads": [MessageToDict(payload) for payload in payloads]}


def _bad() -> Invalid:
    message = sentence("bad_payloads", ES)
    return Invalid(message, code="bad_payloads", faults=(Fault(code="bad_payloads", message=message),))


class CodecCors:
    """Lets the UI's origin call the codec endpoint, and nothing else, from a browser."""

    def __init__(self, app: ASGIApp, origins: tuple[str, ...]) -> None:
        self._app = app
        self._cors = CORSMiddleware(
            app,
            allow_origins=origins,
            allow_methods=["POST"],
            allow_headers=["authorization", "content-type", "x-namespace", "authorization-extras"],
            allow_credentials=True,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        inside = scope["type"] == "http" and scope["path"].startswith(f"{PATH}/")
        await (self._cors if inside else self._app)(scope, receive, send)
