"""`temporal-dev.yaml`, typed: the development engine's facts, read by the launcher, the workers and the tests."""

import re
from datetime import timedelta
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

from pydantic import field_validator
from ruamel.yaml import YAML

from models.shared.message import Strict

ROOT = Path(__file__).resolve().parents[1]
IndexedType = Literal["Keyword", "Int", "Bool", "Datetime", "Text", "Double", "KeywordList"]


class Ports(Strict):
    frontend: int
    ui: int
    http: int
    metrics: int


class EngineFacts(Strict):
    """What the engine must offer: one namespace, search attributes without personal data, a queue per process."""

    namespace: str
    ports: Ports
    database: Path
    retention: timedelta
    codec_path: str
    search_attributes: dict[str, IndexedType]
    task_queues: tuple[str, ...]
    deployment: str
    schedules: tuple[dict[str, Any], ...] = ()

    @field_validator("retention", mode="before")
    @classmethod
    def _days(cls, value: object) -> object:
        """`30d` as people write it."""
        days = re.fullmatch(r"(\d+)d", str(value))
        return timedelta(days=int(days[1])) if days else value


@cache
def engine_facts() -> EngineFacts:
    return EngineFacts.model_validate(YAML(typ="safe").load(ROOT / "temporal-dev.yaml"))


def release() -> str:
    """The installed release of this program."""
    return metadata.version("postventa")
