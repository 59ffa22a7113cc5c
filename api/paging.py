"""Lists in pages: `limit`, an opaque `cursor`, `sort`. The page after a row is the same whatever came in between."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Query
from sqlalchemy import ColumnElement, Select, literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from api.texts import ES, sentence
from models.shared.errors import Fault, Invalid

R = TypeVar("R")
Column = ColumnElement[Any] | InstrumentedAttribute[Any]
Limit = Annotated[int, Query(ge=1, le=200, description="At most so many entries", examples=[50])]
Cursor = Annotated[
    str | None,
    Query(max_length=1000, description="`next_cursor` of the page before", examples=["WyJvcGVuZWRf…"]),
]


@dataclass(frozen=True)
class Page:
    """One page asked for. `sort` is a field's name, `after` the sort value and id of the last row seen."""

    limit: int
    sort: str
    descending: bool
    after: tuple[Any, str] | None

    def window(self, query: Select[Any], column: Column, tie: Column) -> Select[Any]:
        """The rows of this page and one more, in order. Neither column may be null; `tie` is unique."""
        if self.after is not None:
            bound = tuple_(literal(self.after[0], column.type), literal(self.after[1], tie.type))
            here = tuple_(column, tie)
            query = query.where(here < bound if self.descending else here > bound)
        order = (column.desc(), tie.desc()) if self.descending else (column.asc(), tie.asc())
        return query.order_by(*order).limit(self.limit + 1)

    def cut(self, rows: Sequence[R], place: Callable[[R], tuple[Any, str]]) -> tuple[Sequence[R], str | None]:
        """The page's rows, and the cursor of the next page if there is one. `place` gives a row's sort value and id."""
        if len(rows) <= self.limit:
            return rows, None
        kept = rows[: self.limit]
        return kept, _write(self._name, *place(kept[-1]))

    @property
    def _name(self) -> str:
        return f"-{self.sort}" if self.descending else self.sort


def paged(*sorts: str) -> Callable[..., Page]:
    """A dependency that reads the page asked for; `sorts` are the allowed orders, the first one by default.

    A minus in front means descending: `-opened_at`. Every name allows both directions.
    """
    names = [sort.removeprefix("-") for sort in sorts]

    def page(
        limit: Limit = 50,
        cursor: Cursor = None,
        sort: Annotated[str, Query(description=f"One of {', '.join(names)}; - in front: descending")] = sorts[
            0
        ],
    ) -> Page:
        name = sort.removeprefix("-")
        if name not in names:
            raise _refusal("bad_sort", "sort", allowed=", ".join(names))
        after = None if cursor is None else _read(cursor, sort)
        return Page(limit, name, sort.startswith("-"), after)

    return page


def Paged(*sorts: str) -> Any:  # noqa: N802  (stands beside Depends and Query in an annotation)
    """`Annotated[Page, Paged("-opened_at", …)]`: the page asked for, see `paged`."""
    return Depends(paged(*sorts))


def _write(sort: str, value: Any, tie: str) -> str:
    said = {"t": value.isoformat()} if isinstance(value, datetime) else value
    raw = json.dumps([sort, said, tie], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _read(cursor: str, sort: str) -> tuple[Any, str]:
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        found, value, tie = json.loads(raw)
        if isinstance(value, dict):
            value = datetime.fromisoformat(value["t"])
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise _refusal("bad_cursor", "cursor") from error
    if found != sort or not isinstance(tie, str) or isinstance(value, list) or value is None:
        raise _refusal("bad_cursor", "cursor")
    return value, tie


def _refusal(code: str, path: str, **places: object) -> Invalid:
    message = sentence(code, ES, **places)
    return Invalid(message, code=code, faults=(Fault(code=code, message=message, path=path),))
