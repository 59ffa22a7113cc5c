"""How a ticket begins: registered, classified, assigned, corrected.

Each verb is `verb(ticket, order, now) -> Step[Ticket]`, pure, and raises a `DomainError` when it refuses.
"""

from datetime import datetime, timedelta

from models.shared import clock_ledger
from models.shared.actor import Role
from models.shared.case import Step
from models.shared.errors import Invalid, NotAllowed, NotNow
from models.shared.policy import Budget, TicketPolicy
from models.ticket import proposals
from models.ticket.draft import Draft
from models.ticket.escalation import raise_once, raise_trigger, settle
from models.ticket.messages import AssignOrder, Classify, CorrectOrder, Order, Registration, Stored
from models.ticket.permissions import may, permit
from models.ticket.types import (
    FAILURES,
    OPEN_STATES,
    Because,
    Channel,
    Classification,
    Evidence,
    Priority,
    State,
    Ticket,
    TriggerCode,
)

_NO_MACHINE = frozenset({Role.CLIENT, Role.ENGINEER})
"""They have an interest in what monitoring is spared: the client's confirmation (TCK-13)."""


def register(asked: Registration, folio: str, policy: TicketPolicy, now: datetime) -> Step[Ticket]:
    """Every contact ends registered (TCK-01); staff who give type and priority have classified it (TCK-04).

    What cannot be identified waits for classification whatever was given, with what was said kept.
    """
    may("register", asked.actor.role)
    if asked.actor.role in _NO_MACHINE and asked.channel is Channel.MONITORING:
        raise NotAllowed("Por monitoreo solo registra el monitoreo.", code="channel")
    if asked.occurred_at is not None and asked.occurred_at > now:
        raise Invalid("Lo ocurrido no puede estar en el futuro.", code="occurred_in_the_future")
    proposed = _proposed(asked, _recurrent(policy, asked.recent_failures, now))
    budget = _budget(policy, proposed.priority)
    ticket = Ticket(
        folio=folio,
        policy=policy,
        state=State.REGISTERED,
        channel=asked.channel,
        contact=asked.contact,
        place=asked.place,
        symptom=asked.symptom,
        synthesis=asked.synthesis,
        opened_at=now,
        occurred_at=asked.occurred_at,
        registered_by=asked.actor.user,
        proposed=proposed,
        type=proposed.type,
        priority=proposed.priority,
        eligible=asked.eligible,
        recent_failures=asked.recent_failures,
        first_response=clock_ledger.start(budget.first_response, now, "registered"),
        resolution_clock=clock_ledger.start(budget.resolution, now, "registered"),
        evidence=stored_evidence({}, asked.evidence, asked.actor.user, now),
        links=asked.links,
    )
    draft = Draft(ticket, asked.actor, now)
    _announce(draft, asked)
    if asked.type and asked.priority and _is_staff(asked.actor.role) and not asked.place.reported:
        draft.change(state=State.CLASSIFIED, classified_at=now)
        draft.say("classified", type=asked.type, priority=asked.priority)
        _mark_recurrence(draft)
    if asked.place.device and not asked.place.covered:
        draft.tell_role("not_covered", Role.SUPERVISOR)
    if not asked.eligible:
        draft.tell_role("nobody_eligible", Role.SUPERVISOR)
        raise_once(draft, TriggerCode.NOT_ASSIGNED, reason="nobody_eligible")
    return draft.step()


def classify(ticket: Ticket, order: Order[Classify], now: datetime) -> Step[Ticket]:
    """The call centre decides type and priority; a change says why and whether the facts changed (TCK-04).

    A change of priority keeps what the clocks consumed and paused (TCK-05).
    """
    permit(ticket, "classify", order.actor)
    _still_open(ticket)
    body = order.body
    again = ticket.classified_at is not None
    if again and (body.type, body.priority) == (ticket.type, ticket.priority):
        raise NotNow("El ticket ya tiene esa clasificación.", code="same_classification")
    if again and not (body.reason and body.because):
        raise Invalid(
            "Un cambio de clasificación necesita el motivo (reason) y si cambiaron los hechos o estaba mal "
            "clasificado (because).",
            code="reason_required",
        )
    draft = Draft(ticket, order.actor, now)
    budget = _budget(ticket.policy, body.priority)
    draft.change(
        state=ticket.state if again else State.CLASSIFIED,
        type=body.type,
        priority=body.priority,
        classified_at=now,
        misclassified=ticket.misclassified + (again and body.because is Because.WAS_WRONG),
        first_response=clock_ledger.retarget(
            ticket.first_response, ticket.policy.calendar, budget.first_response, now
        ),
        resolution_clock=clock_ledger.retarget(
            ticket.resolution_clock, ticket.policy.calendar, budget.resolution, now
        ),
    )
    draft.say(
        "classified", type=body.type, priority=body.priority, reason=body.reason, because=body.because,
        before={"type": ticket.type, "priority": ticket.priority},
    )  # fmt: skip
    _mark_recurrence(draft)
    return draft.step()


def assign(ticket: Ticket, order: AssignOrder, now: datetime) -> Step[Ticket]:
    """The supervisor gives it to an engineer, again as often as needed (TCK-07, TCK-11)."""
    permit(ticket, "assign", order.actor)
    _still_open(ticket)
    if ticket.state is State.REGISTERED:
        raise NotNow("Falta clasificar el ticket antes de asignarlo.", code="not_classified")
    engineer = order.body.engineer
    if ticket.state is State.ASSIGNED and engineer == ticket.assignee:
        raise NotNow("El ticket ya está asignado a ese ingeniero.", code="same_engineer")
    draft = Draft(ticket, order.actor, now)
    draft.change(state=State.ASSIGNED, assignee=engineer, assignee_name=order.name, at_the_desk=False)
    draft.say(
        "assigned", engineer=engineer, name=order.name, before=ticket.assignee, reason=order.body.reason
    )
    draft.tell_assignee("assigned_engineer")
    draft.tell_client("assigned", name=order.name)
    return draft.step()


def correct(ticket: Ticket, order: CorrectOrder, now: datetime) -> Step[Ticket]:
    """A wrong device, site or client is put right; clocks go on and recurrence follows the device (GEN-19)."""
    permit(ticket, "correct", order.actor)
    _still_open(ticket)
    before = ticket.place
    if order.place == before:
        raise NotNow("El ticket ya tiene esos datos.", code="same_place")
    draft = Draft(ticket, order.actor, now)
    draft.change(place=order.place, recent_failures=order.recent_failures)
    if order.place.device != before.device:
        draft.change(recurrent=False)
        settle(draft, TriggerCode.RECURRENCE)
    draft.say(
        "corrected",
        reason=order.body.reason,
        before={"client": before.client, "site": before.site, "device": before.device},
        after={"client": order.place.client, "site": order.place.site, "device": order.place.device},
    )
    if draft.ticket.classified_at is not None:
        _mark_recurrence(draft)
    return draft.step()


def stored_evidence(
    held: dict[str, Evidence], items: tuple[Stored, ...], by: str, now: datetime
) -> dict[str, Evidence]:
    """What is held plus the items, numbered on from it."""
    first = len(held) + 1
    return {
        **held,
        **{
            str(n): Evidence(n=n, by=by, at=now, **item.model_dump())
            for n, item in enumerate(items, start=first)
        },
    }


def _proposed(asked: Registration, recurrent: bool) -> Classification:
    proposed = proposals.classification(asked.symptom, asked.channel, recurrent=recurrent)
    if not _is_staff(asked.actor.role):
        return proposed
    return Classification(type=asked.type or proposed.type, priority=asked.priority or proposed.priority)


def _announce(draft: Draft, asked: Registration) -> None:
    draft.say(
        "registered",
        evidence=tuple(one.sha256 for one in draft.ticket.evidence.values()),
        number=f"{draft.ticket.folio}/1",
        channel=asked.channel,
        person=asked.contact.name,
        said=asked.symptom,
        claimed={"type": asked.type, "priority": asked.priority} if asked.type or asked.priority else None,
        reported=asked.place.reported,
    )
    contact = asked.contact
    if contact.email or contact.whatsapp or asked.channel is not Channel.PHONE:
        draft.tell_client("registered")  # on the phone the agent has just said the folio


def _mark_recurrence(draft: Draft) -> None:
    """The failure that completes the policy's count marks it, and later ones stay marked (TCK-16)."""
    ticket = draft.ticket
    if ticket.recurrent or ticket.type not in FAILURES:
        return
    if _recurrent(ticket.policy, ticket.recent_failures, ticket.opened_at):
        draft.change(recurrent=True)
        draft.say("recurrence_marked", failures=len(ticket.recent_failures) + 1, proposes="swap")
        raise_trigger(draft, TriggerCode.RECURRENCE)


def _recurrent(policy: TicketPolicy, failures: tuple[datetime, ...], now: datetime) -> bool:
    since = now - timedelta(days=policy.recurrence_within_days)
    return sum(at >= since for at in failures) + 1 >= policy.recurrence_failures


def _budget(policy: TicketPolicy, priority: Priority) -> Budget:
    budget: Budget = getattr(policy.targets, priority)
    return budget


def _is_staff(role: Role) -> bool:
    return role not in (Role.CLIENT, Role.MONITORING)


def _still_open(ticket: Ticket) -> None:
    if ticket.state not in OPEN_STATES:
        raise NotNow("El ticket ya no está abierto.", code=f"is_{ticket.state}")
