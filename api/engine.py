"""One engine call per action: an update by the request's own id, however often it has to be asked (GEN-05)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakValueDictionary

from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.service import RPCError, RPCStatusCode

from api.errors import EngineAway
from kit.failures import domain_error
from models.shared.case import Accepted, Request

PATIENCE = 25.0
"""Seconds an action may take, recorded and all, before its caller is told to ask again."""
AT_ONCE = 4
"""Actions this process has under way per case. A run takes ten at once, from all processes together; the engine drops
the work in hand of a run that is asked for more, and the case then stands still until a time-out of ten seconds."""
BUSY_PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 3.2, 3.2)
"""When other processes fill the run up, ours are asked again, each with the same id."""
_BUSY = frozenset({RPCStatusCode.RESOURCE_EXHAUSTED, RPCStatusCode.ABORTED})

_turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
"""Who waits for a turn on a case; one nobody waits for is forgotten."""


class NoRun(Exception):
    """The case has no running workflow: it never existed, or it is over."""


@asynccontextmanager
async def turn(folio: str) -> AsyncIterator[None]:
    """One of the places at a case, for all of an action: to look whether it was made before, too.

    Raises `EngineAway` when there are so many before it that it is better asked again.
    """
    places = _turns.setdefault(folio, asyncio.Semaphore(AT_ONCE))
    try:
        async with asyncio.timeout(PATIENCE):
            await places.acquire()
    except TimeoutError as error:
        raise EngineAway("busy") from error
    try:
        yield
    finally:
        places.release()


async def act(client: Client, folio: str, verb: str, order: Any, request: Request) -> Accepted:
    """Ask a running case for an action, and wait until it is on record.

    Raises the rule's `DomainError`, `NoRun`, or `EngineAway` when it is not known yet whether it was accepted, or the
    case's own task fails (see the runbook): the same request asked again then gets the one answer.
    """
    handle = client.get_workflow_handle(folio)

    async def ask() -> Accepted:
        answer: Accepted = await handle.execute_update(verb, order, id=request.key, result_type=Accepted)
        return answer

    return await _patiently(ask)


async def start(
    client: Client, operation: WithStartWorkflowOperation[Any, Any], request: Request
) -> Accepted:
    """Start a case and wait for its registration, as one call; a started one answers what it answered."""

    async def ask() -> Accepted:
        answer: Accepted = await client.execute_update_with_start_workflow(
            "register", id=request.key, start_workflow_operation=operation, result_type=Accepted
        )
        return answer

    return await _patiently(ask)


async def _patiently(ask: Any) -> Accepted:
    try:
        async with asyncio.timeout(PATIENCE):
            for pause in (*BUSY_PAUSES, 0.0):
                try:
                    accepted: Accepted = await ask()
                    return accepted
                except RPCError as error:
                    if error.status is RPCStatusCode.NOT_FOUND:
                        raise NoRun from error
                    if error.status is RPCStatusCode.FAILED_PRECONDITION:
                        raise EngineAway("the case cannot go on just now") from error
                    if error.status not in _BUSY or not pause:
                        raise
                await asyncio.sleep(pause)
    except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
        raise EngineAway("no answer in time") from error
    except WorkflowUpdateFailedError as error:
        refusal = domain_error(error)
        if refusal is None:
            raise
        raise refusal from error
    raise EngineAway("busy")
