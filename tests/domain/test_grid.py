"""The synkinesis grid: how a cell is read, what is refused, and what the words and the face say of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.anatomy import MUSCLES, Side
from clinic.domain.assessments.grid import (
    GRADES,
    MAXIMUM,
    OWN_MOVEMENT,
    Cell,
    Group,
    Movement,
    Place,
    cell_of,
    places,
    refusals,
    summary,
)
from clinic.domain.assessments.grid_patterns import changes, muscle_grades, strongest
from clinic.domain.drawing import Path, Text
from clinic.domain.errors import Invalid
from clinic.domain.face_grades import SHADES, graded_face

NBSP = "\N{NO-BREAK SPACE}"
EYE = Place(Side.LEFT, Movement.BIG_SMILE, Group.EYE)
CHIN = Place(Side.LEFT, Movement.PUCKER, Group.CHIN)
GRADED = st.none() | st.integers(0, MAXIMUM)
CELLS = st.builds(Cell, st.sampled_from([*places(Side.RIGHT), *places(Side.LEFT)]), GRADED, GRADED)
GRIDS = st.lists(CELLS, unique_by=lambda cell: cell.place, max_size=30)


@pytest.mark.parametrize(
    ("text", "grade", "bother"),
    [
        ("", None, None),
        ("  ", None, None),
        ("0", 0, None),
        ("2", 2, None),
        ("2/3", 2, 3),
        (" 2 / 3 ", 2, 3),
        ("0/0", 0, 0),
        ("3/", 3, None),
        ("-/3", None, 3),
        ("–/0", None, 0),
        ("/1", None, 1),
    ],
)
def test_a_cell_is_read_as_it_is_written(text: str, grade: int | None, bother: int | None) -> None:
    assert cell_of(EYE, text) == Cell(EYE, grade, bother)


@pytest.mark.parametrize("text", ["4", "-1", "2.5", "x", "2/4", "23", "2/3/1", "-", "/", "-/", "２", "2/٣", "2,3"])
def test_anything_else_is_refused_beside_its_cell(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        cell_of(EYE, text)
    assert list(refused.value.fields) == ["left-big_smile-eye"]


@given(CELLS)
def test_what_is_shown_can_be_typed_again(cell: Cell) -> None:
    assert cell_of(cell.place, cell.text) == cell


@pytest.mark.parametrize("value", [-1, MAXIMUM + 1])
@pytest.mark.parametrize("name", ["grade", "bother"])
def test_out_of_range_is_refused(name: str, value: int) -> None:
    assert refusals([Cell(EYE, **{name: 0}), Cell(CHIN, **{name: MAXIMUM})]) == {}
    assert list(refusals([Cell(EYE, **{name: value})])) == [EYE.key]


def test_the_movement_itself_the_midline_and_a_cell_twice_are_refused() -> None:
    for movement, group in OWN_MOVEMENT:
        assert refusals([Cell(Place(Side.LEFT, movement, group), 1)])
    assert refusals([Cell(Place(Side.MIDLINE, Movement.PUCKER, Group.CHIN), 1)])
    assert refusals([Cell(EYE, 1), Cell(EYE, 2)])
    assert len(places(Side.LEFT)) == len(Movement) * len(Group) - len(OWN_MOVEMENT) == 84


@given(GRIDS)
def test_the_summary_names_what_was_seen_strongest_first_and_nothing_open(cells: list[Cell]) -> None:
    lines = summary(cells)
    for side in (Side.RIGHT, Side.LEFT):
        of_side = [one for one in cells if one.place.side is side]
        graded = [one for one in of_side if one.grade is not None]
        line = next((one for one in lines if one.startswith(f"{side}: ")), None)
        assert (line is None) == (not graded)
        if line is None:
            continue
        seen = [one for one in graded if one.grade]
        for one in of_side:
            assert (f"{one.place.words}{NBSP}{one.text}" in line) == bool(one.grade)
        shown = [part.rsplit(NBSP, 1)[1][0] for part in line.split(", ")] if seen else []
        assert shown == sorted(shown, reverse=True)
        if not seen:
            assert line == f"{side}: no synkinesis in the {len(graded)} cells graded"
    assert list(lines) == sorted(lines, reverse=True)  # right before left


def test_the_summary_in_the_words_of_the_clinic() -> None:
    cells = [Cell(EYE, 2, 3), Cell(CHIN, 3, 3), Cell(Place(Side.LEFT, Movement.REST, Group.CHEEK), 0)]
    assert summary(cells) == (f"left: chin dimples with pucker{NBSP}3/3, eye narrows with big smile{NBSP}2/3",)


@given(GRIDS)
def test_the_strongest_grade_counts_and_an_open_group_is_not_there(cells: list[Cell]) -> None:
    found = strongest(cells)
    for (group, side), grade in found.items():
        grades = [c.grade for c in cells if (c.place.group, c.place.muscle_side) == (group, side)]
        assert grade == max(one for one in grades if one is not None)
    assert sum(one.grade is not None for one in cells) >= len(found)
    assert set(found) == {(c.place.group, c.place.muscle_side) for c in cells if c.grade is not None}


def test_over_action_is_drawn_on_the_other_side() -> None:
    found = muscle_grades([Cell(Place(Side.LEFT, Movement.BIG_SMILE, Group.OTHER_SIDE), 2)])
    assert found[("depressor_labii_inferioris", Side.RIGHT)] == 2
    assert {side for _, side in found} == {Side.RIGHT}


def test_the_other_side_over_acts_with_the_muscles_of_the_movement() -> None:
    brow = Cell(Place(Side.LEFT, Movement.BROW_RAISE, Group.OTHER_SIDE), 2)
    assert muscle_grades([brow]) == {("frontalis", Side.RIGHT): 2}
    smile = Cell(Place(Side.LEFT, Movement.BIG_SMILE, Group.OTHER_SIDE), 3)
    assert ("frontalis", Side.RIGHT) not in muscle_grades([smile])
    assert muscle_grades([smile, brow])[("frontalis", Side.RIGHT)] == 2


def test_a_muscle_of_two_groups_takes_the_stronger() -> None:
    cheek = Place(Side.LEFT, Movement.BIG_SMILE, Group.MOUTH_CORNER)
    found = muscle_grades([Cell(cheek, 3), Cell(Place(Side.LEFT, Movement.PUCKER, Group.CHEEK), 1)])
    assert (found[("zygomaticus_major", Side.LEFT)], found[("buccinator", Side.LEFT)]) == (3, 1)


def test_every_group_is_made_of_muscles_of_the_face() -> None:
    assert all(muscle in MUSCLES for group in Group for muscle in group.muscles)


@pytest.mark.parametrize(
    ("before", "now", "line"),
    [
        ((3, 3), (2, 3), f"left: better: eye narrows with big smile{NBSP}3/3{NBSP}→{NBSP}2/3"),
        ((1, None), (3, 1), f"left: worse: eye narrows with big smile{NBSP}1{NBSP}→{NBSP}3/1"),
        ((0, None), (1, None), f"left: new: eye narrows with big smile{NBSP}0{NBSP}→{NBSP}1"),
        ((2, 2), (0, None), f"left: gone: eye narrows with big smile{NBSP}2/2{NBSP}→{NBSP}0"),
        ((2, 3), (2, 1), f"left: minded less: eye narrows with big smile{NBSP}2/3{NBSP}→{NBSP}2/1"),
        ((2, 1), (2, 3), f"left: minded more: eye narrows with big smile{NBSP}2/1{NBSP}→{NBSP}2/3"),
        ((None, 2), (2, 3), f"left: not graded then: eye narrows with big smile{NBSP}2/3"),
        ((2, 3), (2, None), None),
        ((2, 3), (2, 3), None),
        ((None, 1), (0, None), None),
    ],
)
def test_a_change_in_words(before: tuple[int | None, ...], now: tuple[int | None, ...], line: str | None) -> None:
    assert changes([Cell(EYE, *now)], [Cell(EYE, *before)]) == ((line,) if line else ())


def test_an_open_cell_is_no_change() -> None:
    before = [Cell(EYE, 3, 3), Cell(CHIN, 0)]
    assert changes([], before) == ()
    assert changes([Cell(EYE, None, 1)], before) == ()
    waiting = "left: not graded again yet: 1 pattern seen then"
    assert changes([Cell(CHIN, 0)], before) == (waiting,)


@given(GRIDS)
def test_nothing_differs_from_itself(cells: list[Cell]) -> None:
    assert changes(cells, cells) == ()


def test_the_face_is_shaded_and_numbered() -> None:
    cells = [Cell(EYE, 3), Cell(CHIN, 0)]
    layers = {layer.name: layer.shapes for layer in graded_face(muscle_grades(cells), strongest(cells)).layers}
    shades = {one.key: one.style.fill_opacity for one in layers["grades"] if isinstance(one, Path)}
    assert shades["orbicularis_oculi:left"] == SHADES[3]
    assert shades["orbicularis_oculi:right"] == SHADES[0] == 0
    numbers = {one.key: one.text for one in layers["numbers"] if isinstance(one, Text)}
    assert (numbers["eye:left"], numbers["chin:left"], numbers["eye:right"]) == ("3", "0", "")
    assert len(SHADES) == len(GRADES)
    assert list(SHADES) == sorted(set(SHADES))
