"""Importing master data into a real database: all or nothing, and twice is once."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook  # type: ignore[import-untyped]
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.company import store
from models.company.passwords import matches
from models.company.tables import ClientRow, ContractRow, UserRow
from models.company.types import Counts, MasterData
from models.shared.errors import Invalid
from models.shared.policy_store import current_policy
from models.shared.tables import PolicyRow
from postventa.master_data import SAMPLE, import_file, import_inline, parse
from postventa.master_files import Source, read
from tests.company.data import NOW, company

ROWS = sum(len(rows) for rows in company().values())


async def load(session: AsyncSession, document: dict[str, Any]) -> Counts:
    return await import_inline(session, document, NOW, "development")


async def test_the_same_file_again_changes_nothing(session: AsyncSession) -> None:
    assert await load(session, company()) == Counts(created=ROWS)
    assert await load(session, company()) == Counts(unchanged=ROWS)


async def test_only_what_changed_is_written_and_nothing_is_deleted(session: AsyncSession) -> None:
    await load(session, company())
    changed = company()
    changed["clients"][0]["phone"] = "5511112222"
    changed["contracts"][0]["tariff"]["base_fee"] = "120.00"
    del changed["parts"], changed["users"][0]
    counts = await load(session, changed)
    assert counts == Counts(updated=2, unchanged=ROWS - 4)
    assert await store.parts(session, ["P1"])
    assert await store.user(session, "sup")
    contract = await session.get(ContractRow, "K1", populate_existing=True)
    assert contract is not None
    assert contract.tariff["base_fee"] == "120.00"
    assert contract.tariff["counters"]["mono"]["tiers"][0] == {"up_to": 100, "price": "0.18"}


async def test_a_file_may_refer_to_what_an_earlier_one_brought(session: AsyncSession) -> None:
    await load(session, company())
    more = {"devices": [{"serial": "NEW-9", "model": "M1", "site": "S1", "contract": "K1"}]}
    assert await load(session, more) == Counts(created=1)
    wrong = {"devices": [{"serial": "NEW-9", "model": "M1", "site": "S2", "contract": "K1"}]}
    with pytest.raises(Invalid) as refused:
        await load(session, wrong)
    assert [fault.code for fault in refused.value.faults] == ["contract_client"]


@pytest.mark.req("GEN-13")
async def test_one_wrong_row_keeps_every_row_out(session: AsyncSession) -> None:
    document = company()
    document["readings"][0]["serial"] = "NO"
    with pytest.raises(Invalid):
        await load(session, document)
    assert await session.scalar(select(func.count()).select_from(ClientRow)) == 0


@pytest.mark.req("GEN-06")
async def test_a_policy_gets_a_new_version_only_when_it_differs(session: AsyncSession) -> None:
    assert (await current_policy(session))[0] == 1
    changed = {"policy": {"ticket": {"open_limit": "12h"}}}
    for _ in range(2):
        await load(session, changed)
        version, policy = await current_policy(session)
        assert (version, policy.ticket.open_limit) == (2, "12h")
    versions = await session.scalars(select(PolicyRow.version).order_by(PolicyRow.version))
    assert versions.all() == [1, 2]
    await load(session, {"policy": {}})
    version, policy = await current_policy(session)
    assert (version, policy.ticket.open_limit) == (3, "24h")


@pytest.mark.req("GEN-06")
async def test_the_first_import_keeps_the_defaults_as_version_one(session: AsyncSession) -> None:
    await load(session, company())
    rows = (await session.scalars(select(PolicyRow))).all()
    assert [(row.version, row.by, row.document["ticket"]["open_limit"]) for row in rows] == [
        (1, "system", "24h")
    ]


async def test_a_policy_without_the_calendar_of_a_site_is_refused(session: AsyncSession) -> None:
    calendar = {"timezone": "America/Tijuana", "windows": {"sat": ["09:00-13:00"]}}
    document = company() | {"policy": {"calendars": {"frontera": calendar}}}
    document["sites"][1]["calendar"] = "frontera"
    await load(session, document)
    with pytest.raises(Invalid) as refused:
        await load(session, {"policy": {}})
    assert [fault.path for fault in refused.value.faults] == ["policy.calendars.frontera"]
    moved = {"policy": {}, "sites": [document["sites"][1] | {"calendar": ""}]}
    assert await load(session, moved) == Counts(updated=1)


async def test_the_sample_company_is_right_and_imports_once(session: AsyncSession) -> None:
    first = await import_file(session, SAMPLE, NOW, "development")
    assert first.created > 180
    assert await import_file(session, SAMPLE, NOW, "development") == Counts(unchanged=first.created)
    assert matches(await store.password_hash(session, "supervisor"), "demo")
    assert not matches(await store.password_hash(session, "supervisor"), "other")
    hashes = await session.scalars(select(UserRow.password_hash).distinct())
    assert all(found and found.startswith("$argon2id$") for found in hashes)


@pytest.mark.req("GEN-11")
async def test_demo_users_are_refused_outside_development(session: AsyncSession) -> None:
    with pytest.raises(Invalid) as refused:
        await import_file(session, SAMPLE, NOW, "production")
    assert {fault.code for fault in refused.value.faults} == {"password"}
    assert "línea" in refused.value.faults[0].message
    assert await session.scalar(select(func.count()).select_from(UserRow)) == 0


async def test_a_user_whose_file_has_no_password_any_more_cannot_log_in(session: AsyncSession) -> None:
    document = company()
    document["users"][0]["password"] = "demo"
    await load(session, document)
    assert matches(await store.password_hash(session, "sup"), "demo")
    await load(session, company())
    assert not matches(await store.password_hash(session, "sup"), "demo")


# --- The forms a file may have -----------------------------------------------------------------------------------


def test_an_error_in_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "data.yaml"
    file.write_text("clients:\n  - id: C1\n    name: Uno\n  - id: C2\n    colour: red\n", encoding="utf-8")
    with pytest.raises(Invalid) as refused:
        parse(read(file))
    assert [(fault.path, fault.message) for fault in refused.value.faults] == [
        ("clients[1].name", "falta este dato (línea 4)"),
        ("clients[1].colour", "este campo no existe (línea 5)"),
    ]


def test_yaml_values_stay_as_they_were_written(tmp_path: Path) -> None:
    file = tmp_path / "data.yaml"
    file.write_text(
        "clients: [{id: 007, name: Bond, phone: 5510102030, email: null, fiscal: {postcode: 04100}}]\n"
        "parts: [{id: p, name: P, cost: 0.10}]\n",
        encoding="utf-8",
    )
    data = parse(read(file))
    assert (data.clients[0].id, data.clients[0].fiscal.postcode) == ("007", "04100")
    assert str(data.parts[0].cost) == "0.10"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.yaml", b"clients: [", "yaml"),
        ("a.yaml", b"- 1", "yaml"),
        ("a.yaml", b"clients: []\nclients: []\n", "key_twice"),
        ("a.yaml", b"clients: \xff", "encoding"),
        ("a.xlsx", b"no book", "xlsx"),
        ("a.txt", b"", "no_file"),
        ("clients.csv", b"id,name,id\nC1,Uno,C2\n", "column_twice"),
        ("clients.csv", b"id,name\nC1,Uno,Dos\n", "extra_forbidden"),
        ("customers.csv", b"id,name\nC1,Uno\n", "extra_forbidden"),
    ],
)
def test_what_cannot_be_read_is_said_so(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Invalid) as refused:
        parse(read(tmp_path / name))
    assert [fault.code for fault in refused.value.faults] == [code]


def test_an_empty_file_is_an_empty_company(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.csv"):
        (tmp_path / name).write_bytes(b"")
        assert parse(read(tmp_path / name)) == MasterData()


def test_what_comes_inline_may_have_numbers_and_dates_of_its_own() -> None:
    document = {
        "clients": [{"id": 7, "name": "Siete", "phone": 5510102030, "rfc": None}],
        "contracts": [
            {
                "id": "K",
                "client": 7,
                "start": date(2031, 1, 1),
                "tariff": {"counters": {"mono": {"tiers": [{"price": 0.18}]}}},
            }
        ],
    }
    data = parse(Source(document, {}))
    assert (data.clients[0].id, data.clients[0].phone, data.clients[0].rfc) == ("7", "5510102030", "")
    assert data.contracts[0].client == "7"
    assert str(data.contracts[0].tariff.counters["mono"].tiers[0].price) == "0.18"


@pytest.mark.parametrize(
    ("encoding", "delimiter"), [("utf-8-sig", ";"), ("utf-8", ","), ("latin-1", ";"), ("latin-1", ",")]
)
def test_csv_comes_in_the_forms_that_spreadsheets_write(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    lines = [
        ["id", "name", "rfc", "fiscal.postcode"],
        ["C1", "Peña y Compañía", "", "04100"],
        ["", "", "", ""],
        ["C2", "Ágora", "ABC010203XY1", ""],
    ]
    text = "\r\n".join(delimiter.join(cells) for cells in lines)
    (tmp_path / "clients.csv").write_bytes(text.encode(encoding))
    (tmp_path / "users.csv").write_text('id,role,zones\nu1,engineer,"norte; centro"\n', encoding="utf-8")
    data = parse(read(tmp_path))
    assert [client.name for client in data.clients] == ["Peña y Compañía", "Ágora"]
    assert data.clients[0].fiscal.postcode == "04100"
    assert data.users[0].zones == ("norte", "centro")


def test_an_error_in_a_table_is_told_with_its_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "clients.csv").write_text("id,name\nC1,Uno\n\nC2,\n", encoding="utf-8")
    (tmp_path / "parts.csv").write_text("id,name\np,P\n", encoding="utf-8")
    with pytest.raises(Invalid) as refused:
        parse(read(tmp_path))
    assert [(fault.path, fault.message) for fault in refused.value.faults] == [
        ("clients[1].name", "falta este dato (clients.csv, línea 4)")
    ]


def test_a_table_in_two_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "clients.csv").write_text("id,name\nC1,Uno\n", encoding="utf-8")
    (tmp_path / "data.yaml").write_text("clients: []\n", encoding="utf-8")
    with pytest.raises(Invalid) as refused:
        read(tmp_path)
    assert refused.value.faults[0].code == "table_twice"


def test_a_workbook_has_a_table_per_sheet(tmp_path: Path) -> None:
    book = Workbook()
    contracts = book.active
    contracts.title = "contracts"
    tariff = "tariff.counters.mono."
    contracts.append(["id", "client", "start", "cut_off_day", f"{tariff}included", f"{tariff}tiers"])
    contracts.append(["K1", "C1", NOW.replace(tzinfo=None, hour=0), 15.0, 1000, "10000:0.18;0.15"])
    clients = book.create_sheet("clients")
    clients.append(["id", "name", "phone"])
    clients.append([1, "Uno", 5510102030])
    clients.append([2, "Dos", None])
    readings = book.create_sheet("readings")
    readings.append(["serial", "counter", "value", "at"])
    readings.append(["S", "mono", 7, "2031-03-03T09:00:00-06:00"])
    readings.append(["S", "mono", 8, datetime(2031, 3, 4, 9, 30)])  # noqa: DTZ001  (as a sheet has it)
    book.create_sheet("notes")
    book.save(tmp_path / "company.xlsx")
    with pytest.raises(Invalid) as refused:
        parse(read(tmp_path / "company.xlsx"))
    assert [(fault.path, fault.code) for fault in refused.value.faults] == [
        ("readings[1].at", "timezone_aware")
    ]
    readings.delete_rows(3)
    book.save(tmp_path / "company.xlsx")
    data = parse(read(tmp_path / "company.xlsx"))
    assert [(client.id, client.phone) for client in data.clients] == [("1", "5510102030"), ("2", "")]
    assert data.readings[0].value == 7
    assert (data.contracts[0].start, data.contracts[0].cut_off_day) == (NOW.date(), 15)
    mono = data.contracts[0].tariff.counters["mono"]
    assert mono.included == 1000
    assert [(tier.up_to, str(tier.price)) for tier in mono.tiers] == [(10000, "0.18"), (None, "0.15")]
