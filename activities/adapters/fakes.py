"""Doors to an outside world that does what it is told, for tests and rehearsals."""

from collections import deque

from activities.failures import AdapterError
from activities.ports import OutgoingMessage


class ScriptedMailer:
    """Accepts every message, after failing as often and in the way it was told to. `accepted` is what got out."""

    def __init__(self, *failures: AdapterError) -> None:
        self.accepted: list[OutgoingMessage] = []
        self.attempts = 0
        self._failures = deque(failures)

    async def send(self, message: OutgoingMessage) -> None:
        self.attempts += 1
        if self._failures:
            raise self._failures.popleft()
        self.accepted.append(message)
