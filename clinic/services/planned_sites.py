"""From the plan to the chart as unconfirmed sites, and from what was given back to the plan as done."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from clinic.domain.anatomy import Side, group_of
from clinic.domain.errors import Invalid, NotFound
from clinic.domain.injections import Depth, Purpose
from clinic.domain.plan_words import place_words
from clinic.domain.planned_given import given_targets
from clinic.domain.planning import restriction
from clinic.domain.plans import PlanItem, PlanState, Target
from clinic.domain.site_copies import SiteCopy
from clinic.domain.target_places import require_room
from clinic.domain.visit_content import SiteContent
from clinic.domain.wording import day_text
from clinic.models import Patient, Visit
from clinic.queries.plan_items import patient_plan
from clinic.queries.proposals import proposed
from clinic.queries.visit_record import visit_record
from clinic.queries.visit_rows import SiteRow
from clinic.services.plan_items import set_state
from clinic.services.site_copies import Manner, Origin, bring, hold_for_copies
from clinic.unit_of_work import UnitOfWork

_ORIGIN = Origin("plan", "the plan", "brought from the plan", is_plan=True)


def chart_plan(
    uow: UnitOfWork,
    visit_id: str,
    edit_version: int,
    item_ids: Collection[str],
    *,
    syringe_id: str | None = None,
    without_doses: bool = False,
) -> int:
    """Bring chosen open targets of the patient's plan into a draft, unconfirmed; gives how many sites.

    Sites that lie where a target is planned count to it, whoever charted them: only what is missing is brought. Raises
    NotFound for an item that is no target of this patient, Invalid beside ``item`` for one that is open no more, has no room
    on the face, or is held back today by a red flag or an eye that nobody asked about, WrongStep in an amendment or a transcription, and Invalid as ``site_copies.bring``.
    """
    visit = hold_for_copies(uow, visit_id, edit_version)
    if not item_ids:
        raise Invalid({"item": "Choose at least one target."})
    items = _chosen(patient_plan(uow, visit.patient_id), item_ids)
    _refuse_held_back(uow, visit, items)
    sites = visit_record(uow, visit_id, plan=False).sites
    copies = _missing(items, sites)
    manner = Manner(syringe_id, without_doses=without_doses)
    return bring(uow, visit, copies, manner, _ORIGIN, lambda _site, _copy: False)


def _chosen(plan: tuple[PlanItem, ...], item_ids: Collection[str]) -> tuple[PlanItem, ...]:
    chosen = tuple(item for item in plan if item.id in set(item_ids) and isinstance(item.entry.details, Target))
    if {item.id for item in chosen} != set(item_ids):
        raise NotFound
    if any(not item.is_open for item in chosen):
        words = "One of these targets is not open any more: load the page again to see the plan. Nothing was brought."
        raise Invalid({"item": words})
    return chosen


def _refuse_held_back(uow: UnitOfWork, visit: Visit, items: Iterable[PlanItem]) -> None:
    """Ask again what planning asks: a target that was agreed weeks ago comes to the chart only as today allows it."""
    now = proposed(uow, visit.patient_id, visit.id)
    if now.proposal.red_flags:
        words = now.proposal.red_flags[0].words.rstrip(".")
        raise Invalid({"item": f"A red flag stands open: {words}. It is settled first; nothing was brought."})
    for item in items:
        target = item.entry.details
        if isinstance(target, Target) and (
            blocked := restriction(now.planning.facts, target.muscle, target.side).blocked
        ):
            raise Invalid({"item": f"{place_words(target)}: {blocked} Nothing was brought."})


def _missing(items: Iterable[PlanItem], sites: Iterable[SiteRow]) -> list[SiteCopy]:
    """The places of targets that no site fills yet; a site fills one place of one target only."""
    free = list(sites)
    found: list[SiteCopy] = []
    for item in items:
        target = item.entry.details
        if not isinstance(target, Target):
            continue
        here = [site for site in free if _lies_in(site, target)][: target.sites]
        free = [site for site in free if site not in here]
        named = {site.sub_site for site in here if site.sub_site}
        places = [one for one in require_room(target) if one.sub_site not in named]
        for placed in places[: target.sites - len(here)]:
            found.append(
                SiteCopy(
                    id=item.id,
                    number=len(found) + 1,
                    placed=placed,
                    units=target.units_per_site,
                    product=target.product if target.units_per_site else None,
                    purpose=target.purpose,
                    depth=Depth.INTRAGLANDULAR if target.purpose is Purpose.TEARING else Depth.INTRAMUSCULAR,
                )
            )
    return found


def _lies_in(site: SiteRow, target: Target) -> bool:
    if (site.muscle, site.side) != (target.muscle, target.side):
        return False
    return target.site_group is None or group_of(site.muscle, site.sub_site) == target.site_group


def mark_given(uow: UnitOfWork, visit: Visit, sites: Iterable[SiteContent]) -> None:
    """Set the open targets that were given in a session to done, inside the signature that says so.

    The visit is still a draft, and ``sites`` are those of the content that is signed.
    """
    if visit.amends_id is not None:
        return
    for item, words in given_targets(patient_plan(uow, visit.patient_id), sites):
        note = f"Given in the visit of {day_text(visit.on)}: {words}."
        set_state(uow, item.id, item.number, PlanState.DONE, note, visit_id=visit.id)


def take_back_given(uow: UnitOfWork, visit: Visit) -> None:
    """Open the targets again that were set to done by a visit which is voided as not given, unless replaced meanwhile.

    The plan of a retired record takes no change, and stays.
    """
    if uow.session.get_one(Patient, (uow.clinic_id, visit.patient_id)).retired_at is not None:
        return
    chain, older = {visit.id}, visit.amends_id
    while older is not None:
        chain.add(older)
        older = uow.session.get_one(Visit, (uow.clinic_id, older)).amends_id
    plan = patient_plan(uow, visit.patient_id)
    open_places = {_place(item) for item in plan if item.is_open}
    for item in plan:
        target = item.entry.details
        done = item.entry.state is PlanState.DONE and item.visit_id in chain
        if isinstance(target, Target) and done and _place(item) not in open_places:
            note = f"The visit of {day_text(visit.on)} was voided as not given."
            set_state(uow, item.id, item.number, PlanState.AGREED, note)


def _place(item: PlanItem) -> tuple[str, Side] | None:
    target = item.entry.details
    return (target.muscle, target.side) if isinstance(target, Target) else None
