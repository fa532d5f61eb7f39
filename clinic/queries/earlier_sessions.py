"""A patient's earlier sessions that were really given and stand: what a draft can repeat, and show behind its own sites."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, or_, select

from clinic.domain.anatomy import OTHER, Side, muscle_label, site_label
from clinic.domain.errors import NotFound
from clinic.domain.products import product_name
from clinic.domain.quantities import NBSP, format_number
from clinic.domain.reviews import SAID_OF_A_SITE, Impression
from clinic.domain.site_copies import SiteCopy
from clinic.domain.site_entries import Placed
from clinic.domain.visits import VisitState
from clinic.domain.wording import day_text, plural
from clinic.models import InjectionSession, InjectionSite, Lot, Syringe, Vial, Visit
from clinic.queries.aliases import second_name
from clinic.queries.given_sessions import given_selects, sessions_given
from clinic.queries.standing_reviews import impressions, standing_reviews, standing_selects
from clinic.queries.together import AnySelect, together
from clinic.queries.versions import in_force, not_voided
from clinic.unit_of_work import UnitOfWork

_THIS = second_name(Visit)


@dataclass(frozen=True, slots=True)
class EarlierSession:
    """One earlier session in sums. ``units`` is a plain number as text, several joined by "and" when products differ."""

    id: str
    on: date
    on_text: str
    sites: int
    units: str
    product_keys: tuple[str, ...]
    products: tuple[str, ...]
    is_touch_up: bool

    @property
    def words(self) -> str:
        """``12 sites, 37.5 units``, and what is out of the ordinary."""
        more = ", a touch-up" if self.is_touch_up else ""
        return f"{plural(self.sites, 'site')}, {self.units}{NBSP}units{more}"


@dataclass(frozen=True, slots=True)
class EarlierSite:
    """One site of an earlier session, for the ghost; ``review`` is what was later said of it."""

    id: str
    number: int
    x: int
    y: int
    muscle: str
    muscle_label: str
    sub_site: str | None
    sub_site_label: str
    side: str
    units: str
    product: str
    review: str = ""


@dataclass(frozen=True, slots=True)
class EarlierSites:
    """An earlier session site by site."""

    id: str
    patient_id: str
    on: date
    on_text: str
    products: tuple[str, ...]
    sites: tuple[EarlierSite, ...]


def earlier_select(uow: UnitOfWork, patient_id: str, visit_id: str, on: date) -> AnySelect:
    """The select behind ``earlier_sessions``, one row for each session and product, for ``together``."""
    return (
        _given(uow, visit_id, on)
        .where(Visit.patient_id == patient_id)
        .add_columns(
            Visit.id,
            Visit.on,
            Visit.revision,
            Visit.created_at,
            Lot.product,
            InjectionSession.transcribed_product,
            InjectionSession.touch_up_of,
            func.count(InjectionSite.id).label("sites"),
            func.sum(InjectionSite.units).label("units"),
        )
        .group_by(
            Visit.id,
            Visit.on,
            Visit.revision,
            Visit.created_at,
            Lot.product,
            InjectionSession.transcribed_product,
            InjectionSession.touch_up_of,
        )
    )


def earlier_sessions(uow: UnitOfWork, patient_id: str, visit_id: str, on: date) -> tuple[EarlierSession, ...]:
    """The sessions up to a day that a visit can repeat, newest first, in one statement.

    Signed (or transcribed and signed), in force and not voided; not the visit itself nor the version it amends.
    """
    rows = together(uow, {"earlier": earlier_select(uow, patient_id, visit_id, on)})
    return sessions_of(rows["earlier"])


def sessions_of(rows: list[tuple[Any, ...]]) -> tuple[EarlierSession, ...]:
    """The sessions from the rows of ``earlier_select``."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for row in sorted(rows, key=lambda row: (row[1], row[3], row[2], row[0]), reverse=True):
        found.setdefault(row[0], []).append(row)
    return tuple(_session(of_visit) for of_visit in found.values())


def _session(rows: list[tuple[Any, ...]]) -> EarlierSession:
    visit_id, on, _, _, _, _, touch_up_of, _, _ = rows[0]
    sums: dict[str, Decimal] = {}
    for _, _, _, _, product, transcribed, _, _, units in rows:
        key = product or transcribed or ""
        sums[key] = sums.get(key, Decimal(0)) + units
    keys = tuple(sorted(sums))
    return EarlierSession(
        id=visit_id,
        on=on,
        on_text=day_text(on),
        sites=sum(row[7] for row in rows),
        units=" and ".join(format_number(sums[key]) for key in keys),
        product_keys=keys,
        products=tuple(_named(key) for key in keys),
        is_touch_up=touch_up_of is not None,
    )


def _named(product: str) -> str:
    return product_name(product) if product else "product not recorded"


def earlier_session(uow: UnitOfWork, visit_id: str, source_id: str) -> EarlierSites:
    """One earlier session of a visit's patient, site by site. Raises NotFound for any other id."""
    on, patient_id, copies = source(uow, visit_id, source_id)
    products = {site.product or "" for site in copies}
    said = _said(uow, patient_id, source_id)
    return EarlierSites(
        id=source_id,
        patient_id=patient_id,
        on=on,
        on_text=day_text(on),
        products=tuple(_named(key) for key in sorted(products)),
        sites=tuple(_site(one, said.get((one.placed.muscle, one.placed.side))) for one in copies),
    )


def _said(uow: UnitOfWork, patient_id: str, source_id: str) -> dict[tuple[str, Side], Impression]:
    """The newest impression of each muscle of a session; a touch-up's sites go by its parent's review. One statement."""
    rows = together(uow, given_selects(uow, patient_id) | standing_selects(uow, patient_id))
    session = next((one for one in sessions_given(rows) if source_id in one.visit_ids), None)
    return impressions(standing_reviews(rows), session.versions) if session else {}


def _site(one: SiteCopy, said: Impression | None) -> EarlierSite:
    placed = one.placed
    return EarlierSite(
        id=one.id,
        number=one.number,
        x=placed.x,
        y=placed.y,
        muscle=placed.muscle,
        muscle_label=muscle_label(placed.muscle),
        sub_site=placed.sub_site,
        sub_site_label=site_label(placed.muscle, placed.sub_site),
        side=placed.side.value,
        units=format_number(one.units),
        product=_named(one.product or ""),
        review=SAID_OF_A_SITE[said].value if said else "",
    )


def source(uow: UnitOfWork, visit_id: str, source_id: str) -> tuple[date, str, tuple[SiteCopy, ...]]:
    """The day, the patient and the sites of a session that a visit can repeat. Raises NotFound for any other id."""
    visit = uow.session.execute(select(Visit.patient_id, Visit.on).where(Visit.id == visit_id)).one_or_none()
    if visit is None:
        raise NotFound
    s = InjectionSite
    rows = uow.session.execute(
        _given(uow, visit_id, visit.on)
        .where(Visit.patient_id == visit.patient_id, Visit.id == source_id)
        .add_columns(
            Visit.on,
            s.id,
            s.number,
            s.muscle,
            s.sub_site,
            s.side,
            s.x,
            s.y,
            s.units,
            s.purpose,
            s.depth,
            s.note,
            Lot.product,
            InjectionSession.transcribed_product,
        )
        .order_by(s.number)
    ).all()
    if not rows:
        raise NotFound
    return rows[0].on, visit.patient_id, tuple(_copy(row) for row in rows)


def _copy(row: Any) -> SiteCopy:
    return SiteCopy(
        id=row.id,
        number=row.number,
        placed=Placed(row.muscle, row.sub_site, row.side, row.x, row.y),
        units=row.units,
        product=row.product or row.transcribed_product,
        purpose=row.purpose,
        depth=row.depth,
        note=row.note if row.muscle == OTHER else "",
    )


def _given(uow: UnitOfWork, visit_id: str, on: date) -> AnySelect:
    """From and where of every site that was given in a session before a visit; its columns are the caller's to add."""
    this = _THIS
    amended = select(this.amends_id).where(
        this.clinic_id == uow.clinic_id, this.id == visit_id, this.amends_id.is_not(None)
    )
    site, session = InjectionSite, InjectionSession
    return (
        select()
        .select_from(Visit)
        .join(session, (session.clinic_id == Visit.clinic_id) & (session.visit_id == Visit.id))
        .join(site, (site.clinic_id == Visit.clinic_id) & (site.visit_id == Visit.id))
        .outerjoin(Syringe, (Syringe.clinic_id == Visit.clinic_id) & (Syringe.id == site.syringe_id))
        .outerjoin(Vial, (Vial.clinic_id == Visit.clinic_id) & (Vial.id == Syringe.vial_id))
        .outerjoin(Lot, (Lot.clinic_id == Visit.clinic_id) & (Lot.id == Vial.lot_id))
        .where(Visit.clinic_id == uow.clinic_id, Visit.state == VisitState.SIGNED, in_force())
        .where(Visit.on <= on, Visit.id != visit_id, Visit.id.not_in(amended))
        .where(not_voided())  # Units of a record that was declared wrong count, but nobody repeats it.
        .where(or_(site.given_at.is_not(None), session.transcribed))
    )
