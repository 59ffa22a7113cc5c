"""The workflows we are measured against: the same eight updates, bare, or with a regular activity per effect."""

from datetime import timedelta
from typing import Any

from temporalio import activity, workflow

BARE, NAIVE = "Bare", "Naive"
LAST = "confirm"
NOTIFIES = frozenset({"register", "assign", "resolve", "confirm"})
"""The actions of which our tickets tell somebody."""

Json = dict[str, Any]
_PATIENCE = timedelta(seconds=20)


@activity.defn(name="bare.nothing")
async def nothing() -> None:
    """An activity that does nothing."""


class _Life:
    """Eight updates; what each does is for the workflow that has them."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.start: Json = {}

    async def over(self) -> list[str]:
        await workflow.wait_condition(lambda: LAST in self.done and workflow.all_handlers_finished())
        return self.done

    async def effects(self, verb: str, order: Json) -> None:
        raise NotImplementedError

    async def _take(self, verb: str, order: Json) -> int:
        await self.effects(verb, order)
        self.done.append(verb)
        return len(self.done)

    @workflow.update
    async def register(self) -> int:
        return await self._take("register", self.start["registration"])

    @workflow.update
    async def classify(self, order: Json) -> int:
        return await self._take("classify", order)

    @workflow.update
    async def assign(self, order: Json) -> int:
        return await self._take("assign", order)

    @workflow.update
    async def contact(self, order: Json) -> int:
        return await self._take("contact", order)

    @workflow.update
    async def diagnose(self, order: Json) -> int:
        return await self._take("diagnose", order)

    @workflow.update
    async def evidence(self, order: Json) -> int:
        return await self._take("evidence", order)

    @workflow.update
    async def resolve(self, order: Json) -> int:
        return await self._take("resolve", order)

    @workflow.update
    async def confirm(self, order: Json) -> int:
        return await self._take("confirm", order)


@workflow.defn(name=BARE)
class BareWorkflow(_Life):
    """The least a durable case of eight actions can be: one empty activity each, no rules, no database."""

    @workflow.init
    def __init__(self, start: Json) -> None:
        super().__init__()
        self.start = start

    @workflow.run
    async def run(self, _: Json) -> list[str]:
        return await self.over()

    async def effects(self, verb: str, order: Json) -> None:  # noqa: ARG002
        await workflow.execute_activity(nothing, start_to_close_timeout=_PATIENCE)


@workflow.defn(name=NAIVE)
class NaiveWorkflow(_Life):
    """A case as it is often written: an activity for each effect, one after the other, and no rules."""

    @workflow.init
    def __init__(self, start: Json) -> None:
        super().__init__()
        self.start = start
        self._document: Json = {}

    @workflow.run
    async def run(self, _: Json) -> list[str]:
        return await self.over()

    async def effects(self, verb: str, order: Json) -> None:
        self._document = {**self._document, verb: order}
        at, n = workflow.now().isoformat(), len(self.done) + 1
        effect = {"folio": self.start["folio"], "n": n, "verb": verb, "at": at}
        await self._do("naive.read_model", {**effect, "document": self._document})
        await self._do("naive.log", {**effect, "order": order})
        if verb in NOTIFIES:
            await self._do("naive.notify", {**effect, "order": order})

    async def _do(self, name: str, effect: Json) -> None:
        await workflow.execute_activity(name, effect, start_to_close_timeout=_PATIENCE)
