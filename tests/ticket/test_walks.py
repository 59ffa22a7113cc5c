"""What holds along any life of a ticket: random verbs by random people, with random time in between."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.notices import OPTIONAL, render, templates
from models.shared import clock_ledger
from models.shared.actor import Actor
from models.shared.case import Step
from models.shared.errors import DomainError
from models.shared.patch import diff, merge
from models.shared.texts import codes
from models.ticket import board, inbox, rules, timers, view
from models.ticket.types import OPEN_STATES, Channel, Place, State, Ticket
from tests.ticket.building import (
    BOSS,
    BY_PHONE_ONLY,
    CALL,
    CLIENT,
    DIRECTOR,
    ENGINEER,
    MACHINE,
    MANAGER,
    MONDAY,
    PLACE,
    USUAL,
    VERBS,
    WAREHOUSE,
    numbered,
    opening,
    order,
    registered,
    until,
    wake,
)

EVENTS = set(
    """registered classified assigned contacted visit_agreed visit_arrived visit_left visit_failed diagnosed part_asked
    part_changed paused resumed evidence_added noted messaged follow_up_set follow_up_missed corrected warned breached
    escalated acknowledged resolved confirmed rejected closed reopened merged redirected cancelled surveyed overridden
    recurrence_marked breach_predicted""".split()  # noqa: SIM905
)
"""Those of `api.md`."""
LONG = timedelta(days=31)
PEOPLE = (CALL, BOSS, ENGINEER, MANAGER, DIRECTOR, WAREHOUSE, CLIENT)

_soon = st.integers(1, 60 * 24 * 6).map(lambda minutes: timedelta(minutes=minutes))
_pause = st.sampled_from(
    [timedelta(), timedelta(minutes=20), timedelta(hours=2), timedelta(days=1), timedelta(days=4)]
)
_priority = st.sampled_from(["high", "medium", "low"])
_openings = st.fixed_dictionaries(
    {
        "channel": st.sampled_from(Channel),
        "contact": st.sampled_from([BY_PHONE_ONLY, BY_PHONE_ONLY.model_copy(update={"whatsapp": "+52"})]),
        "symptom": st.sampled_from(["No imprime", "Duda de uso", "Se atora a veces", "Algo pasa"]),
        "actor": st.sampled_from([CALL, CLIENT, MACHINE]),
        "type": st.sampled_from([None, "equipment_stopped"]),
        "priority": st.one_of(st.none(), _priority),
        "eligible": st.booleans(),
        "place": st.sampled_from([PLACE, Place(client="papelera", reported="la del pasillo")]),
        "recent_failures": st.sampled_from([(), (MONDAY - timedelta(days=9), MONDAY - timedelta(days=2))]),
    }
).filter(lambda said: said["channel"] is not Channel.MONITORING or said["actor"] is not CLIENT)
ANY_TIME = ("note", "message", "follow_up", "contact", "contact", "evidence", "acknowledge", "acknowledge")
WHILE_OPEN = ("classify", "assign", "pause", "resume", "correct", "escalate", *ANY_TIME)
WHILE_WORKED = (
    "visits",
    "arrive",
    "leave",
    "fail",
    "diagnose",
    "diagnose",
    "parts",
    "resolve",
    "resolve",
    *WHILE_OPEN,
)
LIKELY = {
    State.REGISTERED: ("classify", "classify", "resolve", *WHILE_OPEN),
    State.CLASSIFIED: ("assign", "assign", "assign", "resolve", *WHILE_OPEN),
    State.ASSIGNED: WHILE_WORKED,
    State.DIAGNOSED: (*WHILE_WORKED, "resolve", "resolve"),
    State.RESOLVED: ("confirm", "reject", "reject", "override", "close", "leave", "parts", *ANY_TIME),
    State.CLOSED: ("reopen", "survey", "leave", *ANY_TIME),
    State.CANCELLED: ("reopen", "note"),
}
"""What mostly happens in a state, so that walks get far; anything may happen anywhere."""


@st.composite
def _moves(draw: st.DrawFn, state: State) -> tuple[timedelta, str, Actor | None, dict[str, Any]]:
    """Time that passes, a verb, now and then by the wrong person, with a body; dates count from the action."""
    anything = draw(st.integers(0, 9)) == 9
    verb = draw(st.sampled_from(VERBS if anything else LIKELY[state]))
    who = draw(st.sampled_from(PEOPLE)) if draw(st.integers(0, 9)) == 9 else None
    body: dict[str, Any] = {}
    match verb:
        case "classify":
            body = {
                "priority": draw(_priority),
                "type": draw(st.sampled_from(["technical_failure", "user_error"])),
            }
        case "contact":
            outcome, mode = (
                draw(st.sampled_from(["reached", "not_reached"])),
                draw(st.sampled_from(["phone", "on_site"])),
            )
            body = {"outcome": outcome, "mode": mode, "follow_up": draw(st.sampled_from([None, None, 1, 2]))}
        case "visits":
            body = {"from": draw(_soon), "to": draw(_soon)}
        case "diagnose":
            wanted = draw(st.lists(st.sampled_from(["rodillo", "fusor", "placa", "nada"]), max_size=2))
            body = {
                "solved": draw(st.booleans()), "mode": draw(st.sampled_from(["remote", "on_site"])),
                "pending_parts": [{"part": one} for one in wanted],
            }  # fmt: skip
        case "parts":
            became = draw(st.sampled_from(["promised", "received", "installed", "returned", "not_needed"]))
            body = {"state": became, "due": draw(st.one_of(st.none(), _soon)), "n": draw(st.integers(1, 2))}
        case "pause":
            reason = draw(st.sampled_from(["waiting_client", "agreed_visit"]))
            body = {"reason": reason, "until": draw(st.one_of(st.none(), _soon))}
        case "follow_up":
            body = {"due": draw(_soon), "who": draw(st.sampled_from(["ana", "luis"]))}
        case "acknowledge":
            body = {"by": draw(_soon)}
        case "resolve":
            who = who or draw(st.sampled_from([ENGINEER, CALL]))
        case "survey":
            body = {"score": draw(st.integers(1, 5))}
    return draw(_pause), verb, who, body


class Walk:
    """A ticket on its way; at each step all that must always hold is looked at."""

    def __init__(self, opening_of: dict[str, Any]) -> None:
        self.now = MONDAY
        step = opening(**opening_of)
        self.ticket = step.state
        self.document: dict[str, Any] = {}
        self._accepted(None, step)

    def pass_time(self, some: timedelta) -> None:
        end = self.now + some
        while (due := rules.next_wake(self.ticket)) and due <= end:
            assert self.now < due
            self._nothing_happens_before(due)
            self.now = due
            self._accepted(self.ticket, wake(self.ticket, due))
        self.now = end
        assert rules.wake(self.ticket, end) is None

    def act(self, verb: str, who: Actor | None, body: dict[str, Any]) -> None:
        said: dict[str, Any] = {
            key: self.now + value if isinstance(value, timedelta) else value for key, value in body.items()
        }
        asked = order(verb, who or USUAL.get(verb, CALL), **said)
        try:
            step = rules.act(getattr(rules, verb), self.ticket, asked, self.now)
        except DomainError as refused:
            _says_why(refused)
            return
        self._accepted(self.ticket, numbered(step, self.ticket))

    def _nothing_happens_before(self, due: datetime) -> None:
        for part in (0.0, 0.37, 0.99):
            before = (self.now + (due - self.now) * part).replace(microsecond=0)
            if before < due:
                assert rules.wake(self.ticket, before) is None

    def _accepted(self, before: Ticket | None, step: Step[Ticket]) -> None:
        assert step.events
        assert {event.event for event in step.events} <= EVENTS
        after = step.state
        self._settled(after)
        self._clocks(before, after)
        self._document(after)
        _notices_can_be_written(after, step)
        _tasks_are_distinct(after)
        assert after.level >= (before.level if before else 0)
        assert after.level == max([trigger.level for trigger in after.triggers.values()], default=0)
        assert board.details(after, self.now)
        self.ticket = after

    def _settled(self, after: Ticket) -> None:
        """What is due has happened, and what comes lies ahead."""
        assert rules.wake(after, self.now) is None
        following = rules.next_wake(after)
        assert following is None or following > self.now
        named = timers.wake_name(after)
        assert bool(named) is bool(following or rules.end_due(after))
        assert "_" not in named

    def _clocks(self, before: Ticket | None, after: Ticket) -> None:
        calendar = after.policy.calendar
        for name in ("first_response", "resolution_clock"):
            clock = getattr(after, name)
            whole = calendar.measure(after.opened_at, clock.met_at or self.now)
            parts = (
                clock_ledger.consumed(clock, calendar, self.now),
                clock_ledger.paused(clock, calendar, self.now),
            )
            assert sum(parts) == whole
            old = getattr(before, name) if before else clock
            assert old.breached_at is None or clock.breached_at == old.breached_at
            assert set(old.warned) <= set(clock.warned)
        if after.state is not State.CANCELLED:
            assert all(one.kind == "running" for one in after.first_response.segments)
        paused = after.resolution_clock.paused and after.state in OPEN_STATES
        assert paused is (after.pause_reason is not None)
        assert (after.resolution_clock.met_at is not None) is (after.state in (State.RESOLVED, State.CLOSED))

    def _document(self, after: Ticket) -> None:
        document = view.document(after)
        assert merge(self.document, diff(self.document, document)) == document
        assert view.ticket_of(document) == after
        self.document = document


def _says_why(refused: DomainError) -> None:
    assert refused.code
    assert refused.message.endswith(".")


def _notices_can_be_written(ticket: Ticket, step: Step[Ticket]) -> None:
    sent = [(notice.key, str(notice.to)) for notice in step.notices]
    assert len(sent) == len(set(sent))
    facts = view.TicketRoom().facts(view.document(ticket)).model_dump()
    for notice in step.notices:
        audience = "client" if notice.to.contact else "staff"
        assert notice.template in templates(audience, "es")
        assert notice.data.keys() <= OPTIONAL
        for language in ("es", "en"):
            written = render(audience, language, notice.template, {**facts, **notice.data})
            assert ticket.folio in written.text
            assert written.subject
            assert "None" not in written.text


def _tasks_are_distinct(ticket: Ticket) -> None:
    keys = [task.key for task in inbox.tasks(ticket)]
    assert len(keys) == len(set(keys))
    if ticket.state is State.CANCELLED:
        assert keys == []
    elif ticket.state in OPEN_STATES:
        assert keys, "an open ticket always waits for somebody"


def _go_on(walk: Walk, data: st.DataObject, moves: int) -> None:
    for _ in range(moves):
        some, verb, who, body = data.draw(_moves(walk.ticket.state))
        walk.pass_time(some)
        walk.act(verb, who, body)
    walk.pass_time(timedelta(days=9))


@pytest.mark.req("TCK-05", "TCK-06", "GEN-03", "GEN-12")
@settings(max_examples=60, deadline=None)
@given(opened=_openings, moves=st.integers(8, 25), data=st.data())
def test_whatever_happens_the_state_stays_whole(
    opened: dict[str, Any], moves: int, data: st.DataObject
) -> None:
    _go_on(Walk(opened), data, moves)


@pytest.mark.req("TCK-13", "TCK-15")
@settings(max_examples=60, deadline=None)
@given(priority=_priority, moves=st.integers(4, 14), data=st.data())
def test_whatever_happens_after_it_was_resolved_the_state_stays_whole(
    priority: str, moves: int, data: st.DataObject
) -> None:
    walk = Walk({"contact": BY_PHONE_ONLY, "type": "technical_failure", "priority": priority})
    for verb in ("assign", "contact", "diagnose", "evidence", "resolve"):
        walk.act(verb, None, {})
    _go_on(walk, data, moves)


def test_every_event_of_the_interface_has_words_for_staff() -> None:
    assert codes("event") >= EVENTS


@pytest.mark.req("GEN-12")
@pytest.mark.parametrize("priority", [None, "high", "medium", "low"])
def test_a_ticket_nobody_touches_for_a_month_wakes_at_most_forty_five_times(priority: str | None) -> None:
    """Each wake is about eleven events of history: under five hundred in all."""
    given_type = "equipment_stopped" if priority else None
    _, steps = until(registered(type=given_type, priority=priority), MONDAY + LONG)
    assert 20 < len(steps) <= 45
