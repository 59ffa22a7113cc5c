"""The pen that rules write a step with: inside a rule it changes, outside only its `Step` is seen."""

from datetime import datetime
from typing import Any

from models.shared.actor import Actor, Role
from models.shared.case import Event, Notice, Recipient, Step
from models.ticket.types import CallOwed, Channel, Ticket


class Draft:
    """A step of a ticket in the making, at `now`, by `actor`; `mark` tells apart the parts of one step."""

    def __init__(self, ticket: Ticket, actor: Actor, now: datetime, mark: str = "action") -> None:
        self.ticket = ticket
        self.actor = actor
        self.now = now
        self._events: list[Event] = []
        self._notices: list[Notice] = []
        self._before = ticket
        self._mark = mark

    @property
    def changed(self) -> bool:
        return self.ticket is not self._before or bool(self._events)

    def change(self, **fields: Any) -> None:
        unknown = fields.keys() - Ticket.model_fields.keys()
        assert not unknown, unknown
        self.ticket = self.ticket.model_copy(update=fields)

    def say(self, event: str, *, evidence: tuple[str, ...] = (), **detail: Any) -> None:
        """Write a line in the case log; empty details are left out."""
        kept = {key: value for key, value in detail.items() if value not in (None, "", (), [], {})}
        self._events.append(Event(event=event, actor=self.actor, detail=kept, evidence=evidence))

    def tell(self, template: str, to: Recipient, **data: Any) -> None:
        """Send a notice; its key is this step and template, so a recipient gets it once (GEN-08).

        Said twice to the same in one step, it is one message that names the triggers of both; about something
        else (the other clock, the other promise) it is a second message.
        """
        key = f"{template}:{self.ticket.revision + 1}:{self._mark}"
        same = [i for i, one in enumerate(self._notices) if (one.template, one.to) == (template, to)]
        for i in same:
            one = self._notices[i]
            if "triggers" in one.data:
                merged = {**one.data, "triggers": [*one.data["triggers"], *data["triggers"]]}
                self._notices[i] = one.model_copy(update={"data": merged})
            if "triggers" in one.data or one.data == data:
                return
        key += f":{len(same) + 1}" if same else ""
        self._notices.append(Notice(key=key, template=template, to=to, data=data))

    def tell_client(self, template: str, **data: Any) -> None:
        """Tell the contact by its channel, or owe it a call when it has only a phone (TCK-02)."""
        contact = self.ticket.contact
        if contact.email or contact.whatsapp:
            self.tell(template, Recipient(contact=True), **data)
        elif self.ticket.channel is not Channel.MONITORING:
            n = len(self.ticket.calls) + 1
            call = CallOwed(n=n, about=template, since=self.now)
            if not any((one.about, one.since) == (template, self.now) for one in self.ticket.calls.values()):
                self.change(calls={**self.ticket.calls, str(n): call})

    def tell_role(self, template: str, *roles: Role, **data: Any) -> None:
        for role in roles:
            self.tell(template, Recipient(role=role, zone=self.ticket.place.zone), **data)

    def tell_assignee(self, template: str, **data: Any) -> None:
        if self.ticket.assignee:
            self.tell(template, Recipient(user=self.ticket.assignee), **data)

    def step(self) -> Step[Ticket]:
        return Step(state=self.ticket, events=tuple(self._events), notices=tuple(self._notices))
