"""Sends what the cases left to be sent, each letter at most once from our side (GEN-08).

A letter is `sending`, committed, before it is attempted; what became of it is written afterwards, however long the
database is away in between. A process that dies in the middle leaves its letter in doubt, never to be sent twice.
"""

import asyncio
import secrets
import time
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker

from activities.failures import InDoubt, Rejected, Unavailable, database_away
from activities.notices import write
from activities.ports import Mailer
from kit.clock import Clock
from kit.database import listen
from models.shared import outbox_store
from models.shared.outbox_store import Channel, OutboxState, Settlement
from models.shared.tables import OutboxRow

RETRY_AFTER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
"""How long after each refused attempt the next one comes; the last repeats."""
GIVE_UP_AFTER = timedelta(hours=24)
LANES = 4
"""Letters on their way at once: a slow server holds up its own lane only, and a killed process leaves few in doubt."""
SWEEP = 60.0
"""Seconds after which the outbox is looked at although nothing woke it: for what dead processes left behind."""
SWEEP_AGAIN = 5.0
"""Seconds for which a sweep is good enough: not every letter pays for one."""

_FIRST_PAUSE = 0.25
"""Seconds; doubled for every time in a row that the database is away."""

log = structlog.get_logger(__name__)


def next_attempt(attempts: int, created_at: datetime, now: datetime) -> datetime | None:
    """When a letter refused for the `attempts`-th time is tried again; None when it is given up."""
    at = now + RETRY_AFTER[min(attempts, len(RETRY_AFTER)) - 1]
    return at if at <= created_at + GIVE_UP_AFTER else None


class Outbox:
    """The sender of one process. `mailers` says how each channel leaves; a channel without one fails visibly."""

    def __init__(self, engine: AsyncEngine, mailers: Mapping[Channel, Mailer], clock: Clock) -> None:
        self._engine = engine
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)
        self._mailers = mailers
        self._clock = clock
        self._link: AsyncConnection | None = None
        self._senders: list[int] = []
        self._in_hand: set[int] = set()
        self._claiming = asyncio.Lock()

    async def run(self, stop: asyncio.Event) -> None:
        """Send until told to stop: woken by NOTIFY, by the next retry, and every minute all the same."""
        woken = asyncio.Event()

        async def wake() -> None:
            woken.set()

        url = self._engine.url.render_as_string(hide_password=False)
        listener = asyncio.create_task(listen(url, outbox_store.NOTIFY_CHANNEL, wake))
        away, swept = _FIRST_PAUSE, float("-inf")
        try:
            while not stop.is_set():
                woken.clear()
                try:
                    if (now := time.monotonic()) >= swept + SWEEP_AGAIN:
                        await self._sweep()
                        swept = now
                    await self._drain(stop)
                    pause, away = await self._until_next(), _FIRST_PAUSE
                except Exception as error:
                    if not database_away(error):
                        raise
                    swept = float("-inf")  # a claim may have been lost with the connection
                    log.warning("outbox.database_away", error=type(error).__name__)
                    pause = away = min(away * 2, 15.0)
                await _first_of(stop, woken, pause)
        finally:
            listener.cancel()
            await asyncio.gather(listener, return_exceptions=True)
            await self.close()

    async def settle_all(self, stop: asyncio.Event | None = None) -> int:
        """Attempt all that is due, until nothing is or `stop` is set. Answers how many attempts were made.

        Raises the database's error when it is away; nothing is lost by it, and calling again goes on.
        """
        await self._sweep()
        return await self._drain(stop)

    async def close(self) -> None:
        """Let go of the connection whose life says that this sender lives."""
        link, self._link = self._link, None
        if link is not None:
            await link.invalidate()  # back in the pool it would go on holding the lock
            await link.close()

    async def _drain(self, stop: asyncio.Event | None, lanes: int = LANES) -> int:
        """A letter that is found opens the next lane: mostly there is nothing for it, so it is not asked for before."""
        row = await self._claim(stop) if lanes else None
        if row is None:
            return 0
        ended = await asyncio.gather(
            self._lane(row, stop), self._drain(stop, lanes - 1), return_exceptions=True
        )
        for one in ended:
            if isinstance(one, BaseException):
                raise one
        return sum(one for one in ended if isinstance(one, int))

    async def _lane(self, row: OutboxRow | None, stop: asyncio.Event | None) -> int:
        attempts = 0
        while row is not None:
            outcome = await self._attempt(row)
            await self._settle(row, outcome)
            attempts += 1
            row = await self._claim(stop)
        return attempts

    async def _claim(self, stop: asyncio.Event | None) -> OutboxRow | None:
        async with self._claiming:
            if stop is not None and stop.is_set():
                return None
            try:
                link = await self._linked()
                async with AsyncSession(link, expire_on_commit=False) as session, session.begin():
                    row = await outbox_store.claim(session, self._clock.now(), self._senders[-1])
            except BaseException:
                await self.close()
                raise
            if row is not None:
                self._in_hand.add(row.id)
            return row

    async def _sweep(self) -> None:
        async with self._claiming, self._sessions.begin() as session:
            back = await outbox_store.release(session, self._senders, self._in_hand)
            doubtful = await outbox_store.orphans(session, self._senders)
        if back or doubtful:
            log.warning("outbox.swept", put_back=back, in_doubt=doubtful)

    async def _linked(self) -> AsyncConnection:
        """The connection of the claims. A new one is a new sender: the server may still think the old one lives."""
        if self._link is None:
            self._link = await self._engine.connect()
            self._senders.append(secrets.randbelow(2**31))
            await outbox_store.hold_lock(self._link, self._senders[-1])
            await self._link.commit()
        return self._link

    async def _attempt(self, row: OutboxRow) -> Settlement:
        settlement = await self._send(row)
        log.info(
            "outbox.attempt",
            folio=row.folio,
            key=row.key,
            id=row.id,
            n=row.attempts,
            state=settlement.state.value,
        )
        return settlement

    async def _send(self, row: OutboxRow) -> Settlement:
        mailer = self._mailers.get(Channel(row.channel))
        if mailer is None:
            return self._done(row, OutboxState.FAILED, f"no hay canal «{row.channel}»")
        try:
            message = write(row)
        except Exception as error:
            log.error("outbox.not_written", id=row.id, template=row.template, error=type(error).__name__)
            return self._done(row, OutboxState.FAILED, f"no se pudo redactar: {error}")
        try:
            await mailer.send(message)
        except Unavailable as error:
            return self._later(row, str(error))
        except Rejected as error:
            return self._done(row, OutboxState.FAILED, str(error))
        except InDoubt as error:
            return self._done(row, OutboxState.DOUBT, str(error))
        except Exception as error:
            log.error("outbox.unforeseen", id=row.id, error=type(error).__name__)
            return self._done(row, OutboxState.DOUBT, f"{type(error).__name__}: {error}")
        return self._done(row, OutboxState.SENT)

    def _now(self, row: OutboxRow) -> datetime:
        return max(self._clock.now(), row.created_at)

    def _done(self, row: OutboxRow, state: OutboxState, error: str = "") -> Settlement:
        return Settlement(state=state, error=error, at=self._now(row))

    def _later(self, row: OutboxRow, error: str) -> Settlement:
        now = self._now(row)
        at = next_attempt(row.attempts, row.created_at, now)
        if at is None:
            return self._done(row, OutboxState.FAILED, f"{error}; {row.attempts} intentos")
        return Settlement(state=OutboxState.PENDING, error=error, at=now, not_before=at)

    async def _settle(self, row: OutboxRow, settlement: Settlement) -> None:
        """The letter stays in hand until this is written: what was sent is never forgotten while we live."""
        pause = 0.1
        while True:
            try:
                async with self._sessions.begin() as session:
                    await outbox_store.settle(session, row, settlement)
            except Exception as error:
                if not database_away(error):
                    raise
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)
            else:
                self._in_hand.discard(row.id)
                return

    async def _until_next(self) -> float:
        """Seconds until the next letter is due, a minute at most."""
        async with self._sessions() as session:
            due = await outbox_store.next_due(session)
        if due is None:
            return SWEEP
        return min(max((due - self._clock.now()).total_seconds(), 1.0), SWEEP)


async def _first_of(stop: asyncio.Event, woken: asyncio.Event, seconds: float) -> None:
    waits = [asyncio.create_task(stop.wait()), asyncio.create_task(woken.wait())]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waits:
            one.cancel()
