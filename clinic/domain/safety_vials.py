"""Checks of vials: VIAL-001 to VIAL-005. A transcribed past session has no ledger, so none of them applies to it."""

from __future__ import annotations

from collections.abc import Iterator

from clinic.domain.findings import Finding, Severity
from clinic.domain.injections import SessionFacts, SiteFact, VialFact
from clinic.domain.products import product_name, products
from clinic.domain.quantities import format_number, format_units
from clinic.domain.safety_table import (
    by_number,
    finding,
    moment_text,
    site_subject,
    site_text,
    units_of,
    utc_text,
)
from clinic.domain.wording import day_text

SINGLE_DOSE_SOURCE = "Jeuveau and Myobloc labels (reprints): single-dose vials, one patient only"
USE_BY_SOURCE = "Use-by recorded at mixing, from the product's label; expiry as printed on the lot"


def check_vials(facts: SessionFacts) -> Iterator[Finding]:
    """Every finding about the vials of a session; each in ``facts.vials`` is judged, before its first site too."""
    if facts.transcribed:
        return
    yield from _without_vial(facts)
    for vial in facts.vials.values():
        yield from _overdrawn(vial, facts)
    for vial in facts.vials.values():
        yield from _second_patient(vial, facts)
    for vial in facts.vials.values():
        yield from _out_of_date(vial, facts)
    for vial in facts.vials.values():
        yield from _recalled(vial)


def _without_vial(facts: SessionFacts) -> Iterator[Finding]:
    """VIAL-001: a given site names a vial that is known, with a product and a lot."""
    for site in by_number(facts):
        missing = _missing(site, facts)
        if site.given_at and missing:
            message = f"{site_text(site)} is marked given without {missing}. Choose the vial that it was given from."
            yield finding("VIAL-001", message, site_subject(site), evidence=(("missing", missing),))


def _missing(site: SiteFact, facts: SessionFacts) -> str:
    vial = facts.vials.get(site.vial_id) if site.vial_id else None
    if vial is None:
        return "a vial"
    if vial.product not in products():
        return "a known product"
    return "" if vial.lot.strip() else "a lot number"


def _overdrawn(vial: VialFact, facts: SessionFacts) -> Iterator[Finding]:
    """VIAL-002: charted + wasted is at most what the vial holds; a discarded one holds nothing for a new site."""
    sites = _sites_of(vial, facts)
    charted, left = units_of(sites), vial.units_left
    over = charted + vial.wasted > left
    evidence = [("charted", format_number(charted)), ("wasted", format_number(vial.wasted))]
    evidence.append(("left", format_number(left)))
    if over:
        wasted = f" and {format_units(vial.wasted)} wasted" if vial.wasted else ""
        message = (
            f"{_vial_text(vial)} is overdrawn: {format_units(charted)} charted{wasted}, "
            f"but it holds {format_units(left)}."
        )
        yield finding("VIAL-002", message, _subject(vial), evidence=evidence)
    elif vial.discarded and any(site.given_at is None for site in sites):
        message = f"{_vial_text(vial)} was discarded: nothing more can be given from it."
        yield finding("VIAL-002", message, _subject(vial), evidence=[*evidence, ("discarded", "yes")])


def _second_patient(vial: VialFact, facts: SessionFacts) -> Iterator[Finding]:
    """VIAL-003: a single-dose vial stays with one patient; a clinic can let a prescriber go on with a reason."""
    if vial.other_patients <= 0:
        return
    others = "another patient" if vial.other_patients == 1 else f"{vial.other_patients} other patients"
    message = f"{_vial_text(vial)} was used for {others} already; a single-dose vial is for one patient."
    severity = Severity.PRESCRIBER if facts.vial_sharing_needs_reason else None
    evidence = (("other patients", str(vial.other_patients)),)
    yield finding("VIAL-003", message, _subject(vial), evidence=evidence, source=SINGLE_DOSE_SOURCE, severity=severity)


def _out_of_date(vial: VialFact, facts: SessionFacts) -> Iterator[Finding]:
    """VIAL-004: the expiry day and the use-by moment themselves are still fine; judged at ``facts.on`` and ``now``."""
    if vial.expires_on < facts.on:
        message = f"{_vial_text(vial)} expired on {day_text(vial.expires_on)}; the session is on {day_text(facts.on)}."
        evidence = (("expires on", vial.expires_on.isoformat()), ("session on", facts.on.isoformat()))
        yield finding("VIAL-004", message, _subject(vial), evidence=evidence, source=USE_BY_SOURCE)
    if vial.use_by is not None and facts.now > vial.use_by:
        passed = moment_text(vial.use_by, facts)
        message = f"{_vial_text(vial)} is past its use-by of {passed}.{_last_given(vial, facts)}"
        evidence = (("use by", utc_text(vial.use_by)), ("passed", "yes"))
        yield finding("VIAL-004", message, _subject(vial), evidence=evidence, source=USE_BY_SOURCE)


def _last_given(vial: VialFact, facts: SessionFacts) -> str:
    """What a prescriber needs for a reason: when the last site was given, if all of them are."""
    sites = _sites_of(vial, facts)
    given = [site.given_at for site in sites if site.given_at]
    if not given or len(given) < len(sites):
        return ""
    return f" Its last site is marked given at {moment_text(max(given), facts)}."


def _recalled(vial: VialFact) -> Iterator[Finding]:
    """VIAL-005: nothing is given from a recalled lot."""
    if vial.recalled:
        message = f"{_vial_text(vial)} belongs to a recalled lot. Put it aside and choose another vial."
        yield finding("VIAL-005", message, _subject(vial), evidence=(("lot", vial.lot),))


def _sites_of(vial: VialFact, facts: SessionFacts) -> list[SiteFact]:
    return [site for site in facts.sites if site.vial_id == vial.id]


def _subject(vial: VialFact) -> str:
    return f"vial:{vial.id}"


def _vial_text(vial: VialFact) -> str:
    lot = f"lot {vial.lot}" if vial.lot.strip() else "without a lot number"
    return f"The vial of {product_name(vial.product)}, {lot},"
