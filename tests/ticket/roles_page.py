"""`docs/roles.md`, written from the table that is enforced (GEN-11): `python -m tests.ticket.roles_page`."""

from collections.abc import Iterator
from pathlib import Path

from models.shared.actor import Role
from models.shared.texts import text
from models.ticket.permissions import ALLOWED, OWN_WORK

PAGE = Path(__file__).parents[2] / "docs" / "roles.md"

_INTRODUCTION = """# Who may do what · Quién puede hacer qué

Written from `models/ticket/permissions.py` by `python -m tests.ticket.roles_page`; a test holds this page to it.
The table is enforced on every action. Beyond it, a client sees and acts on its own cases only, and an engineer
does what is marked † only on a ticket assigned to them.

Generada del código: la tabla se aplica en cada acción. Además, un cliente solo ve y actúa sobre sus propios casos,
y un ingeniero hace lo marcado con † solo en los tickets que tiene asignados.
"""


def page() -> str:
    """The whole page: actions with the roles that have them, then roles with their actions."""
    return "\n".join((_INTRODUCTION, *_by_action(), "", *_by_role(), ""))


def _by_action() -> Iterator[str]:
    yield "## Ticket: actions · acciones\n"
    yield "| Action | Acción | What it is | Roles |"
    yield "|---|---|---|---|"
    for verb, roles in ALLOWED.items():
        own = " †" if verb in OWN_WORK else ""
        who = ", ".join(f"`{role}`" for role in Role if role in roles)
        yield f"| `{verb}` | {text(f'verb.{verb}')}{own} | {text(f'verb.{verb}', 'en')} | {who} |"


def _by_role() -> Iterator[str]:
    yield "## Ticket: roles\n"
    yield "| Role | Rol | What it is | Actions · acciones |"
    yield "|---|---|---|---|"
    for role in Role:
        verbs = ", ".join(f"`{verb}`" for verb, roles in ALLOWED.items() if role in roles)
        yield f"| `{role}` | {text(f'role.{role}')} | {text(f'role.{role}', 'en')} | {verbs or '—'} |"


if __name__ == "__main__":
    PAGE.write_text(page())
