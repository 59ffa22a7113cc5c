"""What the naive workflow writes: one transaction per effect, in our tables, with the SQL machinery that we use."""

from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from temporalio import activity

from kit.database import Sessions
from models.shared import outbox_store
from models.shared.outbox_store import Channel, Letter
from models.shared.tables import CaseRow, LogRow

Json = dict[str, Any]
_TEMPLATES = {"register": "registered", "assign": "assigned", "resolve": "resolved", "confirm": "closed"}
_BLANK = dict.fromkeys(
    ("type", "channel", "client", "site", "device", "assignee", "waiting_for", "closed_as"), ""
)


class NaiveActivities:
    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    @activity.defn(name="naive.read_model")
    async def read_model(self, effect: Json) -> None:
        """The case's row, made or brought up to date."""
        at = datetime.fromisoformat(effect["at"])
        changes = {
            "revision": effect["n"],
            "state": effect["verb"],
            "updated_at": at,
            "document": effect["document"],
        }
        first = {**_BLANK, "room": "naive", "priority": "high", "open": True, "live": True}
        first |= {"escalation_level": 0, "sla_breached": False, "opened_at": at}
        asked = insert(CaseRow).values(folio=effect["folio"], **first, **changes)
        async with self._sessions.begin() as session:
            await session.execute(asked.on_conflict_do_update(index_elements=["folio"], set_=changes))

    @activity.defn(name="naive.log")
    async def log(self, effect: Json) -> None:
        """One line of the log; written again it stays one."""
        actor = effect["order"]["actor"]
        line = {
            "folio": effect["folio"],
            "seq": effect["n"],
            "revision": effect["n"],
            "at": datetime.fromisoformat(effect["at"]),
            "event": effect["verb"],
            "actor": actor["user"],
            "role": actor["role"],
            "detail": effect["order"].get("body", {}),
            "evidence": [],
        }
        async with self._sessions.begin() as session:
            await session.execute(insert(LogRow).values(line).on_conflict_do_nothing())

    @activity.defn(name="naive.notify")
    async def notify(self, effect: Json) -> None:
        """A message to the client, to be sent by the outbox."""
        template = _TEMPLATES[effect["verb"]]
        letter = Letter(
            folio=effect["folio"],
            key=f"{template}:{effect['n']}",
            recipient="contact",
            channel=Channel.EMAIL,
            address="ana.ruiz@example.com",
            template=template,
            data={"contact_name": "Ana Ruiz"},
        )
        async with self._sessions.begin() as session:
            await outbox_store.enqueue(session, [letter], datetime.fromisoformat(effect["at"]))
