"""The work lists: what waits for whom, counted, filtered and a page at a time; the same rows for page, print and table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Any, Final

from sqlalchemy import select

from clinic.domain import likeness
from clinic.domain.patients import Identity, display_name, lookalike_rank
from clinic.domain.work_lists import Only, WorkList, due_words
from clinic.domain.work_terms import Standing
from clinic.models import Patient
from clinic.queries.listed import listed
from clinic.queries.together import UNREADABLE
from clinic.queries.waiting_lines import State
from clinic.queries.waiting_lists import ClinicDays, Found, waiting_lists
from clinic.queries.waiting_pages import Asked, Looked, looked_up, looked_up_counts
from clinic.unit_of_work import UnitOfWork

PAGE_SIZE: Final = 50
_SIMILAR: Final = 2
"""From which rank two names are taken for each other (``domain.patients.lookalike_rank``)."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for; blanks ask for everything. ``who`` is an author's id, the days are those of being due."""

    list: WorkList = WorkList.REVIEWS
    who: str = ""
    only: Only = Only.ALL
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class WorkRow:
    """One line with its patient; ``alike`` says that another name on the same page may be taken for this one."""

    patient_id: str
    patient_name: str
    birth_date: date
    record_number: str
    what: str
    since: date
    due_on: date
    due_words: str
    standing: Standing
    words: str
    by: str
    booked: str
    alike: bool = False


@dataclass(frozen=True, slots=True)
class ListCount:
    """How many wait on a list: in all, due or overdue, and overdue."""

    list: WorkList
    total: int
    due: int
    overdue: int


@dataclass(frozen=True, slots=True)
class WorkPage:
    """Rows ``first`` to ``last`` of ``total``; ``people`` are the authors that can be chosen."""

    filters: Filters
    counts: tuple[ListCount, ...]
    people: tuple[tuple[str, str], ...]
    rows: tuple[WorkRow, ...]
    page: int
    first: int
    last: int
    total: int
    today: date

    @property
    def more(self) -> bool:
        """Whether there is a page after this one."""
        return self.last < self.total

    @property
    def patient_ids(self) -> tuple[str, ...]:
        """Everybody who is shown, each once."""
        return tuple(dict.fromkeys(row.patient_id for row in self.rows))


def work_page(uow: UnitOfWork, filters: Filters, page: int = 1, *, whole: bool = False) -> WorkPage:
    """A page of a list (all of it when ``whole``), the longest waiting first.

    By the kept lines in three statements, however large the clinic is; where they are not as the record is, from all of it.
    """
    state = State(uow)
    days, size = state.days, None if whole else PAGE_SIZE
    found = _looked_up(uow, days, _asked(filters), max(page, 1), size) if _kept(uow, state) else None
    found = found or _read(uow, filters, page, whole=whole)
    lines = max(found.total, 1) if whole else PAGE_SIZE
    return WorkPage(
        filters=filters,
        counts=tuple(ListCount(kind, *found.counts[kind]) for kind in WorkList),
        people=tuple(sorted(found.people.items(), key=lambda pair: (pair[1], pair[0]))),
        rows=_rows(uow, found.found, days.today, compared=not whole),
        page=found.start // lines + 1,
        first=found.start + 1 if found.found else 0,
        last=found.start + len(found.found),
        total=found.total,
        today=days.today,
    )


def _looked_up(uow: UnitOfWork, days: ClinicDays, asked: Asked, page: int, size: int | None) -> Looked | None:
    """By the kept lines; None where the record has a damaged row on this page, which reading all leaves out."""
    try:
        return looked_up(uow, days, asked, page, size)
    except UNREADABLE:
        return None


def work_counts(uow: UnitOfWork) -> tuple[ListCount, ...]:
    """How many wait on each list, in two statements."""
    state = State(uow)
    if _kept(uow, state):
        counts = looked_up_counts(uow, state.days)
    else:
        counts = {kind: _count(found) for kind, found in waiting_lists(uow)[1].items()}
    return tuple(ListCount(kind, *counts[kind]) for kind in WorkList)


def _kept(uow: UnitOfWork, state: State) -> bool:
    """Whether the kept lines are as the record is; what this unit of work wrote itself is not in them."""
    return not uow.writes and state.is_current


def _asked(filters: Filters) -> Asked:
    only = {Only.ALL: (False, False), Only.DUE: (True, False), Only.OVERDUE: (True, True)}[filters.only]
    return Asked(filters.list, filters.who, *only, filters.first or date.min, filters.last or date.max)


def _read(uow: UnitOfWork, filters: Filters, page: int, *, whole: bool) -> Looked:
    """The same from the whole record."""
    _, lists = waiting_lists(uow)
    found = lists[filters.list]
    fitting = [one for one in found if _fits(one, filters)]
    size = max(len(fitting), 1) if whole else PAGE_SIZE
    start = (max(1, min(page, -(-len(fitting) // size))) - 1) * size
    counts = {kind: _count(of_kind) for kind, of_kind in lists.items()}
    people = {one.by_id: one.by for one in found}
    return Looked(tuple(fitting[start : start + size]), start, len(fitting), counts, people)


def _count(found: Iterable[Found]) -> tuple[int, int, int]:
    standings = [one.waiting.standing for one in found]
    overdue = standings.count(Standing.OVERDUE)
    return len(standings), standings.count(Standing.DUE) + overdue, overdue


def _fits(one: Found, filters: Filters) -> bool:
    due_on = one.waiting.due_on
    return (
        one.waiting.standing in filters.only.standings
        and (not filters.who or one.by_id == filters.who)
        and (filters.first is None or due_on >= filters.first)
        and (filters.last is None or due_on <= filters.last)
    )


def _rows(uow: UnitOfWork, shown: tuple[Found, ...], today: date, *, compared: bool) -> tuple[WorkRow, ...]:
    """The lines with their patients, in one statement."""
    p = Patient
    ids = {one.patient_id for one in shown}
    columns = select(p.id, p.family_name, p.given_names, p.birth_date, p.record_number)
    patients = {row.id: row for row in listed(uow, columns.where(p.id.in_(ids)))}
    alike = taken_for_each_other(patients.values()) if compared else frozenset()
    return tuple(
        WorkRow(
            patient_id=one.patient_id,
            patient_name=display_name(patients[one.patient_id].family_name, patients[one.patient_id].given_names),
            birth_date=patients[one.patient_id].birth_date,
            record_number=patients[one.patient_id].record_number,
            what=one.waiting.what,
            since=one.waiting.since,
            due_on=one.waiting.due_on,
            due_words=due_words(one.waiting.due_on, today),
            standing=one.waiting.standing,
            words=one.waiting.words,
            by=one.by,
            booked=one.booked,
            alike=one.patient_id in alike,
        )
        for one in shown
        if one.patient_id in patients
    )


def taken_for_each_other(patients: Iterable[Any]) -> frozenset[str]:
    """Whose names may be taken for each other on one page; names are compared only where a key of theirs is shared."""
    people = [(row.id, Identity(row.family_name, row.given_names, row.birth_date)) for row in patients]
    keyed = [(who, one, likeness.held_in_full(one), likeness.looked_for_in_full(one)) for who, one in people]
    return frozenset(
        found
        for (first, one, held, _), (second, other, _, sought) in combinations(keyed, 2)
        if (one.birth_date == other.birth_date or not sought.isdisjoint(held))
        and lookalike_rank(one, other) >= _SIMILAR
        for found in (first, second)
    )
