"""The work of one who is ill, given to others as a whole: each ticket through its own gate (TCK-07, GEN-04)."""

import hashlib
from datetime import datetime
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from api import once, ticket_desk, ticket_facts
from api.deps import Services
from models.shared.actor import Actor
from models.shared.case import Request
from models.shared.errors import DomainError
from models.shared.message import Frozen
from models.shared.tables import RequestRow
from models.ticket import proposals, store, view
from models.ticket.messages import Assign, AssignOrder
from models.ticket.proposals import Candidate

NOBODY = "Ningún ingeniero disponible atiende esa zona y ese modelo."


class Outcome(StrEnum):
    REASSIGNED = "reassigned"
    NOBODY_ELIGIBLE = "nobody_eligible"
    REFUSED = "refused"


class Reassigned(Frozen):
    """What became of one ticket: who has it now, or why nobody took it."""

    folio: str
    outcome: Outcome
    engineer: str | None = None
    code: str = ""
    message: str = ""


async def reassign(
    given: Services, caller: Actor, request: Request, engineer: str, to: str | None, reason: str
) -> list[Reassigned]:
    """Give every open ticket of an engineer away, the oldest first.

    The same request again answers the same for what was given away, and goes on with what was not: an engine that was
    away half-way leaves nothing half done that cannot be asked for again.

    Raises:
        Unknown: `to` is no engineer.
    """
    now = given.clock.now().replace(microsecond=0)
    async with given.sessions.begin() as session:
        if to is not None:
            await ticket_facts.engineer_name(session, to)
        row = await once.before(session, request, now)
        outcomes = [] if row is None else await _given_away(session, request, engineer, row.at)
        folios = await store.open_of(session, engineer)
        everyone = await ticket_facts.candidates(session, now)
    others = [one for one in everyone if one.id != engineer]
    for folio in folios:
        outcome = await _give(given, caller, _own(request, folio), folio, to, others, reason)
        others = [_loaded(one, outcome) for one in others]
        outcomes.append(outcome)
    return outcomes


async def _given_away(
    session: AsyncSession, request: Request, engineer: str, since: datetime
) -> list[Reassigned]:
    """What this very request gave away before."""
    found = []
    for folio, revision, to in await store.taken_from(session, engineer, since):
        answer = await session.get(RequestRow, _own(request, folio).key)
        if answer is not None and answer.revision == revision:
            found.append(Reassigned(folio=folio, outcome=Outcome.REASSIGNED, engineer=to))
    return found


async def _give(
    given: Services,
    caller: Actor,
    request: Request,
    folio: str,
    to: str | None,
    others: list[Candidate],
    reason: str,
) -> Reassigned:
    async with given.sessions() as session:
        place = view.ticket_of((await ticket_desk.visible(session, caller, folio)).document).place
        proposed = proposals.engineers(others, place.zone, place.model)
        chosen = to or (proposed[0].id if proposed else None)
        if chosen is None:
            code = Outcome.NOBODY_ELIGIBLE
            return Reassigned(folio=folio, outcome=code, code=code, message=NOBODY)
        name = await ticket_facts.engineer_name(session, chosen)
    order = AssignOrder(actor=caller, request=request, body=Assign(engineer=chosen, reason=reason), name=name)
    try:
        await ticket_desk.do(given, caller, folio, "assign", order)
    except DomainError as refusal:
        said = {"code": refusal.code, "message": refusal.message}
        return Reassigned(folio=folio, outcome=Outcome.REFUSED, **said)
    return Reassigned(folio=folio, outcome=Outcome.REASSIGNED, engineer=chosen)


def _own(request: Request, folio: str) -> Request:
    """The request as it is about one ticket."""
    key = hashlib.sha256(f"{request.key}|{folio}".encode()).hexdigest()
    return Request(key=key, fingerprint=request.fingerprint)


def _loaded(one: Candidate, outcome: Reassigned) -> Candidate:
    """A candidate with what it was just given, so that the next ticket is weighed fairly."""
    return one.model_copy(update={"load": one.load + 1}) if one.id == outcome.engineer else one
