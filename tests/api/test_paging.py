"""Lists in pages: every row once, in order, whatever comes in between (GEN-13)."""

from datetime import timedelta
from typing import Annotated, Any

import pytest
import pytest_asyncio
from sqlalchemy import select

from api.deps import Given
from api.paging import Page, Paged
from models.shared.tables import BlobRow
from tests.api.building import MONDAY, Door

pytestmark = pytest.mark.req("GEN-13")


@pytest_asyncio.fixture
async def listed(door: Door) -> Door:
    """A door with a list of seven pieces, in pairs of the same size and time."""

    async def pieces(given: Given, page: Annotated[Page, Paged("-at", "size")]) -> dict[str, Any]:
        column: Any = BlobRow.at if page.sort == "at" else BlobRow.size
        async with given.sessions() as session:
            rows = (await session.scalars(page.window(select(BlobRow), column, BlobRow.sha256))).all()
        shown, cursor = page.cut(rows, lambda row: (getattr(row, page.sort), row.sha256))
        return {"items": [row.sha256 for row in shown], "next_cursor": cursor}

    door.app.get("/api/v1/pieces")(pieces)
    await add(door, *"abcdefg")
    return door


async def add(door: Door, *names: str) -> None:
    async with door.services.sessions.begin() as session:
        for name in names:
            number = (ord(name) - ord("a")) // 2
            at = MONDAY + timedelta(hours=number)
            session.add(BlobRow(sha256=name, media_type="text/plain", size=number, at=at))


async def ask(door: Door, **query: Any) -> dict[str, Any]:
    answer = await door.http.get("/api/v1/pieces", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def walk(door: Door, **query: Any) -> list[str]:
    page = await ask(door, **query)
    found = list(page["items"])
    while page["next_cursor"]:
        page = await ask(door, **query, cursor=page["next_cursor"])
        found += page["items"]
    return found


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 200])
async def test_every_row_comes_once_and_in_order(listed: Door, limit: int) -> None:
    assert await walk(listed, limit=limit) == list("gfedcba")
    assert await walk(listed, limit=limit, sort="at") == list("abcdefg")
    assert await walk(listed, limit=limit, sort="-size") == list("gfedcba")


async def test_what_comes_in_between_neither_repeats_nor_hides_a_row(listed: Door) -> None:
    first = await ask(listed, limit=3)
    await add(listed, "h", "i")
    second = await ask(listed, limit=10, cursor=first["next_cursor"])
    assert first["items"] + second["items"] == list("gfedcba")


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 201}, "limit"),
        ({"sort": "colour"}, "sort"),
        ({"cursor": "nonsense"}, "cursor"),
        ({"cursor": "ñ"}, "cursor"),
        ({"cursor": "e30"}, "cursor"),
        ({"cursor": "WyItYXQiLHsidCI6M30sImEiXQ"}, "cursor"),
    ],
    ids=str,
)
async def test_a_wrong_page_is_refused_with_what_is_wrong(
    listed: Door, query: dict[str, Any], path: str
) -> None:
    answer = await listed.http.get("/api/v1/pieces", params=query)
    assert answer.status_code == 422
    assert [fault["path"] for fault in answer.json()["errors"]] == [path]


async def test_a_cursor_of_another_order_is_refused(listed: Door) -> None:
    cursor = (await ask(listed, limit=2, sort="size"))["next_cursor"]
    answer = await listed.http.get("/api/v1/pieces", params={"cursor": cursor, "sort": "-size"})
    assert answer.status_code == 422
