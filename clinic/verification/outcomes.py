"""Assessments, grids and reviews of a signed visit against what was signed; scores against their answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clinic.domain import assessments
from clinic.domain.assessments.base import given
from clinic.domain.errors import Invalid, NotFound
from clinic.domain.outcome_content import AssessmentContent, GridContent, ReviewContent
from clinic.domain.visit_content import VisitContent

_ASSESSMENT = (
    "instrument", "version", "side", "rater", "patient_reported", "entered_by", "rated_at", "blind", "note",
)  # fmt: skip
_GRID = ("version", "rater", "rated_at", "blind", "note")
_REVIEW = (
    "session_on", "contact", "first_noticed_day", "best_day", "wearing", "worn_off_day", "adverse_event", "note",
    "answered_by", "answered_at",
)  # fmt: skip


def check_outcomes(now: VisitContent, then: VisitContent) -> Iterator[str]:
    """Name every assessment, grid and review that is not as it was signed."""
    yield from _parts("assessment", "id", now.assessments, then.assessments, _assessment)
    yield from _parts("grid", "id", now.grids, then.grids, _grid)
    yield from _parts("review", "session", now.reviews, then.reviews, _review)
    for one in then.assessments:
        yield from _score(one)


def _parts(what: str, key: str, now: tuple[Any, ...], then: tuple[Any, ...], facts: Any) -> Iterator[str]:
    ours = {getattr(one, key): one for one in now}
    signed = {getattr(one, key): one for one in then}
    for name in sorted(ours.keys() | signed.keys()):
        if name not in ours or name not in signed:
            yield f"{what} {name} was {'added' if name in ours else 'removed'} after signing"
        elif facts(ours[name]) != facts(signed[name]):
            yield f"{what} {name} differs from what was signed"


def _assessment(one: AssessmentContent) -> tuple[object, ...]:
    texts = {item.item: item.answer for item in one.items if item.value is None}
    values = {item.item: item.value for item in one.items}
    scores = {score.score: (score.value, score.text, score.answered) for score in one.scores}
    return (*_values(one, _ASSESSMENT), values, texts, scores)


def _grid(one: GridContent) -> tuple[object, ...]:
    cells = {(cell.side, cell.movement, cell.group): (cell.grade, cell.bother) for cell in one.cells}
    return (*_values(one, _GRID), cells)


def _review(one: ReviewContent) -> tuple[object, ...]:
    effects = {(row.side, row.movement, row.group): (row.effect, row.worse, row.muscles) for row in one.effects}
    impressions = {(row.muscle, row.side): (row.words, row.by) for row in one.impressions}
    return (*_values(one, _REVIEW), effects, impressions)


def _values(one: object, names: tuple[str, ...]) -> tuple[object, ...]:
    return tuple(getattr(one, name) for name in names)


def _score(one: AssessmentContent) -> Iterator[str]:
    """A signed score follows from the signed answers, by the version of the instrument that it names."""
    try:
        instrument = assessments.instrument(one.instrument, one.version)
    except NotFound:
        yield f"assessment {one.id} names an instrument that this program does not know"
        return
    answers = given(instrument, {item.item: item.value for item in one.items})
    try:
        expected = {score.key: score.value for score in instrument.score(answers)} if answers else {}
    except (Invalid, KeyError):
        yield f"the answers of assessment {one.id} cannot be scored"
        return
    if {score.score: score.value for score in one.scores} != expected:
        yield f"the scores of assessment {one.id} do not follow from its answers"
