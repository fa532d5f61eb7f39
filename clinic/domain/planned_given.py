"""The plan against the chart: each muscle, side and product once, and the difference in words.

The two are separate records: compared, never merged, and units of one product are never taken from those of another.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from clinic.domain.anatomy import Side, group_of, muscle_label
from clinic.domain.plan_content import PlannedGivenContent
from clinic.domain.plans import PlanItem, PlanState, Target
from clinic.domain.products import product_name
from clinic.domain.quantities import format_units
from clinic.domain.visit_content import SiteContent
from clinic.domain.wording import plural

SAME = "as planned"
NOT_PLANNED = "not planned"
NOT_CHARTED = "planned, not charted"
OPEN = "planned with the dose left open"
DOSE_MISSING = "a dose is still to be entered: not compared"
PRODUCT_MISSING = "its product is not known yet: not compared"

Muscle = tuple[str, Side]


@dataclass(slots=True)
class _Sum:
    """Units of one product in a muscle, in how many places; ``is_open`` when a dose among them is not said."""

    units: Decimal = Decimal(0)
    sites: int = 0
    is_open: bool = False

    def add(self, units: Decimal, sites: int) -> None:
        self.units += units
        self.sites += sites
        self.is_open = self.is_open or not units


Sums = dict[Muscle, dict[str, _Sum]]


def planned_given_rows(
    items: Iterable[PlanItem], sites: Iterable[SiteContent], visit_ids: Collection[str] = ()
) -> tuple[PlannedGivenContent, ...]:
    """The targets of a plan against the sites of a session; nothing when no target counts.

    A target counts while it is open, and when it was set to done in one of ``visit_ids`` (the visit and those it amends).
    One that was entered or changed after the last site was given is for a later session.
    """
    charted = tuple(sites)
    moments = [site.given_at for site in charted]
    given = [at for at in moments if at is not None]
    end = max(given) if given and len(given) == len(moments) else None
    targets = tuple(
        item.entry.details
        for item in items
        if isinstance(item.entry.details, Target)
        and (
            (item.is_open and (end is None or item.at <= end))
            or (item.entry.state is PlanState.DONE and item.visit_id in visit_ids)
        )
    )
    return compare(targets, charted) if targets else ()


def given_targets(items: Iterable[PlanItem], sites: Iterable[SiteContent]) -> tuple[tuple[PlanItem, str], ...]:
    """The open targets that were given, each with what was given of it in words.

    Given is a site of the target's muscle, side, part and product, after the target was entered as it stands: what was
    planned or changed after it is for a later session, and units of another product leave it open.
    """
    given = tuple(site for site in sites if site.given_at is not None)
    found = []
    for item in items:
        target = item.entry.details
        if isinstance(target, Target) and item.is_open:
            mine = [site for site in given if _is_of(site, target) and site.given_at and item.at <= site.given_at]
            if mine:
                found.append((item, _given_words(target, mine)))
    return tuple(found)


def _is_of(site: SiteContent, target: Target) -> bool:
    return (
        (site.muscle, site.side) == (target.muscle, target.side.value)
        and target.product in {None, site.product}
        and (target.site_group is None or group_of(site.muscle, site.sub_site) == target.site_group)
    )


def _given_words(target: Target, given: list[SiteContent]) -> str:
    words = format_units(sum((site.units for site in given), Decimal(0)))
    return (
        f"{words} of {format_units(target.units)} planned" if target.units else f"{words}, planned with the dose open"
    )


def compare(targets: Iterable[Target], sites: Iterable[SiteContent]) -> tuple[PlannedGivenContent, ...]:
    """Every muscle and side that is planned or charted, product by product: first in the plan's order, then the chart's."""
    planned: Sums = {}
    for one in targets:
        _add(planned, (one.muscle, one.side), one.product or "", one.units, one.sites)
    charted: Sums = {}
    for site in sites:
        _add(charted, (site.muscle, Side(site.side)), site.product or "", site.units, 1)
    places = dict.fromkeys([*planned, *charted])
    return tuple(row for place in places for row in _rows(place, planned.get(place, {}), charted.get(place, {})))


def _add(sums: Sums, place: Muscle, product: str, units: Decimal, sites: int) -> None:
    sums.setdefault(place, {}).setdefault(product, _Sum()).add(units, sites)


def _rows(place: Muscle, planned: dict[str, _Sum], charted: dict[str, _Sum]) -> Iterator[PlannedGivenContent]:
    open_plan = planned.get("")
    for product in dict.fromkeys([*planned, *charted]):
        plan, chart = planned.get(product), charted.get(product)
        if product == "" and plan is not None and charted:
            # A target without a product says nothing about units: the rows of what is charted say that it was open.
            if chart is None:
                continue
            plan = None
        others = [one for one in (charted if chart is None else planned) if one not in {product, ""}]
        words = _words(product, plan, chart, others, is_open=open_plan is not None)
        yield PlannedGivenContent(
            muscle=place[0],
            muscle_label=muscle_label(place[0]),
            side=place[1].value,
            product=product,
            product_name=product_name(product) if product else "",
            planned=plan.units if plan and plan.units else None,
            charted=chart.units if chart and chart.units else None,
            words=words,
        )


def _words(product: str, plan: _Sum | None, chart: _Sum | None, others: list[str], *, is_open: bool) -> str:
    if chart is None:
        if others:
            return f"charted in units of {_named(others)}: not compared"
        return f"{OPEN}, not charted" if plan is None or not plan.units else NOT_CHARTED
    if chart.is_open:
        return DOSE_MISSING
    if product == "" and (plan or others):
        return PRODUCT_MISSING
    if plan is None:
        if others:
            return f"the plan is in units of {_named(others)}: not compared"
        return OPEN if is_open else NOT_PLANNED
    if plan.is_open or is_open:
        return OPEN if not plan.units else "planned in part with the dose left open: not compared"
    return _difference(plan, chart)


def _difference(plan: _Sum, chart: _Sum) -> str:
    more = chart.units - plan.units
    words = SAME if not more else f"{'more' if more > 0 else 'less'} by {format_units(abs(more))}"
    if chart.sites == plan.sites:
        return words
    return f"{words}, in {plural(chart.sites, 'site')} instead of {plan.sites}"


def _named(products: Iterable[str]) -> str:
    return " and ".join(product_name(one) for one in products)
