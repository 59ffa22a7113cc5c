"""What crosses into a history survives releases: unknown fields are ignored there, and refused at the door."""

import pytest
from pydantic import ValidationError

from kit.payloads import DurableConverter
from models.shared.actor import Actor, Role
from models.shared.case import Request
from models.ticket.messages import AgreeVisit, Classify, Order

_ACTOR = Actor(user="call_center", role=Role.CALL_CENTER)
_REQUEST = Request(key="k", fingerprint="f")


@pytest.mark.req("GEN-16")
def test_a_message_with_a_field_of_a_later_release_is_read_all_the_same() -> None:
    converter = DurableConverter()
    order = Order[Classify](actor=_ACTOR, request=_REQUEST, body=Classify(type="user_error", priority="low"))
    (payload,) = converter.to_payloads([order])
    payload.data = payload.data.replace(b'"type":"user_error"', b'"type":"user_error","later":1')
    assert converter.from_payloads([payload], [Order[Classify]]) == [order]


@pytest.mark.req("GEN-13")
def test_the_same_field_at_the_door_is_an_error_with_its_path() -> None:
    with pytest.raises(ValidationError, match="later"):
        Classify.model_validate({"type": "user_error", "priority": "low", "later": 1})


def test_a_body_with_a_reserved_word_for_a_field_crosses_whole() -> None:
    converter = DurableConverter()
    body = AgreeVisit.model_validate({"from": "2031-03-04T10:00:00-06:00", "to": "2031-03-04T12:00:00-06:00"})
    order = Order[AgreeVisit](actor=_ACTOR, request=_REQUEST, body=body)
    payloads = converter.to_payloads([order])
    assert converter.from_payloads(payloads, [Order[AgreeVisit]]) == [order]
    assert b'"n":' not in payloads[0].data, "what equals its default is left out"
