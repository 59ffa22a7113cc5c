"""A figure: ours beside its peer, over rounds in which the two took turns."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Literal

from rich.table import Table

Better = Literal["higher", "lower"]


class WrongResult(Exception):
    """What was measured did not do what it should: such a time says nothing, so there is no figure."""


def hold(condition: object, message: str) -> None:
    """Raises `WrongResult` unless the condition holds."""
    if not condition:
        raise WrongResult(message)


@dataclass(frozen=True)
class Figure:
    """`ours` and `peer` are pairs by round; `goal` is the ratio of ours to the peer that is wanted."""

    id: str
    name: str
    unit: str
    against: str
    ours: Sequence[float]
    peer: Sequence[float]
    goal: float
    better: Better
    note: str = ""

    @property
    def ratios(self) -> list[float]:
        return [ours / peer for ours, peer in zip(self.ours, self.peer, strict=True)]

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios: what disturbs a round disturbs both sides of it."""
        return median(self.ratios)

    @property
    def reached(self) -> bool:
        return self.ratio >= self.goal if self.better == "higher" else self.ratio <= self.goal

    def line(self) -> str:
        """One line of JSON."""
        said = {
            "id": self.id,
            "name": self.name,
            "value": _short(median(self.ours)),
            "unit": self.unit,
            "peer": _short(median(self.peer)),
            "against": self.against,
            "ratio": _short(self.ratio),
            "goal": self._goal(),
            "reached": self.reached,
            "rounds": len(self.ours),
            "range": _range(self.ours),
            "peer_range": _range(self.peer),
            "ratio_range": _range(self.ratios),
        }
        return json.dumps(said | ({"note": self.note} if self.note else {}), ensure_ascii=False)

    def _goal(self) -> str:
        return f"{'≥' if self.better == 'higher' else '≤'} {self.goal:g}"

    def cells(self) -> tuple[str, ...]:
        """The same as a row of the table."""
        low, high = _range(self.ratios)
        mark = "[green]✓[/]" if self.reached else "[red]✗[/]"
        ours, peer = (f"{_short(median(side)):g} {self.unit}" for side in (self.ours, self.peer))
        ratio = f"{_short(self.ratio):g} ({low:g} to {high:g})"
        return (
            self.id,
            self.name,
            ours,
            peer,
            self.against,
            ratio,
            f"{mark} {self._goal()}",
            str(len(self.ours)),
        )


def table(figures: Sequence[Figure]) -> Table:
    shown = Table(title="Medians, and ratios with their range")
    for heading in ("", "figure", "ours", "peer", "the peer", "ratio", "goal", "rounds"):
        shown.add_column(heading, overflow="fold")
    for figure in figures:
        shown.add_row(*figure.cells())
    return shown


def percentile(samples: Sequence[float], percent: int) -> float:
    """The value that so many percent of the samples do not exceed, interpolated."""
    return samples[0] if len(samples) == 1 else quantiles(samples, n=100, method="inclusive")[percent - 1]


def _short(value: float) -> float:
    return float(f"{value:.4g}")


def _range(values: Sequence[float]) -> tuple[float, float]:
    return _short(min(values)), _short(max(values))
