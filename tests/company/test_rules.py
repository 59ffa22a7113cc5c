"""Master data is checked whole before anything is written (GEN-13)."""

from collections.abc import Callable
from typing import Any

import pytest

from models.company.rules import Known, check
from models.company.types import MasterData
from tests.company.data import company, faults

pytestmark = pytest.mark.req("GEN-13")
Document = dict[str, Any]


def put(table: str, index: int, **fields: Any) -> Callable[[Document], None]:
    return lambda document: document[table][index].update(fields)


def add(table: str, **row: Any) -> Callable[[Document], None]:
    return lambda document: document[table].append(row)


def tiers(*written: Document) -> Callable[[Document], None]:
    return put("contracts", 0, tariff={"counters": {"mono": {"tiers": list(written)}}})


def test_a_correct_file_has_nothing_wrong() -> None:
    assert faults(company()) == {}


def test_an_empty_file_has_nothing_wrong() -> None:
    assert faults({}) == {}


TIERS = "contracts[0].tariff.counters.mono.tiers"


@pytest.mark.parametrize(
    ("change", "path", "code"),
    [
        (add("clients", id="C1", name="Otra"), "clients[2].id", "duplicate"),
        (put("clients", 0, rfc="INU-01"), "clients[0].rfc", "rfc"),
        (put("clients", 0, email="nobody"), "clients[0].email", "email"),
        (put("users", 0, email="a@b"), "users[0].email", "email"),
        (put("clients", 1, phone="call me"), "clients[1].phone", "phone"),
        (put("users", 0, whatsapp="12345"), "users[0].whatsapp", "phone"),
        (put("clients", 0, language="fr"), "clients[0].language", "literal_error"),
        (
            put("clients", 0, fiscal={"postcode": "123"}),
            "clients[0].fiscal.postcode",
            "string_pattern_mismatch",
        ),
        (put("clients", 0, colour="red"), "clients[0].colour", "extra_forbidden"),
        (put("clients", 0, name=""), "clients[0].name", "too_short"),
        (put("sites", 1, client="C9"), "sites[1].client", "unknown_reference"),
        (put("sites", 0, calendar="lunar"), "sites[0].calendar", "calendar"),
        (put("sites", 0, timezone="America/Nowhere"), "sites[0].timezone", "timezone"),
        (put("sites", 0, timezone="America"), "sites[0].timezone", "timezone"),
        (put("contracts", 1, client="C9"), "contracts[1].client", "unknown_reference"),
        (put("contracts", 0, end="2029-12-31"), "contracts[0].end", "contract_dates"),
        (put("contracts", 0, end="soon"), "contracts[0].end", "date_from_datetime_parsing"),
        (put("contracts", 0, cut_off_day=0), "contracts[0].cut_off_day", "cut_off_day"),
        (put("contracts", 0, cut_off_day=32), "contracts[0].cut_off_day", "cut_off_day"),
        (put("contracts", 0, currency="pesos"), "contracts[0].currency", "string_pattern_mismatch"),
        (tiers({"up_to": 9, "price": 1}, {"up_to": 9, "price": 1}, {"price": 1}), TIERS, "tiers_order"),
        (tiers({"up_to": 9, "price": 1}), TIERS, "tiers_open"),
        (tiers({"price": 1}, {"price": 1}), TIERS, "tiers_open"),
        (put("devices", 0, model="M9", opening={}), "devices[0].model", "unknown_reference"),
        (put("devices", 1, site="S9"), "devices[1].site", "unknown_reference"),
        (put("devices", 0, contract="K9"), "devices[0].contract", "unknown_reference"),
        (put("devices", 0, contract="K2"), "devices[0].contract", "contract_client"),
        (put("devices", 0, opening={"mono": 1}), "devices[0].opening", "opening_missing"),
        (
            put("devices", 0, opening={"mono": 1, "color": 1, "scan": 1}),
            "devices[0].opening.scan",
            "counter",
        ),
        (put("devices", 1, serial="ABC-001"), "devices[1].serial", "duplicate"),
        (put("parts", 0, fits=["M1", "M9"]), "parts[0].fits[1]", "unknown_reference"),
        (put("parts", 0, cost="1.005"), "parts[0].cost", "decimal_max_places"),
        (put("stock", 0, model="M9"), "stock[0].model", "unknown_reference"),
        (put("stock", 0, serial="ABC-001"), "stock[0].serial", "installed_and_stock"),
        (put("stock", 0, state="lost"), "stock[0].state", "enum"),
        (put("users", 0, role="king"), "users[0].role", "enum"),
        (put("users", 0, role="system"), "users[0].role", "role"),
        (put("users", 0, client="C1"), "users[0].client", "client_role"),
        (put("users", 3, client=None), "users[3].client", "client_missing"),
        (put("users", 3, client="C9"), "users[3].client", "unknown_reference"),
        (put("readings", 0, serial="NO"), "readings[0].serial", "unknown_reference"),
        (put("readings", 0, counter="scan"), "readings[0].counter", "counter"),
        (put("readings", 0, at="2031-02-28T20:00:00"), "readings[0].at", "timezone_aware"),
        (
            add("readings", serial="ABC-001", counter="mono", value=1, at="2031-03-01T02:00:00Z"),
            "readings[1].at",
            "duplicate",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_path(
    change: Callable[[Document], None], path: str, code: str
) -> None:
    document = company()
    change(document)
    assert faults(document) == {path: code}


def test_all_that_is_wrong_is_told_at_once_in_spanish() -> None:
    document = company()
    document["clients"][0]["rfc"] = "MAL"
    document["sites"][1]["client"] = "C9"
    document["users"][0]["email"] = "x"
    wrong = check(MasterData.model_validate(document), Known())
    assert [(fault.path, fault.message) for fault in wrong] == [
        ("clients[0].rfc", "«MAL» no tiene la forma de un RFC (3 o 4 letras, fecha AAMMDD y homoclave)"),
        ("users[0].email", "«x» no es una dirección de correo"),
        ("sites[1].client", "no existe «C9» en clients, ni en el archivo ni en los datos ya cargados"),
    ]


def test_what_is_already_there_may_be_referred_to() -> None:
    document = {"devices": [{"serial": "N1", "model": "M7", "site": "S7", "contract": "K7"}]}
    there = Known(sites={"S7": "C7"}, models={"M7": ("mono",)}, contracts={"K7": "C7"})
    assert check(MasterData.model_validate(document), there) == []


def test_a_policy_may_not_take_away_a_calendar_that_a_site_uses() -> None:
    there = Known(calendars=frozenset({"business"}), used_calendars=frozenset({"frontera", "business"}))
    assert [fault.path for fault in check(MasterData(), there)] == ["policy.calendars.frontera"]


def test_a_password_in_a_file_is_refused_where_it_is_not_allowed() -> None:
    document = company()
    document["users"][0]["password"] = "demo"
    assert faults(document, passwords=True) == {}
    assert faults(document, passwords=False) == {"users[0].password": "password"}


def test_a_wrong_policy_is_told_together_with_wrong_rows() -> None:
    document = company()
    document["policy"] = {"ticket": {"calender": "business", "assign_within": "soon"}}
    document["clients"][0]["colour"] = "red"
    assert faults(document) == {
        "clients[0].colour": "extra_forbidden",
        "policy.ticket.calender": "extra_forbidden",
        "policy.ticket.assign_within": "duration",
    }
