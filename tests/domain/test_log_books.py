"""The log book: which periods can be asked for, and what movements come to."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.errors import Invalid
from clinic.domain.inventory import EntryKind
from clinic.domain.log_books import asked_period, pages_of, sums
from clinic.domain.periods import Period

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("first", "last", "period"),
    [
        ("", "", Period(date(2026, 10, 23), TODAY)),
        ("2026-11-01", "", Period(date(2026, 11, 1), TODAY)),
        ("", "2026-01-31", Period(date(2026, 1, 1), date(2026, 1, 31))),
        ("2026-11-22", "2026-11-22", Period(TODAY, TODAY)),
        ("2025-11-22", "2026-11-22", Period(date(2025, 11, 22), TODAY)),
    ],
)
def test_periods(first: str, last: str, period: Period) -> None:
    assert asked_period(first, last, TODAY) == period


@pytest.mark.parametrize(
    ("first", "last", "fields"),
    [
        ("yesterday", "2026-11-01", {"from"}),
        ("2026-13-01", "31.12.2026", {"from", "to"}),
        ("20261101", "", {"from"}),
        ("0001-01-01", "", {"from"}),
        ("2026-11-02", "2026-11-01", {"from"}),
        ("2026-11-01", "2026-11-23", {"to"}),
        ("2025-11-20", "2026-11-21", {"to"}),
    ],
)
def test_what_is_no_period_is_refused_beside_its_field(first: str, last: str, fields: set[str]) -> None:
    with pytest.raises(Invalid) as refused:
        asked_period(first, last, TODAY)
    assert set(refused.value.fields) == fields


MOVEMENTS = st.lists(
    st.tuples(st.sampled_from(EntryKind), st.integers(-10000, 10000).map(lambda one: Decimal(one) / 100))
)


@given(MOVEMENTS, MOVEMENTS)
def test_the_sums_of_a_period_are_those_of_its_parts_and_explain_the_change(
    before: list[tuple[EntryKind, Decimal]], after: list[tuple[EntryKind, Decimal]]
) -> None:
    whole, parts = sums([*before, *after]), (sums(before), sums(after))
    for name in ("opened", "given", "wasted", "adjusted", "change"):
        assert getattr(whole, name) == sum(getattr(one, name) for one in parts)
    assert whole.change == sum((units for _, units in [*before, *after]), Decimal(0))


def test_pages() -> None:
    assert [pages_of(total) for total in (0, 1, 100, 101)] == [1, 1, 1, 2]
