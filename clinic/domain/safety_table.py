"""The registry of the safety checks and what all of them share: wording, evidence and windows of time.

``docs/checks.md`` tells readers the same table; a test holds the two together.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType

from clinic.domain import anatomy
from clinic.domain.anatomy import Side
from clinic.domain.findings import Finding, Severity
from clinic.domain.injections import SessionFacts, SiteFact
from clinic.domain.products import substance
from clinic.domain.wording import day_text

ORBICULARIS_OCULI = "orbicularis_oculi"
LACRIMAL_GLAND = "lacrimal_gland"

OWN_RULE = "This record's own rule"
"""Source of a check that no label states: it keeps the record true."""

CHECKS: Mapping[str, tuple[Severity, str]] = MappingProxyType(
    {
        "VIAL-001": (Severity.NEVER, "No product, lot or vial on a given site"),
        "VIAL-002": (Severity.NEVER, "Vial overdrawn"),
        "VIAL-003": (Severity.NEVER, "Single-dose vial used for a second patient"),
        "VIAL-004": (Severity.PRESCRIBER, "Expired lot, or past use-by after mixing"),
        "VIAL-005": (Severity.NEVER, "Recalled lot"),
        "SCREEN-001": (Severity.NEVER, "A screening or eye question unanswered"),
        "SCREEN-002": (Severity.PRESCRIBER, "Allergy, or infection at a site"),
        "SCREEN-003": (
            Severity.PRESCRIBER,
            "Pregnancy, breastfeeding, neuromuscular disease, trouble swallowing or breathing",
        ),
        "SCREEN-004": (Severity.WARN, "Anticoagulant or interacting medicine"),
        "EYE-001": (Severity.PRESCRIBER, "Eye site in an eye at risk"),
        "SIDE-001": (Severity.PRESCRIBER, "Side and stated purpose disagree"),
        "SIDE-002": (Severity.PRESCRIBER, "Muscle absent, resected or transferred"),
        "DOSE-001": (Severity.PRESCRIBER, "OnabotulinumtoxinA in 3 months"),
        "DOSE-002": (Severity.PRESCRIBER, "OnabotulinumtoxinA in orbicularis oculi in 30 days"),
        "DOSE-003": (Severity.PRESCRIBER, "IncobotulinumtoxinA in a session"),
        "DOSE-004": (Severity.ASK, "Entry check of a site's dose"),
        "DOSE-005": (Severity.WARN, "OnabotulinumtoxinA at one eyelid site"),
        "DOSE-006": (Severity.WARN, "Outside the clinic's accepted preset"),
        "DOSE-007": (Severity.WARN, "Dose not a multiple of the clinic's step"),
        "DOSE-008": (Severity.NEVER, "A site without a dose"),
        "TIME-001": (Severity.WARN, "Soon after the last session of the same product"),
        "TIME-002": (Severity.WARN, "Another botulinum toxin within 4 months"),
        "ZONE-001": (Severity.PRESCRIBER, "Site inside a danger zone of its muscle"),
        "COPY-001": (Severity.NEVER, "A copied site not confirmed"),
        "TEXT-001": (Severity.NEVER, "Shorthand text not charted"),
        "TIMEOUT-001": (Severity.NEVER, "Given before the time-out, or changed after it"),
        "CONSENT-001": (Severity.PRESCRIBER, "Consent for off-label use not recorded"),
        "AGE-001": (Severity.PRESCRIBER, "Under 18 on the day"),
        "EVENT-001": (Severity.ASK, "Adverse event during the session not answered"),
        "EVENT-002": (Severity.PRESCRIBER, "An adverse event that nobody has reviewed"),
    }
)
"""Code → (severity, title), in the order of the table. VIAL-003 alone can be set to *prescriber* by a clinic."""


def finding(
    code: str,
    message: str,
    subject: str = "session",
    *,
    evidence: Iterable[tuple[str, str]] = (),
    source: str = OWN_RULE,
    severity: Severity | None = None,
) -> Finding:
    """State a finding of a registered check.

    Neither message nor evidence may hold the moment of judging: the same facts must give the same words a minute
    later, or an override would lapse and signed content would never equal what was shown.
    """
    return Finding(code, severity or CHECKS[code][0], message, subject, tuple(evidence), source)


@lru_cache(64)
def months_before(day: date, months: int) -> date:
    """The same day of the month so many calendar months earlier, or that month's last day when it is shorter."""
    years, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))


def within_months(earlier: date, on: date, months: int) -> bool:
    """Whether ``earlier`` lies in the calendar months that end on ``on``, the day itself included.

    A dose exactly so many months ago no longer counts: 10 Jan + 3 months = 10 Apr, when three months have passed. At
    month ends the stricter reading holds: on 28 Feb a dose of 29 or 30 Nov still counts.
    """
    return months_before(on, months) < earlier <= on


def by_number(facts: SessionFacts) -> tuple[SiteFact, ...]:
    """The sites in the order of their numbers."""
    return tuple(sorted(facts.sites, key=lambda site: (site.number, site.id)))


def product_of(site: SiteFact, facts: SessionFacts) -> str | None:
    """The product key that a site is given from; None while its vial is still to be added."""
    vial = facts.vials.get(site.vial_id) if site.vial_id else None
    if vial:
        return vial.product
    return facts.transcribed_product if facts.transcribed else None


def substance_of(site: SiteFact, facts: SessionFacts) -> str | None:
    """The substance that a site is given from, if that is known."""
    product = product_of(site, facts)
    return substance(product) if product else None


def site_subject(site: SiteFact) -> str:
    """The subject of a finding about one site."""
    return f"site:{site.id}"


def site_text(site: SiteFact) -> str:
    """A site in words: ``Site 3 (depressor anguli oris, patient's left)``."""
    side = "midline" if site.side == Side.MIDLINE else f"patient's {site.side.value}"
    label = anatomy.full_label(site.muscle, site.sub_site)
    return f"Site {site.number} ({label[:1].lower()}{label[1:]}, {side})"


def place_evidence(site: SiteFact) -> tuple[tuple[str, str], ...]:
    """Muscle and side: a reason given for one muscle does not carry over when the site is changed to another."""
    return (("muscle", site.muscle), ("side", site.side.value))


def units_of(sites: Iterable[SiteFact]) -> Decimal:
    """Exact sum of units; the caller sees to it that they are of one substance."""
    return sum((site.units for site in sites), Decimal(0))


def utc_text(moment: datetime) -> str:
    """A moment as evidence: UTC, to the second."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def moment_text(moment: datetime, facts: SessionFacts) -> str:
    """A moment for a reader, in the zone of ``facts.now``: ``22 Nov 2026, 16:05 UTC``."""
    local = moment.astimezone(facts.now.tzinfo)
    return f"{day_text(local.date())}, {local:%H:%M} {local.tzname()}"
