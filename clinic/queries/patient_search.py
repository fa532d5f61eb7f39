"""Finding people: the list of patients, search by the start of any word, and likely duplicates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, select, union
from sqlalchemy.orm import aliased

from clinic.clinic_scope import CLINIC
from clinic.domain import patient_search
from clinic.domain.patient_search import Term
from clinic.domain.patients import Identity, age_on, condition_text, display_name, likely_same
from clinic.domain.wording import day_text
from clinic.models import Condition, Patient, PatientMerge, PatientWord
from clinic.queries.listed import listed
from clinic.queries.merges import earlier_numbers
from clinic.queries.patients import clinic_today, near
from clinic.queries.together import AnySelect
from clinic.unit_of_work import UnitOfWork

PAGE_SIZE = 40
HITS_MAXIMUM = 25
_UNREAD = "another number"
_SHAPES_KEPT: Final = 64
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
    """One page of the clinic's patients, newest seen (or entered) first, or soonest due first, in three statements."""
    count, chosen = _listed(due_first, retired)
    total = uow.session.execute(count).scalar() or 0
    page = max(1, min(page, -(-total // PAGE_SIZE)))
    start = (page - 1) * PAGE_SIZE
    rows = _rows(listed(uow, chosen, {"start": start}), clinic_today(uow))
    return PatientList(rows, page, start + 1, start + len(rows), total)


@cache
def _listed(due_first: bool, retired: bool) -> tuple[AnySelect, AnySelect]:
    """How many there are, and a page of them."""
    chosen: ColumnElement[bool] = Patient.retired_at.is_not(None) if retired else Patient.retired_at.is_(None)
    if due_first:
        chosen = and_(chosen, Patient.next_due_on.is_not(None))
    rows = _columns().where(chosen).limit(PAGE_SIZE).offset(bindparam("start"))
    if due_first:
        page = _with_conditions(rows, Patient.next_due_on, Patient.id)
    else:
        seen = func.coalesce(Patient.last_visit_on, func.date(Patient.created_at))
        page = _with_conditions(rows, seen, Patient.created_at, Patient.id, newest_first=True)
    return select(func.count(Patient.id)).where(chosen), page


def search(uow: UnitOfWork, text: str, *, retired: bool = False) -> SearchResult:
    """Patients of whom every term matches, by name, in one statement; retired ones only when asked for.

    Two more read the clinic's zone, where no session told it, and earlier numbers, where a record was taken up.
    """
    today = clinic_today(uow)
    asked = patient_search.read(text, today)
    if not asked.terms:
        return SearchResult((), more=False, note=asked.note, searched=False)
    plain = tuple(word for term in asked.terms if not term.birth_dates for word in term.words)
    terms = [*(term for term in asked.terms if term.birth_dates), *([Term(plain)] if plain else [])]
    starts = [sorted(set(term.words), key=len, reverse=True) for term in terms]
    statement = _found(
        tuple((len(words), len(term.birth_dates)) for words, term in zip(starts, terms, strict=True)), retired
    )
    rows = _rows(listed(uow, statement, _values(starts, terms)), today)
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
    chosen = _columns().where(Patient.id.in_(found))
    statement = _with_conditions(chosen, Patient.family_name, Patient.given_names, Patient.id)
    return _rows(listed(uow, statement), clinic_today(uow))


def _values(starts: Sequence[Sequence[str]], terms: Sequence[Term]) -> dict[str, object]:
    found: dict[str, object] = {}
    for number, (words, term) in enumerate(zip(starts, terms, strict=True)):
        for place, word in enumerate(words):
            found[f"from_{number}_{place}"], found[f"to_{number}_{place}"] = word, patient_search.after(word)
        found |= {f"born_{number}_{place}": day for place, day in enumerate(term.birth_dates)}
    return found


@lru_cache(maxsize=_SHAPES_KEPT)
def _found(shape: tuple[tuple[int, int], ...], retired: bool) -> AnySelect:
    """The search for terms of so many words and days each: what was typed comes as values, so few searches differ."""
    chosen = [_matches(number, words, days) for number, (words, days) in enumerate(shape)]
    if not retired:
        chosen.append(Patient.retired_at.is_(None))
    names = (func.lower(Patient.family_name), func.lower(Patient.given_names))
    return _with_conditions(_columns().where(*chosen).limit(HITS_MAXIMUM + 1), *names, Patient.birth_date, Patient.id)


def _matches(number: int, words: int, days: int) -> ColumnElement[bool]:
    named = _starting(number, words)
    if not days:
        return Patient.id.in_(named)
    dates: list[Any] = [bindparam(f"born_{number}_{place}") for place in range(days)]
    born = select(Patient.id).where(Patient.clinic_id == CLINIC, Patient.birth_date.in_(dates))
    return Patient.id.in_(union(born, named))


def _starting(number: int, words: int) -> AnySelect:
    # Ranges of the index, not LIKE: patient_word compares by code point. The longest start finds, the others check.
    first = aliased(PatientWord)
    statement = select(first.patient_id).where(first.clinic_id == CLINIC, *_range(first, f"{number}_0"))
    for place in range(1, words):
        other = aliased(PatientWord)
        same = (other.clinic_id == first.clinic_id, other.patient_id == first.patient_id)
        statement = statement.where(select(other.word).where(*same, *_range(other, f"{number}_{place}")).exists())
    return statement


def _range(row: type[PatientWord], named: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return row.word >= bindparam(f"from_{named}"), row.word < bindparam(f"to_{named}")


def _columns() -> AnySelect:
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


def _with_conditions(chosen: AnySelect, *order: Any, newest_first: bool = False) -> AnySelect:
    """The rows of ``_columns`` in this order (the last one ascending), each once for every palsy episode, oldest first."""

    def directed(columns: Sequence[Any]) -> list[Any]:
        return [*(one.desc() if newest_first else one for one in columns[:-1]), columns[-1]]

    keys = [one.label(f"by_{number}") for number, one in enumerate(order)]
    rows = chosen.add_columns(*keys).order_by(*directed(order)).subquery()
    c, of = Condition, rows.c
    episode = (c.clinic_id == CLINIC) & (c.patient_id == of.id) & c.retired_at.is_(None)
    again = directed([of[key.name] for key in keys])
    return (
        select(*of, c.cause, c.cause_detail, c.side, c.onset_on, c.onset_precision)
        .join_from(rows, c, episode, isouter=True)
        .order_by(*again, c.onset_on.nulls_first(), c.id)
    )


def _rows(found: Any, today: date) -> tuple[PatientRow, ...]:
    return tuple(_row(list(rows), today) for _, rows in groupby(found, attrgetter("id")))


def _row(rows: list[Any], today: date) -> PatientRow:
    row = rows[0]
    return PatientRow(
        id=row.id,
        display_name=display_name(row.family_name, row.given_names),
        birth_date_text=day_text(row.birth_date),
        age=age_on(row.birth_date, today),
        record_number=row.record_number,
        condition_text="; ".join(condition_text(*one[-5:]) for one in rows if one.cause is not None),
        synthetic=row.synthetic,
        retired=row.retired_at is not None,
        last_visit_on=row.last_visit_on,
        next_due_on=row.next_due_on,
        due=row.next_due_on is not None and row.next_due_on <= today,
        was=_UNREAD if row.absorbed else "",
    )
