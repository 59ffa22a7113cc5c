"""Triggers and the ladder: service supervisor, manager, director (TCK-09, TCK-10)."""

from datetime import datetime

from models.shared.actor import Role
from models.shared.case import Step
from models.shared.errors import Invalid, NotNow
from models.ticket.draft import Draft
from models.ticket.messages import Acknowledge, Order, Reason
from models.ticket.permissions import permit
from models.ticket.types import OPEN_STATES, Acknowledgement, Priority, Ticket, Trigger, TriggerCode

SUPERVISOR, MANAGER, DIRECTOR = 1, 2, 3
ROLE_OF_LEVEL = {SUPERVISOR: Role.SUPERVISOR, MANAGER: Role.MANAGER, DIRECTOR: Role.DIRECTOR}


def critical(ticket: Ticket) -> bool:
    """High priority with its resolution breached, or a client still dissatisfied after the manager acted."""
    if ticket.priority is Priority.HIGH and ticket.resolution_clock.breached_at is not None:
        return True
    complaints = [one for one in ticket.triggers.values() if one.code is TriggerCode.DISSATISFIED]
    acted = [one for one in complaints if one.level >= MANAGER and one.acknowledged]
    return any(later.n > earlier.n for earlier in acted for later in complaints)


def raised(ticket: Ticket, code: TriggerCode) -> bool:
    return any(trigger.code is code for trigger in ticket.triggers.values())


def active(ticket: Ticket) -> list[Trigger]:
    return [trigger for trigger in ticket.triggers.values() if trigger.active]


def acknowledge_by(ticket: Ticket, trigger: Trigger) -> datetime:
    """Until when its present level has time to acknowledge."""
    return ticket.policy.calendar.add(trigger.level_at, ticket.policy.acknowledge_within)


def at_the_top(ticket: Ticket, trigger: Trigger) -> bool:
    return trigger.level >= (DIRECTOR if critical(ticket) else MANAGER)


def climb_due(ticket: Ticket, trigger: Trigger) -> datetime | None:
    """When this trigger moves again by itself: it climbs, or at the top repeats daily; None when settled."""
    if trigger.settled_at is not None:
        return None
    if trigger.acknowledged is not None:
        return trigger.acknowledged.until if ticket.state in OPEN_STATES else None
    if at_the_top(ticket, trigger):
        return ticket.policy.calendar.add_days(trigger.repeated_at or trigger.level_at, 1)
    return acknowledge_by(ticket, trigger)


def next_climb(ticket: Ticket) -> datetime | None:
    dues = [due for one in ticket.triggers.values() if (due := climb_due(ticket, one)) is not None]
    return min(dues, default=None)


def raise_trigger(draft: Draft, code: TriggerCode, *, at: datetime | None = None, reason: str = "") -> None:
    """Start a ladder at the supervisor. `at` is when the condition held, if earlier than now."""
    n = len(draft.ticket.triggers) + 1
    trigger = Trigger(n=n, code=code, reason=reason, at=at or draft.now, level_at=draft.now)
    _put(draft, trigger)
    _tell_level(draft, trigger)


def raise_once(draft: Draft, code: TriggerCode, *, at: datetime | None = None, reason: str = "") -> None:
    if not raised(draft.ticket, code):
        raise_trigger(draft, code, at=at, reason=reason)


def raise_unless_active(draft: Draft, code: TriggerCode, *, reason: str = "") -> None:
    """Start a ladder unless one for the same is waiting for an answer; one already answered was about before."""
    if all(one.code is not code for one in active(draft.ticket)):
        raise_trigger(draft, code, reason=reason)


def climb(draft: Draft) -> None:
    """Move every trigger whose time has come: up, or once more to who is at the top, all of those in one go."""
    repeats = False
    for trigger in list(draft.ticket.triggers.values()):
        due = climb_due(draft.ticket, trigger)
        if due is None or due > draft.now:
            continue
        if trigger.acknowledged is None and at_the_top(draft.ticket, trigger):
            repeats = True
        else:
            _up(draft, trigger)
    if repeats:
        _repeat(draft)


def settle(draft: Draft, *codes: TriggerCode) -> None:
    """The case is solved or over, or what `codes` were about is: no ladder that was raised before goes on."""
    triggers = {
        key: one.model_copy(update={"settled_at": draft.now})
        if not one.settled_at and (not codes or one.code in codes)
        else one
        for key, one in draft.ticket.triggers.items()
    }
    draft.change(triggers=triggers)


def escalate(ticket: Ticket, order: Order[Reason], now: datetime) -> Step[Ticket]:
    """Anyone on the case asks for the supervisor, with a reason (TCK-09)."""
    permit(ticket, "escalate", order.actor)
    if ticket.state not in OPEN_STATES:
        raise NotNow("El ticket ya no está abierto: no se escala.", code=f"is_{ticket.state}")
    draft = Draft(ticket, order.actor, now)
    raise_trigger(draft, TriggerCode.MANUAL, reason=order.body.reason)
    return draft.step()


def acknowledge(ticket: Ticket, order: Order[Acknowledge], now: datetime) -> Step[Ticket]:
    """Somebody of the ladder takes it: names the next step and its date; settles all that is active (TCK-10)."""
    permit(ticket, "acknowledge", order.actor)
    if not active(ticket):
        raise NotNow("No hay escalamientos activos que atender.", code="nothing_active")
    until = order.body.by.replace(microsecond=0)
    if until <= now:
        raise Invalid("La fecha del siguiente paso debe ser futura.", code="by_in_the_past")
    draft = Draft(ticket, order.actor, now)
    word = Acknowledgement(by=order.actor.user, at=now, next_step=order.body.next_step, until=until)
    codes = [one.code for one in active(ticket)]
    triggers = {
        key: one.model_copy(update={"acknowledged": word}) if one.active else one
        for key, one in ticket.triggers.items()
    }
    draft.change(triggers=triggers)
    draft.say("acknowledged", triggers=codes, next_step=word.next_step, by=until.isoformat())
    return draft.step()


def _up(draft: Draft, trigger: Trigger) -> None:
    """One level up, or, when it is at the top already and its acknowledged date passed, told there again."""
    top = DIRECTOR if critical(draft.ticket) else MANAGER
    level = max(trigger.level, min(trigger.level + 1, top))
    higher = trigger.model_copy(
        update={"level": level, "level_at": draft.now, "acknowledged": None, "repeated_at": None}
    )
    missed = trigger.acknowledged.until.isoformat() if trigger.acknowledged else ""
    _put(draft, higher)
    _tell_level(draft, higher, missed=missed)


def _repeat(draft: Draft) -> None:
    top = [one for one in active(draft.ticket) if at_the_top(draft.ticket, one)]
    for trigger in top:
        _put(draft, trigger.model_copy(update={"repeated_at": draft.now}))
    level = max(one.level for one in top)
    codes = [one.code for one in top]
    draft.say("escalated", triggers=codes, level=level, repeated=True)
    draft.tell_role("escalation_repeated", ROLE_OF_LEVEL[level], triggers=codes, level=level)


def _put(draft: Draft, trigger: Trigger) -> None:
    triggers = {**draft.ticket.triggers, str(trigger.n): trigger}
    draft.change(triggers=triggers, level=max(draft.ticket.level, trigger.level))


def _tell_level(draft: Draft, trigger: Trigger, *, missed: str = "") -> None:
    by = acknowledge_by(draft.ticket, trigger).isoformat()
    draft.say(
        "escalated",
        trigger=trigger.code,
        level=trigger.level,
        reason=trigger.reason,
        condition_at=trigger.at.isoformat(),
        acknowledge_by=by,
        missed=missed,
    )
    draft.tell_role(
        "escalated",
        ROLE_OF_LEVEL[trigger.level],
        triggers=[trigger.code],
        level=trigger.level,
        reason=trigger.reason,
        acknowledge_by=by,
    )
    if trigger.level == 1 and draft.ticket.state in OPEN_STATES:
        draft.tell_client("escalated", level=trigger.level)
