"""Master data: who the clients are, what is installed where, under which contract, and who works here.

The ids are those of the master data file. `search` columns hold what a person on the phone may say, without
accents, capitals or punctuation, so that one `like` finds it (GEN-18); `models.company.store` keeps them.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from models.shared.tables import Base


class ClientRow(Base):
    """A client company. `fiscal` is what stamping an invoice needs (BIL-09)."""

    __tablename__ = "clients"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    rfc: Mapped[str]
    email: Mapped[str]
    phone: Mapped[str]
    whatsapp: Mapped[str]
    language: Mapped[str]
    service_level: Mapped[str]
    fiscal: Mapped[dict[str, Any]]
    search: Mapped[str]


class SiteRow(Base):
    """A place of a client where devices stand. `calendar` is empty when the policy's own applies."""

    __tablename__ = "sites"

    id: Mapped[str] = mapped_column(primary_key=True)
    client: Mapped[str] = mapped_column(ForeignKey("clients.id"), index=True)
    name: Mapped[str]
    zone: Mapped[str]
    calendar: Mapped[str]
    timezone: Mapped[str]
    lead_time_days: Mapped[int]
    search: Mapped[str]


class ModelRow(Base):
    """A printer model: its counters, the pages a month it is made for, and its rank among its equals."""

    __tablename__ = "models"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    counters: Mapped[list[str]]
    monthly_capacity: Mapped[dict[str, Any]]
    rank: Mapped[int]


class ContractRow(Base):
    """A contract, in force from `start` to `end`, both included; `tariff` as in the file, prices as strings."""

    __tablename__ = "contracts"

    id: Mapped[str] = mapped_column(primary_key=True)
    client: Mapped[str] = mapped_column(ForeignKey("clients.id"), index=True)
    start: Mapped[date]
    end: Mapped[date | None]
    cut_off_day: Mapped[int]
    currency: Mapped[str]
    vat: Mapped[Decimal | None] = mapped_column(Numeric(6, 4))
    tariff: Mapped[dict[str, Any]]


class DeviceRow(Base):
    """One printer of the installed base; without a contract it stands there uncovered (TCK-04)."""

    __tablename__ = "devices"

    serial: Mapped[str] = mapped_column(primary_key=True)
    model: Mapped[str] = mapped_column(ForeignKey("models.id"))
    site: Mapped[str] = mapped_column(ForeignKey("sites.id"), index=True)
    contract: Mapped[str | None] = mapped_column(ForeignKey("contracts.id"), index=True)
    installed_on: Mapped[date | None]
    opening: Mapped[dict[str, Any]]
    address: Mapped[str]
    search: Mapped[str]

    __table_args__ = (Index("ix_devices_search", "search", postgresql_ops={"search": "text_pattern_ops"}),)


class PartRow(Base):
    """A part of the catalogue. No models in `fits` means that it fits all of them."""

    __tablename__ = "parts"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    fits: Mapped[list[str]]
    cost: Mapped[Decimal] = mapped_column(Numeric(14, 2))
    lead_time_days: Mapped[int]


class StockRow(Base):
    """A unit in a warehouse: released by quality, in quarantine, or reserved."""

    __tablename__ = "stock"

    serial: Mapped[str] = mapped_column(primary_key=True)
    model: Mapped[str] = mapped_column(ForeignKey("models.id"), index=True)
    state: Mapped[str]
    warehouse: Mapped[str]


class UserRow(Base):
    """A person, or a machine, that may log in. No zones means all zones. `client` only for role client."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    role: Mapped[str] = mapped_column(index=True)
    email: Mapped[str]
    phone: Mapped[str]
    whatsapp: Mapped[str]
    language: Mapped[str]
    zones: Mapped[list[str]]
    skills: Mapped[list[str]]
    shift: Mapped[str]
    client: Mapped[str | None] = mapped_column(ForeignKey("clients.id"), index=True)
    password_hash: Mapped[str | None]
    """Argon2; only demo users of a development company have one, the others come by OIDC."""
    search: Mapped[str]


class AbsenceRow(Base):
    """A time somebody is not there, as the supervisor entered it (TCK-07)."""

    __tablename__ = "absences"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    user: Mapped[str] = mapped_column(ForeignKey("users.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]

    __table_args__ = (Index(None, "user", "ends_at"),)


class ReadingRow(Base):
    """The value of one counter of a device at an instant, in pages since it left the factory."""

    __tablename__ = "readings"

    serial: Mapped[str] = mapped_column(ForeignKey("devices.serial"), primary_key=True)
    counter: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)
    source: Mapped[str]
