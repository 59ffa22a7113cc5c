"""A ticket: its words and its one state object.

Collections that grow are keyed by their number, so that a step crosses the engine as a small merge patch.
"""

from datetime import datetime
from enum import StrEnum

from models.shared.case import Contact
from models.shared.clock_ledger import Clock
from models.shared.message import Frozen
from models.shared.policy import TicketPolicy


class State(StrEnum):
    REGISTERED = "registered"
    CLASSIFIED = "classified"
    ASSIGNED = "assigned"
    DIAGNOSED = "diagnosed"
    RESOLVED = "resolved"
    CLOSED = "closed"
    CANCELLED = "cancelled"


OPEN_STATES = frozenset({State.REGISTERED, State.CLASSIFIED, State.ASSIGNED, State.DIAGNOSED})
"""Somebody still has to solve it: the clocks, the open limit and the inbox count these."""


class Channel(StrEnum):
    PORTAL = "portal"
    PHONE = "phone"
    EMAIL = "email"
    WHATSAPP = "whatsapp"
    MONITORING = "monitoring"
    ACCOUNT_EXECUTIVE = "account_executive"


class Type(StrEnum):
    TECHNICAL_FAILURE = "technical_failure"
    EQUIPMENT_STOPPED = "equipment_stopped"
    RECURRENT_PROBLEM = "recurrent_problem"
    USER_ERROR = "user_error"
    OPERATIVE_SUPPORT = "operative_support"


FAILURES = frozenset({Type.TECHNICAL_FAILURE, Type.EQUIPMENT_STOPPED, Type.RECURRENT_PROBLEM})
"""The types that count as a failure of the device (TCK-16)."""


class Priority(StrEnum):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Because(StrEnum):
    """Why a classification changes; only `was_wrong` counts as misclassified (TCK-04)."""

    FACTS_CHANGED = "facts_changed"
    WAS_WRONG = "was_wrong"


class ContactMode(StrEnum):
    PHONE = "phone"
    WHATSAPP = "whatsapp"
    EMAIL = "email"
    ON_SITE = "on_site"


class ContactOutcome(StrEnum):
    REACHED = "reached"
    NOT_REACHED = "not_reached"


class WorkMode(StrEnum):
    REMOTE = "remote"
    ON_SITE = "on_site"


class PauseReason(StrEnum):
    WAITING_CLIENT = "waiting_client"
    AGREED_VISIT = "agreed_visit"


class ResolutionKind(StrEnum):
    RESOLVED = "resolved"
    SENT_TO_DEPARTMENT = "sent_to_department"
    FOLLOW_UP = "follow_up"


class PartState(StrEnum):
    ASKED = "asked"
    PROMISED = "promised"
    RECEIVED = "received"
    INSTALLED = "installed"
    RETURNED = "returned"
    NOT_NEEDED = "not_needed"


PENDING_PARTS = frozenset({PartState.ASKED, PartState.PROMISED, PartState.RECEIVED})


class VisitState(StrEnum):
    AGREED = "agreed"
    ARRIVED = "arrived"
    LEFT = "left"
    FAILED = "failed"


class TriggerCode(StrEnum):
    NOT_ASSIGNED = "not_assigned"
    OPEN_LIMIT = "open_limit"
    SPECIAL_PARTS = "special_parts"
    NOT_SOLVED = "not_solved"
    SLA_BREACHED = "sla_breached"
    DISSATISFIED = "dissatisfied"
    RECURRENCE = "recurrence"
    MANUAL = "manual"


class ClosedAs(StrEnum):
    CONFIRMED = "confirmed"
    BY_DEVICE = "by_device"
    UNCONFIRMED = "unconfirmed"
    OVERRIDE = "override"


class GateCode(StrEnum):
    SERVICE_NOT_COMPLETED = "service_not_completed"
    ROOT_CAUSE = "root_cause"
    ACTIONS = "actions"
    EVIDENCE = "evidence"
    EVIDENCE_ON_SITE = "evidence_on_site"
    PENDING_PARTS = "pending_parts"
    FAILURE_CLASSIFICATION = "failure_classification"
    CLIENT_CONFIRMATION = "client_confirmation"


class WaitingFor(StrEnum):
    NOBODY = ""
    CLASSIFICATION = "classification"
    ASSIGNMENT = "assignment"
    CONTACT = "contact"
    DIAGNOSIS = "diagnosis"
    VISIT = "visit"
    PARTS = "parts"
    CLIENT = "client"
    RESOLUTION = "resolution"
    CONFIRMATION = "confirmation"
    CLOSE = "close"


class Place(Frozen):
    """Where the printer is and whose it is, as master data said when it was looked up. Empty is "not known"."""

    client: str = ""
    client_name: str = ""
    site: str = ""
    site_name: str = ""
    zone: str = ""
    timezone: str = "America/Mexico_City"
    device: str = ""
    model: str = ""
    contract: str = ""
    covered: bool = False
    """A contract is in force and the device is on it (TCK-04)."""
    reported: str = ""
    """What was said and could not be identified (TCK-01)."""


class Classification(Frozen):
    type: Type
    priority: Priority


class Answer(Frozen):
    """One question of the guide and what the client answered (TCK-03, testing)."""

    question: str
    answer: str


class Diagnosis(Frozen):
    n: int
    at: datetime
    by: str
    mode: WorkMode
    hypothesis: str = ""
    root_cause: str
    actions: tuple[str, ...]
    testing: tuple[Answer, ...] = ()
    history_reviewed: bool
    solved: bool


class Part(Frozen):
    """`cost` is a decimal string in the catalogue's currency; `special` is expensive or of long lead (TCK-09)."""

    n: int
    part: str
    name: str
    quantity: int
    state: PartState
    special: bool
    due: datetime | None = None
    cost: str = ""


class Visit(Frozen):
    """`start` and `end` are the window agreed with the client."""

    n: int
    start: datetime
    end: datetime
    state: VisitState
    arrived_at: datetime | None = None
    left_at: datetime | None = None
    cause: str = ""


class Evidence(Frozen):
    """A stored piece of evidence, addressed by SHA-256 (GEN-14)."""

    n: int
    sha256: str
    kind: str
    name: str
    media_type: str
    size: int
    by: str
    at: datetime


class FollowUp(Frozen):
    """A promise to somebody: what, who keeps it, and by when; missed, it escalates (TCK-03)."""

    n: int
    what: str
    who: str
    due: datetime
    kept_at: datetime | None = None
    missed_at: datetime | None = None


class CallOwed(Frozen):
    """A client with only a phone is told by a person (TCK-02): what about, since when."""

    n: int
    about: str
    since: datetime
    done_at: datetime | None = None


class Acknowledgement(Frozen):
    by: str
    at: datetime
    next_step: str
    until: datetime


class Trigger(Frozen):
    """One reason to escalate, and how far up it has gone (TCK-09, TCK-10).

    `at` is when its condition held, `level_at` when its present level was told, `repeated_at` the last daily
    repetition at the top. It is active until acknowledged or settled by the case being solved.
    """

    n: int
    code: TriggerCode
    reason: str = ""
    at: datetime
    level: int = 1
    level_at: datetime
    repeated_at: datetime | None = None
    acknowledged: Acknowledgement | None = None
    settled_at: datetime | None = None

    @property
    def active(self) -> bool:
        return self.acknowledged is None and self.settled_at is None


class Resolution(Frozen):
    at: datetime
    by: str
    resolution: ResolutionKind
    failure_class: str = ""
    summary: str
    root_cause: str = ""
    actions: tuple[str, ...] = ()
    testing: tuple[Answer, ...] = ()
    taught: str = ""
    department: str = ""
    """Where it was sent, and under which case, when it was sent to another department (TCK-03)."""
    direct: bool = False
    """Documented in one step by the call centre, without an engineer (TCK-20)."""
    first_contact: bool = False
    """Solved like that from registration on; what came back and is solved again is not (TCK-20)."""


class Confirmation(Frozen):
    """What has happened on the way from resolved to closed (TCK-13)."""

    reminded: bool = False
    warned: bool = False
    due_passed: bool = False
    attempts: int = 0
    """Recorded attempts to reach the client since it was resolved."""


class Override(Frozen):
    gate: GateCode
    reason: str
    by: str
    at: datetime


class Attention(Frozen):
    """Total attention time from registration to close, in whole minutes (TCK-14)."""

    wall_minutes: int
    business_minutes: int


class Satisfaction(Frozen):
    score: int
    comment: str = ""
    at: datetime


class Ticket(Frozen):
    """All a ticket is. The workflow owns it; the database holds its last recorded form as a document."""

    folio: str
    revision: int = 0
    policy: TicketPolicy
    state: State
    channel: Channel
    contact: Contact
    place: Place
    symptom: str
    synthesis: str = ""
    opened_at: datetime
    occurred_at: datetime | None = None
    registered_by: str
    proposed: Classification
    type: Type
    priority: Priority
    classified_at: datetime | None = None
    misclassified: int = 0
    eligible: bool = True
    recent_failures: tuple[datetime, ...] = ()
    recurrent: bool = False
    assignee: str = ""
    assignee_name: str = ""
    at_the_desk: bool = False
    """It came back to the call centre that had solved it directly; `assignee` is who did (TCK-20)."""
    contacts: int = 1
    first_response: Clock
    resolution_clock: Clock
    pause_reason: PauseReason | None = None
    paused_until: datetime | None = None
    diagnoses: dict[str, Diagnosis] = {}
    parts: dict[str, Part] = {}
    visits: dict[str, Visit] = {}
    evidence: dict[str, Evidence] = {}
    follow_ups: dict[str, FollowUp] = {}
    calls: dict[str, CallOwed] = {}
    triggers: dict[str, Trigger] = {}
    level: int = 0
    predicted: bool = False
    rejections: int = 0
    resolution: Resolution | None = None
    confirmation: Confirmation = Confirmation()
    override: Override | None = None
    closed_at: datetime | None = None
    closed_as: ClosedAs | None = None
    grace_until: datetime | None = None
    attention: Attention | None = None
    satisfaction: Satisfaction | None = None
    reopened: int = 0
    links: tuple[str, ...] = ()
