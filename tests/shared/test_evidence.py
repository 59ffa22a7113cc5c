"""What counts as evidence is told by its content (GEN-14)."""

import hashlib

import pytest

from models.shared.errors import Invalid
from models.shared.evidence import MEDIA_TYPES, SIZE_LIMIT, Kind, inspect

pytestmark = pytest.mark.req("GEN-14")
JPEG = b"\xff\xd8\xff\xe0" + bytes(60)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(60)
PDF = b"%PDF-1.7\n" + bytes(60)
OGG = b"OggS" + bytes(60)
EXE = b"MZ\x90\x00" + bytes(60)
TEXT = "El cliente confirmó por teléfono.".encode()


@pytest.mark.parametrize(
    ("kind", "content", "media_type"),
    [
        ("photo", JPEG, "image/jpeg"),
        ("photo", PNG, "image/png"),
        ("document", PDF, "application/pdf"),
        ("signature", PNG, "image/png"),
        ("audio", OGG, "audio/ogg"),
        ("text", TEXT, "text/plain"),
        ("text", b"BM: el equipo marca error 13.A2", "text/plain"),
    ],
)
def test_a_piece_is_recognised_by_its_content(kind: str, content: bytes, media_type: str) -> None:
    blob = inspect(kind, "cualquier.exe", content)
    assert blob.media_type == media_type
    assert blob.size == len(content)
    assert blob.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("kind", "content", "code"),
    [
        ("photo", PDF, "evidence_type"),
        ("photo", TEXT, "evidence_type"),
        ("photo", EXE, "evidence_type"),
        ("document", EXE, "evidence_type"),
        ("signature", OGG, "evidence_type"),
        ("audio", JPEG, "evidence_type"),
        ("text", PDF, "evidence_type"),
        ("text", b"con un \x00 en medio", "evidence_type"),
        ("text", "señal".encode("latin-1"), "evidence_type"),
        ("photo", b"", "evidence_empty"),
        ("video", JPEG, "evidence_kind"),
    ],
)
def test_what_is_not_what_it_is_called_is_refused_with_its_code_and_path(
    kind: str, content: bytes, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        inspect(kind, "foto.jpg", content)
    (fault,) = refused.value.faults
    assert (refused.value.code, fault.code) == (code, code)
    assert fault.path == ("kind" if code == "evidence_kind" else "content")


def test_a_piece_may_have_the_largest_size_and_not_a_byte_more() -> None:
    largest = JPEG + bytes(SIZE_LIMIT - len(JPEG))
    assert inspect("photo", "foto.jpg", largest).size == SIZE_LIMIT
    with pytest.raises(Invalid, match="15 MB") as refused:
        inspect("photo", "foto.jpg", largest + b"0")
    assert refused.value.code == "evidence_too_large"


def test_every_kind_accepts_something() -> None:
    assert set(MEDIA_TYPES) == set(Kind)
    assert all(MEDIA_TYPES.values())
