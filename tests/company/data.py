"""A small company as a file writes it, to be changed one place at a time."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from models.company.rules import Known, check
from models.shared.errors import Invalid
from models.shared.policy import policy
from postventa.master_data import parse
from postventa.master_files import Source

NOW = datetime(2031, 3, 3, 15, 0, tzinfo=UTC)

_COMPANY: dict[str, Any] = {
    "clients": [
        {
            "id": "C1",
            "name": "Imprenta Núñez",
            "rfc": "INU010203AB1",
            "email": "hola@nunez.example",
            "phone": "+52 (55) 5010-2030",
            "service_level": "oro",
        },
        {"id": "C2", "name": "Colegio Ágora", "phone": "3336101502"},
    ],
    "sites": [
        {"id": "S1", "client": "C1", "name": "Núñez Centro", "zone": "centro"},
        {"id": "S2", "client": "C2", "name": "Ágora Tijuana", "zone": "norte", "timezone": "America/Tijuana"},
    ],
    "models": [{"id": "M1", "name": "Color 1", "counters": ["mono", "color"]}],
    "contracts": [
        {
            "id": "K1",
            "client": "C1",
            "start": "2030-01-01",
            "end": "2031-03-03",
            "cut_off_day": 31,
            "tariff": {
                "base_fee": "100.00",
                "counters": {
                    "mono": {"included": 10, "tiers": [{"up_to": 100, "price": "0.18"}, {"price": "0.15"}]}
                },
            },
        },
        {"id": "K2", "client": "C2", "start": "2030-01-01"},
    ],
    "devices": [
        {
            "serial": "ABC-001",
            "model": "M1",
            "site": "S1",
            "contract": "K1",
            "opening": {"mono": 5, "color": 0},
        },
        {"serial": "XYZ-777", "model": "M1", "site": "S2"},
    ],
    "parts": [{"id": "P1", "name": "Fusor", "fits": ["M1"], "cost": "5000.00", "lead_time_days": 6}],
    "stock": [{"serial": "NEW-1", "model": "M1", "state": "released", "warehouse": "norte"}],
    "users": [
        {"id": "sup", "name": "Raúl", "role": "supervisor", "email": "sup@postventa.example"},
        {"id": "eng-all", "role": "engineer"},
        {"id": "eng-norte", "role": "engineer", "zones": ["norte"], "skills": ["M1"], "shift": "08:00-16:00"},
        {"id": "ana", "name": "Ana Peña", "role": "client", "client": "C2", "phone": "664 610 1302"},
    ],
    "readings": [
        {"serial": "ABC-001", "counter": "mono", "value": 15, "at": "2031-02-28T20:00:00-06:00"},
    ],
}


def company() -> dict[str, Any]:
    """A correct file, to be changed at will."""
    return deepcopy(_COMPANY)


def faults(document: dict[str, Any], passwords: bool = True) -> dict[str, str]:
    """Everything that is wrong with a file in an empty company: the code by path."""
    try:
        data = parse(Source(document, {}))
    except Invalid as refused:
        return {fault.path: fault.code for fault in refused.faults}
    there = Known(calendars=frozenset(policy(data.policy).calendars))
    return {fault.path: fault.code for fault in check(data, there, passwords)}
