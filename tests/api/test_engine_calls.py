"""What the engine says when it cannot do what it is asked, told apart for who asks."""

from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from api import engine
from api.errors import EngineAway
from models.shared.case import Accepted, Request

REQUEST = Request(key="k", fingerprint="f")


class Case:
    """A case of the engine that answers what it is told to, one answer after the other."""

    def __init__(self, *answers: Accepted | RPCStatusCode) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    def get_workflow_handle(self, _folio: str) -> "Case":
        return self

    async def execute_update(
        self, _verb: str, _order: Any, *, id: str, result_type: type[Accepted]
    ) -> Accepted:
        self.asked.append(id)
        answer = self._answers.pop(0)
        if isinstance(answer, result_type):
            return answer
        assert isinstance(answer, RPCStatusCode)
        raise RPCError("no", answer, b"")


def _act(case: Case) -> Awaitable[Accepted]:
    act: Callable[..., Awaitable[Accepted]] = engine.act
    return act(cast(Client, case), "T-2031-000001", "note", object(), REQUEST)


@pytest.mark.req("GEN-13")
async def test_a_case_whose_task_fails_is_away_and_not_our_error() -> None:
    with pytest.raises(EngineAway):
        await _act(Case(RPCStatusCode.FAILED_PRECONDITION))


@pytest.mark.req("GEN-05")
async def test_a_busy_case_is_asked_again_with_the_same_id() -> None:
    accepted = Accepted(folio="T-2031-000001", revision=2)
    case = Case(RPCStatusCode.RESOURCE_EXHAUSTED, RPCStatusCode.ABORTED, accepted)
    assert await _act(case) == accepted
    assert case.asked == ["k"] * 3


async def test_a_case_that_does_not_run_says_so() -> None:
    with pytest.raises(engine.NoRun):
        await _act(Case(RPCStatusCode.NOT_FOUND))
