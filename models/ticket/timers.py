"""What time does to a ticket: one wake applies everything that is due, and names the next instant (TCK-05 to TCK-13)."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from models.shared import clock_ledger
from models.shared.actor import SYSTEM, Role
from models.shared.case import Recipient, Step
from models.shared.texts import text
from models.ticket import escalation, gates
from models.ticket.closing import CAME_BACK, close_unconfirmed, unattended_close
from models.ticket.draft import Draft
from models.ticket.types import OPEN_STATES, PartState, State, Ticket, TriggerCode, VisitState
from models.ticket.work import end_pause

_CLOCKS = ("first_response", "resolution_clock")


def wake(ticket: Ticket, now: datetime, mark: str = "timer") -> Step[Ticket] | None:
    """All that is due at `now`, as one step by the system; None when nothing is."""
    if ticket.state is State.CANCELLED:
        return None
    draft = Draft(ticket, SYSTEM, now, mark)
    if ticket.state in OPEN_STATES:
        _end_of_pause(draft)
        for name in _CLOCKS:
            _tick(draft, name)
        _not_assigned(draft)
        _open_limit(draft)
        _predict_breach(draft)
    _missed_follow_ups(draft)
    escalation.climb(draft)
    _confirmation(draft)
    return draft.step() if draft.changed else None


def next_wake(ticket: Ticket) -> datetime | None:
    """The first instant at which `wake` has something to do; None when the case only waits for people."""
    return min((at for at, _ in _wakes(ticket)), default=None)


def wake_name(ticket: Ticket) -> str:
    """What the next instant brings, in Spanish: the name of the timer in the UI (GEN-09)."""
    waits = (*_wakes(ticket), *(((end, "end"),) if (end := end_due(ticket)) else ()))
    return text(f"timer.{min(waits)[1]}") if waits else ""


def next_deadline(ticket: Ticket) -> datetime | None:
    """The next date somebody must keep: clocks, ladder, promises, agreed visits; warnings are not deadlines."""
    return min(_deadlines(ticket), default=None)


def assign_due(ticket: Ticket) -> datetime | None:
    """Until when it may stay without an engineer (TCK-07)."""
    if ticket.assignee or ticket.state not in OPEN_STATES:
        return None
    return ticket.policy.calendar.add(ticket.opened_at, ticket.policy.assign_within)


def confirm_due(ticket: Ticket, before: int = 0) -> datetime | None:
    """When the client's time to confirm ends, or so many business days before that (TCK-13)."""
    days = ticket.policy.confirm_within_days - before
    if ticket.state is not State.RESOLVED or ticket.resolution is None or days < 0:
        return None
    if not gates.confirmation_applies(ticket) or ticket.override is not None:
        return None
    return ticket.policy.calendar.add_days(ticket.resolution.at, days)


def ended(ticket: Ticket, now: datetime) -> bool:
    """Nothing can happen to it any more: over, its grace window past, no promise or ladder pending."""
    if ticket.state is State.CANCELLED:
        return True
    end = end_due(ticket)
    return end is not None and end <= now


def end_due(ticket: Ticket) -> datetime | None:
    """When a closed ticket ends; None while it is not closed, or a promise, a call or a ladder is pending."""
    promised = any(one.kept_at is None for one in ticket.follow_ups.values())
    owed = any(one.done_at is None for one in ticket.calls.values())
    pending = promised or owed or escalation.active(ticket)
    return ticket.grace_until if ticket.state is State.CLOSED and not pending else None


def _wakes(ticket: Ticket) -> Iterator[tuple[datetime, str]]:
    if ticket.state is State.CANCELLED:
        return
    if ticket.state in OPEN_STATES:
        for name in _CLOCKS:
            clock = getattr(ticket, name)
            if at := clock_ledger.next_wake(clock, ticket.policy.calendar, ticket.policy.warn_at):
                yield at, name
        if ticket.paused_until:
            yield ticket.paused_until, "pause"
        due = assign_due(ticket)
        if due and not escalation.raised(ticket, TriggerCode.NOT_ASSIGNED):
            yield due, "assign"
        if not escalation.raised(ticket, TriggerCode.OPEN_LIMIT):
            yield _open_until(ticket), "open_limit"
    for promise in ticket.follow_ups.values():
        if not (promise.kept_at or promise.missed_at):
            yield promise.due, "follow_up"
    if climb := escalation.next_climb(ticket):
        yield climb, "ladder"
    yield from ((at, "confirmation") for at, done in _confirmation_times(ticket) if not done)


def _deadlines(ticket: Ticket) -> Iterator[datetime]:
    if ticket.state is State.CANCELLED:
        return
    if ticket.state in OPEN_STATES:
        for name in _CLOCKS:
            clock = getattr(ticket, name)
            due = clock_ledger.due_at(clock, ticket.policy.calendar)
            if due and clock.met_at is None and clock.breached_at is None:
                yield due
        if due := assign_due(ticket):
            yield due
        yield from (at for at, _ in _known_dates(ticket))
    yield from (one.due for one in ticket.follow_ups.values() if one.kept_at is None)
    if climb := escalation.next_climb(ticket):
        yield climb
    if due := confirm_due(ticket):
        yield due


def _known_dates(ticket: Ticket) -> Iterator[tuple[datetime, str]]:
    """What is agreed or promised to happen, and when."""
    for visit in ticket.visits.values():
        if visit.state is VisitState.AGREED:
            yield visit.start, f"visita {visit.n}"
    for part in ticket.parts.values():
        if part.state is PartState.PROMISED and part.due:
            yield part.due, part.name


def _open_until(ticket: Ticket) -> datetime:
    return ticket.opened_at + timedelta(seconds=ticket.policy.open_limit)


def _end_of_pause(draft: Draft) -> None:
    until = draft.ticket.paused_until
    if until is not None and until <= draft.now:
        end_pause(draft, until)


def _tick(draft: Draft, name: str) -> None:
    ticket = draft.ticket
    clock, percent, breached = clock_ledger.warnings(
        getattr(ticket, name), ticket.policy.calendar, ticket.policy.warn_at, draft.now
    )
    if clock == getattr(ticket, name):
        return
    draft.change(**{name: clock})
    label = name.removesuffix("_clock")
    due = clock_ledger.due_at(clock, ticket.policy.calendar)
    when = due.isoformat() if due else ""
    if percent is not None:
        draft.say("warned", clock=label, percent=percent, due=when)
        draft.tell_assignee("warned", clock=label, percent=percent, due=when)
        draft.tell_role("warned", Role.SUPERVISOR, clock=label, percent=percent, due=when)
    if breached:
        draft.say("breached", clock=label, due=when)
        draft.tell_assignee("breached", clock=label, due=when)
        escalation.raise_trigger(draft, TriggerCode.SLA_BREACHED, at=clock.breached_at, reason=label)


def _not_assigned(draft: Draft) -> None:
    due = assign_due(draft.ticket)
    if due and due <= draft.now:
        escalation.raise_once(draft, TriggerCode.NOT_ASSIGNED, at=due)


def _open_limit(draft: Draft) -> None:
    until = _open_until(draft.ticket)
    if until <= draft.now:
        # While it was resolved or closed it was not open: the condition holds since it came back.
        back = draft.ticket.resolution_clock.segments[-1]
        at = max(until, back.since) if back.why in CAME_BACK else until
        escalation.raise_once(draft, TriggerCode.OPEN_LIMIT, at=at)


def _predict_breach(draft: Draft) -> None:
    """A known date lies after the resolution deadline: the case says so at that moment, once (TCK-22)."""
    ticket = draft.ticket
    due = clock_ledger.due_at(ticket.resolution_clock, ticket.policy.calendar)
    if ticket.predicted or due is None or ticket.resolution_clock.breached_at:
        return
    late = [(at, what) for at, what in _known_dates(ticket) if at > due]
    if late:
        at, what = min(late)
        draft.change(predicted=True)
        known, deadline = at.isoformat(), due.isoformat()
        draft.say("breach_predicted", what=what, known=known, due=deadline)
        draft.tell_role("breach_predicted", Role.SUPERVISOR, what=what, known=known, due=deadline)


def _missed_follow_ups(draft: Draft) -> None:
    for promise in draft.ticket.follow_ups.values():
        if promise.kept_at or promise.missed_at or promise.due > draft.now:
            continue
        missed = promise.model_copy(update={"missed_at": draft.now})
        draft.change(follow_ups={**draft.ticket.follow_ups, str(promise.n): missed})
        draft.say("follow_up_missed", n=promise.n, what=promise.what, who=promise.who)
        draft.tell("follow_up_missed", Recipient(user=promise.who), what=promise.what)
        reason = f"follow_up_missed: {promise.what}"
        escalation.raise_trigger(draft, TriggerCode.MANUAL, at=promise.due, reason=reason)


def _confirmation_times(ticket: Ticket) -> Iterator[tuple[datetime, bool]]:
    """The reminder, the warning one business day before, and the end, each with whether it has been done."""
    done = ticket.confirmation
    days = ticket.policy.confirm_within_days
    for before, flag in ((days - 1, done.reminded), (1, done.warned), (0, done.due_passed)):
        at = confirm_due(ticket, before)
        if at is not None:
            yield at, flag


def _confirmation(draft: Draft) -> None:
    times = [at for at, _ in _confirmation_times(draft.ticket)]
    if not times:
        return
    reminder, warning, end = times[0], times[-2] if len(times) > 1 else times[0], times[-1]
    state = draft.ticket.confirmation
    if end <= draft.now and not state.due_passed:
        _confirmation_over(draft)
    elif warning <= draft.now and not state.warned:
        draft.change(confirmation=state.model_copy(update={"warned": True, "reminded": True}))
        # Who will not be closed without its word is not told that it will.
        if unattended_close(draft.ticket):
            draft.say("messaged", template="confirmation_warning", due=end.isoformat())
            draft.tell_client("confirmation_warning", due=end.isoformat())
        else:
            draft.say("messaged", template="confirmation_reminder", due=end.isoformat())
            draft.tell_client("confirmation_reminder", due=end.isoformat())
        draft.tell_role("confirmation_call_needed", Role.CALL_CENTER, due=end.isoformat())
    elif reminder <= draft.now and not state.reminded:
        draft.change(confirmation=state.model_copy(update={"reminded": True}))
        draft.say("messaged", template="confirmation_reminder", due=end.isoformat())
        draft.tell_client("confirmation_reminder", due=end.isoformat())


def _confirmation_over(draft: Draft) -> None:
    done = {"due_passed": True, "warned": True, "reminded": True}
    draft.change(confirmation=draft.ticket.confirmation.model_copy(update=done))
    close_unconfirmed(draft)
    if draft.ticket.state is State.RESOLVED:
        draft.say("messaged", template="confirmation_overdue")
        if unattended_close(draft.ticket):
            draft.tell_role("confirmation_call_needed", Role.CALL_CENTER)
        else:
            draft.tell_role("confirmation_needs_supervisor", Role.SUPERVISOR)
