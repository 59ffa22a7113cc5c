"""Draws a service sheet on one letter page (or more), with fonts every reader has (TCK-08)."""

from datetime import datetime
from io import BytesIO

import structlog
from fpdf import FPDF
from fpdf.enums import Align, XPos, YPos

from models.ticket.sheet import Sheet

_log = structlog.get_logger(__name__)
_FONT = "helvetica"
_INK, _FAINT = 30, 150
_LABEL_WIDTH = 42.0
"""Millimetres, like all lengths here."""


def draw(sheet: Sheet, signature: bytes | None, at: datetime) -> bytes:
    """The sheet as a PDF made at an instant. `signature` is a PNG or JPEG, or None for an empty line to sign on."""
    page = FPDF(format="letter")
    page.core_fonts_encoding = "windows-1252"  # accents, dashes and quotes of Spanish are all in it
    page.set_creation_date(at)
    page.set_title(_plain(f"{sheet.title} {sheet.subtitle}"))
    page.set_auto_page_break(auto=True, margin=18)
    page.set_margins(18, 18)
    page.add_page()
    _head(page, sheet)
    for label, value in sheet.facts:
        _fact(page, label, value)
    for heading, lines in sheet.sections:
        _section(page, heading, lines)
    _signature(page, sheet, signature)
    return bytes(page.output())


def _head(page: FPDF, sheet: Sheet) -> None:
    page.set_text_color(_INK)
    _write(page, sheet.title, size=17, style="B", height=9)
    _write(page, sheet.subtitle, size=11, height=7)
    page.set_draw_color(_FAINT)
    page.line(page.l_margin, page.get_y() + 1, page.w - page.r_margin, page.get_y() + 1)
    page.ln(4)


def _fact(page: FPDF, label: str, value: str) -> None:
    page.set_font(_FONT, "B", 10)
    page.cell(_LABEL_WIDTH, 6, _plain(label))
    _write(page, value, size=10, height=6)


def _section(page: FPDF, heading: str, lines: tuple[str, ...]) -> None:
    page.ln(3)
    _write(page, heading, size=11, style="B", height=7)
    for line in lines:
        _write(page, f"• {line}" if len(lines) > 1 else line, size=10, height=5.5)


def _signature(page: FPDF, sheet: Sheet, signature: bytes | None) -> None:
    if page.get_y() > page.h - 70:
        page.add_page()
    page.ln(8)
    top = page.get_y()
    if signature is not None:
        try:
            page.image(BytesIO(signature), page.l_margin, top, w=80, h=25, keep_aspect_ratio=True)
        except (
            Exception
        ) as error:  # whatever is wrong with a picture somebody sent, the sheet is still a sheet
            _log.warning("signature_not_drawn", cause=type(error).__name__)
    page.line(page.l_margin, top + 27, page.l_margin + 90, top + 27)
    page.set_y(top + 28)
    _write(page, sheet.signer, size=10, height=5)
    if sheet.signed:
        _write(page, sheet.signed, size=10, height=5)


def _write(page: FPDF, words: str, *, size: float, height: float, style: str = "") -> None:
    page.set_font(_FONT, style, size)
    page.multi_cell(0, height, _plain(words), align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _plain(words: str) -> str:
    """What the built-in fonts can show; anything else, as an emoji, becomes a question mark."""
    return words.encode("windows-1252", "replace").decode("windows-1252")
