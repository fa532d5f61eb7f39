"""A page of a work list by its kept lines, in one statement: whose turn it is, and what the record says of those few."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Final

from sqlalchemy import Select, and_, func, literal, or_, select
from sqlalchemy.orm import aliased

from clinic.domain.work_lists import WorkList
from clinic.models import WaitingLine
from clinic.queries.prepared import ANY_UNIT, Prepared, asked
from clinic.queries.together import AnySelect
from clinic.queries.waiting_candidates import NEEDED, waiting_selects
from clinic.queries.waiting_lists import ClinicDays, Found, lists_of
from clinic.unit_of_work import UnitOfWork

_ALL: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked up: a list, an author or "", whether only what is due or overdue, and the days of being due."""

    list: WorkList
    who: str
    only_due: bool
    only_overdue: bool
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Looked:
    """The lines of a page, how many there are in all, how many wait on each list, and who planned what is on this one."""

    found: tuple[Found, ...]
    start: int
    total: int
    counts: Mapping[WorkList, tuple[int, int, int]]
    people: Mapping[str, str]


def _waits(line: Any) -> tuple[Any, ...]:
    return (
        line.clinic_id == ANY_UNIT.clinic_id,
        line.shown_from <= asked("day"),
        line.shown_until > asked("day"),
    )


def _fitting() -> tuple[Any, ...]:
    one = WaitingLine
    return (
        *_waits(one),
        one.list == asked("list"),
        or_(literal("") == asked("who"), one.by_id == asked("who")),
        one.due_from <= asked("due_by"),
        one.overdue_from <= asked("overdue_by"),
        one.due_on >= asked("first"),
        one.due_on <= asked("last"),
    )


def _counted(*where: Any) -> Any:
    return select(func.count()).select_from(WaitingLine).where(*where).scalar_subquery()


def _count_selects() -> dict[str, AnySelect]:
    line = WaitingLine
    found: dict[str, AnySelect] = {}
    for kind in WorkList:
        of_kind = (*_waits(line), line.list == kind)
        total, due, late = (
            _counted(*of_kind),
            _counted(*of_kind, line.due_from <= asked("day")),
            _counted(*of_kind, line.overdue_from <= asked("day")),
        )
        found[f"count {kind.value}"] = select(total.label("total"), due.label("due"), late.label("overdue"))
    return found


def _page_selects(kind: WorkList) -> dict[str, AnySelect]:
    one = WaitingLine
    order = (one.due_on, one.since, one.patient_id, one.place)
    page = (
        select(*order)
        .where(*_fitting())
        .order_by(*order)
        .limit(asked("size"))
        .offset(asked("start"))
        .cte("page")
        .prefix_with("MATERIALIZED")
    )
    there = waiting_selects(select(page.c.patient_id))
    return {
        **_count_selects(),
        "total": select(_counted(*_fitting()).label("total")),
        "line": select(page.c.due_on, page.c.since, page.c.patient_id, page.c.place),
        "person": _people(),
        **{name: there[name] for name in NEEDED[kind]},
    }


def _people() -> Select[Any]:
    """Everybody who planned a line of the list: from one id to the next by the index, not through all lines."""
    first, other, named = aliased(WaitingLine), aliased(WaitingLine), aliased(WaitingLine)
    scope = (first.clinic_id == ANY_UNIT.clinic_id, first.list == asked("list"))
    begin = select(func.min(first.by_id).label("by_id")).where(*scope)
    ids = begin.cte("planner", recursive=True)
    further = (
        select(func.min(other.by_id))
        .where(other.clinic_id == ANY_UNIT.clinic_id, other.list == asked("list"), other.by_id > ids.c.by_id)
        .scalar_subquery()
    )
    ids = ids.union_all(select(further).where(ids.c.by_id.is_not(None)))
    theirs = and_(*_waits(named), named.list == asked("list"), named.by_id == ids.c.by_id)
    newest = (
        select(named.by)
        .where(theirs)
        .order_by(named.due_on.desc(), named.since.desc(), named.patient_id.desc(), named.place.desc())
    )
    return select(ids.c.by_id, newest.limit(1).scalar_subquery().label("by")).where(ids.c.by_id.is_not(None))


_COUNTS = Prepared(_count_selects)
_PAGES: Final = {kind: Prepared(partial(_page_selects, kind)) for kind in WorkList}


def looked_up_counts(uow: UnitOfWork, days: ClinicDays) -> Mapping[WorkList, tuple[int, int, int]]:
    """How many wait on each list: in all, due or overdue, and overdue; counted in the indexes alone."""
    return _counts(_COUNTS.rows(uow, day=days.today))


def looked_up(uow: UnitOfWork, days: ClinicDays, wanted: Asked, page: int, size: int | None) -> Looked | None:
    """A page of a list; None where the lines and the record do not agree, so that all must be read."""
    size = size or _ALL
    start = (page - 1) * size
    rows = _rows(uow, days, wanted, start, size)
    total = rows["total"][0][0]
    if start and not rows["line"]:
        start = max(total - 1, 0) // size * size
        rows = _rows(uow, days, wanted, start, size)
    found = _lines(rows, lists_of(rows, days, (wanted.list,))[wanted.list])
    if found is None:
        return None
    people = {by_id: by for by_id, by in rows["person"] if by is not None}
    return Looked(found, start, total, _counts(rows), people)


def _rows(uow: UnitOfWork, days: ClinicDays, wanted: Asked, start: int, size: int) -> dict[str, list[tuple[Any, ...]]]:
    values: dict[str, Any] = {"list": wanted.list, "who": wanted.who, "first": wanted.first, "last": wanted.last}
    values["due_by"] = days.today if wanted.only_due else date.max
    values["overdue_by"] = days.today if wanted.only_overdue else date.max
    values |= {"day": days.today, "before": days.idle_before, "today": days.today, "start": start, "size": size}
    return _PAGES[wanted.list].rows(uow, **values)


def _counts(rows: Mapping[str, list[tuple[Any, ...]]]) -> dict[WorkList, tuple[int, int, int]]:
    return {
        kind: (int(total), int(due), int(late)) for kind in WorkList for total, due, late in rows[f"count {kind.value}"]
    }


def _lines(rows: Mapping[str, list[tuple[Any, ...]]], read: list[Found]) -> tuple[Found, ...] | None:
    there: dict[tuple[Any, ...], list[Found]] = defaultdict(list)
    for one in read:
        there[one.waiting.due_on, one.waiting.since, one.patient_id].append(one)
    found = []
    for due_on, since, patient_id, place in sorted(rows["line"]):
        alike = there[due_on, since, patient_id]
        if place >= len(alike):
            return None
        found.append(alike[place])
    return tuple(found)
