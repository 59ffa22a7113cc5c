"""How a value becomes JSON inside a history, and comes back in another release of this program.

What equals its default is left out (a history is paid by the byte, PERF-3), so a default never changes. What is not
known is ignored, also by the types that refuse it at the door: after a rollback, older code meets newer messages.
"""

from typing import Any

from pydantic import TypeAdapter
from pydantic_core import SchemaSerializer
from pydantic_core.core_schema import any_schema
from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import PydanticJSONPlainPayloadConverter
from temporalio.converter import CompositePayloadConverter, DefaultPayloadConverter, JSONPlainPayloadConverter


class DurableJSONConverter(PydanticJSONPlainPayloadConverter):
    _serializer = SchemaSerializer(any_schema())

    def to_payload(self, value: Any) -> Payload | None:
        data = self._serializer.to_json(value, by_alias=True, exclude_defaults=True)
        return Payload(metadata={"encoding": self.encoding.encode()}, data=data)

    def from_payload(self, payload: Payload, type_hint: type | None = None) -> Any:
        adapter: TypeAdapter[Any] = self._type_adapter(type_hint if type_hint is not None else Any)
        return adapter.validate_json(payload.data, extra="ignore")


class DurableConverter(CompositePayloadConverter):
    """The SDK's converters, with pydantic's JSON in place of the plain one."""

    def __init__(self) -> None:
        durable = DurableJSONConverter()
        super().__init__(
            *(
                durable if isinstance(one, JSONPlainPayloadConverter) else one
                for one in DefaultPayloadConverter.default_encoding_payload_converters
            )
        )
