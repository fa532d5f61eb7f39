"""The sessions of a patient that can be compared, and what stands around two of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import select

from clinic.domain.comparison_choices import Sessions
from clinic.domain.comparison_content import ComparisonContent, SessionFacts
from clinic.domain.comparison_sites import ComparedSession, ComparedSite
from clinic.domain.comparison_tables import Comparison
from clinic.domain.products import product_name
from clinic.domain.quantities import NBSP, Concentration
from clinic.domain.visit_content import ClinicContent
from clinic.domain.visits import VisitState
from clinic.models import Clinic, InjectionSession, InjectionSite, Lot, Syringe, Vial, Visit
from clinic.queries.comparison_reasons import reason_selects, why
from clinic.queries.given_sessions import (
    GivenSession,
    given_selects,
    sessions_given,
    sites_with_lots,
    voided_select,
    without_voided,
)
from clinic.queries.outcomes import first_versions
from clinic.queries.patients import PatientStrip, strip
from clinic.queries.prepared import ANY_UNIT, Prepared, asked
from clinic.queries.together import AnySelect, together
from clinic.queries.trends import patient_content
from clinic.unit_of_work import UnitOfWork

Rows = Mapping[str, list[tuple[Any, ...]]]
_PLACES: Final = 24
"""Visits up to which a statement that is made once is used: more versions of two sessions are rare."""


@dataclass(frozen=True, slots=True)
class Choosing:
    """Who the page is about and what can be chosen; ``voided`` are the days of voided sessions whose toxin counts."""

    strip: PatientStrip
    sessions: Sessions
    voided: tuple[date, ...]


def choosing(uow: UnitOfWork, patient_id: str, only: Collection[str] = ()) -> Choosing:
    """The sessions of a patient, in five statements whatever their number. Raises NotFound.

    With ``only`` no others than the sessions of these visits are listed: a long history costs what is looked at.
    """
    who = strip(uow, patient_id)
    heads = _HEADS.rows(uow, patient_id=patient_id)
    roots = first_versions(heads["given_version"])
    wanted = _wanted(only, heads, roots) if only else None
    rows, voided = without_voided(heads | _sites(uow, patient_id, wanted))
    listed = [_given(one, roots) for one in sessions_given(rows)]
    listed += _drafts(rows["charted"])
    ordered = sorted(listed, key=lambda one: (one.on, one.is_draft, one.id))
    return Choosing(who, Sessions(tuple(ordered), frozenset(roots)), voided)


def _sites(uow: UnitOfWork, patient_id: str, wanted: list[str] | None) -> dict[str, list[tuple[Any, ...]]]:
    """The sites given and charted, of all visits or of those that are wanted."""
    if wanted is None:
        return _ALL_SITES.rows(uow, patient_id=patient_id)
    if len(wanted) <= _PLACES:
        return _SITES.rows(uow, patient_id=patient_id, **_in_places("of", wanted))
    return together(uow, _site_selects(uow, patient_id, wanted))


def _site_selects(uow: UnitOfWork, patient_id: str, wanted: Collection[Any] | None) -> dict[str, AnySelect]:
    given, charted = given_selects(uow, patient_id)["given_site"], _charted(uow, patient_id)
    if wanted is not None:
        given, charted = given.where(Visit.id.in_(wanted)), charted.where(Visit.id.in_(wanted))
    return {"given_site": given, "charted": charted}


def _places(name: str) -> list[Any]:
    return [asked(f"{name}_{number}") for number in range(_PLACES)]


def _in_places(name: str, ids: Sequence[str]) -> dict[str, str]:
    """Ids at the places of a statement that is made once; the places left over name no visit."""
    return {f"{name}_{number}": ids[number] if number < len(ids) else "" for number in range(_PLACES)}


def _head_selects(uow: UnitOfWork, patient_id: str) -> dict[str, AnySelect]:
    """Which visit is a version of which, a touch-up of which, and voided."""
    session = InjectionSession
    parent = (
        select(session.visit_id, session.touch_up_of)
        .join(Visit, (Visit.clinic_id == session.clinic_id) & (Visit.id == session.visit_id))
        .where(session.clinic_id == uow.clinic_id, Visit.patient_id == patient_id, session.touch_up_of.is_not(None))
    )
    version = given_selects(uow, patient_id)["given_version"]
    return {"given_version": version, "parent": parent, "voided": voided_select(uow, patient_id)}


def _wanted(only: Collection[str], heads: Rows, roots: Mapping[str, str]) -> list[str]:
    """All versions of some visits, of what they are touch-ups of and of their touch-ups; and every voided visit."""
    together_with: dict[str, set[str]] = {}
    for visit_id, parent in heads["parent"]:
        one, other = roots.get(visit_id, visit_id), roots.get(parent, parent)
        together_with.setdefault(one, set()).add(other)
        together_with.setdefault(other, set()).add(one)
    found: set[str] = set()
    open_roots = {roots[visit_id] for visit_id in only if visit_id in roots}
    while open_roots:
        found |= open_roots
        open_roots = {other for one in open_roots for other in together_with.get(one, ())} - found
    voided = {visit_id for (visit_id,) in heads["voided"]}
    return sorted({visit_id for visit_id, root in roots.items() if root in found} | voided)


def content(
    uow: UnitOfWork, who: PatientStrip, chosen: Sequence[ComparedSession], pair: tuple[ComparedSession, ComparedSession]
) -> ComparisonContent:
    """What is shown of chosen sessions (oldest first), two of them site by site; in two statements."""
    about = select(Clinic.name, Clinic.address, Clinic.phone, Clinic.time_zone).where(Clinic.id == uow.clinic_id)
    clinic = ClinicContent(*uow.session.execute(about).one())
    comparison = Comparison(*pair)
    rows = _around(uow, who.id, sorted({one for session in chosen for one in session.aliases}), sorted(pair[1].aliases))
    return ComparisonContent(
        clinic=clinic,
        patient=patient_content(who),
        conditions=who.condition_text,
        on=who.today,
        facts=tuple(_facts(one, rows) for one in chosen),
        comparison=comparison,
        why=why(rows, comparison, clinic.time_zone),
    )


def _charted(uow: UnitOfWork, patient_id: str) -> AnySelect:
    """The sites of a patient's drafts as charted; an amendment's are those of a session that stands already."""
    s, session = InjectionSite, InjectionSession
    return (
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
            s.dose_product,
            session.transcribed_product,
            Lot.number.label("lot"),
            session.transcribed_lot,
            Visit.on,
            session.touch_up_of,
            session.transcribed,
        )
        .where(Visit.clinic_id == uow.clinic_id, Visit.patient_id == patient_id)
        .where(Visit.state == VisitState.DRAFT, Visit.amends_id.is_(None))
    )


def _given(one: GivenSession, roots: Mapping[str, str]) -> ComparedSession:
    mine = {roots[visit_id] for visit_id in one.visit_ids}
    return ComparedSession(
        id=one.id,
        on=one.on,
        sites=tuple(
            ComparedSite(
                site.id, site.muscle, site.sub_site, site.side, site.x, site.y, site.units, site.product, site.lot
            )
            for site in one.sites
        ),
        transcribed=one.transcribed,
        touch_ups=tuple(on for _, on in one.touch_ups),
        in_force=one.visit_ids,
        aliases=frozenset(visit_id for visit_id, root in roots.items() if root in mine),
    )


def _drafts(rows: Iterable[tuple[Any, ...]]) -> list[ComparedSession]:
    found: dict[str, list[tuple[Any, ...]]] = {}
    for row in sorted(rows, key=lambda row: (row[1], row[2])):
        found.setdefault(row[1], []).append(row)
    return [
        ComparedSession(
            id=visit_id,
            on=listed[0][14],
            sites=tuple(_charted_site(row) for row in listed),
            transcribed=listed[0][16],
            is_draft=True,
            is_touch_up=listed[0][15] is not None,
            in_force=frozenset({visit_id}),
            aliases=frozenset({visit_id}),
        )
        for visit_id, listed in found.items()
    ]


def _charted_site(row: tuple[Any, ...]) -> ComparedSite:
    site_id, _, _, muscle, sub_site, side, x, y, units, product, dose_product, transcribed, lot, transcribed_lot = row[
        :14
    ]
    of_product = product or dose_product or transcribed or ""
    return ComparedSite(site_id, muscle, sub_site, side, x, y, units, of_product, lot or transcribed_lot or "")


def _around(uow: UnitOfWork, patient_id: str, visits: list[str], later: list[str]) -> dict[str, list[tuple[Any, ...]]]:
    """What is on record about some visits, and why doses were changed in the later ones."""
    if len(visits) <= _PLACES:
        return _AROUND.rows(uow, patient_id=patient_id, **_in_places("of", visits), **_in_places("later", later))
    return together(uow, _fact_selects(uow, visits) | reason_selects(uow, patient_id, later))


def _fact_selects(uow: UnitOfWork, visit_ids: Collection[Any]) -> dict[str, AnySelect]:
    head, syringe = InjectionSession, Syringe
    heads = select(head.visit_id, head.given_by, head.guidance).where(
        head.clinic_id == uow.clinic_id, head.visit_id.in_(visit_ids)
    )
    drawn = (
        select(syringe.visit_id, syringe.concentration_units, syringe.concentration_microlitres, Lot.product)
        .join(Vial, (Vial.clinic_id == syringe.clinic_id) & (Vial.id == syringe.vial_id))
        .join(Lot, (Lot.clinic_id == Vial.clinic_id) & (Lot.id == Vial.lot_id))
        .where(syringe.clinic_id == uow.clinic_id, syringe.visit_id.in_(visit_ids))
    )
    return {"head": heads, "syringe": drawn}


_HEADS = Prepared(lambda: _head_selects(ANY_UNIT, asked("patient_id")))
_ALL_SITES = Prepared(lambda: _site_selects(ANY_UNIT, asked("patient_id"), None))
_SITES = Prepared(lambda: _site_selects(ANY_UNIT, asked("patient_id"), _places("of")))
_AROUND = Prepared(
    lambda: _fact_selects(ANY_UNIT, _places("of")) | reason_selects(ANY_UNIT, asked("patient_id"), _places("later"))
)


def _facts(session: ComparedSession, rows: Rows) -> SessionFacts:
    heads = [row for row in rows["head"] if row[0] in session.in_force]
    dilutions = (
        f"{Concentration(units, microlitres).per_tenth}{NBSP}units {product_name(product)} in 0.1{NBSP}mL"
        for visit_id, units, microlitres, product in rows["syringe"]
        if visit_id in session.in_force
    )
    return SessionFacts(
        session=session,
        given_by=", ".join(sorted({row[1] for row in heads if row[1]})),
        dilution="; ".join(sorted(set(dilutions))),
        guidance=", ".join(sorted({part for row in heads for part in row[2].split(",") if part})),
    )
