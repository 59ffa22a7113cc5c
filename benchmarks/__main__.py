"""`python -m benchmarks`: every figure beside its peer, one line of JSON each and a table at the end."""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from rich.console import Console

from benchmarks import histories, month, overhead, registering, throughput
from benchmarks.figure import Figure, WrongResult, table
from benchmarks.world import World, world
from benchmarks.world import quiet as be_quiet

ON_THE_ENGINE: dict[str, Callable[..., Awaitable[list[Figure]]]] = {
    "throughput": throughput.measure,
    "histories": histories.measure,
    "registering": registering.measure,
    "overhead": overhead.measure,
}
"""By name; these share one engine and one database."""
IN_VIRTUAL_TIME = {"month": month.measure}
NAMES = (*ON_THE_ENGINE, *IN_VIRTUAL_TIME)

Say = Callable[[str], object]


async def run(names: Sequence[str], rounds: int, say: Say, *, quick: bool = False) -> list[Figure]:
    """Measures what is named, and says each figure as soon as it is known.

    Raises:
        WrongResult: something that was measured did not do what it should.
    """
    found: list[Figure] = []
    be_quiet()
    async with AsyncExitStack() as closing:
        here: World | None = None
        for name in names:
            if measure := ON_THE_ENGINE.get(name):
                here = here or await closing.enter_async_context(world())
                figures = await measure(here, rounds, quick=quick)
            else:
                figures = await _virtual(name, rounds, quick=quick)
            for figure in figures:
                say(figure.line())
            found += figures
    return found


async def _virtual(name: str, rounds: int, *, quick: bool) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="pv-", ignore_cleanup_errors=True) as folder:
        return await IN_VIRTUAL_TIME[name](rounds, Path(folder), quick=quick)


def main() -> int:
    """0 when all was measured, whatever came of it; 1 when a result was wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each side takes its turn")
    parser.add_argument("--only", choices=NAMES, action="append", help="may be given more than once")
    parser.add_argument(
        "--quick", action="store_true", help="one round of a few cases: that it runs, no more"
    )
    given = parser.parse_args()
    console = Console(soft_wrap=True, highlight=False, markup=False)
    names, rounds = given.only or NAMES, 1 if given.quick else given.rounds
    found: list[Figure] = []
    wrong: list[BaseException] = []
    try:
        found = asyncio.run(run(names, rounds, console.print, quick=given.quick))
    except* WrongResult as group:  # a task group may have wrapped it
        wrong = [group]
    while wrong:
        one = wrong.pop()
        if not isinstance(one, BaseExceptionGroup):
            console.print(f"wrong result, so no figure: {one}")
            return 1
        wrong += one.exceptions
    Console(width=None if sys.stdout.isatty() else 140).print(table(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
