"""A patient's visits as a list, newest first: what each of them holds in a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, String, bindparam, cast, func, select, type_coerce

from clinic.domain.actors import RecordState
from clinic.domain.quantities import from_hundredths
from clinic.domain.visits import VisitState, record_state, unsigned_text
from clinic.models import (
    Document,
    InjectionSession,
    InjectionSite,
    Lot,
    Syringe,
    Vial,
    Visit,
    VisitNote,
    VisitVoid,
)
from clinic.queries.aliases import second_name
from clinic.queries.co_signatures import awaits_co_signature
from clinic.queries.together import AnySelect
from clinic.queries.visit_contents import UNKNOWN_LOT, named
from clinic.unit_of_work import UnitOfWork

# Made once: every new alias takes its columns apart anew, and pages are asked for often.
_NEWER = second_name(Visit)

_WITHIN, _BETWEEN = ",", ";"
"""How the database writes the sites of a syringe: ``x,y,number,hundredths;…``."""


class SiteDot(NamedTuple):
    """A site as the small face shows it: its place, its number, and its dose in hundredths of a unit."""

    x: int
    y: int
    number: int
    hundredths: int


class _Drawn(NamedTuple):
    """What was drawn from one syringe at a visit, or from none."""

    syringe_id: str | None
    sites: int
    hundredths: int
    places: str


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """One visit of the timeline; ``totals`` is (product in words, units), ``days_since`` counts to the session before.

    ``places`` are the sites as the database puts them together: a list of many sessions reads one row of each syringe.
    """

    id: str
    on: date
    state: RecordState
    revision: int
    amends_id: str | None
    amended_by: str | None
    author: str
    title: str
    note: str
    touch_up: bool
    transcribed: bool
    places: str
    site_count: int
    totals: tuple[tuple[str, Decimal], ...]
    lots: tuple[str, ...]
    days_since: int | None
    has_session: bool
    has_document: bool
    unsigned: str
    co_signature_awaited: bool = False

    @property
    def sites(self) -> tuple[SiteDot, ...]:
        """The sites for the small face."""
        return tuple(SiteDot(*map(int, place.split(_WITHIN))) for place in self.places.split(_BETWEEN) if place)

    @property
    def counts(self) -> bool:
        """Whether it is the version in force (not amended, voided or discarded)."""
        return self.state in {RecordState.DRAFT, RecordState.SIGNED}


def timeline(uow: UnitOfWork, patient_id: str) -> tuple[TimelineRow, ...]:
    """A patient's visits, newest first, in three statements whatever their number."""
    visits = uow.session.execute(_visits_of(), {"patient_id": patient_id}).all()
    drawn: dict[str, list[_Drawn]] = {row.id: [] for row in visits}
    for visit_id, *of_syringe in uow.session.execute(_drawn_of(), {"visit_ids": list(drawn)}):
        drawn[visit_id].append(_Drawn(*of_syringe))
    drawn_from = {one.syringe_id for of_visit in drawn.values() for one in of_visit if one.syringe_id}
    found = uow.session.execute(_lots_of(), {"syringe_ids": sorted(drawn_from)}) if drawn_from else ()
    lots = {row.id: (row.product, row.number) for row in found}
    rows = [_timeline_row(row, drawn[row.id], lots, uow.now) for row in visits]
    return tuple(_with_intervals(rows))


@cache
def _visits_of() -> AnySelect:
    newer = _NEWER
    note = (
        select(VisitNote.text)
        .where(VisitNote.clinic_id == Visit.clinic_id, VisitNote.visit_id == Visit.id)
        .order_by(VisitNote.section)
        .limit(1)
        .correlate(Visit)
        .scalar_subquery()
    )
    document = (
        select(func.count(Document.id))
        .where(Document.clinic_id == Visit.clinic_id, Document.visit_id == Visit.id)
        .correlate(Visit)
        .scalar_subquery()
    )
    signed = newer.state == VisitState.SIGNED
    return (
        select(
            Visit.id,
            Visit.on,
            Visit.state,
            Visit.revision,
            Visit.amends_id,
            Visit.author_name,
            Visit.complaints,
            Visit.created_at,
            VisitVoid.visit_id.label("void"),
            newer.id.label("newer"),
            InjectionSession.visit_id.label("session"),
            InjectionSession.touch_up_of,
            InjectionSession.transcribed,
            InjectionSession.transcribed_product,
            InjectionSession.transcribed_lot,
            note.label("note"),
            document.label("documents"),
            awaits_co_signature().label("awaits"),
        )
        .outerjoin(VisitVoid, (VisitVoid.clinic_id == Visit.clinic_id) & (VisitVoid.visit_id == Visit.id))
        .outerjoin(newer, (newer.clinic_id == Visit.clinic_id) & (newer.amends_id == Visit.id) & signed)
        .outerjoin(
            InjectionSession,
            (InjectionSession.clinic_id == Visit.clinic_id) & (InjectionSession.visit_id == Visit.id),
        )
        .where(Visit.patient_id == bindparam("patient_id"), Visit.state != VisitState.DISCARDED)
        .order_by(Visit.on.desc(), Visit.revision.desc(), Visit.created_at.desc())
    )


@cache
def _drawn_of() -> AnySelect:
    s = InjectionSite
    units = type_coerce(s.units, Integer)
    place: ColumnElement[str] = cast(s.x, String)
    for column in (s.y, s.number, units):
        place = place.concat(_WITHIN).concat(cast(column, String))
    return (
        select(s.visit_id, s.syringe_id, func.count(), func.sum(units), func.aggregate_strings(place, _BETWEEN))
        .where(s.visit_id.in_(bindparam("visit_ids", expanding=True)))
        .group_by(s.visit_id, s.syringe_id)
        .order_by(s.visit_id, func.min(s.number))
    )


@cache
def _lots_of() -> AnySelect:
    return (
        select(Syringe.id, Lot.product, Lot.number)
        .join(Vial, (Vial.clinic_id == Syringe.clinic_id) & (Vial.id == Syringe.vial_id))
        .join(Lot, (Lot.clinic_id == Vial.clinic_id) & (Lot.id == Vial.lot_id))
        .where(Syringe.id.in_(bindparam("syringe_ids", expanding=True)))
    )


def _timeline_row(visit: Any, drawn: list[_Drawn], known: Mapping[str, tuple[str, str]], now: datetime) -> TimelineRow:
    sums: dict[str, int] = {}
    lots = set()
    for one in drawn:
        product, lot = known.get(one.syringe_id or "", ("", ""))
        product = product or (visit.transcribed_product if visit.transcribed else None) or ""
        sums[product] = sums.get(product, 0) + one.hundredths
        lots.add(lot)
    if visit.transcribed:
        lots = {visit.transcribed_lot or UNKNOWN_LOT}
    return TimelineRow(
        id=visit.id,
        on=visit.on,
        state=record_state(visit.state, voided=visit.void is not None, amended=visit.newer is not None),
        revision=visit.revision,
        amends_id=visit.amends_id,
        amended_by=visit.newer,
        author=visit.author_name,
        title="Injection session" if visit.session else "Visit",
        note=(visit.note or visit.complaints or "")[:200],
        touch_up=visit.touch_up_of is not None,
        transcribed=bool(visit.transcribed),
        places=_BETWEEN.join(one.places for one in drawn),
        site_count=sum(one.sites for one in drawn),
        totals=tuple((named(product), from_hundredths(units)) for product, units in sums.items()),
        lots=tuple(sorted(lots - {""})),
        days_since=None,
        has_session=visit.session is not None,
        has_document=bool(visit.documents),
        unsigned=unsigned_text(visit.created_at, now) if visit.state is VisitState.DRAFT else "",
        co_signature_awaited=_awaits(visit),
    )


def _awaits(row: Any) -> bool:
    stands = row.state is VisitState.SIGNED and row.void is None and row.newer is None
    return stands and bool(row.awaits)


def _with_intervals(rows: list[TimelineRow]) -> list[TimelineRow]:
    found = []
    for number, row in enumerate(rows):
        earlier = next((one for one in rows[number + 1 :] if one.counts and one.site_count and one.on < row.on), None)
        days = (row.on - earlier.on).days if earlier and row.site_count and row.counts else None
        found.append(replace(row, days_since=days))
    return found
