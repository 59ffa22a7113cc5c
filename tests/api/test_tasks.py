"""The inbox over HTTP: whose tasks, in which order, and which call settles each (GEN-10, GEN-11)."""

from datetime import timedelta
from typing import Any

import pytest

from models.ticket import rules
from models.ticket.messages import AgreeVisit
from models.ticket.types import Priority
from tests.api.building import Door, user_row
from tests.api.desk import ENGINEER, HOUR, PLACE, Desk

pytestmark = pytest.mark.req("GEN-10")


@pytest.fixture
async def desk(door: Door) -> Desk:
    async with door.services.sessions.begin() as session:
        session.add_all(
            [user_row(user, role) for user, role in
             {"manager": "manager", "engineer2": "engineer", "call_center": "call_center", "warehouse": "warehouse"}.items()]
        )  # fmt: skip
    return Desk(door.services.sessions, door.clock)


async def inbox(door: Door, who: str, **asked: Any) -> list[Any]:
    answer = await door.http.get("/api/v1/tasks", params=asked, headers=door.as_(who))
    assert answer.status_code == 200, answer.text
    items: list[Any] = answer.json()["items"]
    return items


async def test_a_supervisor_reads_what_to_assign_with_its_case_and_the_call_that_settles_it(
    door: Door, desk: Desk
) -> None:
    folio = await desk.register(symptom="Mancha las hojas")
    (task,) = await inbox(door, "supervisor")
    assert task["folio"] == folio
    assert task["settle"] == {"method": "POST", "path": f"/tickets/{folio}/assign"}
    assert task["sentence"] == "Asignar un ingeniero"
    assert (task["due"], task["since"], task["overdue"]) == (
        "2031-03-03T15:30:00Z",
        "2031-03-03T15:00:00Z",
        False,
    )
    assert task["case"] == {
        "client": "C1", "client_name": "Uno", "site": "S1", "site_name": "Matriz", "device": "LX1",
        "symptom": "Mancha las hojas", "priority": "medium", "state": "classified", "sla_breached": False,
    }  # fmt: skip


@pytest.mark.req("GEN-11")
async def test_an_engineer_sees_its_own_work_and_nobody_elses(door: Door, desk: Desk) -> None:
    first, second = await desk.register(), await desk.register()
    await desk.assign(first, "engineer1")
    await desk.assign(second, "engineer2")
    assert [task["folio"] for task in await inbox(door, "engineer1")] == [first]
    assert [task["folio"] for task in await inbox(door, "engineer2", role="engineer")] == [second]
    for asked in ({"role": "supervisor"}, {"user": "engineer2"}):
        answer = await door.http.get("/api/v1/tasks", params=asked, headers=door.as_("engineer1"))
        assert answer.status_code == 403


@pytest.mark.req("GEN-11")
async def test_a_client_sees_only_what_its_own_cases_ask_of_it(door: Door, desk: Desk) -> None:
    own = await desk.register()
    other = await desk.register(place=PLACE.model_copy(update={"client": "C2"}))
    await desk.register()
    await desk.solve(own)
    await desk.solve(other)
    assert [(task["folio"], task["action"]) for task in await inbox(door, "client1")] == [(own, "confirm")]
    assert [task["folio"] for task in await inbox(door, "client1", mine=True)] == [own]


async def test_the_supervisor_and_the_manager_may_look_into_any_inbox(door: Door, desk: Desk) -> None:
    folio = await desk.register()
    await desk.assign(folio)
    for overseer in ("supervisor", "manager"):
        assert [task["action"] for task in await inbox(door, overseer, role="engineer")] == ["contact"]
        assert [task["action"] for task in await inbox(door, overseer, user="engineer1")] == ["contact"]
        assert await inbox(door, overseer, role="warehouse") == []
        assert await inbox(door, overseer, role="engineer", user="engineer2") == []


async def test_a_task_of_a_visit_or_part_names_its_number_in_the_call(door: Door, desk: Desk) -> None:
    folio = await desk.register()
    await desk.assign(folio)
    window = {"from": door.clock.at + HOUR, "to": door.clock.at + 2 * HOUR}
    await desk.act(folio, rules.visits, desk.order(ENGINEER, AgreeVisit.model_validate(window)))
    await desk.diagnose(folio, solved=False, pending_parts=[{"part": "rodillo", "quantity": 2}])
    paths = {task["key"]: task["settle"]["path"] for task in await inbox(door, "engineer1")}
    assert paths["visit:1"] == f"/tickets/{folio}/visits/1/arrive"
    (part,) = await inbox(door, "warehouse")
    assert part["settle"]["path"] == f"/tickets/{folio}/parts/1"
    assert part["sentence"] == "Surtir 2 × Rodillo"
    english = await door.http.get("/api/v1/tasks", headers={**door.as_("warehouse"), "Accept-Language": "en"})
    assert english.json()["items"][0]["sentence"] == "Supply 2 × Rodillo"


async def test_tasks_come_by_date_page_by_page_with_the_dateless_last(door: Door, desk: Desk) -> None:
    folios = [await desk.register(priority=one) for one in (Priority.LOW, Priority.HIGH, Priority.MEDIUM)]
    dateless = await desk.register()
    for folio in folios:
        await desk.assign(folio)
    await desk.solve(dateless)
    seen: list[Any] = []
    cursor = None
    while True:
        params: dict[str, Any] = {"limit": 1, "role": "engineer", **({"cursor": cursor} if cursor else {})}
        answer = (await door.http.get("/api/v1/tasks", params=params, headers=door.as_("manager"))).json()
        seen += answer["items"]
        cursor = answer["next_cursor"]
        if cursor is None:
            break
    assert [task["folio"] for task in seen] == [folios[1], folios[2], folios[0]]
    parts = await desk.register()
    await desk.assign(parts)
    await desk.diagnose(parts, solved=False, pending_parts=[{"part": "rodillo"}])
    (waiting,) = await inbox(door, "warehouse")
    assert waiting["due"] is None


async def test_what_is_late_and_what_is_due_soon_can_be_asked_for(door: Door, desk: Desk) -> None:
    folio = await desk.register()
    at = door.clock.at
    assert [task["folio"] for task in await inbox(door, "supervisor", overdue=False)] == [folio]
    assert await inbox(door, "supervisor", overdue=True) == []
    assert await inbox(door, "supervisor", due_before=(at + timedelta(minutes=30)).isoformat()) == []
    assert await inbox(door, "supervisor", due_before=(at + timedelta(minutes=31)).isoformat(), room="ticket")
    assert await inbox(door, "supervisor", room="billing") == []
    door.clock.at = at + HOUR
    (late,) = await inbox(door, "supervisor", overdue=True)
    assert late["overdue"] is True
    assert late["key"] == "assign"
