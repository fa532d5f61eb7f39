"""Days as people write them."""

from __future__ import annotations

from datetime import date

import pytest

from clinic.domain.days import DayError, last_possible, parse_day, parse_known, possible_days
from clinic.domain.patients import DatePrecision

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    "written",
    ["1979-11-22", "1979/11/22", "22.11.1979", "22. 11. 1979", "22 Nov 1979", "22 November 1979", "Nov 22, 1979",
     "22-11-1979", "22/11/1979", "11/22/1979", "22.11.79", " 22  Nov  1979 "],
)  # fmt: skip
def test_one_day_in_many_spellings(written: str) -> None:
    assert parse_day(written, TODAY) == date(1979, 11, 22)


@pytest.mark.parametrize(
    "written", ["", "22", "Nov 1979", "31.2.1980", "1979-13-01", "22 Nom 1979", "2 ma 1980", "١٩٧٩-١١-٢٢"]
)
def test_what_is_no_whole_day_is_refused(written: str) -> None:
    with pytest.raises(DayError):
        parse_day(written, TODAY)


def test_day_and_month_that_could_be_swapped_are_refused_with_both_readings() -> None:
    with pytest.raises(DayError, match="11 Dec 1979"):
        parse_day("11/12/1979", TODAY)
    assert possible_days("11/12/1979", TODAY) == (date(1979, 11, 12), date(1979, 12, 11))


def test_the_same_number_for_day_and_month_is_one_day() -> None:
    assert parse_day("11/11/1979", TODAY) == date(1979, 11, 11)


def test_a_year_of_two_digits_is_every_century_that_can_be_meant() -> None:
    assert possible_days("3.2.27", TODAY) == (date(1927, 2, 3),), "not in the future"
    assert possible_days("3.2.07", TODAY) == (date(1907, 2, 3), date(2007, 2, 3))
    assert possible_days("22.11.26", TODAY) == (date(1926, 11, 22), date(2026, 11, 22))
    assert possible_days("23.11.26", TODAY) == (date(1926, 11, 23),)


@pytest.mark.parametrize(
    ("written", "day", "precision"),
    [
        ("14 Mar 2024", date(2024, 3, 14), DatePrecision.DAY),
        ("2024-03-14", date(2024, 3, 14), DatePrecision.DAY),
        ("Mar 2024", date(2024, 3, 1), DatePrecision.MONTH),
        ("March 2024", date(2024, 3, 1), DatePrecision.MONTH),
        ("2024-03", date(2024, 3, 1), DatePrecision.MONTH),
        ("3/2024", date(2024, 3, 1), DatePrecision.MONTH),
        ("03.2024", date(2024, 3, 1), DatePrecision.MONTH),
        ("2024", date(2024, 1, 1), DatePrecision.YEAR),
        ("", None, DatePrecision.UNKNOWN),
        ("not known", None, DatePrecision.UNKNOWN),
    ],
)
def test_a_date_is_held_as_exactly_as_it_is_known(written: str, day: date | None, precision: DatePrecision) -> None:
    assert parse_known(written, TODAY) == (day, precision)


@pytest.mark.parametrize("written", ["13/2024", "foo", "0000", "Mar", "3/24", "2024-00"])
def test_what_is_known_must_be_a_date(written: str) -> None:
    with pytest.raises(DayError):
        parse_known(written, TODAY)


def test_the_last_day_that_a_date_can_stand_for() -> None:
    assert last_possible(date(2024, 1, 1), DatePrecision.YEAR) == date(2024, 12, 31)
    assert last_possible(date(2024, 2, 1), DatePrecision.MONTH) == date(2024, 2, 29)
    assert last_possible(date(2024, 2, 1), DatePrecision.DAY) == date(2024, 2, 1)
