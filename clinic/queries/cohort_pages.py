"""A page of patients found: who they are, why they fit, how many there are, and which criterion excludes whom."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import func, select

from clinic.domain.cohort_words import criteria_words
from clinic.domain.cohorts import Criteria, each_alone
from clinic.domain.patients import display_name
from clinic.models import Membership, Patient, User
from clinic.queries.cohort_reasons import Reason, reasons
from clinic.queries.cohorts import Asking, asking, patients_asked
from clinic.queries.work_lists import taken_for_each_other
from clinic.unit_of_work import UnitOfWork

PAGE_SIZE: Final = 50
TABLE_MAXIMUM: Final = 5_000
"""Patients of one table; a larger list is narrowed first."""
_PART: Final = 500


class Order(StrEnum):
    """How the list is sorted."""

    NAME = "name"
    BIRTH = "birth"
    RECORD = "record"
    SEEN = "seen"

    @property
    def label(self) -> str:
        """The order in words."""
        return {"name": "name", "birth": "birth date", "record": "record number", "seen": "last visit"}[self.value]


@dataclass(frozen=True, slots=True)
class FoundPatient:
    """One patient with what tells him or her from others, and why the criteria fit; ``alike``: as on a work list."""

    id: str
    name: str
    birth_date: date
    record_number: str
    last_visit_on: date | None
    reasons: tuple[Reason, ...]
    alike: bool = False


@dataclass(frozen=True, slots=True)
class Alone:
    """One criterion in words, and how many patients it finds by itself."""

    words: str
    count: int


@dataclass(frozen=True, slots=True)
class FoundPage:
    """Patients ``first`` to ``last`` of ``total``; ``alone`` is told only when nobody was found, of ``everybody``."""

    rows: tuple[FoundPatient, ...]
    page: int
    first: int
    last: int
    total: int
    today: date
    words: tuple[str, ...]
    alone: tuple[Alone, ...] = ()
    everybody: int = 0

    @property
    def more(self) -> bool:
        """Whether there is a page after this one."""
        return self.last < self.total

    @property
    def patient_ids(self) -> tuple[str, ...]:
        """Everybody who is shown."""
        return tuple(row.id for row in self.rows)


def found_page(
    uow: UnitOfWork, criteria: Criteria, page: int = 1, order: Order = Order.NAME, *, whole: bool = False
) -> FoundPage:
    """A page of the patients that fit (all of them when ``whole``), in at most six statements.

    A page that is no longer there gives the first one.
    """
    asked = asking(uow, criteria)
    found, size, page = patients_asked(uow, asked), TABLE_MAXIMUM if whole else PAGE_SIZE, max(1, page)
    start = (page - 1) * size
    p = Patient
    columns = (p.id, p.family_name, p.given_names, p.birth_date, p.record_number, p.last_visit_on)
    # Counted along with its rows: who fits is found once.
    rows = uow.session.execute(
        select(*columns, func.count().over().label("total"))
        .where(p.id.in_(found))
        .order_by(*_ordered(order))
        .limit(size)
        .offset(start)
    ).all()
    if not rows and page > 1:
        return found_page(uow, criteria, 1, order, whole=whole)
    total = rows[0].total if rows else 0
    why = _reasons(uow, asked, [row.id for row in rows])
    alike: frozenset[str] = frozenset() if whole else taken_for_each_other(rows)
    names = people(uow) if criteria.treated_by else {}
    nobody: tuple[tuple[Alone, ...], int] = ((), 0)
    alone, everybody = nobody if total else _alone(uow, asked, names)
    return FoundPage(
        rows=tuple(_found(row, why.get(row.id, ()), alike=row.id in alike) for row in rows),
        page=page,
        first=start + 1 if total else 0,
        last=start + len(rows),
        total=total,
        today=asked.today,
        words=criteria_words(criteria, names),
        alone=alone,
        everybody=everybody,
    )


def people(uow: UnitOfWork) -> dict[str, str]:
    """The clinic's people, who may have given a session: names by id, in the order of their names."""
    rows = uow.session.execute(
        select(User.id, User.name)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.clinic_id == uow.clinic_id)
        .order_by(User.name, User.id)
    )
    return {row.id: row.name for row in rows}


def _found(row: Any, why: tuple[Reason, ...], *, alike: bool) -> FoundPatient:
    name = display_name(row.family_name, row.given_names)
    return FoundPatient(row.id, name, row.birth_date, row.record_number, row.last_visit_on, why, alike)


def _ordered(order: Order) -> tuple[Any, ...]:
    name = (Patient.family_name, Patient.given_names, Patient.id)
    first: dict[Order, tuple[Any, ...]] = {
        Order.NAME: (),
        Order.BIRTH: (Patient.birth_date,),
        Order.RECORD: (Patient.record_number,),
        Order.SEEN: (Patient.last_visit_on.desc().nulls_last(),),
    }
    return (*first[order], *name)


def _reasons(uow: UnitOfWork, asked: Asking, patient_ids: list[str]) -> dict[str, tuple[Reason, ...]]:
    # A page is one part; a whole table is asked in parts, because a statement takes only so many values.
    found: dict[str, tuple[Reason, ...]] = {}
    for start in range(0, len(patient_ids), _PART):
        found |= reasons(uow, asked, patient_ids[start : start + _PART])
    return found


def _alone(uow: UnitOfWork, asked: Asking, names: dict[str, str]) -> tuple[tuple[Alone, ...], int]:
    """What each criterion would find by itself, in one statement."""
    parts = each_alone(asked.criteria)
    each = [patients_asked(uow, replace(asked, criteria=one)) for one in (Criteria(), *parts)]
    counts = [select(func.count()).select_from(one.subquery()).scalar_subquery() for one in each]
    row = uow.session.execute(select(*counts)).one()
    # Asking drafts too is no criterion by itself, so its words are left to the whole search.
    words = ["; ".join(criteria_words(replace(one, drafts=False), names)) for one in parts]
    return tuple(Alone(*pair) for pair in zip(words, row[1:], strict=True)), row[0]
