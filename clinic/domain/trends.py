"""Scores over time: what is one series, where its line breaks, and what a change means for one patient.

A line joins consecutive points of one instrument, score, side and kind of rater, within one version. The first rating of a
visit is the point of the line; a second rater's stands beside it. Nothing is interpolated: a visit in which others of the
same kind were filled in and this one was not breaks the line. The noise band is the smallest detectable change around the
first point of a version; a change of exactly that much is still within noise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from itertools import groupby, pairwise

from clinic.domain.anatomy import Side
from clinic.domain.assessments import INSTRUMENTS, instrument
from clinic.domain.assessments.base import AnsweredBy, Direction, Instrument, ScoreKind
from clinic.domain.quantities import NBSP, format_number
from clinic.domain.wording import day_text

NO_BAND = "no one-patient noise band is published"
BY_ANOTHER = ", by another rater"
NOT_FILLED_IN = "not filled in"
OTHER_VERSION = "another version, not compared"

Moment = tuple[date, datetime]
_TENTH = Decimal("0.1")


class Verdict(StrEnum):
    """What a change of one patient's score is."""

    SAME = "the same"
    WITHIN = "within noise"
    BETTER = "better"
    WORSE = "worse"
    BEYOND = "more than noise"
    UNKNOWN = "noise not known"


@dataclass(frozen=True, slots=True)
class Measured:
    """One score of a signed visit that stands. ``answered`` is the number of answers it rests on, where that varies."""

    visit_id: str
    on: date
    rated_at: datetime
    instrument: str
    version: str
    score: str
    side: Side | None
    rater: str
    patient_reported: bool
    value: Decimal
    text: str = ""
    flag: str = ""
    answered: int | None = None

    @property
    def definition(self) -> Instrument:
        """The instrument in the version that was used."""
        return instrument(self.instrument, self.version)

    @property
    def kind(self) -> ScoreKind:
        """What this number is."""
        return self.definition.score_kind(self.score)

    @property
    def at(self) -> Moment:
        """Where it stands in time: by the day of the visit, then by when it was rated."""
        return self.on, self.rated_at

    @property
    def value_text(self) -> str:
        """``53.3``; ``7.5 mm``; ``9 (II)``."""
        number = format_number(self.value)
        named = f"{number}{NBSP}{self.kind.unit}" if self.kind.unit else number
        return f"{named} ({self.text})" if self.text else named

    @property
    def remarks(self) -> str:
        """What is out of the ordinary: few answers, a flag."""
        counted = "" if self.answered is None else f"from {self.answered} answers"
        return "; ".join(part for part in (counted, self.flag) if part)


@dataclass(frozen=True, slots=True)
class Change:
    """A score against an earlier one of the same version; ``by_another`` when somebody else rated it then."""

    since: date
    difference: Decimal
    verdict: Verdict
    by_another: bool = False

    @property
    def short(self) -> str:
        """``13.3 lower, within noise``; no more than the difference where the noise is not known."""
        known = self.verdict not in {Verdict.SAME, Verdict.UNKNOWN}
        return f"{self.moved}{f', {self.verdict.value}' if known else ''}{BY_ANOTHER if self.by_another else ''}"

    @property
    def words(self) -> str:
        """``13.3 lower than on 10 Apr 2025: within noise``."""
        rater = BY_ANOTHER if self.by_another else ""
        if self.verdict is Verdict.SAME:
            return f"The same as on {day_text(self.since)}{rater}"
        meaning = "" if self.verdict is Verdict.UNKNOWN else f": {self.verdict.value}"
        return f"{self.moved} than on {day_text(self.since)}{rater}{meaning}"

    @property
    def moved(self) -> str:
        """``13.3 lower``, ``the same``."""
        if not self.difference:
            return "the same"
        # Scores are rounded to 0.01 each, so only the first decimal of their difference is true.
        size = abs(self.difference).quantize(_TENTH, ROUND_HALF_EVEN)
        return f"{format_number(size)} {'lower' if self.difference < 0 else 'higher'}"


def change(kind: ScoreKind, value: Decimal, earlier: Decimal, since: date, *, by_another: bool = False) -> Change:
    """Compare a score with an earlier one; a change of exactly the smallest detectable change is within noise."""
    difference = value - earlier
    return Change(since, difference, _verdict(kind, difference), by_another)


def _verdict(kind: ScoreKind, difference: Decimal) -> Verdict:
    if not difference:
        return Verdict.SAME
    if kind.noise is None:
        return Verdict.UNKNOWN
    if abs(difference) <= kind.noise:
        return Verdict.WITHIN
    if kind.direction is Direction.NONE:
        return Verdict.BEYOND
    return Verdict.BETTER if (difference > 0) == (kind.direction is Direction.HIGHER) else Verdict.WORSE


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table beside a figure; ``measured`` is None for a visit in which the score is missing."""

    on: date
    measured: Measured | None
    before: str = ""
    first: str = ""
    beside: bool = False

    @property
    def value_text(self) -> str:
        """The score, or that it was not filled in."""
        return self.measured.value_text if self.measured else NOT_FILLED_IN

    @property
    def by(self) -> str:
        """Who rated; the patient's own answers say so."""
        if self.measured is None:
            return ""
        if self.measured.patient_reported:
            return "patient, entered again" if self.beside else "patient"
        return f"{self.measured.rater}, second rater" if self.beside else self.measured.rater


@dataclass(frozen=True, slots=True)
class Band:
    """Within ``low`` and ``high`` one patient's score cannot be told from the one at ``start``."""

    start: date
    end: date
    low: Decimal
    high: Decimal
    noise: Decimal

    @property
    def label(self) -> str:
        """``noise ±28.2``."""
        return f"noise ±{format_number(self.noise)}"


@dataclass(frozen=True, slots=True)
class Series:
    """One score over time. ``line`` has the first rating of each visit, ``beside`` those of further raters.

    ``gaps`` are the moments of visits in which it was left out while others of its kind were filled in.
    """

    line: tuple[Measured, ...]
    beside: tuple[Measured, ...]
    gaps: tuple[Moment, ...]

    @property
    def kind(self) -> ScoreKind:
        """What the newest number is."""
        return self.line[-1].kind

    @property
    def title(self) -> str:
        """``Sunnybrook, composite, patient’s left``."""
        newest = self.line[-1]
        side = f", patient’s {newest.side}" if newest.side else ""
        label = self.kind.label[:1].lower() + self.kind.label[1:]
        return f"{newest.definition.short_title}, {label}{side}{', ' if self._whose else ''}{self._whose}"

    @property
    def anchor(self) -> str:
        """The figure's place on the page."""
        newest = self.line[-1]
        parts = (newest.instrument, newest.score, newest.side or "", self._whose)
        return "-".join(part for part in parts if part).replace("_", "-").replace(" ", "-")

    @property
    def _whose(self) -> str:
        """Who answered, where it is not who usually does."""
        reported = self.line[-1].patient_reported
        if reported == (self.line[-1].definition.answered_by is AnsweredBy.PATIENT):
            return ""
        return "answered by the patient" if reported else "answered by a clinician"

    @property
    def about(self) -> str:
        """The ends, the direction, and where the noise is from."""
        kind = self.kind
        low, high = kind.axis or (kind.minimum, kind.maximum)
        ends = f"In {kind.unit}" if kind.unit else f"{format_number(low)} to {format_number(high)}"
        way = "" if kind.direction is Direction.NONE else f", {kind.direction.value}"
        source = f" Noise: {kind.noise_source}." if kind.noise_source else ""
        return f"{ends}{way}.{source}"

    @property
    def chance(self) -> str:
        """What one patient's score does by itself, as far as it is published."""
        if self.kind.noise is None:
            return f"{NO_BAND[:1].upper()}{NO_BAND[1:]}."
        unit = f"{NBSP}{self.kind.unit}" if self.kind.unit else ""
        return f"One patient’s score moves by up to {format_number(self.kind.noise)}{unit} by chance."

    @property
    def stretches(self) -> tuple[tuple[Measured, ...], ...]:
        """The points that a line joins: broken where the version changes and at gaps."""
        parts: list[list[Measured]] = [[self.line[0]]]
        for earlier, later in pairwise(self.line):
            if earlier.version == later.version and not any(earlier.at < gap < later.at for gap in self.gaps):
                parts[-1].append(later)
            else:
                parts.append([later])
        return tuple(map(tuple, parts))

    @property
    def bands(self) -> tuple[Band, ...]:
        """The noise around the first point of each version, as far as that version goes."""
        found = []
        for _, run in groupby(self.line, key=lambda point: point.version):
            points = list(run)
            first, noise = points[0], points[0].kind.noise
            if noise is not None:
                found.append(Band(first.on, points[-1].on, first.value - noise, first.value + noise, noise))
        return tuple(found)

    @property
    def rows(self) -> tuple[Row, ...]:
        """The table: every point, every further rater's, every gap, newest first."""
        found = [(gap, 0, Row(gap[0], None)) for gap in self.gaps]
        found += [(point.at, 2, Row(point.on, point, beside=True)) for point in self.beside]
        for number, point in enumerate(self.line):
            before, first = self._compared(number)
            found.append((point.at, 1, Row(point.on, point, _short(before), _short(first))))
        return tuple(row for _, _, row in sorted(found, key=lambda one: one[:2], reverse=True))

    @property
    def summary(self) -> str:
        """The newest score in words, against the one before and the first."""
        newest = self.line[-1]
        way = "" if self.kind.direction is Direction.NONE else f" ({self.kind.direction.value})"
        opening = f"{newest.value_text} on {day_text(newest.on)}{way}"
        before, first = self._compared(len(self.line) - 1)
        if before is None:
            return f"{opening}, the first score."
        if isinstance(before, str):
            return f"{opening}; {before}."
        parts = [opening, before.words]
        if isinstance(first, Change) and first.since != before.since:
            parts.append(first.words)
        return f"{'. '.join(parts)}. {self.chance}"

    def _compared(self, number: int) -> tuple[Change | str | None, Change | str | None]:
        """A point of the line against the one before it and the first of its version."""
        if number == 0:
            return None, None
        point, before = self.line[number], self.line[number - 1]
        if point.version != before.version:
            return OTHER_VERSION, OTHER_VERSION
        first = next(one for one in self.line if one.version == point.version)
        return _against(point, before), _against(point, first)


def _against(point: Measured, earlier: Measured) -> Change:
    return change(point.kind, point.value, earlier.value, earlier.on, by_another=point.rater != earlier.rater)


def _short(compared: Change | str | None) -> str:
    return compared.short if isinstance(compared, Change) else compared or ""


def all_series(measured: Iterable[Measured]) -> tuple[Series, ...]:
    """Every series of a patient, in the order of the instruments and of their scores."""
    rows = sorted(measured, key=lambda one: (one.at, one.rater))
    visits = _visits(rows)
    by_key: dict[tuple[object, ...], list[Measured]] = {}
    for one in rows:
        if one.kind.trend:
            by_key.setdefault((one.instrument, one.score, one.side, one.patient_reported), []).append(one)
    found = [_series(points, visits[points[0].definition.answered_by]) for points in by_key.values()]
    return tuple(sorted(found, key=_order))


def _visits(rows: Sequence[Measured]) -> Mapping[AnsweredBy, Mapping[str, Moment]]:
    """Of each kind of instrument, the visits in which any that is a trend was filled in, with their first moment.

    A short follow-up form or a whole-face grade alone is no occasion on which the others were left out.
    """
    found: dict[AnsweredBy, dict[str, Moment]] = {kind: {} for kind in AnsweredBy}
    for one in rows:
        if one.kind.trend:
            found[one.definition.answered_by].setdefault(one.visit_id, one.at)
    return found


def _series(points: Sequence[Measured], visits: Mapping[str, Moment]) -> Series:
    line: dict[str, Measured] = {}
    beside = []
    for one in points:
        if line.setdefault(one.visit_id, one) is not one:
            beside.append(one)
    start, end = points[0].at, points[-1].at
    gaps = (at for visit_id, at in visits.items() if visit_id not in line and start < at < end)
    return Series(tuple(line.values()), tuple(beside), tuple(sorted(gaps)))


def _order(one: Series) -> tuple[int, int, str, bool]:
    newest = one.line[-1]
    scores = [kind.key for kind in newest.definition.scores]
    return (
        list(INSTRUMENTS).index(newest.instrument),
        scores.index(newest.score),
        newest.side or "",
        newest.patient_reported,
    )
