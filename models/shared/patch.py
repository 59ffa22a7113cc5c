"""RFC 7396 merge patches between two JSON objects.

A case crosses the engine as the change of each step, not as the whole state (PERF-3), and an answer given
once can be given again by folding the patches up to its revision (GEN-03, idempotency).
"""

from typing import Any

JsonObject = dict[str, Any]


def diff(old: JsonObject, new: JsonObject) -> JsonObject:
    """The smallest merge patch that turns `old` into `new`. Values must not be null: a null deletes."""
    patch: JsonObject = {key: None for key in old if key not in new}
    for key, value in new.items():
        before = old.get(key)
        if isinstance(before, dict) and isinstance(value, dict):
            inner = diff(before, value)
            if inner:
                patch[key] = inner
        elif key not in old or before != value:
            patch[key] = value
    return patch


def merge(target: JsonObject, patch: JsonObject) -> JsonObject:
    """`target` with `patch` applied; neither is changed."""
    merged = dict(target)
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict):
            before = merged.get(key)
            merged[key] = merge(before if isinstance(before, dict) else {}, value)
        else:
            merged[key] = value
    return merged
