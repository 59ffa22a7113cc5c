"""The doors to the outside world. Adapters implement them; only the wiring of the workers chooses one.

What comes in (e-mail, WhatsApp, monitoring) needs no port of its own: those doors call the API like anybody else.
"""

from typing import Protocol

from models.shared.message import Frozen


class OutgoingMessage(Frozen):
    """A rendered message. `id` is stable: the same letter has the same id at every attempt, and no other has it."""

    id: str
    folio: str
    address: str
    language: str
    subject: str
    text: str
    html: str


class Mailer(Protocol):
    """One channel to people outside the system: e-mail, WhatsApp."""

    async def send(self, message: OutgoingMessage, /) -> None:
        """Hand the message over. Returning means that it was accepted.

        Raises `Unavailable` when it surely was not (try again later), `Rejected` when it never will be, `InDoubt`
        when nobody can know: then it must not be sent again without a person's decision (GEN-08).
        """
        ...


class EvidenceStore(Protocol):
    """Bytes by their SHA-256 (GEN-14)."""

    async def put(self, content: bytes) -> str:
        """Store the content and answer its address, in hexadecimal. Storing it again changes nothing.

        Raises `Unavailable` when there is no room or the disk does not answer.
        """
        ...

    async def get(self, sha256: str) -> bytes:
        """The content at an address. Raises `Unknown` when there is none, `Rejected` when it is not what it was."""
        ...

    async def exists(self, sha256: str) -> bool: ...
