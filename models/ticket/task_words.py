"""What a task of a ticket says to who has it, in one sentence (GEN-10)."""

from collections.abc import Mapping
from typing import Any

from models.shared.actor import Role
from models.shared.texts import text

_BLANK = {"n": "", "quantity": "", "name": "", "what": "", "phone": "", "level": ""}


def sentence(key: str, action: str, role: str, detail: Mapping[str, Any], language: str = "es") -> str:
    """The words of a task; `key` is the task's own within its ticket."""
    kind = key.partition(":")[0]
    code = {"visit": action, "part": "install" if role == Role.ENGINEER else "part"}.get(kind, kind)
    return text(f"task.{code}", language).format(**{**_BLANK, **detail})
