"""One durable step of a case, committed once: read model, log, inbox, answer and letters, in one transaction (GEN-03)."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from kit.database import Sessions
from models.company import store as company
from models.company.types import Person
from models.shared import case_store, outbox_store
from models.shared.case import Contact, Notice, RecordStep, Room
from models.shared.outbox_store import Channel, Letter
from models.shared.patch import JsonObject, merge

Links = Callable[[str, str, int], str]
"""The link a message carries, by template, folio and revision; empty for most."""


class Recorder:
    """Records the steps of one room. Safe to run twice: what is on record is not written again."""

    def __init__(self, sessions: Sessions, room: Room, links: Links) -> None:
        self._sessions = sessions
        self._room = room
        self._links = links

    async def record(self, step: RecordStep) -> None:
        """Commit a step.

        Raises RuntimeError when another step holds its revision, or one before it is missing: an engine that was
        reset behind the database's back. The case then stands still until a person decides (see the runbook).
        """
        async with self._sessions.begin() as session:
            before = await case_store.locked(session, step.folio)
            revision, document, last = before or (0, {}, 0)
            if revision >= step.revision:
                if not await case_store.recorded(session, step):
                    raise RuntimeError(
                        f"{step.folio}: revision {step.revision} is on record with another step"
                    )
                return
            if revision != step.revision - 1:
                raise RuntimeError(f"{step.folio}: revision {revision + 1} is missing before {step.revision}")
            await self._write(session, step, document, last)

    async def _write(self, session: AsyncSession, step: RecordStep, before: JsonObject, last: int) -> None:
        room = self._room
        document = merge(before, step.patch)
        tasks, columns = room.tasks(document), room.columns(document)
        await case_store.write_case(session, room.name, step, document, columns)
        await case_store.write_log(session, step, last)
        if not before or tasks != room.tasks(before):
            await case_store.write_tasks(session, room.name, step, tasks)
        await case_store.write_answer(session, step)
        await outbox_store.enqueue(
            session, await self._letters(session, step, document, columns.channel), step.at
        )

    async def _letters(
        self, session: AsyncSession, step: RecordStep, document: JsonObject, channel: str
    ) -> list[Letter]:
        letters: list[Letter] = []
        for notice in step.notices:
            if notice.to.contact:
                contact = self._room.contact(document)
                if contact is not None:
                    letters.append(self._to_contact(step, notice, contact, document, channel))
                continue
            for person in await _people(session, notice, step.at):
                letters.append(self._to_person(step, notice, person, document))
        return letters

    def _to_contact(
        self, step: RecordStep, notice: Notice, contact: Contact, document: JsonObject, used: str
    ) -> Letter:
        whatsapp_first = used == Channel.WHATSAPP
        channel, address = _way(contact.email, contact.whatsapp, whatsapp_first=whatsapp_first)
        return self._letter(step, notice, document, "contact", channel, address, contact.language)

    def _to_person(self, step: RecordStep, notice: Notice, person: Person, document: JsonObject) -> Letter:
        channel, address = _way(person.email, person.whatsapp, whatsapp_first=False)
        return self._letter(step, notice, document, person.id, channel, address, person.language)

    def _letter(
        self,
        step: RecordStep,
        notice: Notice,
        document: JsonObject,
        recipient: str,
        channel: Channel,
        address: str,
        language: str,
    ) -> Letter:
        facts = self._room.facts(document).model_dump()
        facts["link"] = self._links(notice.template, step.folio, step.revision)
        return Letter(
            folio=step.folio,
            key=notice.key,
            recipient=recipient,
            channel=channel,
            address=address,
            language=language,
            template=notice.template,
            data={**facts, **notice.data},
        )


async def _people(session: AsyncSession, notice: Notice, at: datetime) -> list[Person]:
    if notice.to.user:
        found = await company.user(session, notice.to.user)
        return [found] if found else []
    assert notice.to.role is not None
    return await company.users_by_role(session, notice.to.role, notice.to.zone, at)


def _way(email: str, whatsapp: str, *, whatsapp_first: bool) -> tuple[Channel, str]:
    if whatsapp and (whatsapp_first or not email):
        return Channel.WHATSAPP, whatsapp
    return (Channel.EMAIL, email) if email else (Channel.NONE, "")
