"""The day list of visits, and the service sheet of each (TCK-08)."""

import asyncio
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from activities.evidence import EvidenceDesk
from api import sheet_pdf, ticket_desk
from api.auth import Caller, require
from api.deps import Given
from api.errors import responses
from api.paging import Page, Paged
from api.ticket_verbs import Folio, Number
from models.shared.actor import Role
from models.shared.tables import CaseRow
from models.ticket import view, visit_store
from models.ticket.sheet import sheet, signature
from models.ticket.types import PENDING_PARTS

Json = dict[str, Any]
PLANNERS = (Role.SUPERVISOR, Role.MANAGER, Role.CALL_CENTER)

router = APIRouter(tags=["visits"])

_VISIT: Json = {
    "folio": "T-2031-000123", "n": 1, "from": "2031-03-04T16:00:00Z", "to": "2031-03-04T18:00:00Z", "state": "agreed",
    "arrived_at": None, "left_at": None, "cause": "", "engineer": "engineer1", "engineer_name": "Andrés Guzmán",
    "client": "C1", "client_name": "Cliente de ejemplo", "site": "S1", "site_name": "Matriz", "timezone":
    "America/Mexico_City", "device": "LX450-0007", "model": "lx-450", "symptom": "La impresora no enciende",
    "priority": "high", "contact": {"name": "Laura Méndez", "phone": "+52 55 5555 0101"}, "pending_parts": ["Fusor"],
    "sheet": "/tickets/T-2031-000123/visits/1/sheet",
}  # fmt: skip


@router.get(
    "/visits",
    summary="The visits of a day, in order of time",
    responses=responses(401, 403, example={"items": [_VISIT], "next_cursor": None}),
)
async def visits(
    given: Given,
    caller: Caller,
    page: Annotated[Page, Paged("from")],
    day: Annotated[
        date | None, Query(description="A day of the site's own calendar; today there when none is given")
    ] = None,
    engineer: Annotated[
        str | None, Query(description="Of this engineer; an engineer sees only its own")
    ] = None,
) -> Json:
    require(caller, Role.ENGINEER, *PLANNERS)
    whose = engineer
    if caller.role is Role.ENGINEER:
        require(caller, *(PLANNERS if engineer not in (None, caller.user) else (Role.ENGINEER,)))
        whose = caller.user
    asked = visit_store.visits(day, given.clock.now())
    if whose is not None:
        asked = asked.where(CaseRow.assignee == whose)
    async with given.sessions() as session:
        rows = (await session.execute(page.window(asked, visit_store.START, visit_store.PLACE))).all()
    kept, cursor = page.cut(rows, lambda row: (row.start, row.place))
    return {"items": [_shown(row.CaseRow, row.n) for row in kept], "next_cursor": cursor}


@router.get(
    "/tickets/{folio}/visits/{n}/sheet",
    summary="The service sheet of a visit, as PDF, to be signed",
    response_class=Response,
    responses=responses(401, 403, 404, example="(the PDF)"),
)
async def service_sheet(given: Given, caller: Caller, folio: Folio, n: Number) -> Response:
    async with given.sessions() as session:
        ticket = view.ticket_of((await ticket_desk.visible(session, caller, folio)).document)
    said, signed = sheet(ticket, n), signature(ticket)
    content = None
    if signed is not None:
        _, content = await EvidenceDesk(given.evidence, given.sessions, given.clock).give(signed.sha256)
    headers = {
        "Content-Disposition": f'inline; filename="{folio}-{n}.pdf"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    pdf = await asyncio.to_thread(sheet_pdf.draw, said, content, given.clock.now())
    return Response(pdf, media_type="application/pdf", headers=headers)


def _shown(row: CaseRow, n: int) -> Json:
    ticket = view.ticket_of(row.document)
    visit, place = ticket.visits[str(n)], ticket.place
    return {
        "folio": ticket.folio,
        "n": n,
        "from": visit.start,
        "to": visit.end,
        **visit.model_dump(include={"state", "arrived_at", "left_at", "cause"}),
        "engineer": ticket.assignee,
        "engineer_name": ticket.assignee_name,
        **place.model_dump(
            include={"client", "client_name", "site", "site_name", "timezone", "device", "model"}
        ),
        "symptom": ticket.symptom,
        "priority": ticket.priority,
        "contact": ticket.contact.model_dump(include={"name", "phone"}),
        "pending_parts": [one.name for one in ticket.parts.values() if one.state in PENDING_PARTS],
        "sheet": f"/tickets/{ticket.folio}/visits/{n}/sheet",
    }
