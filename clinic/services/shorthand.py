"""The shorthand line of a draft: charted as a whole or not at all, kept while it is typed, rewritten as the list of sites."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from clinic.domain import shorthand
from clinic.domain.actors import Permission
from clinic.domain.anatomy import Side
from clinic.domain.errors import Frozen, Invalid
from clinic.domain.events import Action, Event
from clinic.domain.quantities import format_units
from clinic.domain.shorthand import LENGTH_MAXIMUM, Line, SaidSite
from clinic.domain.shorthand_sites import charted_words, sayable
from clinic.domain.site_entries import SiteEntry, place
from clinic.domain.wording import plural
from clinic.models import InjectionSite, Visit
from clinic.services.drafts import held, session_of
from clinic.services.injection_sites import chart_new, drawn_product, palsy_sides, product_in, take_out, usual_purpose
from clinic.services.site_changes import Sites, recorded
from clinic.unit_of_work import UnitOfWork

FIELD = "shorthand"
PROBLEMS_SHOWN = 5
CHANGED = (
    "The sites were changed since this line was made of them, so it would take those changes back. Nothing was changed."
    " Copy what you typed, then load the sites as a line again."
)


def chart_line(uow: UnitOfWork, visit_id: str, edit_version: int, text: str, syringe_id: str | None = None) -> int:
    """Chart every site of a line, as one change that can be undone, and empty the kept line; gives how many.

    Raises Invalid (field ``shorthand``) when any of it is not understood or a site is charted there already: then
    nothing is charted.
    """
    visit = held(uow, visit_id, Permission.INJECTION_CHART, edit_version)
    session = session_of(uow, visit)
    line = understood(text)
    product = drawn_product(uow, visit, syringe_id)
    with recorded(uow, visit) as sites:
        _refuse_charted(line, sites)
        palsies = palsy_sides(uow, visit)
        new = [_add(uow, visit, sites, said, palsies, syringe_id, product) for said in line.sites]
        sites.text = f"{plural(len(new), 'site')} charted from a line"
    kept, session.shorthand = session.shorthand, ""
    told = {"line": shorthand.render(line.sites), "sites": [site.number for site in new], "syringe_id": syringe_id}
    event = Event(Action.SITE_SAVED, f"visit:{visit_id}", visit.patient_id, old={FIELD: kept}, new=told)
    uow.record(event)
    return len(new)


def understood(text: str) -> Line:
    """A line without a problem and with at least one site. Raises Invalid (field ``shorthand``)."""
    line = shorthand.parse(text)
    if line.problems:
        told = [problem.message for problem in line.problems[:PROBLEMS_SHOWN]]
        more = len(line.problems) - len(told)
        raise Invalid({FIELD: " ".join([*told, f"And {more} more." if more else "", "Nothing was charted."])})
    if not line.items:
        raise Invalid({FIELD: "Type the sites first, for example: r dao 2.5; l dli 5"})
    return line


def _refuse_charted(line: Line, sites: Sites) -> None:
    places = {said.place for said in line.sites}
    there = [site for site in sites.rows if (site.muscle, site.sub_site, site.side) in places]
    if there:
        told = "; ".join(
            f"site {site.number}, {charted_words(site)}, {format_units(site.units) if site.units else 'no dose yet'}"
            for site in there[:PROBLEMS_SHOWN]
        )
        raise Invalid(
            {FIELD: f"Charted there already: {told}. Change that one, or take it out of the line. Nothing was charted."}
        )


def _add(
    uow: UnitOfWork,
    visit: Visit,
    sites: Sites,
    said: SaidSite,
    palsies: set[Side],
    syringe_id: str | None,
    product: str | None,
) -> InjectionSite:
    entry = SiteEntry(
        units=said.units,
        muscle=said.muscle,
        sub_site=said.sub_site,
        side=said.side,
        depth=said.depth,
        syringe_id=syringe_id,
    )
    placed = place(entry)
    entry = replace(entry, purpose=said.purpose or usual_purpose(palsies, placed))
    return chart_new(uow, visit, sites, entry, placed, product)


def keep_line(uow: UnitOfWork, visit_id: str, edit_version: int, text: str) -> None:
    """Keep a line as it is typed, understood or not. While it holds text, the visit cannot be signed."""
    visit = held(uow, visit_id, Permission.INJECTION_CHART, edit_version)
    session = session_of(uow, visit)
    if len(text) > LENGTH_MAXIMUM:
        raise Invalid({FIELD: f"A line has at most {LENGTH_MAXIMUM} characters."})
    kept = session.shorthand
    session.shorthand = text if text.strip() else ""
    new = {FIELD: session.shorthand}
    uow.record(Event(Action.SESSION_CHANGED, f"visit:{visit_id}", visit.patient_id, old={FIELD: kept}, new=new))


def rewrite_line(
    uow: UnitOfWork, visit_id: str, edit_version: int, text: str, syringe_id: str | None = None, *, was: str
) -> None:
    """Make the planned sites those of a line, as one change that can be undone; ``was`` is their line when it was shown.

    A site at the same named place keeps its id, number and position, and its syringe; its dose becomes the line's. Sites
    that a line cannot say stay as they are. Raises Frozen once a site is given, Invalid (``shorthand``) as chart_line.
    """
    visit = held(uow, visit_id, Permission.INJECTION_CHART, edit_version)
    session_of(uow, visit)
    line = understood(text)
    product = drawn_product(uow, visit, syringe_id)
    with recorded(uow, visit) as sites:
        if any(site.given_at is not None for site in sites.rows):
            raise Frozen("Sites of this session are marked given, so the list is not rewritten. Change single sites.")
        before = sayable(sites.rows)
        if shorthand.render(before.sites) != was:
            raise Invalid({FIELD: CHANGED})
        wanted = {said.place: said for said in line.sites}
        said_now = {said.place: site for site, said in before.said}
        stands = _without_dose(sites) | said_now
        for site in [site for at, site in said_now.items() if at not in wanted]:
            take_out(uow, sites, site)
        _change(uow, visit, wanted, stands)
        palsies = palsy_sides(uow, visit)
        for said in line.sites:
            if said.place not in stands:
                _add(uow, visit, sites, said, palsies, syringe_id, product)
        sites.text = "the list of sites rewritten as a line"
    old, new = {"line": shorthand.render(before.sites)}, {"line": shorthand.render(line.sites)}
    uow.record(Event(Action.SITE_SAVED, f"visit:{visit_id}", visit.patient_id, old=old, new=new))


def _without_dose(sites: Sites) -> dict[tuple[str, str, Side], InjectionSite]:
    # A site whose dose is still to be entered gets it from a line that names its place.
    rows = [site for site in sites.rows if site.units == 0 and site.sub_site is not None]
    return {(site.muscle, str(site.sub_site), site.side): site for site in reversed(rows)}


def _change(
    uow: UnitOfWork,
    visit: Visit,
    wanted: Mapping[tuple[str, str, Side], SaidSite],
    stands: Mapping[tuple[str, str, Side], InjectionSite],
) -> None:
    drawn = {one: product_in(uow, visit, one) for one in {site.syringe_id for site in stands.values()}}
    for at, site in stands.items():
        said = wanted.get(at)
        if said is None:
            continue
        if said.units != site.units:
            site.dose_product = drawn[site.syringe_id] or (site.dose_product if site.units > 0 else None)
            site.units, site.confirmed = said.units, True
        site.depth = said.depth or site.depth
        site.purpose = said.purpose or site.purpose
