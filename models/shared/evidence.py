"""What counts as evidence: its kinds, the content each accepts, and how large it may be (GEN-14)."""

import hashlib
from enum import StrEnum

import filetype  # type: ignore[import-untyped]

from models.shared.errors import Fault, Invalid
from models.shared.message import Frozen

SIZE_LIMIT = 15 * 1024 * 1024
"""Bytes, of one piece."""


class Kind(StrEnum):
    PHOTO = "photo"
    DOCUMENT = "document"
    SIGNATURE = "signature"
    AUDIO = "audio"
    TEXT = "text"


_PICTURES = frozenset({"image/jpeg", "image/png", "image/webp", "image/heic"})
MEDIA_TYPES: dict[Kind, frozenset[str]] = {
    Kind.PHOTO: _PICTURES,
    Kind.DOCUMENT: _PICTURES | {"application/pdf"},
    Kind.SIGNATURE: frozenset({"image/png", "image/jpeg", "application/pdf"}),
    Kind.AUDIO: frozenset({"audio/mpeg", "audio/ogg", "audio/mp4", "audio/aac", "audio/amr", "audio/x-wav"}),
    Kind.TEXT: frozenset({"text/plain"}),
}
_RECOGNISED = frozenset().union(*MEDIA_TYPES.values())
"""What a signature in the first bytes is believed for: a text that happens to begin like a bitmap is a text."""
_IN_SPANISH = {
    Kind.PHOTO: "una foto (JPEG, PNG, WebP o HEIC)",
    Kind.DOCUMENT: "un documento (PDF o una imagen)",
    Kind.SIGNATURE: "una firma (PNG, JPEG o PDF)",
    Kind.AUDIO: "un audio (MP3, OGG, M4A, AAC, AMR o WAV)",
    Kind.TEXT: "un texto (UTF-8)",
}


class Blob(Frozen):
    """What is known of a piece of content: its address, what it really is, and its size in bytes."""

    sha256: str
    media_type: str
    size: int


def inspect(kind: str, name: str, content: bytes, *, limit: int = SIZE_LIMIT) -> Blob:
    """The content, recognised by itself: neither its name nor what the sender calls it counts.

    Raises `Invalid` (codes `evidence_kind`, `evidence_empty`, `evidence_too_large`, `evidence_type`).
    """
    if kind not in set(Kind):
        raise _wrong("evidence_kind", f"No existe el tipo de evidencia «{kind}».", "kind")
    if not content:
        raise _wrong("evidence_empty", f"«{name}» está vacío.")
    if len(content) > limit:
        raise _wrong("evidence_too_large", f"«{name}» pesa más de {limit // 1024 // 1024} MB.")
    wanted = Kind(kind)
    found = media_type(content)
    if found not in MEDIA_TYPES[wanted]:
        raise _wrong("evidence_type", f"«{name}» no es {_IN_SPANISH[wanted]}.")
    return Blob(sha256=hashlib.sha256(content).hexdigest(), media_type=found, size=len(content))


def media_type(content: bytes) -> str:
    """What the content is; empty when it is nothing that is known here."""
    guess = filetype.guess(content)
    if guess is not None and guess.mime in _RECOGNISED:
        return str(guess.mime)
    return "text/plain" if _is_text(content) else ""


def _is_text(content: bytes) -> bool:
    if b"\x00" in content:
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _wrong(code: str, message: str, path: str = "content") -> Invalid:
    return Invalid(message, code=code, faults=[Fault(code=code, message=message, path=path)])
