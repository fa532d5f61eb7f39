"""The cells of a line as values: nothing is guessed, and what is refused says what to do."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.csv_cells import cell
from clinic.domain.csv_import_values import Cells, day, house_brackmann, known_day, units
from clinic.domain.csv_import_words import Misread
from clinic.domain.csv_imports import DayOrder, Kind, Problems
from clinic.domain.patients import DatePrecision
from clinic.domain.quantities import format_number

YEAR, DAY, MONTH = DayOrder.YEAR_FIRST, DayOrder.DAY_FIRST, DayOrder.MONTH_FIRST


@given(st.decimals(min_value="0.01", max_value="999.99", places=2), st.sampled_from([".", ","]))
def test_a_dose_is_read_with_point_or_comma(amount: Decimal, sign: str) -> None:
    assert units(format_number(amount).replace(".", sign)) == amount


@pytest.mark.parametrize(
    "text", ["1,250", "1.250", "12,000", "1.250,5", "1,2,3", "-3", "0", "0,0", "2.5 u", "½", "1e3", "２", "", "2,555"]
)
def test_a_dose_that_could_be_another_is_refused(text: str) -> None:
    with pytest.raises(Misread):
        units(text)


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)), st.sampled_from("./-"))
def test_a_day_is_read_as_it_was_said_to_be_written(on: date, sign: str) -> None:
    assert {day(on.isoformat(), order) for order in DayOrder} == {on}
    assert day(f"{on.day:02}{sign}{on.month}{sign}{on.year}", DAY) == on
    assert day(f"{on.month}{sign}{on.day:02}{sign}{on.year}", MONTH) == on


@pytest.mark.parametrize(
    ("text", "order", "said"),
    [
        ("03/04/2024", YEAR, "Say how the days are written"),
        ("03.04.2024", YEAR, "Say how the days are written"),
        ("12/25/2024", DAY, "the other way round"),
        ("25.12.2024", MONTH, "the other way round"),
        ("45123", DAY, "Format the column as a date"),
        ("45123.5", YEAR, "Format the column as a date"),
        ("3.4.24", DAY, "four digits"),
        ("2024-02-30", YEAR, "2026-11-22"),
        ("31.04.2024", DAY, "2026-11-22"),
        ("0024-02-01", YEAR, "Check the year"),
        ("2024", YEAR, "2026-11-22"),
        ("3 Feb 2024", YEAR, "2026-11-22"),
        ("03/04.2024", DAY, "2026-11-22"),
        ("２０２４-01-01", YEAR, "2026-11-22"),
    ],
)
def test_a_day_that_is_not_clear_is_refused(text: str, order: DayOrder, said: str) -> None:
    with pytest.raises(Misread) as error:
        day(text, order)
    assert said in error.value.remedy


def test_an_onset_is_read_as_exactly_as_it_is_known() -> None:
    assert known_day("2019", YEAR) == (date(2019, 1, 1), DatePrecision.YEAR)
    assert known_day("2019-05", YEAR) == (date(2019, 5, 1), DatePrecision.MONTH)
    assert known_day("05/2019", YEAR) == known_day("5.2019", YEAR) == (date(2019, 5, 1), DatePrecision.MONTH)
    assert known_day("04.05.2019", DAY) == (date(2019, 5, 4), DatePrecision.DAY)
    with pytest.raises(Misread):
        known_day("13/2019", YEAR)


def test_grades_are_roman_or_arabic() -> None:
    assert [house_brackmann(text) for text in ("I", "vi", "4")] == [1, 6, 4]
    for text in ("0", "7", "VII", "IIII"):
        with pytest.raises(Misread):
            house_brackmann(text)


def line(**cells: str) -> tuple[Cells, Problems]:
    problems = Problems()
    return Cells(Kind.PATIENTS, 7, cells, problems), problems


@given(
    st.text(
        st.characters(exclude_categories=["Cc", "Cs", "Cf", "Zl", "Zp"], exclude_characters="#Ee+ÂÃÄÅâ"), max_size=30
    )
)
def test_a_text_of_our_own_export_comes_back_as_it_was(text: str) -> None:
    cells, problems = line(family_name="Keane", palsy_note=cell(text.strip()))
    if text.strip()[:1] != "'":
        assert cells.text("palsy_note") == text.strip()
        assert problems.count == 0


@pytest.mark.parametrize(
    "text",
    ["#REF!", "#BEZUG!", "#¡DIV/0!", "#NAME?", "#N/A", "#NV", "########", "Err:502", "4.9E+11", "4,91701E+12", "1e+20"],
)
def test_what_a_spreadsheet_writes_in_place_of_a_value_is_no_value(text: str) -> None:
    for key in ("record_number", "family_name", "phone", "palsy_note"):
        cells, problems = line(**{key: text})
        assert cells.text(key) == ""
        assert "in place of the value" in problems.listed[0].reason
    assert line(address=f"Flat {text}")[0].text("address") == f"Flat {text}"


@pytest.mark.parametrize("name", ["Müller", "Özgür", "Ñuñez", "Žižek", "Strauß", "O’Hara", "Çelik Şen"])
def test_letters_of_a_wrong_encoding_are_not_taken_for_a_name(name: str) -> None:
    cells, problems = line(family_name=name.encode().decode("cp1252", "replace"))
    assert (cells.text("family_name"), problems.count) == ("", 1)
    assert line(family_name=name)[0].text("family_name") == name


def test_a_problem_shows_no_sign_that_changes_how_it_is_read() -> None:
    cells, problems = line(family_name="\u202eenaeK\x1b[2J")
    assert cells.text("family_name") == ""
    assert problems.listed[0].found == "\ufffdenaeK\ufffd[2J"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("=1+1", "formula"),
        ("@SUM(A1)", "formula"),
        ("+1+1", "formula"),
        ("-", "formula"),
        ("＝1", "formula"),
        ("ri\u202eght", "invisible"),
        ("a\x07b", "invisible"),
        ("x" * 61, "at most 60"),
    ],
)
def test_a_text_that_cannot_be_kept_names_line_and_column(text: str, said: str) -> None:
    cells, problems = line(phone=text)
    assert cells.text("phone") == ""
    assert not cells.is_good
    one = problems.listed[0]
    assert (one.line, one.column) == (7, "Phone")
    assert said in one.reason


@pytest.mark.parametrize("text", ["+44 (0)20 7946", "-5", "'=1+1", "", "x" * 60])
def test_numbers_with_their_sign_and_marked_texts_are_kept(text: str) -> None:
    cells, problems = line(phone=text)
    assert cells.text("phone") == text.removeprefix("'")
    assert problems.count == 0


def test_a_needed_cell_is_missed() -> None:
    cells, problems = line(family_name=" ")
    cells.text("family_name")
    assert problems.listed[0].reason == "This is needed and empty."


def test_only_the_first_thousand_problems_are_listed_and_all_are_counted() -> None:
    problems = Problems()
    for number in range(1500):
        problems.add(number, "", "", "x")
    assert (problems.count, len(problems.listed)) == (1500, 1000)


def test_days_around_the_turn_of_a_year_do_not_slip() -> None:
    on = date(2024, 12, 31)
    assert day("31/12/2024", DAY) + timedelta(days=1) == day("01/01/2025", MONTH) == on + timedelta(days=1)
