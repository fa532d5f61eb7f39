"""Why each patient of a page fits: for every criterion the newest row that made it so, in words, with its visit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import func, select

from clinic.domain.adverse_event_entries import event_words
from clinic.domain.anatomy import muscle_label
from clinic.domain.assessments import instrument
from clinic.domain.assessments.grid import Place
from clinic.domain.cohorts import COUNTED, Criteria, asks
from clinic.domain.patients import DatePrecision, condition_text
from clinic.domain.products import product_name
from clinic.domain.quantities import NBSP, format_units
from clinic.domain.reviews import change_words, since_words, weeks
from clinic.domain.wording import day_text, plural, side_words
from clinic.queries.cohort_sessions import course_of
from clinic.queries.cohorts import Asking, interval_rows, matching
from clinic.queries.outcome_contents import score_words
from clinic.queries.outcomes import ScoreRow
from clinic.queries.together import AnySelect, together
from clinic.unit_of_work import UnitOfWork

Row = Any
_DAY: Final = DatePrecision.DAY
_PLACES_SHOWN: Final = 4
"""Muscles told of one session; more are counted."""


@dataclass(frozen=True, slots=True)
class Reason:
    """What made a patient fit: ``words`` on a day, in a visit where there is one, and whether that is still a draft."""

    words: str
    on: date | None = None
    visit_id: str | None = None
    is_draft: bool = False

    @property
    def line(self) -> str:
        """Day and words in one line, as in a table."""
        day = f"{day_text(self.on)}: " if self.on else ""
        return f"{day}{self.words}{' (draft)' if self.is_draft else ''}"


def reasons(uow: UnitOfWork, asked: Asking, patient_ids: Iterable[str]) -> dict[str, tuple[Reason, ...]]:
    """The reasons of each patient, in the order of the criteria; one statement, none when nothing of it was asked."""
    selects = matching(uow, asked)
    if (intervals := interval_rows(uow, asked.criteria)) is not None:
        selects["interval"] = intervals
    if any(asks(asked.criteria, names) for names in COUNTED):
        selects["course"] = course_of(uow, drafts=asked.criteria.drafts)
    ids = list(patient_ids)
    if not selects or not ids:
        return {}
    rows = together(uow, {name: _newest_of(name, found, ids) for name, found in selects.items()})
    told = {patient_id: list[Reason]() for patient_id in ids}
    for name in selects:
        of_patient: dict[str, list[Row]] = {}
        names = [column.key for column in selects[name].selected_columns]
        for row in rows[name]:
            of_patient.setdefault(row[0], []).append(dict(zip(names, row, strict=False)))
        for patient_id, found_rows in of_patient.items():
            told[patient_id].append(_reason(name, asked.criteria, found_rows))
    return {patient_id: tuple(found) for patient_id, found in told.items()}


def _newest_of(name: str, found: AnySelect, patient_ids: list[str]) -> AnySelect:
    """The rows of these patients; of a session, a visit or a pair only the newest."""
    rows = found.subquery()
    kept = select(*rows.c).where(rows.c.patient_id.in_(patient_ids))
    newest = _ORDER.get(name.partition("_")[0])
    if newest is None:
        return kept
    order = [rows.c[column].desc() for column in newest]
    ranked = kept.add_columns(
        func.rank().over(partition_by=rows.c.patient_id, order_by=order).label("place")
    ).subquery()
    return select(*(one for one in ranked.c if one.key != "place")).where(ranked.c.place == 1)


_ORDER: Final[Mapping[str, tuple[str, ...]]] = {
    "treated": ("on", "session_id"),
    "score": ("on", "rated_at"),
    "pattern": ("on", "visit_id"),
    "review": ("on", "visit_id"),
    "interval": ("on", "session_id"),
}


def _reason(name: str, criteria: Criteria, rows: list[Row]) -> Reason:
    kind, _, number = name.partition("_")
    if kind == "palsy":
        return _palsy(criteria, rows)
    if kind == "score":
        return _score(criteria, int(number), rows)
    return _WORDS[kind](rows)


def _palsy(criteria: Criteria, rows: list[Row]) -> Reason:
    asks_onset = criteria.onset_months_at_least is not None or criteria.onset_months_at_most is not None
    told = []
    for one in rows:
        onset = (one["onset_on"], one["onset_precision"])
        words = condition_text(one["cause"], one["cause_detail"], one["side"].value, *onset)
        told.append(f"{words} (can fit: the day is not known)" if asks_onset and onset[1] is not _DAY else words)
    return Reason("; ".join(sorted(told)))


def _treated(rows: list[Row]) -> Reason:
    first = rows[0]
    doses = sorted(
        f"{muscle_label(one['muscle'])}, {side_words(one['side'].value)}, {format_units(one['units'])}"
        f" {product_name(one['product']) if one['product'] else 'product not recorded'}"
        for one in rows
    )
    rest = len(doses) - _PLACES_SHOWN
    told = "; ".join(doses[:_PLACES_SHOWN]) + (f"; and {plural(rest, 'further muscle')}" if rest > 0 else "")
    words = f"{told}{' (transcribed)' if any(one['is_transcribed'] for one in rows) else ''}"
    return Reason(words, first["on"], first["session_id"], any(one["is_draft"] for one in rows))


def _event(rows: list[Row]) -> Reason:
    newest = max(rows, key=lambda one: one["at"])
    words = event_words(newest["kind"], newest["grade"], newest["side"], newest["onset_on"])
    more = f"; and {len(rows) - 1} more" if len(rows) > 1 else ""
    return Reason(f"{words}{'' if newest['reviewed'] else ', not reviewed yet'}{more}", None, newest["session_id"])


def _score(criteria: Criteria, number: int, rows: list[Row]) -> Reason:
    asked = criteria.scores[number]
    found, first = instrument(asked.instrument), rows[0]
    kind = found.score_kind(asked.score)
    told = sorted(
        score_words(kind, ScoreRow(one["score"], one["value"], one["text"], "", None))
        + (f", {side_words(one['side'].value)}" if one["side"] else "")
        for one in rows
    )
    return Reason(
        f"{found.short_title}, {kind.label[:1].lower()}{kind.label[1:]}: {'; '.join(told)}",
        first["on"],
        first["visit_id"],
    )


def _pattern(rows: list[Row]) -> Reason:
    told = sorted(
        f"{Place(one['side'], one['movement'], one['muscle_group']).words}, {side_words(one['side'].value)},"
        f" grade{NBSP}{one['grade']}"
        for one in rows
    )
    rest = len(told) - _PLACES_SHOWN
    words = "; ".join(told[:_PLACES_SHOWN]) + (f"; and {plural(rest, 'further pattern')}" if rest > 0 else "")
    return Reason(words, rows[0]["on"], rows[0]["visit_id"])


def _review(rows: list[Row]) -> Reason:
    first = rows[0]
    told = sorted(
        f"{Place(one['side'], one['movement'], one['muscle_group']).words} {change_words(one['effect'])}"
        for one in rows
        if "effect" in one
    )
    if first["worn_off_day"] is not None:
        told.append(f"{plural(weeks(first['worn_off_day']), 'week')} of benefit")
    return Reason(f"Review: {'; '.join(told)}", first["on"], first["visit_id"])


def _plan(rows: list[Row]) -> Reason:
    kinds = sorted({one["kind"].label for one in rows})
    return Reason(f"Open in the plan: {', '.join(kinds)}")


def _interval(rows: list[Row]) -> Reason:
    first = rows[0]
    apart = since_words((first["on"] - first["before"]).days).removesuffix(" after it")
    return Reason(f"Session {apart} after that of {day_text(first['before'])}", first["on"], first["session_id"])


def _course(rows: list[Row]) -> Reason:
    count = plural(rows[0]["sessions"], "session")
    return Reason(f"{count}, the last on {day_text(rows[0]['newest'])}")


_WORDS: Final[Mapping[str, Callable[[list[Row]], Reason]]] = {
    "treated": _treated,
    "event": _event,
    "pattern": _pattern,
    "review": _review,
    "plan": _plan,
    "interval": _interval,
    "course": _course,
}
