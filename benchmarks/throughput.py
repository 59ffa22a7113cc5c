"""PERF-1 and PERF-2: whole tickets a second, against a bare workflow and against one activity per effect."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from temporalio.worker import Worker

from benchmarks import checks
from benchmarks.figure import Figure
from benchmarks.life import live, live_peer
from benchmarks.naive_store import NaiveActivities
from benchmarks.peers import BARE, NAIVE, BareWorkflow, NaiveWorkflow, nothing
from benchmarks.world import World, crowd

WIDTH = 20
"""Tickets alive at once."""
PEERS = "peers"

Side = Callable[[int], Awaitable[float]]
"""Runs so many cases, checks them, and answers how many a second."""


@asynccontextmanager
async def peers_at_work(world: World) -> AsyncIterator[None]:
    naive = NaiveActivities(world.sessions)
    async with Worker(
        world.client,
        task_queue=PEERS,
        workflows=[BareWorkflow, NaiveWorkflow],
        activities=[nothing, naive.read_model, naive.log, naive.notify],
        max_cached_workflows=1000,
    ):
        yield


def ours(world: World) -> Side:
    async def run(count: int) -> float:
        folios = [world.folio() for _ in range(count)]
        left = iter(folios)
        seconds = await crowd(count, WIDTH, lambda: live(world.client, next(left), world.facts))
        await checks.letters_sent(world.sessions, folios)
        await checks.whole_tickets(world.sessions, folios)
        return count / seconds

    return run


def bare(world: World) -> Side:
    async def run(count: int) -> float:
        folios = [world.folio("B") for _ in range(count)]
        left = iter(folios)
        seconds = await crowd(
            count, WIDTH, lambda: live_peer(world.client, BARE, PEERS, next(left), world.facts)
        )
        await checks.whole_peers(world.client, folios)
        return count / seconds

    return run


def naive(world: World) -> Side:
    async def run(count: int) -> float:
        folios = [world.folio("N") for _ in range(count)]
        left = iter(folios)
        seconds = await crowd(
            count, WIDTH, lambda: live_peer(world.client, NAIVE, PEERS, next(left), world.facts)
        )
        await checks.whole_peers(world.client, folios)
        await checks.whole_naive(world.sessions, folios)
        return count / seconds

    return run


async def take_turns(sides: list[Side], rounds: int, count: int) -> list[list[float]]:
    """Each side once a round, who begins changing from round to round; after a short round that does not count."""
    for side in sides if count > 4 else ():
        await side(count // 4)
    found: list[list[float]] = [[] for _ in sides]
    for number in range(rounds):
        for i in range(len(sides)):
            which = (number + i) % len(sides)
            found[which].append(await sides[which](count))
    return found


async def measure(world: World, rounds: int, *, quick: bool) -> list[Figure]:
    async with world.at_work(), peers_at_work(world):
        sides = [ours(world), bare(world), naive(world)]
        mine, least, plain = await take_turns(sides, rounds, 1 if quick else 40)
    return [
        Figure("PERF-1", "ticket throughput", "tickets/s", "bare workflow", mine, least, 0.85, "higher"),
        Figure(
            "PERF-2", "ticket throughput", "tickets/s", "an activity per effect", mine, plain, 2, "higher"
        ),
    ]
