"""What every operation on a ticket does: who may see it, the one engine call, the answer from the record."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.client import WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from api import engine, ticket_facts
from api.deps import Services
from api.idempotency import answered, reused
from models.shared import case_store
from models.shared.actor import Actor, Role
from models.shared.case import Accepted, Contact, Request
from models.shared.errors import NotNow, Unknown
from models.shared.policy import TicketPolicy
from models.shared.tables import CaseRow
from models.ticket import board, rules, store, view
from models.ticket.messages import PREFIX, ROOM, TASK_QUEUE, WORKFLOW, Order, Registration, TicketStart
from models.ticket.permissions import may
from models.ticket.types import Channel, State, Ticket
from workflows.visibility import attributes

Json = dict[str, Any]


async def visible(session: AsyncSession, caller: Actor, folio: str) -> CaseRow:
    """The ticket's row, if the caller may see it (GEN-11).

    Raises:
        Unknown: there is none; another client's is as unknown as one that does not exist.
    """
    may("see", caller.role)
    row = await store.row(session, folio)
    if row is None or (caller.role is Role.CLIENT and row.client != caller.client):
        raise Unknown(f"No existe el ticket {folio}.", code="ticket")
    return row


async def shown(session: AsyncSession, folio: str, revision: int) -> Json:
    """The answer of the step that made a revision, the same however late it is asked for (GEN-05)."""
    row = await store.row(session, folio)
    if row is not None and row.revision == revision:
        document, at = row.document, row.updated_at
    else:
        document, at = await case_store.at_revision(session, folio, revision)
    log = await case_store.log_lines(session, folio, revision)
    return view.present(view.ticket_of(document), at, log)


async def do(given: Services, caller: Actor, folio: str, verb: str, order: Order[Any]) -> Json:
    """Ask the case for an action and answer from the record; a request made before gets its first answer.

    The role is judged here as well as by the rule, so that no refusal needs the engine (GEN-11).
    """
    may(verb, caller.role)
    async with engine.turn(folio):
        return await _do(given, caller, folio, verb, order)


async def _do(given: Services, caller: Actor, folio: str, verb: str, order: Order[Any]) -> Json:
    async with given.sessions() as session:
        before = await answered(session, order.request)
        if before is not None and before.revision is not None:
            return await shown(session, before.folio, before.revision)
        await visible(session, caller, folio)
    client = await given.engine.client()
    try:
        accepted = await engine.act(client, folio, verb, order, order.request)
    except engine.NoRun:
        async with given.sessions() as session:
            raise _over(await visible(session, caller, folio)) from None
    return await _answer(given, accepted, order.request)


async def register(given: Services, asked: Registration, policy: TicketPolicy) -> Json:
    """Give the folio and start the case; the same request twice is one case (GEN-02, GEN-05).

    The rule is tried before anything is written, so that a refusal costs no folio.
    """
    now = given.clock.now().replace(microsecond=0)
    ticket = rules.register(asked, f"{PREFIX}-{now.year}-000000", policy, now).state
    async with given.sessions.begin() as session:
        reserved = await case_store.reserve_folio(session, asked.request, PREFIX, now)
        folio, revision, said = reserved.folio, reserved.revision, reserved.fingerprint
    if said != asked.request.fingerprint:
        raise reused()
    if revision is None:
        client = await given.engine.client()
        operation = _operation(folio, asked, policy, ticket)
        revision = (await engine.start(client, operation, asked.request)).revision
    async with given.sessions() as session:
        return await shown(session, folio, revision)


async def reopen(given: Services, caller: Actor, folio: str, order: Order[Any]) -> tuple[Json, bool]:
    """Reopen within the grace window; after it, a new ticket linked to the old one (TCK-15). True if it is new."""
    try:
        answer = await do(given, caller, folio, "reopen", order)
        return answer, answer["folio"] != folio  # asked again, it answers with the new one it opened then
    except NotNow as late:
        if late.code not in ("grace_over", "archived"):
            raise
    async with given.sessions() as session:
        old = view.ticket_of((await visible(session, caller, folio)).document)
        asked, policy = await _again(session, given, caller, old, order)
    return await register(given, asked, policy), True


async def _answer(given: Services, accepted: Accepted, request: Request) -> Json:
    if accepted.fingerprint != request.fingerprint:
        raise reused()
    async with given.sessions() as session:
        return await shown(session, accepted.folio, accepted.revision)


def _operation(
    folio: str, asked: Registration, policy: TicketPolicy, ticket: Ticket
) -> WithStartWorkflowOperation[Any, Any]:
    columns = view.TicketRoom().columns_of(ticket)
    return WithStartWorkflowOperation(
        WORKFLOW,
        TicketStart(folio=folio, registration=asked, policy=policy),
        id=folio,
        task_queue=TASK_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        search_attributes=attributes(ROOM, columns),
        static_summary=board.summary(asked),
        static_details=board.introduction(asked, folio),
    )


async def _again(
    session: AsyncSession, given: Services, caller: Actor, old: Ticket, order: Order[Any]
) -> tuple[Registration, TicketPolicy]:
    now = given.clock.now().replace(microsecond=0)
    where = old.place
    found = await ticket_facts.place(session, caller, where.device, where.site, where.client, now)
    _, policy = await ticket_facts.opening_policy(session, found, now)
    asked = Registration(
        actor=caller,
        request=order.request,
        channel=_channel(caller, old),
        contact=Contact.model_validate(old.contact.model_dump()),
        place=found.place,
        symptom=f"{old.symptom}\n({old.folio}) {order.body.reason}",
        recent_failures=await ticket_facts.recent_failures(session, where.device, policy, now),
        eligible=await ticket_facts.anybody_eligible(session, found.place, now),
        links=(old.folio,),
    )
    return asked, policy


def _channel(caller: Actor, old: Ticket) -> Channel:
    """What a client says of a fault that monitoring found is the client's own report."""
    found = old.channel is Channel.MONITORING and caller.role is Role.CLIENT
    return Channel.PORTAL if found else old.channel


def _over(row: CaseRow) -> NotNow:
    if row.state == State.CANCELLED:
        return NotNow("El ticket está cancelado.", code="is_cancelled")
    if row.state == State.CLOSED:
        return NotNow("El ticket está cerrado y archivado.", code="archived")
    return NotNow("El ticket no está en curso; avise a operación.", code="no_run")
