"""Checks of intervals: TIME-001 and TIME-002. Sessions here and doses given elsewhere both count."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from clinic.domain.findings import Finding
from clinic.domain.injections import Answer, PastDose, Question, SessionFacts
from clinic.domain.products import product_name, substance
from clinic.domain.quantities import format_number, format_units
from clinic.domain.safety_table import finding, product_of, within_months
from clinic.domain.wording import day_text, plural

REINJECTION_DAYS = 84
"""Days: 12 weeks, of which the 84th is soon enough."""
REINJECTION_SOURCE = "Xeomin, Jeuveau and Letybo labels: no sooner than every 12 weeks, or every 3 months"

OTHER_TOXIN_MONTHS = 4
"""Calendar months: labels warn of another botulinum toxin within several months; 3-4 months taken at its longest."""
OTHER_TOXIN_SOURCE = "Daxxify label: another botulinum toxin within several months may add to the effect"


def check_intervals(facts: SessionFacts) -> Iterator[Finding]:
    """Every finding about the time since earlier doses."""
    yield from _too_soon(facts)
    yield from _other_toxin(facts)
    yield from _other_toxin_said(facts)


def products_today(facts: SessionFacts) -> tuple[str, ...]:
    """The products of this session in order: those of its vials (also before the first site) and of its sites."""
    keys = [vial.product for vial in facts.vials.values()]
    keys += [key for site in facts.sites if (key := product_of(site, facts))]
    return tuple(dict.fromkeys(keys))


def _too_soon(facts: SessionFacts) -> Iterator[Finding]:
    """TIME-001: days since the last session of the same substance, counted by calendar."""
    for name in dict.fromkeys(substance(key) for key in products_today(facts)):
        last = _last_on(name, facts)
        if last is None or (facts.on - last).days >= REINJECTION_DAYS:
            continue
        days = (facts.on - last).days
        what = "Touch-up: " if facts.touch_up else ""
        message = (
            f"{what}{name} was last given on {day_text(last)}, {plural(days, 'day')} before this session; "
            f"the labels' interval is {plural(REINJECTION_DAYS, 'day')} (12 weeks)."
        )
        evidence = (("substance", name), ("last", last.isoformat()), ("days", str(days)))
        yield finding("TIME-001", message, evidence=evidence, source=REINJECTION_SOURCE)


def _last_on(name: str, facts: SessionFacts) -> date | None:
    days = [day for key, day in facts.last_session_on.items() if substance(key) == name]
    days += [dose.on for dose in facts.past if substance(dose.product) == name]
    return max((day for day in days if day <= facts.on), default=None)


def _other_toxin(facts: SessionFacts) -> Iterator[Finding]:
    """TIME-002: each other toxin apart, in its own units; a second substance today is another toxin too."""
    today = {substance(key) for key in products_today(facts)}
    recent = [dose for dose in facts.past if within_months(dose.on, facts.on, OTHER_TOXIN_MONTHS)]
    for key in dict.fromkeys(dose.product for dose in recent):
        others = today - {substance(key)}
        if others:
            yield _apart(key, [dose for dose in recent if dose.product == key])
    if len(today) > 1:
        names = ", ".join(sorted(today))
        message = f"This session holds more than one botulinum toxin: {names}. Their units are not added up."
        yield finding("TIME-002", message, evidence=(("today", names),), source=OTHER_TOXIN_SOURCE)


def _apart(key: str, doses: list[PastDose]) -> Finding:
    """One other product with its own units per day; nothing of it is added to today's."""
    by_day: dict[date, Decimal] = {}
    for dose in doses:
        by_day[dose.on] = by_day.get(dose.on, Decimal(0)) + dose.units
    listed = ", ".join(f"{format_units(units)} on {day_text(day)}" for day, units in sorted(by_day.items()))
    message = (
        f"Another botulinum toxin was given within {plural(OTHER_TOXIN_MONTHS, 'month')}: "
        f"{product_name(key)}, {listed}. "
        "Its units are not comparable with today's and are not added."
    )
    evidence = [("product", key), *((day.isoformat(), format_number(units)) for day, units in sorted(by_day.items()))]
    return finding("TIME-002", message, evidence=evidence, source=OTHER_TOXIN_SOURCE)


def _other_toxin_said(facts: SessionFacts) -> Iterator[Finding]:
    """TIME-002: a toxin elsewhere that was answered, but whose product and units nobody recorded."""
    answer = facts.answers.get(Question.OTHER_TOXIN)
    recorded = any(d.elsewhere and within_months(d.on, facts.on, OTHER_TOXIN_MONTHS) for d in facts.past)
    if answer not in (Answer.YES, Answer.UNKNOWN) or recorded:
        return
    said = "was given" if answer == Answer.YES else "may have been given"
    message = (
        f"A botulinum toxin {said} elsewhere in the last {plural(OTHER_TOXIN_MONTHS, 'month')}, but no dose of it is "
        "recorded, so no limit or interval here counts it."
    )
    evidence = (("answer", answer.value),)
    yield finding("TIME-002", message, f"answer:{Question.OTHER_TOXIN}", evidence=evidence, source=OTHER_TOXIN_SOURCE)
