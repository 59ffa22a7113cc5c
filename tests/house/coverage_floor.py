"""Every rule module is covered above its floor, branches included: `python -m tests.house.coverage_floor`, after the tests."""

import json
import sys
import tempfile
from pathlib import Path

from coverage import Coverage

FLOOR = 95.0
"""Percent of lines and branches of each module of `models`."""
NOT_RULES = ["models/migrations/*", "models/*store.py"]
"""What a generator writes, and what is SQL: that is proved against a real database."""


def below() -> dict[str, float]:
    """The modules under the floor, by what the last run of the tests measured."""
    measured = Coverage()
    measured.load()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        measured.json_report(outfile=str(report), include=["models/*"], omit=NOT_RULES)
        files = json.loads(report.read_text())["files"]
    return {
        name: found["summary"]["percent_covered"]
        for name, found in files.items()
        if found["summary"]["percent_covered"] < FLOOR
    }


if __name__ == "__main__":
    found = below()
    for name, percent in sorted(found.items()):
        sys.stderr.write(f"{name}: {percent:.1f} % of {FLOOR:g} %\n")
    sys.exit(1 if found else 0)
