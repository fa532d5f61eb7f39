"""One site as the chart shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from clinic.domain.injections import Purpose
from clinic.domain.quantities import format_number
from clinic.domain.visit_content import SiteContent
from clinic.domain.wording import day_text

_PURPOSES = {one.label: one.value for one in Purpose}


@dataclass(frozen=True, slots=True)
class SiteState:
    """One site as the chart shows it. ``status`` is planned, copied or given; ``units`` a plain number as text, blank without a dose."""

    id: str
    number: int
    x: int
    y: int
    muscle: str
    muscle_label: str
    sub_site: str | None
    sub_site_label: str
    side: str
    units: str
    volume: str
    syringe_id: str | None
    syringe: str
    purpose: str
    depth: str
    note: str
    status: str
    status_text: str
    findings: tuple[str, ...]


def site_state(
    site: SiteContent, pattern: str, ids: dict[str, str], zone: ZoneInfo, findings: tuple[str, ...]
) -> SiteState:
    """One site for the chart; ``pattern`` is the name of the pattern that it was laid from, ``ids`` syringes by letter."""
    if site.given_at:
        status, words = "given", f"given {site.given_at.astimezone(zone):%H:%M}"
        if site.entered_late_reason:
            words += ", entered late"
    elif not site.confirmed:
        status, words = "copied", origin_words(site.copied_from, pattern)
    else:
        status, words = "planned", "planned"
    return SiteState(
        id=site.id,
        number=site.number,
        x=site.x,
        y=site.y,
        muscle=site.muscle,
        muscle_label=site.muscle_label,
        sub_site=site.sub_site,
        sub_site_label=site.sub_site_label,
        side=site.side,
        units=format_number(site.units) if site.units else "",
        volume=site.volume if site.units else "",
        syringe_id=ids.get(site.syringe),
        syringe=site.syringe,
        purpose=_PURPOSES[site.purpose],
        depth=site.depth,
        note=site.note,
        status=status,
        status_text=words,
        findings=findings,
    )


def origin_words(copied_from: date | None, pattern: str) -> str:
    """Where a copied site is from: ``from 3 Aug 2026``, ``from the pattern “usual left”``, ``from the plan``."""
    if copied_from:
        return f"from {day_text(copied_from)}"
    return f"from the pattern “{pattern}”" if pattern else "from the plan"
