"""Checks of doses: DOSE-001 to DOSE-008. The label limits stand in ``data/products.toml``, each with its source.

Units are summed within one substance only (Botox and Botox Cosmetic are one). Every charted site counts, given or
planned, so that a limit shows before the needle. A site whose product is not known yet takes part in no sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from decimal import Decimal

from clinic.domain import anatomy
from clinic.domain.findings import Finding
from clinic.domain.injections import PastDose, PresetFact, SessionFacts, SiteFact
from clinic.domain.products import Limit, product_name, products, rule_limit, substance
from clinic.domain.quantities import format_number, format_units
from clinic.domain.safety_table import (
    ORBICULARIS_OCULI,
    by_number,
    finding,
    months_before,
    place_evidence,
    product_of,
    site_subject,
    site_text,
    substance_of,
    units_of,
    within_months,
)
from clinic.domain.wording import day_text, plural

LAST_DOSE_FACTOR = 4
"""A site of 4 × this muscle's last dose or more is asked about: 10 typed for 2.5 (own entry check, no label limit)."""

ENTRY_SOURCE = "This record's own entry check, no label limit: it is there to catch 25 typed for 2.5"
PRESET_SOURCE = "This clinic's accepted preset: a habit, not a safe range"
STEP_SOURCE = "This clinic's dose step"

EYELID_GROUPS = frozenset({"upper_pretarsal", "lower_pretarsal"})
"""The named sub-sites of orbicularis oculi that lie in the eyelids; the lateral orbital ones do not."""

ORBITAL_PART = "orbital"
"""The part of orbicularis oculi, in anatomy's words, that is no eyelid."""


def check_doses(facts: SessionFacts) -> Iterator[Finding]:
    """Every finding about the doses of a session."""
    yield from _cumulative(facts)
    yield from _eye_muscle(facts)
    yield from _session_limit(facts)
    sites = by_number(facts)
    for check in (_missing, _entry, _eyelid, _preset, _step):
        for site in sites:
            yield from check(site, facts)


def _cumulative(facts: SessionFacts) -> Iterator[Finding]:
    """DOSE-001: today and the last calendar months, here and elsewhere, are at most the label's total."""
    limit = rule_limit("DOSE-001")
    past = [dose for dose in facts.past if within_months(dose.on, facts.on, limit.months)]
    since = months_before(facts.on, limit.months) + timedelta(days=1)
    window = f"{plural(limit.months, 'month')} (since {day_text(since)})"
    yield from _over("DOSE-001", limit, facts, facts.sites, past, window)


def _eye_muscle(facts: SessionFacts) -> Iterator[Finding]:
    """DOSE-002: orbicularis oculi in the last days and today; an earlier dose without a muscle counts as this one."""
    limit = rule_limit("DOSE-002")
    since = facts.on - timedelta(days=limit.days - 1)
    past = [d for d in facts.past if since <= d.on <= facts.on and d.muscle in (limit.muscle, None)]
    sites = [site for site in facts.sites if site.muscle == limit.muscle]
    window = f"{plural(limit.days, 'day')} (since {day_text(since)})"
    yield from _over("DOSE-002", limit, facts, sites, past, window, where=" in orbicularis oculi")


def _session_limit(facts: SessionFacts) -> Iterator[Finding]:
    """DOSE-003: one session of incobotulinumtoxinA."""
    yield from _over("DOSE-003", rule_limit("DOSE-003"), facts, facts.sites, (), "a session")


def _over(
    code: str,
    limit: Limit,
    facts: SessionFacts,
    sites: Iterable[SiteFact],
    past: Iterable[PastDose],
    window: str,
    where: str = "",
) -> Iterator[Finding]:
    """State that today's and earlier units of the limit's substance exceed it; equal is allowed.

    Without any of it today there is nothing to state.
    """
    today = units_of(site for site in sites if substance_of(site, facts) == limit.substance)
    counted = [dose for dose in past if substance(dose.product) == limit.substance]
    earlier = sum((dose.units for dose in counted), Decimal(0))
    if not today or today + earlier <= limit.units:
        return
    message = (
        f"{limit.substance}{where}: {format_units(today)} today{_earlier_text(counted, earlier, today)}, "
        f"more than {format_units(limit.units)} in {window}."
    )
    evidence = (
        ("today", format_number(today)),
        ("earlier", format_number(earlier)),
        ("total", format_number(today + earlier)),
        ("limit", format_number(limit.units)),
    )
    yield finding(code, message, evidence=evidence, source=limit.fact.source)


def _earlier_text(counted: list[PastDose], earlier: Decimal, today: Decimal) -> str:
    if not counted:
        return ""
    elsewhere = sum((dose.units for dose in counted if dose.elsewhere), Decimal(0))
    unplaced = sum((dose.units for dose in counted if dose.muscle is None), Decimal(0))
    parts = [f"{format_units(elsewhere)} given elsewhere"] if elsewhere else []
    parts += [f"{format_units(unplaced)} without a recorded muscle"] if unplaced else []
    detail = f" ({', '.join(parts)})" if parts else ""
    return f" and {format_units(earlier)} before{detail}, together {format_units(today + earlier)}"


def _missing(site: SiteFact, _facts: SessionFacts) -> Iterator[Finding]:
    """DOSE-008: every site has a dose; 0 units stand for one that is still to be entered."""
    if site.units == 0:
        yield finding(
            "DOSE-008", f"{site_text(site)} has no dose yet.", site_subject(site), evidence=place_evidence(site)
        )


def _entry(site: SiteFact, facts: SessionFacts) -> Iterator[Finding]:
    """DOSE-004: ask again about a site above its product's threshold, or far above this muscle's last dose."""
    key = product_of(site, facts)
    if key is None:
        return
    reasons, evidence = [], [("units", format_number(site.units)), *place_evidence(site)]
    threshold = entry_threshold(key, facts)
    if threshold is not None and site.units > threshold:
        reasons.append(f"this is above {format_units(threshold)} at one site")
        evidence.append(("asks above", format_number(threshold)))
    last = facts.last_dose.get((key, site.muscle, site.side))
    if last and site.units >= LAST_DOSE_FACTOR * last:
        reasons.append(f"this is {LAST_DOSE_FACTOR} times the last {format_units(last)} a site here, or more")
        evidence.append(("last dose", format_number(last)))
    if reasons:
        message = f"{format_units(site.units)}? {site_text(site)}: {' and '.join(reasons)}."
        yield finding("DOSE-004", message, site_subject(site), evidence=evidence, source=ENTRY_SOURCE)


def entry_threshold(key: str, facts: SessionFacts) -> Decimal | None:
    """Units above which a site of a product is asked about: the clinic's own, else as shipped; None asks nothing."""
    if key in facts.entry_thresholds:
        return facts.entry_thresholds[key]
    known = products().get(key)
    return known.entry_threshold if known else None


def _eyelid(site: SiteFact, facts: SessionFacts) -> Iterator[Finding]:
    """DOSE-005: little is gained, and more lost, above the label's dose at one eyelid site."""
    limit = rule_limit("DOSE-005")
    if site.units <= limit.units or substance_of(site, facts) != limit.substance or not is_eyelid(site):
        return
    message = (
        f"{site_text(site)}: {format_units(site.units)} at one eyelid site; "
        f"the label sees little benefit above {format_units(limit.units)}."
    )
    evidence = (("units", format_number(site.units)), ("limit", format_number(limit.units)))
    yield finding("DOSE-005", message, site_subject(site), evidence=evidence, source=limit.fact.source)


def is_eyelid(site: SiteFact) -> bool:
    """Whether a site lies in an eyelid: a pretarsal sub-site, or a free point not in the muscle's orbital part."""
    if site.muscle != ORBICULARIS_OCULI:
        return False
    if site.sub_site is not None:
        return anatomy.group_of(site.muscle, site.sub_site) in EYELID_GROUPS
    return anatomy.part_of(site.muscle, site.x, site.y) != ORBITAL_PART


def _preset(site: SiteFact, facts: SessionFacts) -> Iterator[Finding]:
    """DOSE-006: the most specific accepted preset of this product and muscle; both ends belong to the range."""
    preset = preset_of(site, facts)
    if preset is None or site.units == 0 or preset.per_site_low <= site.units <= preset.per_site_high:
        return
    low, high = format_number(preset.per_site_low), format_units(preset.per_site_high)
    message = (
        f"{site_text(site)}: {format_units(site.units)} is outside this clinic's preset of {low} to {high} a site "
        f"for {product_name(preset.product)}."
    )
    evidence = (
        ("units", format_number(site.units)),
        ("low", low),
        ("high", format_number(preset.per_site_high)),
    )
    yield finding("DOSE-006", message, site_subject(site), evidence=evidence, source=PRESET_SOURCE)


def preset_of(site: SiteFact, facts: SessionFacts) -> PresetFact | None:
    """The accepted preset for a site: one of its sub-site group wins over one of the whole muscle."""
    if not facts.presets:
        return None
    key = product_of(site, facts)
    group = anatomy.group_of(site.muscle, site.sub_site)
    by_group = {p.group: p for p in facts.presets if p.product == key and p.muscle == site.muscle}
    for name in (site.sub_site, group, None):
        if name in by_group:
            return by_group[name]
    return None


def _step(site: SiteFact, facts: SessionFacts) -> Iterator[Finding]:
    """DOSE-007: the clinic's step divides every dose."""
    step = facts.dose_step
    if step <= 0 or site.units % step == 0:
        return
    message = f"{site_text(site)}: {format_units(site.units)} is not a multiple of {format_units(step)}."
    evidence = (("units", format_number(site.units)), ("step", format_number(step)))
    yield finding("DOSE-007", message, site_subject(site), evidence=evidence, source=STEP_SOURCE)
