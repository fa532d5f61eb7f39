"""The gradings that planning rests on: of each side the newest that stands, and of several raters one, never a mixture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import GRID, Cell, Group, Movement, Place
from clinic.domain.assessments.house_brackmann import HOUSE_BRACKMANN
from clinic.domain.assessments.sunnybrook import SUNNYBROOK

Rows = Mapping[str, list[tuple[Any, ...]]]
_MOVE = "move_"


@dataclass(frozen=True, slots=True)
class Grades:
    """What was graded. ``seen`` are ids of gradings in the visit that other people than the viewer made."""

    cells: tuple[Cell, ...] = ()
    graded_on: date | None = None
    movements: Mapping[tuple[Side, str], int] = field(default_factory=dict)
    movements_on: date | None = None
    house_brackmann: Mapping[Side, int] = field(default_factory=dict)
    house_brackmann_on: Mapping[Side, date] = field(default_factory=dict)
    composites: Mapping[Side, tuple[tuple[date, Decimal], ...]] = field(default_factory=dict)
    seen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Head:
    id: str
    visit_id: str
    on: date
    instrument: str
    side: Side | None
    rater_id: str | None
    rated_at: datetime
    rater: str


def grades(rows: Rows, on: date, visit_id: str, preferred: tuple[str, ...], viewer: str) -> Grades:
    """The gradings known on a day: of the visit itself first, else of the newest signed one.

    Of several raters of one visit the first of ``preferred`` counts, else the newest grading.
    """
    heads = [one for one in (_Head(*row) for row in rows["planning_assessment"]) if one.on <= on]
    heads.sort(key=lambda one: _order(one, visit_id, preferred))
    cells, grids, graded_on = _cells(rows["planning_cell"], heads)
    movements, forms, movements_on = _movements(rows["planning_moved"], heads)
    scores = {(assessment, score): value for assessment, score, value in rows["planning_scored"]}
    labels = _newest(heads, HOUSE_BRACKMANN.key)
    return Grades(
        cells=cells,
        graded_on=graded_on,
        movements=movements,
        movements_on=movements_on,
        house_brackmann={
            side: int(scores[one.id, "grade"]) for side, one in labels.items() if (one.id, "grade") in scores
        },
        house_brackmann_on={side: one.on for side, one in labels.items()},
        composites=_composites(heads, scores),
        seen=tuple(
            one.id
            for one in (*grids, *forms, *labels.values())
            if one.visit_id == visit_id and one.rater_id not in {None, viewer}
        ),
    )


def _order(head: _Head, visit_id: str, preferred: tuple[str, ...]) -> tuple[bool, int, int, float, str]:
    rank = preferred.index(head.rater_id) if head.rater_id in preferred else len(preferred)
    own = head.visit_id == visit_id
    return (not own, -head.on.toordinal(), rank, -head.rated_at.timestamp(), head.id)


def _newest(heads: list[_Head], instrument: str) -> dict[Side, _Head]:
    found: dict[Side, _Head] = {}
    for one in heads:
        if one.instrument == instrument and one.side is not None:
            found.setdefault(one.side, one)
    return found


def _cells(rows: list[tuple[Any, ...]], heads: list[_Head]) -> tuple[tuple[Cell, ...], tuple[_Head, ...], date | None]:
    """The cells of the newest grid of each side, whole: a side is never put together from two raters or two days."""
    by_grid: dict[tuple[str, Side], list[Cell]] = {}
    for assessment, side, movement, group, grade, bother in rows:
        by_grid.setdefault((assessment, side), []).append(Cell(Place(side, movement, group), grade, bother))
    found: list[Cell] = []
    used: list[_Head] = []
    for side in (Side.RIGHT, Side.LEFT):
        newest = next((one for one in heads if one.instrument == GRID and (one.id, side) in by_grid), None)
        if newest is not None:
            found += sorted(by_grid[newest.id, side], key=_cell_order)
            used.append(newest)
    return tuple(found), tuple(used), min((one.on for one in used), default=None)


_ROWS = {movement: number for number, movement in enumerate(Movement)}
_COLUMNS = {group: number for number, group in enumerate(Group)}


def _cell_order(cell: Cell) -> tuple[int, int]:
    return _ROWS[cell.place.movement], _COLUMNS[cell.place.group]


def _movements(
    rows: list[tuple[Any, ...]], heads: list[_Head]
) -> tuple[dict[tuple[Side, str], int], tuple[_Head, ...], date | None]:
    used = _newest(heads, SUNNYBROOK.key)
    sides = {one.id: side for side, one in used.items()}
    found = {
        (sides[assessment], item.removeprefix(_MOVE)): value
        for assessment, item, value in rows
        if assessment in sides and item.startswith(_MOVE) and value is not None
    }
    return found, tuple(used.values()), min((one.on for one in used.values()), default=None)


def _composites(
    heads: list[_Head], scores: Mapping[tuple[str, str], Decimal]
) -> dict[Side, tuple[tuple[date, Decimal], ...]]:
    """One composite of each side and day, oldest first."""
    found: dict[Side, dict[date, Decimal]] = {}
    for one in heads:
        value = scores.get((one.id, "composite"))
        if one.instrument == SUNNYBROOK.key and one.side is not None and value is not None:
            found.setdefault(one.side, {}).setdefault(one.on, value)
    return {side: tuple(sorted(days.items())) for side, days in found.items()}
