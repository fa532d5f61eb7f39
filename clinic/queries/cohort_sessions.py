"""Sessions as criteria ask them: given sites of visits that stand, with a touch-up counted to its parent and under its day."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, case, distinct, exists, func, or_, select, union
from sqlalchemy.orm import aliased

from clinic.domain.anatomy import Side
from clinic.domain.cohorts import Criteria
from clinic.domain.injections import Purpose
from clinic.domain.inventory import lot_key
from clinic.domain.products import products
from clinic.domain.visits import VisitState
from clinic.models import InjectionSession, InjectionSite, Lot, Membership, Syringe, User, Vial, Visit
from clinic.queries.cohort_rows import stands
from clinic.queries.together import AnySelect
from clinic.unit_of_work import UnitOfWork


def _newest_versions(uow: UnitOfWork) -> Any:
    """Every signed visit that was amended, with the version of it that is in force; amendments only, so few."""
    first, later, end = aliased(Visit), aliased(Visit), aliased(Visit)
    start = select(first.amends_id.label("old"), first.id.label("new")).where(
        first.clinic_id == uow.clinic_id, first.amends_id.is_not(None), first.state == VisitState.SIGNED
    )
    chain = start.cte(recursive=True)
    on = (later.clinic_id == uow.clinic_id) & (later.amends_id == chain.c.new) & (later.state == VisitState.SIGNED)
    chain = chain.union_all(select(chain.c.old, later.id).join(later, on))
    followed = exists().where(
        end.clinic_id == uow.clinic_id, end.amends_id == chain.c.new, end.state == VisitState.SIGNED
    )
    return select(chain.c.old, chain.c.new).where(~followed).subquery()


class Sessions:
    """The tables of one select over sessions: the visit, its session, and the parent that it is a touch-up of.

    Not ``folded``, a touch-up is taken for itself: enough, and cheaper, where neither days nor doses of sessions are asked.
    """

    def __init__(self, uow: UnitOfWork, *, drafts: bool, folded: bool = True) -> None:
        self.visit, self.session, self.parent = aliased(Visit), aliased(InjectionSession), aliased(Visit)
        self._uow, self._drafts, self._folded = uow, drafts, folded
        self.id: Any = self.visit.id
        self.on: Any = self.visit.on
        if folded:
            self.id = func.coalesce(self.parent.id, self.visit.id, type_=Visit.id.type)
            self.on = func.coalesce(self.parent.on, self.visit.on, type_=Visit.on.type)

    def of(self, columns: AnySelect, *, from_site: Any = None) -> AnySelect:
        """The columns from sessions that stand, joined to ``from_site`` where sites are asked."""
        v, s, clinic_id = self.visit, self.session, self._uow.clinic_id
        if from_site is None:
            found = columns.select_from(v)
        else:
            on = (v.clinic_id == from_site.clinic_id) & (v.id == from_site.visit_id)
            found = columns.select_from(from_site).join(v, on)
        found = found.join(s, (s.clinic_id == v.clinic_id) & (s.visit_id == v.id))
        found = found.where(v.clinic_id == clinic_id, s.clinic_id == clinic_id, stands(drafts=self._drafts, visit=v))
        return self._with_parent(found) if self._folded else found

    def _with_parent(self, found: AnySelect) -> AnySelect:
        p, newest, touched_up = self.parent, _newest_versions(self._uow), self.session.touch_up_of
        parent_id = func.coalesce(newest.c.new, touched_up)
        is_parent = and_(p.clinic_id == self._uow.clinic_id, p.id == parent_id, stands(drafts=self._drafts, visit=p))
        return found.outerjoin(newest, newest.c.old == touched_up).outerjoin(p, is_parent)


def treated_patients(uow: UnitOfWork, asked: Criteria, spellings: Iterable[str]) -> AnySelect:
    """Whoever was treated as asked, by ``patient_id``; grouped by session only where a session as a whole is asked."""
    if asked.asks_dose:
        return select(treated(uow, asked, spellings).subquery().c.patient_id)
    folded = asked.all_muscles or asked.treated_from is not None or asked.treated_until is not None
    tables, site = Sessions(uow, drafts=asked.drafts, folded=folded), aliased(InjectionSite)
    if not asked.places and not asked.lot:
        return _with_a_site(asked, tables, site)
    found = _fitting(uow, asked, spellings, tables, site, select(tables.visit.patient_id))
    if not asked.all_muscles:
        return found
    of_session = found.group_by(tables.visit.patient_id, tables.id)
    return of_session.having(func.count(distinct(site.muscle)) == len(asked.places))


def _with_a_site(asked: Criteria, tables: Sessions, site: Any) -> AnySelect:
    """Sessions with some site as asked: their visits first, because most sites of a clinic would fit."""
    session = tables.session
    first = exists().select_from(site)
    if asked.products:
        first = _from_vials(select(site.id), site).exists()
    of_visit = (site.clinic_id == tables.visit.clinic_id, site.visit_id == tables.visit.id)
    first = first.where(*of_visit, _given(site, session), *_site_conditions(asked, site, _product(tables)))
    return tables.of(select(tables.visit.patient_id)).where(*_session_conditions(asked, tables), first)


def treated(uow: UnitOfWork, asked: Criteria, spellings: Iterable[str]) -> AnySelect:
    """Doses of muscles as asked, by session: (patient, session, day, muscle, side, product, units, …).

    ``spellings`` are the transcribed lot numbers that mean the lot asked for.
    """
    tables, site = Sessions(uow, drafts=asked.drafts), aliased(InjectionSite)
    product = _product(tables)
    units = func.sum(site.units, type_=InjectionSite.units.type)
    grouped = (tables.visit.patient_id, tables.id, tables.on, site.muscle, site.side, product)
    columns = select(
        tables.visit.patient_id,
        tables.id.label("session_id"),
        tables.on.label("on"),
        site.muscle,
        site.side,
        product.label("product"),
        units.label("units"),
        func.max(case((tables.visit.state == VisitState.DRAFT, 1), else_=0)).label("is_draft"),
        func.max(case((tables.session.transcribed, 1), else_=0)).label("is_transcribed"),
    )
    found = _fitting(uow, asked, spellings, tables, site, columns).group_by(*grouped)
    if asked.dose_at_least is not None:
        found = found.having(units >= asked.dose_at_least)
    if asked.dose_at_most is not None:
        found = found.having(units <= asked.dose_at_most)
    return _with_all_muscles(asked, found) if asked.all_muscles else found


def _product(tables: Sessions) -> Any:
    return func.coalesce(Lot.product, tables.session.transcribed_product, "", type_=Lot.product.type)


def _fitting(
    uow: UnitOfWork, asked: Criteria, spellings: Iterable[str], tables: Sessions, site: Any, columns: AnySelect
) -> AnySelect:
    """The columns from given sites that are as asked, with what they were drawn from."""
    found = (
        _from_vials(tables.of(columns, from_site=site), site)
        .where(site.clinic_id == uow.clinic_id, _given(site, tables.session))
        .where(*_site_conditions(asked, site, _product(tables)), *_session_conditions(asked, tables))
    )
    return found.where(*_of_lot(uow, asked, spellings, tables)) if asked.lot else found


def _from_vials(found: AnySelect, site: Any) -> AnySelect:
    """With the syringe, vial and lot that a site was drawn from, where there is one."""
    return (
        found.outerjoin(Syringe, (Syringe.clinic_id == site.clinic_id) & (Syringe.id == site.syringe_id))
        .outerjoin(Vial, (Vial.clinic_id == Syringe.clinic_id) & (Vial.id == Syringe.vial_id))
        .outerjoin(Lot, (Lot.clinic_id == Vial.clinic_id) & (Lot.id == Vial.lot_id))
    )


def _with_all_muscles(asked: Criteria, found: AnySelect) -> AnySelect:
    """Only sessions in which every muscle that is asked for fits."""
    doses, each = found.subquery(), found.subquery()
    whole = (
        select(each.c.session_id)
        .group_by(each.c.session_id)
        .having(func.count(distinct(each.c.muscle)) == len(asked.places))
    )
    return select(*doses.c).where(doses.c.session_id.in_(whole))


def _given(site: Any, session: Any) -> ColumnElement[bool]:
    return or_(site.given_at.is_not(None), session.transcribed.is_(True))


def _site_conditions(asked: Criteria, site: Any, product: Any) -> Iterable[ColumnElement[bool]]:
    places = asked.places
    if places:
        whole = [key for key, sub_sites in places.items() if not sub_sites]
        # All muscles first as one list, which an index can serve; what narrows some of them follows.
        yield site.muscle.in_(list(places))
        if len(whole) < len(places):
            narrowed = [
                and_(site.muscle == key, site.sub_site.in_(sorted(sub_sites)))
                for key, sub_sites in places.items()
                if sub_sites
            ]
            yield or_(site.muscle.in_(whole), *narrowed) if whole else or_(*narrowed)
    if asked.muscle_side is not None:
        yield site.side == Side(asked.muscle_side)
    if asked.purposes:
        yield site.purpose.in_([Purpose(one) for one in asked.purposes])
    if asked.products:
        yield product.in_(asked.products)


def _session_conditions(asked: Criteria, tables: Sessions) -> Iterable[ColumnElement[bool]]:
    if asked.treated_from is not None:
        yield tables.on >= asked.treated_from
    if asked.treated_until is not None:
        yield tables.on <= asked.treated_until
    if asked.treated_by:
        person = select(User.name).join(Membership, Membership.user_id == User.id)
        of_clinic = Membership.clinic_id == tables.visit.clinic_id
        mine = person.where(of_clinic, User.id.in_(asked.treated_by), User.name == tables.session.given_by)
        yield mine.exists()


def _of_lot(
    uow: UnitOfWork, asked: Criteria, spellings: Iterable[str], tables: Sessions
) -> Iterable[ColumnElement[bool]]:
    """Sites of the lot: first the few visits that ever drew from it, then the sites themselves."""
    folded, spelled = lot_key(asked.lot), list(spellings)
    syringe, vial, lot, session = aliased(Syringe), aliased(Vial), aliased(Lot), aliased(InjectionSession)
    drawn = (
        select(syringe.visit_id)
        .join(vial, (vial.clinic_id == syringe.clinic_id) & (vial.id == syringe.vial_id))
        .join(lot, (lot.clinic_id == vial.clinic_id) & (lot.id == vial.lot_id))
        .where(lot.clinic_id == uow.clinic_id, lot.product.in_(list(products())), lot.folded_number == folded)
    )
    named = (session.clinic_id == uow.clinic_id, session.transcribed, session.transcribed_lot.in_(spelled))
    # Two selects, not "or": each begins with its own product in the index. A product that nobody knows names a lot too.
    written = (
        select(session.visit_id).where(*named, session.transcribed_product.in_(list(products()))),
        select(session.visit_id).where(*named, session.transcribed_product.is_(None)),
    )
    yield tables.visit.id.in_(union(drawn, *written) if spelled else drawn)
    older = and_(Lot.id.is_(None), tables.session.transcribed, tables.session.transcribed_lot.in_(spelled))
    yield or_(Lot.folded_number == folded, older) if spelled else Lot.folded_number == folded


def lot_spellings(uow: UnitOfWork, lot: str) -> tuple[str, ...]:
    """The transcribed lot numbers that mean this lot, however they were typed; one statement."""
    s, folded = InjectionSession, lot_key(lot)
    typed = select(s.transcribed_lot).where(s.clinic_id == uow.clinic_id, s.transcribed, s.transcribed_lot != "")
    return tuple(sorted(one for one in uow.session.scalars(typed.distinct()) if lot_key(one) == folded))


def _sessions(tables: Sessions, *columns: Any) -> AnySelect:
    """Columns of every session in which something was given; one with a touch-up comes several times."""
    visit, session, site = tables.visit, tables.session, aliased(InjectionSite)
    of_visit = (site.clinic_id == visit.clinic_id, site.visit_id == visit.id)
    return tables.of(select(*columns)).where(exists().where(*of_visit, _given(site, session)))


def by_session_count(uow: UnitOfWork, *, drafts: bool, fits: Callable[[Any], ColumnElement[bool]]) -> AnySelect:
    """Whose number of sessions fits, by ``patient_id``; whoever had none is never among them."""
    tables = Sessions(uow, drafts=drafts)
    found = _sessions(tables, tables.visit.patient_id).group_by(tables.visit.patient_id)
    return found.having(fits(func.count(distinct(tables.id))))


def by_last_session(uow: UnitOfWork, since: date | None, until: date | None, *, drafts: bool) -> AnySelect:
    """Whose newest session lies within these days, by ``patient_id``."""
    tables = Sessions(uow, drafts=drafts)
    found = _sessions(tables, tables.visit.patient_id).group_by(tables.visit.patient_id)
    return found.having(func.max(tables.on, type_=Visit.on.type).between(since or date.min, until or date.max))


def course_of(uow: UnitOfWork, *, drafts: bool) -> AnySelect:
    """How many sessions each patient had, and the day of the newest."""
    tables = Sessions(uow, drafts=drafts)
    newest = func.max(tables.on, type_=Visit.on.type).label("newest")
    columns = (tables.visit.patient_id, func.count(distinct(tables.id)).label("sessions"), newest)
    return _sessions(tables, *columns).group_by(tables.visit.patient_id)


def session_pairs(uow: UnitOfWork, *, drafts: bool) -> Any:
    """Each session with the day of the one before it, as a subquery of (patient, session, day, day before)."""
    tables = Sessions(uow, drafts=drafts)
    columns = (tables.visit.patient_id, tables.id.label("session_id"), tables.on.label("on"))
    each = _sessions(tables, *columns).distinct().subquery()
    earlier = func.lag(each.c.on, type_=Visit.on.type).over(
        partition_by=each.c.patient_id, order_by=(each.c.on, each.c.session_id)
    )
    return select(each.c.patient_id, each.c.session_id, each.c.on, earlier.label("before")).subquery()
