"""Signed links for people without a log-in: a client confirms, or rates, with one click (TCK-13, TCK-17)."""

import base64
import hashlib
import hmac


def sign(secret: str, purpose: str, folio: str, revision: int) -> str:
    """A token that lets its holder do one thing (`purpose`) to one case, as it was asked at one revision."""
    said = f"{purpose}|{folio}|{revision}"
    return base64.urlsafe_b64encode(f"{said}|{_mark(secret, said)}".encode()).decode().rstrip("=")


def read(secret: str, token: str) -> tuple[str, str, int] | None:
    """Purpose, folio and revision of a token; None when we did not sign it."""
    try:
        padded = token + "=" * (-len(token) % 4)
        purpose, folio, revision, mark = base64.urlsafe_b64decode(padded).decode().split("|")
        said = f"{purpose}|{folio}|{int(revision)}"
    except ValueError:
        return None
    return (purpose, folio, int(revision)) if hmac.compare_digest(mark, _mark(secret, said)) else None


def _mark(secret: str, said: str) -> str:
    return hmac.new(secret.encode(), f"link|{said}".encode(), hashlib.sha256).hexdigest()[:32]
