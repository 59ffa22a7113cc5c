"""The one base of everything that crosses a border: a frozen pydantic value."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """An immutable value. Unknown fields are ignored, so that an old run can meet a newer message."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Strict(BaseModel):
    """What comes from outside (files, bodies): immutable, and an unknown field is an error with its path."""

    model_config = ConfigDict(frozen=True, extra="forbid")
