"""The tables every process shares: read model, case log, inbox, outbox, idempotency, folios, policy, evidence.

All times are timestamptz and given by the caller: the database's own clock is never asked, so that a simulated
clock rules here too (GEN-17).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    MetaData,
    String,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map = {
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[str]: ARRAY(String),
    }


class CaseRow(Base):
    """The read model of one case of any process. `document` is the room's whole state (GEN-01)."""

    __tablename__ = "cases"

    folio: Mapped[str] = mapped_column(primary_key=True)
    room: Mapped[str]
    revision: Mapped[int]
    state: Mapped[str]
    open: Mapped[bool]
    live: Mapped[bool]
    priority: Mapped[str]
    type: Mapped[str]
    channel: Mapped[str]
    client: Mapped[str]
    site: Mapped[str]
    device: Mapped[str]
    assignee: Mapped[str]
    waiting_for: Mapped[str]
    escalation_level: Mapped[int]
    sla_breached: Mapped[bool]
    opened_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_as: Mapped[str]
    next_deadline: Mapped[datetime | None]
    next_wake: Mapped[datetime | None]
    document: Mapped[dict[str, Any]] = mapped_column(deferred=True)

    __table_args__ = (
        Index(None, "room", "opened_at", "folio"),
        Index(None, "client", "opened_at"),
        Index(None, "site", "opened_at"),
        Index(None, "device", "opened_at"),
        Index("ix_cases_assignee_open", "assignee", postgresql_where="open"),
        Index("ix_cases_next_wake_live", "next_wake", postgresql_where="live"),
    )


class RevisionRow(Base):
    """One accepted step of a case: who asked for what, and the change it made. Never updated (GEN-03)."""

    __tablename__ = "case_revisions"

    folio: Mapped[str] = mapped_column(ForeignKey("cases.folio"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    verb: Mapped[str]
    request_key: Mapped[str | None]
    patch: Mapped[dict[str, Any]]


class LogRow(Base):
    """One line of the case log, append-only (GEN-03)."""

    __tablename__ = "case_log"

    folio: Mapped[str] = mapped_column(ForeignKey("cases.folio"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    revision: Mapped[int]
    at: Mapped[datetime]
    event: Mapped[str]
    actor: Mapped[str]
    role: Mapped[str]
    detail: Mapped[dict[str, Any]]
    evidence: Mapped[list[str]]

    __table_args__ = (Index(None, "event", "at"),)


class TaskRow(Base):
    """The inbox: what running cases wait for, rewritten with each step of its case (GEN-10)."""

    __tablename__ = "tasks"

    folio: Mapped[str] = mapped_column(ForeignKey("cases.folio"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    room: Mapped[str]
    action: Mapped[str]
    role: Mapped[str]
    user: Mapped[str]
    due: Mapped[datetime | None]
    since: Mapped[datetime]
    detail: Mapped[dict[str, Any]]

    __table_args__ = (Index(None, "role", "due"), Index(None, "user", "due"))


class OutboxRow(Base):
    """A message to send: `state` is pending, sending, sent, failed (refused for good) or doubt (GEN-08)."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    folio: Mapped[str]
    key: Mapped[str]
    recipient: Mapped[str]
    """Who, stably: `contact`, or the user's id."""
    channel: Mapped[str]
    """email, whatsapp, or none when there is no way to reach the recipient (visible, never silent)."""
    address: Mapped[str]
    language: Mapped[str]
    template: Mapped[str]
    data: Mapped[dict[str, Any]]
    state: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    not_before: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(default="")
    claimed_by: Mapped[int | None]
    """The sender at work on it: the key of the advisory lock it holds while it lives (see outbox_store)."""
    claimed_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("folio", "key", "recipient"),
        Index("ix_outbox_due", "not_before", "id", postgresql_where="state = 'pending'"),
        Index("ix_outbox_unsettled", "state", postgresql_where="state in ('sending', 'failed', 'doubt')"),
    )


class RequestRow(Base):
    """Idempotency that outlives the run (GEN-05): a key, the body it came with, the revision that answers it.

    `revision` is null while a folio is only reserved: the registration has not been accepted yet.
    """

    __tablename__ = "requests"

    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    folio: Mapped[str]
    revision: Mapped[int | None]
    at: Mapped[datetime]


class FolioRow(Base):
    """The last number given per prefix and year (GEN-02)."""

    __tablename__ = "folio_counters"

    prefix: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


class PolicyRow(Base):
    """One version of the business policy; the highest version rules new cases (GEN-06)."""

    __tablename__ = "policies"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    by: Mapped[str]
    document: Mapped[dict[str, Any]]


class BlobRow(Base):
    """What is known of a stored piece of evidence; the bytes are in the evidence store (GEN-14)."""

    __tablename__ = "evidence_blobs"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    media_type: Mapped[str]
    size: Mapped[int]
    at: Mapped[datetime]
