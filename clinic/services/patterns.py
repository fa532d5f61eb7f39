"""A person's own patterns: sites saved under a name and laid into other drafts. Nobody else sees or uses them."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import select

from clinic.domain.actors import Permission, RecordState
from clinic.domain.anatomy import OTHER
from clinic.domain.errors import Frozen, Invalid, NotFound
from clinic.domain.events import Action, Event
from clinic.models import InjectionSession, InjectionSite, Lot, Membership, Pattern, PatternSite, Syringe, Vial, Visit
from clinic.queries.patterns import pattern_sites
from clinic.services.authority import require
from clinic.services.drafts import session_of, state_of
from clinic.services.site_copies import Manner, Origin, bring, hold_for_copies
from clinic.unit_of_work import UnitOfWork

NAME_MAXIMUM = 80
PATTERNS_MAXIMUM = 50


def save_pattern(uow: UnitOfWork, visit_id: str, name: str) -> str:
    """Save the sites of a draft or a signed visit under a name of one's own; gives the pattern's id.

    Each dose is kept with its product; one whose product is not known is left out, and so are notes and sites at no
    muscle, whose place stands only in words about this patient. Raises Invalid beside ``name``.
    """
    visit = _readable(uow, visit_id)
    if state_of(uow, visit) not in {RecordState.DRAFT, RecordState.SIGNED}:
        raise Frozen("This version does not stand any more. Save a pattern from the one in force.")
    name = " ".join(name.split())
    _check_name(uow, name)
    sites = _sites_with_products(uow, visit, session_of(uow, visit))
    kept = [(site, product) for site, product in sites if site.muscle != OTHER]
    if not kept:
        raise Invalid({"name": "This visit has no site at a muscle yet, so there is nothing to save."})
    pattern = Pattern(clinic_id=uow.clinic_id, id=uow.new_id(), user_id=uow.actor.user_id, name=name, saved_at=uow.now)
    uow.session.add(pattern)
    uow.session.flush()
    for number, (site, product) in enumerate(kept, start=1):
        uow.session.add(_pattern_site(uow, pattern.id, number, site, product))
    left_out = [site.number for site, _ in sites if site.muscle == OTHER]
    new = {"name": name, "sites": len(kept), "left_out": left_out, "visit": visit_id}
    uow.record(Event(Action.PATTERN_SAVED, f"pattern:{pattern.id}", visit.patient_id, new=new))
    return pattern.id


def _readable(uow: UnitOfWork, visit_id: str) -> Visit:
    # Reading a visit is enough: a pattern is the person's own and changes nothing of the visit.
    visit = uow.session.get(Visit, (uow.clinic_id, visit_id))
    if visit is None:
        raise NotFound
    require(uow, Permission.VISIT_READ, state_of(uow, visit))
    return visit


def _check_name(uow: UnitOfWork, name: str) -> None:
    if not name or len(name) > NAME_MAXIMUM:
        raise Invalid({"name": f"Give the pattern a name of at most {NAME_MAXIMUM} characters."})
    if not name.isprintable():
        raise Invalid({"name": "The name holds an invisible sign. Delete it and type it by hand."})
    # The person's own row is the lock under which the names are counted and compared.
    uow.session.get(Membership, (uow.clinic_id, uow.actor.user_id), with_for_update=True)
    mine = select(Pattern.name).where(Pattern.user_id == uow.actor.user_id, Pattern.retired_at.is_(None))
    names = {one.casefold() for one in uow.session.scalars(mine)}
    if name.casefold() in names:
        raise Invalid(
            {"name": "You have a pattern of this name already. Retire that one first, or choose another name."}
        )
    if len(names) >= PATTERNS_MAXIMUM:
        raise Invalid({"name": f"You have {PATTERNS_MAXIMUM} patterns already. Retire one first."})


def _sites_with_products(
    uow: UnitOfWork, visit: Visit, session: InjectionSession
) -> list[tuple[InjectionSite, str | None]]:
    rows = uow.session.execute(
        select(InjectionSite, Lot.product)
        .outerjoin(Syringe, (Syringe.clinic_id == InjectionSite.clinic_id) & (Syringe.id == InjectionSite.syringe_id))
        .outerjoin(Vial, (Vial.clinic_id == Syringe.clinic_id) & (Vial.id == Syringe.vial_id))
        .outerjoin(Lot, (Lot.clinic_id == Vial.clinic_id) & (Lot.id == Vial.lot_id))
        .where(InjectionSite.visit_id == visit.id)
        .order_by(InjectionSite.number)
    )
    transcribed = session.transcribed_product if session.transcribed else None
    return [(site, product or transcribed or site.dose_product) for site, product in rows]


def _pattern_site(
    uow: UnitOfWork, pattern_id: str, number: int, site: InjectionSite, product: str | None
) -> PatternSite:
    dosed = product is not None and site.units > 0
    return PatternSite(
        clinic_id=uow.clinic_id,
        id=uow.new_id(),
        pattern_id=pattern_id,
        number=number,
        muscle=site.muscle,
        sub_site=site.sub_site,
        side=site.side,
        x=site.x,
        y=site.y,
        units=site.units if dosed else Decimal(0),
        product=product if dosed else None,
        purpose=site.purpose,
        depth=site.depth,
    )


def lay_pattern(
    uow: UnitOfWork,
    visit_id: str,
    edit_version: int,
    pattern_id: str,
    *,
    syringe_id: str | None = None,
    other_side: bool = False,
    without_doses: bool = False,
) -> int:
    """Copy the sites of one of one's own patterns into a draft, unconfirmed; gives how many.

    A pattern is about no patient's side, so it can always be laid on the other one. Raises as ``repeats.repeat``.
    """
    visit = hold_for_copies(uow, visit_id, edit_version)
    name, copies = pattern_sites(uow, pattern_id)
    told = f"the pattern “{name}”"
    origin = Origin(f"pattern:{pattern_id}", told, f"laid from {told}", pattern_name=name)
    manner = Manner(syringe_id, other_side, without_doses)
    return bring(uow, visit, copies, manner, origin, lambda _site, _one: False)


def retire_pattern(uow: UnitOfWork, visit_id: str, pattern_id: str) -> None:
    """Stop offering one of one's own patterns; sites that were laid from it keep its name."""
    _readable(uow, visit_id)
    pattern = uow.session.get(Pattern, (uow.clinic_id, pattern_id))
    if pattern is None or pattern.user_id != uow.actor.user_id or pattern.retired_at is not None:
        raise NotFound
    pattern.retired_at = uow.now
    uow.record(Event(Action.PATTERN_RETIRED, f"pattern:{pattern_id}", old={"name": pattern.name}))
