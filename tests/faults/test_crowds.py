"""Many at once: the same request, different ones on one case, and two people against each other (GEN-03, GEN-05)."""

import asyncio
import secrets

import pytest
from sqlalchemy import func, select

from models.shared.actor import Actor, Role
from models.shared.case import Accepted, Request
from models.shared.tables import CaseRow, FolioRow
from models.ticket.messages import AddNote, Order
from tests.faults.harness import WORKER, Site, until
from tests.faults.ticket import check
from tests.stack import Json
from tests.ticket import lives

pytestmark = pytest.mark.engine


@pytest.mark.req("GEN-02", "GEN-05")
async def test_one_registration_asked_a_hundred_times_at_once_is_one_ticket_with_one_folio(
    site: Site,
) -> None:
    before = await _cases_and_folios(site)
    ask = ("call_center", "/tickets", lives.PHONE, f"hundred-{before}")
    answers = await asyncio.gather(*(site.desk.ask(*ask) for _ in range(100)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert await _cases_and_folios(site) == (before[0] + 1, before[1] + 1)
    folio = answers[0].json()["folio"]
    site.accepted[1:] = []
    await check(site, folio)


@pytest.mark.req("GEN-05")
async def test_one_action_asked_thirty_times_at_once_happens_once(site: Site) -> None:
    folio = await lives.registered(site.desk)
    ask = ("call_center", f"/tickets/{folio}/escalate", {"reason": "Llamó tres veces"}, f"{folio}-thirty")
    answers = await asyncio.gather(*(site.desk.ask(*ask) for _ in range(30)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    site.accepted[2:] = []
    await check(site, folio)


@pytest.mark.req("GEN-03")
async def test_forty_different_actions_at_once_on_one_case_are_all_on_record_once(site: Site) -> None:
    """Four times as many as the engine takes at once, and so many that the case continues as new meanwhile."""
    folio = await lives.assigned(site.desk)
    await asyncio.gather(*(site.desk.do(*one) for one in _actions(folio, notes=28)))
    assert await _notes(site, folio) == [f"Nota {n:02}" for n in range(28)]
    await check(site, folio)


@pytest.mark.req("GEN-03", "GEN-16")
async def test_workers_that_remember_nothing_and_hash_differently_carry_a_case_on(site: Site) -> None:
    """Without a cache every task replays all before it, the second time in another order of hashes."""
    folio = await lives.assigned(site.desk)
    for seed in ("1", "2"):
        await site.kill(WORKER)
        await site.up(FAULTS_CACHED="0", PYTHONHASHSEED=seed)
        await asyncio.gather(*(site.desk.do(*one) for one in _actions(folio, notes=4)[:8]))
    await site.kill(WORKER)
    assert await _notes(site, folio) == sorted(2 * [f"Nota {n:02}" for n in range(4)])
    await check(site, folio)


@pytest.mark.req("GEN-03", "GEN-04")
async def test_a_refused_action_leaves_no_event_in_the_history(site: Site) -> None:
    folio = await lives.assigned(site.desk)
    before = await _events(site, folio)
    await site.desk.refused("call_center", f"/tickets/{folio}/close", {}, 409)
    await site.desk.refused("engineer2", f"/tickets/{folio}/diagnose", lives.SOLVED, 403)
    await site.desk.refused("client1", f"/tickets/{folio}/confirm", {}, 409)
    assert await _events(site, folio) == before
    await check(site, folio)


@pytest.mark.req("GEN-13")
async def test_an_action_on_a_case_that_is_full_is_asked_for_again_until_it_has_its_turn(site: Site) -> None:
    """A run takes ten at once, from everybody; here others than the API have filled it up."""
    folio = await lives.registered(site.desk)
    site.stop_worker_at("before_record", "note")
    client = await site.client()
    case = client.get_workflow_handle(folio)
    others = [
        asyncio.create_task(case.execute_update("note", order, id=order.request.key, result_type=Accepted))
        for order in (_note_from_elsewhere(n) for n in range(12))
    ]
    # The client asks again by itself for a while: until it has given up, one over ten may still slip in later.
    await until(lambda: sum(one.done() for one in others) >= 2, "those over ten are refused")
    refused = [one for one in others if one.done()]
    assert [one.exception() is not None for one in refused] == [True] * len(refused) != []
    asking = asyncio.create_task(
        site.desk.do("supervisor", f"/tickets/{folio}/assign", {"engineer": "engineer1"})
    )
    await site.reached("before_record")
    site.go_on("before_record")
    assert (await asking)["state"] == "assigned"
    outcomes = await asyncio.gather(*others, return_exceptions=True)
    assert sum(isinstance(one, Accepted) for one in outcomes) <= 10
    await check(site, folio)


def _note_from_elsewhere(n: int) -> Order[AddNote]:
    return Order[AddNote](
        actor=Actor(user="call_center", role=Role.CALL_CENTER),
        request=Request(key=f"elsewhere-{secrets.token_hex(8)}", fingerprint=str(n)),
        body=AddNote(text=f"Nota {n}"),
    )


@pytest.mark.req("GEN-03")
async def test_of_two_people_at_the_same_moment_one_wins_and_the_other_is_told_what_it_met(
    site: Site,
) -> None:
    folio = await lives.assigned(site.desk)
    await lives.resolved(site.desk, folio)
    yes, no = await asyncio.gather(
        site.desk.ask("client1", f"/tickets/{folio}/confirm", {}),
        site.desk.ask("call_center", f"/tickets/{folio}/reject", {"reason": "Sigue manchando"}),
    )
    assert sorted((yes.status_code, no.status_code)) == [200, 409]
    winner, loser = (yes, no) if yes.status_code == 200 else (no, yes)
    assert loser.json()["errors"][0]["code"] == f"is_{winner.json()['state']}"
    ticket = await site.desk.see("supervisor", f"/tickets/{folio}")
    assert ticket["state"] == winner.json()["state"]
    await check(site, folio)


def _actions(folio: str, notes: int) -> list[tuple[str, str, Json]]:
    ticket = f"/tickets/{folio}"
    said = [("call_center", f"{ticket}/note", {"text": f"Nota {n:02}"}) for n in range(notes)]
    messages = [("supervisor", f"{ticket}/message", {"text": f"Aviso {n}"}) for n in range(6)]
    calls = [("manager", f"{ticket}/escalate", {"reason": f"Llamada {n}"}) for n in range(4)]
    once = [
        ("engineer1", f"{ticket}/evidence", lives.PHOTO),
        ("engineer1", f"{ticket}/pause", {"reason": "waiting_client"}),
    ]
    return [*said, *messages, *calls, *once]


async def _notes(site: Site, folio: str) -> list[str]:
    ticket = await site.desk.see("supervisor", f"/tickets/{folio}")
    return sorted(line["detail"]["text"] for line in ticket["log"] if line["event"] == "noted")


async def _events(site: Site, folio: str) -> int:
    return len((await (await site.client()).get_workflow_handle(folio).fetch_history()).events)


async def _cases_and_folios(site: Site) -> tuple[int, int]:
    async with site.sessions() as sessions, sessions() as session:
        cases = await session.scalar(select(func.count()).select_from(CaseRow))
        folios = await session.scalar(select(func.sum(FolioRow.last)))
        return cases or 0, folios or 0
