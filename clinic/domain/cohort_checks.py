"""What is wrong with criteria: keys that the record does not have, numbers out of range, bounds in the wrong order."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from clinic.domain.adverse_events import GRADES, KINDS, Relation
from clinic.domain.anatomy import MUSCLES, Side
from clinic.domain.assessments import INSTRUMENTS
from clinic.domain.assessments.grid import MAXIMUM, Group, Movement
from clinic.domain.cohorts import LIST_MAXIMUM, RANGES_MAXIMUM, Criteria, PatternRange, ScoreRange
from clinic.domain.days import YEARS
from clinic.domain.injections import Purpose
from clinic.domain.inventory import LOT_LENGTH, lot_key
from clinic.domain.patients import Cause, Sex
from clinic.domain.plans import ItemKind
from clinic.domain.products import products
from clinic.domain.quantities import QuantityError, format_number, hundredths
from clinic.domain.reviews import DAYS_MAXIMUM, EFFECT_MAXIMUM, weeks

PLAN_KINDS: Final = (ItemKind.GOAL, ItemKind.REFERRAL, ItemKind.EXERCISE)
"""Kinds of open items that can be asked for."""

NOT_LISTED: Final = "This is not on the list. Choose from the list."
_DOSE_MAXIMUM: Final = Decimal("9999.99")
_ID_LENGTH: Final = 26

NUMBERS: Final[Mapping[str, tuple[int, int]]] = {
    "onset_months_at_least": (0, 1200),
    "onset_months_at_most": (0, 1200),
    "age_at_least": (0, 120),
    "age_at_most": (0, 120),
    "sessions_at_least": (0, 500),
    "sessions_at_most": (0, 500),
    "interval_weeks_at_least": (0, 1040),
    "interval_weeks_at_most": (0, 1040),
    "event_grade_at_least": (min(GRADES), max(GRADES)),
    "effect_at_least": (0, EFFECT_MAXIMUM),
    "effect_at_most": (0, EFFECT_MAXIMUM),
    "benefit_weeks_at_least": (0, weeks(DAYS_MAXIMUM)),
    "benefit_weeks_at_most": (0, weeks(DAYS_MAXIMUM)),
}
"""Whole numbers with the least and the most that can be asked."""

_IN_ORDER: Final = (
    ("onset_months_at_least", "onset_months_at_most"),
    ("age_at_least", "age_at_most"),
    ("dose_at_least", "dose_at_most"),
    ("treated_from", "treated_until"),
    ("sessions_at_least", "sessions_at_most"),
    ("last_session_from", "last_session_until"),
    ("interval_weeks_at_least", "interval_weeks_at_most"),
    ("effect_at_least", "effect_at_most"),
    ("benefit_weeks_at_least", "benefit_weeks_at_most"),
)


def sub_site_keys() -> tuple[str, ...]:
    """Every sub-site as ``muscle.sub_site``, in the order of the muscles."""
    return tuple(f"{key}.{site.key}" for key, muscle in MUSCLES.items() for site in muscle.sites)


def lists() -> Mapping[str, Collection[str]]:
    """The keys that each list may hold."""
    return {
        "causes": tuple(Cause),
        "sexes": tuple(Sex),
        "muscles": tuple(MUSCLES),
        "sub_sites": sub_site_keys(),
        "purposes": tuple(Purpose),
        "products": tuple(products()),
        "events": tuple(KINDS),
        "event_relations": tuple(Relation),
        "plan_open": PLAN_KINDS,
    }


def problems(criteria: Criteria) -> dict[str, str]:
    """What is wrong, by field; empty when the criteria can be asked."""
    found: dict[str, str] = {}
    for name, words in _each_problem(criteria):
        found.setdefault(name, words)
    return found


def _each_problem(asked: Criteria) -> Iterator[tuple[str, str]]:
    yield from _lists(asked)
    for name, (least, most) in NUMBERS.items():
        value = getattr(asked, name)
        if value is not None and not least <= value <= most:
            yield name, f"A whole number from {least} to {format_number(most)}."
    for name in ("dose_at_least", "dose_at_most"):
        if (words := _dose(getattr(asked, name))) != "":
            yield name, words
    for name in ("treated_from", "treated_until", "last_session_from", "last_session_until"):
        day: date | None = getattr(asked, name)
        if day is not None and day.year not in YEARS:
            yield name, f"A date from {YEARS[0]} to {YEARS[-1]}."
    for first, last in _IN_ORDER:
        low, high = getattr(asked, first), getattr(asked, last)
        if low is not None and high is not None and low > high:
            yield last, "This lies below the first bound, so nobody could fit. Change one of the two."
    yield from _together(asked)
    for number, score in enumerate(asked.scores, 1):
        yield from ((f"score_{number}", words) for words in _score(score))
    for number, pattern in enumerate(asked.patterns, 1):
        yield from ((f"pattern_{number}", words) for words in _pattern(pattern))


def _lists(asked: Criteria) -> Iterator[tuple[str, str]]:
    for name, known in lists().items():
        if any(one not in known for one in getattr(asked, name)):
            yield name, NOT_LISTED
    for name in (*lists(), "treated_by"):
        values = getattr(asked, name)
        if len(values) > LIST_MAXIMUM or len(set(values)) != len(values):
            yield name, f"At most {LIST_MAXIMUM} entries, each once."
    if any(not one or len(one) > _ID_LENGTH or not one.isalnum() for one in asked.treated_by):
        yield "treated_by", NOT_LISTED
    for name in ("scores", "patterns"):
        if len(getattr(asked, name)) > RANGES_MAXIMUM:
            yield name, f"At most {RANGES_MAXIMUM} at once."
    if asked.side is Side.MIDLINE:
        yield "side", "A palsy is on the patient’s right or left."


def _dose(value: Decimal | None) -> str:
    if value is None:
        return ""
    try:
        hundredths(value)
    except QuantityError:
        return "Units have at most two decimals, for example 2.5."
    return "" if 0 < value <= _DOSE_MAXIMUM else f"More than 0 and at most {format_number(_DOSE_MAXIMUM)} units."


def _together(asked: Criteria) -> Iterator[tuple[str, str]]:
    """What only makes sense with something else beside it."""
    dose = "dose_at_least" if asked.dose_at_least is not None else "dose_at_most"
    if asked.asks_dose and len(asked.products) != 1:
        yield dose, "Choose exactly one product: units of different products cannot be compared."
    if asked.asks_dose and not asked.places:
        yield dose, "Choose the muscle that the dose is asked of."
    if asked.all_muscles and len(asked.places) < 2:
        yield "all_muscles", "Choose at least two muscles, or leave this out."
    if asked.lot and (not asked.lot.isprintable() or len(lot_key(asked.lot)) > LOT_LENGTH or not lot_key(asked.lot)):
        yield "lot", f"A lot number as printed on the vial, at most {LOT_LENGTH} characters."


def _score(asked: ScoreRange) -> Iterator[str]:
    found = INSTRUMENTS.get(asked.instrument)
    kinds = {} if found is None else {one.key: one for one in found.scores}
    if asked.score not in kinds:
        yield "This instrument or score is not on the list. Choose from the list."
        return
    kind = kinds[asked.score]
    bounds = [one for one in (asked.lowest, asked.highest) if one is not None]
    if any(_decimals(one) for one in bounds):
        yield "A score has at most two decimals."
    elif any(not kind.minimum <= one <= kind.maximum for one in bounds):
        yield f"From {format_number(kind.minimum)} to {format_number(kind.maximum)}."
    elif len(bounds) == 2 and bounds[0] > bounds[1]:
        yield "The highest lies below the lowest, so nobody could fit. Change one of the two."


def _decimals(value: Decimal) -> bool:
    try:
        hundredths(value)
    except QuantityError:
        return True
    return False


def _pattern(asked: PatternRange) -> Iterator[str]:
    if asked.is_empty:
        yield "Choose a movement, a part of the face or a grade."
    if asked.movement not in ("", *Movement) or asked.group not in ("", *Group):
        yield "This movement or part of the face is not on the list. Choose from the list."
    bounds: list[Any] = [one for one in (asked.lowest, asked.highest) if one is not None]
    if any(not 0 <= one <= MAXIMUM for one in bounds):
        yield f"A grade from 0 to {MAXIMUM}."
    elif len(bounds) == 2 and bounds[0] > bounds[1]:
        yield "The highest grade lies below the lowest, so nobody could fit. Change one of the two."
