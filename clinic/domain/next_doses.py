"""The next dose of one muscle from a clinic's own rules: up, hold or down by a set step, and every line in words.

Nothing ships. After a weakness in a muscle or its neighbour it can only hold or reduce; it never passes a rule's cap, and
never takes units of one product for those of another. Where rules disagree, the most cautious one counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from clinic.domain.anatomy import MUSCLES, Side, muscle_label
from clinic.domain.products import product_name
from clinic.domain.quantities import NBSP, format_units
from clinic.domain.wording import plural, side_words

GRADE_MAXIMUM: Final = 3
"""The strongest grade of the synkinesis grid, this program's own instrument."""

WEEKS_MAXIMUM: Final = 104
"""Two years: the last week that a rule can name, which stands for itself and all later ones. A bound of entry, no limit."""


class Direction(StrEnum):
    """What a rule does with the last dose."""

    UP = "up"
    HOLD = "hold"
    DOWN = "down"


class Weakness(StrEnum):
    """For which course a rule holds."""

    NONE = "no weakness"
    SOME = "a weakness"
    ANY = "either"


@dataclass(frozen=True, slots=True)
class Rule:
    """A clinic's rule. Residual grades 0 to 3 and weeks of benefit are inclusive; ``muscle`` None is every muscle."""

    id: str
    product: str
    muscle: str | None
    residual_low: int
    residual_high: int
    weakness: Weakness
    weeks_low: int
    weeks_high: int
    direction: Direction
    step: Decimal
    cap: Decimal
    reason: str
    is_on: bool = True

    @property
    def needs_weeks(self) -> bool:
        """Whether it asks how long the benefit lasted."""
        return self.weeks_low > 0 or self.weeks_high < WEEKS_MAXIMUM


@dataclass(frozen=True, slots=True)
class Course:
    """How one muscle went since its last session, in units of one product: what a rule looks at.

    ``last`` are all units of that muscle, side and product then. ``residual`` is the strongest grade (0 to 3) left in its
    patterns, None while not graded. ``weak`` is whether a weakness came in it or in a neighbour, None while nobody asked;
    ``weakness_words`` say which. ``weeks`` are whole weeks of benefit, None while not known.
    """

    product: str
    muscle: str
    side: Side
    last: Decimal
    residual: int | None
    weak: bool | None
    weeks: int | None
    weakness_words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NextDose:
    """What a clinic's rules come to: units in all, or None with the lines that say why."""

    product: str
    units: Decimal | None
    direction: Direction | None
    lines: tuple[str, ...]
    rules: tuple[str, ...] = ()


def rule_words(rule: Rule) -> str:
    """A rule as one sentence."""
    muscle = muscle_label(rule.muscle) if rule.muscle else "Every muscle"
    grades = _span(rule.residual_low, rule.residual_high)
    conditions = [f"residual grade {grades}"]
    conditions += [] if rule.weakness is Weakness.ANY else [f"{rule.weakness.value} since"]
    conditions += [f"{weeks_words(rule)} of benefit"] if rule.needs_weeks else []
    return (
        f"{muscle}, {product_name(rule.product)}: with {_listed(conditions)}, consider {_step_words(rule)}; "
        f"never more than {format_units(rule.cap)} in the muscle on one side in a session."
    )


def weeks_words(rule: Rule) -> str:
    """The weeks of benefit that a rule is for: ``8 to 12 weeks``, ``from 10 weeks``."""
    if rule.weeks_high >= WEEKS_MAXIMUM:
        return f"from {_weeks(rule.weeks_low)}"
    if rule.weeks_low == rule.weeks_high:
        return _weeks(rule.weeks_low)
    return f"{rule.weeks_low} to {_weeks(rule.weeks_high)}"


def _weeks(count: int) -> str:
    return plural(count, "week").replace(" ", NBSP)


def _span(low: int, high: int) -> str:
    return str(low) if low == high else f"{low} to {high}"


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _step_words(rule: Rule) -> str:
    if rule.direction is Direction.HOLD:
        return "holding the last dose"
    return f"{'raising' if rule.direction is Direction.UP else 'lowering'} the last dose by {format_units(rule.step)}"


def applicable(rules: Iterable[Rule], product: str, muscle: str) -> tuple[Rule, ...]:
    """The rules switched on for a product and muscle, by id; a rule for every muscle is for no gland."""
    return tuple(
        sorted(
            (
                one
                for one in rules
                if one.is_on
                and one.product == product
                and (one.muscle == muscle or (one.muscle is None and MUSCLES[muscle].is_muscle))
            ),
            key=lambda one: one.id,
        )
    )


def next_dose(rules: Iterable[Rule], course: Course, dose_step: Decimal | None = None) -> NextDose:
    """What the rules come to for one course: deterministic, whatever the order of the rules.

    Never above the last dose after a weakness (or while nobody asked), never above a cap, never below 0.
    """
    asked = applicable(rules, course.product, course.muscle)
    if not asked:
        words = f"No rule of the clinic is switched on for this muscle and {product_name(course.product)}."
        return NextDose(course.product, None, None, (words,))
    lines = [_course_words(course)]
    if course.residual is None:
        lines.append("What is left of the pattern is not graded since that session, so no rule speaks.")
        return NextDose(course.product, None, None, tuple(lines))
    waiting = tuple(one for one in asked if _waits(one, course))
    speaking = tuple(one for one in asked if one not in waiting and _matches(one, course))
    lines += [_waiting_words(one, course) for one in waiting]
    if not speaking:
        lines.append("No rule that is switched on fits this course.")
        return NextDose(course.product, None, None, tuple(lines))
    units, more = _decided(speaking, min(one.cap for one in asked), course)
    lines += more
    if dose_step and units % dose_step:
        lines.append(f"{format_units(units)} is not a multiple of the clinic’s dose step of {format_units(dose_step)}.")
    if not units:
        lines.append("That is no dose: consider leaving this muscle out.")
    direction = Direction.HOLD if units == course.last else Direction.UP if units > course.last else Direction.DOWN
    return NextDose(course.product, units, direction, tuple(lines), tuple(one.id for one in speaking))


def _course_words(course: Course) -> str:
    weak = {True: f"a weakness ({'; '.join(course.weakness_words) or 'no detail'})", False: "no weakness recorded"}
    where = f"{muscle_label(course.muscle)}, {side_words(course.side.value)}"
    parts = [
        f"Last dose {format_units(course.last)} {product_name(course.product)} in {where}",
        f"residual grade {course.residual}" if course.residual is not None else "residual not graded",
        f"{_weeks(course.weeks)} of benefit" if course.weeks is not None else "weeks of benefit not known",
        weak[course.weak] if course.weak is not None else "nobody asked about weakness",
    ]
    return f"{', '.join(parts)}."


def _waits(rule: Rule, course: Course) -> bool:
    """Whether a rule would need something that nobody recorded."""
    if not _grade_fits(rule, course):
        return False
    if course.weak is None and rule.weakness is not Weakness.ANY:
        return True
    return course.weeks is None and rule.needs_weeks and _weakness_fits(rule, course)


def _matches(rule: Rule, course: Course) -> bool:
    if not (_grade_fits(rule, course) and _weakness_fits(rule, course)):
        return False
    if not rule.needs_weeks:
        return True
    high = rule.weeks_high if rule.weeks_high < WEEKS_MAXIMUM else None
    return course.weeks is not None and rule.weeks_low <= course.weeks and (high is None or course.weeks <= high)


def _grade_fits(rule: Rule, course: Course) -> bool:
    return course.residual is not None and rule.residual_low <= course.residual <= rule.residual_high


def _weakness_fits(rule: Rule, course: Course) -> bool:
    if rule.weakness is Weakness.ANY or course.weak is None:
        return rule.weakness is Weakness.ANY
    return course.weak is (rule.weakness is Weakness.SOME)


def _waiting_words(rule: Rule, course: Course) -> str:
    missing = [] if course.weak is not None or rule.weakness is Weakness.ANY else ["whether a weakness came"]
    missing += ["the weeks of benefit"] if course.weeks is None and rule.needs_weeks else []
    return f"Rule “{rule.reason}” stays silent: it needs {' and '.join(missing)}. Its cap still holds."


def _decided(speaking: tuple[Rule, ...], cap: Decimal, course: Course) -> tuple[Decimal, list[str]]:
    outcomes = {one.id: _moved(one, course.last) for one in speaking}
    lines = [_rule_line(one, course, outcomes[one.id]) for one in speaking]
    units = min(outcomes.values())
    if len({one.direction for one in speaking}) > 1 or len(set(outcomes.values())) > 1:
        lines.append(f"The rules disagree: the most cautious one counts, {format_units(units)}.")
    if course.weak is not False and units > course.last:
        units = course.last
        why = "After a weakness" if course.weak else "While nobody asked about weakness"
        lines.append(f"{why} the dose can only hold or go down: {format_units(units)}.")
    if units > cap:
        above = f"the last dose of {format_units(course.last)} is above it" if course.last > cap else "that is above it"
        units = cap
        lines.append(f"Lowest cap {format_units(cap)}; {above}: {format_units(cap)}.")
    return units, lines


def _moved(rule: Rule, last: Decimal) -> Decimal:
    """The last dose after a rule's step, before any cap; never below 0."""
    if rule.direction is Direction.HOLD:
        return last
    return last + rule.step if rule.direction is Direction.UP else max(Decimal(0), last - rule.step)


def _rule_line(rule: Rule, course: Course, units: Decimal) -> str:
    found = [f"residual {course.residual}"]
    found += [_weeks(course.weeks)] if course.weeks is not None and rule.needs_weeks else []
    found += [] if rule.weakness is Weakness.ANY else [rule.weakness.value]
    step = "hold" if rule.direction is Direction.HOLD else f"{rule.direction.value} by {format_units(rule.step)}"
    return (
        f"Rule “{rule.reason}”: {', '.join(found)} → {step}: {format_units(course.last)} → {format_units(units)}; "
        f"cap {format_units(rule.cap)}."
    )


def disagreements(rules: Iterable[Rule]) -> tuple[tuple[Rule, Rule], ...]:
    """Pairs of rules that can hold for one course and would not do the same with its dose, by id."""
    ordered = sorted(rules, key=lambda one: one.id)
    return tuple(
        (one, other)
        for number, one in enumerate(ordered)
        for other in ordered[number + 1 :]
        if _overlap(one, other) and (one.direction, one.step) != (other.direction, other.step)
    )


def _overlap(one: Rule, other: Rule) -> bool:
    return (
        one.product == other.product
        and (None in {one.muscle, other.muscle} or one.muscle == other.muscle)
        and max(one.residual_low, other.residual_low) <= min(one.residual_high, other.residual_high)
        and max(one.weeks_low, other.weeks_low) <= min(one.weeks_high, other.weeks_high)
        and (Weakness.ANY in {one.weakness, other.weakness} or one.weakness is other.weakness)
    )
