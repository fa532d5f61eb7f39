"""What stands on the axis: doses in runs of one product, treatments as exactly as dated, patterns that are shown."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Group, Movement, Place
from clinic.domain.patients import DatePrecision
from clinic.domain.trends_patterns import Effect, Graded, pattern_groups
from clinic.domain.trends_sessions import Dose, Session, muscle_doses, other_treatment, span
from tests.trending import CHIN, EYE, at

MENTALIS = ("mentalis", Side.LEFT)


def session(number: int, *doses: tuple[str, Side, str, str]) -> Session:
    given_ = tuple(Dose(muscle, side, product, Decimal(units)) for muscle, side, product, units in doses)
    return Session(f"s{number}", date(2025, number, 1), False, given_)


def graded(month: int, place: Place, grade: int, rater: str = "A") -> Graded:
    moment = at(2025, month, 1)
    return Graded(f"v{month}", moment.date(), moment, rater, place, grade)


def test_another_product_begins_another_run() -> None:
    sessions = [
        session(1, (*MENTALIS, "botox", "4")),
        session(2, (*MENTALIS, "botox", "5")),
        session(3, (*MENTALIS, "dysport", "15")),
        session(4, (*MENTALIS, "botox", "5")),
    ]
    (doses,) = muscle_doses(sessions)
    assert [[bar.product for bar in run] for run in doses.runs] == [["botox", "botox"], ["dysport"], ["botox"]]
    assert doses.label == "Mentalis, patient’s left"


def test_units_of_two_products_are_never_one_total() -> None:
    one = session(1, (*MENTALIS, "botox", "4"), ("platysma", Side.LEFT, "dysport", "30"), (*MENTALIS, "botox", "1"))
    assert one.totals == {"botox": 5, "dysport": 30}
    assert [words.partition(" ")[2] for words in one.total_words] == [
        "onabotulinumtoxinA (Botox)",
        "abobotulinumtoxinA (Dysport)",
    ]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["mentalis", "platysma"]),
            st.sampled_from([Side.RIGHT, Side.LEFT]),
            st.sampled_from(["botox", "dysport"]),
            st.integers(1, 4000).map(lambda units: str(Decimal(units) / 100)),
        ),
        max_size=12,
    )
)
def test_doses_by_muscle_add_up_to_the_totals_of_each_product(doses: list[tuple[str, Side, str, str]]) -> None:
    one = session(1, *doses)
    bars = [bar for muscle in muscle_doses([one]) for bar in muscle.bars]
    for product, total in one.totals.items():
        assert sum(bar.units for bar in bars if bar.product == product) == total


def test_a_month_is_a_span_and_an_unknown_date_is_none() -> None:
    month = other_treatment("facial training", date(2025, 9, 1), DatePrecision.MONTH)
    assert (month.on, month.until, month.dated) == (date(2025, 9, 1), date(2025, 9, 30), "Sep 2025")
    unknown = other_treatment("facial training", date(2025, 9, 1), DatePrecision.UNKNOWN)
    assert (unknown.on, unknown.dated) == (None, "date not known")


def test_the_axis_begins_with_the_first_score_and_not_with_an_old_operation() -> None:
    old = other_treatment("surgery", date(2009, 1, 1), DatePrecision.YEAR)
    late = other_treatment("surgery", date(2026, 5, 1), DatePrecision.DAY)
    found = span([date(2025, 1, 1), date(2026, 1, 1)], [old, late])
    assert found is not None
    assert (found.start, found.end) == (date(2025, 1, 1), date(2026, 5, 1))
    assert span([], [old]) is None


def test_a_single_day_has_an_axis_too() -> None:
    found = span([date(2025, 6, 1)])
    assert found is not None
    assert found.start < date(2025, 6, 1) < found.end


def test_a_pattern_is_shown_from_the_second_grade_on_or_once_it_was_treated() -> None:
    effect = Effect("s1", date(2025, 1, 1), date(2025, 2, 1), CHIN, 60, False, "", (MENTALIS,))
    once = [graded(1, EYE, 2), graded(1, CHIN, 3)]
    assert pattern_groups(once, [], ()) == ()
    (treated,) = pattern_groups(once, [effect], ())
    assert [pattern.place for pattern in treated.patterns] == [CHIN]
    twice = pattern_groups([*once, graded(3, EYE, 1), graded(3, CHIN, 0)], [], ())
    assert [group.title for group in twice] == [
        "Synkinesis grid: eye, patient’s left",
        "Synkinesis grid: chin, patient’s left",
    ]


def test_a_pattern_that_was_never_there_is_not_shown() -> None:
    assert pattern_groups([graded(1, EYE, 0), graded(2, EYE, 0)], [], ()) == ()


def test_an_open_cell_breaks_the_steps_and_is_no_zero() -> None:
    rows = [graded(1, EYE, 2), graded(2, CHIN, 3), graded(3, EYE, 1), graded(4, EYE, 1)]
    (group,) = (one for one in pattern_groups(rows, [], ()) if one.group is Group.EYE)
    assert [[one.grade for one in part] for part in group.patterns[0].stretches] == [[2], [1, 1]]
    assert "0 of 3" not in [cell for row in group.rows for cell in row.cells]


def test_doses_stand_beneath_the_patterns_of_their_muscles() -> None:
    doses = muscle_doses([session(1, (*MENTALIS, "botox", "4"), ("platysma", Side.LEFT, "botox", "10"))])
    rows = [graded(1, CHIN, 3), graded(2, CHIN, 1)]
    (group,) = pattern_groups(rows, [], doses)
    assert [one.muscle for one in group.doses] == ["mentalis"]


def test_over_action_of_the_other_side_is_treated_on_that_side() -> None:
    place = Place(Side.LEFT, Movement.BIG_SMILE, Group.OTHER_SIDE)
    depressor = "depressor_labii_inferioris"
    doses = muscle_doses(
        [session(1, (depressor, Side.RIGHT, "botox", "5")), session(2, (depressor, Side.LEFT, "botox", "2"))]
    )
    (group,) = pattern_groups([graded(1, place, 3), graded(2, place, 1)], [], doses)
    assert [(one.muscle, one.side) for one in group.doses] == [(depressor, Side.RIGHT)]


@pytest.mark.parametrize(
    ("effect", "worse", "words"),
    [(60, False, "60\u00a0% better"), (0, False, "no change"), (None, True, "worse")],
)
def test_an_effect_in_words(effect: int | None, worse: bool, words: str) -> None:
    one = Effect("s1", date(2025, 1, 1), date(2025, 2, 1), CHIN, effect, worse, "9 weeks of benefit")
    assert one.short == words
    (group,) = pattern_groups([], [one], ())
    assert [(row.source, row.cells) for row in group.rows] == [
        ("review of the session of 1 Jan 2025, 9 weeks of benefit", (words,))
    ]
