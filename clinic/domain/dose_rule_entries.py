"""What can be taken as a clinic's rule for the next dose, by field."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from clinic.domain.anatomy import MUSCLES, OTHER
from clinic.domain.next_doses import GRADE_MAXIMUM, WEEKS_MAXIMUM, Direction, Rule
from clinic.domain.products import products
from clinic.domain.quantities import QuantityError, hundredths

REASON_MINIMUM: Final = 10
REASON_MAXIMUM: Final = 500
"""Characters of the reason that stands in every line that a rule gives."""

UNITS_MAXIMUM: Final = Decimal(1000)
"""Units in one muscle that nobody means: a slip of the keyboard, not a limit of a label."""


def problems(rule: Rule) -> dict[str, str]:
    """What cannot be taken, by field; the first that is found for each."""
    found: dict[str, str] = {}
    for name, words in _problems(rule):
        found.setdefault(name, words)
    return found


def _problems(rule: Rule) -> Iterator[tuple[str, str]]:
    if rule.product not in products():
        yield "product", "Choose a product from the list."
    if rule.muscle is not None and (rule.muscle not in MUSCLES or rule.muscle == OTHER):
        yield "muscle", "Choose a muscle from the list, or every muscle."
    yield from _ranges(rule)
    yield from _units(rule)
    length = len(rule.reason.strip())
    if length < REASON_MINIMUM:
        yield (
            "reason",
            f"Say why, in at least {REASON_MINIMUM} characters: it stands in every line that the rule gives.",
        )
    elif length > REASON_MAXIMUM:
        yield "reason", f"At most {REASON_MAXIMUM} characters."


def _ranges(rule: Rule) -> Iterator[tuple[str, str]]:
    for name, low, high, most in (
        ("residual", rule.residual_low, rule.residual_high, GRADE_MAXIMUM),
        ("weeks", rule.weeks_low, rule.weeks_high, WEEKS_MAXIMUM),
    ):
        for end, value in (("low", low), ("high", high)):
            if not 0 <= value <= most:
                yield f"{name}_{end}", f"A whole number from 0 to {most}."
        if high < low:
            yield f"{name}_high", "The upper end must not be below the lower."


def _units(rule: Rule) -> Iterator[tuple[str, str]]:
    for name, value, least in (("step", rule.step, Decimal(0)), ("cap", rule.cap, Decimal("0.01"))):
        try:
            hundredths(value)
        except QuantityError:
            yield name, "Units are digits with at most two decimals, for example 2.5 or 12."
            return
        if not least <= value <= UNITS_MAXIMUM:
            yield name, f"Units from {least} to {UNITS_MAXIMUM}."
    if rule.direction is Direction.HOLD and rule.step:
        yield "step", "A rule that holds the dose has no step: leave it blank."
    elif rule.direction is not Direction.HOLD and not rule.step:
        yield "step", "Enter the step in units, for example 1.25."
    elif rule.step > rule.cap:
        yield "step", "The step cannot be more than the cap."
