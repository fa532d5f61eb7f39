"""Finding people: the list of patients, search by the start of any word, and likely duplicates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, select, union
from sqlalchemy.orm import aliased

from clinic.domain import patient_search
from clinic.domain.patient_search import Term
from clinic.domain.patients import Identity, age_on, display_name, likely_same
from clinic.domain.wording import day_text
from clinic.models import Patient, PatientMerge, PatientWord
from clinic.queries.merges import earlier_numbers
from clinic.queries.patients import clinic_today, condition_texts, near
from clinic.unit_of_work import UnitOfWork

PAGE_SIZE = 40
HITS_MAXIMUM = 25
_UNREAD = "another number"
_ABSORBED = (
    exists()
    .where(
        PatientMerge.clinic_id == Patient.clinic_id,
        PatientMerge.kept_id == Patient.id,
        PatientMerge.undone_at.is_(None),
    )
    .label("absorbed")
)


@dataclass(frozen=True, slots=True)
class PatientRow:
    """One person in a list. ``due`` says that the next visit is due today or overdue.

    ``was`` holds the numbers of records that were merged into this one; only a search asks for them.
    """

    id: str
    display_name: str
    birth_date_text: str
    age: int
    record_number: str
    condition_text: str
    synthetic: bool
    retired: bool
    last_visit_on: date | None
    next_due_on: date | None
    due: bool
    was: str = ""


@dataclass(frozen=True, slots=True)
class PatientList:
    """One page of the list; ``first`` and ``last`` count from 1 within ``total``."""

    rows: tuple[PatientRow, ...]
    page: int
    first: int
    last: int
    total: int

    @property
    def more(self) -> bool:
        """Whether there is a page after this one."""
        return self.last < self.total


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Who was found; ``more`` when others match too, ``note`` how a date was read, ``searched`` False for no term."""

    rows: tuple[PatientRow, ...]
    more: bool
    note: str
    searched: bool


def patient_list(uow: UnitOfWork, *, page: int = 1, due_first: bool = False, retired: bool = False) -> PatientList:
    """One page of the clinic's patients, newest seen (or entered) first, or soonest due first, in four statements."""
    chosen: ColumnElement[bool] = Patient.retired_at.is_not(None) if retired else Patient.retired_at.is_(None)
    if due_first:
        chosen = and_(chosen, Patient.next_due_on.is_not(None))
    seen = func.coalesce(Patient.last_visit_on, func.date(Patient.created_at)).desc()
    order = (Patient.next_due_on, Patient.id) if due_first else (seen, Patient.created_at.desc(), Patient.id)
    total = uow.session.scalar(select(func.count(Patient.id)).where(chosen)) or 0
    page = max(1, min(page, -(-total // PAGE_SIZE)))
    start = (page - 1) * PAGE_SIZE
    rows = _rows(uow, _columns().where(chosen).order_by(*order).limit(PAGE_SIZE).offset(start), clinic_today(uow))
    return PatientList(rows, page, start + 1, start + len(rows), total)


def search(uow: UnitOfWork, text: str, *, retired: bool = False) -> SearchResult:
    """Patients of whom every term matches, by name, in three statements; retired ones only when asked for.

    A fourth one reads earlier numbers, where a record was taken up into one of those found.
    """
    today = clinic_today(uow)
    asked = patient_search.read(text, today)
    if not asked.terms:
        return SearchResult((), more=False, note=asked.note, searched=False)
    plain = tuple(word for term in asked.terms if not term.birth_dates for word in term.words)
    terms = [*(term for term in asked.terms if term.birth_dates), *([Term(plain)] if plain else [])]
    chosen = [_matches(uow, term) for term in terms]
    if not retired:
        chosen.append(Patient.retired_at.is_(None))
    order = (func.lower(Patient.family_name), func.lower(Patient.given_names), Patient.birth_date, Patient.id)
    rows = _rows(uow, _columns().where(*chosen).order_by(*order).limit(HITS_MAXIMUM + 1), today)
    hits = _with_earlier_numbers(uow, rows[:HITS_MAXIMUM])
    return SearchResult(hits, more=len(rows) > HITS_MAXIMUM, note=asked.note, searched=True)


def _with_earlier_numbers(uow: UnitOfWork, rows: tuple[PatientRow, ...]) -> tuple[PatientRow, ...]:
    if not any(row.was for row in rows):
        return rows
    was = earlier_numbers(uow, [row.id for row in rows])
    return tuple(replace(row, was=", ".join(was.get(row.id, ()))) for row in rows)


def likely_duplicates(uow: UnitOfWork, identity: Identity, *, except_id: str | None = None) -> tuple[PatientRow, ...]:
    """People of this clinic, retired ones too, who are probably the same person; in four statements or fewer."""
    found = [
        patient_id
        for patient_id, other in near(uow, identity, retired=True)
        if patient_id != except_id and likely_same(identity, other)
    ]
    if not found:
        return ()
    statement = _columns().where(Patient.id.in_(found)).order_by(Patient.family_name, Patient.given_names, Patient.id)
    return _rows(uow, statement, clinic_today(uow))


def _matches(uow: UnitOfWork, term: Term) -> ColumnElement[bool]:
    named = _starting(uow, term.words)
    if not term.birth_dates:
        return Patient.id.in_(named)
    born = select(Patient.id).where(Patient.clinic_id == uow.clinic_id, Patient.birth_date.in_(term.birth_dates))
    return Patient.id.in_(union(born, named))


def _starting(uow: UnitOfWork, prefixes: tuple[str, ...]) -> Select[Any]:
    # Ranges of the index, not LIKE: patient_word compares by code point. The longest start finds, the others check.
    longest, *others = sorted(set(prefixes), key=len, reverse=True)
    first = aliased(PatientWord)
    statement = select(first.patient_id).where(first.clinic_id == uow.clinic_id, *_range(first, longest))
    for prefix in others:
        other = aliased(PatientWord)
        same = (other.clinic_id == first.clinic_id, other.patient_id == first.patient_id)
        statement = statement.where(select(other.word).where(*same, *_range(other, prefix)).exists())
    return statement


def _range(row: type[PatientWord], prefix: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return row.word >= prefix, row.word < patient_search.after(prefix)


def _columns() -> Select[*tuple[Any, ...]]:
    return select(
        Patient.id,
        Patient.family_name,
        Patient.given_names,
        Patient.birth_date,
        Patient.record_number,
        Patient.synthetic,
        Patient.retired_at,
        Patient.last_visit_on,
        Patient.next_due_on,
        _ABSORBED,
    )


def _rows(uow: UnitOfWork, statement: Select[*tuple[Any, ...]], today: date) -> tuple[PatientRow, ...]:
    rows = uow.session.execute(statement).all()
    conditions = condition_texts(uow, [row.id for row in rows])
    return tuple(
        PatientRow(
            id=row.id,
            display_name=display_name(row.family_name, row.given_names),
            birth_date_text=day_text(row.birth_date),
            age=age_on(row.birth_date, today),
            record_number=row.record_number,
            condition_text=conditions.get(row.id, ""),
            synthetic=row.synthetic,
            retired=row.retired_at is not None,
            last_visit_on=row.last_visit_on,
            next_due_on=row.next_due_on,
            due=row.next_due_on is not None and row.next_due_on <= today,
            was=_UNREAD if row.absorbed else "",
        )
        for row in rows
    )
