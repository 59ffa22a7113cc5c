"""The one place where adapters are chosen, and a process of workers is put together."""

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.worker import Worker, WorkerDeploymentConfig

from activities.adapters.email import SmtpMailer, SmtpServer
from activities.adapters.mailbox import MailboxWhatsApp
from activities.outbox import Outbox
from activities.ports import Mailer
from activities.recording import Links
from kit import links
from kit.clock import Clock
from kit.database import create_sessions
from kit.problems import Problem
from kit.settings import Settings
from models.shared.outbox_store import Channel
from workers import ticket

CONFIRMING = frozenset({"resolved", "confirmation_reminder", "confirmation_warning"})
"""The messages that carry the link to confirm or reject (TCK-13)."""


@dataclass(frozen=True)
class Parts:
    """What the workers of one process stand on."""

    client: Client
    engine: AsyncEngine
    settings: Settings
    clock: Clock


def case_links(settings: Settings) -> Links:
    """Signed links for the client's one click."""
    secret = settings.signing_secret()

    def link(template: str, folio: str, revision: int) -> str:
        if template not in CONFIRMING:
            return ""
        return f"{settings.base_url}/c/{links.sign(secret, 'confirm', folio, revision)}"

    return link


def mailers(settings: Settings, clock: Clock) -> dict[Channel, Mailer]:
    """How each channel leaves. WhatsApp has no provider yet: in development it lands in the local mailbox."""
    found: dict[Channel, Mailer] = {}
    if settings.smtp_url:
        found[Channel.EMAIL] = SmtpMailer(SmtpServer.parse(settings.smtp_url), settings.mail_from, clock)
    elif settings.production:
        raise Problem("no_smtp")
    if not settings.production:
        found[Channel.WHATSAPP] = MailboxWhatsApp(settings.data / "mailbox", clock)
    return found


def outbox(parts: Parts) -> Outbox:
    return Outbox(parts.engine, mailers(parts.settings, parts.clock), parts.clock)


def workers(
    parts: Parts, deployment: WorkerDeploymentConfig | None = None, *, cached: int = 1000
) -> list[Worker]:
    """One worker per room. `deployment` versions them; the time-skipping server knows no versions."""
    sessions = create_sessions(parts.engine)
    return [
        Worker(
            parts.client,
            task_queue=ticket.TASK_QUEUE,
            workflows=ticket.WORKFLOWS,
            activities=ticket.activities(sessions, case_links(parts.settings)),
            max_cached_workflows=cached,
            graceful_shutdown_timeout=timedelta(seconds=15),
            deployment_config=deployment,
        )
    ]


async def run(workers: list[Worker], outbox: Outbox, stop: asyncio.Event) -> None:
    """Work until told to stop; then finish what is in hand."""
    async with asyncio.TaskGroup() as group:
        for worker in workers:
            group.create_task(_until(worker, stop))
        group.create_task(outbox.run(stop))


async def _until(worker: AbstractAsyncContextManager[object], stop: asyncio.Event) -> None:
    async with worker:
        await stop.wait()
