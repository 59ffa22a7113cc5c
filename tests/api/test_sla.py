"""`POST /sla/preview` against a count minute by minute that shares no code with it (TCK-05, GEN-07)."""

import random
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import accumulate
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api.sla import PreviewBody, previewed
from models.shared.policy import policy
from models.shared.policy_store import publish
from tests.api.building import MONDAY, Door

pytestmark = pytest.mark.req("TCK-05", "GEN-07")

BODY = {"priority": "high", "opened_at": "2031-03-03T09:00:00-06:00", "at": "2031-03-03T12:00:00-06:00"}
MINUTE = timedelta(minutes=1)
MEXICO = ZoneInfo("America/Mexico_City")
BUDGETS = {"high": (60, 480), "medium": (240, 960), "low": (480, 2400)}
"""Minutes of first response and resolution in the default policy of the interface."""


async def preview(door: Door, **changed: Any) -> Any:
    answer = await door.http.post(
        "/api/v1/sla/preview", json={**BODY, **changed}, headers=door.as_("supervisor")
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_both_clocks_run_from_the_opening(door: Door) -> None:
    assert await preview(door) == {
        "first_response": {"due_at": "2031-03-03T16:00:00Z", "consumed_minutes": 180, "remaining_minutes": 0},
        "resolution": {"due_at": "2031-03-03T23:00:00Z", "consumed_minutes": 180, "remaining_minutes": 300},
    }


async def test_pauses_touch_resolution_alone_and_overlaps_count_once(door: Door) -> None:
    pauses = [
        {"from": "2031-03-03T10:00:00-06:00", "to": "2031-03-03T11:00:00-06:00"},
        {"from": "2031-03-03T10:30:00-06:00", "to": "2031-03-03T11:30:00-06:00"},
    ]
    found = await preview(door, pauses=pauses)
    assert found["first_response"]["consumed_minutes"] == 180
    assert found["resolution"] == {
        "due_at": "2031-03-04T15:30:00Z",
        "consumed_minutes": 90,
        "remaining_minutes": 390,
    }


async def test_a_holiday_years_after_the_opening_is_a_holiday_all_the_same(door: Door) -> None:
    used = []
    for at in ("2035-05-01T08:00:00-06:00", "2035-05-01T19:00:00-06:00", "2035-05-02T19:00:00-06:00"):
        found = await preview(door, at=at)
        used.append(found["resolution"]["consumed_minutes"])
    assert (used[1] - used[0], used[2] - used[1]) == (0, 9 * 60), "a Tuesday, Labour Day; and the day after"


async def test_an_open_pause_leaves_no_due_instant(door: Door) -> None:
    found = await preview(door, pauses=[{"from": "2031-03-03T11:00:00-06:00", "to": None}])
    assert found["resolution"] == {"due_at": None, "consumed_minutes": 120, "remaining_minutes": 360}
    assert found["first_response"]["due_at"] == "2031-03-03T16:00:00Z"


async def test_a_policy_that_was_published_rules_the_preview(door: Door) -> None:
    changed = {"ticket": {"service_levels": {"gold": {"targets": {"high": {"resolution": "4h"}}}}}}
    async with door.services.sessions.begin() as session:
        await publish(session, policy(changed), "admin", MONDAY)
    assert (await preview(door, service_level="gold"))["resolution"]["due_at"] == "2031-03-03T19:00:00Z"
    assert (await preview(door, calendar="always"))["resolution"]["due_at"] == "2031-03-03T23:00:00Z"


@pytest.mark.parametrize(
    ("changed", "paths"),
    [
        ({"calendar": "lunar"}, {"calendar"}),
        ({"priority": "urgent"}, {"priority"}),
        ({"opened_at": "2031-03-03T09:00:00"}, {"opened_at"}),
        ({"at": "2031-03-03T08:00:00-06:00"}, {"at"}),
        ({"pauses": [{"from": "2031-03-03T11:00:00"}]}, {"pauses[0].from"}),
        ({"pauses": [{"to": None, "until": 3}]}, {"pauses[0].from", "pauses[0].until"}),
    ],
)
@pytest.mark.req("GEN-13")
async def test_a_wrong_question_is_refused_with_its_path(
    door: Door, changed: dict[str, Any], paths: set[str]
) -> None:
    answer = await door.http.post(
        "/api/v1/sla/preview", json={**BODY, **changed}, headers=door.as_("supervisor")
    )
    assert answer.status_code == 422
    assert {fault["path"] for fault in answer.json()["errors"]} == paths


async def test_a_pause_that_ends_before_it_begins_is_refused(door: Door) -> None:
    pauses = [{"from": "2031-03-03T11:00:00Z", "to": "2031-03-03T10:00:00Z"}]
    answer = await door.http.post(
        "/api/v1/sla/preview", json={**BODY, "pauses": pauses}, headers=door.as_("supervisor")
    )
    assert answer.status_code == 422


# --- The count -----------------------------------------------------------------------------------------------------


@cache
def is_holiday(day: date) -> bool:
    """Article 74 of the Federal Labour Law, written out by hand."""
    if (day.month, day.day) in {(1, 1), (5, 1), (9, 16), (12, 25)}:
        return True
    if day.month == 10 and day.day == 1 and day.year >= 2024 and (day.year - 2024) % 6 == 0:
        return True
    if day.weekday() != 0:
        return False
    week = (day.day - 1) // 7 + 1
    return (day.month, week) in {(2, 1), (3, 3), (11, 3)}


@cache
def business_day(day: date) -> bool:
    return day.weekday() < 5 and not is_holiday(day)


FIRST = datetime(2025, 12, 1, tzinfo=UTC)
HOURS = 24 * 365 * 7


@cache
def minutes(calendar: str) -> bytes:
    """One byte per minute from `FIRST` on: 1 in business time."""
    if calendar == "always":
        return b"\1" * (60 * HOURS)
    found = bytearray()
    for hour in range(HOURS):
        local = (FIRST + timedelta(hours=hour)).astimezone(MEXICO)
        works = 9 <= local.hour < 18 and business_day(local.date())
        found += (b"\1" if works else b"\0") * 60  # windows and offsets of this calendar lie on whole hours
    return bytes(found)


def minute(instant: datetime) -> int:
    return (instant - FIRST) // MINUTE


def count(
    body: dict[str, Any], budget: int, pauses: list[tuple[datetime, datetime | None]]
) -> dict[str, Any]:
    """One clock, a minute at a time: what was consumed at `at`, and when the budget is used up."""
    opened, at = minute(body["opened_at"]), minute(body["at"])
    counted = bytearray(minutes(body["calendar"])[opened : at + 60 * 24 * 40])
    for since, to in pauses:
        begin = max(minute(since), opened)
        end = at if to is None else min(minute(to), at)
        if begin < end:
            counted[begin - opened : end - opened] = bytes(end - begin)
    consumed = counted[: at - opened].count(1)
    used = accumulate(counted)
    due = next(number for number, total in enumerate(used, start=1) if total == budget)
    still_open = any(to is None and minute(since) <= at for since, to in pauses)
    return {
        "due_at": None if still_open else FIRST + MINUTE * (opened + due),
        "consumed_minutes": consumed,
        "remaining_minutes": max(budget - consumed, 0),
    }


def random_case(chance: random.Random) -> tuple[dict[str, Any], list[tuple[datetime, datetime | None]]]:
    """A question on whole minutes, opened within six years, looked at up to eight days later, up to three pauses."""
    opened = datetime(2026, 1, 1, tzinfo=UTC) + MINUTE * chance.randrange(6 * 365 * 1440)
    at = opened + MINUTE * chance.choice([0, chance.randrange(300), chance.randrange(8 * 1440)])
    pauses: list[tuple[datetime, datetime | None]] = []
    for _ in range(chance.choice([0, 0, 1, 2, 3])):
        since = opened + MINUTE * chance.randrange(-120, 6 * 1440)
        to = since + MINUTE * chance.choice([0, chance.randrange(240), chance.randrange(3 * 1440)])
        pauses.append((since, None if chance.random() < 0.15 else to))
    body = {
        "priority": chance.choice(["high", "high", "medium", "low"]),
        "calendar": chance.choice(["business", "business", "business", "always"]),
        "opened_at": opened,
        "at": at,
        "pauses": [{"from": since, "to": to} for since, to in pauses],
    }
    return body, pauses


def expected(body: dict[str, Any], pauses: list[tuple[datetime, datetime | None]]) -> dict[str, Any]:
    first, resolution = BUDGETS[body["priority"]]
    return {
        "first_response": count(body, first, []),
        "resolution": count(body, resolution, pauses),
    }


CASES = 10_000


def test_random_cases_agree_with_a_count_by_minutes() -> None:
    chance = random.Random(20310303)
    rules = policy()
    for number in range(CASES):
        body, pauses = random_case(chance)
        found = previewed(rules, PreviewBody.model_validate(body)).model_dump()
        assert found == expected(body, pauses), f"case {number}: {body}"


async def test_the_answer_over_http_is_that_of_the_count(door: Door) -> None:
    chance = random.Random(17)
    for _ in range(40):
        body, pauses = random_case(chance)
        asked = PreviewBody.model_validate(body).model_dump(mode="json", by_alias=True)
        found = await preview(door, **asked)
        wanted = expected(body, pauses)
        for name, clock in wanted.items():
            due = found[name].pop("due_at")
            assert (due and datetime.fromisoformat(due)) == clock.pop("due_at")
            assert found[name] == clock
