"""How what a person says on the phone is compared with what is written: the keys of the `search` columns (GEN-18)."""

import re
import unicodedata

from models.company.types import ClientIn, DeviceIn, SiteIn, UserIn

_FOLIO = re.compile(r"([A-Z]{1,3})[\s-]*(\d{4})[\s-]+(\d{1,9})(/\d+)?")
_PHONE = re.compile(r"[\d\s+().-]+")
_SAID_DIGITS = 10
"""A phone is compared by its last ten digits: the country code is said or not."""


def words(text: str) -> list[str]:
    """The words of a text without accents, capitals and punctuation."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.findall(r"[^\W_]+", plain)


def key(text: str) -> str:
    """`words`, one space apart, as the `search` columns hold them."""
    return " ".join(words(text))


def serial_key(serial: str) -> str:
    """A serial number as it is said: letters and digits alone."""
    return "".join(words(serial))


def phone_key(phone: str) -> str:
    """The last ten digits of a phone number; "" when it has none."""
    return "".join(letter for letter in phone if letter.isdecimal())[-_SAID_DIGITS:]


def said_phone(text: str) -> str:
    """The digits to look for when what was said looks like (the end of) a phone number, else ""."""
    digits = phone_key(text)
    return digits if _PHONE.fullmatch(text.strip()) and len(digits) >= 4 else ""


def said_folio(text: str) -> str:
    """The folio that was meant by "t 2026 123" or "T-2026-000123/2", else ""."""
    found = _FOLIO.fullmatch(text.strip().upper())
    return f"{found[1]}-{found[2]}-{int(found[3]):06d}" if found else ""


def client_search(row: ClientIn) -> str:
    texts = (key(row.name), key(row.id), key(row.rfc), key(row.email))
    return " ".join(filter(None, (*texts, phone_key(row.phone), phone_key(row.whatsapp))))


def site_search(row: SiteIn) -> str:
    return f"{key(row.name)} {key(row.id)}"


def device_search(row: DeviceIn) -> str:
    return serial_key(row.serial)


def user_search(row: UserIn) -> str:
    texts = (key(row.name), key(row.id), key(row.email), phone_key(row.phone), phone_key(row.whatsapp))
    return " ".join(filter(None, texts))
