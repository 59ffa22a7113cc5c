"""Tickets on record without an engine: the real rules at a clock one sets, and the real recorder."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from activities.recording import Recorder
from kit.database import Sessions
from models.shared.actor import Actor, Role
from models.shared.case import Contact, RecordStep, Request, Step
from models.shared.patch import diff
from models.shared.policy import policy, ticket_policy
from models.ticket import rules, view
from models.ticket.messages import (
    AddEvidence,
    Assign,
    AssignOrder,
    Classify,
    Confirm,
    Diagnose,
    DiagnoseOrder,
    MakeContact,
    Order,
    Registration,
    Resolve,
    Stored,
)
from models.ticket.types import Channel, Place, Priority, Ticket, Type
from tests.api.building import MONDAY, HandClock

CALL_CENTER = Actor(user="call_center", role=Role.CALL_CENTER)
SUPERVISOR = Actor(user="supervisor", role=Role.SUPERVISOR)
ENGINEER = Actor(user="engineer1", role=Role.ENGINEER)
PLACE = Place(
    client="C1", client_name="Uno", site="S1", site_name="Matriz", zone="centro", device="LX1", model="lx", covered=True
)  # fmt: skip
ANA = Contact(name="Ana Núñez", email="ana@uno.example", phone="+52 55 1234 5678")
HOUR = timedelta(hours=1)


class Desk:
    """Moves tickets as the workflow would: wakes what is due, applies a rule, records the step."""

    def __init__(self, sessions: Sessions, clock: HandClock | None = None) -> None:
        self.clock = clock or HandClock(MONDAY)
        self._recorder = Recorder(sessions, view.TicketRoom(), lambda *_: "")
        self._held: dict[str, Ticket] = {}

    async def register(self, **said: Any) -> str:
        """A ticket of client C1 with the call centre's classification, unless told otherwise; its folio."""
        folio = f"T-2031-{len(self._held) + 1:06d}"
        asked: dict[str, Any] = {
            "actor": CALL_CENTER, "request": _request(), "channel": Channel.EMAIL, "contact": ANA, "place": PLACE,
            "symptom": "Hace ruido", "type": Type.TECHNICAL_FAILURE, "priority": Priority.MEDIUM, **said,
        }  # fmt: skip
        calendar = ticket_policy(policy(), 1, "", "", self.clock.at.year)
        step = rules.register(Registration.model_validate(asked), folio, calendar, self.clock.at)
        await self._record("register", {}, step, 1)
        return folio

    async def act(self, folio: str, rule: Callable[..., Step[Ticket]], order: Any) -> Ticket:
        """One action, with what was due before and after it."""
        before = self._held[folio]
        step = rules.act(rule, before, order, self.clock.at)
        return await self._record(rule.__name__, view.document(before), step, before.revision + 1)

    async def wait(self, folio: str, until: datetime) -> Ticket:
        """Let time pass, with everything the case's own timer does on the way."""
        while (due := rules.next_wake(self._held[folio])) and due <= until:
            self.clock.at = max(due, self.clock.at)
            if self.clock.at > until:
                break
            before = self._held[folio]
            step = rules.wake(before, self.clock.at)
            if step is None:
                self.clock.at += timedelta(seconds=1)
                continue
            await self._record("wake", view.document(before), step, before.revision + 1)
        self.clock.at = until
        return self._held[folio]

    def order(self, actor: Actor, body: Any, n: int = 0) -> Order[Any]:
        return Order[Any](actor=actor, request=_request(), body=body, n=n)

    async def assign(self, folio: str, engineer: str = "engineer1", name: str = "Andrés") -> Ticket:
        order = AssignOrder(actor=SUPERVISOR, request=_request(), body=Assign(engineer=engineer), name=name)
        return await self.act(folio, rules.assign, order)

    async def classify(self, folio: str, **said: Any) -> Ticket:
        return await self.act(folio, rules.classify, self.order(CALL_CENTER, Classify(**said)))

    async def reach(self, folio: str) -> Ticket:
        said = MakeContact.model_validate({"mode": "phone", "outcome": "reached"})
        return await self.act(folio, rules.contact, self.order(ENGINEER, said))

    async def diagnose(self, folio: str, *, solved: bool = True, **said: Any) -> Ticket:
        body = Diagnose.model_validate(
            {"mode": "remote", "root_cause": "Rodillo gastado", "actions": ["Se cambió"], "history_reviewed": True,
             "solved": solved, **said}
        )  # fmt: skip
        catalogue = {"rodillo": {"name": "Rodillo", "cost": "240.00", "lead_time_days": 1}}
        order = DiagnoseOrder.model_validate(
            {"actor": ENGINEER, "request": _request(), "body": body, "catalogue": catalogue}
        )
        return await self.act(folio, rules.diagnose, order)

    async def prove(self, folio: str, sha256: str = "0" * 64, kind: str = "photo") -> Ticket:
        item = Stored(sha256=sha256, kind=kind, name="firma.png", media_type="image/png", size=1)
        return await self.act(folio, rules.evidence, self.order(ENGINEER, AddEvidence(items=(item,))))

    async def resolve(self, folio: str) -> Ticket:
        said = {"resolution": "resolved", "failure_class": "desgaste", "summary": "Quedó imprimiendo bien"}
        return await self.act(folio, rules.resolve, self.order(ENGINEER, Resolve.model_validate(said)))

    async def confirm(self, folio: str) -> Ticket:
        return await self.act(folio, rules.confirm, self.order(CALL_CENTER, Confirm()))

    async def solve(self, folio: str) -> Ticket:
        """All the way from classified to resolved, at once."""
        await self.assign(folio)
        await self.reach(folio)
        await self.diagnose(folio)
        await self.prove(folio)
        return await self.resolve(folio)

    async def _record(self, verb: str, before: dict[str, Any], step: Step[Ticket], revision: int) -> Ticket:
        state = step.state.model_copy(update={"revision": revision})
        await self._recorder.record(
            RecordStep(
                folio=state.folio, revision=revision, at=self.clock.at, verb=verb,
                patch=diff(before, view.document(state)), events=step.events, notices=step.notices,
            )
        )  # fmt: skip
        self._held[state.folio] = state
        return state


def _request() -> Request:
    return Request(key="", fingerprint="")
