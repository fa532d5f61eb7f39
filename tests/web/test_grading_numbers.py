"""Numbers that are typed into a scale: read as they are shown, or not at all."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from wtforms import ValidationError

from clinic.domain.assessments.base import Item, shown
from clinic.web.forms.assessments import number_or_none, read_number


@given(st.integers(-300, 300))
def test_a_number_with_a_decimal_is_read_as_it_is_shown(value: int) -> None:
    item = Item("x", "x", decimals=1, minimum=-300, maximum=300)
    assert read_number(item, shown(item, value)) == value
    assert Decimal(shown(item, value)) * 10 == value


@given(st.text(max_size=8))
def test_nothing_but_a_plain_number_is_ever_read(typed: str) -> None:
    for item in (Item("x", "x"), Item("x", "x", decimals=1)):
        try:
            found = read_number(item, typed)
        except ValidationError:
            assert number_or_none(item, typed) is None
        else:
            assert Decimal(typed.strip().replace("−", "-")).scaleb(item.decimals) == found
