"""Everything that crosses a real engine does so encrypted, and refusals arrive whole (GEN-04, GEN-15)."""

import uuid
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload
from temporalio.client import Client, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.common import RawValue
from temporalio.converter import DataConverter, WorkflowSerializationContext
from temporalio.worker import Replayer, Worker

from kit.codec import KeyRing, new_key
from kit.engine import Engine, dev_engine
from kit.failures import domain_error
from kit.temporal import data_converter
from models.shared.errors import DomainError, GateNotMet, NotNow
from tests.kit.room import (
    FAULTS,
    QUEUE,
    ChildWorkflow,
    ListenerWorkflow,
    Person,
    PlumbingWorkflow,
    greet,
    refuse,
)

WORKFLOWS = (PlumbingWorkflow, ChildWorkflow, ListenerWorkflow)
MARIA = Person(name="María Fernanda")


@pytest_asyncio.fixture(scope="module")
async def engine(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Engine]:
    async with dev_engine(tmp_path_factory.mktemp("engine")) as running:
        yield running


@pytest_asyncio.fixture(scope="module")
async def client(engine: Engine, keys: KeyRing) -> AsyncIterator[Client]:
    connected = await engine.client(keys)
    async with Worker(connected, task_queue=QUEUE, workflows=WORKFLOWS, activities=[greet, refuse]):
        yield connected


async def _started(client: Client, person: Person = MARIA) -> WorkflowHandle[PlumbingWorkflow, str]:
    return await client.start_workflow(
        PlumbingWorkflow.run,
        person,
        id=f"T-{uuid.uuid4()}",
        task_queue=QUEUE,
        memo={"quien": person.name},
        static_summary=f"Caso de {person.name}",
        static_details=f"Detalle de {person.name}",
    )


def _payloads(message: Message) -> Iterator[Payload]:
    """Every payload anywhere in a message."""
    if isinstance(message, Payload):
        yield message
        return
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        if field.message_type.GetOptions().map_entry:
            inner = [item for item in value.values() if isinstance(item, Message)]
        else:
            inner = list(value) if field.is_repeated else [value]
        for item in inner:
            yield from _payloads(item)


@pytest.mark.req("GEN-15")
async def test_arguments_answers_signals_queries_memos_and_children_cross_encrypted(client: Client) -> None:
    listener = await client.start_workflow(ListenerWorkflow.run, id="listener", task_queue=QUEUE)
    case = await _started(client, MARIA.model_copy(update={"rounds": 2}))
    answer = await case.execute_update(PlumbingWorkflow.talk, MARIA)
    assert answer == "Hola, María Fernanda; Hola, María Fernanda; hija de María Fernanda"
    assert await case.query(PlumbingWorkflow.who, "Es ") == "Es María Fernanda"
    await case.signal(PlumbingWorkflow.end, Person(name="María Luisa"))
    assert await case.result() == "María Luisa"
    described = await case.describe()
    assert await described.memo() == {"quien": "María Fernanda", "nota": "María Fernanda"}
    assert await listener.result() == "María Fernanda"
    for handle in (case, listener, client.get_workflow_handle(f"{case.id}/child")):
        history = await handle.fetch_history()
        for event in history.events:
            assert "María".encode() not in event.SerializeToString()
            if event.HasField("marker_recorded_event_attributes"):  # a local activity: the SDK's book-keeping
                event.marker_recorded_event_attributes.details.pop("data", None)
            in_the_clear = [
                (event.event_type, dict(payload.metadata), payload.data)
                for payload in _payloads(event)
                if "type" not in payload.metadata
                and payload.metadata["encoding"] not in (b"json/protobuf", b"binary/encrypted")
            ]
            assert in_the_clear == []


@pytest.mark.req("GEN-15")
async def test_a_payload_put_into_another_case_is_not_taken(client: Client, keys: KeyRing) -> None:
    """Somebody with access to the engine copies what one case was told into another one."""
    one, other = await _started(client), await _started(client, Person(name="Otro"))
    stolen = data_converter(keys).with_context(_context(one.id))
    payload = (await stolen.encode([MARIA]))[0]
    raw = await Client.connect(client.service_client.config.target_host, namespace=client.namespace)
    await raw.get_workflow_handle(other.id).signal("end", RawValue(payload))
    async for event in other.fetch_history_events(wait_new_event=True):
        if event.HasField("workflow_task_failed_event_attributes"):
            failure = await client.data_converter.decode_failure(
                event.workflow_task_failed_event_attributes.failure
            )
            assert f"a payload of workflow {one.id!r} was found in workflow {other.id!r}" in str(failure)
            break
    await one.terminate()
    await other.terminate()


def _context(folio: str) -> WorkflowSerializationContext:
    return WorkflowSerializationContext(namespace="postventa", workflow_id=folio)


@pytest.mark.req("GEN-04")
@pytest.mark.parametrize("where", ["handler", "activity", "child"])
async def test_a_refusal_in_a_handler_an_activity_or_a_child_arrives_whole(
    client: Client, where: str
) -> None:
    case = await _started(client)
    with pytest.raises(WorkflowUpdateFailedError) as failed:
        await case.execute_update(PlumbingWorkflow.fail, where)
    refusal = domain_error(failed.value)
    if where == "activity":
        assert isinstance(refusal, NotNow)
        assert (refusal.code, refusal.message) == ("closed_case", "María Fernanda no puede ahora")
    else:
        assert isinstance(refusal, GateNotMet)
        assert (refusal.code, refusal.message, refusal.faults) == ("gate_not_met", "Faltan datos", FAULTS)
    history = await case.fetch_history()
    assert "María".encode() not in b"".join(event.SerializeToString() for event in history.events)
    await case.terminate()


@pytest.mark.req("GEN-04")
async def test_a_refusal_in_a_validator_arrives_whole_and_leaves_no_event(client: Client) -> None:
    case = await _started(client)
    await case.query(PlumbingWorkflow.who, "")
    before = len((await case.fetch_history()).events)
    with pytest.raises(WorkflowUpdateFailedError) as failed:
        await case.execute_update(PlumbingWorkflow.talk, Person(name="ocupado"))
    refusal = domain_error(failed.value)
    assert isinstance(refusal, NotNow)
    assert (refusal.code, refusal.message, refusal.faults) == ("busy", "Está ocupado", FAULTS)
    assert len((await case.fetch_history()).events) == before
    await case.terminate()


async def test_what_is_not_a_refusal_is_not_taken_for_one() -> None:
    assert domain_error(RuntimeError("x")) is None
    assert domain_error(None) is None
    own = DomainError("propio")
    wrapped = RuntimeError("x")
    wrapped.__cause__ = own
    assert domain_error(wrapped) is own


@pytest.mark.req("GEN-15", "GEN-16")
async def test_an_encrypted_history_replays_with_its_keys_and_not_without(
    client: Client, keys: KeyRing
) -> None:
    case = await _started(client)
    assert await (await case.describe()).static_summary() == "Caso de María Fernanda"
    await case.signal(PlumbingWorkflow.end, MARIA)
    await case.result()
    history = await case.fetch_history()

    async def replay(converter: DataConverter) -> None:
        await Replayer(workflows=WORKFLOWS, data_converter=converter).replay_workflow(history)

    await replay(data_converter(keys))
    with pytest.raises(Exception, match="CodecError"):
        await replay(data_converter(KeyRing.parse(new_key("another"))))
