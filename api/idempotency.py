"""The same request twice is one effect (GEN-05): what makes a request the same, and how it is found again.

A key is the caller's own: the same words from another user, or for another operation, are another request.
"""

import hashlib
import json
import re
import secrets
from typing import Annotated, Any

from fastapi import Depends, Header
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request

from api.auth import Caller
from api.texts import ES, sentence
from models.shared.actor import Actor
from models.shared.case import Request as CaseRequest
from models.shared.errors import Fault, Invalid
from models.shared.tables import RequestRow

_KEY = re.compile(r"[\x21-\x7e]([\x20-\x7e]{0,198}[\x21-\x7e])?")

KeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="A key of your own: the same key and body give the same answer for at least 30 days",
        examples=["9b1c6a52-3c1f-4a52-8f0e-2f6a4c8f7d11"],
    ),
]


def fingerprint(body: Any) -> str:
    """A hash of what a body says, however its JSON was written."""
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def identity(caller: Actor, method: str, path: str, key: str | None, body: Any) -> CaseRequest:
    """The identity of a request; without a key it is like no other. Raises `Invalid` for a bad key."""
    if key is not None and not _KEY.fullmatch(key):
        message = sentence("bad_key", ES)
        fault = Fault(code="bad_key", message=message, path="Idempotency-Key")
        raise Invalid(message, code="bad_key", faults=(fault,))
    said = key if key is not None else secrets.token_hex(16)
    scope = json.dumps([caller.user, method, path.rstrip("/"), said])
    return CaseRequest(key=hashlib.sha256(scope.encode()).hexdigest(), fingerprint=fingerprint(body))


async def _of_json(request: Request, caller: Caller, key: KeyHeader = None) -> CaseRequest:
    raw = await request.body()
    try:
        body = json.loads(raw) if raw else None
    except ValueError:
        body = raw.hex()  # whoever reads the body refuses it
    return identity(caller, request.method, request.url.path, key, body)


Identity = Annotated[CaseRequest, Depends(_of_json)]
"""The identity of a request with a JSON body or none. For a multipart form call `identity` with its fields and the
SHA-256 of its files."""


async def answered(session: AsyncSession, request: CaseRequest) -> RequestRow | None:
    """What this request was answered with before, if it was. Raises `Invalid` when its key came with another body."""
    row = await session.get(RequestRow, request.key)
    if row is not None and row.fingerprint != request.fingerprint:
        raise reused()
    return row


def reused() -> Invalid:
    """The refusal of a key that came back with another body."""
    message = sentence("key_reused", ES)
    fault = Fault(code="key_reused", message=message, path="Idempotency-Key")
    return Invalid(message, code="key_reused", faults=(fault,))
