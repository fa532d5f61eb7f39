"""The selects of a lot's recall: everything on record that names a lot, or may do so."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, String, and_, case, cast, func, or_, select, union, union_all

from clinic.domain.documents.kinds import DocumentKind
from clinic.domain.inventory import EntryKind, products
from clinic.domain.lot_numbers import LOOK_ALIKE
from clinic.domain.visits import VisitState
from clinic.models import (
    Clinic,
    InjectionSession,
    InjectionSite,
    IssuedDocument,
    Lot,
    Patient,
    Syringe,
    Vial,
    VialEntry,
    Visit,
    VisitVoid,
)
from clinic.queries.together import AnySelect
from clinic.queries.versions import in_force, units_stand

GIVEN_ENTRIES = (EntryKind.GIVEN, EntryKind.RETURNED)
"""What says that units went into a patient; waste and corrections are booked for a visit too, and nobody had them."""

SITE, SITES = ":", ";"
"""What parts the values of a site, and the sites of a visit: no key of the anatomy holds either."""

STRANGE = "[^ -~]"
"""A character that lower case and leaving out blanks may not fold as ``lot_key`` does: such numbers are compared here."""


def selects(clinic: int, lot_id: str) -> dict[str, AnySelect]:
    """Everything that the list of a lot is made of."""
    drawn = _drawn(clinic, lot_id)
    transcribed, booked = _transcribed(clinic, lot_id), _booked(clinic, lot_id)
    of_lot = union(select(drawn.c.visit_id), select(transcribed.c.visit_id), select(booked.c.visit_id)).cte("of_lot")
    lot = (
        select(Lot.folded_number, Clinic.time_zone, Lot.created_at, *_LOT)
        .join(Clinic, Clinic.id == Lot.clinic_id)
        .where(Lot.clinic_id == clinic, Lot.id == lot_id)
    )
    opened = select(func.min(Vial.opened_at, type_=Vial.opened_at.type)).where(
        Vial.clinic_id == clinic, Vial.lot_id == lot_id
    )
    visit = visit_select(clinic).where(_among(Visit.id, of_lot))
    whose = select(Visit.patient_id).where(Visit.clinic_id == clinic, _among(Visit.id, of_lot)).cte("whose")
    letter = (
        select(IssuedDocument.patient_id, IssuedDocument.purpose, IssuedDocument.issued_at, IssuedDocument.pack_id)
        .where(IssuedDocument.clinic_id == clinic, IssuedDocument.patient_id.in_(select(whose.c.patient_id)))
        .where(IssuedDocument.kind == DocumentKind.RECALL_LETTER.value)
    )
    return {
        "lot": lot,
        "opened": opened.having(func.count(Vial.id) > 0),
        "other": _others(clinic, lot_id),
        "visit": visit,
        "newer": select(Visit.amends_id, Visit.state).where(Visit.clinic_id == clinic, _among(Visit.amends_id, of_lot)),
        "syringe": select(drawn.c.visit_id, drawn.c.letter, drawn.c.label, drawn.c.units_drawn, drawn.c.wasted),
        "charted": sites_of_visits(clinic).where(InjectionSite.syringe_id.in_(select(drawn.c.id))),
        "copied": sites_of_visits(clinic).where(_among(InjectionSite.visit_id, transcribed)),
        "transcribed": select(transcribed.c.visit_id, transcribed.c.transcribed_product, transcribed.c.transcribed_lot),
        "source": select(InjectionSession.visit_id, InjectionSession.transcribed_source).where(
            InjectionSession.clinic_id == clinic, _among(InjectionSession.visit_id, transcribed)
        ),
        "booked": select(booked.c.visit_id, booked.c.units),
        "patient": person_select(clinic).where(Patient.id.in_(select(whose.c.patient_id))),
        "letter": letter,
        "unknown": _unknown_select(clinic, lot_id),
    }


def _among(column: Any, visits: CTE) -> ColumnElement[bool]:
    """That a visit is one of a few: said with IN, so that no database begins with all visits of the clinic."""
    among: ColumnElement[bool] = column.in_(select(visits.c.visit_id))
    return among


def _vials(clinic: int, lot_id: str) -> Select[str]:
    return select(Vial.id).where(Vial.clinic_id == clinic, Vial.lot_id == lot_id)


def _drawn(clinic: int, lot_id: str) -> CTE:
    return (
        select(Syringe.id, Syringe.visit_id, Syringe.letter, Vial.label, Syringe.units_drawn, Syringe.wasted)
        .join(Vial, and_(Vial.clinic_id == Syringe.clinic_id, Vial.id == Syringe.vial_id))
        .where(Syringe.clinic_id == clinic, Syringe.vial_id.in_(_vials(clinic, lot_id)))
        .cte("drawn")
    )


_LOT = (Lot.id, Lot.number, Lot.product, Lot.expires_on, Lot.recalled_at, Lot.recall_reason)
_NO_SIGN = " -./_#:,()"


def _plain(number: Any) -> Any:
    """A number as ``plainest`` makes it, of the keyboard's signs."""
    for sign in _NO_SIGN:
        number = func.replace(number, sign, "")
    number = func.lower(number)
    for letter, digit in LOOK_ALIKE.items():
        number = func.replace(number, letter, digit)
    return number


def _others(clinic: int, lot_id: str) -> AnySelect:
    """Other lots in stock whose number is much the same, whatever their product: candidates, compared later."""
    this = select(_plain(Lot.folded_number)).where(Lot.clinic_id == clinic, Lot.id == lot_id).scalar_subquery()
    return select(*_LOT).where(Lot.clinic_id == clinic, Lot.id != lot_id, _plain(Lot.folded_number) == this)


def _transcribed(clinic: int, lot_id: str) -> CTE:
    """Older records that name the lot or may do so: candidates, compared later as the domain folds numbers.

    Of its product, or of none: its number, in it or around it, or other signs than the keyboard's. Of another product:
    its number as it is usually written.
    """
    session = InjectionSession
    this = (Lot.clinic_id == clinic, Lot.id == lot_id)
    product = select(Lot.product).where(*this).scalar_subquery()
    plain = select(_plain(Lot.folded_number)).where(*this).scalar_subquery()
    named = (session.clinic_id == clinic, session.transcribed, session.transcribed_lot > "")
    columns = (session.visit_id, session.transcribed_product, session.transcribed_lot)

    def written_like_it(of_product: ColumnElement[bool]) -> Any:
        # Each spelling is compared once, however many sessions have it.
        number = select(session.transcribed_lot).where(*named, of_product).distinct().subquery().c.transcribed_lot
        written = _plain(number)
        same = or_(written.contains(plain), plain.contains(written), number.regexp_match(STRANGE))
        return select(*columns).where(*named, of_product, session.transcribed_lot.in_(select(number).where(same)))

    spellings = union_all(
        *(select(one).where(*this) for one in (Lot.number, Lot.folded_number, func.upper(Lot.folded_number)))
    )
    # Several selects, not "or": each begins with its own product in the index.
    return union_all(
        written_like_it(session.transcribed_product == product),
        written_like_it(session.transcribed_product.is_(None)),
        select(*columns)
        .where(*named, session.transcribed_product.in_([*products()]), session.transcribed_product != product)
        .where(session.transcribed_lot.in_(spellings)),
    ).cte("transcribed")


def _booked(clinic: int, lot_id: str) -> CTE:
    """What the ledger says was given in visits, whatever their syringes say by now; what came back stands against it.

    Waste and corrections are of a visit too, and nobody had them.
    """
    return (
        select(VialEntry.visit_id, (-VialEntry.units).label("units"))
        .where(VialEntry.clinic_id == clinic, VialEntry.vial_id.in_(_vials(clinic, lot_id)))
        .where(VialEntry.visit_id.is_not(None), VialEntry.kind.in_(GIVEN_ENTRIES))
        .cte("booked")
    )


def visit_select(clinic: int) -> AnySelect:
    """How a visit stands, but for newer versions of it."""
    return (
        select(
            Visit.id,
            Visit.patient_id,
            Visit.on,
            Visit.state,
            Visit.amends_id,
            VisitVoid.disposition,
        )
        .outerjoin(VisitVoid, and_(VisitVoid.clinic_id == Visit.clinic_id, VisitVoid.visit_id == Visit.id))
        .where(Visit.clinic_id == clinic)
    )


def site_select(clinic: int) -> AnySelect:
    """A site with what it takes to say it in words."""
    return select(
        InjectionSite.visit_id,
        InjectionSite.number,
        InjectionSite.muscle,
        InjectionSite.sub_site,
        InjectionSite.side,
        InjectionSite.units,
        InjectionSite.given_at,
    ).where(InjectionSite.clinic_id == clinic)


def sites_of_visits(clinic: int) -> AnySelect:
    """The sites of each visit as one text, a list has thousands of them: its sites by ``SITES``, their values by ``SITE``."""
    site = InjectionSite
    values = (
        site.number,
        site.muscle,
        site.sub_site,
        site.side,
        site.units,
        case((site.given_at.is_(None), 0), else_=1),
    )
    one: Any = func.coalesce(cast(values[0], String), "")
    for value in values[1:]:
        one = one + SITE + func.coalesce(cast(value, String), "")
    return (
        select(site.visit_id, func.aggregate_strings(one, SITES))
        .where(site.clinic_id == clinic)
        .group_by(site.visit_id)
    )


PERSON = (
    Patient.id,
    Patient.family_name,
    Patient.given_names,
    Patient.record_number,
    Patient.birth_date,
    Patient.retired_at,
    Patient.phone,
    Patient.email,
    Patient.address,
)


def person_select(clinic: int) -> AnySelect:
    """Who a patient is and how to reach the person."""
    return select(*PERSON).where(Patient.clinic_id == clinic)


def _unknown_select(clinic: int, lot_id: str) -> AnySelect:
    """Sessions in force of the same product, or of none, without a lot on record.

    Few sessions have none, so their days are compared later: an index of days would begin with all visits of the time.
    """
    session, product = InjectionSession, select(Lot.product).where(Lot.clinic_id == clinic, Lot.id == lot_id)
    bare = select(session.visit_id).where(
        session.clinic_id == clinic, session.transcribed, session.transcribed_lot == ""
    )
    without = union_all(
        bare.where(session.transcribed_product == product.scalar_subquery()),
        bare.where(session.transcribed_product.is_(None)),
    )
    return (
        select(*PERSON, Visit.id.label("visit_id"), Visit.on, session.transcribed_product, session.transcribed_source)
        .select_from(Visit)
        .join(session, and_(session.clinic_id == Visit.clinic_id, session.visit_id == Visit.id))
        .join(Patient, and_(Patient.clinic_id == Visit.clinic_id, Patient.id == Visit.patient_id))
        .where(Visit.clinic_id == clinic, Visit.id.in_(without), Visit.state != VisitState.DISCARDED)
        .where(in_force(), units_stand())
    )
