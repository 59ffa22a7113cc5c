"""What there is after the demo, counted through the API alone. The keys are those the README names, and stay."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from models.shared.outbox_store import OutboxState
from models.ticket.types import Channel, State
from postventa.demo_door import Door

Json = dict[str, Any]
_LOOKER = "supervisor"
_LEVELS = range(4)
_CLOCK_STATES = ("running", "paused", "met", "breached")
_ON_ITS_WAY = (OutboxState.PENDING, OutboxState.SENDING)


async def summarize(door: Door, patience: float) -> Json:
    """Counts of all tickets, and of all letters once none is on its way any more, or after `patience` seconds."""
    tickets = [ticket async for ticket in _tickets(door)]
    clocks = ("first_response", "resolution")
    return {
        "tickets": len(tickets),
        "by_channel": _counted(Channel, (one["channel"] for one in tickets)),
        "by_state": _counted(State, (one["state"] for one in tickets)),
        "escalation": _escalation([one["escalation"] for one in tickets]),
        "sla": {
            **{
                name: _counted(_CLOCK_STATES, (one["sla"][name]["state"] for one in tickets))
                for name in clocks
            },
            "breached": sum(any(one["sla"][name]["breached"] for name in clocks) for one in tickets),
        },
        "notifications": await _letters(door, patience),
    }


async def _tickets(door: Door) -> Any:
    cursor = None
    while True:
        page = await door.get(_LOOKER, "/tickets", limit=200, cursor=cursor, sort="opened_at")
        for ticket in page["items"]:
            yield ticket
        cursor = page["next_cursor"]
        if cursor is None:
            return


async def _letters(door: Door, patience: float) -> Json:
    until = asyncio.get_running_loop().time() + patience
    while True:
        counts: Json = (await door.get(_LOOKER, "/outbox", limit=1))["counts"]
        on_its_way = sum(counts.get(state, 0) for state in _ON_ITS_WAY)
        if not on_its_way or asyncio.get_running_loop().time() > until:
            return {state.value: counts.get(state, 0) for state in OutboxState}
        await asyncio.sleep(0.5)


def _counted(kinds: Iterable[str], found: Iterable[str]) -> dict[str, int]:
    """How many of each; every kind is named, also those of which there is none."""
    seen = Counter(found)
    return {str(kind): seen.get(str(kind), 0) for kind in kinds}


def _escalation(found: Sequence[Json]) -> Json:
    """By the highest level reached; `active` are those with an escalation nobody has acknowledged or settled."""
    levels = Counter(one["level"] for one in found)
    return {
        **{f"level_{level}": levels.get(level, 0) for level in _LEVELS},
        "active": sum(not one["acknowledged"] for one in found),
    }
