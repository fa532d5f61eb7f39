"""What a column's value becomes in an archive, and that it comes back equal."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Boolean, Column, Date, Integer, String

from clinic.archives import tables, values
from clinic.domain.anatomy import Side
from clinic.models.types import Hundredths, UTCDateTime, enum_text

UNITS = Column("units", Hundredths, nullable=False)
AT = Column("at", UTCDateTime, nullable=False)
_LETTERS = st.characters(codec="utf-8", exclude_characters="\0")
KINDS: list[tuple[Column[Any], st.SearchStrategy[Any]]] = [
    (UNITS, st.decimals(min_value=-(10**6), max_value=10**6, places=2, allow_nan=False)),
    (AT, st.datetimes(timezones=st.just(timezone(timedelta(hours=5, minutes=45))))),
    (Column("on", Date, nullable=False), st.dates()),
    (Column("side", enum_text(Side), nullable=False), st.sampled_from(Side)),
    (Column("text", String(80), nullable=False), st.text(_LETTERS, max_size=80)),
    (Column("number", Integer, nullable=False), st.integers(-(2**31), 2**31 - 1)),
    (Column("yes", Boolean, nullable=False), st.booleans()),
]


@pytest.mark.parametrize(("column", "drawn"), KINDS, ids=[column.name for column, _ in KINDS])
def test_every_value_comes_back_equal(column: Column[Any], drawn: st.SearchStrategy[Any]) -> None:
    @given(drawn)
    def back(value: Any) -> None:
        raw = json.loads(json.dumps(values.written(column, value)))
        assert values.read(column, raw) == value

    back()


def test_units_are_text_without_trailing_zeros_and_moments_are_in_utc() -> None:
    assert values.written(UNITS, Decimal("2.50")) == "2.5"
    assert values.written(UNITS, Decimal("0.00")) == "0"
    assert values.written(UNITS, Decimal("100.00")) == "100"
    here = datetime(2026, 11, 22, 12, 0, tzinfo=timezone(timedelta(hours=1)))
    assert values.written(AT, here) == "2026-11-22T11:00:00+00:00"
    there = values.read(AT, "2026-11-22T12:00:00+01:00")
    assert there.isoformat() == "2026-11-22T11:00:00+00:00", "a chain is sealed over this text"


@pytest.mark.parametrize(
    ("column", "raw"),
    [
        (UNITS, 2.5),
        (UNITS, "2.505"),
        (UNITS, "NaN"),
        (UNITS, "Infinity"),
        (UNITS, "2,5"),
        (UNITS, None),
        (AT, "2026-11-22T12:00:00"),
        (AT, 0),
        (Column("on", Date), "2026-02-30"),
        (Column("side", enum_text(Side)), "Left"),
        (Column("text", String(3)), "four"),
        (Column("text", String(3)), 4),
        (Column("number", Integer), "4"),
        (Column("number", Integer), True),
        (Column("number", Integer), 2**31),
        (Column("yes", Boolean), 1),
        (Column("text", String(3)), "a\0"),
        (Column("text", String(3)), "\ud800"),
        (UNITS, "1e30"),
    ],
)
def test_what_a_column_does_not_take_is_refused(column: Column[Any], raw: object) -> None:
    with pytest.raises(values.BadValue, match=column.name):
        values.read(column, raw)


def test_an_empty_value_stays_empty() -> None:
    assert values.read(Column("on", Date), None) is None
    assert values.written(Column("on", Date), date(2026, 1, 1)) == "2026-01-01"


def test_every_column_of_every_table_has_a_schema() -> None:
    for table in tables.clinic_tables():
        for column in tables.columns(table):
            assert values.schema(column)
