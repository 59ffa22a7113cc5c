"""Live is not ready: the API answers while the engine or the database is away, and says which (GEN-13)."""

import asyncio
import os
import sys
from pathlib import Path

import httpx
import pytest
from sqlalchemy import make_url
from temporalio.client import Client

from api.deps import LazyEngine
from api.errors import EngineAway
from kit.codec import KeyRing
from kit.engine import time_skipping_engine
from kit.ports import next_free
from tests.api.building import Door, open_door, settings_for

pytestmark = pytest.mark.req("GEN-13")


@pytest.mark.parametrize("root", ["", "/api/v1"])
async def test_it_lives_while_all_else_is_away(keys: KeyRing, tmp_path: Path, root: str) -> None:
    async with open_door(keys, settings_for(tmp_path)) as door:
        assert (await door.http.get(f"{root}/health")).json() == {"status": "ok"}


async def test_it_is_ready_when_engine_database_and_migrations_are_there(
    keys: KeyRing, database: str, tmp_path: Path
) -> None:
    async with time_skipping_engine(keys) as environment:

        async def connect() -> Client:
            return environment.client

        settings = settings_for(tmp_path, database_url=database)
        async with open_door(keys, settings, LazyEngine(connect)) as door:
            for root in ("", "/api/v1"):
                answer = await door.http.get(f"{root}/ready")
                assert answer.status_code == 200, answer.text
                assert answer.json()["checks"] == {"engine": "ok", "database": "ok", "migrations": "current"}


async def test_what_is_away_is_named(door: Door) -> None:
    answer = await door.http.get("/api/v1/ready")
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert [fault["path"] for fault in answer.json()["errors"]] == ["engine"]


async def test_a_database_that_is_away_and_one_without_migrations_differ(
    keys: KeyRing, database: str, tmp_path: Path
) -> None:
    async with open_door(keys, settings_for(tmp_path)) as door:
        answer = await door.http.get("/ready")
        assert [fault["path"] for fault in answer.json()["errors"]] == ["engine", "database"]
    empty = make_url(database).set(database="postgres").render_as_string(hide_password=False)
    async with open_door(keys, settings_for(tmp_path, database_url=empty)) as door:
        answer = await door.http.get("/ready")
        assert [fault["path"] for fault in answer.json()["errors"]] == ["engine", "migrations"]


async def test_an_engine_that_comes_back_is_found_again(keys: KeyRing) -> None:
    async with time_skipping_engine(keys) as environment:
        outcomes: list[Exception | None] = [RuntimeError("Failed client connect"), None]

        async def connect() -> Client:
            outcome = outcomes.pop(0)
            if outcome is not None:
                raise outcome
            return environment.client

        engine = LazyEngine(connect)
        with pytest.raises(EngineAway):
            await engine.client()
        assert await engine.client() is environment.client
        assert await engine.client() is environment.client
        assert outcomes == []


@pytest.mark.engine
async def test_the_process_starts_without_its_engine_and_ends_cleanly(database: str, tmp_path: Path) -> None:
    port = next_free(18000)
    environment = {
        **os.environ,
        "POSTVENTA_DATA": str(tmp_path),
        "POSTVENTA_PORT": str(port),
        "DATABASE_URL": database,
        "TEMPORAL_ADDRESS": "127.0.0.1:1",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "api", env=environment, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as http:
            live = await answering(http, "/health")
            assert live.json() == {"status": "ok"}
            ready = await http.get("/ready")
            assert [fault["path"] for fault in ready.json()["errors"]] == ["engine"]
            assert "server" not in ready.headers
    finally:
        process.terminate()
        _, said = await process.communicate()
    assert process.returncode == 0, said.decode()
    assert "Traceback" not in said.decode()


async def answering(http: httpx.AsyncClient, path: str) -> httpx.Response:
    """The first answer of a process that is just starting."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await http.get(path)
            except httpx.ConnectError:
                await asyncio.sleep(0.05)  # its port is all there is to wait for
