"""Recorded histories as people read them: decrypted, one event a line, and back again for the replayer (GEN-16).

`python -m tests.ticket.golden` replays every recorded history of every release; it fails when one does not replay.
"""

import asyncio
import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.client import Client, WorkflowHistory
from temporalio.converter import DataConverter, WorkflowSerializationContext
from temporalio.worker import Replayer

from kit.failures import DomainFailureConverter
from kit.payloads import DurableConverter
from workers.ticket import WORKFLOWS

HISTORIES = Path(__file__).parent / "histories"
"""One folder per release."""
PLAIN = DataConverter(
    payload_converter_class=DurableConverter, failure_converter_class=DomainFailureConverter
)
"""This program's data converter without the encryption: what is recorded can be read."""

_NOISE = (
    "identity",
    "requestId",
    "binaryChecksum",
    "workerVersion",
    "sdkMetadata",
    "meteringMetadata",
    "taskId",
)
"""What says only where and by whom it was recorded."""
_JSON = {"encoding": base64.b64encode(b"json/plain").decode()}

Json = Any
Change = Callable[[Json], Json]


async def plain(client: Client, history: WorkflowHistory) -> Json:
    """A history as it is stored: decrypted, and without what says only where it was recorded."""
    written = json.loads(history.to_json())
    codec = client.data_converter.with_context(
        WorkflowSerializationContext(client.namespace, history.workflow_id)
    ).payload_codec
    assert codec is not None
    sealed = [one for one in _payloads(written) if _metadata(one).get("encoding") == b"binary/encrypted"]
    opened = await codec.decode([_payload(one) for one in sealed])
    for one, payload in zip(sealed, opened, strict=True):
        one.clear()
        one |= {"metadata": {k: base64.b64encode(v).decode() for k, v in payload.metadata.items()}}
        one["data"] = base64.b64encode(payload.data).decode()
    return {"workflow_id": history.workflow_id, "events": _everywhere(written["events"], _readable)}


def load(path: Path) -> WorkflowHistory:
    """A stored history, as the replayer takes it."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    return WorkflowHistory.from_json(
        stored["workflow_id"], {"events": _everywhere(stored["events"], _as_engine)}
    )


def save(path: Path, stored: Json) -> None:
    """One event a line, so that a person can read it and a change of it is seen."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(json.dumps(event, ensure_ascii=False) for event in stored["events"])
    text = f'{{"workflow_id": "{stored["workflow_id"]}", "events": [\n{lines}\n]}}\n'
    path.write_text(text, encoding="utf-8")


def recorded() -> list[Path]:
    """Every recorded history, oldest release first."""
    return sorted(HISTORIES.glob("*/*.json"))


def commands(history: WorkflowHistory) -> list[str]:
    """The fingerprint of a workflow's code: what it asked the engine for, in order, without when and how long."""
    return [line for event in history.events if (line := _command(event))]


async def replay(history: WorkflowHistory) -> None:
    """Raises what the SDK raises when today's code would not have done what this history says."""
    await Replayer(workflows=WORKFLOWS, data_converter=PLAIN).replay_workflow(history)


def _command(event: Any) -> str:
    kind = str(event.WhichOneof("attributes")).removesuffix("_event_attributes")
    said = getattr(event, event.WhichOneof("attributes"))
    match kind:
        case "activity_task_scheduled":
            return f"{said.activity_type.name} {_summary(event)}"
        case "upsert_workflow_search_attributes":
            return "show " + " ".join(sorted(said.search_attributes.indexed_fields))
        case "workflow_execution_update_accepted":
            return f"accept {said.accepted_request.input.name}"
        case "workflow_execution_continued_as_new" | "workflow_execution_completed" | "timer_started":
            return kind
    return ""


def _summary(event: Any) -> str:
    data = event.user_metadata.summary.data
    return str(json.loads(data)) if data else ""


def _payloads(found: Json) -> Iterator[Json]:
    if isinstance(found, dict):
        if "encoding" in found.get("metadata", {}):
            yield found
            return
        found = list(found.values())
    if isinstance(found, list):
        for one in found:
            yield from _payloads(one)


def _metadata(payload: Json) -> dict[str, bytes]:
    return {name: base64.b64decode(value) for name, value in payload["metadata"].items()}


def _payload(payload: Json) -> Payload:
    return Payload(metadata=_metadata(payload), data=base64.b64decode(payload.get("data", "")))


def _everywhere(found: Json, change: Change) -> Json:
    """`found` with `change` made to every object in it, from outside in."""
    if isinstance(found, dict):
        changed = change(found)
        if changed is not found:
            return changed
        return {name: _everywhere(one, change) for name, one in found.items() if name not in _NOISE}
    return [_everywhere(one, change) for one in found] if isinstance(found, list) else found


def _readable(found: Json) -> Json:
    """A payload of JSON as that JSON, with its other metadata beside it; a worker's own queue without its name."""
    if found.get("kind") == "TASK_QUEUE_KIND_STICKY":
        return {**found, "name": "sticky"}
    if "encoding" not in found.get("metadata", {}):
        return found
    metadata = _metadata(found)
    if metadata.pop("encoding") == b"binary/null":
        return {"_null": True}
    beside = {name: value.decode() for name, value in metadata.items()}
    return {"_json": json.loads(base64.b64decode(found["data"])), **beside}


def _as_engine(found: Json) -> Json:
    if "_null" in found:
        return {"metadata": {"encoding": base64.b64encode(b"binary/null").decode()}}
    if "_json" not in found:
        return found
    metadata = {
        name: base64.b64encode(one.encode()).decode() for name, one in found.items() if name != "_json"
    }
    data = json.dumps(found["_json"], ensure_ascii=False).encode()
    return {"metadata": _JSON | metadata, "data": base64.b64encode(data).decode()}


async def _replay_all() -> None:
    for path in recorded():
        await replay(load(path))


if __name__ == "__main__":
    asyncio.run(_replay_all())
