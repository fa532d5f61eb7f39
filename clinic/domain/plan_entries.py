"""What can be taken as an entry of the plan, by field, and an entry as plain texts for the audit trail."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any, Final

from clinic.domain.anatomy import MUSCLES, OTHER, Side
from clinic.domain.days import YEARS
from clinic.domain.plans import (
    DETAILS,
    NEXT_STATES,
    Appointment,
    Exercise,
    Goal,
    ItemKind,
    PlanEntry,
    PlanState,
    Programme,
    Referral,
    Target,
)
from clinic.domain.products import products

TEXT_MAXIMUM: Final = 2000
NOTE_MINIMUM: Final = 10
"""Characters that a reason for declining, or for going back, must have at least."""

SITES_MAXIMUM: Final = 20
UNITS_MAXIMUM: Final = Decimal(100)
"""Units at one site that nobody means: a slip of the keyboard, not a limit of a label."""

_NEEDS_NOTE: Final = frozenset({PlanState.DECLINED})


def kind_of(entry: PlanEntry) -> ItemKind:
    """The kind that an entry's details belong to."""
    return next(kind for kind, shape in DETAILS.items() if shape is type(entry.details))


def problems(entry: PlanEntry) -> dict[str, str]:
    """What cannot be taken, by field of the entry or of its details."""
    found = dict(_too_long(entry)) | dict(_too_far(entry))
    check = _CHECKS.get(type(entry.details))
    return found | (dict(check(entry.details)) if check else {})


def state_problems(before: PlanState, after: PlanState, note: str) -> dict[str, str]:
    """What stands against a change of state, by field."""
    if before is after:
        return {}
    if after not in NEXT_STATES[before]:
        return {"state": f"An item that is {before.value} cannot become {after.value}."}
    goes_back = before not in {PlanState.PROPOSED, PlanState.AGREED}
    if (after in _NEEDS_NOTE or goes_back) and len(note.strip()) < NOTE_MINIMUM:
        return {"note": f"Say why, in at least {NOTE_MINIMUM} characters."}
    return {}


def texts(entry: PlanEntry) -> dict[str, str]:
    """Every value of an entry as text, by name."""
    said = {one.name: _text(getattr(entry.details, one.name)) for one in fields(entry.details)}
    return said | {
        "state": entry.state.value,
        "reason": entry.reason,
        "rules": " ".join(entry.rules),
        "place": str(entry.place),
        "note": entry.note,
    }


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return " ".join(str(one) for one in value)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, date) else str(value)


def _too_long(entry: PlanEntry) -> Iterator[tuple[str, str]]:
    values = [("reason", entry.reason), ("note", entry.note)]
    values += [(one.name, getattr(entry.details, one.name)) for one in fields(entry.details)]
    for name, value in values:
        if isinstance(value, str) and len(value) > TEXT_MAXIMUM:
            yield name, f"At most {TEXT_MAXIMUM} characters."


def _too_far(entry: PlanEntry) -> Iterator[tuple[str, str]]:
    for one in fields(entry.details):
        value = getattr(entry.details, one.name)
        if isinstance(value, date) and value.year not in YEARS:
            yield one.name, f"A day between {YEARS.start} and {YEARS.stop - 1}."


def _goal(goal: Goal) -> Iterator[tuple[str, str]]:
    if not goal.words.strip():
        yield "words", "Write the goal in the patient’s own words."


def _target(target: Target) -> Iterator[tuple[str, str]]:
    muscle = MUSCLES.get(target.muscle)
    if muscle is None or target.muscle == OTHER:
        yield "muscle", "Choose a muscle from the list."
        return
    if (target.side is Side.MIDLINE) is muscle.paired:
        words = "the patient’s right or left" if muscle.paired else "the midline: it is not paired"
        yield "side", f"Choose {words}."
    if target.site_group is not None and target.site_group not in muscle.groups:
        yield "site_group", "Choose a place of this muscle from the list."
    if not 1 <= target.sites <= SITES_MAXIMUM:
        yield "sites", f"A whole number of places from 1 to {SITES_MAXIMUM}."
    if not 0 <= target.units_per_site <= UNITS_MAXIMUM:
        yield "units_per_site", f"Units at one place, from 0.01 to {UNITS_MAXIMUM}; leave it open if not decided."
    if target.product is not None and target.product not in products():
        yield "product", "Choose a product from the list."
    elif target.units_per_site and target.product is None:
        yield "product", "Units belong to a product: choose which."


def _programme(programme: Programme) -> Iterator[tuple[str, str]]:
    if programme.visit_from and programme.visit_to and programme.visit_to < programme.visit_from:
        yield "visit_to", "The last day cannot come before the first."


def _exercise(exercise: Exercise) -> Iterator[tuple[str, str]]:
    needed = {
        "excursion": "Say how far the movement goes: where to stop.",
        "cue": "Give one cue for letting go.",
        "stop_rule": "Say when to stop.",
        "dose": "Say how often and how long.",
    }
    for name, words in needed.items():
        if not getattr(exercise, name).strip():
            yield name, words


def _referral(referral: Referral) -> Iterator[tuple[str, str]]:
    if not referral.question.strip():
        yield "question", "Say what is asked of them."
    if referral.answered_on and not referral.sent_on:
        yield "answered_on", "It was not sent yet: enter that day first."
    elif referral.answered_on and referral.sent_on and referral.answered_on < referral.sent_on:
        yield "answered_on", "An answer cannot come before the referral was sent."
    if referral.answer.strip() and not referral.answered_on:
        yield "answered_on", "Say on which day the answer came."


def _appointment(appointment: Appointment) -> Iterator[tuple[str, str]]:
    if len(appointment.at) > 20:
        yield "at", "A clock time, for example 14:30; leave it blank for the whole day."


_CHECKS: Final[Mapping[type, Callable[[Any], Iterator[tuple[str, str]]]]] = {
    Goal: _goal,
    Target: _target,
    Programme: _programme,
    Exercise: _exercise,
    Referral: _referral,
    Appointment: _appointment,
}
