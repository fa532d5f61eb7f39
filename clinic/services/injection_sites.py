"""The sites of a draft: charted, changed, removed, confirmed, drawn from a syringe. Every change can be undone."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import cache

from sqlalchemy import Select, bindparam, select

from clinic.domain import anatomy
from clinic.domain.actors import Permission
from clinic.domain.anatomy import Side
from clinic.domain.errors import Frozen, Invalid, NotFound, WrongStep
from clinic.domain.events import Action, Event
from clinic.domain.injections import Purpose
from clinic.domain.products import product_name
from clinic.domain.quantities import format_units
from clinic.domain.site_entries import Placed, SiteEntry, place
from clinic.models import Condition, InjectionSite, Lot, Syringe, Vial, Visit, VisitCondition
from clinic.queries.together import AnySelect
from clinic.queries.visit_contents import time_out_stands, visit_content
from clinic.queries.visit_record import visit_record
from clinic.services.drafts import held, session_of
from clinic.services.site_changes import Sites, recorded
from clinic.unit_of_work import UnitOfWork

SITES_MAXIMUM = 200

_KEPT = (
    "number",
    "muscle",
    "sub_site",
    "side",
    "x",
    "y",
    "units",
    "dose_product",
    "purpose",
    "depth",
    "syringe_id",
    "note",
    "confirmed",
)


def save_site(uow: UnitOfWork, visit_id: str, edit_version: int, entry: SiteEntry, site_id: str | None = None) -> str:
    """Chart a new site, or change one that is not given yet; gives its id.

    Raises Invalid beside a field, NotFound for a site of another visit, Frozen for a given one.
    """
    visit = held(uow, visit_id, Permission.INJECTION_CHART, edit_version)
    session_of(uow, visit)
    placed = place(entry)
    with recorded(uow, visit) as sites:
        site = _existing(sites, site_id) if site_id else None
        if site is not None:
            _refuse_given(visit, site, "change")
        product = drawn_product(uow, visit, entry.syringe_id)
        before = _values(site) if site else {}
        if site is None:
            site = add_site(uow, visit, sites, placed)
            sites.text = f"site {site.number} placed"
        else:
            sites.text = f"site {site.number} changed"
        _apply(uow, visit, site, entry, placed, product, new=not before)
        if visit.amends_id is not None and site.given_at is not None:
            site.entered_late_reason = visit.amendment_reason
    after = _values(site)
    old = {name: value for name, value in before.items() if after[name] != value}
    new = {name: value for name, value in after.items() if before.get(name) != value}
    uow.record(Event(Action.SITE_SAVED, f"site:{site.id}", visit.patient_id, old=old, new=new))
    return site.id


def _existing(sites: Sites, site_id: str) -> InjectionSite:
    site = sites.get(site_id)
    if site is None:
        raise NotFound
    return site


def _refuse_given(visit: Visit, site: InjectionSite, verb: str) -> None:
    # An amendment corrects what was given; its difference is shown, and its units move when it is signed.
    if site.given_at is not None and visit.amends_id is None:
        raise Frozen(f"Site {site.number} is marked given. Mark it as not given to {verb} it.")


def drawn_product(uow: UnitOfWork, visit: Visit, syringe_id: str | None) -> str | None:
    """The product in a syringe of a draft; None without one.

    Raises Invalid (field ``syringe_id``) for a syringe of another session, of a discarded vial or a recalled lot.
    """
    if syringe_id is None:
        return None
    row = uow.session.execute(_drawn(), {"syringe_id": syringe_id, "visit_id": visit.id}).one_or_none()
    if row is None:
        raise Invalid({"syringe_id": "Choose a syringe of this session."})
    # An amendment corrects what was drawn then; by now the vial is mostly thrown away.
    if visit.amends_id is None and row.discarded_at is not None:
        raise Invalid({"syringe_id": f"Vial {row.label} was discarded. Choose another vial; nothing was charted."})
    if visit.amends_id is None and row.recalled_at is not None:
        raise Invalid({"syringe_id": f"Lot {row.number} is recalled. Choose another vial; nothing was charted."})
    return str(row.product)


def add_site(uow: UnitOfWork, visit: Visit, sites: Sites, placed: Placed) -> InjectionSite:
    """Add a site to a draft under the next number, its dose still to be entered. Raises Invalid when there are too many."""
    if len(sites.rows) >= SITES_MAXIMUM:
        raise Invalid({"": f"A session has at most {SITES_MAXIMUM} sites."})
    site = InjectionSite(
        clinic_id=uow.clinic_id,
        id=uow.new_id(),
        visit_id=visit.id,
        number=max((one.number for one in sites.rows), default=0) + 1,
        purpose=Purpose.OTHER,
        muscle=placed.muscle,
        sub_site=placed.sub_site,
        side=placed.side,
        x=placed.x,
        y=placed.y,
        units=Decimal(0),
    )
    uow.session.add(site)
    sites.rows.append(site)
    return site


def chart_new(
    uow: UnitOfWork, visit: Visit, sites: Sites, entry: SiteEntry, placed: Placed, product: str | None
) -> InjectionSite:
    """Chart one new site inside a recorded change; ``product`` is what its syringe holds."""
    site = add_site(uow, visit, sites, placed)
    _apply(uow, visit, site, entry, placed, product, new=True)
    return site


def _apply(
    uow: UnitOfWork,
    visit: Visit,
    site: InjectionSite,
    entry: SiteEntry,
    placed: Placed,
    product: str | None,
    *,
    new: bool,
) -> None:
    purpose = entry.purpose
    if purpose is None and (new or (site.side, site.muscle) != (placed.side, placed.muscle)):
        purpose = usual_purpose(palsy_sides(uow, visit), placed)
    _dose(uow, visit, site, entry, product, new=new)
    site.muscle, site.sub_site, site.side = placed.muscle, placed.sub_site, placed.side
    site.x, site.y = placed.x, placed.y
    site.syringe_id = entry.syringe_id
    site.note = entry.note.strip()
    site.depth = entry.depth or site.depth
    site.purpose = purpose or site.purpose
    site.confirmed = True


def _dose(
    uow: UnitOfWork, visit: Visit, site: InjectionSite, entry: SiteEntry, product: str | None, *, new: bool
) -> None:
    if entry.units == 0 and (new or site.units > 0):
        raise Invalid({"units": "Enter the dose in units, for example 2.5."})
    if product and entry.dose_product not in {None, product}:
        told = f"This dose was entered in units of {product_name(entry.dose_product or '')}"
        raise Invalid({"units": f"{told}. Enter the dose in units of {product_name(product)}."})
    earlier = None if new else _dose_product(uow, visit, site)
    carried = product and earlier and product != earlier and entry.units > 0 and entry.units == site.units
    if carried and entry.dose_product != product:
        raise Invalid(
            {
                "units": f"{format_units(site.units)} were units of {product_name(earlier or '')}, and units of one product "
                f"are not those of another. Enter the dose in units of {product_name(product or '')}."
            }
        )
    # Without a syringe a changed dose still counts as the earlier product's: a syringe of another one then asks first.
    site.dose_product = product or (earlier if site.units > 0 else None)
    site.units = entry.units


def _dose_product(uow: UnitOfWork, visit: Visit, site: InjectionSite) -> str | None:
    return site.dose_product or product_in(uow, visit, site.syringe_id)


def product_in(uow: UnitOfWork, visit: Visit, syringe_id: str | None) -> str | None:
    """The product in a syringe of a visit, whatever became of its vial."""
    if syringe_id is None:
        return None
    return uow.session.scalar(_drawn(), {"syringe_id": syringe_id, "visit_id": visit.id})


@cache
def _drawn() -> AnySelect:
    return (
        select(Lot.product, Vial.label, Vial.discarded_at, Lot.number, Lot.recalled_at)
        .join(Vial, (Vial.clinic_id == Lot.clinic_id) & (Vial.lot_id == Lot.id))
        .join(Syringe, (Syringe.clinic_id == Vial.clinic_id) & (Syringe.vial_id == Vial.id))
        .where(Syringe.id == bindparam("syringe_id"), Syringe.visit_id == bindparam("visit_id"))
    )


def usual_purpose(palsies: set[Side], placed: Placed) -> Purpose:
    """Why a muscle is usually injected on a side: synkinesis on a palsy's, balance on the other."""
    if not anatomy.muscle(placed.muscle).is_muscle:
        return Purpose.TEARING if placed.muscle != anatomy.OTHER else Purpose.OTHER
    return Purpose.SYNKINESIS if placed.side in palsies | {Side.MIDLINE} else Purpose.BALANCE


def palsy_sides(uow: UnitOfWork, visit: Visit) -> set[Side]:
    """The sides of the palsies that a visit is about."""
    return set(uow.session.scalars(_palsy_sides(), {"visit_id": visit.id}))


@cache
def _palsy_sides() -> Select[Side]:
    chosen = (VisitCondition.clinic_id == Condition.clinic_id) & (VisitCondition.condition_id == Condition.id)
    return select(Condition.side).join(VisitCondition, chosen).where(VisitCondition.visit_id == bindparam("visit_id"))


def remove_site(uow: UnitOfWork, visit_id: str, edit_version: int, site_id: str) -> None:
    """Remove a site that is not given; the ones after it close up while nothing is given, and keep their numbers then."""
    visit = held(uow, visit_id, Permission.INJECTION_CHART, edit_version)
    with recorded(uow, visit) as sites:
        site = _existing(sites, site_id)
        _refuse_given(visit, site, "remove")
        sites.text = f"site {site.number} removed"
        old = _values(site)
        take_out(uow, sites, site)
    uow.record(Event(Action.SITE_REMOVED, f"site:{site_id}", visit.patient_id, old=old))


def take_out(uow: UnitOfWork, sites: Sites, site: InjectionSite) -> None:
    """Remove one site inside a recorded change; later ones close up while nothing is given."""
    sites.rows.remove(site)
    uow.session.delete(site)
    if all(one.given_at is None for one in [*sites.rows, site]):
        for one in sites.rows:
            one.number -= one.number > site.number


def confirm_sites(uow: UnitOfWork, visit_id: str, edit_version: int, site_ids: tuple[str, ...]) -> None:
    """Confirm copied sites as meant for today: one at any time, several together only after the time-out.

    Raises WrongStep for several without a time-out over what stands now, NotFound for a site of another visit.
    """
    visit = held(uow, visit_id, Permission.INJECTION_CHART, edit_version)
    chosen = dict.fromkeys(site_ids)
    if not chosen:
        raise Invalid({"site": "Choose at least one site."})
    if len(chosen) > 1 and visit.amends_id is None:
        _require_time_out(uow, visit_id)
    with recorded(uow, visit) as sites:
        found = [_existing(sites, site_id) for site_id in chosen]
        for site in found:
            site.confirmed = True
        numbers = [site.number for site in found]
        sites.text = f"{_sites_text(numbers)} confirmed"
    uow.record(Event(Action.SITES_CONFIRMED, f"visit:{visit_id}", visit.patient_id, new={"sites": numbers}))


def _require_time_out(uow: UnitOfWork, visit_id: str) -> None:
    record = visit_record(uow, visit_id)
    if not record.time_outs:
        raise WrongStep(
            "Several sites are confirmed together only after the time-out. Before it, confirm each one for itself."
        )
    if not time_out_stands(record, visit_content(record)):
        raise WrongStep("What the time-out confirmed has changed. Take it again, or confirm each site for itself.")


def draw_from(
    uow: UnitOfWork,
    visit_id: str,
    edit_version: int,
    syringe_id: str,
    site_ids: tuple[str, ...],
    *,
    clear: bool = False,
) -> None:
    """Give planned sites a syringe to be drawn from.

    Raises Invalid (field ``clear``) when a dose was entered for another product; with ``clear`` such doses are taken out,
    to be entered again. They are never converted.
    """
    visit = held(uow, visit_id, Permission.INJECTION_CHART, edit_version)
    product = drawn_product(uow, visit, syringe_id)
    with recorded(uow, visit) as sites:
        found = [_existing(sites, site_id) for site_id in dict.fromkeys(site_ids)]
        if not found:
            raise Invalid({"site": "Choose at least one site."})
        for site in found:
            _refuse_given(visit, site, "change")
        products = {site.id: _dose_product(uow, visit, site) for site in found}
        others = [site for site in found if site.units > 0 and products[site.id] not in {None, product}]
        if others and not clear:
            raise Invalid({"clear": _other_doses(others, {str(products[site.id]) for site in others}, str(product))})
        old = {f"site_{site.number}": _drawn_text(site, products[site.id]) for site in found}
        for site in others:
            if site.given_at is not None:  # In an amendment: what was given has a dose, whatever it was given from.
                raise Frozen(
                    f"Site {site.number} is marked given, so its dose stays. Change the site itself with its dose."
                )
            site.units = Decimal(0)
        for site in found:
            site.syringe_id, site.dose_product = syringe_id, product
        numbers = [site.number for site in found]
        sites.text = f"{_sites_text(numbers)} drawn from another syringe"
    new = {"sites": numbers, "syringe_id": syringe_id, "doses_taken_out": [site.number for site in others]}
    uow.record(Event(Action.SITE_SAVED, f"visit:{visit_id}", visit.patient_id, old=old, new=new))


def _drawn_text(site: InjectionSite, product: str | None) -> str:
    return f"{format_units(site.units)} of {product or 'no product'}, syringe {site.syringe_id or 'none'}"


def _other_doses(sites: Iterable[InjectionSite], earlier: Iterable[str], product: str) -> str:
    names = " and ".join(sorted(product_name(one) for one in earlier))
    which = _sites_text([site.number for site in sites]).capitalize()
    return (
        f"{which}: doses in units of {names}. Units of one product are not those of another, so these doses are taken out "
        f"and entered again in units of {product_name(product)}."
    )


def _sites_text(numbers: list[int]) -> str:
    return f"site{'s' if len(numbers) > 1 else ''} {', '.join(map(str, sorted(numbers)))}"


def _values(site: InjectionSite) -> dict[str, object]:
    return {name: getattr(site, name) for name in _KEPT}
