"""What the Temporal UI can filter by (GEN-09). No personal data: ids, codes and times only (GEN-15)."""

from typing import Any

from temporalio import workflow
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

with workflow.unsafe.imports_passed_through():
    from models.shared.case import Columns

PROCESS = SearchAttributeKey.for_keyword("PvProcess")
STATE = SearchAttributeKey.for_keyword("PvState")
PRIORITY = SearchAttributeKey.for_keyword("PvPriority")
CLIENT = SearchAttributeKey.for_keyword("PvClient")
DEVICE = SearchAttributeKey.for_keyword("PvDevice")
ASSIGNEE = SearchAttributeKey.for_keyword("PvAssignee")
WAITING_FOR = SearchAttributeKey.for_keyword("PvWaitingFor")
LEVEL = SearchAttributeKey.for_int("PvEscalationLevel")
BREACHED = SearchAttributeKey.for_bool("PvSlaBreached")
DEADLINE = SearchAttributeKey.for_datetime("PvNextDeadline")


def attributes(room: str, columns: Columns) -> TypedSearchAttributes:
    """The search attributes of a case; what is empty is left out."""
    values: list[tuple[SearchAttributeKey[Any], Any]] = [
        (PROCESS, room),
        (STATE, columns.state),
        (PRIORITY, columns.priority),
        (CLIENT, columns.client),
        (DEVICE, columns.device),
        (ASSIGNEE, columns.assignee),
        (WAITING_FOR, columns.waiting_for),
        (LEVEL, columns.escalation_level),
        (BREACHED, columns.sla_breached),
        (DEADLINE, columns.next_deadline),
    ]
    return TypedSearchAttributes(
        [SearchAttributePair(key, value) for key, value in values if value not in ("", None)]
    )


def show(wanted: TypedSearchAttributes) -> None:
    """Bring the workflow's search attributes up to date, in one event, and only when its state changed.

    A deadline that moves alone is no event: it is shown with the next change of state (PERF-3).
    """
    shown = workflow.info().typed_search_attributes
    keys = {pair.key.name: pair.key for pair in (*shown.search_attributes, *wanted.search_attributes)}
    changed = [key for _, key in sorted(keys.items()) if shown.get(key) != wanted.get(key)]
    if any(key.name != DEADLINE.name for key in changed):
        workflow.upsert_search_attributes(
            [
                key.value_unset() if (value := wanted.get(key)) is None else key.value_set(value)
                for key in changed
            ]
        )
