"""What is read from the frozen outcome: the order of a grid's columns, and answers that asked for help at once."""

from __future__ import annotations

from dataclasses import replace

from clinic.domain.assessments.follow_up import FOLLOW_UP
from clinic.domain.outcome_content import CellContent, ItemContent, grid_tables, urgent_items
from tests.domain.contents import full_content

FULL = full_content()


def cell(movement: str, group: str) -> CellContent:
    return CellContent("right", movement, movement.capitalize(), group, group.capitalize(), 2, 1)


def test_columns_stand_in_the_order_of_the_grid_whatever_was_answered_first() -> None:
    (table,) = grid_tables(
        replace(FULL.grids[0], cells=(cell("brow_raise", "other_side"), cell("pucker", "chin"), cell("pucker", "eye")))
    )
    assert table.columns == ("Eye", "Chin", "Other_side")
    assert table.rows == (("Brow_raise", ("–", "–", "2/1")), ("Pucker", ("2/1", "2/1", "–")))


def test_only_the_red_answers_of_a_patient_ask_for_help_at_once() -> None:
    items = tuple(
        ItemContent(key, "Your eye", "Asked?", value, "Yes" if value else "No")
        for key, value in (("eye_sore", 1), ("eye_sight", 0), ("swallow_breathe", None), ("bite", 1))
    )
    answered = replace(FULL.assessments[0], instrument=FOLLOW_UP.key, items=items)
    assert [one.item for one in urgent_items(answered)] == ["eye_sore"]
    assert urgent_items(replace(answered, instrument="saq")) == ()
