"""How a case takes one step: apply the rule, show it, record it. Every room's workflow holds one of these.

One durable step per accepted action: the state changes in the handler, then one regular activity commits it. A
regular one, because a local activity runs before the engine has accepted the update (see docs/design.md).
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any, Generic, TypeVar

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.shared.case import Accepted, RecordStep, Request, Step
    from models.shared.message import Frozen
    from models.shared.patch import JsonObject, diff
    from workflows.policies import RECORD
    from workflows.waiting import now

REMEMBERED = 20
"""Requests a case remembers across continue-as-new; the database remembers all of them (GEN-05)."""


S = TypeVar("S", bound=Frozen)


class Case(Generic[S]):
    """The state of one case and the only way to change it.

    `show` makes a new state visible in the UI, before it is recorded; `activity` is the room's record activity.
    """

    def __init__(
        self,
        activity: str,
        dump: Callable[[S], JsonObject],
        show: Callable[[S], None],
        recent: dict[str, Any],
    ) -> None:
        self._activity = activity
        self._dump = dump
        self._show = show
        self._turn = asyncio.Lock()
        self._document: JsonObject = {}
        self.state: S | None = None
        self.revision = 0
        self.recent = dict(recent)

    def resume(self, state: S, revision: int) -> None:
        """Go on from a state that is on record (continued as new)."""
        self.state, self.revision, self._document = state, revision, self._dump(state)

    async def take(
        self, verb: str, request: Request | None, rule: Callable[[datetime], Step[S] | None]
    ) -> Accepted | None:
        """Apply a rule in this case's turn and record what came of it; None when there was nothing to do.

        Raises the rule's `DomainError`; then nothing has changed. The same request again gets its first answer.
        """
        async with self._turn:
            if request and request.key in self.recent:
                return Accepted.model_validate(self.recent[request.key])
            at = now()
            step = rule(at)
            if step is None:
                return None
            accepted = self._accept(step, request)
            record = self._record(verb, request, step, at)
            self._show(self.state)  # type: ignore[arg-type]
            await workflow.execute_activity(self._activity, record, summary=verb, **RECORD)
            return accepted

    def _accept(self, step: Step[S], request: Request | None) -> Accepted:
        self.revision += 1
        self.state = step.state.model_copy(update={"revision": self.revision})
        accepted = Accepted(
            folio=self.state.folio,  # type: ignore[attr-defined]
            revision=self.revision,
            fingerprint=request.fingerprint if request else "",
        )
        if request:
            self.recent[request.key] = accepted.model_dump(mode="json")
            for old in list(self.recent)[:-REMEMBERED]:
                del self.recent[old]
        return accepted

    def _record(self, verb: str, request: Request | None, step: Step[S], at: datetime) -> RecordStep:
        assert self.state is not None
        document = self._dump(self.state)
        patch = diff(self._document, document)
        self._document = document
        return RecordStep(
            folio=document["folio"],
            revision=self.revision,
            at=at,
            verb=verb,
            request=request,
            patch=patch,
            events=step.events,
            notices=step.notices,
        )
