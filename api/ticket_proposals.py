"""What the system proposes to who works on a ticket: engineers, best first, and the questions to ask."""

from typing import Annotated, Any

from fastapi import APIRouter, Path

from api import ticket_desk, ticket_facts
from api.auth import Caller
from api.deps import Given
from api.errors import responses
from models.shared.policy_store import current_policy
from models.ticket import proposals, view
from models.ticket.permissions import may

Json = dict[str, Any]
Folio = Annotated[str, Path(description="The ticket's folio", examples=["T-2031-000123"], max_length=40)]

router = APIRouter(prefix="/tickets", tags=["tickets"])

_PROPOSED = {"items": [{"id": "engineer1", "name": "Andrés Guzmán", "load": 2, "reasons": ["en turno"]}]}
_GUIDE = {"items": [{"question": "¿Aparece algún código de error?"}]}


@router.get(
    "/{folio}/engineers",
    summary="Engineers the system proposes, best first",
    responses=responses(401, 403, 404, example=_PROPOSED),
)
async def engineers(given: Given, caller: Caller, folio: Folio) -> Json:
    may("assign", caller.role)
    async with given.sessions() as session:
        row = await ticket_desk.visible(session, caller, folio)
        place = view.ticket_of(row.document).place
        candidates = await ticket_facts.candidates(session, given.clock.now())
    proposed = proposals.engineers(candidates, place.zone, place.model)
    return {"items": [one.model_dump(mode="json") for one in proposed]}


@router.get(
    "/{folio}/guide",
    summary="The questions to ask, by type of ticket and model of device",
    responses=responses(401, 403, 404, example=_GUIDE),
)
async def guide(given: Given, caller: Caller, folio: Folio) -> Json:
    """The answers go with the diagnosis or the resolution, as `testing` (TCK-03)."""
    async with given.sessions() as session:
        row = await ticket_desk.visible(session, caller, folio)
        _, policy = await current_policy(session)
    ticket = view.ticket_of(row.document)
    asked = policy.ticket.guide
    questions = (*asked.types.get(ticket.type, ()), *asked.models.get(ticket.place.model, ()))
    return {"items": [{"question": question} for question in dict.fromkeys(questions)]}
