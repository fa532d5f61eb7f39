"""What every report counts: sessions in force that nobody voided, touch-ups with the session they belong to.

All of it stays inside the database: what comes out of a report's statement are groups, never single sites.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import CTE, Integer, String, case, exists, func, literal, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import aliased
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from clinic.domain.periods import Period
from clinic.domain.visits import VisitState
from clinic.models import InjectionSession, InjectionSite, Lot, Syringe, Vial, Visit
from clinic.queries.together import AnySelect
from clinic.queries.versions import in_force, not_voided
from clinic.unit_of_work import UnitOfWork

_KEPT: Final = "MATERIALIZED"
"""Read once and kept: without it a database may work the same rows out again for every part of a statement."""


class DaysBetween(FunctionElement[int]):
    """Whole days from the second date to the first; each database writes it in its own way."""

    type = Integer()
    inherit_cache = True


@compiles(DaysBetween)
def _days_subtracted(element: DaysBetween, compiler: SQLCompiler, **options: Any) -> str:
    later, earlier = (compiler.process(one, **options) for one in element.clauses)
    return f"({later} - {earlier})"


@compiles(DaysBetween, "sqlite")
def _days_julian(element: DaysBetween, compiler: SQLCompiler, **options: Any) -> str:
    later, earlier = (compiler.process(one, **options) for one in element.clauses)
    return f"CAST(julianday({later}) - julianday({earlier}) AS INTEGER)"


def newest_versions(uow: UnitOfWork) -> CTE:
    """Each amended visit with every newer signed version of it; only the newest of them is in force."""
    newer = aliased(Visit)
    # The few amendments are found by what they amend; a plain comparison of the state would lead through all visits.
    is_signed = func.coalesce(newer.state, literal("")) == VisitState.SIGNED.value
    signed = (newer.clinic_id == uow.clinic_id, is_signed)
    first = select(newer.amends_id.label("old_id"), newer.id.label("new_id")).where(
        *signed, newer.amends_id.is_not(None)
    )
    found = first.cte("newer_version", recursive=True)
    later = aliased(Visit)
    further = select(found.c.old_id, later.id).where(
        later.clinic_id == uow.clinic_id, later.state == VisitState.SIGNED, later.amends_id == found.c.new_id
    )
    return found.union_all(further)


def standing_version(uow: UnitOfWork) -> CTE:
    """Each amended visit with the version of it that is in force."""
    found = newest_versions(uow)
    return (
        select(found.c.old_id, found.c.new_id)
        .join(Visit, (Visit.clinic_id == uow.clinic_id) & (Visit.id == found.c.new_id))
        .where(in_force())
        .cte("standing_version")
        .prefix_with(_KEPT)
    )


def has_given(visit: Any, session: Any) -> Any:
    """Whether a site of the visit was given; what was transcribed was."""
    site = aliased(InjectionSite)
    return exists().where(
        site.clinic_id == visit.clinic_id,
        site.visit_id == visit.id,
        site.given_at.is_not(None) | session.transcribed,
    )


def stands(visit: Any) -> tuple[Any, ...]:
    """The visit is signed, in force, and nobody voided it."""
    return (visit.state == VisitState.SIGNED, in_force(visit), not_voided(visit))


def told(uow: UnitOfWork, period: Period, versions: CTE, *, patients: AnySelect | None = None) -> CTE:
    """The visits of the sessions of a period: (visit, the session that it counts to, patient, that session's day, …).

    A touch-up counts to its session and to that session's day, whenever it was itself given. ``patients`` narrows it to
    theirs.
    """
    session, parent = InjectionSession, aliased(Visit, name="parent")
    those = (Visit.patient_id.in_(patients),) if patients is not None else ()
    own_on = func.coalesce(parent.on, Visit.on, type_=Visit.on.type)
    return (
        select(
            Visit.id.label("visit_id"),
            func.coalesce(parent.id, Visit.id, type_=String()).label("own_id"),
            Visit.patient_id,
            own_on.label("on"),
            Visit.on.label("visit_on"),
            case((parent.id.is_not(None), 1), else_=0).label("touch_up"),
            case((session.transcribed, 1), else_=0).label("transcribed"),
            session.given_by,
            session.transcribed_product,
        )
        .join(session, (session.clinic_id == Visit.clinic_id) & (session.visit_id == Visit.id))
        .outerjoin(versions, versions.c.old_id == session.touch_up_of)
        .outerjoin(
            parent,
            (parent.clinic_id == Visit.clinic_id)
            & (parent.id == func.coalesce(versions.c.new_id, session.touch_up_of))
            & (parent.state == VisitState.SIGNED)
            & in_force(parent)
            & not_voided(parent),
        )
        .where(Visit.clinic_id == uow.clinic_id, *those, *stands(Visit), has_given(Visit, session))
        .where(Visit.on >= period.first, (Visit.on <= period.last) | session.touch_up_of.is_not(None))
        .where(own_on >= period.first, own_on <= period.last)
        .cte("told")
        .prefix_with(_KEPT)
    )


def meant(sessions: CTE, versions: CTE) -> CTE:
    """Each told session by every id that ever meant it: reviews and events name the version that stood when they came.

    What hangs on sessions is looked up from here by its index, so that it costs what the period holds, not the clinic.
    """
    columns = (sessions.c.own_id, sessions.c.patient_id, sessions.c.on, sessions.c.touch_up, sessions.c.transcribed)
    as_is = select(sessions.c.visit_id.label("any_id"), *columns)
    older = select(versions.c.old_id, *columns).join(sessions, sessions.c.visit_id == versions.c.new_id)
    return as_is.union_all(older).cte("meant").prefix_with(_KEPT)


def told_sites(uow: UnitOfWork, sessions: CTE, *names: str) -> CTE:
    """The given sites of the told sessions, with the columns named; ``product`` is "" where it is not on record.

    Only what is named is kept: a year of a large clinic is millions of sites.
    """
    s, products = InjectionSite, _products(uow, sessions)
    product = func.coalesce(products.c.product, sessions.c.transcribed_product, literal("")).label("product")
    columns = {
        "product": product,
        "given_by": s.given_by,
        "session_given_by": sessions.c.given_by.label("session_given_by"),
        **{name: sessions.c[name] for name in ("own_id", "patient_id", "on", "visit_on", "touch_up", "transcribed")},
    }
    found = (
        select(*(columns[name] if name in columns else getattr(s, name) for name in names))
        .select_from(sessions)
        .join(s, (s.clinic_id == uow.clinic_id) & (s.visit_id == sessions.c.visit_id))
        .where(s.given_at.is_not(None) | (sessions.c.transcribed == 1))
    )
    if "product" in names:
        found = found.outerjoin(products, products.c.syringe_id == s.syringe_id)
    return found.cte("told_site").prefix_with(_KEPT)


def _products(uow: UnitOfWork, sessions: CTE) -> CTE:
    """The product in each syringe of the told sessions: looked up once a syringe, not once a site."""
    return (
        select(Syringe.id.label("syringe_id"), Lot.product)
        .select_from(sessions)
        .join(Syringe, (Syringe.clinic_id == uow.clinic_id) & (Syringe.visit_id == sessions.c.visit_id))
        .join(Vial, (Vial.clinic_id == uow.clinic_id) & (Vial.id == Syringe.vial_id))
        .join(Lot, (Lot.clinic_id == uow.clinic_id) & (Lot.id == Vial.lot_id))
        .cte("told_syringe")
        .prefix_with(_KEPT)
    )
