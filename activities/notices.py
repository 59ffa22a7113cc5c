"""Writes a letter's words: the recipient's templates, language and local time (GEN-08, TCK-02)."""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, pass_context
from jinja2.runtime import Context
from markupsafe import escape

from activities.ports import OutgoingMessage
from models.shared.message import Frozen
from models.shared.notices import CaseFacts
from models.shared.tables import OutboxRow
from models.shared.texts import codes, text

CONTACT = "contact"
"""The recipient of an outbox row that is the case's contact; any other is a user, and reads what staff reads."""

OPTIONAL = frozenset(
    {
        "acknowledge_by",
        "clock",
        "closed_as",
        "comment",
        "department",
        "due",
        "end",
        "failures",
        "known",
        "level",
        "missed",
        "name",
        "next_step",
        "number",
        "part",
        "percent",
        "reason",
        "score",
        "start",
        "summary",
        "text",
        "triggers",
        "what",
        "who",
    }
)
"""What a notice may say of itself. A template that names anything else fails, so that no misspelling goes out."""

_DAYS = {
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS = {
    "es": "enero/febrero/marzo/abril/mayo/junio/julio/agosto/septiembre/octubre/noviembre/diciembre",
    "en": "January/February/March/April/May/June/July/August/September/October/November/December",
}


class Written(Frozen):
    subject: str
    text: str


def write(row: OutboxRow) -> OutgoingMessage:
    """The message of an outbox row. Raises `LookupError` for a template that does not exist."""
    audience = "client" if row.recipient == CONTACT else "staff"
    written = render(audience, row.language, row.template, {"folio": row.folio, **row.data})
    return OutgoingMessage(
        id=f"{row.id}.{row.key}.{row.recipient}",
        folio=row.folio,
        address=row.address,
        language=row.language,
        subject=f"[{row.folio}] {written.subject}",
        text=written.text,
        html=_html(written.text),
    )


def render(audience: str, language: str, template: str, data: dict[str, Any]) -> Written:
    """Subject and text of a template for `client` or `staff`. Data that is not known may be left out."""
    blocks = _blocks(audience, language)
    if f"{template}_body" not in blocks.blocks:
        raise LookupError(f"no hay plantilla «{template}» para {audience}")
    known = CaseFacts.model_validate({"folio": "", **data}).model_dump()
    values = {**dict.fromkeys(OPTIONAL, ""), **data, **known}
    context = blocks.new_context({name: "" if value is None else value for name, value in values.items()})

    def block(name: str) -> str:
        return _tidy("".join(blocks.blocks[name](context)))

    parts = (block("head"), block(f"{template}_body"), block("foot"))
    return Written(
        subject=" ".join(block(f"{template}_subject").split()),
        text="\n\n".join(part for part in parts if part),
    )


def templates(audience: str, language: str) -> frozenset[str]:
    """The names of the notices that can be written."""
    return frozenset(
        name.removesuffix("_body") for name in _blocks(audience, language).blocks if name.endswith("_body")
    )


def local(moment: datetime | str, timezone: str, language: str) -> str:
    """An instant as people of a place say it: «lunes 3 de marzo de 2031, 09:00». No locale of the machine rules."""
    there = _there(moment, timezone)
    day, month = _DAYS[language][there.weekday()], _MONTHS[language].split("/")[there.month - 1]
    of = " de " if language == "es" else " "
    return f"{day} {there.day}{of}{month}{of}{there.year}, {there:%H:%M}"


def _there(moment: datetime | str, timezone: str) -> datetime:
    instant = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return instant.astimezone(ZoneInfo(timezone))


@cache
def _blocks(audience: str, language: str) -> Template:
    spoken = "en" if language.startswith("en") else "es"
    folder = Path(__file__).parent / "templates"
    environment = Environment(loader=FileSystemLoader(folder), undefined=StrictUndefined, autoescape=False)
    environment.filters["when"] = _when(spoken)
    environment.filters["hour"] = _hour
    environment.filters["words"] = _words(spoken)
    environment.filters["said"] = _said(spoken)
    return environment.get_template(f"{audience}.{spoken}.j2")


def _when(language: str) -> Callable[[Context, datetime | str], str]:
    @pass_context
    def when(context: Context, moment: datetime | str) -> str:
        return local(moment, context["timezone"], language)

    return when


@pass_context
def _hour(context: Context, moment: datetime | str) -> str:
    return f"{_there(moment, context['timezone']):%H:%M}"


def _words(language: str) -> Callable[[object, str], str | list[str]]:
    def words(code: object, table: str) -> str | list[str]:
        if isinstance(code, Iterable) and not isinstance(code, str):
            return [text(f"{table}.{one}", language) for one in code]
        return text(f"{table}.{code}", language)

    return words


def _said(language: str) -> Callable[[str], str]:
    """A reason is a person's words, or a code of the rules, alone or before the words it is about."""

    def said(reason: str) -> str:
        code, colon, words = reason.partition(":")
        return text(f"reason.{code}", language) + colon + words if code in codes("reason") else reason

    return said


def _tidy(written: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in written.strip().splitlines()))


def _html(written: str) -> str:
    """The same words as a minimal page: paragraphs, lines and links that can be followed."""
    escaped = re.sub(r"https?://[^\s<]+", r'<a href="\g<0>">\g<0></a>', str(escape(written)))
    paragraphs = (f"<p>{part.replace(chr(10), '<br>')}</p>" for part in escaped.split("\n\n"))
    return "\n".join(paragraphs)
