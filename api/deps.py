"""What every operation is given: the services this process was built from."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Protocol

from fastapi import Depends, Request
from temporalio.client import Client
from temporalio.service import RPCError

from activities.ports import EvidenceStore
from api.errors import EngineAway
from kit.clock import Clock
from kit.codec import EncryptionCodec
from kit.database import Sessions
from kit.settings import Settings


class Engine(Protocol):
    """The way to the process engine."""

    async def client(self) -> Client:
        """A client of the engine; raises `EngineAway` when there is none to be had."""
        ...


class ConnectedEngine:
    """An engine somebody else connected to, as in tests and simulations."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def client(self) -> Client:
        return self._client


class LazyEngine:
    """Connects when first asked, so that the API starts and answers 503 while the engine is away.

    Once connected, the client finds its way back by itself.
    """

    def __init__(self, connect: Callable[[], Awaitable[Client]]) -> None:
        self._connect = connect
        self._client: Client | None = None

    async def client(self) -> Client:
        if self._client is None:
            try:
                self._client = await self._connect()
            except (
                RuntimeError,
                RPCError,
                OSError,
            ) as error:  # RuntimeError is how the SDK says "no connection"
                raise EngineAway(str(error)) from error
        return self._client


@dataclass(frozen=True)
class Services:
    """Everything the front door needs, chosen once when the process starts."""

    sessions: Sessions
    engine: Engine
    clock: Clock
    settings: Settings
    evidence: EvidenceStore
    codec: EncryptionCodec


def services(request: Request) -> Services:
    found: Services = request.app.state.services
    return found


Given = Annotated[Services, Depends(services)]
