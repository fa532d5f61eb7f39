"""Several raters of one visit beside each other, answer by answer: only those that the viewer may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from clinic.domain.anatomy import Side
from clinic.domain.assessments import grid
from clinic.domain.assessments import instrument as instrument_of
from clinic.domain.assessments.base import Instrument, Item, shown
from clinic.domain.quantities import NBSP, format_number
from clinic.domain.wording import plural, side_words
from clinic.queries.gradings import BOTH, Hidden, gradings, title_of, value_text
from clinic.queries.outcomes import AssessmentRow
from clinic.unit_of_work import UnitOfWork

OPEN = "not answered"
SAME, DIFFER, OPEN_IN_ONE = "the same", "differ", "not answered by everybody"


@dataclass(frozen=True, slots=True)
class Rater:
    """Who graded, when, and whether without having been shown another's."""

    name: str
    at: datetime
    blind: bool
    note: str
    mine: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """One answer or score of every rater; ``verdict`` says in words whether they differ."""

    part: str
    label: str
    values: tuple[str, ...]
    differs: bool
    verdict: str


@dataclass(frozen=True, slots=True)
class ComparedSide:
    """All raters of one side; ``agreement`` is the whole in a sentence, empty for one rater alone."""

    side_words: str
    raters: tuple[Rater, ...]
    scores: tuple[Compared, ...]
    answers: tuple[Compared, ...]
    agreement: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """An instrument (or the grid) of a draft, with everybody's gradings that the viewer was shown."""

    visit_id: str
    patient_id: str
    on: date
    draft: bool
    instrument: str
    title: str
    sides: tuple[ComparedSide, ...]
    hidden: tuple[Hidden, ...]


def comparison(uow: UnitOfWork, visit_id: str, instrument: str) -> Comparison:
    """Everybody's gradings of one instrument, in two statements. Raises NotFound."""
    title = title_of(instrument)
    found = gradings(uow, visit_id)
    rows = [one for one in (*found.mine, *found.shown) if one.instrument == instrument]
    if instrument == grid.GRID:
        sides = tuple(_grid_side(side, rows, uow.actor.user_id) for side in BOTH if _cells(rows, side))
    else:
        by_side = [(side, [one for one in rows if one.side is side]) for side in (*BOTH, None)]
        sides = tuple(_side(side, several, uow.actor.user_id) for side, several in by_side if several)
    return Comparison(
        visit_id=visit_id,
        patient_id=found.patient_id,
        on=found.on,
        draft=found.draft,
        instrument=instrument,
        title=title,
        sides=sides,
        hidden=tuple(one for one in found.hidden if one.instrument == instrument),
    )


def compared(part: str, label: str, texts: Sequence[str], numbers: Sequence[Decimal | int | None]) -> Compared:
    """One line of the comparison: the same, how far apart in points, or left open by somebody (which is no 0)."""
    if len(texts) < 2:
        return Compared(part, label, tuple(texts), differs=False, verdict="")
    given = [number for number in numbers if number is not None]
    if len(given) not in {0, len(numbers)}:
        return Compared(part, label, tuple(texts), differs=True, verdict=OPEN_IN_ONE)
    if len(set(texts)) == 1:
        return Compared(part, label, tuple(texts), differs=False, verdict=SAME)
    distance = max(given) - min(given) if given else 0
    # Two answers can count the same and still say different things: an eye narrower or wider than the other.
    verdict = f"{format_number(distance)} apart" if distance else DIFFER
    return Compared(part, label, tuple(texts), differs=True, verdict=verdict)


def agreement(lines: Sequence[Compared], what: str) -> str:
    """``11 of 13 answers agree; 2 differ.``"""
    if not any(one.verdict for one in lines):
        return ""
    same = sum(not one.differs for one in lines)
    rest = len(lines) - same
    differ = f"{rest} {'differs' if rest == 1 else 'differ'}" if rest else "none differs"
    return f"{same} of {plural(len(lines), what)} {'agrees' if same == 1 else 'agree'}; {differ}."


def _side(side: Side | None, rows: list[AssessmentRow], viewer: str) -> ComparedSide:
    instrument = instrument_of(rows[0].instrument, rows[0].version)
    answers = tuple(_item(item, rows) for item in instrument.items)
    return ComparedSide(
        side_words=side_words(side) if side else "",
        raters=tuple(_rater(row, viewer) for row in rows),
        scores=_scores(instrument, rows),
        answers=answers,
        agreement=agreement(answers, "answer"),
    )


def _item(item: Item, rows: list[AssessmentRow]) -> Compared:
    numbers = [row.answers.get(item.key) for row in rows]
    texts = [_answer(item, row) for row in rows]
    if item.decimals:
        return compared(
            item.part, item.label, texts, [n if n is None else Decimal(n).scaleb(-item.decimals) for n in numbers]
        )
    return compared(item.part, item.label, texts, [_points(item, number) for number in numbers])


def _points(item: Item, value: int | None) -> int | None:
    option = item.option(value)
    return option.counted if option else value


def _answer(item: Item, row: AssessmentRow) -> str:
    value = row.answers.get(item.key)
    if value is None:
        return row.texts.get(item.key, OPEN)
    words = shown(item, value)
    points = _points(item, value)
    return words if not item.options or words.startswith(str(points)) else f"{points}{NBSP}{words}"


def _scores(instrument: Instrument, rows: list[AssessmentRow]) -> tuple[Compared, ...]:
    found = []
    for kind in instrument.scores:
        scores = [next((one for one in row.scores if one.score == kind.key), None) for row in rows]
        if any(scores):
            texts = ["no score" if one is None else value_text(kind, one) for one in scores]
            found.append(compared("", kind.label, texts, [None if one is None else one.value for one in scores]))
    return tuple(found)


def _grid_side(side: Side, rows: list[AssessmentRow], viewer: str) -> ComparedSide:
    cells = [{cell.place: cell for cell in row.cells if cell.place.side is side} for row in rows]
    answers = []
    for place in _cells(rows, side):
        several = [by_place.get(place) for by_place in cells]
        texts = [OPEN if cell is None else cell.text for cell in several]
        grades = [None if cell is None else cell.grade for cell in several]
        answers.append(compared(place.movement.label, place.group.label, texts, grades))
    return ComparedSide(
        side_words=side_words(side),
        raters=tuple(_rater(row, viewer) for row in rows),
        scores=(),
        answers=tuple(answers),
        agreement=agreement(answers, "cell"),
    )


def _cells(rows: list[AssessmentRow], side: Side) -> tuple[grid.Place, ...]:
    answered = {cell.place for row in rows for cell in row.cells}
    return tuple(place for place in grid.places(side) if place in answered)


def _rater(row: AssessmentRow, viewer: str) -> Rater:
    return Rater(row.rater_name, row.rated_at, row.blind, row.note, row.rater_id == viewer)
