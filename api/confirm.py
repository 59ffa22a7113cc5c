"""`/c/{token}`: the client says with one click whether it works, without a log-in (TCK-13).

The token is signed for one resolution of one ticket and holds while that one stands. Looking changes nothing, because
mail programs open links by themselves; only the form does, and it is the link itself that nobody else can know.
"""

import hashlib
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Form
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import HTMLResponse, RedirectResponse, Response
from temporalio.service import RPCError

from activities.notices import local
from api import ticket_desk
from api.deps import Given, Services
from api.errors import EngineAway
from api.texts import EN, ES, sentence
from kit import links
from models.shared.actor import LINK, Actor, Role
from models.shared.case import Request
from models.shared.errors import DomainError, NotNow
from models.ticket import store, view
from models.ticket.messages import Confirm, Order, Reason
from models.ticket.types import OPEN_STATES, State, Ticket

PURPOSE = "confirm"
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_AWAY = (EngineAway, RPCError, SQLAlchemyError, OSError)
_PAGE = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "pages"), undefined=StrictUndefined, autoescape=True
).get_template("confirm.j2")

router = APIRouter(prefix="/c", include_in_schema=False)


class Outcome(StrEnum):
    """Why there is nothing to answer."""

    CLOSED = "closed"
    WORKING = "working"
    NEWER = "newer"
    CANCELLED = "cancelled"
    INVALID = "invalid"
    REFUSED = "refused"
    AWAY = "away"


@router.get("/{token}")
async def look(given: Given, token: str) -> Response:
    try:
        ticket, outcome = await _standing(given, token)
    except _AWAY:
        return _page(None, Outcome.AWAY, status=503)
    return _page(ticket, outcome, status=404 if outcome is Outcome.INVALID else 200)


@router.post("/{token}")
async def answer(
    given: Given, token: str, answer: Annotated[str, Form()] = "", reason: Annotated[str, Form()] = ""
) -> Response:
    try:
        ticket, outcome = await _standing(given, token)
        if outcome is not None or ticket is None:
            return _page(ticket, outcome, status=404 if outcome is Outcome.INVALID else 409)
        return await _answered(given, token, ticket, answer, reason)
    except _AWAY:
        return _page(None, Outcome.AWAY, status=503)


async def _standing(given: Services, token: str) -> tuple[Ticket | None, Outcome | None]:
    """The ticket a token speaks of, and why it cannot be answered any more, if it cannot."""
    said = links.read(given.settings.signing_secret(), token)
    if said is None or said[0] != PURPOSE:
        return None, Outcome.INVALID
    _, folio, revision = said
    async with given.sessions() as session:
        row = await store.row(session, folio)
        if row is None:
            return None, Outcome.INVALID
        resolved = await store.last_resolved(session, folio)
    ticket = view.ticket_of(row.document)
    if ticket.state is State.RESOLVED:
        return ticket, None if revision >= resolved else Outcome.NEWER
    if ticket.state in OPEN_STATES:
        return ticket, Outcome.WORKING
    return ticket, Outcome.CANCELLED if ticket.state is State.CANCELLED else Outcome.CLOSED


async def _answered(given: Services, token: str, ticket: Ticket, said: str, reason: str) -> Response:
    actor = Actor(user=LINK, role=Role.CLIENT, client=ticket.place.client)
    words = reason.strip()
    request = _request(token, said, words)
    try:
        order: Order[Any]
        if said == "yes":
            verb, order = "confirm", Order[Confirm](actor=actor, request=request, body=Confirm())
        elif said == "no":
            verb, order = "reject", Order[Reason](actor=actor, request=request, body=Reason(reason=words))
        else:
            return _page(ticket, None, status=422)
        await ticket_desk.do(given, actor, ticket.folio, verb, order)
    except ValidationError:
        return _page(ticket, None, status=422, wrong=True, reason=words)
    except NotNow:
        pass  # somebody answered in the meantime: what it came to is shown
    except DomainError:
        return _page(ticket, Outcome.REFUSED, status=409)
    return RedirectResponse(token, 303, HEADERS)


def _request(token: str, said: str, words: str) -> Request:
    """The same answer sent twice is one; the link is who says it."""
    key = hashlib.sha256("\n".join((LINK, token, said, words)).encode()).hexdigest()
    return Request(key=key, fingerprint=key)


def _page(
    ticket: Ticket | None, outcome: Outcome | None, *, status: int, wrong: bool = False, reason: str = ""
) -> HTMLResponse:
    """The page in the contact's language; with an outcome it only tells that."""
    language = EN if ticket is not None and ticket.contact.language.startswith("en") else ES
    resolution = ticket.resolution if ticket is not None else None

    def say(code: str, **places: object) -> str:
        return sentence(code, language, **places)

    place = ticket.place if ticket is not None else None
    html = _PAGE.render(
        say=say,
        language=language,
        folio=ticket.folio if ticket else "",
        ticket=None if outcome else ticket,
        outcome=outcome or "",
        device=" · ".join(part for part in (place.model, place.device, place.site_name) if part)
        if place
        else "",
        solved_at=local(resolution.at, place.timezone, language) if resolution and place else "",
        wrong=wrong,
        reason=reason,
    )
    return HTMLResponse(html, status, HEADERS)
