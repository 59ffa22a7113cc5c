"""Address and contracts of the ticket room, in the order of a ticket's life.

What a caller may say is a body; an `Order` adds who asks and the identity of the request. Fields are only ever
added, always with a default: old runs still decode them.
"""

from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AwareDatetime, Field, StringConstraints

from models.shared.actor import Actor
from models.shared.case import Contact, Request
from models.shared.message import Frozen, Strict
from models.shared.policy import TicketPolicy
from models.ticket.types import (
    Answer,
    Because,
    Channel,
    ContactMode,
    ContactOutcome,
    GateCode,
    PartState,
    PauseReason,
    Place,
    Priority,
    ResolutionKind,
    Ticket,
    Type,
    WorkMode,
)

ROOM = "ticket"
TASK_QUEUE = "ticket"
WORKFLOW = "Ticket"
PREFIX = "T"
"""Folios are `T-2026-000123`; the workflow id of a ticket is its folio."""

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Reach = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)]


class ContactBody(Strict):
    """The person who reports it and how to reach them."""

    name: Line
    phone: Reach = ""
    email: Annotated[
        str, StringConstraints(strip_whitespace=True, pattern=r"^([^@\s]+@[^@\s]+\.[^@\s]+)?$")
    ] = ""
    whatsapp: Reach = ""


class EvidenceBody(Strict):
    """A piece of evidence inside JSON; files go as multipart to the same address."""

    kind: Line
    name: Line
    content_base64: str


class Register(Strict):
    """`POST /tickets`."""

    channel: Channel
    contact: ContactBody
    symptom: Words
    synthesis: Text = ""
    device: Reach = ""
    site: Reach = ""
    client: Reach = ""
    type: Type | None = None
    priority: Priority | None = None
    occurred_at: AwareDatetime | None = None
    evidence: tuple[EvidenceBody, ...] = ()


class Classify(Strict):
    type: Type
    priority: Priority
    reason: Text = ""
    because: Because | None = None


class Assign(Strict):
    """`reason` is why it changes hands, when it does."""

    engineer: Line
    reason: Text = ""


class MakeContact(Strict):
    """An attempt to speak with the client. `promised` is what was promised in it; `follow_up` the number it keeps."""

    mode: ContactMode
    outcome: ContactOutcome
    note: Text = ""
    promised: Text = ""
    follow_up: int | None = None


class AgreeVisit(Strict):
    from_: AwareDatetime = Field(alias="from")
    to: AwareDatetime


class FailVisit(Strict):
    """`evidence` are SHA-256 addresses of evidence already on the case."""

    cause: Words
    evidence: tuple[Line, ...] = ()


class PendingPart(Strict):
    part: Line
    quantity: int = Field(default=1, ge=1, le=999)


class Diagnose(Strict):
    mode: WorkMode
    hypothesis: Text = ""
    root_cause: Text = ""
    actions: tuple[Words, ...] = ()
    pending_parts: tuple[PendingPart, ...] = ()
    testing: tuple[Answer, ...] = ()
    history_reviewed: bool
    solved: bool


class ChangePart(Strict):
    state: PartState
    due: AwareDatetime | None = None
    cost: Annotated[str, StringConstraints(pattern=r"^(\d{1,10}(\.\d{1,4})?)?$")] = ""


class Pause(Strict):
    reason: PauseReason
    until: AwareDatetime | None = None


class Nothing(Strict):
    """An empty body: the verb says it all."""


class AddNote(Strict):
    text: Words


class SetFollowUp(Strict):
    what: Words
    who: Line
    due: AwareDatetime


class Correct(Strict):
    device: Reach = ""
    site: Reach = ""
    client: Reach = ""
    reason: Words


class Reason(Strict):
    reason: Words


class Acknowledge(Strict):
    next_step: Words
    by: AwareDatetime


class Resolve(Strict):
    resolution: ResolutionKind
    failure_class: Text = ""
    summary: Words
    root_cause: Text = ""
    actions: tuple[Words, ...] = ()
    testing: tuple[Answer, ...] = ()
    taught: Text = ""
    department: Text = ""


class Confirm(Strict):
    comment: Text = ""


class Survey(Strict):
    score: int = Field(ge=1, le=5)
    comment: Text = ""


class OverrideGate(Strict):
    gate: GateCode
    reason: Words


B = TypeVar("B", bound=Strict)


class Order(Frozen, Generic[B]):
    """A body, who says it, and the identity of the request; `n` is the visit or part it is about."""

    actor: Actor
    request: Request
    body: B
    n: int = 0


class Stored(Frozen):
    """Evidence whose bytes are already in the store."""

    sha256: str
    kind: str
    name: str
    media_type: str
    size: int


class AddEvidence(Strict):
    items: tuple[Stored, ...]


class AssignOrder(Order[Assign]):
    """`name` is the engineer's; that the user exists and is an engineer was looked up by who sends it."""

    name: str


class PartFacts(Frozen):
    """What the catalogue says of a part: its name, decimal cost and lead time in days."""

    name: str
    cost: str
    lead_time_days: int


class DiagnoseOrder(Order[Diagnose]):
    catalogue: dict[str, PartFacts] = {}


class CorrectOrder(Order[Correct]):
    place: Place
    recent_failures: tuple[datetime, ...] = ()


class Registration(Frozen):
    """A contact to register, with the facts looked up for it (TCK-01, TCK-02, TCK-04)."""

    actor: Actor
    request: Request
    channel: Channel
    contact: Contact
    place: Place
    symptom: str
    synthesis: str = ""
    occurred_at: datetime | None = None
    type: Type | None = None
    priority: Priority | None = None
    evidence: tuple[Stored, ...] = ()
    recent_failures: tuple[datetime, ...] = ()
    """When the same device failed before, inside the policy's window."""
    eligible: bool = True
    """At least one engineer could be assigned (TCK-07)."""
    links: tuple[str, ...] = ()


class TicketStart(Frozen):
    """The workflow's one argument: a registration under its policy, or (continued as new) the ticket so far.

    `recent` carries the last requests and the revisions that answered them across continue-as-new.
    """

    folio: str
    registration: Registration | None = None
    policy: TicketPolicy | None = None
    ticket: Ticket | None = None
    recent: dict[str, Any] = {}
