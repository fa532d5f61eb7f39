"""Items of the plan in words: one line for what an item is, and its details as (label, words)."""

from __future__ import annotations

from datetime import date
from typing import Final

from clinic.domain.anatomy import MUSCLES, group_label, muscle_label
from clinic.domain.exercises import exercise_title
from clinic.domain.plans import (
    Appointment,
    Details,
    Exercise,
    Goal,
    Mirror,
    Programme,
    Referral,
    Step,
    Target,
)
from clinic.domain.products import product_name
from clinic.domain.quantities import NBSP, format_units
from clinic.domain.wording import day_text, plural, side_words

Lines = tuple[tuple[str, str], ...]

LEVEL_WORDS: Final = {
    -2: "much less than expected",
    -1: "less than expected",
    0: "as expected",
    1: "more than expected",
    2: "much more than expected",
}
"""The five levels of goal-attainment scaling, in words."""


def level_text(level: int) -> str:
    """A level with its sign: ``+1``, ``0``, ``−2``."""
    return f"\N{MINUS SIGN}{-level}" if level < 0 else f"+{level}" if level else "0"


def title(details: Details) -> str:
    """What an item is, in one line."""
    match details:
        case Goal():
            return details.words
        case Target():
            return f"{place_words(details)}: {dose_words(details)}"
        case Programme():
            return f"Therapy programme, practice {details.mirror.value}"
        case Exercise():
            return exercise_title(details.exercise)
        case Referral():
            urgent = ", urgent" if details.urgent else ""
            return f"{details.kind.label}{f': {details.recipient}' if details.recipient else ''}{urgent}"
        case Appointment():
            return f"{details.occasion.label}, {day_text(details.on)}{f', {details.at}' if details.at else ''}"
        case Step():
            return f"Next step: {details.step.label.lower()}"


def place_words(target: Target) -> str:
    """``Orbicularis oculi, lateral orbital, patient’s left``."""
    group = f", {group_label(target.muscle, target.site_group)}" if target.site_group else ""
    paired = MUSCLES[target.muscle].paired
    return f"{muscle_label(target.muscle)}{group}, {side_words(target.side.value) if paired else 'midline'}"


def dose_words(target: Target) -> str:
    """``2 sites of 2.5 units, 5 units onabotulinumtoxinA (Botox)``; or that the dose is open."""
    if not target.units_per_site or target.product is None:
        return f"{plural(target.sites, 'site')}, dose open"
    each = f"{plural(target.sites, 'site')} of {format_units(target.units_per_site)}, " if target.sites > 1 else ""
    return f"{each}{format_units(target.units)} {product_name(target.product)}"


def lines(details: Details) -> Lines:
    """The details of an item as (label, words); what is blank is left out."""
    return tuple((label, words) for label, words in _lines(details) if words)


def _lines(details: Details) -> Lines:
    match details:
        case Goal():
            return (
                ("About", ", ".join(group.label.lower() for group in details.groups)),
                *((level_text(level), words) for level, words in details.levels),
            )
        case Target():
            return (
                ("Purpose", details.purpose.label),
                ("Dose from", details.basis),
                ("Reason to use a muscle that is needed", details.guard_reason),
            )
        case Programme():
            mirror = details.mirror_reason if details.mirror is not Mirror.OPEN else ""
            return (
                ("Mirror", mirror),
                ("Advice", details.advice),
                ("Therapist’s next visit", window_words(details.visit_from, details.visit_to)),
            )
        case Exercise():
            return (
                ("How far", details.excursion),
                ("Letting go", details.cue),
                ("Stop", details.stop_rule),
                ("How often", details.dose),
            )
        case Referral():
            return (
                ("Asked", details.question),
                ("Sent", _day(details.sent_on)),
                ("Answer expected by", _day(details.answer_by)),
                ("Answered", _day(details.answered_on)),
                ("Answer", details.answer),
            )
        case Appointment() | Step():
            return ()


def window_words(first: date | None, last: date | None) -> str:
    """``from 6 Dec 2026 to 3 Jan 2027``, as far as it is known."""
    parts = [f"from{NBSP}{day_text(first)}" if first else "", f"to{NBSP}{day_text(last)}" if last else ""]
    return " ".join(part for part in parts if part)


def _day(day: date | None) -> str:
    return day_text(day) if day else ""


def due_on(details: Details) -> date | None:
    """The day on which an item is due, if it has one."""
    match details:
        case Appointment():
            return details.on
        case Referral():
            return details.answer_by if details.answered_on is None else None
        case Programme():
            return details.visit_to
        case _:
            return None
