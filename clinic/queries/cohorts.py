"""Patients by what was charted, as one select; and the searches that are kept under a name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, cast, func, or_, select
from sqlalchemy.orm import aliased

from clinic.domain.anatomy import Side
from clinic.domain.cohort_days import born_by, onset_span, possible
from clinic.domain.cohort_json import from_json
from clinic.domain.cohorts import BOTH_SIDES, EVENT, PALSY, REVIEW, TREATED, Criteria, asks
from clinic.domain.errors import Invalid, NotFound
from clinic.domain.patients import Cause, Sex
from clinic.models import Cohort, Condition, Patient
from clinic.queries import cohort_rows, cohort_sessions
from clinic.queries.patients import clinic_today
from clinic.queries.together import AnySelect
from clinic.unit_of_work import UnitOfWork

_WEEK = 7


@dataclass(frozen=True, slots=True)
class SavedCohort:
    """A search under its name. ``is_mine``: whoever asks owns it; not ``is_readable``: its criteria are of another time."""

    id: str
    name: str
    criteria: Criteria
    owner_id: str
    owner_name: str
    shared: bool
    edit_version: int
    created_at: datetime
    changed_at: datetime
    is_mine: bool
    is_readable: bool = True


@dataclass(frozen=True, slots=True)
class Asking:
    """Criteria on a day, with the transcribed lot numbers that mean the lot asked for."""

    criteria: Criteria
    today: date
    spellings: tuple[str, ...]


def asking(uow: UnitOfWork, criteria: Criteria) -> Asking:
    """What the selects need to know beforehand: the day, and spellings of a lot; one or two statements."""
    spellings = cohort_sessions.lot_spellings(uow, criteria.lot) if criteria.lot else ()
    return Asking(criteria, clinic_today(uow), spellings)


def patients_of(uow: UnitOfWork, criteria: Criteria) -> Select[str]:
    """The ids of the patients that fit, as a select for others to build on; retired records are left out."""
    return patients_asked(uow, asking(uow, criteria))


def patients_asked(uow: UnitOfWork, asked: Asking) -> Select[str]:
    """The ids of the patients that fit."""
    p = aliased(Patient)
    return select(p.id).where(p.clinic_id == uow.clinic_id, p.retired_at.is_(None), *_conditions(uow, asked, p))


def _conditions(uow: UnitOfWork, asked: Asking, p: Any) -> Iterator[ColumnElement[bool]]:
    criteria = asked.criteria
    yield from _person(criteria, asked.today, p)
    found = matching(uow, asked)
    if "treated" in found:
        found["treated"] = cohort_sessions.treated_patients(uow, criteria, asked.spellings)
    for rows in found.values():
        yield p.id.in_(select(rows.subquery().c.patient_id))
    if asks(criteria, BOTH_SIDES):
        for side in (Side.RIGHT, Side.LEFT):
            yield p.id.in_(select(Condition.patient_id).where(*_of_clinic(uow), Condition.side == side))
    yield from _course(uow, criteria, p)


def _person(criteria: Criteria, today: date, p: Any) -> Iterator[ColumnElement[bool]]:
    if criteria.sexes:
        yield p.sex.in_([Sex(one) for one in criteria.sexes])
    if criteria.age_at_least is not None:
        yield p.birth_date <= born_by(today, criteria.age_at_least)
    if criteria.age_at_most is not None:
        yield p.birth_date > born_by(today, criteria.age_at_most + 1)


def _course(uow: UnitOfWork, criteria: Criteria, p: Any) -> Iterator[ColumnElement[bool]]:
    drafts, least, most = criteria.drafts, criteria.sessions_at_least, criteria.sessions_at_most
    if least:
        yield p.id.in_(cohort_sessions.by_session_count(uow, drafts=drafts, fits=lambda count: count >= least))
    if most is not None:
        # Whoever had no session has not had too many.
        yield p.id.not_in(cohort_sessions.by_session_count(uow, drafts=drafts, fits=lambda count: count > most))
    since, until = criteria.last_session_from, criteria.last_session_until
    if since is not None or until is not None:
        yield p.id.in_(cohort_sessions.by_last_session(uow, since, until, drafts=drafts))
    if (found := interval_rows(uow, criteria)) is not None:
        yield p.id.in_(select(found.subquery().c.patient_id))


def matching(uow: UnitOfWork, asked: Asking) -> dict[str, AnySelect]:
    """The rows that make a patient fit, by what was asked; each select begins with ``patient_id``."""
    criteria = asked.criteria
    found: dict[str, AnySelect] = {}
    if asks(criteria, PALSY):
        found["palsy"] = _palsies(uow, criteria, asked.today)
    if asks(criteria, TREATED):
        found["treated"] = cohort_sessions.treated(uow, criteria, asked.spellings)
    if asks(criteria, EVENT):
        found["event"] = cohort_rows.events(uow, criteria)
    found |= {f"score_{n}": cohort_rows.scores(uow, one) for n, one in enumerate(criteria.scores)}
    found |= {f"pattern_{n}": cohort_rows.patterns(uow, one) for n, one in enumerate(criteria.patterns)}
    if asks(criteria, REVIEW):
        found["review"] = cohort_rows.reviews(uow, criteria)
    if criteria.plan_open:
        found["plan"] = cohort_rows.open_items(uow, criteria)
    return found


def interval_rows(uow: UnitOfWork, criteria: Criteria) -> AnySelect | None:
    """Sessions that came within the asked interval after the one before; None when no interval is asked."""
    least, most = criteria.interval_weeks_at_least, criteria.interval_weeks_at_most
    if least is None and most is None:
        return None
    pairs = cohort_sessions.session_pairs(uow, drafts=criteria.drafts)
    days = _days_between(uow, pairs.c.before, pairs.c.on)
    found = select(pairs.c.patient_id, pairs.c.session_id, pairs.c.on, pairs.c.before).where(
        pairs.c.before.is_not(None)
    )
    if least is not None:
        found = found.where(days >= least * _WEEK)
    return found if most is None else found.where(days <= most * _WEEK)


def _days_between(uow: UnitOfWork, first: Any, last: Any) -> Any:
    # PostgreSQL subtracts dates; SQLite holds them as text.
    if uow.session.get_bind().dialect.name == "sqlite":
        return cast(func.julianday(last) - func.julianday(first), Integer)
    return cast(last - first, Integer)


def _of_clinic(uow: UnitOfWork) -> tuple[ColumnElement[bool], ...]:
    return Condition.clinic_id == uow.clinic_id, Condition.retired_at.is_(None)


def _palsies(uow: UnitOfWork, criteria: Criteria, today: date) -> AnySelect:
    """Palsies of a cause and side whose onset can lie so many months ago."""
    c = Condition
    found = select(c.patient_id, c.cause, c.cause_detail, c.side, c.onset_on, c.onset_precision).where(*_of_clinic(uow))
    if criteria.causes:
        found = found.where(c.cause.in_([Cause(one) for one in criteria.causes]))
    if criteria.side is not None:
        found = found.where(c.side == criteria.side)
    if criteria.onset_months_at_least is None and criteria.onset_months_at_most is None:
        return found
    span = onset_span(today, criteria.onset_months_at_least, criteria.onset_months_at_most)
    fits = (
        and_(c.onset_precision == one.precision, c.onset_on.between(one.first, one.last)) for one in possible(*span)
    )
    return found.where(or_(*fits))


def cohort(uow: UnitOfWork, cohort_id: str) -> SavedCohort:
    """A search that is one's own or shared. Raises NotFound for any other and a retired one, Invalid when unreadable."""
    row = _one(uow, cohort_id)
    return _saved(uow, row, from_json(row.criteria))


def cohort_to_show(uow: UnitOfWork, cohort_id: str) -> SavedCohort:
    """The same for its own page, where an unreadable one can still be replaced or retired. Raises NotFound."""
    return _listed(uow, _one(uow, cohort_id))


def _one(uow: UnitOfWork, cohort_id: str) -> Any:
    row = uow.session.execute(_visible(uow).where(Cohort.id == cohort_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def cohorts(uow: UnitOfWork) -> tuple[SavedCohort, ...]:
    """One's own and the shared searches, one's own first, by name; one statement."""
    found = [_listed(uow, row) for row in uow.session.execute(_visible(uow))]
    return tuple(sorted(found, key=lambda one: (not one.is_mine, one.name.casefold(), one.id)))


def _visible(uow: UnitOfWork) -> AnySelect:
    c = Cohort
    mine = c.owner_id == uow.actor.user_id
    columns = (c.id, c.name, c.criteria, c.owner_id, c.owner_name, c.shared, c.edit_version, c.created_at, c.changed_at)
    return select(*columns).where(c.clinic_id == uow.clinic_id, c.retired_at.is_(None), or_(mine, c.shared.is_(True)))


def _listed(uow: UnitOfWork, row: Any) -> SavedCohort:
    # One search that a later version cannot read must not hide the others.
    try:
        return _saved(uow, row, from_json(row.criteria))
    except Invalid:
        return replace(_saved(uow, row, Criteria()), is_readable=False)


def _saved(uow: UnitOfWork, row: Any, criteria: Criteria) -> SavedCohort:
    values = row._asdict() | {"criteria": criteria}
    return SavedCohort(**values, is_mine=row.owner_id == uow.actor.user_id)
