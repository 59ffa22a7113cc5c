"""Reading master data as people keep it: YAML, or CSV and XLSX with a table per file or sheet.

What is read is not judged here: every value stays as it was written (a price is never a float, a postcode keeps its
zero), and beside it is kept where it stood, so that an error can be found again.

In a table a nested field has a dotted column name (`fiscal.regime`, `tariff.counters.mono.included`), a list is
one cell with `;` between (`zones`), and tiers are written `10000:0.18;0.15`.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile

from openpyxl import load_workbook  # type: ignore[import-untyped]
from openpyxl.utils.exceptions import InvalidFileException  # type: ignore[import-untyped]
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from models.shared.errors import Fault, Invalid

_NULLS = ("", "~", "null", "Null", "NULL")
_LISTS = {"counters", "fits", "zones", "skills"}
_KINDS = (".yaml", ".yml", ".csv", ".xlsx")

REFUSED = "El archivo de datos maestros tiene errores"


class Source(NamedTuple):
    """A master data file as it was written. `places` says where each path stood: "línea 12"."""

    document: dict[str, Any]
    places: Mapping[str, str]


def read(path: Path) -> Source:
    """The tables of a file, or of all files of a folder; raises `Invalid` for what cannot be read at all."""
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    known = [file for file in files if file.suffix.lower() in _KINDS]
    if not known:
        raise _refused("no_file", f"no hay datos maestros en {path} (YAML, CSV o XLSX)", path.name)
    document: dict[str, Any] = {}
    places: dict[str, str] = {}
    for file in known:
        source = _one(file)
        for table in source.document.keys() & document.keys():
            raise _refused("table_twice", f"la tabla «{table}» aparece en dos archivos", table)
        document |= source.document
        prefix = f"{file.name}, " if len(known) > 1 else ""
        places |= {where: prefix + line for where, line in source.places.items()}
    return Source(document, places)


def _one(file: Path) -> Source:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise _refused("unreadable", f"no se puede leer {file}: {error.strerror}", file.name) from error
    match file.suffix.lower():
        case ".csv":
            return _tables({file.stem: _csv_rows(content)})
        case ".xlsx":
            return _tables(_sheets(content, file.name))
        case _:
            return _yaml(content, file.name)


def _refused(code: str, message: str, path: str) -> Invalid:
    return Invalid(REFUSED, faults=[Fault(code=code, message=message, path=path)])


# --- YAML --------------------------------------------------------------------------------------------------------


def _yaml(content: bytes, name: str) -> Source:
    try:
        root = YAML(typ="rt", pure=True).compose(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _refused("encoding", "el archivo no está en UTF-8", name) from error
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f" (línea {mark.line + 1})" if mark else ""
        raise _refused("yaml", f"no es YAML válido: {error.problem}{line}", name) from error
    except YAMLError as error:
        raise _refused("yaml", f"no es YAML válido: {error}", name) from error
    if root is None:
        return Source({}, {})
    if not isinstance(root, MappingNode):
        raise _refused("yaml", "se esperaban tablas con su nombre", name)
    places: dict[str, str] = {}
    return Source(_value(root, "", places), places)


def _value(node: Node, path: str, places: dict[str, str]) -> Any:
    places[path] = f"línea {node.start_mark.line + 1}"
    if isinstance(node, MappingNode):
        return _mapping(node, path, places)
    if isinstance(node, SequenceNode):
        return [_value(item, f"{path}[{index}]", places) for index, item in enumerate(node.value)]
    assert isinstance(node, ScalarNode)
    return None if node.style is None and node.value in _NULLS else str(node.value)


def _mapping(node: MappingNode, path: str, places: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        where = f"{path}.{key}" if path else key
        if key in found:
            line = key_node.start_mark.line + 1
            raise _refused("key_twice", f"«{key}» está dos veces (línea {line})", where)
        found[key] = _value(value_node, where, places)
    return found


# --- Tables ------------------------------------------------------------------------------------------------------

Line = tuple[int, list[Any]]
"""The number of a line, and its cells."""


def _csv_rows(content: bytes) -> Iterator[Line]:
    """UTF-8 with or without its mark, otherwise Latin-1; `;` or `,` as the heading has more of."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    heading = text.partition("\n")[0]
    delimiter = ";" if heading.count(";") > heading.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    for cells in reader:
        yield reader.line_num, [cell.strip() for cell in cells]


def _sheets(content: bytes, name: str) -> dict[str, Iterator[Line]]:
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except (InvalidFileException, BadZipFile, KeyError, OSError, ValueError) as error:
        raise _refused("xlsx", "no es un libro XLSX válido", name) from error
    return {sheet.title.strip(): _sheet_rows(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}


def _sheet_rows(rows: Iterable[Iterable[Any]]) -> Iterator[Line]:
    for number, cells in enumerate(rows, start=1):
        yield number, [_cell(cell) for cell in cells]


def _cell(value: Any) -> str:
    """A cell of a sheet as text: a whole number without its point, a day without its midnight."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return str(value.date()) if value.time().isoformat() == "00:00:00" else value.isoformat()
    return str(value).strip()


def _tables(tables: Mapping[str, Iterator[Line]]) -> Source:
    document: dict[str, Any] = {}
    places: dict[str, str] = {}
    for table, lines in tables.items():
        heading = next((cells for _, cells in lines if any(cells)), None)
        if heading is None:
            continue
        for name in {name for name in heading if name and heading.count(name) > 1}:
            raise _refused("column_twice", f"la columna «{name}» está dos veces", f"{table}.{name}")
        rows: list[dict[str, Any]] = []
        for number, cells in lines:
            if any(cells):
                places[f"{table}[{len(rows)}]"] = f"línea {number}"
                rows.append(_row(heading, cells))
        document[table] = rows
    return Source(document, places)


def _row(heading: list[str], cells: list[str]) -> dict[str, Any]:
    """One row: empty cells are not said, cells beyond the heading belong to a column without a name."""
    row: dict[str, Any] = {}
    names = chain(heading, [""] * (len(cells) - len(heading)))
    for name, cell in zip(names, cells, strict=False):
        if cell:
            *outer, last = name.split(".")
            into = row
            for step in outer:
                inner = into.setdefault(step, {})
                into = inner if isinstance(inner, dict) else {}
            into[last] = _list(last, cell) if last in _LISTS or last == "tiers" else cell
    return row


def _list(name: str, cell: str) -> list[Any]:
    items = [item.strip() for item in cell.split(";") if item.strip()]
    if name != "tiers":
        return list(items)
    return [_tier(item) for item in items]


def _tier(item: str) -> dict[str, str]:
    up_to, colon, price = item.rpartition(":")
    return {"up_to": up_to.strip(), "price": price.strip()} if colon else {"price": item}
