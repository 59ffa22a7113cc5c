"""What could not be sent is seen by who may decide on it, and tried again at their word (GEN-08)."""

from datetime import timedelta
from typing import Any

import pytest

from api.outbox import mask
from models.shared import outbox_store
from models.shared.outbox_store import Channel, Letter, OutboxState
from models.shared.tables import OutboxRow
from tests.api.building import MONDAY, Door

pytestmark = pytest.mark.req("GEN-08")


async def leave(door: Door, count: int = 1, **said: Any) -> list[int]:
    """Letters in the outbox, each of its own moment; their numbers."""
    fields = {
        "folio": "T-2031-000001",
        "channel": Channel.EMAIL,
        "address": "ana@uno.example",
        "template": "assigned",
    }
    async with door.services.sessions.begin() as session:
        for n in range(count):
            letter = Letter.model_validate({"key": f"k{n}", "recipient": "contact", **fields, **said})
            await outbox_store.enqueue(session, [letter], MONDAY + timedelta(minutes=n // 2))
        rows = await session.scalars(OutboxRow.__table__.select().with_only_columns(OutboxRow.id))
        return sorted(rows.all())


async def put(door: Door, id: int, state: OutboxState, error: str = "") -> None:
    async with door.services.sessions.begin() as session:
        row = await session.get(OutboxRow, id)
        assert row is not None
        row.state, row.error = state, error


async def look(door: Door, user: str = "supervisor", **asked: Any) -> Any:
    answer = await door.http.get("/api/v1/outbox", params=asked, headers=door.as_(user))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def again(door: Door, id: int, user: str = "supervisor", key: str = "") -> Any:
    headers = door.as_(user) | ({"Idempotency-Key": key} if key else {})
    return await door.http.post(f"/api/v1/outbox/{id}/retry", headers=headers)


async def test_what_was_not_sent_is_shown_with_its_cause_and_a_masked_address(door: Door) -> None:
    sent, failed, waiting = await leave(door, 3)
    await put(door, sent, OutboxState.SENT)
    await put(door, failed, OutboxState.FAILED, "550 ana@uno.example: no existe ese buzón")
    seen = await look(door)
    assert [one["id"] for one in seen["items"]] == [waiting, failed]
    assert seen["items"][1]["error"] == "550 a***@uno.example: no existe ese buzón"
    assert seen["items"][1]["address"] == "a***@uno.example"
    assert "ana@uno" not in str(seen)
    assert seen["counts"] == {"pending": 1, "sending": 0, "sent": 1, "failed": 1, "doubt": 0}
    assert [one["id"] for one in (await look(door, "admin", state="sent"))["items"]] == [sent]


async def test_what_had_no_channel_at_all_is_there_to_be_seen(door: Door) -> None:
    await leave(door, channel=Channel.NONE, address="")
    (letter,) = (await look(door, state="failed"))["items"]
    assert (letter["channel"], letter["address"], letter["error"]) == ("none", "", "no hay canal")


async def test_the_list_comes_page_by_page_without_losing_or_repeating(door: Door) -> None:
    ids = await leave(door, 7)
    seen: list[int] = []
    cursor = None
    while True:
        page = await look(door, limit=2, folio="T-2031-000001", **({"cursor": cursor} if cursor else {}))
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == ids[::-1]
    assert (await look(door, folio="T-2031-000009"))["items"] == []


async def test_a_failed_letter_is_tried_again_by_who_decided_it(door: Door) -> None:
    (id,) = await leave(door)
    await put(door, id, OutboxState.DOUBT, "se cortó")
    answer = await again(door, id)
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "pending"
    assert answer.json()["error"].startswith("se cortó; supervisor pidió otro intento")


@pytest.mark.req("GEN-05")
async def test_the_same_retry_twice_is_one(door: Door) -> None:
    (id,) = await leave(door)
    await put(door, id, OutboxState.FAILED, "no")
    assert (await again(door, id, key="k")).status_code == 200
    await put(door, id, OutboxState.FAILED, "otra vez no")
    repeated = await again(door, id, key="k")
    assert repeated.status_code == 200
    assert repeated.json()["state"] == "failed"
    assert (await again(door, id, key="another")).json()["state"] == "pending"


async def test_only_what_failed_or_is_in_doubt_can_be_retried(door: Door) -> None:
    (id,) = await leave(door)
    assert (await again(door, id)).status_code == 409
    assert (await again(door, 999)).status_code == 404
    assert (await again(door, 0)).status_code == 422


@pytest.mark.req("GEN-11")
@pytest.mark.parametrize("user", ["engineer1", "client1"])
async def test_nobody_else_sees_or_decides(door: Door, user: str) -> None:
    assert (await door.http.get("/api/v1/outbox", headers=door.as_(user))).status_code == 403
    assert (await again(door, 1, user)).status_code == 403


@pytest.mark.parametrize(
    ("address", "masked"),
    [("ana@uno.example", "a***@uno.example"), ("+52 55 1234 5678", "***5678"), ("123", "***"), ("", "")],
)
def test_an_address_is_recognised_but_not_read(address: str, masked: str) -> None:
    assert mask(address) == masked
