"""Real mail servers with a will of their own: they refuse, stay silent or hang up at a chosen point."""

# ruff: noqa: N802  (aiosmtpd finds a command's method by its name)

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

HANG_UP = "hang up"
SILENCE = "silence"


@dataclass
class Inbox:
    """What the server has accepted, and the points it was asked to misbehave at: phase → answer."""

    at: dict[str, str] = field(default_factory=dict)
    accepted: list[EmailMessage] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    port: int = 0

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        assert isinstance(server, WilfulServer)
        answer = await server.misbehaved("body", self)
        if answer:
            return answer
        message = BytesParser(policy=policy.default).parsebytes(envelope.original_content or b"")
        assert isinstance(message, EmailMessage)
        self.accepted.append(message)
        if await server.misbehaved("accepted", self):
            return "250 never read"
        return "250 OK"


class WilfulServer(SMTP):
    """An SMTP server that follows its inbox's script."""

    inbox: Inbox

    async def misbehaved(self, phase: str, inbox: Inbox) -> str:
        """The answer to give instead of the honest one; empty when the script has none for this phase."""
        inbox.seen.append(phase)
        how = inbox.at.get(phase, "")
        if how == HANG_UP:
            self.hang_up()
        elif how == SILENCE:
            await asyncio.get_running_loop().create_future()
        return how

    def hang_up(self) -> None:
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()

    async def _command(self, phase: str, honest: Callable[..., Any], arg: str) -> None:
        how = await self.misbehaved(phase, self.inbox)
        if not how:
            await honest(arg)
        elif how != HANG_UP:
            await self.push(how)

    async def smtp_EHLO(self, hostname: str) -> None:
        await self._command("ehlo", super().smtp_EHLO, hostname)

    async def smtp_HELO(self, hostname: str) -> None:
        await self._command("ehlo", super().smtp_HELO, hostname)

    async def smtp_MAIL(self, arg: str) -> None:
        await self._command("mail", super().smtp_MAIL, arg)

    async def smtp_RCPT(self, arg: str) -> None:
        await self._command("rcpt", super().smtp_RCPT, arg)

    async def smtp_DATA(self, arg: str) -> None:
        await self._command("data", super().smtp_DATA, arg)


@asynccontextmanager
async def smtp_server(
    at: dict[str, str] | None = None,
    *,
    password: str = "",
    starttls: ssl.SSLContext | None = None,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Inbox]:
    """A server on a free port. `at` says where it misbehaves: an answer, `HANG_UP` or `SILENCE` by phase."""
    inbox = Inbox(at=at or {})
    loop = asyncio.get_running_loop()
    alive: list[WilfulServer] = []

    def known(
        _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
    ) -> AuthResult:
        right = isinstance(data, LoginPassword) and data.password == password.encode()
        return AuthResult(success=right, handled=False)

    def make() -> WilfulServer:
        one = WilfulServer(
            inbox,
            loop=loop,
            tls_context=starttls,
            authenticator=known if password else None,
            auth_required=bool(password),
        )
        one.inbox = inbox
        alive.append(one)
        return one

    server = await loop.create_server(make, "127.0.0.1", 0, ssl=tls)
    inbox.port = server.sockets[0].getsockname()[1]
    try:
        yield inbox
    finally:
        server.close()
        for one in alive:
            one.hang_up()
        await server.wait_closed()
