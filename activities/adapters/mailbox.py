"""The local mailbox of development: what leaves lands in a folder that a person can read.

E-mail gets there by a real SMTP conversation with the development server (`postventa.mailbox`); what goes by
WhatsApp, with no provider configured, is put there directly by this adapter, in the same form.
"""

import asyncio
import mailbox
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from pathlib import Path

from activities.failures import Unavailable
from activities.ports import OutgoingMessage
from kit.clock import Clock


class MailboxWhatsApp:
    """Delivers WhatsApp messages into the local Maildir at `folder`."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    async def send(self, message: OutgoingMessage) -> None:
        letter = EmailMessage()
        letter["From"] = "whatsapp"
        letter["To"] = f"{''.join(message.address.split())}@whatsapp"
        letter["Subject"] = " ".join(message.subject.split())
        letter["Date"] = format_datetime(self._clock.now())
        letter["X-Channel"] = "whatsapp"
        letter.set_content(message.text, cte="8bit")
        try:
            await asyncio.to_thread(self._keep, letter.as_bytes(policy=SMTP_POLICY.clone(linesep="\n")))
        except OSError as error:
            raise Unavailable(f"no se pudo guardar en el buzón local: {error.strerror}") from error

    def _keep(self, letter: bytes) -> None:
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        mailbox.Maildir(self._folder, create=True).add(letter)
