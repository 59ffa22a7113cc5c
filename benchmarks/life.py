"""A ticket's full life in eight updates, the orders as the API sends them, and one peer's life by the same orders."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from api import engine
from benchmarks.world import Facts
from models.shared.actor import Actor, Role
from models.shared.case import Contact, Request
from models.ticket import board, rules, view
from models.ticket import messages as m
from models.ticket.messages import Order, Registration, Stored, TicketStart
from models.ticket.types import Channel
from workflows.visibility import attributes

CALL = Actor(user="call_center", role=Role.CALL_CENTER)
BOSS = Actor(user="supervisor", role=Role.SUPERVISOR)
ENGINEER = Actor(user="engineer1", role=Role.ENGINEER)

VERBS = ("register", "classify", "assign", "contact", "diagnose", "evidence", "resolve", "confirm")
EVENTS = (
    "registered", "classified", "assigned", "contacted", "diagnosed", "evidence_added", "resolved", "confirmed",
    "closed",
)  # fmt: skip
LETTERS = {"register": 1, "assign": 2, "resolve": 1, "confirm": 1}
"""How many letters each action leaves to be sent."""

BODIES: dict[str, dict[str, Any]] = {
    "classify": {"type": "equipment_stopped", "priority": "high"},
    "assign": {"engineer": "engineer1"},
    "contact": {"mode": "phone", "outcome": "reached", "note": "La persona repitió la prueba por teléfono."},
    "diagnose": {
        "mode": "remote",
        "hypothesis": "El fusor no llega a temperatura",
        "root_cause": "Fusor gastado por volumen de impresión",
        "actions": (
            "Se revisó el registro de errores",
            "Se cambió el fusor",
            "Se imprimió la página de prueba",
        ),
        "history_reviewed": True,
        "solved": True,
    },
    "resolve": {
        "resolution": "resolved",
        "failure_class": "desgaste",
        "summary": "Imprime bien tras cambiar el fusor",
    },
    "confirm": {"comment": "Ya imprime, gracias"},
}


def request(folio: str, verb: str) -> Request:
    """As long as the API's own: two SHA-256 sums."""
    key, said = (hashlib.sha256(f"{folio} {verb} {part}".encode()).hexdigest() for part in ("key", "body"))
    return Request(key=key, fingerprint=said)


def registration(folio: str, facts: Facts) -> Registration:
    return Registration(
        actor=CALL,
        request=request(folio, "register"),
        channel=Channel.PHONE,
        contact=Contact(name="Ana Ruiz Camacho", phone="+52 55 1234 5678", email="ana.ruiz@example.com"),
        place=facts.place,
        symptom="No imprime desde ayer, marca error 50.4 en la pantalla y no deja mandar trabajos.",
        synthesis="Equipo detenido con error de fusor.",
    )


def orders(folio: str) -> Sequence[tuple[str, Order[Any]]]:
    """What follows the registration, in order."""
    photo = Stored(
        sha256=hashlib.sha256(folio.encode()).hexdigest(),
        kind="photo",
        name="pagina-de-prueba.jpg",
        media_type="image/jpeg",
        size=48_213,
    )

    def of(verb: str, actor: Actor) -> dict[str, Any]:
        return {"actor": actor, "request": request(folio, verb), "body": BODIES.get(verb)}

    return (
        ("classify", Order[m.Classify](**of("classify", CALL))),
        ("assign", m.AssignOrder(**of("assign", BOSS), name="Andrés Guzmán")),
        ("contact", Order[m.MakeContact](**of("contact", ENGINEER))),
        ("diagnose", m.DiagnoseOrder(**of("diagnose", ENGINEER))),
        (
            "evidence",
            Order[m.AddEvidence](**{**of("evidence", ENGINEER), "body": m.AddEvidence(items=(photo,))}),
        ),
        ("resolve", Order[m.Resolve](**of("resolve", ENGINEER))),
        ("confirm", Order[m.Confirm](**of("confirm", CALL))),
    )


async def live(client: Client, folio: str, facts: Facts, queue: str = m.TASK_QUEUE) -> None:
    """One of our tickets from registration to close, each action awaited."""
    asked = registration(folio, facts)
    await engine.start(client, _ours(folio, asked, facts, queue), asked.request)
    for verb, order in orders(folio):
        await engine.act(client, folio, verb, order, order.request)


async def live_peer(client: Client, workflow: str, queue: str, folio: str, facts: Facts) -> None:
    """The same calls with the same contents to another workflow."""
    asked = registration(folio, facts)
    await register_peer(client, workflow, queue, folio, asked, facts)
    handle = client.get_workflow_handle(folio)
    for verb, order in orders(folio):
        await handle.execute_update(verb, order, id=order.request.key)


async def register_peer(
    client: Client, workflow: str, queue: str, folio: str, asked: Registration, facts: Facts
) -> None:
    start = TicketStart(folio=folio, registration=asked, policy=facts.policy)
    await client.execute_update_with_start_workflow(
        "register",
        id=asked.request.key,
        start_workflow_operation=WithStartWorkflowOperation(
            workflow,
            start,
            id=folio,
            task_queue=queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            run_timeout=timedelta(days=1),
        ),
    )


def _ours(folio: str, asked: Registration, facts: Facts, queue: str) -> WithStartWorkflowOperation[Any, Any]:
    """As `api.ticket_desk` starts it, on a queue of one's choice."""
    now = facts.now()
    ticket = rules.register(asked, folio, facts.policy, now).state
    return WithStartWorkflowOperation(
        m.WORKFLOW,
        TicketStart(folio=folio, registration=asked, policy=facts.policy),
        id=folio,
        task_queue=queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        search_attributes=attributes(m.ROOM, view.TicketRoom().columns_of(ticket)),
        static_summary=board.summary(asked),
        static_details=board.introduction(asked, folio),
    )
