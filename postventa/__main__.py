"""The `postventa` command. What a command needs is imported when it runs, so that `--help` is quick."""

import asyncio
import importlib
import inspect
import json
import signal
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from kit.clock import SystemClock
from kit.problems import Problem
from kit.settings import Settings
from models.shared.errors import DomainError
from postventa.launcher import Launcher, NotUp, take_down
from postventa.stack import Stack, only_one, running
from postventa.texts import say

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Postventa: the post-sale operation.")
T = TypeVar("T")


def main() -> None:
    app()


def _run(work: Coroutine[Any, Any, T]) -> T:
    """Runs a command; what a person can put right is said in two lines, without a stack."""
    try:
        return asyncio.run(work)
    except Problem as problem:
        typer.secho(problem.what(), fg="red", err=True)
        typer.echo(problem.fix(), err=True)
    except DomainError as error:
        typer.secho(error.message, fg="red", err=True)
        for fault in error.faults:
            typer.echo(f"  {fault.path}: {fault.message}" if fault.path else f"  {fault.message}", err=True)
    except NotUp as error:
        typer.secho(str(error), fg="red", err=True)
    raise typer.Exit(1)


def _urls(stack: Stack) -> None:
    where = {
        "url_api": f"{stack.base_url}/api/v1/docs",
        "url_ui": stack.temporal_ui_url,
        "url_mailbox": str(stack.data / "mailbox") if stack.smtp_url.startswith("smtp://127.0.0.1:") else "",
        "url_data": str(stack.data),
    }
    for code, url in where.items():
        if url:
            typer.echo(f"  {say(code)}: {url}")


async def _with_stack(work: Callable[[Launcher], Awaitable[None]]) -> None:
    """Brings the stack up, works, and takes it down whatever happens; Ctrl-C and SIGTERM end the work."""
    settings = Settings()
    with only_one(settings.data) as alone:
        if not alone:
            _already(settings)
            return
        launcher = Launcher(settings, typer.echo)
        task = asyncio.ensure_future(_up_and(launcher, work))
        loop = asyncio.get_running_loop()
        for sent in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(sent, task.cancel)
        try:
            await task
        except asyncio.CancelledError:
            typer.echo(say("stopping"))
        finally:
            for sent in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(sent, lambda: None)
            await launcher.down()
            typer.echo(say("stopped", data=settings.data), err=True)


def _already(settings: Settings) -> None:
    stack = running(settings.data)
    if stack is None or not stack.ready:
        raise NotUp(say("being_started", data=settings.data))
    typer.echo(say("already_up", pid=stack.launcher.pid))
    _urls(stack)


async def _up_and(launcher: Launcher, work: Callable[[Launcher], Awaitable[None]]) -> None:
    await launcher.up()
    await work(launcher)


async def _stay(launcher: Launcher) -> None:
    typer.echo(say("up"))
    _urls(launcher.stack)
    await asyncio.Event().wait()


@app.command()
def up() -> None:
    """Starts PostgreSQL, the engine, workers and API, and keeps them up until Ctrl-C."""
    _run(_with_stack(_stay))


@app.command()
def down() -> None:
    """Stops the stack of this folder, also what a killed one left behind."""
    settings = Settings()
    stopped = _run(take_down(settings.data))
    typer.echo(say("stopped", data=settings.data) if stopped else say("not_up"))


@app.command()
def run(
    once: Annotated[bool, typer.Option("--once", help="Do the job, print the summary, end.")] = False,
) -> None:
    """Everything up, the sample company loaded and its day driven through the real API."""
    summary: dict[str, Any] = {}

    async def work(launcher: Launcher) -> None:
        summary.update(await _demonstrate(launcher.stack, once))
        typer.echo(say("up") if not once else "")
        _urls(launcher.stack)
        if not once:
            await asyncio.Event().wait()

    async def everything() -> None:
        settings = Settings()
        stack = running(settings.data)
        if stack is not None and stack.ready:
            _already(settings)
            summary.update(await _demonstrate(stack, once))
        else:
            await _with_stack(work)

    _run(everything())
    if once:
        if not summary:
            raise typer.Exit(1)
        typer.echo(json.dumps(summary, ensure_ascii=False))


async def _demonstrate(stack: Stack, once: bool) -> dict[str, Any]:
    demo = importlib.import_module("postventa.demo")
    typer.echo(say("sample"))
    await _import(stack, Path(__file__).with_name("sample"))
    driven: Any = demo.drive(stack.base_url, once)
    summary: dict[str, Any] = await driven if inspect.isawaitable(driven) else driven
    return summary


async def _import(stack: Stack, path: Path) -> None:
    from kit.database import create_engine, create_sessions
    from postventa.master_data import import_file

    engine = create_engine(stack.database_url)
    try:
        async with create_sessions(engine).begin() as session:
            counts = await import_file(session, path, SystemClock().now(), Settings().environment)
        typer.echo(say("imported", counts=counts.model_dump_json()))
    finally:
        await engine.dispose()


@app.command(name="import")
def import_(file: Annotated[Path, typer.Argument(exists=True)]) -> None:
    """Loads master data (YAML, XLSX, or a folder of CSV), checking everything before writing anything."""

    async def work() -> None:
        stack = running(Settings().data)
        if stack is None:
            raise NotUp(say("not_up"))
        await _import(stack, file)

    _run(work())


@app.command()
def simulate(
    files: list[Path],
    report: Annotated[Path | None, typer.Option(help="Where to write the JSON report.")] = None,
) -> None:
    """Plays scenario files: weeks in seconds. Exit 0 if all holds, 1 if something does not, 2 for a bad file."""
    from postventa import simulate as simulation

    played: Any = simulation.run(files, report)
    raise typer.Exit(asyncio.run(played) if inspect.iscoroutine(played) else played)


@app.command()
def doctor() -> None:
    """Says what is missing or wrong, and how to put it right. Exit 1 if something is."""
    from postventa.doctor import Verdict, examine

    colours = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.BAD: "red"}
    found: set[Verdict] = set()

    async def work() -> None:
        async for finding in examine(Settings(), SystemClock().now()):
            found.add(finding.verdict)
            mark = typer.style(say(f"doctor_{finding.verdict}"), fg=colours[finding.verdict])
            typer.echo(f"[{mark}] {finding.what}" + (f"\n      → {finding.fix}" if finding.fix else ""))

    _run(work())
    raise typer.Exit(1 if Verdict.BAD in found else 0)


if __name__ == "__main__":
    main()
