"""Test blocks: what can be entered, and how numbers in mm and mL are read."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.anatomy import MUSCLES, OTHER, Side
from clinic.domain.muscle_blocks import (
    MILLIMETRES_MAXIMUM,
    USUAL_MUSCLE,
    VOLUME_MAXIMUM,
    BlockEntry,
    format_tenths,
    parse_tenths,
    problems,
    texts,
)
from clinic.domain.quantities import QuantityError

GOOD = BlockEntry(USUAL_MUSCLE, Side.LEFT, "lidocaine 1 %", 5, 40, 70, 20, 40, "freer", "")


def test_the_usual_muscle_is_paired_and_on_the_face() -> None:
    assert MUSCLES[USUAL_MUSCLE].paired
    assert problems(GOOD) == {}
    assert problems(BlockEntry(USUAL_MUSCLE, Side.RIGHT, "lidocaine 1 %")) == {}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"muscle": "no_such_muscle"}, "muscle"),
        ({"muscle": OTHER}, "muscle"),
        ({"side": Side.MIDLINE}, "side"),
        ({"muscle": "procerus"}, "side"),
        ({"agent": "  "}, "agent"),
        ({"agent": "x" * 121}, "agent"),
        ({"tenths_ml": 0}, "volume"),
        ({"tenths_ml": VOLUME_MAXIMUM + 1}, "volume"),
        ({"excursion_before": -1}, "excursion_before"),
        ({"excursion_after": MILLIMETRES_MAXIMUM + 1}, "excursion_after"),
        ({"dental_show_before": MILLIMETRES_MAXIMUM + 1}, "dental_show_before"),
        ({"dental_show_after": -1}, "dental_show_after"),
        ({"patient_says": "x" * 2001}, "patient_says"),
        ({"note": "x" * 2001}, "note"),
    ],
)
def test_what_cannot_be_is_named_by_its_field(changes: dict[str, Any], field: str) -> None:
    assert set(problems(replace(GOOD, **changes))) == {field}


@pytest.mark.parametrize(
    "changes",
    [
        {"tenths_ml": 1},
        {"tenths_ml": VOLUME_MAXIMUM},
        {"excursion_before": 0},
        {"excursion_after": MILLIMETRES_MAXIMUM},
        {"agent": "x" * 120},
        {"patient_says": "x" * 2000},
        {"muscle": "procerus", "side": Side.MIDLINE},
    ],
)
def test_the_ends_of_each_range_are_taken(changes: dict[str, Any]) -> None:
    assert problems(replace(GOOD, **changes)) == {}


@given(st.integers(min_value=0, max_value=9999))
def test_a_number_of_tenths_is_written_and_read_back(tenths: int) -> None:
    assert parse_tenths(format_tenths(tenths), "mm") == tenths


@pytest.mark.parametrize(
    ("text", "tenths"), [("2.5", 25), ("4", 40), (" 0.1 ", 1), ("0", 0), ("10.0", 100), ("030", 300)]
)
def test_a_number_is_read_exactly(text: str, tenths: int) -> None:
    assert parse_tenths(text, "mm") == tenths


@pytest.mark.parametrize("text", ["", "2,5", "2.55", "-1", "+1", "1e1", "٣", "2.", ".5", "1 000", "1000", "two"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(QuantityError):
        parse_tenths(text, "mm")


@given(st.text(max_size=12))
def test_no_text_is_read_as_more_than_it_says(text: str) -> None:
    try:
        tenths = parse_tenths(text, "mm")
    except QuantityError:
        return
    assert Decimal(text.strip()) * 10 == tenths


def test_the_audit_trail_gets_every_value_and_blank_for_what_was_not_measured() -> None:
    said = texts(replace(GOOD, tenths_ml=None, dental_show_after=None, agent=" lidocaine 1 % "))
    assert said["tenths_ml"] == said["dental_show_after"] == ""
    assert (said["agent"], said["excursion_before"], said["side"]) == ("lidocaine 1 %", "40", "left")
