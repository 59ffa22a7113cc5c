"""The dictionary of payloads: what was written with it, and before there was one, can be read for ever (GEN-15)."""

import hashlib
import zlib

import pytest
from temporalio.api.common.v1 import Payload

from kit import codec
from kit.words import WORDS

pytestmark = pytest.mark.req("GEN-15")

A_STEP = Payload(
    metadata={"encoding": b"json/plain"},
    data=b'{"folio":"T-2031-000007","revision":4,"at":"2031-03-03T15:04:00Z","verb":"note","patch":{"revision":4},'
    b'"events":[{"event":"noted","actor":{"user":"call_center","role":"call_center"},"detail":{"text":"Abren a las diez"}}]}',
)


def test_the_dictionary_is_the_one_that_histories_were_written_with() -> None:
    assert (
        hashlib.sha256(WORDS).hexdigest()
        == "8ce578086cf886932f017f03b66176ee7f2b22f3c69ff65616e5b70c1009595e"
    )


def test_a_step_is_paid_for_what_it_says_and_comes_back_whole() -> None:
    packed = codec._pack(A_STEP)
    assert len(packed) < len(A_STEP.data) / 2
    assert codec._unpack(packed) == A_STEP


def test_what_does_not_get_shorter_travels_as_it_is() -> None:
    noise = Payload(data=hashlib.sha512(b"noise").digest())
    packed = codec._pack(noise)
    assert packed[1:] == noise.SerializeToString()
    assert codec._unpack(packed) == noise


def test_what_was_written_before_there_was_a_dictionary_is_still_read() -> None:
    before = b"\x01" + zlib.compress(A_STEP.SerializeToString(), level=6, wbits=-15)
    assert codec._unpack(before) == A_STEP
