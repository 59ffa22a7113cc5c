"""The demo does its day once, however often it is run and wherever it was broken off."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from kit.codec import KeyRing
from kit.engine import time_skipping_engine
from kit.fresh import fresh_database
from kit.postgres import Postgres
from models.shared.evidence import inspect
from models.shared.tables import LogRow, OutboxRow
from postventa import demo
from postventa.demo_day import stories
from postventa.demo_door import Door, File, Later, Refused
from postventa.demo_evidence import photo, service_sheet
from postventa.demo_lives import Act
from postventa.launcher import NotUp
from postventa.master_data import SAMPLE, import_file
from postventa.virtual import VirtualStack, virtual_stack

Json = dict[str, Any]


@asynccontextmanager
async def sample_company(postgres: Postgres, keys: KeyRing) -> AsyncIterator[VirtualStack]:
    async with (
        fresh_database(postgres) as url,
        time_skipping_engine(keys) as environment,
        virtual_stack(environment, url, keys) as stack,
    ):
        async with stack.sessions.begin() as session:
            await import_file(session, SAMPLE, stack.clock.now(), "development")
        yield stack


class BrokenOff(Exception):
    """The demo's process ends here."""


class Road(httpx.AsyncBaseTransport):
    """The way to the API, on which things happen: some requests meet a 503, some answers are lost on the way back."""

    def __init__(self, stack: VirtualStack, *, rough: bool = False, ends_after: int = 0) -> None:
        self._api = httpx.ASGITransport(stack.app, raise_app_exceptions=False)
        self._rough = rough
        self._ends_after = ends_after
        self.asked = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self._rough and self.asked % 7 == 0:
            return httpx.Response(503, headers={"Retry-After": "0"}, json={"detail": "away"})
        answer = await self._api.handle_async_request(request)
        if self._ends_after and self.asked >= self._ends_after:
            raise BrokenOff
        return answer


async def _written(stack: VirtualStack) -> tuple[int, int]:
    async with stack.sessions() as session:
        lines = await session.scalar(select(func.count()).select_from(LogRow))
        letters = await session.scalar(select(func.count()).select_from(OutboxRow))
    return lines or 0, letters or 0


async def _drive(road: Road) -> Json:
    return await demo.drive("http://127.0.0.1", transport=road)


@pytest.mark.req("GEN-05")
async def test_a_day_has_every_channel_and_many_lives_and_a_second_run_adds_nothing(
    postgres: Postgres, keys: KeyRing, capsys: pytest.CaptureFixture[str]
) -> None:
    async with sample_company(postgres, keys) as stack:
        first = await _drive(Road(stack, rough=True))
        told = capsys.readouterr().out
        before = await _written(stack)
        again = await _drive(Road(stack))
        assert await _written(stack) == before
    assert again == first
    assert first["tickets"] >= 44
    assert first["tickets"] == sum(len(story) for story in stories())
    assert all(first["by_channel"].values())
    assert all(first["by_state"].values())
    assert first["escalation"]["level_1"] >= 8
    assert 0 < first["escalation"]["active"] < first["escalation"]["level_1"]
    assert sum(first["sla"]["resolution"].values()) == first["tickets"]
    assert first["sla"]["resolution"]["paused"] >= 3
    assert sum(first["notifications"].values()) == before[1] > 100
    assert "evidence_on_site" in told or "client_confirmation: Falta la confirmación del cliente." in told
    assert "stopped at step" not in told
    assert "quedó en el paso" not in told


@pytest.mark.req("GEN-05")
async def test_broken_off_in_the_middle_it_goes_on_and_ends_where_an_unbroken_run_ends(
    postgres: Postgres, keys: KeyRing
) -> None:
    async with sample_company(postgres, keys) as stack:
        whole = await _drive(Road(stack))
        wrote = await _written(stack)
    async with sample_company(postgres, keys) as stack:
        for ends_after in (40, 150):
            with pytest.raises(BrokenOff):
                await _drive(Road(stack, ends_after=ends_after))
        assert await _drive(Road(stack)) == whole
        assert await _written(stack) == wrote


OPENED = datetime(2031, 3, 3, 15, tzinfo=UTC)


def _door(handler: Any) -> Door:
    http = httpx.AsyncClient(transport=httpx.MockTransport(handler), base_url="http://127.0.0.1")
    return Door(http, tokens={"engineer1": "one"})


async def test_a_date_that_has_passed_since_the_run_was_broken_off_moves_on_by_weeks() -> None:
    now = OPENED + timedelta(days=10)
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        until = datetime.fromisoformat(httpx.Response(200, content=request.content).json()["until"])
        asked.append(request.headers["Idempotency-Key"])
        if until <= now:
            return httpx.Response(422, json={"errors": [{"code": "until_in_the_past", "message": "…"}]})
        return httpx.Response(200, json={"until": until.isoformat()})

    door = _door(answer)
    body = {"reason": "waiting_client", "until": Later(60)}
    async with door.http:
        said = await door.post_dated("engineer1", "/tickets/T/pause", body, "a-life:3-pause", OPENED)
    assert said["until"] == (OPENED + timedelta(hours=1, weeks=2)).isoformat()
    assert set(asked) == {"demo-1:a-life:3-pause"}


async def test_a_refusal_that_is_not_about_a_date_is_not_asked_again() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(409, json={"detail": "no", "errors": [{"code": "paused", "message": "…"}]})

    door = _door(answer)
    async with door.http:
        with pytest.raises(Refused) as refused:
            await door.post_dated("engineer1", "/x", {"until": Later(60)}, "k", OPENED)
    assert (refused.value.status, refused.value.codes, len(asked)) == (409, ["paused"], 1)


async def test_an_api_that_stays_away_ends_the_demo_with_a_way_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postventa.demo_door.PATIENCE", 0.5)

    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    door = _door(answer)
    async with door.http:
        with pytest.raises(NotUp):
            await door.get("engineer1", "/tickets")


def test_evidence_is_what_it_says_and_the_same_in_every_run() -> None:
    pages = {inspect("photo", "p.png", photo(seed)).sha256 for seed in range(5)}
    assert len(pages) == 5
    assert inspect("photo", "p.png", photo(1)).media_type == "image/png"
    sheet = inspect("document", "s.pdf", service_sheet("Hoja de servicio: banda (nueva)"))
    assert sheet.media_type == "application/pdf"
    assert inspect("document", "s.pdf", service_sheet("Hoja de servicio: banda (nueva)")) == sheet


def test_no_two_requests_of_the_day_share_a_key_and_no_two_stories_a_device() -> None:
    told = stories()
    names = [life.name for story in told for life in story]
    assert len(names) == len(set(names))
    devices = [{life.opening["device"] for life in story if "device" in life.opening} for story in told]
    corrected = {"ZT20025184"}
    assert sum(map(len, devices)) == len(set().union(*devices, corrected)) - len(corrected)


def test_the_day_shows_what_the_process_can_do() -> None:
    acts: list[Act] = [act for story in stories() for life in story for act in life.acts]
    verbs = {act.verb for act in acts}
    assert verbs >= {
        "classify", "assign", "contact", "visits", "visits/1/arrive", "visits/1/leave", "visits/1/fail", "diagnose",
        "parts/1", "pause", "resume", "evidence", "note", "message", "follow-up", "correct", "escalate",
        "acknowledge", "resolve", "confirm", "reject", "close", "override", "reopen", "cancel", "survey",
    }  # fmt: skip
    assert any(act.refused for act in acts)
    kinds = {act.body.content[:4] for act in acts if isinstance(act.body, File)}
    assert kinds == {b"\x89PNG", b"%PDF"}
