"""`/outbox`: what could not be sent, or nobody knows whether it was, is seen and decided by a person (GEN-08)."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from sqlalchemy import ColumnElement, String, cast, func, select

from api import once
from api.auth import Caller, require
from api.deps import Given
from api.errors import responses
from api.idempotency import Identity
from api.paging import Page, Paged
from models.shared import outbox_store
from models.shared.actor import Role
from models.shared.errors import Unknown
from models.shared.outbox_store import OutboxState
from models.shared.tables import OutboxRow

Json = dict[str, Any]
KEEPERS = (Role.SUPERVISOR, Role.ADMIN)
UNSENT = (OutboxState.PENDING, OutboxState.SENDING, OutboxState.FAILED, OutboxState.DOUBT)
"""What is shown when no state is asked for: all that has not been sent."""

router = APIRouter(prefix="/outbox", tags=["outbox"])

_LETTER: Json = {
    "id": 41, "folio": "T-2031-000123", "template": "assigned", "channel": "email", "recipient": "contact",
    "address": "a***@uno.example", "language": "es", "state": "failed", "attempts": 1,
    "created_at": "2031-03-03T15:00:00Z", "not_before": "2031-03-03T15:00:00Z", "sent_at": None,
    "error": "550 no existe ese buzón",
}  # fmt: skip
_COUNTS = {"pending": 0, "sending": 0, "sent": 120, "failed": 1, "doubt": 0}
_ORDER: ColumnElement[str] = func.lpad(cast(OutboxRow.id, String), 19, "0")
"""The number of a letter as a text that sorts like it."""


@router.get(
    "",
    summary="Messages that have not been sent, newest first, and how many are in each state",
    responses=responses(401, 403, example={"items": [_LETTER], "next_cursor": None, "counts": _COUNTS}),
)
async def letters(
    given: Given,
    caller: Caller,
    page: Annotated[Page, Paged("-created_at")],
    state: Annotated[
        list[OutboxState] | None, Query(description="These states; without one, all but sent")
    ] = None,
    folio: Annotated[str | None, Query(description="Of this case", max_length=40)] = None,
) -> Json:
    require(caller, *KEEPERS)
    asked = select(OutboxRow).where(OutboxRow.state.in_(state or UNSENT))
    if folio is not None:
        asked = asked.where(OutboxRow.folio == folio)
    async with given.sessions() as session:
        rows = (await session.scalars(page.window(asked, OutboxRow.created_at, _ORDER))).all()
        counts = await outbox_store.counts(session)
    kept, cursor = page.cut(rows, lambda row: (row.created_at, f"{row.id:019d}"))
    return {"items": [shown(row) for row in kept], "next_cursor": cursor, "counts": counts}


@router.post(
    "/{id}/retry",
    summary="Let a failed or doubtful message be tried once more",
    responses=responses(400, 401, 403, 404, 409, example=_LETTER | {"state": "pending"}),
)
async def retry(
    given: Given, caller: Caller, identity: Identity, id: Annotated[int, Path(ge=1, lt=2**63, examples=[41])]
) -> Json:
    require(caller, *KEEPERS)
    now = given.clock.now().replace(microsecond=0)
    async with given.sessions.begin() as session:
        if await once.before(session, identity, now) is None:
            row = await outbox_store.retry(session, id, caller.user, now)
            await once.made(session, identity, f"outbox/{row.id}")
        else:
            found = await session.get(OutboxRow, id)
            if found is None:
                raise Unknown(f"No existe el mensaje {id}.", code="letter")
            row = found
        return shown(row)


_SHOWN = ("id", "folio", "template", "channel", "recipient", "language", "state", "attempts", "created_at",
          "not_before", "sent_at")  # fmt: skip


def shown(row: OutboxRow) -> Json:
    """A letter without its words, and with no more of its address than one needs to recognise it (GEN-15)."""
    masked = mask(row.address)
    error = row.error.replace(row.address, masked) if row.address else row.error
    return {**{name: getattr(row, name) for name in _SHOWN}, "address": masked, "error": error}


def mask(address: str) -> str:
    """`a***@uno.example`, or the last four digits of a number."""
    name, at, host = address.partition("@")
    if at:
        return f"{name[:1]}***@{host}"
    return f"***{address[-4:]}" if len(address) > 4 else "***" if address else ""
