"""The synkinesis grid of a draft: one's own cells, those of the last signed visit behind them, and what they say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from clinic.domain.anatomy import Side
from clinic.domain.assessments import grid
from clinic.domain.assessments.grid import GRID, Cell, Group, Movement, Place
from clinic.domain.assessments.grid_patterns import changes, group_muscles, muscle_grades, strongest
from clinic.domain.visits import VisitState
from clinic.domain.wording import day_text
from clinic.models import Assessment, SynkinesisFinding, Visit
from clinic.queries.outcomes import AssessmentRow
from clinic.queries.together import AnySelect
from clinic.queries.versions import in_force, not_voided
from clinic.queries.visit_record import VisitRecord, visit_record
from clinic.queries.visit_rows import Ask
from clinic.unit_of_work import UnitOfWork

SIDES = (Side.RIGHT, Side.LEFT)
_LETTERS = dict(zip(Group, "becmhnto", strict=True))
"""The letter on the keyboard that leads to a group."""


@dataclass(frozen=True, slots=True)
class GridCell:
    """One cell to fill in. ``before`` is the last visit's value, empty where that was open."""

    key: str
    label: str
    group: str
    group_label: str
    before: str


@dataclass(frozen=True, slots=True)
class GridRow:
    """One movement; None stands where the movement itself would be."""

    key: str
    label: str
    cells: tuple[GridCell | None, ...]


@dataclass(frozen=True, slots=True)
class GridColumn:
    """One involuntary group, the key that leads to it, and what is lit on the face for it, as keys of its shapes."""

    key: str
    letter: str
    label: str
    muscles: str
    tag: str


@dataclass(frozen=True, slots=True)
class GridSide:
    """The table of one side."""

    side: str
    columns: tuple[GridColumn, ...]
    rows: tuple[GridRow, ...]


@dataclass(frozen=True, slots=True)
class LastGrid:
    """The grid of the last signed visit that has one; ``by_another`` when somebody else graded it than who grades now."""

    on_text: str
    rater: str
    by_another: bool
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class GridPage:
    """The page of a draft's grid for one rater. ``others`` are the names of those who graded one too, never their grades.

    ``more_sides`` can be added to the tables that are shown.
    """

    record: VisitRecord
    own: AssessmentRow | None
    last: LastGrid | None
    sides: tuple[GridSide, ...]
    more_sides: tuple[str, ...]
    others: tuple[str, ...]
    grade_words: tuple[str, ...] = grid.GRADES
    bother_words: tuple[str, ...] = grid.BOTHERS

    @property
    def edit_version(self) -> int:
        """The version of one's own grid; 0 while there is none."""
        return self.own.edit_version if self.own else 0

    @property
    def cells(self) -> tuple[Cell, ...]:
        """One's own answered cells."""
        return self.own.cells if self.own else ()

    @property
    def texts(self) -> dict[str, str]:
        """One's own answered cells as they are written, by their key."""
        return {cell.place.key: cell.text for cell in self.cells}

    @property
    def note(self) -> str:
        """The note on one's own grid."""
        return self.own.note if self.own else ""

    @property
    def summary(self) -> tuple[str, ...]:
        """The pattern in words, one line a side."""
        return grid.summary(self.cells)

    @property
    def changes(self) -> tuple[str, ...]:
        """What differs from the last visit's grid, in words."""
        return changes(self.cells, self.last.cells) if self.last else ()

    @property
    def group_grades(self) -> dict[tuple[Group, Side], int]:
        """The strongest grade of each group."""
        return strongest(self.cells)

    @property
    def muscle_grades(self) -> dict[tuple[str, Side], int]:
        """The strongest grade of each muscle."""
        return muscle_grades(self.cells)

    @property
    def state(self) -> dict[str, Any]:
        """What a browser needs to show what stands: cells, words, and the face's grades by the keys of its shapes."""
        return {
            "edit_version": self.edit_version,
            "cells": self.texts,
            "note": self.note,
            "summary": list(self.summary),
            "changes": list(self.changes),
            "muscles": {f"{muscle}:{side}": grade for (muscle, side), grade in self.muscle_grades.items()},
            "groups": {f"{group}:{side}": grade for (group, side), grade in self.group_grades.items()},
        }


def grid_page(uow: UnitOfWork, visit_id: str, asked: Side | None = None) -> GridPage:
    """The grid of a visit for the actor, in the four statements of ``visit_record``. Raises NotFound.

    Shown are the sides of the visit's palsies, sides with grades of the actor's, and the one ``asked`` for.
    """
    record = visit_record(uow, visit_id, _last_selects)
    grids = [row for row in record.outcomes.assessments if row.instrument == GRID]
    own = next((row for row in grids if row.rater_id == uow.actor.user_id), None)
    last = _last(record.more, uow.actor.user_id)
    shown = _sides(record, own, asked)
    return GridPage(
        record=record,
        own=own,
        last=last,
        sides=tuple(_side(side, last) for side in shown),
        more_sides=tuple(side.value for side in SIDES if side not in shown),
        others=tuple(dict.fromkeys(row.rater_name for row in grids if row is not own and row.cells)),
    )


def _sides(record: VisitRecord, own: AssessmentRow | None, asked: Side | None) -> list[Side]:
    chosen = [row for row in record.conditions if row.chosen] or list(record.conditions)
    wanted = {row.side for row in chosen} | {cell.place.side for cell in (own.cells if own else ())} | {asked}
    return [side for side in SIDES if side in wanted]


def _side(side: Side, last: LastGrid | None) -> GridSide:
    before = {cell.place: cell.text for cell in (last.cells if last else ())}
    columns = tuple(_column(group, side) for group in Group)
    rows = tuple(
        GridRow(f"{side}-{movement}", movement.label, tuple(_cell(Place(side, movement, one), before) for one in Group))
        for movement in Movement
    )
    return GridSide(side.value, columns, rows)


def _column(group: Group, side: Side) -> GridColumn:
    over = Place(side, Movement.REST, group).muscle_side
    muscles = " ".join(f"{muscle}:{of_side}" for muscle, of_side in group_muscles(group, over))
    return GridColumn(group.value, _LETTERS[group], group.label, muscles, f"{group}:{over}")


def _cell(place: Place, before: Mapping[Place, str]) -> GridCell | None:
    if (place.movement, place.group) in grid.OWN_MOVEMENT:
        return None
    label = f"{place.movement.label}, {place.group.label}, patient\N{RIGHT SINGLE QUOTATION MARK}s {place.side}"
    return GridCell(place.key, label, place.group.value, place.group.label, before.get(place, ""))


def _last_selects(uow: UnitOfWork, ask: Ask) -> dict[str, AnySelect]:
    """All grids of the newest signed visit before this one that has any: in force, and not voided."""
    a, f = Assessment, SynkinesisFinding
    visit_id = (
        select(Visit.id)
        .join(a, (a.clinic_id == Visit.clinic_id) & (a.visit_id == Visit.id))
        .join(f, (f.clinic_id == a.clinic_id) & (f.assessment_id == a.id))
        .where(Visit.clinic_id == uow.clinic_id, Visit.patient_id == ask.patient_id, Visit.on <= ask.on)
        .where(Visit.state == VisitState.SIGNED, in_force(), not_voided(), a.instrument == GRID)
        .where(Visit.id.not_in((ask.visit_id, ask.amended)))
        .order_by(Visit.on.desc(), Visit.created_at.desc(), Visit.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    head = (
        select(a.id, a.rater_id, a.rater_name, a.rated_at, Visit.on)
        .join(Visit, (Visit.clinic_id == a.clinic_id) & (Visit.id == a.visit_id))
        .where(a.clinic_id == uow.clinic_id, a.instrument == GRID, a.visit_id == visit_id)
    )
    cells = select(f.assessment_id, f.side, f.movement, f.muscle_group, f.grade, f.bother).where(
        f.clinic_id == uow.clinic_id, f.visit_id == visit_id
    )
    return {"last_grid": head, "last_cell": cells}


def _last(rows: Mapping[str, list[tuple[Any, ...]]], user_id: str) -> LastGrid | None:
    """The rater's own grid of that visit, or the first that anybody graded then."""
    found: dict[str, list[Cell]] = {}
    for assessment_id, side, movement, group, grade, bother in rows["last_cell"]:
        found.setdefault(assessment_id, []).append(Cell(Place(side, movement, group), grade, bother))
    graded = sorted(
        (row for row in rows["last_grid"] if row[0] in found), key=lambda row: (row[1] != user_id, row[3], row[0])
    )
    if not graded:
        return None
    assessment_id, rater_id, rater, _, on = graded[0]
    return LastGrid(day_text(on), rater, rater_id != user_id, tuple(found[assessment_id]))
