"""What every process shares: a step of a case, and the one message that records it (GEN-01, GEN-03).

A rule answers with a `Step`: the new state, the events for the case log and the notices to send. The workflow
hands the step to the room's `record` activity as one `RecordStep`, which is committed in one transaction.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from models.shared.actor import Actor, Role
from models.shared.message import Frozen
from models.shared.notices import CaseFacts
from models.shared.patch import JsonObject


class Request(Frozen):
    """The identity of what was asked. `key` is already scoped to who asked; `fingerprint` is that of the body."""

    key: str
    fingerprint: str


class Event(Frozen):
    """One line of the case log. Its time is that of the step; `evidence` are SHA-256 addresses."""

    event: str
    actor: Actor
    detail: dict[str, Any] = {}
    evidence: tuple[str, ...] = ()


class Recipient(Frozen):
    """To whom a notice goes: the case's contact, everyone of a role (in a zone), or one user.

    Exactly one of `contact`, `role`, `user` is set. For a contact the case itself says how to reach it.
    """

    contact: bool = False
    role: Role | None = None
    zone: str = ""
    user: str = ""


class Notice(Frozen):
    """A message somebody must get. `key` names the event: one message per case, key and recipient (GEN-08)."""

    key: str
    template: str
    to: Recipient
    data: dict[str, Any] = {}


class Task(Frozen):
    """Who must do what, by when, and which action settles it (GEN-10). `key` is unique within its case."""

    key: str
    action: str
    role: Role
    user: str = ""
    due: datetime | None = None
    detail: dict[str, Any] = {}


S = TypeVar("S", bound=Frozen)


class Step(Frozen, Generic[S]):
    """The outcome of a rule: what the case is now, what the log says of it, who hears of it."""

    state: S
    events: tuple[Event, ...] = ()
    notices: tuple[Notice, ...] = ()


class RecordStep(Frozen):
    """The one message of the `record` activity, keyed by case and revision, never by run (GEN-03).

    `patch` is the RFC 7396 change of the case's document since revision - 1 (the whole of it at revision 1);
    `at` is workflow time.
    """

    folio: str
    revision: int
    at: datetime
    verb: str
    request: Request | None = None
    patch: JsonObject
    events: tuple[Event, ...]
    notices: tuple[Notice, ...] = ()


class Accepted(Frozen):
    """What an update answers: the case, the revision it made, and whose request that was."""

    folio: str
    revision: int
    fingerprint: str = ""


class Columns(Frozen):
    """What the read model keeps beside the document, so that lists and the inbox are plain SQL."""

    state: str
    open: bool
    """Somebody still has to work on it: not yet resolved, closed, cancelled or merged."""
    live: bool
    """The workflow still runs: it can be acted upon."""
    priority: str = ""
    type: str = ""
    channel: str = ""
    client: str = ""
    site: str = ""
    device: str = ""
    assignee: str = ""
    waiting_for: str = ""
    escalation_level: int = 0
    sla_breached: bool = False
    opened_at: datetime
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    closed_as: str = ""
    next_deadline: datetime | None = None
    next_wake: datetime | None = None
    """When the workflow's one timer fires; the simulator and `doctor` read it."""


class Contact(Frozen):
    """How a person outside is reached. An empty string is "not known"."""

    name: str
    phone: str = ""
    email: str = ""
    whatsapp: str = ""
    language: str = "es"


class Room(Protocol):
    """What a process tells the shared `record` about its document: the only per-room part of recording."""

    name: str

    def columns(self, document: Mapping[str, Any]) -> Columns: ...

    def tasks(self, document: Mapping[str, Any]) -> tuple[Task, ...]: ...

    def contact(self, document: Mapping[str, Any]) -> Contact | None: ...

    def facts(self, document: Mapping[str, Any]) -> CaseFacts: ...
