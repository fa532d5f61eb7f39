"""Scores in words for a page: of what was saved, and of answers while they are given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clinic.domain.assessments.base import NEEDED, Answers, Direction, Instrument, Score, ScoreKind, refusals, scored
from clinic.domain.errors import Invalid
from clinic.domain.quantities import NBSP, format_number
from clinic.domain.wording import plural
from clinic.queries.gradings import value_text
from clinic.queries.outcome_contents import score_words
from clinic.queries.outcomes import ScoreRow

NO_SCORE = "No score yet"


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One score: ``value`` as it is set large, ``words`` with what follows (ends, direction), ``flag`` what is odd."""

    key: str
    label: str
    value: str
    words: str
    flag: str


@dataclass(frozen=True, slots=True)
class LiveScore:
    """What the answers so far give: scores, their exact values as sent back with the form, or in words why there is none."""

    lines: tuple[ScoreLine, ...]
    sent: Mapping[str, str]
    open: int
    words: str


def score_lines(instrument: Instrument, scores: tuple[Score, ...] | tuple[ScoreRow, ...]) -> tuple[ScoreLine, ...]:
    """Scores in the order of the instrument, in words."""
    rows = [
        one if isinstance(one, ScoreRow) else ScoreRow(one.key, one.value, one.text, one.flag, one.answered)
        for one in scores
    ]
    return tuple(
        ScoreLine(kind.key, kind.label, value_text(kind, row), _after_value(kind, row), row.flag)
        for kind in instrument.scores
        for row in rows
        if row.score == kind.key
    )


def _after_value(kind: ScoreKind, row: ScoreRow) -> str:
    if kind.unit:
        return ""
    return score_words(kind, row).removeprefix(row.text or format_number(row.value)).lstrip(", ")


def live_score(instrument: Instrument, answers: Answers) -> LiveScore:
    """Score answers while they are given; says what is open instead of counting it as anything."""
    missing = [key for key, text in refusals(instrument, answers).items() if text == NEEDED]
    if missing:
        count = plural(len(missing), "question").replace(" ", NBSP)
        return LiveScore((), {}, len(missing), f"{count} of {len(instrument.items)} still open")
    try:
        scores = scored(instrument, answers)
    except Invalid as error:
        return LiveScore((), {}, 0, next(iter(error.fields.values())))
    lines = score_lines(instrument, scores)
    return LiveScore(lines, {one.key: format(one.value, "f") for one in scores}, 0, "" if lines else NO_SCORE)


def meaning(instrument: Instrument) -> str:
    """What the first score means, in a line: ends, direction, and the noise of one patient where it is known."""
    kind = instrument.scores[0]
    if kind.unit or kind.direction is Direction.NONE:
        return ""
    low, high = kind.axis or (kind.minimum, kind.maximum)
    noise = f" A change of up to {format_number(kind.noise)} can be chance." if kind.noise else ""
    return f"{format_number(low)} to {format_number(high)}, {kind.direction.value}.{noise}"
