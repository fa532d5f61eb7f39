"""A patient's diary of practice: the last weeks as they stand, what was replaced, and what was understood last."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from clinic.domain.diary import WEEKS_SHOWN, WHOLE, Week, monday_of, practice_words, totals
from clinic.domain.exercises import exercise_title, library
from clinic.domain.wording import plural
from clinic.models import DiaryWeek
from clinic.queries.patients import PatientStrip, strip
from clinic.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class WeekEntry:
    """One entry of a week, with who keyed it in and when."""

    id: str
    week: Week
    note: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class WeekLine:
    """The entry that counts for one week and exercise, and the ones it replaced, newest first."""

    entry: WeekEntry
    replaced: tuple[WeekEntry, ...]


@dataclass(frozen=True, slots=True)
class DiaryWeekView:
    """One calendar week with its lines: the whole programme first."""

    monday: date
    lines: tuple[WeekLine, ...]


@dataclass(frozen=True, slots=True)
class PastEntry:
    """An entry of a week that was keyed in more than once, and whether it is the one that counts."""

    entry: WeekEntry
    counts: bool


@dataclass(frozen=True, slots=True)
class DiaryTotal:
    """How much was practised over the weeks shown."""

    about: str
    words: str


@dataclass(frozen=True, slots=True)
class DiaryPage:
    """The diary of one patient; ``understood`` reads back the entries that were just made.

    ``history`` are all entries of the weeks that were keyed in more than once; ``older`` counts weeks before those shown.
    """

    strip: PatientStrip
    weeks: tuple[DiaryWeekView, ...]
    totals: tuple[DiaryTotal, ...]
    understood: tuple[str, ...]
    history: tuple[PastEntry, ...]
    older: int


def diary_page(uow: UnitOfWork, patient_id: str, just_entered: str = "") -> DiaryPage:
    """The last twelve weeks of the diary. ``just_entered`` is the id of an entry made now. Raises NotFound."""
    who = strip(uow, patient_id)
    entries = _entries(uow, patient_id)
    standing = _standing(entries)
    last = monday_of(who.today)
    mondays = [last - timedelta(weeks=number) for number in range(WEEKS_SHOWN)]
    shown = [one for one in standing if one.entry.week.monday >= mondays[-1]]
    return DiaryPage(
        strip=who,
        weeks=tuple(
            DiaryWeekView(monday, tuple(one for one in shown if one.entry.week.monday == monday)) for monday in mondays
        ),
        totals=tuple(_total(key, *numbers) for key, numbers in _in_order(totals(one.entry.week for one in shown))),
        understood=_understood(entries, just_entered),
        history=tuple(past for one in shown if one.replaced for past in _history(one)),
        older=len(standing) - len(shown),
    )


def standing_weeks(uow: UnitOfWork, patient_id: str) -> dict[tuple[date, str], Week]:
    """The entries that count, by Monday and exercise."""
    found = _standing(_entries(uow, patient_id))
    return {(one.entry.week.monday, one.entry.week.exercise): one.entry.week for one in found}


def _entries(uow: UnitOfWork, patient_id: str) -> list[WeekEntry]:
    """Every entry, newest first."""
    d = DiaryWeek
    rows = uow.session.execute(
        select(d.id, d.monday, d.days, d.exercise, d.note, d.by, d.at)
        .where(d.clinic_id == uow.clinic_id, d.patient_id == patient_id)
        .order_by(d.at.desc(), d.id.desc())
    )
    return [WeekEntry(row.id, Week(row.monday, row.days, row.exercise), row.note, row.by, row.at) for row in rows]


def _standing(entries: Iterable[WeekEntry]) -> tuple[WeekLine, ...]:
    found: dict[tuple[date, str], list[WeekEntry]] = {}
    for one in entries:
        found.setdefault((one.week.monday, one.week.exercise), []).append(one)
    order = _order()
    keys = sorted(found, key=lambda key: (-key[0].toordinal(), order.get(key[1], len(order)), key[1]))
    return tuple(WeekLine(found[key][0], tuple(found[key][1:])) for key in keys)


def _history(line: WeekLine) -> tuple[PastEntry, ...]:
    return (PastEntry(line.entry, True), *(PastEntry(one, False) for one in line.replaced))


def _order() -> dict[str, int]:
    return {"": -1} | {key: number for number, key in enumerate(library())}


def _in_order(found: dict[str, tuple[int, int, int]]) -> list[tuple[str, tuple[int, int, int]]]:
    order = _order()
    return sorted(found.items(), key=lambda pair: (order.get(pair[0], len(order)), pair[0]))


def _total(exercise: str, practised: int, noted: int, weeks: int) -> DiaryTotal:
    about = exercise_title(exercise) if exercise else WHOLE
    words = practice_words(practised, noted, 0)
    return DiaryTotal(about, f"{words}, in {plural(weeks, 'week')}" if noted else words)


def _understood(entries: Iterable[WeekEntry], just_entered: str) -> tuple[str, ...]:
    """The entries of one keying, in words: those made in the same moment by the same person."""
    listed = list(entries)
    first = next((one for one in listed if one.id == just_entered), None)
    if first is None:
        return ()
    batch = [one for one in listed if (one.at, one.by) == (first.at, first.by)]
    return tuple(one.week.understood for one in sorted(batch, key=lambda one: (one.week.monday, one.week.exercise)))
