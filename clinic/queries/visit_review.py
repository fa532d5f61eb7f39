"""What the step and review pages add to a visit's content: draw-up by syringe, vial balances, change from last time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from clinic.domain.anatomy import muscle_label
from clinic.domain.findings import Finding
from clinic.domain.injections import PastDose
from clinic.domain.products import product_name
from clinic.domain.quantities import Concentration, format_millilitres, format_units
from clinic.domain.safety_events import EVENT
from clinic.domain.visit_content import SiteContent, SyringeContent, TotalContent, VisitContent
from clinic.domain.wording import side_words
from clinic.models import InjectionSession
from clinic.queries.visit_contents import units_before, visit_content
from clinic.queries.visit_record import VisitRecord, visit_record
from clinic.queries.visit_rows import SyringeRow
from clinic.unit_of_work import UnitOfWork

_SIDES = ("right", "left", "midline")


@dataclass(frozen=True, slots=True)
class SyringeSheet:
    """One syringe of the draw-up sheet; ``drawn`` is None until prepared, ``rest`` what of it is not marked given."""

    id: str
    letter: str
    product_name: str
    vial: str
    lot: str
    expires_on: date | None
    use_by: datetime | None
    dilution: str
    per_tenth: str
    units: Decimal
    volume: str
    sites: tuple[SiteContent, ...]
    drawn: Decimal | None
    given: Decimal
    rest: Decimal
    wasted: Decimal
    waste_reason: str


@dataclass(frozen=True, slots=True)
class VialBalance:
    """A vial's books after this session: opened = earlier + given + wasted + left."""

    vial: str
    product_name: str
    lot: str
    opened: Decimal
    earlier: Decimal
    given: Decimal
    wasted: Decimal
    left: Decimal


@dataclass(frozen=True, slots=True)
class SideSum:
    """Units on one side (the patient's) or in the midline; ``change`` is None without a session to compare with."""

    words: str
    units: Decimal
    change: Decimal | None


@dataclass(frozen=True, slots=True)
class MuscleSum:
    """Units in one muscle on one side; 0 where only the last session had any."""

    muscle_label: str
    side: str
    sites: int
    units: Decimal
    change: Decimal | None


@dataclass(frozen=True, slots=True)
class ProductSum:
    """All units of one product. Units of two products are never added."""

    product_name: str
    units: Decimal
    sites: int
    last_on: date | None
    change: Decimal | None
    sides: tuple[SideSum, ...]
    muscles: tuple[MuscleSum, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """A step that must come before the signature; ``step`` is sites, details, give, settle or event."""

    step: str
    text: str


def draw_up(record: VisitRecord, content: VisitContent) -> tuple[SyringeSheet, ...]:
    """What to draw into each syringe, in order of their letters; nothing for a transcribed session."""
    session = content.session
    if session is None or session.transcribed:
        return ()
    shown = {one.letter: one for one in session.syringes}
    return tuple(_sheet(row, shown[row.letter], session.sites) for row in record.syringes)


def _sheet(row: SyringeRow, shown: SyringeContent, all_sites: Iterable[SiteContent]) -> SyringeSheet:
    sites = tuple(site for site in all_sites if site.syringe == row.letter)
    given = _units(site for site in sites if site.given_at)
    exact = Concentration(row.concentration_units, row.concentration_microlitres)
    volume = format_millilitres(row.concentration_microlitres)
    return SyringeSheet(
        id=row.id,
        letter=row.letter,
        product_name=shown.product_name,
        vial=shown.vial,
        lot=shown.lot,
        expires_on=shown.expires_on,
        use_by=shown.use_by,
        dilution=f"{format_units(row.concentration_units)} in {volume}{f' {shown.diluent}' if shown.diluent else ''}",
        per_tenth=shown.per_tenth,
        units=_units(sites),
        volume=format_millilitres(exact.volume_of(_units(sites))),
        sites=sites,
        drawn=row.units_drawn,
        given=given,
        rest=max(Decimal(0), (_units(sites) if row.units_drawn is None else row.units_drawn) - given),
        wasted=row.wasted,
        waste_reason=row.waste_reason,
    )


def _units(sites: Iterable[SiteContent]) -> Decimal:
    return sum((site.units for site in sites), Decimal(0))


def units_to_draw(uow: UnitOfWork, visit_id: str) -> dict[str, Decimal]:
    """The units of each syringe by its id, as the draw-up sheet says them. Raises NotFound."""
    record = visit_record(uow, visit_id)
    return {one.id: one.units for one in draw_up(record, visit_content(record))}


def without_vial(content: VisitContent) -> tuple[SiteContent, ...]:
    """Sites whose vial is still to be added, so that nothing is drawn for them."""
    session = content.session
    return tuple(site for site in session.sites if not site.syringe) if session and not session.transcribed else ()


def balances(record: VisitRecord, content: VisitContent) -> tuple[VialBalance, ...]:
    """The books of every vial of the session, with what is marked given and entered as wasted so far."""
    sheets = draw_up(record, content)
    vial_ids = dict.fromkeys(row.vial_id for row in record.syringes) if sheets else ()
    letters = {row.letter: row.vial_id for row in record.syringes}
    found = []
    for vial_id in vial_ids:
        vial, before = record.vials[vial_id], units_before(record, vial_id)
        mine = [one for one in sheets if letters[one.letter] == vial_id]
        given = sum((one.given for one in mine), Decimal(0))
        wasted = sum((one.wasted for one in mine), Decimal(0))
        found.append(
            VialBalance(
                vial=vial.label,
                product_name=vial.product_name,
                lot=vial.lot_number,
                opened=vial.labelled_units,
                earlier=vial.labelled_units - before,
                given=given,
                wasted=wasted,
                left=before - given - wasted,
            )
        )
    return tuple(found)


def product_sums(content: VisitContent, past: tuple[PastDose, ...] = ()) -> tuple[ProductSum, ...]:
    """Units by product, side and muscle, with the change from the last session of the same product in ``past``."""
    totals = content.session.totals if content.session else ()
    by_product: dict[str, list[TotalContent]] = {}
    for row in totals:
        by_product.setdefault(row.product, []).append(row)
    return tuple(_product(rows, _last_doses(past, product, content.on)) for product, rows in by_product.items())


def _last_doses(past: tuple[PastDose, ...], product: str, on: date) -> list[PastDose]:
    mine = [dose for dose in past if dose.product == product and dose.muscle and dose.on <= on]
    last = max((dose.on for dose in mine), default=None)
    return [dose for dose in mine if dose.on == last]


def _product(rows: list[TotalContent], last: list[PastDose]) -> ProductSum:
    units = sum((row.units for row in rows), Decimal(0))
    return ProductSum(
        product_name=rows[0].product_name,
        units=units,
        sites=sum(row.sites for row in rows),
        last_on=last[0].on if last else None,
        change=_change(units, last),
        sides=_sides(rows, last),
        muscles=_muscles(rows, last),
    )


def _change(units: Decimal, last: list[PastDose], *, any_last: bool | None = None) -> Decimal | None:
    if not (bool(last) if any_last is None else any_last):
        return None
    return units - sum((dose.units for dose in last), Decimal(0))


def _sides(rows: list[TotalContent], last: list[PastDose]) -> tuple[SideSum, ...]:
    found = []
    for side in _SIDES:
        here = [row.units for row in rows if row.side == side]
        before = [dose for dose in last if dose.side == side]
        if here or before:
            units = sum(here, Decimal(0))
            found.append(SideSum(side_words(side), units, _change(units, before, any_last=bool(last))))
    return tuple(found)


def _muscles(rows: list[TotalContent], last: list[PastDose]) -> tuple[MuscleSum, ...]:
    found = []
    for row in rows:
        before = [dose for dose in last if (dose.muscle, dose.side) == (row.muscle, row.side)]
        change = _change(row.units, before, any_last=bool(last))
        found.append(MuscleSum(row.muscle_label, row.side, row.sites, row.units, change))
    return (*found, *_left_out(rows, last))


def _left_out(rows: list[TotalContent], last: list[PastDose]) -> Iterable[MuscleSum]:
    """Muscles that the last session treated and this one does not."""
    here = {(row.muscle, row.side) for row in rows}
    gone: dict[tuple[str, str], Decimal] = {}
    for dose in last:
        key = (dose.muscle or "", dose.side.value if dose.side else "")
        if key not in here:
            gone[key] = gone.get(key, Decimal(0)) + dose.units
    return (MuscleSum(muscle_label(muscle), side, 0, Decimal(0), -units) for (muscle, side), units in gone.items())


def missing(record: VisitRecord, now: datetime, findings: Iterable[Finding] = ()) -> tuple[Missing, ...]:
    """The steps that the signature still waits for at a moment, in their order; ``findings`` add an open question."""
    session = record.session
    if session is None:
        return ()
    if not record.sites:
        return (
            Missing(
                "sites", "No site is charted. Chart what was given, or take the injection section out of the visit."
            ),
        )
    if session.transcribed:
        return tuple(Missing("details", text) for text in _no_transcription(record, session, now))
    found = []
    open_sites = [str(site.number) for site in record.sites if site.given_at is None]
    if open_sites:
        which = f"Site {open_sites[0]} is" if len(open_sites) == 1 else f"Sites {', '.join(open_sites)} are"
        found.append(Missing("give", f"{which} not marked given. Mark what was given, or remove it."))
    if session.settled_at is None:
        found.append(Missing("settle", "The session is not settled: enter what was wasted, or that nothing was."))
    if any(one.code == EVENT and one.stops for one in findings):
        found.append(Missing("event", "Nobody has said yet whether there was an adverse event during the session."))
    return tuple(found)


def _no_transcription(record: VisitRecord, session: InjectionSession, now: datetime) -> Iterable[str]:
    """Why a session cannot pass as transcribed: it is spared today's checks and the ledger, so it must be a past one."""
    if record.visit.on >= now.astimezone(ZoneInfo(record.clinic.time_zone)).date():
        yield (
            "This session is said to be transcribed, but its day is today. "
            "Correct the day of the visit, or say that the session was given here."
        )
    if record.syringes:
        yield (
            "This session is said to be transcribed, but a vial of this clinic is chosen. "
            "Say that it was given here, or say so for the moment, take the vial out, and mark it transcribed again."
        )
    if not session.transcribed_source.strip():
        yield "Say which earlier record this session is transcribed from."
    yield from _doses_of_another_product(record, session)


def _doses_of_another_product(record: VisitRecord, session: InjectionSession) -> Iterable[str]:
    said = product_name(session.transcribed_product) if session.transcribed_product else "not said"
    for site in record.sites:
        if site.dose_product not in {None, session.transcribed_product}:
            yield (
                f"Site {site.number} holds a dose in units of {product_name(site.dose_product or '')}, but the product in the earlier "
                f"record is {said}. Correct the product, or remove the site and chart it again."
            )
