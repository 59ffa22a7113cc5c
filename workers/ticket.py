"""The workers of the ticket room."""

from collections.abc import Callable, Sequence
from typing import Any

from activities.recording import Links, Recorder
from activities.ticket import TicketActivities
from kit.database import Sessions
from models.ticket.messages import TASK_QUEUE
from models.ticket.view import TicketRoom
from workflows.ticket import TicketWorkflow

WORKFLOWS: Sequence[type] = [TicketWorkflow]


def activities(sessions: Sessions, links: Links) -> Sequence[Callable[..., Any]]:
    return [TicketActivities(Recorder(sessions, TicketRoom(), links)).record]


__all__ = ["TASK_QUEUE", "WORKFLOWS", "activities"]
