"""What reaches the engine is encrypted, and nothing altered, moved or in the clear is taken back (GEN-15)."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from temporalio.api.common.v1 import Payload
from temporalio.converter import (
    ActivitySerializationContext,
    NexusSerializationContext,
    SerializationContext,
    WorkflowSerializationContext,
)

from kit.codec import CodecError, EncryptionCodec, KeyRing, key_ring, new_key
from kit.problems import Problem
from kit.settings import Settings

pytestmark = pytest.mark.req("GEN-15")

SECRET = b'{"name": "Mar\xc3\xada", "phone": "5512345678"}'


def _payload(data: bytes = SECRET) -> Payload:
    return Payload(metadata={"encoding": b"json/plain"}, data=data)


def _workflow(folio: str) -> SerializationContext:
    return WorkflowSerializationContext(namespace="anything", workflow_id=folio)


def _activity(folio: str) -> SerializationContext:
    return ActivitySerializationContext("anything", "1", "ticket.record", "ticket", folio, "Ticket", False)


def _codec(keys: KeyRing, folio: str = "", namespace: str = "postventa") -> EncryptionCodec:
    codec = EncryptionCodec(keys, namespace)
    return codec.with_context(_workflow(folio)) if folio else codec


async def _sealed(codec: EncryptionCodec, payload: Payload | None = None) -> Payload:
    [sealed] = await codec.encode([payload or _payload()])
    return sealed


@given(data=st.binary(max_size=5_000), encoding=st.binary(max_size=40))
async def test_every_payload_comes_back_as_it_was(data: bytes, encoding: bytes) -> None:
    codec = _codec(KeyRing.parse(new_key("k")), "T-2031-000001")
    payload = Payload(metadata={"encoding": encoding}, data=data)
    assert await codec.decode([await _sealed(codec, payload)]) == [payload]


async def test_nothing_personal_can_be_read_and_the_same_twice_looks_different(keys: KeyRing) -> None:
    codec = _codec(keys, "T-2031-000001")
    first, second = await codec.encode([_payload(), _payload()])
    assert first.data != second.data
    assert b"Mar" not in first.SerializeToString()
    assert set(first.metadata) == {"encoding", "key", "for"}


async def test_a_long_repetitive_payload_gets_shorter_and_a_short_one_grows_little(keys: KeyRing) -> None:
    codec = _codec(keys, "T-2031-000001")
    assert (await _sealed(codec, _payload(SECRET * 50))).ByteSize() < 400
    assert (await _sealed(codec)).ByteSize() < len(SECRET) + 160


async def test_a_payload_in_the_clear_is_refused(keys: KeyRing) -> None:
    with pytest.raises(CodecError, match="in the clear"):
        await _codec(keys).decode([_payload()])


async def test_an_activity_reads_what_its_workflow_wrote_and_the_other_way_round(keys: KeyRing) -> None:
    workflow = _codec(keys, "T-2031-000001")
    activity = EncryptionCodec(keys, "postventa").with_context(_activity("T-2031-000001"))
    assert await activity.decode([await _sealed(workflow)]) == [_payload()]
    assert await workflow.decode([await _sealed(activity)]) == [_payload()]


async def test_a_payload_moved_to_another_case_is_refused(keys: KeyRing) -> None:
    sealed = await _sealed(_codec(keys, "T-2031-000001"))
    with pytest.raises(CodecError, match=r"T-2031-000001.*found in.*T-2031-000002"):
        await _codec(keys, "T-2031-000002").decode([sealed])


async def test_a_payload_relabelled_as_another_cases_is_refused(keys: KeyRing) -> None:
    sealed = await _sealed(_codec(keys, "T-2031-000001"))
    sealed.metadata["for"] = b"T-2031-000002"
    with pytest.raises(CodecError, match="not what was encrypted"):
        await _codec(keys, "T-2031-000002").decode([sealed])
    del sealed.metadata["for"]
    with pytest.raises(CodecError, match="not what was encrypted"):
        await _codec(keys, "T-2031-000002").decode([sealed])


async def test_a_scheduled_run_reads_what_its_schedule_was_given_and_no_other(keys: KeyRing) -> None:
    sealed = await _sealed(_codec(keys, "billing"))
    started = _codec(keys, "billing-2031-03-03T09:00:00Z")
    assert await started.decode([sealed]) == [_payload()]
    with pytest.raises(CodecError, match="found in"):
        await _codec(keys, "billing-of-somebody").decode([sealed])


async def test_the_codec_endpoint_reads_every_case_and_what_it_writes_every_case_reads(keys: KeyRing) -> None:
    endpoint = _codec(keys)
    assert await endpoint.decode([await _sealed(_codec(keys, "T-2031-000001"))]) == [_payload()]
    assert await _codec(keys, "T-2031-000001").decode([await _sealed(endpoint)]) == [_payload()]
    assert endpoint.with_context(NexusSerializationContext("e", "s", "o")) is endpoint


async def test_a_payload_of_another_installation_is_refused(keys: KeyRing) -> None:
    sealed = await _sealed(_codec(keys, namespace="staging"))
    with pytest.raises(CodecError, match="another installation"):
        await _codec(keys).decode([sealed])


@given(position=st.integers(min_value=0), flip=st.integers(min_value=1, max_value=255))
async def test_one_changed_byte_is_noticed(position: int, flip: int) -> None:
    codec = _codec(KeyRing.parse(new_key("k")), "T-2031-000001")
    sealed = await _sealed(codec)
    data = bytearray(sealed.data)
    data[position % len(data)] ^= flip
    with pytest.raises(CodecError, match="altered"):
        await codec.decode([Payload(metadata=sealed.metadata, data=bytes(data))])


async def test_a_truncated_payload_is_noticed(keys: KeyRing) -> None:
    sealed = await _sealed(_codec(keys))
    for length in (0, 5, 12, 20):
        with pytest.raises(CodecError, match="altered"):
            await _codec(keys).decode([Payload(metadata=sealed.metadata, data=sealed.data[:length])])


async def test_after_a_rotation_old_payloads_are_read_and_new_ones_use_the_new_key() -> None:
    old, new = new_key("2031a"), new_key("2031b")
    before, after = KeyRing.parse(old), KeyRing.parse(f"{new}\n{old}")
    sealed = await _sealed(_codec(before))
    assert await _codec(after).decode([sealed]) == [_payload()]
    assert (await _sealed(_codec(after))).metadata["key"] == b"2031b"
    with pytest.raises(CodecError, match="unknown encryption key '2031b'"):
        await _codec(before).decode([await _sealed(_codec(after))])


@pytest.mark.parametrize("text", ["", "  \n", "abc", ":abc", "k:?!", "k:YWJj"])
def test_a_key_ring_that_cannot_be_read_says_so(text: str) -> None:
    with pytest.raises(Problem) as found:
        KeyRing.parse(text)
    assert found.value.code == "bad_keys"


def test_development_makes_its_key_ring_once_and_nobody_else_can_read_it(
    tmp_path: Path,
) -> None:
    settings = Settings(data=tmp_path)
    key_ring(settings)
    made = (tmp_path / "secrets" / "codec-keys").read_text()
    key_ring(settings)
    assert (tmp_path / "secrets" / "codec-keys").read_text() == made
    assert (tmp_path / "secrets" / "codec-keys").stat().st_mode & 0o077 == 0
    assert settings.signing_secret() == Settings(data=tmp_path).signing_secret()


def test_production_without_its_secrets_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("POSTVENTA_CODEC_KEYS", "POSTVENTA_CODEC_KEYS_FILE", "POSTVENTA_JWT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    settings = Settings(environment="production")
    with pytest.raises(Problem) as keys_missing:
        key_ring(settings)
    with pytest.raises(Problem) as secret_missing:
        settings.signing_secret()
    assert (keys_missing.value.code, secret_missing.value.code) == ("no_keys", "no_jwt_secret")


def test_production_takes_its_keys_from_the_environment_or_a_file(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text(f"{new_key('b')}\n{new_key('a')}\n")
    assert key_ring(Settings(environment="production", codec_keys_file=path)).current == "b"
    assert key_ring(Settings(environment="production", codec_keys=SecretStr(new_key("c")))).current == "c"
    with pytest.raises(Problem, match="missing"):
        key_ring(Settings(environment="production", codec_keys_file=path.with_name("missing")))
