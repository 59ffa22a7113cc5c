"""PERF-3: what a full ticket leaves in the engine's history: events, and the bytes of its payloads."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from google.protobuf.message import Message
from sqlalchemy import func, select
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

from benchmarks import checks
from benchmarks.figure import Figure, hold, percentile
from benchmarks.life import live, live_peer
from benchmarks.peers import BARE
from benchmarks.throughput import PEERS, peers_at_work
from benchmarks.world import World
from models.shared import case_store
from models.shared.tables import RevisionRow
from models.ticket import rules, view
from models.ticket.types import Ticket

LARGEST = 1024
"""Bytes a payload may have, at the 99th percentile."""


async def measure(world: World, rounds: int, *, quick: bool) -> list[Figure]:
    count = rounds * (1 if quick else 4)
    mine, allowed, p99, largest = [], [], [], []
    async with world.at_work(), peers_at_work(world):
        for _ in range(count):
            folio, other = world.folio(), world.folio("B")
            await live(world.client, folio, world.facts)
            await live_peer(world.client, BARE, PEERS, other, world.facts)
            await checks.whole_tickets(world.sessions, [folio])
            await checks.whole_peers(world.client, [other])
            events = await _events(world, folio)
            least = _without_end(await _events(world, other))
            mine.append(float(len(events)))
            allowed.append(float(len(least) + await _allowance(world, folio)))
            sizes = [float(one.ByteSize()) for event in events for one in payloads(event)]
            p99.append(percentile(sizes, 99))
            largest.append(max(sizes))
    against = "bare + 1 per state change + 2 per change of the next deadline"
    note = f"the largest has {max(largest):g}: the registration, with the policy the ticket keeps for life"
    limit = [float(LARGEST)] * count
    return [
        Figure("PERF-3", "events of a full ticket", "events", against, mine, allowed, 1, "lower"),
        Figure("PERF-3", "payload, p99 of a ticket", "bytes", "1 KB", p99, limit, 1, "lower", note),
    ]


def payloads(message: Message) -> Iterator[Payload]:
    """Every payload in a message, however deep."""
    if isinstance(message, Payload):
        yield message
        return
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        for inner in _messages(field, value):
            yield from payloads(inner)


def _messages(field: Any, value: Any) -> Iterator[Message]:
    if field.message_type.GetOptions().map_entry:
        yield from (one for one in value.values() if isinstance(one, Message))
    elif isinstance(value, Message):
        yield value
    else:
        yield from value


async def _events(world: World, folio: str) -> list[HistoryEvent]:
    """The history once it rests: what follows the last answer is in it too."""
    history = await world.client.get_workflow_handle(folio).fetch_history()
    return list(history.events)


def _without_end(events: Sequence[HistoryEvent]) -> Sequence[HistoryEvent]:
    """The peer is over where our ticket waits to be reopened: its last event is not compared."""
    hold(events[-1].event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED, "the peer has not ended")
    return events[:-1]


async def _allowance(world: World, folio: str) -> int:
    """Events a ticket may have beyond the bare ones, counted from the database and not from the history."""
    async with world.sessions() as session:
        last = await session.scalar(select(func.max(RevisionRow.revision)).where(RevisionRow.folio == folio))
        tickets = [
            view.ticket_of((await case_store.at_revision(session, folio, revision))[0])
            for revision in range(1, (last or 0) + 1)
        ]
    states = 1 + sum(before.state != after.state for before, after in pairwise(tickets))
    deadlines = 1 + sum(_wake(before) != _wake(after) for before, after in pairwise(tickets))
    return states + 2 * deadlines


def _wake(ticket: Ticket) -> object:
    instants = (rules.next_wake(ticket), rules.end_due(ticket))
    return min((at for at in instants if at), default=None)
