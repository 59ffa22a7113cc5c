"""Doors to an outside world that does what it is told, for tests and rehearsals."""

import asyncio
from collections import deque

from activities.failures import AdapterError
from activities.ports import OutgoingMessage


class ScriptedMailer:
    """Accepts every message, after failing as often and in the way it was told to. `accepted` is what got out."""

    def __init__(self, *failures: AdapterError) -> None:
        self.accepted: list[OutgoingMessage] = []
        self.attempts = 0
        self._failures = deque(failures)
        self._news = asyncio.Condition()

    async def send(self, message: OutgoingMessage) -> None:
        self.attempts += 1
        if self._failures:
            raise self._failures.popleft()
        async with self._news:
            self.accepted.append(message)
            self._news.notify_all()

    async def reached(self, number: int) -> None:
        """Returns when that many messages got out; after ten seconds without them, TimeoutError."""
        async with asyncio.timeout(10), self._news:
            await self._news.wait_for(lambda: len(self.accepted) >= number)
