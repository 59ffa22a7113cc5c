"""PERF-4: registering by HTTP, through the API's own process, until it is durable; against start and update alone."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from benchmarks.figure import Figure, hold, percentile
from benchmarks.life import register_peer, registration
from benchmarks.peers import BARE
from benchmarks.throughput import PEERS, peers_at_work
from benchmarks.world import World
from kit.engine_facts import engine_facts
from kit.ports import next_free
from kit.processes import spawn
from models.company.tables import DeviceRow
from models.ticket import store

READY_WITHIN = 60.0
BODY = {
    "channel": "phone",
    "contact": {"name": "Ana Ruiz Camacho", "phone": "+52 55 1234 5678", "email": "ana.ruiz@example.com"},
    "symptom": "No imprime desde ayer, marca error 50.4 en la pantalla y no deja mandar trabajos.",
    "synthesis": "Equipo detenido con error de fusor.",
}


async def measure(world: World, rounds: int, *, quick: bool) -> list[Figure]:
    count = 2 if quick else 100
    found: dict[int, tuple[list[float], list[float]]] = {50: ([], []), 99: ([], [])}
    async with world.at_work(), peers_at_work(world), api_at_work(world) as http:
        devices = iter(await _devices(world, rounds * count + 2))
        for _ in range(2):
            await _by_http(world, http, next(devices))
            await _bare(world)
        for _ in range(rounds):
            ours, bare = [], []
            for _ in range(count):
                ours.append(await _by_http(world, http, next(devices)))
                bare.append(await _bare(world))
            for percent, sides in found.items():
                sides[0].append(percentile(ours, percent))
                sides[1].append(percentile(bare, percent))
    against = "start and update by the SDK"
    return [
        Figure(
            "PERF-4", f"register by HTTP until durable, p{percent}", "ms", against, ours, bare, 1.5, "lower",
            note="a uvicorn process of its own, one caller",
        )
        for percent, (ours, bare) in found.items()
    ]  # fmt: skip


async def _by_http(world: World, http: httpx.AsyncClient, device: str) -> float:
    """Milliseconds until the answer; then it must be on record."""
    began = time.perf_counter()
    answer = await http.post("/tickets", json={**BODY, "device": device})
    took = time.perf_counter() - began
    hold(answer.status_code == 201, answer.text)
    said = answer.json()
    async with world.sessions() as session:
        row = await store.row(session, said["folio"])
    hold(row is not None and row.revision == 1 and row.device == device, f"{said['folio']}: not on record")
    return took * 1000


async def _bare(world: World) -> float:
    folio = world.folio("B")
    asked = registration(folio, world.facts)
    began = time.perf_counter()
    await register_peer(world.client, BARE, PEERS, folio, asked, world.facts)
    took = time.perf_counter() - began
    return took * 1000


async def _devices(world: World, count: int) -> list[str]:
    """Devices that never failed before: else the tickets would grow into recurrences."""
    serials = [f"BENCH-{n:05d}" for n in range(count)]
    place = world.facts.place
    async with world.sessions.begin() as session:
        like = await session.get(DeviceRow, place.device)
        assert like is not None
        kept = {c.name: getattr(like, c.name) for c in DeviceRow.__table__.columns if c.name != "serial"}
        session.add_all(DeviceRow(serial=serial, **kept) for serial in serials)
    return serials


@asynccontextmanager
async def api_at_work(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """`python -m api` as in production, and a client of it that speaks for the call centre."""
    port = next_free(world.settings.port)
    given = {
        **os.environ,
        "POSTVENTA_DATA": str(world.settings.data),
        "POSTVENTA_PORT": str(port),
        "POSTVENTA_LOG_LEVEL": "error",
        "POSTVENTA_CODEC_KEYS": world.keys,
        "POSTVENTA_JWT_SECRET": world.settings.signing_secret(),
        "DATABASE_URL": world.settings.database_url,
        "TEMPORAL_ADDRESS": world.engine.address,
        "TEMPORAL_NAMESPACE": engine_facts().namespace,
        "TEMPORAL_CONFIG_FILE": os.devnull,
    }
    process = spawn([sys.executable, "-m", "api"], world.folder / "api.log", env=given)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}/api/v1", timeout=60) as http:
            await _ready(http)
            asked = await http.post("/auth/token", data={"username": "call_center", "password": "demo"})
            http.headers["Authorization"] = f"Bearer {asked.json()['access_token']}"
            yield http
    finally:
        await process.stop()


async def _ready(http: httpx.AsyncClient) -> None:
    async with asyncio.timeout(READY_WITHIN):
        while True:
            try:
                if (await http.get("/ready")).is_success:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)
