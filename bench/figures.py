"""Figures with their targets: one table for people, one file for programs."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass
class Figure:
    """`target` is the most that is allowed, or the least where `at_least`."""

    part: str
    name: str
    value: float
    unit: str
    target: float | None = None
    at_least: bool = False

    @property
    def verdict(self) -> str:
        if self.target is None:
            return ""
        reached = self.value >= self.target if self.at_least else self.value <= self.target
        return "ok" if reached else "SHORT"


def table(figures: list[Figure]) -> str:
    """The figures under the names of their parts."""
    lines, part = [], ""
    for one in figures:
        if one.part != part:
            part = one.part
            lines += ["", part]
        target = ""
        if one.target is not None:
            target = f"{'≥' if one.at_least else '≤'} {one.target:g}"
        lines.append(f"  {one.name:<58} {one.value:>10,.2f} {one.unit:<5} {target:>9}  {one.verdict}")
    return "\n".join(lines)


def keep(figures: list[Figure], about: dict[str, Any], file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    rows = [{**asdict(one), "verdict": one.verdict} for one in figures]
    file.write_text(json.dumps({**about, "figures": rows}, indent=1, ensure_ascii=False) + "\n")
