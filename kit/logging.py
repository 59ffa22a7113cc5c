"""What is logged: JSON in production, readable lines in development, never anything personal (GEN-15)."""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog
from structlog.typing import Processor

from kit.settings import Settings

PERSONAL = frozenset(
    [
        "address",
        "addresses",
        "body",
        "comment",
        "contact",
        "contacts",
        "email",
        "mail",
        "message",
        "name",
        "note",
        "password",
        "phone",
        "recipient",
        "rfc",
        "secret",
        "symptom",
        "synthesis",
        "text",
        "to",
        "token",
        "whatsapp",
    ]
)
"""Keys whose values say something of a person or open a door: their values are never written."""
_HIDDEN = "[personal]"
_NOISY = ("httpx", "httpcore", "mail.log", "uvicorn.access")


def configure_logging(settings: Settings) -> None:
    """Sends every log line of this process, ours and the libraries', through one chain to stderr."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_personal_data,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder(), without_personal_data],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_ending(settings)],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)


def _ending(settings: Settings) -> list[Processor]:
    """How a line is written. A stack never shows its variables: they hold what clients say (GEN-15)."""
    if settings.production:
        tracebacks = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        return [
            structlog.processors.ExceptionRenderer(tracebacks),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]


def without_personal_data(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Hides the value of every personal key, however deep it lies. A library's stack is left whole for who writes it."""
    for key in event:
        if key not in ("event", "exc_info"):
            event[key] = _HIDDEN if key.lower() in PERSONAL else _hidden_within(event[key])
    return event


def _hidden_within(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _HIDDEN if str(k).lower() in PERSONAL else _hidden_within(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_hidden_within(item) for item in value]
    return value


def bind(**facts: str) -> None:
    """Adds `folio=`, `workflow_id=` and the like to every line of this task from here on."""
    structlog.contextvars.bind_contextvars(**facts)
