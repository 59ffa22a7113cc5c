"""How this program meets the engine: one data converter, one way to connect, one deployment of workers."""

import asyncio
import hashlib
import os
from datetime import timedelta
from functools import cache

from temporalio.api.workflowservice.v1 import (
    DescribeWorkerDeploymentRequest,
    SetWorkerDeploymentCurrentVersionRequest,
)
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.converter import DataConverter
from temporalio.envconfig import ClientConfig
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import WorkerDeploymentConfig

from kit.codec import EncryptionCodec, KeyRing, key_ring
from kit.engine_facts import ROOT, engine_facts, release
from kit.failures import DomainFailureConverter
from kit.payloads import DurableConverter
from kit.settings import Settings

_CODE = ("models", "workflows")


def data_converter(keys: KeyRing, namespace: str = "") -> DataConverter:
    """Pydantic values, encrypted, with refusals that survive. `namespace` is bound into every payload."""
    return DataConverter(
        payload_converter_class=DurableConverter,
        payload_codec=EncryptionCodec(keys, namespace or engine_facts().namespace),
        failure_converter_class=DomainFailureConverter,
    )


def own_engine() -> bool:
    """An engine of one's own was named in the SDK's standard configuration; otherwise the embedded one serves."""
    return bool(os.environ.get("TEMPORAL_ADDRESS") or os.environ.get("TEMPORAL_PROFILE"))


async def connect(settings: Settings, *, lazy: bool = False) -> Client:
    """A client of the configured engine. `lazy` answers at once, and the first call connects."""
    facts = engine_facts()
    config = ClientConfig.load_client_connect_config() if own_engine() else {}
    config.setdefault("target_host", f"127.0.0.1:{facts.ports.frontend}")
    config.setdefault("namespace", facts.namespace)
    return await Client.connect(
        **config, data_converter=data_converter(key_ring(settings), config["namespace"]), lazy=lazy
    )


@cache
def build_id() -> str:
    """The release and what its workflows and rules say: other code is another version (docs/adr/0001)."""
    digest = hashlib.sha256()
    for folder in _CODE:
        for path in sorted((ROOT / folder).rglob("*.py")):
            digest.update(f"{path.relative_to(ROOT).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return f"{release()}-{digest.hexdigest()[:12]}"


def worker_version() -> WorkerDeploymentVersion:
    return WorkerDeploymentVersion(deployment_name=engine_facts().deployment, build_id=build_id())


def deployment_config() -> WorkerDeploymentConfig:
    """Cases wait for weeks and follow the newest code, guarded by `patched` and golden histories (TCK-18)."""
    return WorkerDeploymentConfig(
        version=worker_version(),
        use_worker_versioning=True,
        default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    )


async def current_version(client: Client) -> str:
    """The build id that gets new work, or an empty string when none was ever made current."""
    try:
        answer = await client.workflow_service.describe_worker_deployment(
            DescribeWorkerDeploymentRequest(
                namespace=client.namespace, deployment_name=engine_facts().deployment
            )
        )
    except RPCError as error:
        if error.status == RPCStatusCode.NOT_FOUND:
            return ""
        raise
    return answer.worker_deployment_info.routing_config.current_deployment_version.build_id


async def make_current(client: Client, within: timedelta = timedelta(seconds=60)) -> None:
    """Gives this build the work. The engine knows a version only once a worker of it polls, so it is asked again.

    A versioned worker does nothing until then. Raises TimeoutError when no worker of this build shows up.
    """
    version = worker_version()
    request = SetWorkerDeploymentCurrentVersionRequest(
        namespace=client.namespace,
        deployment_name=version.deployment_name,
        build_id=version.build_id,
        identity=client.identity,
    )
    async with asyncio.timeout(within.total_seconds()):
        while True:
            try:
                await client.workflow_service.set_worker_deployment_current_version(request)
                return
            except RPCError as error:
                if error.status not in (RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION):
                    raise
            await asyncio.sleep(0.2)
