"""A patient's sessions that were really given, each with its touch-ups and all their sites: what is reviewed and asked about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from sqlalchemy import or_, select

from clinic.domain.anatomy import Side, full_label
from clinic.domain.products import product_name
from clinic.domain.quantities import format_units, hundredths
from clinic.domain.visits import VisitState
from clinic.domain.wording import side_words
from clinic.models import InjectionSession, InjectionSite, Lot, Syringe, Vial, Visit, VisitVoid
from clinic.queries.outcomes import first_versions
from clinic.queries.together import AnySelect, together
from clinic.queries.versions import in_force, units_stand
from clinic.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class GivenSite:
    """A site that was given, with the lot that it came from ("" when unknown)."""

    id: str
    visit_id: str
    number: int
    muscle: str
    sub_site: str | None
    side: Side
    x: int
    y: int
    units: Decimal
    product: str
    lot: str

    @property
    def hundredths(self) -> int:
        """The dose in hundredths of a unit."""
        return hundredths(self.units)

    @property
    def words(self) -> str:
        """``Platysma, medial band 1, patient’s left``."""
        return f"{full_label(self.muscle, self.sub_site)}, {side_words(self.side.value)}"

    @property
    def lot_words(self) -> str:
        """``lot C4821A2``, or that it is not known."""
        return f"lot {self.lot}" if self.lot else "lot unknown"


@dataclass(frozen=True)
class GivenSession:
    """A session that stands for itself; its touch-ups' sites count to it. ``versions`` are all ids that ever meant it."""

    id: str
    on: date
    transcribed: bool
    touch_ups: tuple[tuple[str, date], ...]
    versions: frozenset[str]
    sites: tuple[GivenSite, ...]

    @property
    def visit_ids(self) -> frozenset[str]:
        """The visits whose sites count to it."""
        return frozenset({self.id, *(visit_id for visit_id, _ in self.touch_ups)})

    @cached_property
    def treated(self) -> Mapping[tuple[str, Side], str]:
        """Each treated muscle and side with its dose in words; products are never added."""
        found: dict[tuple[str, Side], dict[str, Decimal]] = {}
        for site in self.sites:
            sums = found.setdefault((site.muscle, site.side), {})
            sums[site.product] = sums.get(site.product, Decimal(0)) + site.units
        return {
            place: " and ".join(_dose(product, units, sums) for product, units in sorted(sums.items()))
            for place, sums in found.items()
        }

    @property
    def totals(self) -> tuple[tuple[str, Decimal], ...]:
        """Units by product in words."""
        sums: dict[str, Decimal] = {}
        for site in self.sites:
            sums[site.product] = sums.get(site.product, Decimal(0)) + site.units
        return tuple((named(product), units) for product, units in sorted(sums.items()))


def _dose(product: str, units: Decimal, sums: Mapping[str, Decimal]) -> str:
    return f"{format_units(units)} {named(product)}" if len(sums) > 1 else format_units(units)


def named(product: str) -> str:
    """A product in words, or that it is not on record."""
    return product_name(product) if product else "product not recorded"


def sites_with_lots(*columns: Any) -> AnySelect:
    """The columns of sites with their visit and session, and with the lot that each came from where it is on record."""
    s, session = InjectionSite, InjectionSession
    return (
        select(*columns)
        .select_from(Visit)
        .join(session, (session.clinic_id == Visit.clinic_id) & (session.visit_id == Visit.id))
        .join(s, (s.clinic_id == Visit.clinic_id) & (s.visit_id == Visit.id))
        .outerjoin(Syringe, (Syringe.clinic_id == Visit.clinic_id) & (Syringe.id == s.syringe_id))
        .outerjoin(Vial, (Vial.clinic_id == Visit.clinic_id) & (Vial.id == Syringe.vial_id))
        .outerjoin(Lot, (Lot.clinic_id == Visit.clinic_id) & (Lot.id == Vial.lot_id))
    )


def given_selects(uow: UnitOfWork, patient_id: str) -> dict[str, AnySelect]:
    """The selects behind ``given_sessions``: given sites, and which visit is a version of which."""
    s, session = InjectionSite, InjectionSession
    site = (
        sites_with_lots(
            s.id,
            s.visit_id,
            s.number,
            s.muscle,
            s.sub_site,
            s.side,
            s.x,
            s.y,
            s.units,
            Lot.product,
            session.transcribed_product,
            Lot.number.label("lot"),
            session.transcribed_lot,
            Visit.on,
            session.touch_up_of,
            session.transcribed,
            Visit.state,
        )
        .where(Visit.clinic_id == uow.clinic_id, Visit.patient_id == patient_id, in_force(), units_stand())
        .where(Visit.state != VisitState.DISCARDED)
        .where(or_(Visit.state == VisitState.SIGNED, Visit.amends_id.is_(None)))
        .where(or_(s.given_at.is_not(None), session.transcribed))
    )
    version = select(Visit.id, Visit.amends_id).where(Visit.clinic_id == uow.clinic_id, Visit.patient_id == patient_id)
    return {"given_site": site, "given_version": version}


def voided_select(uow: UnitOfWork, patient_id: str) -> AnySelect:
    """The voided visits of a patient."""
    v = VisitVoid
    return (
        select(v.visit_id)
        .join(Visit, (Visit.clinic_id == v.clinic_id) & (Visit.id == v.visit_id))
        .where(v.clinic_id == uow.clinic_id, Visit.patient_id == patient_id)
    )


def without_voided(
    rows: Mapping[str, list[tuple[Any, ...]]],
) -> tuple[dict[str, list[tuple[Any, ...]]], tuple[date, ...]]:
    """The rows without the sites of voided visits, and the days whose units stand all the same.

    What was charted there may be wrong, or another patient's: it is never told to anybody, yet its toxin counts.
    """
    voided = {row[0] for row in rows["voided"]}
    days = {row[13] for row in rows["given_site"] if row[1] in voided}
    kept = [row for row in rows["given_site"] if row[1] not in voided]
    return {**rows, "given_site": kept}, tuple(sorted(days))


def given_sessions(uow: UnitOfWork, patient_id: str) -> tuple[GivenSession, ...]:
    """The signed sessions of a patient, newest first, in one statement."""
    return sessions_given(together(uow, given_selects(uow, patient_id)))


def sessions_given(rows: Mapping[str, list[tuple[Any, ...]]], *, draft: str = "") -> tuple[GivenSession, ...]:
    """The sessions from the rows of ``given_selects``: the signed ones, and the draft that is asked for."""
    roots = first_versions(rows["given_version"])
    listed = [row for row in rows["given_site"] if row[16] is VisitState.SIGNED or row[1] == draft]
    in_force = {roots[row[1]]: row[1] for row in listed}
    parents = {row[1]: row[14] for row in listed}
    found: dict[str, list[tuple[Any, ...]]] = {}
    for row in listed:
        found.setdefault(_own(row[1], parents, roots, in_force), []).append(row)
    sessions = (_session(visit_id, of_session, roots) for visit_id, of_session in found.items())
    return tuple(sorted(sessions, key=lambda one: (one.on, one.id), reverse=True))


def _own(
    visit_id: str, parents: Mapping[str, str | None], roots: Mapping[str, str], in_force: Mapping[str, str]
) -> str:
    """The session that a visit's sites count to: itself, or for a touch-up its parent, when that one stands."""
    seen = {visit_id}
    while (parent := parents[visit_id]) is not None:
        standing = in_force.get(roots.get(parent, parent))
        if standing is None or standing in seen:
            break
        visit_id = standing
        seen.add(visit_id)
    return visit_id


def _session(visit_id: str, rows: list[tuple[Any, ...]], roots: Mapping[str, str]) -> GivenSession:
    days = {row[1]: row[13] for row in rows}
    own = next(row for row in rows if row[1] == visit_id)
    ordered = sorted(rows, key=lambda row: (row[13], row[1] != visit_id, row[1], row[2]))
    return GivenSession(
        id=visit_id,
        on=own[13],
        transcribed=own[15],
        touch_ups=tuple(sorted(((one, on) for one, on in days.items() if one != visit_id), key=lambda pair: pair[1])),
        versions=frozenset(one for one, root in roots.items() if root == roots[visit_id]),
        sites=tuple(_site(row) for row in ordered),
    )


def _site(row: tuple[Any, ...]) -> GivenSite:
    product, transcribed_product, lot, transcribed_lot = row[9:13]
    values = (*row[:9], product or transcribed_product or "", lot or transcribed_lot or "")
    return GivenSite(*values)
