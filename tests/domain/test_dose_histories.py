"""Doses by muscle across sessions: sums, gaps, shades, product changes, pages and orders."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.anatomy import Side
from clinic.domain.dose_histories import COLUMNS, Asked, DoseHistory, Sort, Total, dose_history, shade, side_title
from clinic.domain.dose_sessions import Given, TreatedSession, face_order
from clinic.domain.drawing import Text
from clinic.domain.drawing_dose_histories import balance_figure

LEFT, RIGHT = frozenset({Side.LEFT}), Side.RIGHT


def dose(muscle: str, units: str, side: Side = Side.LEFT, product: str = "botox", touch_up: bool = False) -> Given:
    return Given(muscle, side, product, Decimal(units), touch_up)


def session(on: date, *doses: Given, name: str = "") -> TreatedSession:
    touch_ups = (on + timedelta(days=14),) if any(one.touch_up for one in doses) else ()
    return TreatedSession(name or f"s{on:%Y%m%d}", on, False, touch_ups, doses)


FIRST, SECOND, THIRD = date(2025, 11, 3), date(2026, 2, 2), date(2026, 6, 1)
COURSE = (
    session(FIRST, dose("mentalis", "2.5"), dose("platysma", "5")),
    session(SECOND, dose("mentalis", "3.75"), dose("mentalis", "1.25", touch_up=True), dose("frontalis", "5", RIGHT)),
    session(THIRD, dose("mentalis", "10", product="dysport"), dose("platysma", "20", product="dysport")),
)


def shown(sessions: tuple[TreatedSession, ...] = COURSE, **asked: object) -> DoseHistory:
    return dose_history(sessions, Asked(**asked), LEFT)  # type: ignore[arg-type]


def texts(history: DoseHistory) -> dict[str, list[str]]:
    return {row.label: [" · ".join(cell.lines) for cell in row.cells] for block in history.blocks for row in block.rows}


def units(total: Total) -> tuple[str, ...]:
    return tuple(text for _, text in total.cells)


def test_cells_are_what_was_given_and_gaps_stay_empty() -> None:
    assert texts(shown()) == {
        "Mentalis": ["2.5", "3.75 + 1.25\u00a0touch-up", "10"],
        "Platysma": ["5", "", "20"],
        "Frontalis": ["", "5", ""],
    }


def test_totals_stand_by_side_and_product() -> None:
    history = shown()
    assert [block.title for block in history.blocks] == ["Affected side: patient’s left", "Other side: patient’s right"]
    left, right = ([(one.product, units(one)) for one in block.totals] for block in history.blocks)
    assert left == [("botox", ("7.5", "5", "")), ("dysport", ("", "", "30"))]
    assert right == [("botox", ("", "5", ""))]
    assert [units(one) for one in history.totals] == [("7.5", "10", ""), ("", "", "30")]


def test_the_product_heads_its_columns_and_breaks_where_it_changes() -> None:
    history = shown()
    assert [(one.words, one.columns) for one in history.products] == [
        ("onabotulinumtoxinA (Botox)", 2),
        ("abobotulinumtoxinA (Dysport)", 1),
    ]
    assert [one.breaks for one in history.columns] == [False, False, True]
    assert [(one.words, one.columns) for one in history.years] == [("2025", 1), ("2026", 2)]
    assert [one.before for one in history.columns] == ["", "s20251103", "s20260202"]


def test_shades_never_mix_products() -> None:
    cells = {row.label: [cell.shade for cell in row.cells] for block in shown().blocks for row in block.rows}
    assert cells["Mentalis"] == [3, 5, 3]
    assert cells["Platysma"] == [5, 0, 5]


@pytest.mark.parametrize(("units", "step"), [("0.01", 1), ("2", 1), ("2.01", 2), ("8", 4), ("8.01", 5), ("10", 5)])
def test_a_shade_has_five_steps(units: str, step: int) -> None:
    assert shade(Decimal(units), Decimal(10)) == step


def test_two_products_in_one_session_are_both_named() -> None:
    both = session(FIRST, dose("mentalis", "2.5"), dose("mentalis", "10", product="dysport", touch_up=True))
    assert texts(shown((both,)))["Mentalis"] == ["2.5 Botox · 10\u00a0touch-up Dysport"]


def test_the_last_change_compares_one_product_only() -> None:
    changes = {row.label: row.change for block in shown().blocks for row in block.rows}
    assert changes == {"Mentalis": "other product", "Platysma": "other product", "Frontalis": "not given last"}
    changes = {row.label: row.change for block in shown(COURSE[:2]).blocks for row in block.rows}
    assert changes == {"Mentalis": "+2.5", "Platysma": "not given last", "Frontalis": ""}


def test_muscles_stand_from_brow_to_neck() -> None:
    muscles = ["platysma", "mentalis", "orbicularis_oculi", "other", "frontalis"]
    assert sorted(muscles, key=face_order) == ["frontalis", "orbicularis_oculi", "mentalis", "platysma", "other"]


def test_the_orders_by_newest_dose_and_by_change() -> None:
    sessions = (
        session(FIRST, dose("frontalis", "5"), dose("mentalis", "2.5"), dose("platysma", "10")),
        session(SECOND, dose("frontalis", "5"), dose("mentalis", "5"), dose("platysma", "9")),
    )
    assert [*texts(shown(sessions, sort=Sort.NEWEST))] == ["Platysma", "Frontalis", "Mentalis"]
    assert [*texts(shown(sessions, sort=Sort.CHANGE))] == ["Mentalis", "Platysma", "Frontalis"]


def test_filters_narrow_rows_columns_and_totals() -> None:
    history = shown(muscles=frozenset({"mentalis"}), first_year=2026)
    assert texts(history) == {"Mentalis": ["3.75 + 1.25\u00a0touch-up", "10"]}
    assert [units(one) for one in history.totals] == [("5", ""), ("", "10")]
    assert texts(shown(side=RIGHT)) == {"Frontalis": ["5"]}
    assert shown(last_year=2024).columns == ()


def test_with_palsies_of_both_sides_no_side_is_called_affected() -> None:
    for affected in (frozenset[Side](), frozenset({Side.LEFT, Side.RIGHT})):
        assert side_title(Side.LEFT, affected) == "Patient’s left"
        blocks = dose_history(COURSE, Asked(), affected).blocks
        assert [block.side for block in blocks] == [Side.RIGHT, Side.LEFT]


@pytest.mark.parametrize("count", [COLUMNS - 1, COLUMNS, COLUMNS + 1])
def test_a_page_has_forty_sessions_the_newest_first(count: int) -> None:
    sessions = tuple(session(FIRST + timedelta(days=n), dose("mentalis", "2.5"), name=str(n)) for n in range(count))
    first, second = shown(sessions), shown(sessions, page=2)
    assert len(first.columns) == min(count, COLUMNS)
    assert first.newest.id == str(count - 1)
    assert (first.pages, first.older) == ((2, 2) if count > COLUMNS else (1, None))
    assert len(second.columns) == (1 if count > COLUMNS else count)


DOSES = st.builds(
    Given,
    st.sampled_from(["mentalis", "platysma", "frontalis"]),
    st.sampled_from(list(Side)),
    st.sampled_from(["botox", "dysport", ""]),
    st.integers(1, 4000).map(lambda value: Decimal(value).scaleb(-2)),
    st.booleans(),
)


@given(st.lists(st.lists(DOSES, min_size=1, max_size=8), min_size=1, max_size=6))
def test_totals_are_the_sums_of_what_was_given_product_by_product(rows: list[list[Given]]) -> None:
    sessions = tuple(session(FIRST + timedelta(days=n), *doses, name=str(n)) for n, doses in enumerate(rows))
    history = shown(sessions)
    given_units = Counter[tuple[str, int]]()
    for number, doses in enumerate(rows):
        for one in doses:
            given_units[one.product, number] += one.units  # type: ignore[assignment]
    told = {
        (total.product, number): Decimal(cell.replace(",", ""))
        for total in history.totals
        for number, cell in enumerate(units(total))
        if cell
    }
    assert told == dict(given_units)
    by_side = Counter[tuple[str, int]]()
    for total in (one for block in history.blocks for one in block.totals):
        for number, cell in enumerate(units(total)):
            by_side[total.product, number] += Decimal(cell.replace(",", "") or "0")  # type: ignore[assignment]
    assert {key: value for key, value in by_side.items() if value} == told


def test_the_balance_is_drawn_as_the_face_is_seen() -> None:
    one = session(FIRST, dose("mentalis", "2.5"), dose("mentalis", "5", RIGHT), dose("platysma", "10"))
    drawing = balance_figure(shown((one,)).balance)
    found = {shape.text: shape for layer in drawing.layers for shape in layer.shapes if isinstance(shape, Text)}
    assert found["5"].at[0] < found["Mentalis"].at[0] < found["2.5"].at[0] < found["10"].at[0]
    assert found["patient’s right"].at[0] < found["patient’s left"].at[0]
    assert "0" not in found


def test_a_long_name_takes_two_lines_and_the_midline_is_told() -> None:
    one = session(FIRST, dose("levator_labii_superioris_alaeque_nasi", "1.25"), dose("procerus", "5", Side.MIDLINE))
    drawing = balance_figure(shown((one,)).balance)
    found = [shape.text for layer in drawing.layers for shape in layer.shapes if isinstance(shape, Text)]
    assert "Procerus, midline 5" in found
    assert "Levator labii superioris alaeque nasi" not in found
    assert any(text.startswith("Levator labii") for text in found)


def test_doses_without_a_product_on_record_are_not_compared_with_each_other() -> None:
    unknown = (session(FIRST, dose("mentalis", "2.5", product="")), session(SECOND, dose("mentalis", "5", product="")))
    found = shown(unknown)
    assert [row.change for row in found.blocks[0].rows] == ["product not recorded"]
    assert [one.breaks for one in found.columns] == [False, True]
    assert [one.words for one in found.products] == ["product not recorded", "product not recorded"]


def test_a_muscle_that_the_newest_session_left_out_is_not_told_as_the_same() -> None:
    course = (
        session(FIRST, dose("mentalis", "5")),
        session(SECOND, dose("mentalis", "5")),
        session(THIRD, dose("platysma", "5")),
    )
    assert {row.label: row.change for row in shown(course).blocks[0].rows} == {
        "Mentalis": "not given last",
        "Platysma": "",
    }
