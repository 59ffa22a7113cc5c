"""What a ticket does to the world: one step, recorded."""

from temporalio import activity

from activities.failures import reported_to_engine
from activities.recording import Recorder
from models.shared.case import RecordStep


class TicketActivities:
    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    @activity.defn(name="ticket.record")
    async def record(self, step: RecordStep) -> None:
        """Commit one step of a ticket; tried again for as long as the database is away."""
        with reported_to_engine():
            await self._recorder.record(step)
