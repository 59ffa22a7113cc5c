"""PERF-9: what encryption and the case log cost, by doing without them."""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

from temporalio.client import Client
from temporalio.converter import DataConverter
from temporalio.worker import Worker

from activities.recording import Recorder
from activities.ticket import TicketActivities
from benchmarks import checks
from benchmarks.figure import Figure
from benchmarks.life import live, orders, registration
from benchmarks.throughput import WIDTH, Side, take_turns
from benchmarks.world import Facts, World, crowd
from kit.failures import DomainFailureConverter
from kit.payloads import DurableConverter
from models.shared.case import RecordStep, Step
from models.shared.patch import diff
from models.ticket import rules, view
from models.ticket.types import Ticket
from models.ticket.view import TicketRoom
from workflows.ticket import TicketWorkflow


class Unlogged(Recorder):
    """Records everything of a step but its lines in the case log."""

    async def record(self, step: RecordStep) -> None:
        await super().record(step.model_copy(update={"events": ()}))


async def measure(world: World, rounds: int, *, quick: bool) -> list[Figure]:
    whole = Recorder(world.sessions, TicketRoom(), _no_link)
    silent = Unlogged(world.sessions, TicketRoom(), _no_link)
    clear = _in_the_clear(world.client)
    async with AsyncExitStack() as closing:
        for queue, client, recorder in (
            ("sealed", world.client, whole),
            ("clear", clear, whole),
            ("unlogged", world.client, silent),
        ):
            await closing.enter_async_context(_room(client, queue, recorder))
        count = 1 if quick else 40
        lives = [
            _side(world, world.client, "sealed"),
            _side(world, clear, "clear"),
            _side(world, world.client, "unlogged", logged=False),
        ]
        sealed, plain, unlogged = await take_turns(lives, rounds, count)
    records = [_recording(world, whole, logged=True), _recording(world, silent, logged=False)]
    logged, bare = await take_turns(records, rounds, 1 if quick else 60)
    return [
        Figure("PERF-9", "a ticket, encrypted", "ms", "in the clear", _ms(sealed), _ms(plain), 1.05, "lower"),
        Figure("PERF-9", "a ticket with its log", "ms", "without", _ms(sealed), _ms(unlogged), 1.1, "lower"),
        Figure(
            "PERF-9", "recording eight steps", "ms", "without a log", _ms(logged), _ms(bare), 1.1, "lower"
        ),
    ]


def _ms(a_second: Sequence[float]) -> list[float]:
    return [1000 / rate for rate in a_second]


def _no_link(template: str, folio: str, revision: int) -> str:  # noqa: ARG001
    return ""


def _in_the_clear(client: Client) -> Client:
    """The same client with the same converter, but no codec."""
    config = client.config()
    config["data_converter"] = DataConverter(
        payload_converter_class=DurableConverter, failure_converter_class=DomainFailureConverter
    )
    return Client(**config)


@asynccontextmanager
async def _room(client: Client, queue: str, recorder: Recorder) -> AsyncIterator[None]:
    async with Worker(
        client,
        task_queue=queue,
        workflows=[TicketWorkflow],
        activities=[TicketActivities(recorder).record],
        max_cached_workflows=1000,
        graceful_shutdown_timeout=timedelta(seconds=15),
    ):
        yield


def _side(world: World, client: Client, queue: str, *, logged: bool = True) -> Side:
    async def run(count: int) -> float:
        folios = [world.folio() for _ in range(count)]
        left = iter(folios)
        seconds = await crowd(count, WIDTH, lambda: live(client, next(left), world.facts, queue))
        await checks.whole_tickets(world.sessions, folios, logged=logged)
        return count / seconds

    return run


def _recording(world: World, recorder: Recorder, *, logged: bool) -> Side:
    """Recording alone, step by step, without an engine."""

    async def run(count: int) -> float:
        folios = [world.folio() for _ in range(count)]
        lives = [list(steps(folio, world.facts)) for folio in folios]
        began = time.perf_counter()
        for life in lives:
            for step in life:
                await recorder.record(step)
        seconds = time.perf_counter() - began
        await checks.whole_tickets(world.sessions, folios, logged=logged)
        return count / seconds

    return run


def steps(folio: str, facts: Facts) -> Sequence[RecordStep]:
    """What a ticket's life gives the recorder, by the rules alone."""
    at = facts.now()
    asked = registration(folio, facts)
    found = []
    step: Step[Ticket] = rules.register(asked, folio, facts.policy, at)
    document: dict[str, Any] = {}
    life: list[tuple[str, Any]] = [("register", asked), *orders(folio)]
    for revision, (verb, order) in enumerate(life, start=1):
        if revision > 1:
            rule: Callable[..., Step[Ticket]] = getattr(rules, verb)
            step = rules.act(rule, step.state, order, at)
        step = step.model_copy(update={"state": step.state.model_copy(update={"revision": revision})})
        now = view.document(step.state)
        found.append(
            RecordStep(
                folio=folio,
                revision=revision,
                at=at,
                verb=verb,
                request=order.request,
                patch=diff(document, now),
                events=step.events,
                notices=step.notices,
            )
        )
        document = now
    return found
