"""What must hold between the rows of a master data file before any of it is written (GEN-13).

`check` says everything that is wrong at once, each with its path in the file, so that a file is corrected in one go.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from models.company.texts import fault
from models.company.types import ClientIn, ContractIn, DeviceIn, MasterData, Row, Tier, UserIn
from models.shared.actor import Role
from models.shared.errors import Fault
from models.shared.message import Frozen
from models.shared.policy import is_timezone

_RFC = re.compile(r"[A-ZÑ&]{3,4}\d{6}[A-Z0-9]{3}")
_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+")
_PHONE = re.compile(r"\+?[\d\s().-]+")

IDS = {
    "clients": "id",
    "sites": "id",
    "models": "id",
    "contracts": "id",
    "devices": "serial",
    "parts": "id",
    "stock": "serial",
    "users": "id",
}


class Known(Frozen):
    """What is already there, of that which the file may refer to.

    `models` maps to counters, `sites` and `contracts` to their client, `devices` to their model.
    """

    clients: frozenset[str] = frozenset()
    sites: Mapping[str, str] = {}
    models: Mapping[str, tuple[str, ...]] = {}
    contracts: Mapping[str, str] = {}
    devices: Mapping[str, str] = {}
    calendars: frozenset[str] = frozenset()
    """The calendars of the policy as it will be."""
    used_calendars: frozenset[str] = frozenset()
    """The calendars that sites already there name."""


def check(data: MasterData, known: Known, passwords: bool = False) -> list[Fault]:
    """Everything that is wrong with `data` beside what is `known`; `passwords` tells if a file may carry any."""
    everything = _with(data, known)
    return [
        *_calendars(known),
        *_duplicates(data),
        *_contacts(data),
        *_sites(data, everything),
        *_contracts(data, everything),
        *_devices(data, everything),
        *_stock(data, everything),
        *_parts(data, everything),
        *_users(data, everything, passwords),
        *_readings(data, everything),
    ]


def _with(data: MasterData, known: Known) -> Known:
    """What will be known once the file is in."""
    return Known(
        clients=known.clients | {row.id for row in data.clients},
        sites={**known.sites, **{row.id: row.client for row in data.sites}},
        models={**known.models, **{row.id: row.counters for row in data.models}},
        contracts={**known.contracts, **{row.id: row.client for row in data.contracts}},
        devices={**known.devices, **{row.serial: row.model for row in data.devices}},
        calendars=known.calendars,
    )


def _calendars(known: Known) -> Iterator[Fault]:
    """A policy may not take away the calendar of a site that stays as it is."""
    for name in sorted(known.used_calendars - known.calendars):
        yield fault("calendar_in_use", f"policy.calendars.{name}", value=name)


def _duplicates(data: MasterData) -> Iterator[Fault]:
    for table, key in IDS.items():
        rows: tuple[Row, ...] = getattr(data, table)
        first: dict[str, int] = {}
        for index, row in enumerate(rows):
            value = getattr(row, key)
            if value in first:
                where = f"{table}[{first[value]}]"
                yield fault("duplicate", f"{table}[{index}].{key}", value=value, first=where)
            first.setdefault(value, index)
    readings: dict[tuple[object, ...], int] = {}
    for index, reading in enumerate(data.readings):
        moment = (reading.serial, reading.counter, reading.at)
        if moment in readings:
            where = f"readings[{readings[moment]}]"
            yield fault("duplicate", f"readings[{index}].at", value=reading.at.isoformat(), first=where)
        readings.setdefault(moment, index)


def _contacts(data: MasterData) -> Iterator[Fault]:
    for index, client in enumerate(data.clients):
        path = f"clients[{index}]"
        if client.rfc and not _RFC.fullmatch(client.rfc):
            yield fault("rfc", f"{path}.rfc", value=client.rfc)
        yield from _addresses(path, client)
    for index, user in enumerate(data.users):
        yield from _addresses(f"users[{index}]", user)


def _addresses(path: str, of: ClientIn | UserIn) -> Iterator[Fault]:
    if of.email and not _EMAIL.fullmatch(of.email):
        yield fault("email", f"{path}.email", value=of.email)
    for field, value in (("phone", of.phone), ("whatsapp", of.whatsapp)):
        if value and not _is_phone(value):
            yield fault("phone", f"{path}.{field}", value=value)


def _is_phone(value: str) -> bool:
    digits = sum(letter.isdigit() for letter in value)
    return _PHONE.fullmatch(value) is not None and 7 <= digits <= 15


def _refers(path: str, value: str | None, table: str, there: Iterable[str]) -> Iterator[Fault]:
    if value is not None and value not in there:
        yield fault("unknown_reference", path, value=value, table=table)


def _sites(data: MasterData, known: Known) -> Iterator[Fault]:
    for index, site in enumerate(data.sites):
        path = f"sites[{index}]"
        yield from _refers(f"{path}.client", site.client, "clients", known.clients)
        if site.calendar and site.calendar not in known.calendars:
            yield fault("calendar", f"{path}.calendar", value=site.calendar)
        if not is_timezone(site.timezone):
            yield fault("timezone", f"{path}.timezone", value=site.timezone)


def _contracts(data: MasterData, known: Known) -> Iterator[Fault]:
    for index, contract in enumerate(data.contracts):
        path = f"contracts[{index}]"
        yield from _refers(f"{path}.client", contract.client, "clients", known.clients)
        yield from _terms(path, contract)
        for counter, tariff in contract.tariff.counters.items():
            yield from _tiers(f"{path}.tariff.counters.{counter}.tiers", tariff.tiers)


def _terms(path: str, contract: ContractIn) -> Iterator[Fault]:
    if contract.end is not None and contract.end < contract.start:
        yield fault("contract_dates", f"{path}.end", start=contract.start, end=contract.end)
    if not 1 <= contract.cut_off_day <= 31:
        yield fault("cut_off_day", f"{path}.cut_off_day", value=contract.cut_off_day)


def _tiers(path: str, tiers: tuple[Tier, ...]) -> Iterator[Fault]:
    limits = [tier.up_to for tier in tiers[:-1]]
    if tiers[-1].up_to is not None or None in limits:
        yield fault("tiers_open", path)
    closed = [limit for limit in limits if limit is not None]
    if any(later <= earlier for earlier, later in pairwise(closed)):
        yield fault("tiers_order", path)


def _devices(data: MasterData, known: Known) -> Iterator[Fault]:
    for index, device in enumerate(data.devices):
        path = f"devices[{index}]"
        yield from _refers(f"{path}.model", device.model, "models", known.models)
        yield from _refers(f"{path}.site", device.site, "sites", known.sites)
        yield from _refers(f"{path}.contract", device.contract, "contracts", known.contracts)
        yield from _opening(path, device, known.models.get(device.model))
        client, owner = known.sites.get(device.site), known.contracts.get(device.contract or "")
        if client is not None and owner is not None and client != owner:
            yield fault(
                "contract_client", f"{path}.contract", value=device.contract, owner=owner, client=client
            )


def _opening(path: str, device: DeviceIn, counters: tuple[str, ...] | None) -> Iterator[Fault]:
    """A device opens with all the counters of its model, or with none while nobody has read them yet."""
    if counters is None or not device.opening:
        return
    for counter in device.opening:
        if counter not in counters:
            yield fault("counter", f"{path}.opening.{counter}", value=counter, model=device.model)
    for counter in counters:
        if counter not in device.opening:
            yield fault("opening_missing", f"{path}.opening", value=counter, model=device.model)


def _stock(data: MasterData, known: Known) -> Iterator[Fault]:
    installed = {device.serial for device in data.devices}
    for index, unit in enumerate(data.stock):
        path = f"stock[{index}]"
        yield from _refers(f"{path}.model", unit.model, "models", known.models)
        if unit.serial in installed:
            yield fault("installed_and_stock", f"{path}.serial", value=unit.serial)


def _parts(data: MasterData, known: Known) -> Iterator[Fault]:
    for index, part in enumerate(data.parts):
        for place, model in enumerate(part.fits):
            yield from _refers(f"parts[{index}].fits[{place}]", model, "models", known.models)


def _users(data: MasterData, known: Known, passwords: bool) -> Iterator[Fault]:
    for index, user in enumerate(data.users):
        path = f"users[{index}]"
        yield from _refers(f"{path}.client", user.client, "clients", known.clients)
        yield from _role(path, user)
        if user.password and not passwords:
            yield fault("password", f"{path}.password")


def _role(path: str, user: UserIn) -> Iterator[Fault]:
    if user.role is Role.SYSTEM:
        yield fault("role", f"{path}.role", value=user.role)
    if user.client is not None and user.role is not Role.CLIENT:
        yield fault("client_role", f"{path}.client")
    if user.client is None and user.role is Role.CLIENT:
        yield fault("client_missing", f"{path}.client")


def _readings(data: MasterData, known: Known) -> Iterator[Fault]:
    for index, reading in enumerate(data.readings):
        path = f"readings[{index}]"
        yield from _refers(f"{path}.serial", reading.serial, "devices", known.devices)
        model = known.devices.get(reading.serial, "")
        counters = known.models.get(model)
        if counters is not None and reading.counter not in counters:
            yield fault("counter", f"{path}.counter", value=reading.counter, model=model)
