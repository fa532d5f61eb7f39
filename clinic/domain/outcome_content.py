"""What a visit's content holds of assessments, reviews and adverse events: part of the frozen shape in ``visit_content``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from clinic.domain.assessments.follow_up import FOLLOW_UP, URGENT
from clinic.domain.assessments.grid import Group
from clinic.domain.reviews import change_words

_GROUPS: Final = tuple(group.value for group in Group)


@dataclass(frozen=True, slots=True)
class ItemContent:
    """One question of an instrument as answered; ``answer`` is what is shown, ``value`` what was stored."""

    item: str
    part: str
    label: str
    value: int | None
    answer: str


@dataclass(frozen=True, slots=True)
class ScoreContent:
    """One score; ``words`` is value, ends and direction as shown: ``58 of 100, higher is better``."""

    score: str
    label: str
    value: Decimal
    text: str
    words: str
    flag: str
    answered: int | None


@dataclass(frozen=True, slots=True)
class AssessmentContent:
    """One instrument of one rater. ``side`` is empty for an instrument of the whole person."""

    id: str
    instrument: str
    version: str
    title: str
    side: str
    rater: str
    patient_reported: bool
    entered_by: str
    rated_at: datetime
    blind: bool
    items: tuple[ItemContent, ...]
    scores: tuple[ScoreContent, ...]
    note: str


@dataclass(frozen=True, slots=True)
class CellContent:
    """One answered cell of a synkinesis grid; what is None was left open."""

    side: str
    movement: str
    movement_label: str
    group: str
    group_label: str
    grade: int | None
    bother: int | None


@dataclass(frozen=True, slots=True)
class GridContent:
    """The synkinesis grid of one rater; ``summary`` is one line a side."""

    id: str
    version: str
    rater: str
    rated_at: datetime
    blind: bool
    cells: tuple[CellContent, ...]
    summary: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class EffectContent:
    """What a session did to one pattern; the muscles linked to it in words, and as (muscle, side)."""

    side: str
    movement: str
    group: str
    words: str
    effect: int | None
    worse: bool
    muscles: tuple[str, ...]
    muscle_keys: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ImpressionContent:
    """The injector's impression of one muscle, in words."""

    muscle: str
    muscle_label: str
    side: str
    words: str
    by: str


@dataclass(frozen=True, slots=True)
class ReviewContent:
    """The review of a session; days count from the day of that (parent) session."""

    session: str
    session_on: date
    contact: str
    days_after: int
    first_noticed_day: int | None
    best_day: int | None
    wearing: str
    worn_off_day: int | None
    benefit: str
    effects: tuple[EffectContent, ...]
    impressions: tuple[ImpressionContent, ...]
    adverse_event: str
    note: str
    answered_by: str
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class AdverseEventContent:
    """An adverse event as known then; ``sites`` and ``lots`` are in words, ``review`` is what its reviewer wrote."""

    id: str
    kind: str
    label: str
    grade: int
    grade_words: str
    side: str
    session_on: date | None
    onset_on: date | None
    ended_on: date | None
    relation: str
    serious: bool
    description: str
    action: str
    reported_to: str
    sites: tuple[str, ...]
    lots: tuple[str, ...]
    reviewed_by: str
    review: str
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class GridTable:
    """One side of a grid as a table of the rows and columns that hold an answer; ``rows`` are (movement, cells)."""

    side: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def grid_tables(content: GridContent) -> tuple[GridTable, ...]:
    """The answered part of a grid, one table a side; a cell left open is a dash."""
    found = []
    for side in ("right", "left"):
        cells = [one for one in content.cells if one.side == side]
        movements = dict.fromkeys((one.movement, one.movement_label) for one in cells)
        groups = sorted({(one.group, one.group_label) for one in cells}, key=lambda one: _GROUPS.index(one[0]))
        texts = {(one.movement, one.group): cell_words(one) for one in cells}
        rows = tuple((label, tuple(texts.get((key, group), "–") for group, _ in groups)) for key, label in movements)
        if cells:
            found.append(GridTable(side, tuple(label for _, label in groups), rows))
    return tuple(found)


def urgent_items(content: AssessmentContent) -> tuple[ItemContent, ...]:
    """The answers of a patient that asked for help at once; they are never only among the others."""
    if content.instrument != FOLLOW_UP.key:
        return ()
    return tuple(item for item in content.items if item.value is not None and (item.item, item.value) in URGENT)


def cell_words(cell: CellContent) -> str:
    """``2/3``: grade, and how much it is minded; a part that was left open is a dash."""
    grade = "–" if cell.grade is None else str(cell.grade)
    return grade if cell.bother is None else f"{grade}/{cell.bother}"


def effect_words(effect: EffectContent) -> str:
    """``50 % better``, ``no change``, ``worse than before``."""
    return "worse than before" if effect.worse else change_words(effect.effect)


def course_words(review: ReviewContent) -> str:
    """When the effect came and went: ``first noticed on day 5, best on day 28``."""
    pairs = (("first noticed", review.first_noticed_day), ("best", review.best_day), ("worn off", review.worn_off_day))
    return ", ".join(f"{what} on day {day}" for what, day in pairs if day is not None)
