"""The ticket as a durable workflow, through the real API, on the engine that skips time (GEN-01, GEN-12)."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import func, select
from temporalio import activity, workflow
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from kit.codec import KeyRing
from kit.postgres import Postgres
from models.shared.actor import Actor, Role
from models.shared.case import Accepted, Request
from models.shared.patch import JsonObject, merge
from models.shared.tables import CaseRow, FolioRow, LogRow, OutboxRow, RequestRow, RevisionRow
from models.ticket import rules, view
from models.ticket.messages import AddNote, Order
from tests.faults.checking import runs_of
from tests.stack import Json, Town, a_town
from tests.ticket import lives

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
STAFF_SEES = "supervisor"


@pytest_asyncio.fixture
async def town(postgres: Postgres, keys: KeyRing) -> AsyncIterator[Town]:
    async with a_town(postgres, keys) as found:
        yield found


# --- Timers ---------------------------------------------------------------------------------------------------------


@pytest.mark.req("TCK-05", "TCK-06", "TCK-07", "TCK-09", "TCK-10")
async def test_warnings_breaches_and_the_ladder_come_each_at_its_instant_and_in_order(town: Town) -> None:
    ticket = await _ticket(town, await lives.up_the_ladder(town.desk, town.pass_time))
    opened = datetime.fromisoformat(ticket["opened_at"])
    told = [
        (datetime.fromisoformat(line["at"]) - opened, _said(line))
        for line in ticket["log"]
        if line["event"] in ("warned", "breached", "escalated")
    ]
    second = timedelta(seconds=1)
    assert told[:16] == [
        (HOUR / 2, "warned first_response 50"),
        (HOUR / 2, "escalated not_assigned 1"),
        (HOUR * 3 / 4, "warned first_response 75"),
        (HOUR * 9 / 10, "warned first_response 90"),
        (HOUR + second, "breached first_response"),
        (HOUR + second, "escalated sla_breached 1"),
        (HOUR * 5 / 2, "escalated not_assigned 2"),
        (HOUR * 3 + second, "escalated sla_breached 2"),
        (HOUR * 4, "warned resolution 50"),
        (HOUR * 6, "warned resolution 75"),
        (HOUR * 36 / 5, "warned resolution 90"),
        (HOUR * 8 + second, "breached resolution"),
        (HOUR * 8 + second, "escalated sla_breached 1"),
        (HOUR * 8 + second, "escalated not_assigned 3"),
        (HOUR * 8 + second, "escalated sla_breached 3"),
        (DAY, "escalated open_limit 1"),
    ], told
    assert ticket["escalation"]["level"] == 3


@pytest.mark.req("TCK-13", "TCK-15")
async def test_a_client_who_says_nothing_is_reminded_warned_called_and_then_the_ticket_closes_and_ends(
    town: Town,
) -> None:
    folio = await lives.unconfirmed(town.desk, town.pass_time)
    ticket = await _ticket(town, folio)
    resolved = _at(ticket, "resolved")
    reminded, warned = (
        datetime.fromisoformat(line["at"]) for line in ticket["log"] if line["event"] == "messaged"
    )
    assert [reminded - resolved, warned - resolved, _at(ticket, "closed") - resolved] == [
        DAY,
        2 * DAY,
        3 * DAY,
    ]
    assert ticket["closed_as"] == "unconfirmed"
    ended = await _ended_at(town, folio)
    assert ended - _at(ticket, "closed") == 7 * DAY, "five business days and a weekend"


@pytest.mark.req("GEN-12")
async def test_a_case_that_waits_makes_no_events_for_a_month(town: Town) -> None:
    folio = await lives.assigned(town.desk, priority="low")
    await town.desk.do("engineer1", f"/tickets/{folio}/pause", {"reason": "waiting_client"})
    await town.pass_time(2 * DAY)
    by = (town.now() + 60 * DAY).isoformat()
    await town.desk.do("supervisor", f"/tickets/{folio}/acknowledge", {"next_step": "Esperar", "by": by})
    before = len((await town.history(folio)).events)
    await town.pass_time(30 * DAY)
    assert len((await town.history(folio)).events) == before


@pytest.mark.req("GEN-12")
async def test_the_timer_is_armed_again_only_when_the_next_instant_changes(town: Town) -> None:
    folio = await lives.assigned(town.desk, priority="low")
    armed = _timers(await town.history(folio))
    for n in range(5):
        await town.desk.do("call_center", f"/tickets/{folio}/note", {"text": f"Nota {n}"})
    assert _timers(await town.history(folio)) == armed
    sooner = {"what": "Llamar", "who": "call_center", "due": (town.now() + HOUR).isoformat()}
    await town.desk.do("call_center", f"/tickets/{folio}/follow-up", sooner)
    assert _timers(await town.history(folio)) - armed == Counter(
        EVENT_TYPE_TIMER_STARTED=1, EVENT_TYPE_TIMER_CANCELED=1
    )


# --- What an action costs -------------------------------------------------------------------------------------------


@workflow.defn(name="Bare")
class Bare:
    """What every case at least costs: updates, each with one empty activity, that do nothing."""

    @workflow.run
    async def run(self) -> None:
        await workflow.wait_condition(lambda: False)

    @workflow.update
    async def act(self) -> None:
        await workflow.execute_activity("bare.record", start_to_close_timeout=HOUR)


@activity.defn(name="bare.record")
async def nothing() -> None:
    pass


@pytest.mark.req("GEN-03", "GEN-12")
async def test_a_life_costs_a_bare_one_and_one_event_a_change_of_state_and_two_a_change_of_deadline(
    town: Town,
) -> None:
    """PERF-3: bare + 1 per change of state + 2 per change of the next deadline; one record per accepted action."""
    folio = await lives.full_life(town.desk, town.pass_time)
    history = await town.history(folio)
    actions = await _count(town, RequestRow, folio)
    kinds = Counter(EventType.Name(event.event_type) for event in history.events)
    assert kinds["EVENT_TYPE_ACTIVITY_TASK_SCHEDULED"] == actions == await _count(town, RevisionRow, folio)
    states, deadlines = await _changes(town, folio)
    assert len(history.events) <= await _bare(town, actions) + states + 2 * deadlines
    assert len(history.events) < 500


@pytest.mark.req("GEN-12")
async def test_what_crosses_the_engine_is_small(town: Town) -> None:
    """PERF-3: p99 payload of at most 1 KB, encrypted as it travels; the start of a case is its largest."""
    sizes: list[int] = []
    for life in (lives.full_life, lives.rejected_and_reopened, lives.up_the_ladder, lives.talkative):
        for history in await runs_of(town.engine, await life(town.desk, town.pass_time)):
            sizes += [payload for event in history.events for payload in _payload_sizes(event)]
    ordered = sorted(sizes)
    assert ordered[len(ordered) * 99 // 100] <= 1024
    assert ordered[-1] <= 4096


@pytest.mark.req("GEN-03", "GEN-04")
async def test_a_refused_action_leaves_no_row_and_is_never_accepted_by_the_engine(town: Town) -> None:
    folio = await lives.assigned(town.desk)
    before = await _traces(town, folio)
    for user, verb, body, status in (
        ("call_center", "close", {}, 409),
        ("engineer2", "diagnose", lives.SOLVED, 403),
        ("client1", "confirm", {}, 409),
        ("supervisor", "assign", {"engineer": "engineer1"}, 409),
        ("supervisor", "assign", {"engineer": "nobody"}, 404),
        ("call_center", "note", {"text": ""}, 422),
    ):
        await town.desk.refused(user, f"/tickets/{folio}/{verb}", body, status)
    assert await _traces(town, folio) == before


@pytest.mark.req("GEN-02", "GEN-03")
async def test_a_refused_registration_costs_no_folio_and_starts_nothing(town: Town) -> None:
    future = {**lives.PHONE, "occurred_at": (town.now() + DAY).isoformat()}
    await town.desk.refused("call_center", "/tickets", future, 422)
    async with town.sessions() as session:
        assert await session.scalar(select(func.count()).select_from(FolioRow)) == 0
        assert await session.scalar(select(func.count()).select_from(RequestRow)) == 0


# --- Long and ended lives ---------------------------------------------------------------------------------------------


@pytest.mark.req("GEN-12", "GEN-05", "TCK-18")
async def test_a_long_case_continues_as_new_without_losing_doubling_or_forgetting_anything(
    town: Town,
) -> None:
    folio = await lives.assigned(town.desk)
    said = [f"Nota {n}" for n in range(66)]
    for start in range(0, len(said), 6):
        await asyncio.gather(
            *(
                town.desk.do("call_center", f"/tickets/{folio}/note", {"text": text}, key=f"{folio} {text}")
                for text in said[start : start + 6]
            )
        )
    runs = await runs_of(town.engine, folio)
    assert len(runs) > 1
    assert all(len(run.events) < 500 for run in runs)
    noted = [
        line["detail"]["text"] for line in (await _ticket(town, folio))["log"] if line["event"] == "noted"
    ]
    assert sorted(noted) == sorted(said)
    first = {"text": said[0]}
    again = await town.desk.do("call_center", f"/tickets/{folio}/note", first, key=f"{folio} {said[0]}")
    assert again["log"][-1]["detail"]["text"] != said[-1], "the first answer, not the present state"
    assert await _count(town, RevisionRow, folio) == 3 + len(said)


@pytest.mark.req("GEN-05", "GEN-12")
async def test_a_request_asked_again_across_continue_as_new_is_known_to_the_case_itself(town: Town) -> None:
    """The engine forgets update ids then, and the database may not have been asked: the case remembers the last ones."""
    folio = await lives.assigned(town.desk)
    case = town.engine.get_workflow_handle(folio)
    order = Order[AddNote](
        actor=Actor(user="call_center", role=Role.CALL_CENTER),
        request=Request(key="the-last-before", fingerprint="f"),
        body=AddNote(text="La última"),
    )
    n = 0
    while len((await town.history(folio)).events) <= 400 - 20:
        await town.desk.do("call_center", f"/tickets/{folio}/note", {"text": f"Nota {(n := n + 1)}"})
    first = await case.execute_update("note", order, id="the-last-before", result_type=Accepted)
    while len(await runs_of(town.engine, folio)) == 1:
        await town.desk.do("call_center", f"/tickets/{folio}/note", {"text": f"Nota {(n := n + 1)}"})
    revisions = await _count(town, RevisionRow, folio)
    again = await case.execute_update("note", order, id="the-last-before", result_type=Accepted)
    assert again == first
    assert await _count(town, RevisionRow, folio) == revisions


@pytest.mark.req("GEN-05", "TCK-15")
async def test_an_ended_case_takes_no_action_and_is_reopened_as_a_new_one_linked_to_it(town: Town) -> None:
    folio = await lives.first_contact(town.desk, town.pass_time)
    close = await town.desk.see(STAFF_SEES, f"/tickets/{folio}")
    await town.pass_time(8 * DAY)
    await _ended_at(town, folio)
    refused = await town.desk.refused("call_center", f"/tickets/{folio}/note", {"text": "Tarde"}, 409)
    assert refused["errors"][0]["code"] == "archived"
    ask = ("client1", f"/tickets/{folio}/reopen", {"reason": "Volvió a fallar"}, "reopen-late")
    answer = await town.desk.ask(*ask)
    assert answer.status_code == 201
    assert answer.json()["folio"] != folio
    assert answer.json()["links"] == [folio]
    again = await town.desk.ask(*ask)
    assert (again.status_code, again.json()) == (201, answer.json())
    assert (await _ticket(town, folio))["log"] == close["log"], "the old one stays as it ended"


@pytest.mark.req("TCK-15")
async def test_within_the_grace_window_the_same_case_is_worked_on_again(town: Town) -> None:
    folio = await lives.first_contact(town.desk, town.pass_time)
    await town.pass_time(6 * DAY)
    answer = await town.desk.ask("client1", f"/tickets/{folio}/reopen", {"reason": "Volvió a fallar"})
    assert (answer.status_code, answer.json()["folio"], answer.json()["state"]) == (200, folio, "assigned")


@pytest.mark.req("TCK-15")
async def test_a_cancelled_case_ends_at_once_and_stays_cancelled(town: Town) -> None:
    folio = await lives.registered(town.desk)
    await town.desk.do("call_center", f"/tickets/{folio}/cancel", {"reason": "Duplicado"})
    await _ended_at(town, folio)
    refused = await town.desk.refused("call_center", f"/tickets/{folio}/reopen", {"reason": "No"}, 409)
    assert refused["errors"][0]["code"] == "is_cancelled"


# --- What the tests look at --------------------------------------------------------------------------------------------


async def _ticket(town: Town, folio: str) -> Json:
    return await town.desk.see(STAFF_SEES, f"/tickets/{folio}")


def _at(ticket: Json, event: str) -> datetime:
    return next(datetime.fromisoformat(line["at"]) for line in ticket["log"] if line["event"] == event)


async def _ended_at(town: Town, folio: str) -> datetime:
    """When its workflow completed, which it must have, in whole seconds."""
    last = (await town.history(folio)).events[-1]
    assert last.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED
    return last.event_time.ToDatetime(UTC).replace(microsecond=0)


def _said(line: Json) -> str:
    detail = line["detail"]
    about = [detail.get(name) for name in ("clock", "trigger", "percent", "level")]
    return " ".join([line["event"], *(str(one) for one in about if one is not None)])


def _timers(history: WorkflowHistory) -> Counter[str]:
    names = (EventType.Name(event.event_type) for event in history.events)
    return Counter(name for name in names if "TIMER" in name)


def _payload_sizes(event: Any) -> list[int]:
    """The encrypted payloads of an event, in bytes."""
    found: list[int] = []
    for field, value in event.ListFields():
        if field.message_type is None:
            continue
        if field.message_type.full_name == "temporal.api.common.v1.Payload":
            found.append(value.ByteSize())
        elif field.message_type.full_name == "temporal.api.common.v1.Payloads":
            found += [one.ByteSize() for one in value.payloads]
        elif hasattr(value, "ListFields"):
            found += _payload_sizes(value)
    return found


async def _count(town: Town, table: Any, folio: str) -> int:
    async with town.sessions() as session:
        asked = select(func.count()).select_from(table).where(table.folio == folio)
        return int(await session.scalar(asked) or 0)


async def _traces(town: Town, folio: str) -> list[int]:
    rows = [
        await _count(town, table, folio) for table in (RevisionRow, LogRow, OutboxRow, RequestRow, CaseRow)
    ]
    kinds = Counter(event.event_type for event in (await town.history(folio)).events)
    return [kinds[EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED], *rows]


async def _changes(town: Town, folio: str) -> tuple[int, int]:
    """How often the state and the next instant changed over a case's revisions, the first ones included."""
    async with town.sessions() as session:
        patches = await session.scalars(
            select(RevisionRow.patch).where(RevisionRow.folio == folio).order_by(RevisionRow.revision)
        )
        states, wakes = [], []
        document: JsonObject = {}
        for patch in patches:
            document = merge(document, patch)
            ticket = view.ticket_of(document)
            columns = view.TicketRoom().columns_of(ticket)
            states.append(columns.model_copy(update={"next_deadline": None, "next_wake": None}))
            wakes.append(rules.next_wake(ticket) or rules.end_due(ticket))
    return _turns(states), _turns(wakes)


def _turns(values: list[Any]) -> int:
    return sum(one != before for before, one in zip([None, *values], values, strict=False))


async def _bare(town: Town, actions: int) -> int:
    """Events of a bare workflow after as many updates."""
    async with Worker(
        town.engine,
        task_queue="bare",
        workflows=[Bare],
        activities=[nothing],
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        bare = await town.engine.start_workflow("Bare", id="bare", task_queue="bare")
        for _ in range(actions):
            await bare.execute_update("act")
        events = len((await bare.fetch_history()).events)
        await bare.terminate()
    return events
