"""Pairs of records that may be of one person, with the reasons, the newest entered first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, extract, func, literal, or_, select, union
from sqlalchemy.orm import aliased

from clinic.domain import likeness
from clinic.domain.patient_search import after
from clinic.domain.patients import Identity, age_on, display_name, why_same
from clinic.domain.wording import day_text
from clinic.models import Patient, PatientDistinct, PatientWord
from clinic.queries.patients import clinic_today
from clinic.unit_of_work import UnitOfWork

PAIRS_ON_A_PAGE = 20
PAIRS_READ = 10_000
"""Pairs with a key in common that are judged at once, the newest first; most are two people born on one day, who are never
shown and never settled. What follows is read as the next stretch."""
_STRETCHES = 1000


@dataclass(frozen=True, slots=True)
class PairRow:
    """One record of a pair, as a list shows it."""

    id: str
    display_name: str
    birth_date_text: str
    age: int
    record_number: str
    created_at: datetime
    last_visit_on: date | None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records that may be of one person: the one entered later first, and why."""

    newer: PairRow
    older: PairRow
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PairList:
    """One page of a stretch's pairs; ``first`` and ``last`` count within ``total``, ``more_unread`` when a stretch follows."""

    pairs: tuple[Pair, ...]
    page: int
    first: int
    last: int
    total: int
    more_unread: bool
    stretch: int

    @property
    def before(self) -> int | None:
        """The stretch of records entered before these, where there is one."""
        return self.stretch + 1 if self.more_unread else None

    @property
    def after(self) -> int | None:
        """The stretch of records entered after these, where there is one."""
        return self.stretch - 1 if self.stretch > 1 else None


def possible_duplicates(uow: UnitOfWork, *, page: int = 1, stretch: int = 1) -> PairList:
    """One page of pairs of the clinic's records in use that nobody settled yet, in two statements.

    Two records are compared when they share a key of likeness or a birth date: a walk along two indexes.
    """
    stretch = max(1, min(stretch, _STRETCHES))
    rows = uow.session.execute(_candidates(uow).offset((stretch - 1) * PAIRS_READ)).all()
    today = clinic_today(uow)
    pairs = [pair for row in rows[:PAIRS_READ] if (pair := _pair(row, today)) is not None]
    page = max(1, min(page, -(-len(pairs) // PAIRS_ON_A_PAGE)))
    start = (page - 1) * PAIRS_ON_A_PAGE
    shown = tuple(pairs[start : start + PAIRS_ON_A_PAGE])
    return PairList(shown, page, start + 1, start + len(shown), len(pairs), len(rows) > PAIRS_READ, stretch)


def _candidates(uow: UnitOfWork) -> Any:
    one, other = aliased(PatientWord), aliased(PatientWord)
    worded = (
        select(one.patient_id.label("one_id"), other.patient_id.label("other_id"))
        .join(other, (other.clinic_id == one.clinic_id) & (other.word == one.word))
        .where(one.clinic_id == uow.clinic_id, one.patient_id < other.patient_id)
        .where(one.word >= likeness.MARK, one.word < after(likeness.MARK))
    )
    first, second = aliased(Patient), aliased(Patient)
    born = (
        select(first.id, second.id)
        .join(second, (second.clinic_id == first.clinic_id) & (second.birth_date == first.birth_date))
        .where(first.clinic_id == uow.clinic_id, first.id < second.id)
        .where(first.retired_at.is_(None), second.retired_at.is_(None))
    )
    found = union(worded, born).subquery()
    a, b = aliased(Patient), aliased(Patient)
    settled = select(literal(1)).where(
        PatientDistinct.clinic_id == uow.clinic_id, PatientDistinct.one_id == a.id, PatientDistinct.other_id == b.id
    )
    later = func.max if uow.session.get_bind().dialect.name == "sqlite" else func.greatest
    return (
        select(*_columns(a, "a"), *_columns(b, "b"))
        .select_from(found)
        .join(a, and_(a.clinic_id == uow.clinic_id, a.id == found.c.one_id))
        .join(b, and_(b.clinic_id == uow.clinic_id, b.id == found.c.other_id))
        .where(a.retired_at.is_(None), b.retired_at.is_(None), ~settled.exists())
        .where(or_(a.birth_date == b.birth_date, _one_slip(a.birth_date, b.birth_date)))
        .order_by(later(a.created_at, b.created_at).desc(), a.id, b.id)
        .limit(PAIRS_READ + 1)
    )


def _one_slip(first: Any, second: Any) -> Any:
    """Two dates of one year, or of one day and month: everything that one slip makes alike, and some more."""
    same_rest = and_(
        extract("month", first) == extract("month", second), extract("day", first) == extract("day", second)
    )
    return or_(extract("year", first) == extract("year", second), same_rest)


def _columns(patient: type[Patient], name: str) -> list[Any]:
    columns = ("id", "family_name", "given_names", "birth_date", "record_number", "created_at", "last_visit_on")
    return [getattr(patient, one).label(f"{name}_{one}") for one in columns]


def _pair(row: Any, today: date) -> Pair | None:
    first = Identity(row.a_family_name, row.a_given_names, row.a_birth_date)
    second = Identity(row.b_family_name, row.b_given_names, row.b_birth_date)
    why = why_same(first, second, row.a_record_number, row.b_record_number)
    if not why:
        return None
    rows = sorted((_row(row, name, today) for name in "ab"), key=lambda one: one.created_at, reverse=True)
    return Pair(rows[0], rows[1], why)


def _row(row: Any, name: str, today: date) -> PairRow:
    def of(column: str) -> Any:
        return getattr(row, f"{name}_{column}")

    return PairRow(
        id=of("id"),
        display_name=display_name(of("family_name"), of("given_names")),
        birth_date_text=day_text(of("birth_date")),
        age=age_on(of("birth_date"), today),
        record_number=of("record_number"),
        created_at=of("created_at"),
        last_visit_on=of("last_visit_on"),
    )
