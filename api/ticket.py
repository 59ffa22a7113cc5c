"""`/tickets`: register, look, and every action of a ticket under its verb (see `api.md`, "A ticket, exactly")."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy import ColumnElement

from api import ticket_desk, ticket_facts
from api.auth import Caller
from api.deps import Given
from api.errors import responses
from api.idempotency import Identity, answered
from api.paging import Page, Paged
from api.ticket_evidence import take_in
from api.ticket_examples import EXAMPLE, LISTED, REGISTERING, STATEMENT
from api.ticket_verbs import VERBS, add_verbs
from models.shared import case_store
from models.shared.actor import Actor, Role
from models.shared.case import Request
from models.shared.errors import Invalid
from models.shared.tables import CaseRow
from models.ticket import store, view
from models.ticket.messages import (
    Assign,
    AssignOrder,
    Correct,
    CorrectOrder,
    Diagnose,
    DiagnoseOrder,
    Order,
    Reason,
    Register,
    Registration,
)
from models.ticket.permissions import may
from models.ticket.types import Priority, State, Type

Json = dict[str, Any]
Folio = Annotated[str, Path(description="The ticket's folio", examples=["T-2031-000123"], max_length=40)]

router = APIRouter(prefix="/tickets", tags=["tickets"])


@router.post(
    "",
    status_code=201,
    summary="Register a ticket",
    responses=responses(400, 401, 403, example=EXAMPLE, success=201),
    openapi_extra={"requestBody": {"content": {"application/json": {"example": REGISTERING}}}},
)
async def register(given: Given, caller: Caller, identity: Identity, body: Register) -> Json:
    may("register", caller.role)
    stored = await take_in(given, body.evidence)
    asked_at = given.clock.now().replace(microsecond=0)
    async with given.sessions() as session:
        before = await answered(session, identity)
        if before is not None and before.revision is not None:
            return await ticket_desk.shown(session, before.folio, before.revision)
        found = await ticket_facts.place(session, caller, body.device, body.site, body.client, asked_at)
        _, policy = await ticket_facts.opening_policy(session, found, asked_at)
        asked = Registration(
            actor=caller,
            request=identity,
            contact=ticket_facts.contact(body.contact, found),
            place=found.place,
            evidence=stored,
            recent_failures=await ticket_facts.recent_failures(session, found.place.device, policy, asked_at),
            eligible=await ticket_facts.anybody_eligible(session, found.place, asked_at),
            **{name: getattr(body, name) for name in _SAID},
        )
    return await ticket_desk.register(given, asked, policy)


_FOLIO: ColumnElement[Any] = CaseRow.__table__.c.folio
_SAID = ("channel", "symptom", "synthesis", "type", "priority", "occurred_at")


@router.get("", summary="Tickets, newest first", responses=responses(401, 403, example=LISTED))
async def tickets(
    given: Given,
    caller: Caller,
    page: Annotated[Page, Paged("-opened_at", "next_deadline")],
    state: State | None = None,
    priority: Priority | None = None,
    type: Type | None = None,
    client: str | None = None,
    site: str | None = None,
    device: str | None = None,
    assignee: str | None = None,
    channel: str | None = None,
    waiting_for: str | None = None,
    sla_breached: bool | None = None,
    open: bool | None = None,
    escalation_level: Annotated[int | None, Query(ge=0, le=3, description="At least this level")] = None,
) -> Json:
    may("see", caller.role)
    own = caller.client if caller.role is Role.CLIENT else client
    query = store.listed(
        state=state, priority=priority, type=type, client=own, site=site, device=device, assignee=assignee,
        channel=channel, waiting_for=waiting_for, sla_breached=sla_breached, open=open,
    )  # fmt: skip
    column: ColumnElement[Any] = getattr(CaseRow, page.sort)
    query = query.where(column.is_not(None), CaseRow.escalation_level >= (escalation_level or 0))
    async with given.sessions() as session:
        rows = (await session.scalars(page.window(query, column, _FOLIO))).all()
    items, cursor = page.cut(rows, lambda row: (getattr(row, page.sort), row.folio))
    now = given.clock.now()
    shown = [view.present(view.ticket_of(row.document), now) for row in items]
    return {"items": shown, "next_cursor": cursor}


@router.get("/{folio}", summary="A ticket as it stands", responses=responses(401, 403, 404, example=EXAMPLE))
async def ticket(given: Given, caller: Caller, folio: Folio) -> Json:
    async with given.sessions() as session:
        row = await ticket_desk.visible(session, caller, folio)
        log = await case_store.log_lines(session, folio)
    return view.present(view.ticket_of(row.document), given.clock.now(), log)


@router.get(
    "/{folio}/log",
    summary="The case log",
    responses=responses(401, 403, 404, example={"items": EXAMPLE["log"], "next_cursor": None}),
)
async def log(given: Given, caller: Caller, folio: Folio) -> Json:
    async with given.sessions() as session:
        await ticket_desk.visible(session, caller, folio)
        return {"items": await case_store.log_lines(session, folio), "next_cursor": None}


@router.get(
    "/{folio}/sla", summary="Both clocks as a statement anyone can recompute",
    responses=responses(401, 403, 404, example=STATEMENT),
)  # fmt: skip
async def sla(given: Given, caller: Caller, folio: Folio) -> Json:
    async with given.sessions() as session:
        row = await ticket_desk.visible(session, caller, folio)
    return view.statement(view.ticket_of(row.document), given.clock.now())


def _acts(verb: str) -> dict[str, Any]:
    """How an action is documented: its summary and its example."""
    one = VERBS[verb]
    return {
        "summary": one.summary,
        "responses": responses(400, 401, 403, 404, 409, example=EXAMPLE),
        "openapi_extra": {"requestBody": {"content": {"application/json": {"example": one.example}}}},
    }


@router.post("/{folio}/assign", **_acts("assign"))
async def assign(given: Given, caller: Caller, identity: Identity, folio: Folio, body: Assign) -> Json:
    may("assign", caller.role)
    async with given.sessions() as session:
        name = await ticket_facts.engineer_name(session, body.engineer)
    order = AssignOrder(actor=caller, request=identity, body=body, name=name)
    return await ticket_desk.do(given, caller, folio, "assign", order)


@router.post("/{folio}/diagnose", **_acts("diagnose"))
async def diagnose(given: Given, caller: Caller, identity: Identity, folio: Folio, body: Diagnose) -> Json:
    async with given.sessions() as session:
        parts = await ticket_facts.catalogue(session, body)
    order = DiagnoseOrder(actor=caller, request=identity, body=body, catalogue=parts)
    return await ticket_desk.do(given, caller, folio, "diagnose", order)


@router.post("/{folio}/correct", **_acts("correct"))
async def correct(given: Given, caller: Caller, identity: Identity, folio: Folio, body: Correct) -> Json:
    may("correct", caller.role)
    async with given.sessions() as session:
        old = view.ticket_of((await ticket_desk.visible(session, caller, folio)).document)
        order = await _correction(session, caller, identity, body, old)
    return await ticket_desk.do(given, caller, folio, "correct", order)


@router.post("/{folio}/reopen", **_acts("reopen"))
async def reopen(
    given: Given, caller: Caller, identity: Identity, folio: Folio, body: Reason, response: Response
) -> Json:
    order = Order[Reason](actor=caller, request=identity, body=body)
    answer, new = await ticket_desk.reopen(given, caller, folio, order)
    response.status_code = 201 if new else 200
    return answer


add_verbs(router, _acts)


async def _correction(
    session: Any, caller: Actor, identity: Request, body: Correct, old: Any
) -> CorrectOrder:
    """What the corrected words lead to; what is not said stays, a device brings its own site and client."""
    at = old.opened_at
    device = body.device or ("" if body.site or body.client else old.place.device)
    site = body.site or ("" if device or body.client else old.place.site)
    found = await ticket_facts.place(session, caller, device, site, body.client or old.place.client, at)
    if found.place.reported:
        message = f"No existe «{found.place.reported}»."
        raise Invalid(message, code="not_identified")
    failures = await ticket_facts.recent_failures(session, found.place.device, old.policy, at, but=old.folio)
    return CorrectOrder(
        actor=caller, request=identity, body=body, place=found.place, recent_failures=failures
    )
