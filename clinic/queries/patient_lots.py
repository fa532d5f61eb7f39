"""Every lot that a patient had or was charted with, and the toxin whose lot nobody knows, in one statement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, func, or_, select

from clinic.domain.inventory import lot_key
from clinic.domain.lot_recalls import NOBODY, LotSite, LotSyringe, LotVisit
from clinic.domain.products import product_name
from clinic.domain.visits import VisitState, record_state
from clinic.models import InjectionSession, InjectionSite, Lot, Syringe, ToxinElsewhere, Vial, VialEntry, Visit
from clinic.queries.lot_recall_selects import GIVEN_ENTRIES, STRANGE, site_select, visit_select
from clinic.queries.lot_recalls import lot_site
from clinic.queries.prepared import ANY_UNIT, Prepared, asked
from clinic.queries.together import AnySelect
from clinic.unit_of_work import UnitOfWork

Rows = Mapping[str, list[tuple[Any, ...]]]
Key = tuple[str, str, str]
"""The id of a lot in stock; else "", the product and the folded number of an older record; blanks for no lot at all."""
_Part = tuple[list[LotSyringe], list[LotSite], list[Decimal], list[bool]]
"""Syringes, sites, what the ledger holds, whether an older record says so."""


@dataclass(frozen=True, slots=True)
class PatientLot:
    """A lot with this patient's visits, newest first. Without ``id`` it stands only in an older record."""

    id: str
    product: str
    number: str
    expires_on: date | None
    recalled_at: datetime | None
    visits: tuple[LotVisit, ...]

    @property
    def product_words(self) -> str:
        """The product, or that it is not on record."""
        return product_name(self.product) if self.product else "product not recorded"

    @property
    def units(self) -> Decimal:
        """Units given, by the versions that count."""
        return sum((visit.units for visit in self.visits if visit.given.counts), NOBODY)

    @property
    def given(self) -> bool:
        """Whether any of it was given, as the record stands."""
        return any(visit.given.counts for visit in self.visits)


@dataclass(frozen=True, slots=True)
class ToxinGivenElsewhere:
    """Toxin that somebody else gave: its lot is not on record."""

    on: date
    product_words: str
    units: Decimal
    place: str


@dataclass(frozen=True, slots=True)
class PatientLots:
    """The lots newest first, the sessions without a lot, and toxin given elsewhere."""

    lots: tuple[PatientLot, ...]
    unknown: tuple[PatientLot, ...]
    elsewhere: tuple[ToxinGivenElsewhere, ...]

    @property
    def recalled(self) -> tuple[PatientLot, ...]:
        """The recalled ones among them."""
        return tuple(lot for lot in self.lots if lot.recalled_at)


def patient_lots(uow: UnitOfWork, patient_id: str) -> PatientLots:
    """What a patient was given or charted with, by lot. Drafts, amended, voided and discarded versions are marked."""
    rows = _PREPARED.rows(uow, patient_id=patient_id)
    lots = {row[0]: row[1:] for row in [*rows["lot"], *rows["booked_lot"], *rows["named"]]}
    parts = _parts(rows, lots)
    visits = {row[0]: row for row in rows["visit"]}
    replaced = {visit_id for visit_id, state in rows["newer"] if state is VisitState.SIGNED}
    found: dict[Key, list[LotVisit]] = defaultdict(list)
    for (key, visit_id), (syringes, sites, booked, copied) in parts.items():
        found[key].append(_visit(visits[visit_id], visit_id in replaced, syringes, sites, booked, copied))
    ordered = sorted(
        (_lot(key, lots, of_lot) for key, of_lot in found.items()),
        key=lambda one: (one.visits[0].on, one.visits[0].id, one.number),
        reverse=True,
    )
    named = tuple(one for one in ordered if one.number)
    return PatientLots(named, tuple(one for one in ordered if not one.number), tuple(_elsewhere(rows["elsewhere"])))


def _selects(clinic: int, patient_id: str) -> dict[str, AnySelect]:
    mine = (Visit.clinic_id == clinic, Visit.patient_id == patient_id)
    session, entry = InjectionSession, VialEntry
    of_lot = and_(Vial.clinic_id == Lot.clinic_id, Vial.lot_id == Lot.id)
    to_entry = and_(Vial.clinic_id == entry.clinic_id, Vial.id == entry.vial_id)
    of_entry = and_(Visit.clinic_id == entry.clinic_id, Visit.id == entry.visit_id)
    to_vial = and_(Vial.clinic_id == Syringe.clinic_id, Vial.id == Syringe.vial_id)
    of_syringe = and_(Visit.clinic_id == Syringe.clinic_id, Visit.id == Syringe.visit_id)
    about = (Lot.id, Lot.product, Lot.number, Lot.expires_on, Lot.recalled_at, Lot.folded_number)
    same = or_(
        func.lower(func.replace(session.transcribed_lot, " ", "")) == Lot.folded_number,
        session.transcribed_lot.regexp_match(STRANGE),
    )
    drawn = site_select(clinic).join(Syringe, and_(Syringe.clinic_id == clinic, Syringe.id == InjectionSite.syringe_id))
    of_session = and_(session.clinic_id == InjectionSite.clinic_id, session.visit_id == InjectionSite.visit_id)
    to_visit = and_(Visit.clinic_id == session.clinic_id, Visit.id == session.visit_id)
    return {
        "visit": visit_select(clinic).where(Visit.patient_id == patient_id),
        "newer": select(Visit.amends_id, Visit.state).where(*mine, Visit.amends_id.is_not(None)),
        "syringe": select(
            Syringe.visit_id, Vial.lot_id, Syringe.letter, Vial.label, Syringe.units_drawn, Syringe.wasted
        )
        .join(Visit, of_syringe)
        .join(Vial, to_vial)
        .where(*mine),
        "charted": drawn.add_columns(Vial.lot_id).join(Vial, to_vial).join(Visit, of_syringe).where(*mine),
        "open": site_select(clinic)
        .add_columns(session.transcribed)
        .join(session, of_session)
        .join(Visit, to_visit)
        .where(*mine, InjectionSite.syringe_id.is_(None)),
        "transcribed": select(session.visit_id, session.transcribed_product, session.transcribed_lot)
        .join(Visit, to_visit)
        .where(*mine, session.transcribed),
        "booked": select(entry.visit_id, Vial.lot_id, (-func.sum(entry.units, type_=entry.units.type)).label("units"))
        .join(Vial, to_entry)
        .join(Visit, of_entry)
        .where(*mine, entry.kind.in_(GIVEN_ENTRIES))
        .group_by(entry.visit_id, Vial.lot_id),
        "lot": select(*about).join(Vial, of_lot).join(Syringe, to_vial).join(Visit, of_syringe).where(*mine).distinct(),
        "booked_lot": select(*about)
        .join(Vial, of_lot)
        .join(entry, to_entry)
        .join(Visit, of_entry)
        .where(*mine, entry.kind.in_(GIVEN_ENTRIES))
        .distinct(),
        "named": select(*about)
        .join(
            session,
            and_(
                session.clinic_id == Lot.clinic_id,
                or_(session.transcribed_product == Lot.product, session.transcribed_product.is_(None)),
            ),
        )
        .join(Visit, to_visit)
        .where(*mine, session.transcribed, session.transcribed_lot != "", same),
        "elsewhere": select(
            ToxinElsewhere.on, ToxinElsewhere.product, ToxinElsewhere.units, ToxinElsewhere.place
        ).where(
            ToxinElsewhere.clinic_id == clinic,
            ToxinElsewhere.patient_id == patient_id,
            ToxinElsewhere.retired_at.is_(None),
        ),
    }


_PREPARED = Prepared(lambda: _selects(ANY_UNIT.clinic_id, asked("patient_id")))


def _parts(rows: Rows, lots: Mapping[str, tuple[Any, ...]]) -> dict[tuple[Key, str], _Part]:
    """What each visit holds of each lot, from syringes, their sites, the ledger and older records."""
    found: dict[tuple[Key, str], _Part] = {}

    def part(key: Key, visit_id: str) -> _Part:
        return found.setdefault((key, visit_id), ([], [], [NOBODY], [False]))

    for visit_id, lot_id, *values in rows["syringe"]:
        part((lot_id, "", ""), visit_id)[0].append(LotSyringe(*values))
    for *values, lot_id in rows["charted"]:
        part((lot_id, "", ""), values[0])[1].append(lot_site(tuple(values), given=False))
    for visit_id, lot_id, units in rows["booked"]:
        part((lot_id, "", ""), visit_id)[2][0] = units
    keys = {visit_id: _transcribed_key(product, number, lots) for visit_id, product, number in rows["transcribed"]}
    for visit_id, key in keys.items():
        part(key, visit_id)[3][0] = True
    for *values, transcribed in rows["open"]:
        key = keys.get(values[0], ("", "", ""))
        part(key, values[0])[1].append(lot_site(tuple(values), given=transcribed))
    return found


def _transcribed_key(product: str | None, number: str, lots: Mapping[str, tuple[Any, ...]]) -> Key:
    """The lot in stock that an older record means, where product and number say so; else what it says."""
    folded = lot_key(number)
    for lot_id, values in lots.items():
        if product and (values[0], values[4]) == (product, folded):
            return lot_id, "", ""
    return "", product or "", number


def _visit(
    row: tuple[Any, ...],
    amended: bool,
    syringes: list[LotSyringe],
    sites: list[LotSite],
    booked: list[Decimal],
    copied: list[bool],
) -> LotVisit:
    visit_id, _, on, state, amends_id, disposition = row
    return LotVisit(
        visit_id,
        on,
        record_state(state, voided=disposition is not None, amended=amended),
        amends_id is not None,
        disposition,
        copied[0],
        tuple(sorted(syringes, key=lambda one: one.letter)),
        tuple(sorted(sites, key=lambda one: one.number)),
        booked[0],
    )


def _lot(key: Key, lots: Mapping[str, tuple[Any, ...]], visits: list[LotVisit]) -> PatientLot:
    lot_id, product, number = key
    newest = tuple(sorted(visits, key=lambda one: (one.on, one.id), reverse=True))
    if lot_id:
        product, number, expires_on, recalled_at, _ = lots[lot_id]
        return PatientLot(lot_id, product, number, expires_on, recalled_at, newest)
    # Without a product the number may mean any lot of that number: a recalled one among them is not passed over.
    meant = [values for values in lots.values() if number and not product and values[4] == lot_key(number)]
    recalled_at = min((values[3] for values in meant if values[3]), default=None)
    return PatientLot("", product, number, None, recalled_at, newest)


def _elsewhere(rows: Iterable[tuple[Any, ...]]) -> list[ToxinGivenElsewhere]:
    ordered = sorted(rows, key=lambda row: row[0], reverse=True)
    return [ToxinGivenElsewhere(on, product_name(product), units, place) for on, product, units, place in ordered]
