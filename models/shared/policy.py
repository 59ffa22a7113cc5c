"""The business policy as versioned data, and the part of it that a ticket carries for life (GEN-06).

`Policy` is the whole of it; `policy(overrides)` lays a file's `policy:` over the company's defaults key by key. A case
never reads it again after opening: it records a `TicketPolicy`, in which names are already resolved (service level,
calendar), so that neither a new version nor a new time-zone table reaches a running case.
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, ValidationError
from pydantic_core import PydanticCustomError

from models.shared.calendar import Calendar, CalendarSpec
from models.shared.calendar_compiler import compile_calendar
from models.shared.durations import days, seconds, wall_seconds
from models.shared.errors import Fault, Invalid
from models.shared.message import Frozen, Strict
from models.shared.patch import JsonObject, merge
from models.shared.shapes import faults


def _written(read: Callable[[str], int]) -> AfterValidator:
    """A text that `read` understands; it stays as it was written. No time at all is no deadline anyone can keep."""

    def understood(text: str) -> str:
        if read(text) == 0 and read is not days:
            raise PydanticCustomError("duration_zero", "La duración debe ser mayor que cero")
        return text

    return AfterValidator(understood)


WorkingTime = Annotated[str, _written(seconds)]
"""Business time in minutes or hours: "30m", "8h"."""
WallTime = Annotated[str, _written(wall_seconds)]
"""Time by the clock on the wall: "24h", "1d"."""
WholeDays = Annotated[str, _written(days)]
"""Days only: "3d"; business days or plain days as the key says."""
Percent = Annotated[int, Field(gt=0, lt=100)]
Share = Annotated[Decimal, Field(ge=0, le=100)]
Money = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)]


class Target(Strict):
    """The most business time a first response and a resolution may take."""

    first_response: WorkingTime
    resolution: WorkingTime


class Targets(Strict):
    high: Target
    medium: Target
    low: Target


class TargetOverride(Strict):
    first_response: WorkingTime | None = None
    resolution: WorkingTime | None = None


class TargetsOverride(Strict):
    high: TargetOverride = TargetOverride()
    medium: TargetOverride = TargetOverride()
    low: TargetOverride = TargetOverride()


class ServiceLevel(Strict):
    """What a contract's service level promises instead of the general targets; what it leaves out stays."""

    targets: TargetsOverride = TargetsOverride()


class Recurrence(Strict):
    """`failures` of one device `within` days make it recurrent (TCK-16)."""

    failures: Annotated[int, Field(ge=2)]
    within: WholeDays


EvidenceKind = Literal["photo", "document", "signature", "audio", "text"]


class EvidenceRules(Strict):
    """The kinds that prove a service at all, and those of which one on site needs at least one (TCK-12)."""

    remote: Annotated[tuple[EvidenceKind, ...], Field(min_length=1)]
    on_site: Annotated[tuple[EvidenceKind, ...], Field(min_length=1)]


class Guide(Strict):
    """The questions that find a fault, by type of ticket, and those that a model asks for besides (TCK-03)."""

    types: dict[str, tuple[str, ...]]
    models: dict[str, tuple[str, ...]]


class TicketRules(Strict):
    calendar: str
    targets: Targets
    service_levels: dict[str, ServiceLevel] = Field(default_factory=dict)
    warn_at: Annotated[tuple[Percent, ...], Field(max_length=9)]
    assign_within: WorkingTime
    open_limit: WallTime
    acknowledge_within: WorkingTime
    confirm_within: WholeDays
    reopen_within: WholeDays
    recurrence: Recurrence
    evidence: EvidenceRules
    guide: Guide


class PartRules(Strict):
    """From which cost (in the company's currency) or lead time on a part is special (TCK-09)."""

    expensive_from: Money
    long_lead_from: WholeDays


class AnnulmentRules(Strict):
    calendar: str
    reentry_within: WorkingTime
    accepted_above: Share


class Plausibility(Strict):
    """How a reading is judged: against so many of its own, by this factor, and of the model's capacity."""

    history: Annotated[int, Field(ge=1)]
    factor: Annotated[Decimal, Field(gt=1)]
    capacity: Annotated[Decimal, Field(gt=0)]


class BillingRules(Strict):
    timezone: str
    remind_before: tuple[WholeDays, ...]
    plausibility: Plausibility
    vat: Annotated[Decimal, Field(ge=0, lt=1)]


class Policy(Strict):
    calendars: dict[str, CalendarSpec]
    ticket: TicketRules
    parts: PartRules
    annulment: AnnulmentRules
    billing: BillingRules


_OFFICE = ["09:00-18:00"]

DEFAULTS: JsonObject = {
    "calendars": {
        "business": {
            "timezone": "America/Mexico_City",
            "holidays": "MX",
            "windows": dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), _OFFICE),
            "exceptions": {},
        },
        "always": {"timezone": "UTC", "windows": "all"},
    },
    "ticket": {
        "calendar": "business",
        "targets": {
            "high": {"first_response": "1h", "resolution": "8h"},
            "medium": {"first_response": "4h", "resolution": "16h"},
            "low": {"first_response": "8h", "resolution": "40h"},
        },
        "service_levels": {},
        "warn_at": [50, 75, 90],
        "assign_within": "30m",
        "open_limit": "24h",
        "acknowledge_within": "2h",
        "confirm_within": "3d",
        "reopen_within": "5d",
        "recurrence": {"failures": 3, "within": "30d"},
        "evidence": {
            "remote": ["photo", "document", "signature", "audio", "text"],
            "on_site": ["photo", "document", "signature"],
        },
        "guide": {
            "types": {
                "equipment_stopped": [
                    "¿Enciende? ¿Qué muestra la pantalla?",
                    "¿Desde cuándo está detenido y qué pasó justo antes?",
                    "¿Ya se apagó y se volvió a encender?",
                    "¿Hay otro equipo donde puedan imprimir mientras tanto?",
                ],
                "technical_failure": [
                    "¿Qué se ve o se oye, y en qué trabajos?",
                    "¿Pasa siempre o a veces? ¿Con qué papel y qué bandeja?",
                    "¿Aparece algún código de error?",
                    "¿Qué cambió antes de que empezara?",
                ],
                "recurrent_problem": [
                    "¿Es la misma falla de la vez anterior?",
                    "¿Cuánto duró bien después de la última visita?",
                    "¿Aparece algún código de error?",
                ],
                "user_error": [
                    "¿Qué quería hacer y qué pasos siguió?",
                    "¿Le sucede a otras personas?",
                ],
                "operative_support": [
                    "¿Qué necesita lograr?",
                    "¿Desde qué equipo y con qué programa?",
                    "¿Cuántas personas lo necesitan?",
                ],
            },
            "models": {},
        },
    },
    "parts": {"expensive_from": "5000", "long_lead_from": "5d"},
    "annulment": {"calendar": "business", "reentry_within": "2h", "accepted_above": 95},
    "billing": {
        "timezone": "America/Mexico_City",
        "remind_before": ["5d", "2d"],
        "plausibility": {"history": 6, "factor": 4, "capacity": "1.5"},
        "vat": "0.16",
    },
}
"""The default policy of `api.md`."""


def policy(overrides: Mapping[str, Any] | None = None) -> Policy:
    """The defaults with `overrides` laid over them, key by key; lists are replaced, a null takes a key away.

    Raises `Invalid` with the path of each wrong or unknown key, `policy.ticket.targets.high…`.
    """
    try:
        found = Policy.model_validate(merge(DEFAULTS, dict(overrides or {})))
    except ValidationError as error:
        raise Invalid(_REFUSED, faults=faults(error, "policy")) from error
    if wrong := [*_unknown_zones(found), *_unknown_calendars(found)]:
        raise Invalid(_REFUSED, faults=wrong)
    return found


_REFUSED = "La política tiene errores"


def _unknown_zones(of: Policy) -> Iterator[Fault]:
    named = {f"calendars.{name}": spec.timezone for name, spec in of.calendars.items()}
    for path, zone in (named | {"billing": of.billing.timezone}).items():
        if not is_timezone(zone):
            message = f"no existe la zona horaria «{zone}»"
            yield Fault(code="timezone", message=message, path=f"policy.{path}.timezone")


def _unknown_calendars(of: Policy) -> Iterator[Fault]:
    for room, name in (("ticket", of.ticket.calendar), ("annulment", of.annulment.calendar)):
        if name not in of.calendars:
            message = f"no existe el calendario «{name}»"
            yield Fault(code="calendar", message=message, path=f"policy.{room}.calendar")


def is_timezone(name: str) -> bool:
    """Whether the time-zone table knows `name`."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, not a name at all, or a folder of the table
        return False
    return True


class Budget(Frozen):
    """Seconds of business time until a first response and until a resolution."""

    first_response: int
    resolution: int


class Budgets(Frozen):
    high: Budget
    medium: Budget
    low: Budget


class TicketPolicy(Frozen):
    """The rules a ticket lives under from its opening on (GEN-06). Times are whole seconds, or days as named.

    No field has a default: a later release must not lend an old case its own numbers.
    """

    version: int
    targets: Budgets
    warn_at: tuple[int, ...]
    assign_within: int
    open_limit: int
    acknowledge_within: int
    confirm_within_days: int
    reopen_within_days: int
    recurrence_failures: int
    recurrence_within_days: int
    expensive_from: Decimal
    long_lead_days: int
    evidence_remote: tuple[str, ...]
    evidence_on_site: tuple[str, ...]
    calendar: Calendar


def budgets(rules: TicketRules, service_level: str) -> Budgets:
    """The targets in seconds, with what `service_level` promises laid over them; an unknown level changes none."""
    level = rules.service_levels.get(service_level, ServiceLevel()).targets

    def budget(general: Target, own: TargetOverride) -> Budget:
        return Budget(
            first_response=seconds(own.first_response or general.first_response),
            resolution=seconds(own.resolution or general.resolution),
        )

    return Budgets(
        high=budget(rules.targets.high, level.high),
        medium=budget(rules.targets.medium, level.medium),
        low=budget(rules.targets.low, level.low),
    )


_YEARS = 2
"""At least a year ahead of a ticket that lives for weeks; more years of holidays would only make every message longer (PERF-3)."""
_MOST_YEARS = 100
"""Of a preview, whatever instant it is asked for."""


def case_calendar(of: Policy, name: str, year: int, until: int = 0) -> Calendar:
    """The compiled calendar called `name` (empty: the ticket's own) for a case opened in `year`.

    It knows the holidays of that year and the next one, or those up to the year after `until`.
    """
    years = min(max(_YEARS, until - year + 2), _MOST_YEARS)
    return compile_calendar(of.calendars[name or of.ticket.calendar], year, years=years)


def ticket_policy(of: Policy, version: int, calendar: str, service_level: str, year: int) -> TicketPolicy:
    """What a ticket opened in `year` records: `calendar` is its site's own, empty when it has none.

    Raises KeyError when the policy knows no such calendar; imports are checked against that.
    """
    rules = of.ticket
    return TicketPolicy(
        version=version,
        targets=budgets(rules, service_level),
        warn_at=tuple(sorted(rules.warn_at)),
        assign_within=seconds(rules.assign_within),
        open_limit=wall_seconds(rules.open_limit),
        acknowledge_within=seconds(rules.acknowledge_within),
        confirm_within_days=days(rules.confirm_within),
        reopen_within_days=days(rules.reopen_within),
        recurrence_failures=rules.recurrence.failures,
        recurrence_within_days=days(rules.recurrence.within),
        expensive_from=of.parts.expensive_from,
        long_lead_days=days(of.parts.long_lead_from),
        evidence_remote=rules.evidence.remote,
        evidence_on_site=rules.evidence.on_site,
        calendar=case_calendar(of, calendar, year),
    )
