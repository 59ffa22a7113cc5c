"""E-mail by a real SMTP conversation, every way it can break off told apart (GEN-08).

Until the server has been given the whole message, nothing was accepted: a lost connection, a timeout or a refusal
for now (4xx) is `Unavailable`. So is any refusal before the message's own turn (greeting, TLS, log-in): it is not
about this message, and a person mends the settings. A 5xx to the sender, the recipient or the message is `Rejected`.
After the last byte only the server's answer tells; without one it is `InDoubt`.
"""

import re
import ssl
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib.protocol import LINE_ENDINGS_REGEX

from activities.failures import InDoubt, Rejected, Unavailable
from activities.ports import OutgoingMessage
from kit.clock import Clock
from models.shared.message import Frozen

TIMEOUT = 30.0
"""Seconds for each step of the conversation."""


class SmtpServer(Frozen):
    """Where mail leaves by: `smtp://user:password@host:port` (STARTTLS when offered) or `smtps://`."""

    host: str
    port: int
    tls: bool = False
    user: str = ""
    password: str = ""

    @classmethod
    def parse(cls, url: str) -> "SmtpServer":
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("smtp_url: se espera smtp://usuario:clave@servidor:puerto o smtps://…")
        tls = parts.scheme == "smtps"
        return cls(
            host=parts.hostname,
            port=parts.port or (465 if tls else 25),
            tls=tls,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
        )


class SmtpMailer:
    """Sends each message over a connection of its own. `trust` are the certificates accepted; the system's by default."""

    def __init__(
        self,
        server: SmtpServer,
        sender: str,
        clock: Clock,
        *,
        timeout: float = TIMEOUT,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._server = server
        self._sender = sender
        self._clock = clock
        self._timeout = timeout
        self._trust = trust

    async def send(self, message: OutgoingMessage) -> None:
        content = self._compose(message)
        client = await self._connected()
        try:
            await self._envelope(client, message.address)
            await self._data(client, content)
        finally:
            client.close()

    def _compose(self, message: OutgoingMessage) -> bytes:
        """The letter as it travels. One thread per folio: all its letters refer to the same root."""
        domain = self._sender.rpartition("@")[2]
        thread = f"<{message.folio}@{domain}>"
        letter = EmailMessage()
        try:
            letter["From"] = self._sender
            letter["To"] = message.address
            letter["Subject"] = " ".join(message.subject.split())
        except (ValueError, IndexError) as error:
            raise Rejected(f"la dirección «{message.address}» no es válida") from error
        letter["Date"] = format_datetime(self._clock.now())
        letter["Message-ID"] = f"<{re.sub(r'[^A-Za-z0-9.-]+', '-', message.id)}.{message.folio}@{domain}>"
        letter["In-Reply-To"] = thread
        letter["References"] = thread
        letter["Auto-Submitted"] = "auto-generated"
        letter["Content-Language"] = message.language
        letter.set_content(message.text, cte="quoted-printable")
        letter.add_alternative(message.html, subtype="html", cte="quoted-printable")
        return letter.as_bytes(policy=SMTP_POLICY)

    async def _connected(self) -> aiosmtplib.SMTP:
        server = self._server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user or None,
            password=server.password or None,
            use_tls=server.tls,
            tls_context=self._trust,
            timeout=self._timeout,
        )
        try:
            await client.connect()
        except (OSError, aiosmtplib.SMTPException, ValueError) as error:
            client.close()
            raise Unavailable(f"el servidor de correo no atiende: {_said(error)}") from error
        return client

    async def _envelope(self, client: aiosmtplib.SMTP, address: str) -> None:
        """Sender, recipient, and leave to give the message."""
        try:
            await client.mail(self._sender)
            await client.rcpt(address)
            answer = await client.execute_command(b"DATA")
        except aiosmtplib.SMTPResponseException as error:
            raise _refusal(error.code, error.message) from error
        except (UnicodeEncodeError, ValueError) as error:
            raise Rejected(f"la dirección «{address}» no es válida") from error
        except (OSError, aiosmtplib.SMTPException) as error:
            raise Unavailable(f"el servidor de correo cortó antes del mensaje: {_said(error)}") from error
        if answer.code != aiosmtplib.SMTPStatus.start_input:
            raise _refusal(answer.code, answer.message)

    async def _data(self, client: aiosmtplib.SMTP, content: bytes) -> None:
        """The message itself; from its first byte on, only an answer tells what became of it."""
        body = re.sub(rb"(?m)^\.", b"..", LINE_ENDINGS_REGEX.sub(b"\r\n", content))
        wire = client.protocol
        if wire is None:
            raise Unavailable("el servidor de correo cortó antes del mensaje")
        try:
            wire.write(body + (b"" if body.endswith(b"\r\n") else b"\r\n") + b".\r\n")
            answer = await wire.read_response(timeout=self._timeout)
        except (OSError, aiosmtplib.SMTPException) as error:
            raise InDoubt(f"el servidor de correo no dijo si aceptó el mensaje: {_said(error)}") from error
        if not 200 <= answer.code < 300:
            raise _refusal(answer.code, answer.message)


def _refusal(code: int, message: str) -> Unavailable | Rejected | InDoubt:
    if 500 <= code < 600:
        return Rejected(f"el servidor de correo lo rechazó: {code} {message}")
    if 400 <= code < 500:
        return Unavailable(f"el servidor de correo pide esperar: {code} {message}")
    return InDoubt(f"el servidor de correo contestó algo que no se entiende: {code} {message}")


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__
