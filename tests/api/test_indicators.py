"""The indicators over HTTP, of tickets that the real rules and clocks made (TCK-19)."""

from datetime import timedelta
from typing import Any

import pytest

from models.ticket import rules
from models.ticket.messages import Reason
from models.ticket.types import Because, Channel, Priority, Type
from tests.api.building import MONDAY, Door, user_row
from tests.api.desk import CALL_CENTER, HOUR, PLACE, Desk

pytestmark = pytest.mark.req("TCK-19")
DAY = timedelta(days=1)


@pytest.fixture
async def desk(door: Door) -> Desk:
    async with door.services.sessions.begin() as session:
        session.add_all([user_row("manager", "manager"), user_row("call_center", "call_center")])
    return Desk(door.services.sessions, door.clock)


async def look(door: Door, who: str = "supervisor", **asked: Any) -> Any:
    answer = await door.http.get("/api/v1/indicators/ticket", params=asked, headers=door.as_(who))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_times_are_business_minutes_and_shares_are_of_what_is_decided(door: Door, desk: Desk) -> None:
    quick, slow, waiting = [await desk.register() for _ in range(3)]
    await desk.assign(quick)
    await desk.assign(slow)
    await desk.wait(quick, MONDAY + HOUR / 2)
    await desk.reach(quick)
    await desk.diagnose(quick)
    await desk.prove(quick)
    await desk.resolve(quick)
    await desk.confirm(quick)
    await desk.wait(
        slow, MONDAY + DAY
    )  # nine business hours later: its four hours for a first response are over
    await desk.reach(slow)
    total = (await look(door))["total"]
    assert (total["opened"], total["closed"], total["open"]) == (3, 1, 2)
    assert total["first_response"] == {
        "count": 2, "median_minutes": 30, "p90_minutes": 540, "in_time_percent": 33.3,
    }  # fmt: skip
    assert total["resolution"] == {
        "count": 1, "median_minutes": 30, "p90_minutes": 30, "in_time_percent": 100.0,
    }  # fmt: skip
    assert waiting


async def test_what_is_asked_by_type_client_or_priority_adds_up_to_the_total(door: Door, desk: Desk) -> None:
    await desk.register(priority=Priority.HIGH, type=Type.EQUIPMENT_STOPPED)
    await desk.register(priority=Priority.LOW, place=PLACE.model_copy(update={"client": "C2"}))
    closed = await desk.register(priority=Priority.LOW)
    await desk.solve(closed)
    await desk.confirm(closed)
    for by, keys in (
        ("priority", ["high", "low"]),
        ("client", ["C1", "C2"]),
        ("type", ["equipment_stopped", "technical_failure"]),
    ):
        seen = await look(door, "manager", by=by, to="2031-03-03")
        assert [one["key"] for one in seen["groups"]] == keys
        for count in ("opened", "closed", "open"):
            assert sum(one[count] for one in seen["groups"]) == seen["total"][count], (by, count)
    assert seen["total"]["opened"] == 3


async def test_a_period_is_of_local_days_and_remembers_what_was_open_then(door: Door, desk: Desk) -> None:
    folio = await desk.register()
    await desk.wait(folio, MONDAY + 2 * DAY)
    await desk.solve(folio)
    monday = await look(door, **{"from": "2031-03-03", "to": "2031-03-03"})
    assert (monday["from"], monday["to"]) == ("2031-03-03T06:00:00Z", "2031-03-04T06:00:00Z")
    assert (monday["total"]["opened"], monday["total"]["open"]) == (1, 1)
    door.clock.at += HOUR
    later = await look(door, **{"from": "2031-03-04", "to": "2031-03-05"})
    assert (later["total"]["opened"], later["total"]["open"]) == (0, 0)
    exact = await look(door, **{"from": MONDAY.isoformat(), "to": (MONDAY + HOUR).isoformat()})
    assert exact["total"]["opened"] == 1


async def test_what_went_wrong_is_counted(door: Door, desk: Desk) -> None:
    wrong = await desk.register()
    await desk.classify(
        wrong, type=Type.USER_ERROR, priority=Priority.LOW, reason="No era falla", because=Because.WAS_WRONG
    )
    mistake = await desk.register()
    await desk.act(mistake, rules.cancel, desk.order(CALL_CENTER, Reason(reason="Duplicado")))
    await desk.wait(wrong, MONDAY + 2 * DAY)
    total = (await look(door))["total"]
    assert (total["misclassified"], total["cancelled"], total["over_24h"]) == (1, 1, 1)
    assert total["escalated"]["tickets"] == 1
    assert total["escalated"]["acknowledged_in_time_percent"] == 0.0


@pytest.mark.req("TCK-16")
async def test_devices_that_fail_again_and_again_are_named(door: Door, desk: Desk) -> None:
    for _ in range(3):
        await desk.register()
    await desk.register(place=PLACE.model_copy(update={"device": "LX2"}))
    door.clock.at += HOUR
    seen = await look(door)
    assert seen["recurrence"] == [{"device": "LX1", "failures": 3}]


async def test_the_present_is_told_beside_the_period(door: Door, desk: Desk) -> None:
    await desk.register()
    await desk.register(channel=Channel.PHONE)
    await desk.wait(await desk.register(), MONDAY + HOUR)
    now = (await look(door))["now"]
    assert now["by_channel"] == {"email": 2, "phone": 1}
    assert now["by_state"] == {"classified": 3}
    assert now["by_level"] == {"0": 2, "1": 1}
    assert now["sla"] == {"breached": 0, "in_time": 3}
    assert now["notifications"]["pending"] > 0


@pytest.mark.req("GEN-11", "GEN-13")
async def test_only_who_answers_for_the_service_reads_them_and_a_period_has_a_length(
    door: Door, desk: Desk
) -> None:
    assert desk
    for who in ("engineer1", "client1", "call_center"):
        answer = await door.http.get("/api/v1/indicators/ticket", headers=door.as_(who))
        assert answer.status_code == 403
    for asked in ({"from": "2031-03-04", "to": "2031-03-02"}, {"from": "ayer"}, {"by": "mood"}):
        answer = await door.http.get(
            "/api/v1/indicators/ticket", params=asked, headers=door.as_("supervisor")
        )
        assert answer.status_code == 422
