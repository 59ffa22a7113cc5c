"""`python -m benchmarks`: every figure beside its peer, one line of JSON each and a table at the end."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial

from rich.console import Console

from benchmarks import throughput
from benchmarks.figure import Figure, WrongResult, table
from benchmarks.world import World, world

Measure = Callable[..., Awaitable[list[Figure]]]

ON_THE_ENGINE: dict[str, Measure] = {"throughput": throughput.measure}
"""By name; these share one engine and one database."""


async def run(names: Sequence[str], rounds: int, *, quick: bool, say: Callable[[str], object]) -> list[Figure]:
    """Measures what is named and says each figure as it is known. Raises `WrongResult`."""
    found: list[Figure] = []
    async with AsyncExitStack() as closing:
        here: World | None = None
        for name in names:
            here = here or await closing.enter_async_context(world())
            figures = await ON_THE_ENGINE[name](here, rounds, quick=quick)
            for figure in figures:
                say(figure.line())
            found += figures
    return found
