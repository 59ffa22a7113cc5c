"""kill -9 of everything, at the nasty points (GEN-01, GEN-03, GEN-08)."""

import asyncio

import pytest

from tests.adapters.smtp_servers import SILENCE
from tests.faults.harness import ALL, API, DATABASE, ENGINE, WORKER, Site, until
from tests.faults.ticket import check
from tests.ticket import lives

pytestmark = [pytest.mark.engine, pytest.mark.req("GEN-01", "GEN-03")]

POINTS = ("before_record", "after_record")
"""In the middle of an update: accepted, not on record; and on record, not acknowledged."""


@pytest.mark.req("GEN-05")
@pytest.mark.parametrize("victims", [(WORKER,), (ENGINE,), (DATABASE,), (API,), ALL], ids="+".join)
@pytest.mark.parametrize("point", POINTS)
async def test_an_action_survives_a_kill_in_the_middle_of_it(
    site: Site, point: str, victims: tuple[str, ...]
) -> None:
    folio = await lives.registered(site.desk)
    site.stop_worker_at(point, "assign")
    order = {"engineer": "engineer1"}
    asking = asyncio.create_task(site.desk.do("supervisor", f"/tickets/{folio}/assign", order))
    await site.reached(point)
    await site.kill(*victims)
    await site.up()
    answer = await asking
    assert (answer["state"], answer["assignee"]) == ("assigned", "engineer1")
    await site.desk.do("engineer1", f"/tickets/{folio}/contact", {"mode": "phone", "outcome": "reached"})
    await check(site, folio)


@pytest.mark.req("GEN-02", "GEN-05", "TCK-01")
@pytest.mark.parametrize("point", POINTS)
async def test_a_registration_survives_the_death_of_everything(site: Site, point: str) -> None:
    site.stop_worker_at(point, "register")
    asking = asyncio.create_task(lives.registered(site.desk))
    await site.reached(point)
    await site.kill(*ALL)
    await site.up()
    await check(site, await asking)


@pytest.mark.req("TCK-10")
@pytest.mark.parametrize("victims", [(WORKER,), (WORKER, ENGINE), ALL], ids="+".join)
@pytest.mark.parametrize("point", POINTS)
async def test_what_a_timer_escalates_is_escalated_once_whoever_dies(
    site: Site, point: str, victims: tuple[str, ...]
) -> None:
    folio = await lives.registered(site.desk)
    site.stop_worker_at(point, "wake")
    promise = {"what": "Llamar", "who": "call_center", "due": lives.soon(3)}
    await site.desk.do("call_center", f"/tickets/{folio}/follow-up", promise)
    await site.reached(point)
    await site.kill(*victims)
    await site.up()
    await until(lambda: _missed(site, folio), "the missed promise escalates")
    counts = await check(site, folio)
    assert set(counts) <= {"sent", "doubt"}, "only what was on its way when its sender died is in doubt"


async def test_a_timer_that_comes_due_while_all_are_dead_fires_once_when_they_are_back(site: Site) -> None:
    folio = await lives.registered(site.desk)
    promise = {"what": "Llamar", "who": "call_center", "due": lives.soon(3)}
    await site.desk.do("call_center", f"/tickets/{folio}/follow-up", promise)
    await site.kill(*ALL)
    await site.up()
    await until(lambda: _missed(site, folio), "the missed promise escalates")
    await check(site, folio)


@pytest.mark.req("GEN-08", "TCK-10")
async def test_an_escalation_whose_worker_dies_before_its_letters_is_told_once(site: Site) -> None:
    folio = await lives.registered(site.desk)
    await check(site, folio)
    site.stop_worker_at("before_claim")
    await site.desk.do("call_center", f"/tickets/{folio}/escalate", {"reason": "Llamó tres veces"})
    await site.reached("before_claim")
    await site.kill(WORKER)
    counts = await check(site, folio)
    assert set(counts) == {"sent"}


@pytest.mark.req("GEN-08")
@pytest.mark.parametrize("point", ["before_send", "after_send"])
async def test_a_letter_whose_sender_died_with_it_in_hand_is_in_doubt_and_never_sent_again(
    site: Site, point: str
) -> None:
    folio = await lives.registered(site.desk)
    await check(site, folio)
    before = len(site.inbox.accepted)
    site.stop_worker_at(point)
    await site.desk.do("supervisor", f"/tickets/{folio}/message", {"text": "Vamos en camino"})
    await site.reached(point)
    await site.kill(WORKER)
    counts = await check(site, folio)
    assert counts["doubt"] == 1
    assert len(site.inbox.accepted) - before == (point == "after_send")


@pytest.mark.req("GEN-08")
async def test_a_letter_being_read_by_the_mail_server_when_its_sender_dies_is_in_doubt(site: Site) -> None:
    folio = await lives.registered(site.desk)
    await check(site, folio)
    site.inbox.seen.clear()
    site.inbox.at["body"] = SILENCE
    await site.desk.do("supervisor", f"/tickets/{folio}/message", {"text": "Vamos en camino"})
    await until(lambda: "body" in site.inbox.seen, "the server reads the letter")
    await site.kill(WORKER)
    site.inbox.at.clear()
    counts = await check(site, folio)
    assert counts["doubt"] == 1


@pytest.mark.req("GEN-08")
async def test_a_letter_accepted_while_the_database_dies_is_known_to_be_sent(site: Site) -> None:
    """Its sender lives: it remembers what became of the letter until it can write it down."""
    folio = await lives.registered(site.desk)
    await check(site, folio)
    site.stop_worker_at("after_send")
    await site.desk.do("supervisor", f"/tickets/{folio}/message", {"text": "Vamos en camino"})
    await site.reached("after_send")
    await site.kill(DATABASE)
    site.go_on("after_send")
    counts = await check(site, folio)
    assert set(counts) == {"sent"}


async def _missed(site: Site, folio: str) -> bool:
    ticket = await site.desk.see("supervisor", f"/tickets/{folio}")
    return "follow_up_missed" in [line["event"] for line in ticket["log"]]
