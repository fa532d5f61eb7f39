"""The next dose from a clinic's rules: exact steps, and what it can never do whatever the rules say."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.anatomy import MUSCLES, OTHER, Side
from clinic.domain.dose_rule_entries import problems
from clinic.domain.next_doses import (
    WEEKS_MAXIMUM,
    Course,
    Direction,
    Rule,
    Weakness,
    disagreements,
    next_dose,
    rule_words,
)
from clinic.domain.quantities import NBSP

UP = Rule(
    "r1",
    "botox",
    "mentalis",
    2,
    3,
    Weakness.NONE,
    0,
    11,
    Direction.UP,
    Decimal("1.25"),
    Decimal("7.5"),
    "Too weak so far",
)
HOLD = replace(
    UP, id="r2", residual_low=0, residual_high=1, direction=Direction.HOLD, step=Decimal(0), reason="Good so far"
)
COURSE = Course("botox", "mentalis", Side.LEFT, Decimal(5), 2, False, 9)


def units(text: str) -> Decimal:
    return Decimal(text)


# ---- one rule


def test_a_rule_that_fits_moves_the_dose_by_its_step_and_says_every_step() -> None:
    dose = next_dose([UP], COURSE)
    assert (dose.units, dose.direction, dose.rules) == (units("6.25"), Direction.UP, ("r1",))
    said = " ".join(dose.lines).replace(NBSP, " ")
    assert (
        "Rule “Too weak so far”: residual 2, 9 weeks, no weakness → up by 1.25 units: 5 units → 6.25 units; cap 7.5 units."
        in said
    )
    assert "Last dose 5 units onabotulinumtoxinA (Botox) in Mentalis, patient’s left" in said


@pytest.mark.parametrize(("residual", "speaks"), [(0, False), (1, False), (2, True), (3, True)])
def test_the_residual_grade_is_inclusive(residual: int, speaks: bool) -> None:
    assert (next_dose([UP], replace(COURSE, residual=residual)).units is not None) is speaks


@pytest.mark.parametrize(("weeks", "speaks"), [(0, True), (10, True), (11, True), (12, False)])
def test_weeks_of_benefit_are_inclusive(weeks: int, speaks: bool) -> None:
    assert (next_dose([UP], replace(COURSE, weeks=weeks)).units is not None) is speaks


def test_the_last_week_stands_for_all_later_ones() -> None:
    late = replace(UP, weeks_low=100, weeks_high=WEEKS_MAXIMUM)
    assert next_dose([late], replace(COURSE, weeks=99)).units is None
    assert next_dose([late], replace(COURSE, weeks=100)).units == units("6.25")
    assert next_dose([late], replace(COURSE, weeks=WEEKS_MAXIMUM + 40)).units == units("6.25")


def test_what_is_not_graded_gives_nothing_and_says_so() -> None:
    dose = next_dose([UP, HOLD], replace(COURSE, residual=None))
    assert (dose.units, dose.direction, dose.rules) == (None, None, ())
    assert "not graded" in " ".join(dose.lines)


def test_unknown_weeks_silence_the_rules_that_need_them_and_their_cap_still_holds() -> None:
    always = replace(UP, id="r3", weeks_low=0, weeks_high=WEEKS_MAXIMUM, cap=Decimal(20), reason="Whatever the weeks")
    dose = next_dose([replace(UP, cap=Decimal("5.5")), always], replace(COURSE, weeks=None))
    assert (dose.units, dose.rules) == (units("5.5"), ("r3",))
    assert "stays silent: it needs the weeks of benefit" in " ".join(dose.lines)
    assert next_dose([UP], replace(COURSE, weeks=None)).units is None


def test_while_nobody_asked_about_weakness_nothing_goes_up() -> None:
    course = replace(COURSE, weak=None)
    assert next_dose([UP], course).units is None
    assert "it needs whether a weakness came" in " ".join(next_dose([UP], course).lines)
    either = replace(UP, weakness=Weakness.ANY)
    assert next_dose([either], course).units == COURSE.last
    assert "nobody asked about weakness" in " ".join(next_dose([either], course).lines)


def test_a_rule_that_is_off_or_of_another_product_or_muscle_is_ignored() -> None:
    for other in (
        replace(UP, is_on=False),
        replace(UP, product="dysport"),
        replace(UP, muscle="platysma"),
    ):
        dose = next_dose([other], COURSE)
        assert dose.units is None
        assert "No rule of the clinic is switched on" in dose.lines[0]


def test_a_rule_for_every_muscle_is_for_no_gland() -> None:
    every = replace(UP, muscle=None)
    assert next_dose([every], COURSE).units == units("6.25")
    assert next_dose([every], replace(COURSE, muscle="lacrimal_gland")).units is None


# ---- caution


def test_after_a_weakness_it_holds_at_most() -> None:
    dose = next_dose(
        [replace(UP, weakness=Weakness.ANY)], replace(COURSE, weak=True, weakness_words=("oral incompetence",))
    )
    assert (dose.units, dose.direction) == (COURSE.last, Direction.HOLD)
    assert "After a weakness the dose can only hold or go down" in " ".join(dose.lines)
    assert "oral incompetence" in dose.lines[0]


@pytest.mark.parametrize(("cap", "expected"), [("6.24", "6.24"), ("6.25", "6.25"), ("6.26", "6.25")])
def test_a_cap_below_at_and_above_the_step(cap: str, expected: str) -> None:
    assert next_dose([replace(UP, cap=units(cap))], COURSE).units == units(expected)


def test_a_last_dose_above_the_cap_comes_down_to_it_and_says_so() -> None:
    dose = next_dose([replace(UP, cap=units("4"))], COURSE)
    assert (dose.units, dose.direction) == (units("4"), Direction.DOWN)
    assert f"the last dose of 5{NBSP}units is above it" in " ".join(dose.lines)


def test_rules_that_disagree_give_the_most_cautious_and_the_lowest_cap() -> None:
    down = replace(UP, id="r0", direction=Direction.DOWN, cap=units("3"), reason="Go slowly here")
    dose = next_dose([UP, down], COURSE)
    assert dose.units == units("3")
    assert dose.rules == ("r0", "r1")
    assert "The rules disagree: the most cautious one counts" in " ".join(dose.lines)


def test_the_cap_of_a_rule_that_does_not_fit_holds_too() -> None:
    other = replace(UP, id="r0", residual_low=0, residual_high=0, direction=Direction.HOLD, cap=units("5.5"))
    dose = next_dose([UP, other], COURSE)
    assert dose.units == units("5.5")
    assert dose.rules == ("r1",)


def test_never_below_zero_and_no_dose_is_said() -> None:
    dose = next_dose([replace(UP, direction=Direction.DOWN, step=units("6"))], COURSE)
    assert (dose.units, dose.direction) == (units("0"), Direction.DOWN)
    assert "consider leaving this muscle out" in " ".join(dose.lines)


def test_a_dose_off_the_clinics_step_is_mentioned_and_kept() -> None:
    dose = next_dose([UP], COURSE, units("0.5"))
    assert dose.units == units("6.25")
    assert f"not a multiple of the clinic’s dose step of 0.5{NBSP}units" in dose.lines[-1]
    assert "multiple" not in " ".join(next_dose([UP], COURSE, units("1.25")).lines)


# ---- properties

hundredths = st.integers(1, 4000).map(lambda value: Decimal(value).scaleb(-2))


@st.composite
def made_rules(draw: st.DrawFn) -> Rule:
    low, high = sorted(draw(st.tuples(st.integers(0, 3), st.integers(0, 3))))
    first, last = sorted(draw(st.tuples(st.integers(0, WEEKS_MAXIMUM), st.integers(0, WEEKS_MAXIMUM))))
    return Rule(
        draw(st.uuids()).hex,
        draw(st.sampled_from(["botox", "dysport"])),
        draw(st.sampled_from([None, "mentalis", "platysma"])),
        low,
        high,
        draw(st.sampled_from(Weakness)),
        *draw(st.sampled_from([(0, WEEKS_MAXIMUM), (first, last)])),
        draw(st.sampled_from(Direction)),
        draw(hundredths),
        draw(hundredths),
        "A reason in words",
        draw(st.booleans()),
    )


courses = st.builds(
    Course,
    st.just("botox"),
    st.just("mentalis"),
    st.just(Side.LEFT),
    hundredths,
    st.one_of(st.none(), st.integers(0, 3)),
    st.one_of(st.none(), st.booleans()),
    st.one_of(st.none(), st.integers(0, 200)),
)


@given(st.lists(made_rules(), max_size=6), courses, st.randoms())
def test_whatever_the_rules_say(rules: list[Rule], course: Course, chance: object) -> None:
    dose = next_dose(rules, course)
    shuffled = list(rules)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert next_dose(shuffled, course) == dose
    assert next_dose([one for one in rules if one.is_on], course) == dose
    assert next_dose([one for one in rules if one.product == "botox"], course) == dose
    assert dose.lines
    if dose.units is None:
        assert dose.rules == ()
        return
    spoke = [one for one in rules if one.id in dose.rules]
    assert spoke
    assert all(one.is_on and one.product == course.product and one.muscle in {None, course.muscle} for one in spoke)
    assert all(dose.units <= one.cap for one in spoke)
    assert dose.units >= 0
    assert dose.units == dose.units.quantize(Decimal("0.01"))
    if course.weak is not False:
        assert dose.units <= course.last
    steps = [one.step for one in spoke if one.direction is Direction.UP]
    assert dose.units <= course.last + (min(steps) if len(steps) == len(spoke) else 0)
    expected = (
        Direction.HOLD if dose.units == course.last else Direction.UP if dose.units > course.last else Direction.DOWN
    )
    assert dose.direction is expected


# ---- words, disagreement, entry


def test_a_rule_in_words() -> None:
    assert rule_words(UP).replace(NBSP, " ") == (
        "Mentalis, onabotulinumtoxinA (Botox): with residual grade 2 to 3, no weakness since and 0 to 11 weeks of benefit, "
        "consider raising the last dose by 1.25 units; never more than 7.5 units in the muscle on one side in a session."
    )
    every = replace(HOLD, muscle=None, weakness=Weakness.ANY, weeks_high=WEEKS_MAXIMUM)
    assert rule_words(every).startswith(
        "Every muscle, onabotulinumtoxinA (Botox): with residual grade 0 to 1, consider holding"
    )


def test_rules_disagree_only_where_both_can_hold() -> None:
    down = replace(UP, id="r9", direction=Direction.DOWN)
    assert disagreements([down, UP]) == ((UP, down),)
    assert disagreements([UP, HOLD]) == ()
    assert disagreements([UP, replace(down, weeks_low=12, weeks_high=20)]) == ()
    assert disagreements([UP, replace(down, weakness=Weakness.SOME)]) == ()
    assert disagreements([UP, replace(down, product="dysport")]) == ()
    assert disagreements([UP, replace(down, muscle=None)])
    assert disagreements([UP, replace(UP, id="r8", cap=Decimal(4))]) == ()


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({}, set()),
        ({"muscle": None}, set()),
        ({"product": "botulin"}, {"product"}),
        ({"muscle": OTHER}, {"muscle"}),
        ({"muscle": "biceps"}, {"muscle"}),
        ({"residual_low": 3, "residual_high": 2}, {"residual_high"}),
        ({"residual_high": 4}, {"residual_high"}),
        ({"residual_low": -1}, {"residual_low"}),
        ({"weeks_low": 12}, {"weeks_high"}),
        ({"weeks_high": WEEKS_MAXIMUM}, set()),
        ({"weeks_high": WEEKS_MAXIMUM + 1}, {"weeks_high"}),
        ({"step": Decimal("7.5")}, set()),
        ({"step": Decimal("7.51")}, {"step"}),
        ({"step": Decimal(0)}, {"step"}),
        ({"step": Decimal("1.255")}, {"step"}),
        ({"direction": Direction.HOLD}, {"step"}),
        ({"direction": Direction.HOLD, "step": Decimal(0)}, set()),
        ({"cap": Decimal(0)}, {"cap", "step"}),
        ({"cap": Decimal(1001)}, {"cap"}),
        ({"reason": "too short"}, {"reason"}),
        ({"reason": "just right"}, set()),
        ({"reason": "x" * 501}, {"reason"}),
    ],
)
def test_what_a_rule_may_say(change: dict[str, object], fields: set[str]) -> None:
    assert set(problems(replace(UP, **change))) == fields  # type: ignore[arg-type]


def test_every_muscle_that_is_one_can_have_a_rule() -> None:
    for key in set(MUSCLES) - {OTHER}:
        assert problems(replace(UP, muscle=key)) == {}
