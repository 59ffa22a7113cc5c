"""The mail server of development: takes every message and keeps it in a local Maildir that a person can read.

The conversation is real SMTP, so that what is sent here is sent as it will be in production.
"""

import asyncio
import mailbox
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from models.shared.message import Frozen


class Letter(Frozen):
    """One message in the mailbox, as it arrived."""

    to: str
    subject: str
    date: str
    text: str


class _Keeper:
    """Answers 250 only when the letter is in the mailbox."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.original_content or b""
        try:
            await asyncio.to_thread(_maildir(self._folder).add, content.replace(b"\r\n", b"\n"))
        except OSError as error:
            return f"452 {error.strerror}"
        return "250 OK"


def _maildir(folder: Path) -> "mailbox.Maildir":
    folder.parent.mkdir(parents=True, exist_ok=True)
    return mailbox.Maildir(folder, create=True)


@asynccontextmanager
async def mailbox_server(folder: Path, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[int]:
    """Serve SMTP into the Maildir at `folder`; yields the port it got (one that is free when 0 is asked for)."""
    _maildir(folder)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(_Keeper(folder), loop=loop), host, port)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


def letters(folder: Path, about: str = "") -> list[Letter]:
    """What is in the mailbox, oldest first; with `about`, what names it (a folio, an address, a word)."""
    if not folder.is_dir():
        return []
    files = sorted((folder / "new").iterdir(), key=lambda path: (path.stat().st_mtime_ns, path.name))
    found = [_read(path) for path in files]
    return [one for one in found if about.lower() in f"{one.to} {one.subject} {one.text}".lower()]


def _read(path: Path) -> Letter:
    with path.open("rb") as file:
        message = BytesParser(policy=policy.default).parse(file)
    body = message.get_body(("plain",)) if isinstance(message, EmailMessage) else None
    return Letter(
        to=str(message["To"]),
        subject=str(message["Subject"]),
        date=str(message["Date"]),
        text=body.get_content().strip() if body is not None else "",
    )


def listing(folder: Path, about: str = "", last: int = 20) -> str:
    """The newest letters as a person reads them, for `postventa mail`: a line each, or whole when it is asked `about` something."""
    chosen = letters(folder, about)[-last:] if last else []
    if not chosen:
        return "El buzón está vacío." if not about else f"No hay mensajes sobre «{about}»."
    if about:
        return "\n\n".join(
            f"{one.date}\nPara: {one.to}\nAsunto: {one.subject}\n\n{one.text}" for one in chosen
        )
    return "\n".join(f"{one.date}  {one.to:<34}  {one.subject}" for one in chosen)
