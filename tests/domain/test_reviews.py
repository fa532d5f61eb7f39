"""What a review can say: days, effects and muscles below, at and above their limits; patterns proposed; words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.anatomy import MUSCLES, Side
from clinic.domain.assessments.grid import Cell, Group, Movement, Place
from clinic.domain.injections import Answer
from clinic.domain.review_entries import ReviewEntry, days_words, parse_days, problems
from clinic.domain.review_patterns import linked, proposed, usual
from clinic.domain.reviews import DAYS_MAXIMUM, Impression, Wearing, benefit_words, outcome_words, since_words

NBSP = "\u00a0"
EYE = Place(Side.LEFT, Movement.BIG_SMILE, Group.EYE)
CHIN = Place(Side.LEFT, Movement.PUCKER, Group.CHIN)
MENTALIS = ("mentalis", Side.LEFT)
TREATED = {("orbicularis_oculi", Side.LEFT), MENTALIS, ("depressor_labii_inferioris", Side.RIGHT)}


def refused(entry: ReviewEntry, asked_day: int = 100) -> set[str]:
    return set(problems(entry, asked_day, TREATED))


def effect(value: int | None, *, worse: bool = False, muscles: Any = ()) -> ReviewEntry:
    return ReviewEntry(effects=((EYE, value, worse, muscles),))


@pytest.mark.parametrize(("value", "taken"), [(-1, False), (0, True), (100, True), (101, False)])
def test_an_effect_goes_from_0_to_100(value: int, taken: bool) -> None:
    assert (f"effect-{EYE.key}" not in refused(effect(value))) is taken


def test_an_effect_is_a_number_or_worse_and_never_both_or_neither() -> None:
    assert not refused(effect(None, worse=True))
    assert refused(effect(50, worse=True)) == refused(effect(None)) == {f"effect-{EYE.key}"}


def test_a_pattern_stands_once_and_is_no_asked_movement() -> None:
    twice = ReviewEntry(effects=((EYE, 50, False, ()), (EYE, 60, False, ())))
    own = Place(Side.LEFT, Movement.TIGHT_CLOSURE, Group.EYE)
    assert refused(twice) == {f"effect-{EYE.key}"}
    assert refused(ReviewEntry(effects=((own, 50, False, ()),))) == {f"effect-{own.key}"}


def test_only_treated_muscles_are_linked_and_judged() -> None:
    assert not refused(effect(50, muscles=(MENTALIS,)))
    assert refused(effect(50, muscles=(("mentalis", Side.RIGHT),))) == {f"muscles-{EYE.key}"}
    assert refused(effect(50, muscles=(MENTALIS, MENTALIS))) == {f"muscles-{EYE.key}"}
    assert not refused(ReviewEntry(impressions=((*MENTALIS, Impression.MORE),)))
    assert refused(ReviewEntry(impressions=(("platysma", Side.LEFT, Impression.MORE),))) == {"impression-platysma-left"}
    both = ((*MENTALIS, Impression.MORE), (*MENTALIS, Impression.LESS))
    assert refused(ReviewEntry(impressions=both)) == {"impression-mentalis-left"}


@pytest.mark.parametrize(("day", "taken"), [(-1, False), (0, True), (99, True), (100, True), (101, False)])
def test_a_day_lies_between_the_session_and_the_visit(day: int, taken: bool) -> None:
    assert (not refused(ReviewEntry(first_noticed_day=day))) is taken


@pytest.mark.parametrize(("day", "taken"), [(DAYS_MAXIMUM, True), (DAYS_MAXIMUM + 1, False)])
def test_a_day_is_at_most_two_years_after_the_session(day: int, taken: bool) -> None:
    assert (not refused(ReviewEntry(best_day=day), asked_day=2000)) is taken


def test_days_come_in_their_order() -> None:
    entry = ReviewEntry(first_noticed_day=5, best_day=5, wearing=Wearing.GONE, worn_off_day=5)
    assert not refused(entry)
    assert refused(replace(entry, first_noticed_day=6)) == {"best_day"}
    assert refused(replace(entry, best_day=6)) == {"worn_off_day"}
    assert refused(replace(entry, best_day=None, worn_off_day=4)) == {"worn_off_day"}


@pytest.mark.parametrize("wearing", [one for one in Wearing if one is not Wearing.GONE])
def test_a_day_of_wearing_off_needs_that_it_has_worn_off(wearing: Wearing) -> None:
    assert refused(ReviewEntry(wearing=wearing, worn_off_day=60)) == {"wearing"}
    assert not refused(ReviewEntry(wearing=Wearing.GONE, worn_off_day=60))


def test_nothing_answered_is_no_review() -> None:
    assert refused(ReviewEntry()) == {""}
    assert not refused(ReviewEntry(adverse_event=Answer.NO))
    assert refused(ReviewEntry(adverse_event=Answer.NOT_APPLICABLE)) == {"adverse_event"}


@given(st.integers(0, 9999), st.sampled_from(["d", "day", "days", "w", "week", "weeks", "WEEKS"]), st.booleans())
def test_days_are_read_in_days_or_weeks(number: int, unit: str, apart: bool) -> None:
    factor = 7 if unit.lower().startswith("w") else 1
    assert parse_days(f"  {number}{' ' if apart else ''}{unit} ") == number * factor


@given(st.integers(0, DAYS_MAXIMUM))
def test_days_as_shown_are_read_as_the_same_days(days: int) -> None:
    assert parse_days(days_words(days)) == days


@pytest.mark.parametrize("text", ["", "5", "2.5 weeks", "-1 day", "five days", "1 month", "5 d 2 w", "٥ days"])
def test_what_names_no_whole_days_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="5 days, 2 weeks"):
        parse_days(text)


@pytest.mark.parametrize(
    ("days", "said"), [(62, "8 weeks"), (63, "9 weeks"), (69, "9 weeks"), (70, "10 weeks"), (7, "1 week")]
)
def test_benefit_is_whole_weeks_from_the_parent_session(days: int, said: str) -> None:
    assert benefit_words(Wearing.GONE, days, 100) == f"{said} of benefit"


def test_while_it_lasts_benefit_is_said_with_the_day_of_asking() -> None:
    assert benefit_words(Wearing.WORKING, None, 35) == "still working at 5 weeks"
    assert benefit_words(Wearing.NOT_ASKED, None, 35) == ""
    assert benefit_words(Wearing.WORKING, None, 6) == "still working at 6 days"
    assert benefit_words(Wearing.GONE, None, 35) == "worn off, day not known"


def test_an_outcome_in_one_line() -> None:
    assert (
        outcome_words([(EYE, 50), (CHIN, 60)], "9 weeks of benefit")
        == f"left eye 50{NBSP}% better, left chin 60{NBSP}% better, 9 weeks of benefit"
    )
    assert outcome_words([(EYE, None)], "") == "left eye worse"
    other = replace(EYE, movement=Movement.PUCKER)
    assert (
        outcome_words([(EYE, 50), (other, 0)], "")
        == f"left eye with big smile 50{NBSP}% better, left eye with pucker no change"
    )
    right = replace(EYE, side=Side.RIGHT)
    assert outcome_words([(right, 25), (EYE, 50)], "") == f"right eye 25{NBSP}% better, left eye 50{NBSP}% better"


def test_how_long_ago_in_words() -> None:
    assert [since_words(days) for days in (0, 1, 13, 14, 66)] == [
        "on the same day",
        "1 day after it",
        "13 days after it",
        "2 weeks after it",
        "9 weeks and 3 days after it",
    ]


def test_muscles_are_linked_on_the_side_that_moves() -> None:
    assert linked(EYE, TREATED) == (("orbicularis_oculi", Side.LEFT),)
    assert linked(replace(EYE, side=Side.RIGHT), TREATED) == ()
    over_action = Place(Side.LEFT, Movement.BIG_SMILE, Group.OTHER_SIDE)
    assert linked(over_action, TREATED) == (("depressor_labii_inferioris", Side.RIGHT),)
    assert linked(CHIN, {("mentalis", Side.MIDLINE)}) == (("mentalis", Side.MIDLINE),)


def test_the_strongest_treated_pattern_of_each_group_is_asked_about_first() -> None:
    weaker = replace(EYE, movement=Movement.PUCKER)
    neck = Place(Side.LEFT, Movement.BIG_SMILE, Group.NECK)
    none = Place(Side.LEFT, Movement.SNARL, Group.CHIN)
    cells = [Cell(weaker, 1, 3), Cell(EYE, 2), Cell(CHIN, 3), Cell(neck, 3), Cell(none, 0), Cell(none, None, 2)]
    assert proposed(cells, TREATED, {Side.LEFT}) == ((EYE, CHIN), (neck, weaker))


def test_without_a_grid_the_treated_groups_are_asked_about() -> None:
    asked, more = proposed([], TREATED, {Side.LEFT})
    assert [(one.side, one.group) for one in asked] == [
        (Side.LEFT, Group.EYE),
        (Side.LEFT, Group.CHIN),
        (Side.LEFT, Group.OTHER_SIDE),
    ]
    assert more == ()


@given(st.sets(st.tuples(st.sampled_from(sorted(MUSCLES)), st.sampled_from(list(Side))), max_size=12))
def test_every_usual_pattern_has_a_treated_muscle_and_can_be_saved(treated: set[tuple[str, Side]]) -> None:
    for palsy in ({Side.LEFT}, {Side.RIGHT, Side.LEFT}, set()):
        places = usual(treated, palsy)
        assert len(set(places)) == len(places)
        entry = ReviewEntry(effects=tuple((place, 50, False, linked(place, treated)) for place in places))
        assert all(muscles for *_, muscles in entry.effects)
        assert not places or not problems(entry, 10, treated)
