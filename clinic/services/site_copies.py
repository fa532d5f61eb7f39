"""Bringing sites into a draft as copies: unconfirmed, from today's syringe, in one change that can be undone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from clinic.domain.actors import Permission
from clinic.domain.errors import Invalid, WrongStep
from clinic.domain.events import Action, Event
from clinic.domain.products import product_name
from clinic.domain.site_copies import SiteCopy, on_other_side, other_products, without_dose
from clinic.domain.wording import plural
from clinic.models import InjectionSite, Syringe, Visit
from clinic.services.drafts import held, session_of
from clinic.services.injection_sites import add_site, drawn_product
from clinic.services.site_changes import Sites, recorded
from clinic.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Manner:
    """How sites are brought: drawn from which of today's syringes, mirrored, with their doses or as places only."""

    syringe_id: str | None = None
    other_side: bool = False
    without_doses: bool = False


@dataclass(frozen=True, slots=True)
class Origin:
    """Where copies come from: a session's day, a pattern's name or the plan, and its words for a refusal and the undo list."""

    subject: str
    refused: str
    done: str
    day: date | None = None
    pattern_name: str = ""
    is_plan: bool = False


def hold_for_copies(uow: UnitOfWork, visit_id: str, edit_version: int) -> Visit:
    """Take hold of a draft that sites may be brought into. Raises WrongStep for an amendment or a transcription."""
    visit = held(uow, visit_id, Permission.INJECTION_CHART, edit_version)
    session = session_of(uow, visit)
    if visit.amends_id is not None:
        raise WrongStep(
            "An amendment corrects what was given on its day. Nothing of another session is brought into it."
        )
    if session.transcribed:
        raise WrongStep(
            "A transcription says what an earlier record says. Nothing of another session is brought into it."
        )
    return visit


def bring(
    uow: UnitOfWork,
    visit: Visit,
    copies: Iterable[SiteCopy],
    manner: Manner,
    origin: Origin,
    there: Callable[[InjectionSite, SiteCopy], bool],
) -> int:
    """Bring all copies that are not there yet, as one change, in their order; gives how many.

    Raises Invalid: beside ``without_doses`` when doses are units of another product, beside ``other_side`` when a place
    cannot be mirrored, and when nothing is left to bring or the sites would be too many. Then nothing is brought.
    """
    wanted = [on_other_side(one) for one in copies] if manner.other_side else list(copies)
    product = drawn_product(uow, visit, manner.syringe_id)
    with recorded(uow, visit) as sites:
        before = list(sites.rows)
        left = [one for one in wanted if not any(there(site, one) or _same_place(site, one) for site in before)]
        if not left:
            raise Invalid({"": f"All sites of {origin.refused} are in this session already. Nothing was brought."})
        if manner.without_doses:
            left = [without_dose(one) for one in left]
        _refuse_other_products(uow, left, product, manner, origin)
        new = [_add(uow, visit, sites, one, product, manner, origin) for one in left]
        sites.text = f"{plural(len(new), 'site')} {origin.done}{' on the other side' if manner.other_side else ''}"
        told = _told(left, new, manner, origin)
    uow.record(Event(Action.SITES_COPIED, f"visit:{visit.id}", visit.patient_id, new=told))
    return len(new)


def _same_place(site: InjectionSite, one: SiteCopy) -> bool:
    # What was charted today stands: the very same point of a muscle is not injected twice because of a repetition.
    placed = one.placed
    return (site.muscle, site.side, site.x, site.y) == (placed.muscle, placed.side, placed.x, placed.y)


def _refuse_other_products(
    uow: UnitOfWork, sites: list[SiteCopy], product: str | None, manner: Manner, origin: Origin
) -> None:
    others = other_products(sites, product)
    if not others:
        return
    used = f"{origin.refused[0].upper()}{origin.refused[1:]} {'is in units of' if origin.is_plan else 'used'} {' and '.join(others)}"
    if product is None:
        raise Invalid(
            {"without_doses": f"{used}. Whose units its doses are is not known: bring the places without doses?"}
        )
    syringe = uow.session.get_one(Syringe, (uow.clinic_id, manner.syringe_id))
    raise Invalid(
        {
            "without_doses": f"{used}; syringe {syringe.letter} holds {product_name(product)}. Units of one product are not "
            "those of another: bring the places without doses?"
        }
    )


def _add(
    uow: UnitOfWork, visit: Visit, sites: Sites, one: SiteCopy, product: str | None, manner: Manner, origin: Origin
) -> InjectionSite:
    site = add_site(uow, visit, sites, one.placed)
    site.units, site.dose_product = one.units, product or one.product
    site.purpose, site.depth, site.note = one.purpose, one.depth, one.note
    site.syringe_id = manner.syringe_id
    site.confirmed = False
    site.copied_from, site.pattern_name = origin.day, origin.pattern_name
    site.from_previous_site = one.id if origin.day else None
    site.from_planned_target = one.id if origin.is_plan else None
    return site


def _told(copies: list[SiteCopy], new: list[InjectionSite], manner: Manner, origin: Origin) -> dict[str, object]:
    return {
        "source": origin.subject,
        "sites": [site.number for site in new],
        "of": [one.number for one in copies],
        "syringe_id": manner.syringe_id,
        "other_side": manner.other_side,
        "without_doses": manner.without_doses,
    }
