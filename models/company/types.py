"""The words of the master data: the file as it comes in, and what the rooms get to see of it.

The `…In` values are one row of the file each, `MasterData` is the file. What they cannot know alone (that a reference
exists, that an id is there twice) is `models.company.rules`. The frozen values at the end are what the store answers.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, ConfigDict, Field

from models.shared.actor import Role
from models.shared.message import Frozen, Strict


def _no_blanks(value: Any) -> Any:
    """A blank before or after a name is never meant."""
    return value.strip() if isinstance(value, str) else value


Id = Annotated[str, BeforeValidator(_no_blanks), Field(min_length=1, max_length=80)]
Name = Annotated[str, BeforeValidator(_no_blanks), Field(min_length=1, max_length=300)]
Text = Annotated[str, BeforeValidator(_no_blanks), Field(max_length=300)]
Count = Annotated[int, Field(ge=0)]
Money = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)]
Price = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=6)]
Language = Literal["es", "en"]


class Row(Strict):
    """A row of a file, where an id or a phone may look like a number."""

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)


class Fiscal(Row):
    """What stamping a client's invoices needs (BIL-09); codes are those of the tax authority's catalogues."""

    regime: Text = ""
    postcode: Annotated[str, Field(pattern=r"^(\d{5})?$")] = ""
    cfdi_use: Text = ""
    payment_form: Text = ""
    payment_terms: Text = ""


class ClientIn(Row):
    id: Id
    name: Name
    rfc: Annotated[Text, AfterValidator(str.upper)] = ""
    email: Text = ""
    phone: Text = ""
    whatsapp: Text = ""
    language: Language = "es"
    service_level: Text = ""
    fiscal: Fiscal = Fiscal()


class SiteIn(Row):
    id: Id
    client: Id
    name: Name
    zone: Text = ""
    calendar: Text = ""
    timezone: Text = "America/Mexico_City"
    lead_time_days: Count = 0


class ModelIn(Row):
    """`monthly_capacity` is pages a month by counter; `rank` orders models: a replacement's is equal or higher."""

    id: Id
    name: Name
    counters: Annotated[tuple[Id, ...], Field(min_length=1)] = ("mono",)
    monthly_capacity: dict[str, Annotated[int, Field(gt=0)]] = Field(default_factory=dict)
    rank: int = 0


class Tier(Row):
    """A price per page up to a cumulative volume; the last tier of a counter has no `up_to`."""

    up_to: Annotated[int, Field(gt=0)] | None = None
    price: Price


class CounterTariff(Row):
    included: Count = 0
    pool: Literal["contract", "device"] = "device"
    tiers: Annotated[tuple[Tier, ...], Field(min_length=1)]


class Tariff(Row):
    base_fee: Money = Decimal(0)
    base_per: Literal["contract", "device"] = "contract"
    minimum: Money = Decimal(0)
    counters: dict[str, CounterTariff] = Field(default_factory=dict)


class ContractIn(Row):
    """In force from `start` to `end`, both included; without `end` until further notice."""

    id: Id
    client: Id
    start: date
    end: date | None = None
    cut_off_day: int = 31
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "MXN"
    vat: Annotated[Decimal, Field(ge=0, lt=1, decimal_places=4)] | None = None
    tariff: Tariff = Tariff()


class DeviceIn(Row):
    """`opening` is the reading of each counter on installation; `address` where monitoring finds it."""

    serial: Id
    model: Id
    site: Id
    contract: Id | None = None
    installed_on: date | None = None
    opening: dict[str, Count] = Field(default_factory=dict)
    address: Text = ""


class PartIn(Row):
    id: Id
    name: Name
    fits: tuple[Id, ...] = ()
    cost: Money = Decimal(0)
    lead_time_days: Count = 0


class StockState(StrEnum):
    RELEASED = "released"
    QUARANTINE = "quarantine"
    RESERVED = "reserved"


class StockIn(Row):
    serial: Id
    model: Id
    state: StockState = StockState.QUARANTINE
    warehouse: Text = ""


class UserIn(Row):
    """`password` is for demo users only and refused outside development; `shift` is a calendar or "08:00-16:00"."""

    id: Id
    name: Text = ""
    role: Role
    email: Text = ""
    phone: Text = ""
    whatsapp: Text = ""
    language: Language = "es"
    zones: tuple[Id, ...] = ()
    skills: tuple[Id, ...] = ()
    shift: Text = ""
    client: Id | None = None
    password: Text = ""


class ReadingIn(Row):
    serial: Id
    counter: Id
    value: Count
    at: AwareDatetime
    source: Text = "import"


class MasterData(Row):
    """A master data file; every table may be missing. `policy` are overrides of the default policy."""

    clients: tuple[ClientIn, ...] = ()
    sites: tuple[SiteIn, ...] = ()
    models: tuple[ModelIn, ...] = ()
    contracts: tuple[ContractIn, ...] = ()
    devices: tuple[DeviceIn, ...] = ()
    parts: tuple[PartIn, ...] = ()
    stock: tuple[StockIn, ...] = ()
    users: tuple[UserIn, ...] = ()
    readings: tuple[ReadingIn, ...] = ()
    policy: dict[str, Any] | None = None


class Client(Frozen):
    id: str
    name: str
    rfc: str
    email: str
    phone: str
    whatsapp: str
    language: str
    service_level: str


class Site(Frozen):
    id: str
    client: str
    name: str
    zone: str
    calendar: str
    timezone: str
    lead_time_days: int


class Device(Frozen):
    """A device where it stands. `in_force` and `covered` hold for the instant that was asked about (TCK-04)."""

    serial: str
    model: str
    model_name: str
    site: str
    site_name: str
    zone: str
    client: str
    client_name: str
    contract: str = ""
    in_force: bool = False
    covered: bool = False
    address: str = ""


class Part(Frozen):
    id: str
    name: str
    cost: Decimal
    lead_time_days: int


class Person(Frozen):
    """A user as the rooms and the outbox need it: who, in which role, and how to be reached."""

    id: str
    name: str
    role: Role
    email: str = ""
    phone: str = ""
    whatsapp: str = ""
    language: str = "es"
    zones: tuple[str, ...] = ()
    client: str = ""


class Absence(Frozen):
    user: str
    starts_at: datetime
    ends_at: datetime
    reason: str
    by: str


class Engineer(Frozen):
    """What the proposal of an engineer weighs, but the load, which the cases know (TCK-07)."""

    id: str
    name: str
    zones: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    shift: str = ""
    absences: tuple[Absence, ...] = ()


class Counts(Frozen):
    """How many rows an import wrote anew, changed, and found as they were."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0

    def plus(self, other: "Counts") -> "Counts":
        """Both together."""
        return Counts(
            created=self.created + other.created,
            updated=self.updated + other.updated,
            unchanged=self.unchanged + other.unchanged,
        )


class Contract(Frozen):
    id: str
    client: str
    start: date
    end: date | None = None
    cut_off_day: int
    currency: str


class Reading(Frozen):
    counter: str
    at: datetime
    value: int
    source: str


class CaseLine(Frozen):
    """A case of any process as a file or a search lists it. `satisfaction` is its survey's score, 1 to 5."""

    folio: str
    room: str
    state: str
    open: bool
    live: bool
    priority: str
    type: str
    channel: str
    client: str
    site: str
    device: str
    assignee: str
    waiting_for: str
    escalation_level: int
    sla_breached: bool
    opened_at: datetime
    closed_at: datetime | None = None
    closed_as: str
    satisfaction: int | None = None


class Promise(Frozen):
    """Something a running case waits for: who owes it, and by when."""

    folio: str
    key: str
    action: str
    role: Role
    user: str
    due: datetime | None = None


class Found(Frozen):
    clients: tuple[Client, ...] = ()
    sites: tuple[Site, ...] = ()
    devices: tuple[Device, ...] = ()
    cases: tuple[CaseLine, ...] = ()


class ClientFile(Frozen):
    client: Client
    contacts: tuple[Person, ...]
    sites: tuple[Site, ...]
    contracts: tuple[Contract, ...]
    devices: tuple[Device, ...]
    cases: tuple[CaseLine, ...]
    promises: tuple[Promise, ...]


class SiteFile(Frozen):
    site: Site
    client: Client
    devices: tuple[Device, ...]
    cases: tuple[CaseLine, ...]
    promises: tuple[Promise, ...]


class DeviceFile(Frozen):
    device: Device
    cases: tuple[CaseLine, ...]
    promises: tuple[Promise, ...]
    readings: tuple[Reading, ...]
