"""Lot numbers written differently: what is to be compared, and what is another lot."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.inventory import lot_key
from clinic.domain.lot_numbers import looks_alike, plainest


@pytest.mark.parametrize("written", ["C-8021", "c 8021", "Lot C8O21", "C802l", "C8021 exp 03/27", "8021", "Ｃ8021"])
def test_these_may_be_the_lot(written: str) -> None:
    assert looks_alike(written, "C8021")


@pytest.mark.parametrize("written", ["C8022", "021", "", "--", "D8021X"])
def test_these_are_not(written: str) -> None:
    assert not looks_alike(written, "C8021")


@given(st.text(max_size=20), st.text(max_size=20))
def test_it_works_both_ways_and_holds_whatever_is_one_number_for_the_stock(one: str, other: str) -> None:
    assert looks_alike(one, other) == looks_alike(other, one)
    if lot_key(one) == lot_key(other):
        assert plainest(one) == plainest(other)
