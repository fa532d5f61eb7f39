"""A therapist's visit as entered: what can be taken, and how it is said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Group, Movement, Place
from clinic.domain.training import FEEDBACK_MAXIMUM, BroughtDown, Feedback, Method, Training, problems, texts

EYE = Place(Side.LEFT, Movement.PUCKER, Group.EYE)
MIRROR = Feedback(Method.MIRROR, EYE, BroughtDown.PARTLY, 3, 2)
GOOD = Training(50, (Method.RETRAINING, Method.MIRROR), (MIRROR,))


def test_a_whole_visit_is_taken() -> None:
    assert problems(GOOD) == {}
    assert problems(Training(note="only talked")) == {}


def test_an_empty_visit_is_refused() -> None:
    assert "methods" in problems(Training(note=" "))


@pytest.mark.parametrize(("minutes", "taken"), [(0, False), (1, True), (480, True), (481, False)])
def test_minutes_have_their_range(minutes: int, taken: bool) -> None:
    assert ("minutes" not in problems(replace(GOOD, minutes=minutes))) is taken


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (replace(MIRROR, method=Method.MASSAGE), "a mirror, a video or EMG"),
        (replace(MIRROR, method=Method.EMG), "EMG feedback is not ticked"),
        (replace(MIRROR, place=replace(EYE, side=Side.MIDLINE)), "right or left"),
        (replace(MIRROR, place=Place(Side.LEFT, Movement.SNARL, Group.CHEEK)), "the asked movement itself"),
        (replace(MIRROR, grade_before=4), "from 0 to 3"),
        (replace(MIRROR, grade_after=-1), "from 0 to 3"),
    ],
)
def test_a_row_that_cannot_be_is_named(row: Feedback, words: str) -> None:
    found = problems(replace(GOOD, feedback=(MIRROR, row)))
    assert words in found["feedback-2"]


def test_the_same_row_twice_is_named() -> None:
    assert "stands above" in problems(replace(GOOD, feedback=(MIRROR, MIRROR)))["feedback-2"]


@pytest.mark.parametrize(("count", "taken"), [(FEEDBACK_MAXIMUM, True), (FEEDBACK_MAXIMUM + 1, False)])
def test_rows_are_counted(count: int, taken: bool) -> None:
    places = [Place(side, move, Group.CHIN) for side in (Side.LEFT, Side.RIGHT) for move in Movement]
    rows = tuple(replace(MIRROR, place=place) for place in places[:count])
    assert (problems(replace(GOOD, feedback=rows)) == {}) is taken


def test_it_is_said_with_side_and_grades() -> None:
    assert MIRROR.words == (
        "Mirror feedback, patient’s left: eye narrows with pucker; brought down: partly (3 before, 2 after)"
    )
    assert replace(MIRROR, grade_before=None, grade_after=None).words.endswith("brought down: partly")
    assert texts(GOOD)["feedback 1"] == "mirror left-pucker-eye partly; 3 before, 2 after"
