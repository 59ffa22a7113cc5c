"""Payloads are encrypted before they reach the engine, and nothing in the clear is taken back (GEN-15).

A payload is AES-256-GCM over the whole original payload (compressed when that helps). Its metadata says which key
and which workflow it belongs to; both, the namespace and the codec's version are authenticated with it. So a payload
cannot be read without its key, altered, moved to another namespace, or moved to another workflow: the SDK tells
the codec for which workflow it decodes, and a payload made for another one is refused. A payload made without a
workflow (by the codec endpoint on behalf of the UI) is bound to the namespace alone.
"""

import base64
import binascii
import os
import re
import secrets
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec, SerializationContext, WithSerializationContext

from kit.problems import Problem
from kit.settings import Settings, made_once
from kit.words import WORDS

ENCODING = b"binary/encrypted"
VERSION = b"pv1"
_NONCE = 12
_PLAIN, _DEFLATED, _IN_OUR_WORDS = b"\x00", b"\x01", b"\x02"
"""How a payload was packed: as it is, deflated, deflated with our dictionary. All of them are read for ever."""
_SCHEDULED = re.compile(r"-\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$")


class CodecError(Exception):
    """A payload that cannot be trusted or read. The engine retries the task: nothing is decided upon it."""


class KeyRing:
    """Keys by id, one of them current: it encrypts, all of them decrypt. Rotation adds a key in front."""

    def __init__(self, keys: Mapping[str, bytes], current: str) -> None:
        if current not in keys:
            raise Problem("bad_keys", detail=f"no key {current!r}")
        if any(len(key) != 32 for key in keys.values()):
            raise Problem("bad_keys", detail="a key must have 32 bytes")
        self.current = current
        self._ciphers = {name: AESGCM(key) for name, key in keys.items()}

    def cipher(self, key_id: str) -> AESGCM:
        if key_id not in self._ciphers:
            raise CodecError(f"unknown encryption key {key_id!r}: it is not in this process's key ring")
        return self._ciphers[key_id]

    @classmethod
    def parse(cls, text: str) -> "KeyRing":
        """`id:base64` per line (or separated by commas), the current one first."""
        keys: dict[str, bytes] = {}
        for number, line in enumerate(filter(None, re.split(r"[\s,]+", text)), start=1):
            name, mark, encoded = line.partition(":")
            if not (mark and name):
                raise Problem("bad_keys", detail=f"entry {number} is not id:key")
            try:
                keys[name] = base64.b64decode(encoded, validate=True)
            except binascii.Error:
                raise Problem("bad_keys", detail=f"key {name!r} is not base64") from None
        if not keys:
            raise Problem("bad_keys", detail="it is empty")
        return cls(keys, next(iter(keys)))


def new_key(key_id: str) -> str:
    """One entry of a key ring, with a fresh random key."""
    return f"{key_id}:{base64.b64encode(secrets.token_bytes(32)).decode()}"


def key_ring(settings: Settings) -> KeyRing:
    """The key ring of the settings; in development one is made once under the data folder."""
    given = settings.codec_keys.get_secret_value()
    if given:
        return KeyRing.parse(given)
    if settings.codec_keys_file is not None:
        return KeyRing.parse(_read(settings.codec_keys_file))
    if settings.production:
        raise Problem("no_keys")
    return KeyRing.parse(made_once(settings.data / "secrets" / "codec-keys", new_key("dev1")))


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise Problem("bad_keys", detail=str(error)) from error


class EncryptionCodec(PayloadCodec, WithSerializationContext):
    """Encrypts in the calling thread: a payload of a kilobyte takes microseconds (PERF-9)."""

    def __init__(self, keys: KeyRing, namespace: str, workflow_id: str = "") -> None:
        self._keys = keys
        self._namespace = namespace
        self._workflow_id = workflow_id

    def with_context(self, context: SerializationContext) -> Self:
        """The same codec, for the payloads of one workflow (those of its activities included)."""
        workflow_id = getattr(context, "workflow_id", None) or ""
        if workflow_id == self._workflow_id:
            return self
        return type(self)(self._keys, self._namespace, workflow_id)

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._encrypt(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._decrypt(payload) for payload in payloads]

    def _encrypt(self, payload: Payload) -> Payload:
        key_id, scope = self._keys.current, self._workflow_id
        nonce = os.urandom(_NONCE)
        sealed = self._keys.cipher(key_id).encrypt(nonce, _pack(payload), self._associated(key_id, scope))
        metadata = {"encoding": ENCODING, "key": key_id.encode()}
        if scope:
            metadata["for"] = scope.encode()
        return Payload(metadata=metadata, data=nonce + sealed)

    def _decrypt(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != ENCODING:
            raise CodecError("a payload in the clear is refused: everything in a history is encrypted")
        key_id = payload.metadata.get("key", b"").decode(errors="replace")
        scope = payload.metadata.get("for", b"").decode(errors="replace")
        self._check_scope(scope)
        nonce, sealed = payload.data[:_NONCE], payload.data[_NONCE:]
        try:
            packed = self._keys.cipher(key_id).decrypt(nonce, sealed, self._associated(key_id, scope))
        except (InvalidTag, ValueError):
            raise CodecError(
                f"a payload of {scope or 'no workflow'!r} is not what was encrypted with key {key_id!r} "
                f"in namespace {self._namespace!r}: altered, damaged, or of another installation"
            ) from None
        return _unpack(packed)

    def _check_scope(self, scope: str) -> None:
        """A schedule encrypts under the id's fixed part, and the engine appends the time to it."""
        here = self._workflow_id
        if not (scope and here) or scope == here:
            return
        if _SCHEDULED.sub("", here) != scope:
            raise CodecError(f"a payload of workflow {scope!r} was found in workflow {here!r}")

    def _associated(self, key_id: str, scope: str) -> bytes:
        return _framed((VERSION, self._namespace.encode(), key_id.encode(), scope.encode()))


def _framed(parts: Iterable[bytes]) -> bytes:
    """Each part with its length, so that no two lists of parts read the same."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def _pack(payload: Payload) -> bytes:
    plain = payload.SerializeToString()
    deflating = zlib.compressobj(wbits=-15, zdict=WORDS)
    deflated = deflating.compress(plain) + deflating.flush()
    return _IN_OUR_WORDS + deflated if len(deflated) < len(plain) else _PLAIN + plain


def _unpack(packed: bytes) -> Payload:
    kind, body = packed[:1], packed[1:]
    if kind == _IN_OUR_WORDS:
        body = zlib.decompressobj(wbits=-15, zdict=WORDS).decompress(body)
    elif kind == _DEFLATED:
        body = zlib.decompress(body, wbits=-15)
    payload = Payload()
    payload.ParseFromString(body)
    return payload
