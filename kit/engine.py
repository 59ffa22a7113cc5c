"""The embedded engine: a real Temporal server with its UI and its data in a folder, and the one that skips time."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import UpdateNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from kit.codec import KeyRing
from kit.engine_facts import Ports, engine_facts
from kit.ports import any_free, listens
from kit.problems import Problem
from kit.processes import Process, check_space, filled_up, last_words, program, spawn
from kit.temporal import data_converter

_HOST = "127.0.0.1"


def free_ports() -> Ports:
    """Ports that nobody has, whichever: engines that start at the same moment do not run for the same ones."""
    return Ports.model_validate({name: any_free() for name in Ports.model_fields})


class Engine:
    """One development server on one database file; what it holds survives `kill` and `stop`."""

    def __init__(
        self,
        folder: Path,
        ports: Ports,
        *,
        ui_codec_url: str = "",
        headless: bool = False,
        log: Path | None = None,
        mark: Mapping[str, str] | None = None,
    ) -> None:
        """`mark` is added to its environment, so that it can be recognised later."""
        self.folder = folder.absolute()
        self.ports = ports
        self.log = log or self.folder / "engine.log"
        self._environment = {**os.environ, **(mark or {})}
        self._ui_codec_url = ui_codec_url
        self._headless = headless
        self._process: Process | None = None

    @property
    def address(self) -> str:
        return f"{_HOST}:{self.ports.frontend}"

    @property
    def ui_url(self) -> str:
        return f"http://{_HOST}:{self.ports.ui}"

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.running

    @property
    def process(self) -> Process | None:
        return self._process

    async def start(self, within: float = 60) -> None:
        """Starts it and waits until namespace and search attributes are there. Raises Problem."""
        database = self.folder / engine_facts().database.name
        self.folder.mkdir(parents=True, exist_ok=True)
        check_space(self.folder)
        self._process = spawn(
            [program("temporal"), *self._arguments(database)], self.log, env=self._environment
        )
        deadline = asyncio.get_running_loop().time() + within
        while not (listens(self.pid, self.ports.frontend) and await self._ready()):
            if not self.running or asyncio.get_running_loop().time() > deadline:
                await self.kill()
                raise self._failure()
            await asyncio.sleep(0.05)

    async def stop(self) -> None:
        if self._process is not None:
            await self._process.stop(within=15)

    async def kill(self) -> None:
        """kill -9 of the engine, for tests of what follows."""
        if self._process is not None:
            await self._process.kill()

    async def client(self, keys: KeyRing) -> Client:
        """A client with this program's data converter."""
        return await Client.connect(
            self.address, namespace=engine_facts().namespace, data_converter=data_converter(keys)
        )

    def _arguments(self, database: Path) -> list[str]:
        facts = engine_facts()
        arguments = ["server", "start-dev", "--ip", _HOST, "--namespace", facts.namespace]
        arguments += ["--db-filename", str(database), "--log-level", "warn", "--color", "never"]
        arguments += ["--port", str(self.ports.frontend), "--http-port", str(self.ports.http)]
        arguments += ["--metrics-port", str(self.ports.metrics)]
        for name, kind in facts.search_attributes.items():
            arguments += ["--search-attribute", f"{name}={kind}"]
        if self._headless:
            return [*arguments, "--headless"]
        arguments += ["--ui-port", str(self.ports.ui), "--ui-disable-news-fetch"]
        return [*arguments, "--ui-codec-endpoint", self._ui_codec_url] if self._ui_codec_url else arguments

    async def _ready(self) -> bool:
        facts = engine_facts()
        try:
            client = await Client.connect(self.address, namespace=facts.namespace)
            listed = await client.operator_service.list_search_attributes(
                ListSearchAttributesRequest(namespace=facts.namespace)
            )
            if not set(facts.search_attributes) <= set(listed.custom_attributes):
                return False
            await client.workflow_service.update_namespace(
                UpdateNamespaceRequest(
                    namespace=facts.namespace,
                    config=NamespaceConfig(
                        workflow_execution_retention_ttl=Duration(
                            seconds=int(facts.retention.total_seconds())
                        )
                    ),
                )
            )
        except (RPCError, RuntimeError):
            return False
        return True

    def _failure(self) -> Problem:
        words = last_words(self.log)
        if filled_up(last_words(self.log, lines=20)):
            return Problem("disk_full_now", program="Temporal", log=self.log)
        return Problem("engine_failed", detail=words or "?", log=self.log)


@asynccontextmanager
async def dev_engine(folder: Path) -> AsyncIterator[Engine]:
    """A real engine, without UI and on ports of its own, for the time of the block; its data stay in the folder."""
    engine = Engine(folder, free_ports(), headless=True)
    await engine.start()
    try:
        yield engine
    finally:
        await engine.stop()


@asynccontextmanager
async def time_skipping_engine(keys: KeyRing) -> AsyncIterator[WorkflowEnvironment]:
    """The engine on which weeks pass in seconds (GEN-17), with this program's data converter."""
    environment = await WorkflowEnvironment.start_time_skipping(
        test_server_existing_path=program("temporal-test-server"), data_converter=data_converter(keys)
    )
    async with environment:
        kinds = {
            name: IndexedValueType.Value(f"INDEXED_VALUE_TYPE_{re.sub('(?<!^)(?=[A-Z])', '_', kind).upper()}")
            for name, kind in engine_facts().search_attributes.items()
        }
        await environment.client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace=environment.client.namespace, search_attributes=kinds)
        )
        yield environment
