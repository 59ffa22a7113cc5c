"""Who is not there, and whose work goes to others because of it (TCK-07)."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from sqlalchemy import func, select

from kit.codec import KeyRing
from models.company.tables import AbsenceRow, UserRow
from models.shared.policy import policy
from models.shared.policy_store import publish
from tests.api.building import Door
from tests.api.running import get, opened, post, running

pytestmark = pytest.mark.req("TCK-07")
AWAY = {"from": "2031-03-04T09:00:00-06:00", "to": "2031-03-07T18:00:00-06:00", "reason": "Incapacidad"}


@pytest_asyncio.fixture
async def live(keys: KeyRing, database: str, tmp_path: Path) -> AsyncIterator[Door]:
    async with running(keys, database, tmp_path) as door:
        async with door.services.sessions.begin() as session:  # those of the sample file are not at work here
            for one in ("eng-all", "eng-norte"):
                row = await session.get(UserRow, one)
                assert row is not None
                row.zones = ["luna"]
        yield door


async def held(door: Door, count: int, engineer: str = "engineer1", **said: Any) -> list[str]:
    folios = [await opened(door, **said) for _ in range(count)]
    for folio in folios:
        await post(door, "supervisor", f"/tickets/{folio}/assign", {"engineer": engineer})
    return folios


async def zones(door: Door, **of: list[str]) -> None:
    async with door.services.sessions.begin() as session:
        for user, where in of.items():
            row = await session.get(UserRow, user)
            assert row is not None
            row.zones = where


async def test_an_absence_is_entered_once_and_seen_until_it_is_over(door: Door) -> None:
    for _ in range(2):
        entered = await post(door, "supervisor", "/users/engineer1/absences", AWAY, 201, key="k")
        assert (entered["user"], entered["by"], entered["reason"]) == (
            "engineer1",
            "supervisor",
            "Incapacidad",
        )
    async with door.services.sessions() as session:
        assert await session.scalar(select(func.count()).select_from(AbsenceRow)) == 1
    (seen,) = (await get(door, "engineer1", "/users/engineer1/absences"))["items"]
    assert (seen["from"], seen["to"]) == ("2031-03-04T15:00:00Z", "2031-03-08T00:00:00Z")
    door.clock.at = door.clock.at.replace(month=4)
    assert (await get(door, "supervisor", "/users/engineer1/absences"))["items"] == []


@pytest.mark.req("GEN-11", "GEN-13")
async def test_only_who_plans_enters_absences_and_only_sound_ones(door: Door) -> None:
    await post(door, "engineer1", "/users/engineer1/absences", AWAY, 403)
    await post(door, "engineer1", "/users/engineer1/reassign", {"reason": "x"}, 403)
    await get(door, "engineer1", "/users/supervisor/absences", 403)
    await post(door, "supervisor", "/users/nobody/absences", AWAY, 404)
    await get(door, "supervisor", "/users/nobody/absences", 404)
    refused = await post(door, "supervisor", "/users/engineer1/absences", {**AWAY, "to": AWAY["from"]}, 422)
    assert [one["path"] for one in refused["errors"]] == ["to"]


async def test_a_shift_is_set_by_who_plans_and_decides_who_is_proposed_first(live: Door) -> None:
    folio = await opened(live)
    hour = live.clock.at.astimezone(ZoneInfo("America/Mexico_City")).hour
    off = "00:00-01:00" if hour > 2 else "22:00-23:00"
    await post(live, "engineer1", "/users/engineer1/shift", {"shift": off}, 403)
    wrong = await post(live, "supervisor", "/users/engineer1/shift", {"shift": "cuando pueda"}, 422)
    assert [one["path"] for one in wrong["errors"]] == ["shift"]
    for one in ("engineer1", "engineer3"):
        await post(live, "supervisor", f"/users/{one}/shift", {"shift": off})
    await post(live, "supervisor", "/users/engineer2/shift", {"shift": "always"})
    proposed = await get(live, "supervisor", f"/tickets/{folio}/engineers")
    first, *others = proposed["items"]
    assert (first["id"], first["reasons"][0]) == ("engineer2", "en turno")
    assert {one["reasons"][0] for one in others} == {"fuera de turno"}


@pytest.mark.req("TCK-03")
async def test_the_guide_asks_by_type_and_by_model(live: Door) -> None:
    folio = await opened(live, type="equipment_stopped")
    asked = await get(live, "call_center", f"/tickets/{folio}/guide")
    assert asked["items"][0] == {"question": "¿Enciende? ¿Qué muestra la pantalla?"}
    model = (await get(live, "call_center", f"/tickets/{folio}"))["place"]["model"]
    async with live.services.sessions.begin() as session:
        own = policy({"ticket": {"guide": {"models": {model: ["¿Sacó la bandeja 2?"]}}}})
        await publish(session, own, "test", live.clock.at)
    asked = await get(live, "call_center", f"/tickets/{folio}/guide")
    assert asked["items"][-1] == {"question": "¿Sacó la bandeja 2?"}


async def test_who_is_absent_is_not_proposed(live: Door) -> None:
    folio = await opened(live)
    now = live.clock.at
    away = {"from": now.isoformat(), "to": now.replace(year=now.year + 1).isoformat(), "reason": "Vacaciones"}
    await post(live, "supervisor", "/users/engineer1/absences", away, 201)
    proposed = await get(live, "supervisor", f"/tickets/{folio}/engineers")
    assert [one["id"] for one in proposed["items"]] == ["engineer2", "engineer3"]


async def test_the_work_of_one_who_is_ill_is_shared_out_by_load(live: Door) -> None:
    folios = await held(live, 4)
    await zones(live, engineer3=["luna"])
    (own,) = await held(live, 1, "engineer2")
    await zones(live, engineer3=[])
    done = await post(live, "manager", "/users/engineer1/reassign", {"reason": "Incapacidad"})
    assert (done["user"], done["reassigned"]) == ("engineer1", 4)
    assert [one["folio"] for one in done["items"]] == folios
    loads = [one["engineer"] for one in done["items"]]
    assert loads == ["engineer3", "engineer2", "engineer3", "engineer2"]
    ticket = await get(live, "supervisor", f"/tickets/{folios[0]}")
    assert ticket["assignee"] == "engineer3"
    line = [one for one in ticket["log"] if one["event"] == "assigned"][-1]
    assert line["detail"]["reason"] == "Incapacidad"
    assert (await get(live, "supervisor", f"/tickets/{own}"))["assignee"] == "engineer2"


async def test_all_may_go_to_one_who_was_named(live: Door) -> None:
    folios = await held(live, 2)
    body = {"to": "engineer3", "reason": "Incapacidad"}
    done = await post(live, "supervisor", "/users/engineer1/reassign", body)
    assert [(one["folio"], one["engineer"]) for one in done["items"]] == [
        (one, "engineer3") for one in folios
    ]
    await post(live, "supervisor", "/users/engineer1/reassign", {"to": "supervisor", "reason": "x"}, 404)
    await post(live, "supervisor", "/users/engineer1/reassign", {"to": "engineer1", "reason": "x"}, 422)


async def test_a_ticket_nobody_can_take_is_reported_and_stays_where_it_was(live: Door) -> None:
    (folio,) = await held(live, 1)
    await zones(live, engineer2=["luna"], engineer3=["luna"])
    done = await post(live, "supervisor", "/users/engineer1/reassign", {"reason": "Incapacidad"})
    assert done["reassigned"] == 0
    (item,) = done["items"]
    assert (item["folio"], item["outcome"], item["engineer"]) == (folio, "nobody_eligible", None)
    assert (await get(live, "supervisor", f"/tickets/{folio}"))["assignee"] == "engineer1"


@pytest.mark.req("GEN-05")
async def test_asked_again_it_answers_the_same_and_gives_nothing_away_twice(live: Door) -> None:
    await held(live, 2)
    first = await post(live, "supervisor", "/users/engineer1/reassign", {"reason": "Gripe"}, key="k")
    again = await post(live, "supervisor", "/users/engineer1/reassign", {"reason": "Gripe"}, key="k")
    assert first["reassigned"] == 2
    assert again == first
    await post(live, "supervisor", "/users/engineer1/reassign", {"reason": "Otra"}, 422, key="k")
    assert (await post(live, "supervisor", "/users/engineer1/reassign", {"reason": "Gripe"}))["items"] == []
