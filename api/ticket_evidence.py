"""Evidence of a ticket: files as multipart or JSON in, and out again for who may see the ticket (GEN-14)."""

import base64
import binascii
import hashlib
import json
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import ValidationError
from starlette.datastructures import UploadFile
from starlette.requests import Request as HttpRequest

from activities.evidence import EvidenceDesk
from api import ticket_desk
from api.auth import Caller
from api.deps import Given, Services
from api.errors import responses
from api.idempotency import KeyHeader, identity
from api.ticket_examples import EXAMPLE
from models.shared import shapes
from models.shared.errors import Fault, Invalid, Unknown
from models.ticket import view
from models.ticket.messages import AddEvidence, EvidenceBody, Order, Stored
from models.ticket.permissions import may

Json = dict[str, Any]
Folio = Annotated[str, Path(description="The ticket's folio", examples=["T-2031-000123"], max_length=40)]

router = APIRouter(prefix="/tickets", tags=["tickets"])

_PIECE = {"kind": "text", "name": "nota.txt", "content_base64": "SW1wcmltZSBiaWVu"}
_FORM = {
    "type": "object",
    "required": ["kind", "file"],
    "properties": {
        "kind": {"type": "string", "example": "photo"},
        "file": {"type": "array", "items": {"type": "string", "format": "binary"}},
    },
}


@router.post(
    "/{folio}/evidence",
    summary="Add evidence, as multipart or inside JSON",
    responses=responses(400, 401, 403, 404, 409, 413, example=EXAMPLE),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": EvidenceBody.model_json_schema(), "example": _PIECE},
                "multipart/form-data": {
                    "schema": _FORM,
                    "example": {"kind": "photo", "file": ["contador.jpg"]},
                },
            },
        }
    },
)
async def evidence(
    given: Given, caller: Caller, request: HttpRequest, folio: Folio, key: KeyHeader = None
) -> Json:
    may("evidence", caller.role)
    async with given.sessions() as session:
        await ticket_desk.visible(session, caller, folio)
    if request.headers.get("content-type", "").startswith("multipart/"):
        pieces = await _files(request)
    else:
        pieces = _decoded((_read(await request.body()),), "")
    said = [(kind, name, hashlib.sha256(content).hexdigest()) for kind, name, content in pieces]
    asked = identity(caller, request.method, request.url.path, key, said)
    body = AddEvidence(items=await _store(given, pieces))
    return await ticket_desk.do(
        given, caller, folio, "evidence", Order[AddEvidence](actor=caller, request=asked, body=body)
    )


@router.get(
    "/{folio}/evidence/{sha256}",
    summary="A piece of evidence",
    response_class=Response,
    responses=responses(401, 403, 404, example="(the bytes)"),
)
async def piece(
    given: Given,
    caller: Caller,
    folio: Folio,
    sha256: Annotated[str, Path(examples=["9f86d081…"], max_length=64)],
) -> Response:
    async with given.sessions() as session:
        row = await ticket_desk.visible(session, caller, folio)
    held = [one for one in view.ticket_of(row.document).evidence.values() if one.sha256 == sha256]
    if not held:
        raise Unknown("El ticket no tiene esa evidencia.", code="evidence")
    blob, content = await EvidenceDesk(given.evidence, given.sessions, given.clock).give(sha256)
    headers = {
        "Content-Disposition": f'attachment; filename="{sha256[:12]}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, max-age=31536000, immutable",
    }
    return Response(content, media_type=blob.media_type, headers=headers)


async def take_in(given: Services, items: tuple[EvidenceBody, ...]) -> tuple[Stored, ...]:
    """Evidence said in JSON, checked and stored.

    Raises:
        Invalid: with the path of the piece that is not what it says.
    """
    return await _store(given, _decoded(items, "evidence"))


async def _store(given: Services, pieces: list[tuple[str, str, bytes]]) -> tuple[Stored, ...]:
    desk = EvidenceDesk(given.evidence, given.sessions, given.clock)
    stored = []
    for kind, name, content in pieces:
        blob = await desk.take_in(kind, name, content)
        stored.append(Stored(kind=kind, name=name, **blob.model_dump()))
    return tuple(stored)


def _decoded(items: tuple[EvidenceBody, ...], path: str) -> list[tuple[str, str, bytes]]:
    pieces = []
    for i, item in enumerate(items):
        where = f"{path}[{i}].content_base64" if path else "content_base64"
        try:
            content = base64.b64decode(item.content_base64, validate=True)
        except binascii.Error as error:
            raise _wrong("base64", "El contenido no es base64 válido.", where) from error
        pieces.append((item.kind, item.name, content))
    return pieces


async def _files(request: HttpRequest) -> list[tuple[str, str, bytes]]:
    async with request.form(max_files=20) as form:
        kind = form.get("kind")
        files = [part for part in form.getlist("file") if isinstance(part, UploadFile)]
        if not isinstance(kind, str) or not kind:
            raise _wrong("missing", "Falta el tipo de evidencia (kind).", "kind")
        if not files:
            raise _wrong("missing", "Falta el archivo (file).", "file")
        return [(kind, part.filename or "archivo", await part.read()) for part in files]


def _read(raw: bytes) -> EvidenceBody:
    try:
        return EvidenceBody.model_validate(json.loads(raw or b"null"))
    except ValidationError as error:
        faults = tuple(
            Fault(code=str(one["type"]), message=shapes.sentence(one), path=shapes.place(one["loc"]))
            for one in error.errors()
        )
        raise Invalid("La evidencia no tiene la forma esperada.", code="validation", faults=faults) from error
    except ValueError as error:
        raise _wrong("json_invalid", "El cuerpo no es JSON válido.", "") from error


def _wrong(code: str, message: str, path: str) -> Invalid:
    return Invalid(message, code=code, faults=(Fault(code=code, message=message, path=path),))
