from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.shared.clock_ledger import (
    Clock,
    breach_due,
    consumed,
    due_at,
    meet,
    next_wake,
    pause,
    paused,
    resume,
    retarget,
    start,
    statement,
    unmeet,
    view,
    warnings,
)
from models.shared.clock_preview import PauseSpan, Preview, Targets, preview
from models.shared.errors import Invalid, NotNow
from tests.shared.calendars import FIRST, WRITTEN, compiled, counted

BUSINESS = compiled("business in Mexico")
WARN_AT = (50, 75, 90)
HOUR = 3_600
MONDAY = datetime(2030, 7, 1, 15, tzinfo=UTC)
"""Nine in the morning in Mexico City, the opening of a business day."""


def at(hours: float, day: int = 0) -> datetime:
    return MONDAY + timedelta(days=day, hours=hours)


def clock(hours: float = 8) -> Clock:
    return start(int(hours * HOUR), MONDAY, "registered")


# --- The story of one clock --------------------------------------------------------------------------------------


@pytest.mark.req("TCK-05")
def test_a_clock_runs_from_registration_and_is_due_when_its_budget_is_used_up() -> None:
    shown = view(clock(), BUSINESS, at(2.5))
    assert (shown.state, shown.target_minutes, shown.consumed_minutes) == ("running", 480, 150)
    assert (shown.remaining_minutes, shown.paused_minutes, shown.breached) == (330, 0, False)
    assert (shown.due_at, shown.met_at) == (at(8), None)


@pytest.mark.req("TCK-05")
def test_a_pause_moves_the_due_time_by_its_business_time_alone() -> None:
    waiting = pause(clock(), at(2), "waiting_client")
    assert due_at(waiting, BUSINESS) is None
    assert view(waiting, BUSINESS, at(1, day=1)).state == "paused"
    assert view(waiting, BUSINESS, at(1, day=1)).paused_minutes == 8 * 60
    again = resume(waiting, at(1, day=1), "client_answered")
    assert due_at(again, BUSINESS) == at(7, day=1)
    assert consumed(again, BUSINESS, at(2, day=1)) == 3 * HOUR


@pytest.mark.req("TCK-05")
def test_met_exactly_when_due_is_in_time_and_a_second_later_is_not() -> None:
    assert meet(clock(), BUSINESS, at(8)).breached_at is None
    late = meet(clock(), BUSINESS, at(8) + timedelta(seconds=1))
    assert late.breached_at == at(8)
    shown = view(late, BUSINESS, at(0, day=5))
    assert (shown.state, shown.breached, shown.due_at) == ("met", True, at(8))
    assert shown.met_at == at(8) + timedelta(seconds=1)


@pytest.mark.req("TCK-05")
def test_a_budget_used_up_at_closing_time_is_overdue_in_the_evening() -> None:
    assert meet(clock(9), BUSINESS, at(9)).breached_at is None
    assert meet(clock(9), BUSINESS, at(-1, day=1)).breached_at == at(9)


@pytest.mark.req("TCK-05")
def test_a_met_clock_stands_still() -> None:
    met = meet(clock(), BUSINESS, at(3))
    assert consumed(met, BUSINESS, at(0, day=9)) == 3 * HOUR
    assert (breach_due(met, BUSINESS), next_wake(met, BUSINESS, WARN_AT)) == (None, None)
    assert warnings(met, BUSINESS, WARN_AT, at(0, day=9)) == (met, None, False)


@pytest.mark.req("TCK-05")
def test_meeting_a_paused_clock_ends_its_pause() -> None:
    met = meet(pause(clock(), at(2), "agreed_visit"), BUSINESS, at(5))
    assert not met.paused
    assert (consumed(met, BUSINESS, at(9)), paused(met, BUSINESS, at(9))) == (2 * HOUR, 3 * HOUR)
    assert met.breached_at is None
    assert due_at(met, BUSINESS) == at(2, day=1)


@pytest.mark.req("TCK-13")
def test_a_rejection_resumes_the_clock_and_the_wait_was_a_pause() -> None:
    again = unmeet(meet(clock(), BUSINESS, at(3)), at(6), "rejected")
    assert (again.met_at, again.paused) == (None, False)
    assert (consumed(again, BUSINESS, at(7)), paused(again, BUSINESS, at(7))) == (4 * HOUR, 3 * HOUR)
    assert due_at(again, BUSINESS) == at(2, day=1)


@pytest.mark.req("TCK-13")
def test_a_rejection_after_a_pause_that_ended_by_meeting_keeps_both_waits_apart() -> None:
    met = meet(pause(clock(), at(2), "agreed_visit"), BUSINESS, at(3))
    again = unmeet(met, at(5), "rejected")
    lines = statement(again, BUSINESS, at(6))
    assert [(line.kind, line.why, line.business_minutes) for line in lines] == [
        ("running", "registered", 120),
        ("paused", "agreed_visit", 60),
        ("paused", "rejected", 120),
        ("running", "rejected", 60),
    ]


@pytest.mark.req("TCK-05")
def test_a_change_of_priority_keeps_what_was_consumed_and_paused() -> None:
    paused_once = resume(pause(clock(16), at(2), "waiting_client"), at(3), "client_answered")
    raised = retarget(paused_once, BUSINESS, 8 * HOUR, at(5))
    assert (consumed(raised, BUSINESS, at(5)), paused(raised, BUSINESS, at(5))) == (4 * HOUR, HOUR)
    assert due_at(raised, BUSINESS) == at(9)


@pytest.mark.req("TCK-06")
def test_raising_the_priority_past_the_budget_breaches_at_once_with_only_the_highest_warning() -> None:
    raised = retarget(clock(40), BUSINESS, 4 * HOUR, at(6))
    assert next_wake(raised, BUSINESS, WARN_AT) == at(2)
    settled, percent, breached = warnings(raised, BUSINESS, WARN_AT, at(6))
    assert (percent, breached, settled.warned) == (90, True, WARN_AT)
    assert warnings(settled, BUSINESS, WARN_AT, at(7)) == (settled, None, False)


@pytest.mark.req("TCK-06")
def test_raising_the_priority_past_the_budget_in_a_pause_breaches_without_a_warning() -> None:
    waiting = retarget(pause(clock(40), at(6), "waiting_client"), BUSINESS, 4 * HOUR, at(7))
    settled, percent, breached = warnings(waiting, BUSINESS, WARN_AT, at(7))
    assert (percent, breached, settled.warned) == (None, True, ())
    shown = view(settled, BUSINESS, at(7))
    assert (shown.state, shown.breached, shown.due_at) == ("paused", True, None)


@pytest.mark.req("TCK-06")
def test_lowering_the_priority_does_not_take_a_breach_back_even_one_not_yet_recorded() -> None:
    lowered = retarget(clock(), BUSINESS, 40 * HOUR, at(1, day=1))
    assert lowered.breached_at == at(8)
    shown = view(lowered, BUSINESS, at(1, day=1))
    assert (shown.state, shown.breached, shown.due_at) == ("running", True, at(4, day=4))
    assert next_wake(lowered, BUSINESS, WARN_AT) is None


@pytest.mark.req("TCK-05")
def test_a_met_clock_stays_as_it_was_judged_when_the_priority_changes() -> None:
    met = meet(clock(), BUSINESS, at(3))
    assert retarget(met, BUSINESS, HOUR, at(4)) == met


@pytest.mark.req("TCK-06")
def test_each_warning_comes_once_at_its_percentage() -> None:
    running, told = clock(), []
    for _ in range(4):
        wake = next_wake(running, BUSINESS, WARN_AT)
        assert wake is not None
        assert warnings(running, BUSINESS, WARN_AT, wake - timedelta(seconds=1)) == (running, None, False)
        running, percent, breached = warnings(running, BUSINESS, WARN_AT, wake)
        told.append((wake, percent, breached))
    assert told == [
        (at(4), 50, False),
        (at(6), 75, False),
        (at(7.2), 90, False),
        (at(8) + timedelta(seconds=1), None, True),
    ]
    assert next_wake(running, BUSINESS, WARN_AT) is None
    assert view(running, BUSINESS, at(8.5)).state == "breached"


@pytest.mark.req("TCK-06")
def test_a_warning_never_comes_before_its_percentage_is_reached() -> None:
    odd = start(61, MONDAY, "registered")
    assert next_wake(odd, BUSINESS, (50,)) == MONDAY + timedelta(seconds=31)
    assert warnings(odd, BUSINESS, (50,), MONDAY + timedelta(seconds=30))[1] is None


@pytest.mark.req("TCK-06")
def test_of_several_warnings_passed_together_only_the_highest_is_told() -> None:
    settled, percent, breached = warnings(clock(), BUSINESS, WARN_AT, at(6.5))
    assert (percent, breached, settled.warned) == (75, False, (50, 75))
    assert next_wake(settled, BUSINESS, WARN_AT) == at(7.2)


@pytest.mark.req("TCK-06")
def test_nobody_is_warned_in_a_pause_and_what_was_passed_is_told_after_it() -> None:
    waiting = pause(clock(), at(4), "waiting_client")
    assert warnings(waiting, BUSINESS, WARN_AT, at(8)) == (waiting, None, False)
    assert next_wake(waiting, BUSINESS, WARN_AT) is None
    assert warnings(resume(waiting, at(8), "answered"), BUSINESS, WARN_AT, at(8))[1] == 50


@pytest.mark.req("TCK-06")
def test_a_breach_nobody_recorded_shows_and_a_pause_does_not_hide_it() -> None:
    assert view(clock(), BUSINESS, at(8)).state == "running"
    assert view(clock(), BUSINESS, at(8) + timedelta(seconds=1)).state == "breached"
    late = pause(clock(), at(8.5), "waiting_client")
    shown = view(late, BUSINESS, at(0, day=1))
    assert (shown.state, shown.breached, shown.remaining_minutes) == ("paused", True, 0)


@pytest.mark.req("TCK-14")
def test_the_statement_tells_every_segment_so_that_anyone_can_recompute_it() -> None:
    again = resume(pause(clock(), at(2), "waiting_client"), at(1, day=1), "client_answered")
    lines = statement(again, BUSINESS, at(2, day=1))
    assert [line.model_dump() for line in lines] == [
        {"from": at(0), "to": at(2), "kind": "running", "why": "registered", "business_minutes": 120},
        {
            "from": at(2), "to": at(1, day=1), "kind": "paused", "why": "waiting_client",
            "business_minutes": 480,
        },
        {"from": at(1, day=1), "to": None, "kind": "running", "why": "client_answered", "business_minutes": 60},
    ]  # fmt: skip
    closed = statement(meet(again, BUSINESS, at(3, day=1)), BUSINESS, at(0, day=9))
    assert (closed[-1].to, closed[-1].business_minutes) == (at(3, day=1), 120)


def test_a_segment_that_lasted_no_time_leaves_no_trace() -> None:
    waiting = pause(clock(), at(0), "agreed_visit")
    assert [segment.kind for segment in waiting.segments] == ["paused"]
    assert [segment.kind for segment in resume(waiting, at(0), "moved").segments] == ["running"]


@pytest.mark.parametrize(
    ("action", "code"),
    [
        (lambda: pause(pause(clock(), at(1), "x"), at(2), "x"), "clock_paused"),
        (lambda: resume(clock(), at(1), "x"), "clock_running"),
        (lambda: meet(meet(clock(), BUSINESS, at(1)), BUSINESS, at(2)), "clock_met"),
        (lambda: pause(meet(clock(), BUSINESS, at(1)), at(2), "x"), "clock_met"),
        (lambda: resume(meet(clock(), BUSINESS, at(1)), at(2), "x"), "clock_met"),
        (lambda: unmeet(clock(), at(2), "x"), "clock_not_met"),
        (lambda: unmeet(meet(clock(), BUSINESS, at(3)), at(2), "x"), "clock_backwards"),
        (lambda: pause(clock(), at(-1), "x"), "clock_backwards"),
        (lambda: meet(clock(), BUSINESS, at(-1)), "clock_backwards"),
    ],
)  # fmt: skip
@pytest.mark.req("TCK-05")
def test_what_makes_no_sense_is_refused(action: Callable[[], Any], code: str) -> None:
    with pytest.raises(NotNow) as refused:
        action()
    assert refused.value.code == code


def test_a_clock_survives_being_recorded() -> None:
    kept = unmeet(meet(clock(), BUSINESS, at(9)), at(11), "rejected")
    assert Clock.model_validate_json(kept.model_dump_json()) == kept


# --- Any life of a clock -----------------------------------------------------------------------------------------

names = st.sampled_from(sorted(WRITTEN))
lives = st.lists(
    st.tuples(
        st.sampled_from(["toggle", "toggle", "retarget", "settle", "meet"]), st.integers(0, 4 * 24 * HOUR)
    ),
    max_size=12,
)


def _step(current: Clock, name: str, verb: str, now: datetime) -> Clock:
    calendar = compiled(name)
    if current.met_at is not None:
        return unmeet(current, now, "rejected")
    if verb == "toggle":
        return resume(current, now, "on") if current.paused else pause(current, now, "off")
    if verb == "retarget":
        return retarget(current, calendar, (current.target * 7) % (60 * HOUR) + 60, now)
    if verb == "settle":
        return warnings(current, calendar, WARN_AT, now)[0]
    return meet(current, calendar, now)


@pytest.mark.req("TCK-05")
@pytest.mark.req("TCK-06")
@given(names, st.integers(60, 40 * HOUR), lives)
@settings(deadline=None, max_examples=300)
def test_whatever_happens_time_adds_up_and_a_breach_and_a_warning_never_disappear(
    name: str, target: int, life: list[tuple[str, int]]
) -> None:
    calendar, now = compiled(name), MONDAY
    current = start(target, now, "registered")
    for verb, later in life:
        before, now = current, now + timedelta(seconds=later)
        was_late = view(before, calendar, now).breached
        current = _step(before, name, verb, now)
        shown = view(current, calendar, now)
        until = current.met_at or now
        total = consumed(current, calendar, now) + paused(current, calendar, now)
        assert total == calendar.measure(MONDAY, until)
        if verb == "retarget" and before.met_at is None:
            assert consumed(current, calendar, now) == consumed(before, calendar, now)
            assert paused(current, calendar, now) == paused(before, calendar, now)
        assert shown.breached or not was_late
        assert before.breached_at in (None, current.breached_at)
        assert set(before.warned) <= set(current.warned)
        assert (shown.due_at is None) == (shown.state == "paused")


@pytest.mark.req("TCK-06")
@given(names, st.integers(60, 40 * HOUR), lives)
@settings(deadline=None, max_examples=200)
def test_the_next_wake_is_the_first_second_at_which_there_is_something_to_say(
    name: str, target: int, life: list[tuple[str, int]]
) -> None:
    calendar, now = compiled(name), MONDAY
    current = start(target, now, "registered")
    for verb, later in life:
        now += timedelta(seconds=later)
        current = warnings(_step(current, name, verb, now), calendar, WARN_AT, now)[0]
    wake = next_wake(current, calendar, WARN_AT)
    if wake is None:
        assert warnings(current, calendar, WARN_AT, now + timedelta(days=400)) == (current, None, False)
        return
    assert wake > now
    quiet = max(now, wake - timedelta(seconds=1))
    assert warnings(current, calendar, WARN_AT, quiet) == (current, None, False)
    assert warnings(current, calendar, WARN_AT, wake)[0] != current


# --- Preview -----------------------------------------------------------------------------------------------------


def shown(
    pauses: list[tuple[datetime, datetime | None]],
    now: datetime,
    opened: datetime = MONDAY,
    name: str = "business in Mexico",
    budgets: tuple[int, int] = (60, 480),
) -> Preview:
    spans = [PauseSpan.model_validate({"from": since, "to": to}) for since, to in pauses]
    targets = Targets(first_response=budgets[0] * 60, resolution=budgets[1] * 60)
    return preview(targets, compiled(name), opened, spans, now)


@pytest.mark.req("GEN-07")
@pytest.mark.req("TCK-05")
@pytest.mark.parametrize("seed", range(10))
def test_a_thousand_random_previews_agree_with_counting_minutes(seed: int) -> None:
    random, several = Random(seed), sorted(WRITTEN)
    several.remove("one hour that is skipped and repeated in Madrid")
    for _ in range(1_000):
        name = random.choice(several)
        opened = FIRST + timedelta(minutes=random.randrange(330 * 1440))
        now = opened + timedelta(minutes=random.randrange(random.choice([600, 14 * 1440])))
        pauses: list[tuple[datetime, datetime | None]] = []
        for _ in range(random.randrange(5)):
            since = opened + timedelta(minutes=random.randrange(-2_000, 12_000))
            length = timedelta(minutes=random.randrange(random.choice([90, 3_000])))
            pauses.append((max(since, FIRST), None if random.random() < 0.15 else max(since, FIRST) + length))
        budgets = random.choice([60, 240, 480]), random.choice([480, 960, 2_400])
        found = shown(pauses, now, opened, name, budgets)
        for clock_found, budget, its in (
            (found.first_response, budgets[0], []),
            (found.resolution, budgets[1], pauses),
        ):
            due, used, left = counted(name).preview(budget, opened, its, now)
            told = (clock_found.due_at, clock_found.consumed_minutes, clock_found.remaining_minutes)
            assert told == (due, used, left), (name, opened, pauses, now, budget)


@pytest.mark.req("TCK-05")
def test_pauses_touch_resolution_alone_and_overlaps_count_once() -> None:
    found = shown([(at(1), at(3)), (at(2), at(4)), (at(2.5), at(3))], at(5))
    assert (found.first_response.due_at, found.first_response.consumed_minutes) == (at(1), 300)
    assert (found.resolution.due_at, found.resolution.consumed_minutes) == (at(2, day=1), 120)


@pytest.mark.req("TCK-05")
@pytest.mark.parametrize("since", [-3, 0, 2, 5])
def test_a_pause_that_still_lasts_has_no_due_time(since: float) -> None:
    found = shown([(at(since), None)], at(5)).resolution
    assert (found.due_at, found.consumed_minutes) == (None, max(since, 0) * 60)


@pytest.mark.req("TCK-05")
@pytest.mark.parametrize("to", [5, 6, None])
def test_no_pause_is_assumed_after_the_time_asked_for(to: float | None) -> None:
    later = shown([(at(5.5), None if to is None else at(6))], at(5)).resolution
    assert later.due_at == at(8)
    if to is not None:
        assert shown([(at(4), at(to))], at(5)).resolution.due_at == at(9)


@pytest.mark.req("GEN-13")
def test_times_that_contradict_each_other_are_all_listed() -> None:
    with pytest.raises(Invalid) as refused:
        shown([(at(1), at(2)), (at(3), at(2))], at(-1))
    assert [fault.path for fault in refused.value.faults] == ["at", "pauses.1.to"]
    with pytest.raises(Invalid) as refused:
        shown([], datetime(9999, 1, 1, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC))
    assert [fault.path for fault in refused.value.faults] == ["opened_at", "at"]
