"""Doses, volumes and concentrations: what is read, what is refused, and that sums are exact."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.quantities import (
    Concentration,
    Dose,
    QuantityError,
    format_dose,
    format_millilitres,
    format_number,
    format_units,
    format_volume,
    from_hundredths,
    hundredths,
    parse_millilitres,
    parse_units,
)

DOSES = st.integers(1, 999_999).map(from_hundredths)

HOSTILE = [
    "",
    " ",
    "\t",
    "2,5",
    "2,500",
    "1.234,5",
    "-1",
    "+1",
    "1e3",
    "1E3",
    "NaN",
    "sNaN",
    "Infinity",
    "inf",
    "0",
    "0.0",
    "0.00",
    "1_0",
    "２.５",
    "٢.٥",
    "²",
    "2.5 ",
    " 2.5",
    "2.5\n",
    "2.5\x00",
    "2.",
    ".5",
    "2..5",
    "2.5.1",
    "2.555",
    "10000",
    "0x10",
    "1/2",
    "½",
    "2.5 units",
    "2.5U",
    "2 5",
    "2\u00a05",
    "2'5",
    "9" * 10_240,
    "2.5," * 2_560,
    " " * 10_240,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:12]))
def test_hostile_units_are_refused(text: str) -> None:
    with pytest.raises(QuantityError) as refused:
        parse_units(text)
    assert len(str(refused.value)) < 150


@pytest.mark.parametrize("text", [t for t in HOSTILE if t != "2.555"], ids=lambda text: repr(text[:12]))
def test_hostile_millilitres_are_refused(text: str) -> None:
    with pytest.raises(QuantityError):
        parse_millilitres(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("2.5", "2.5"), ("2.50", "2.5"), ("0.01", "0.01"), ("1", "1"), ("007", "7"), ("9999", "9999"), ("9999.99", None)],
)
def test_units_are_read_exactly(text: str, value: str | None) -> None:
    assert parse_units(text) == Decimal(value or text)


@pytest.mark.parametrize(("text", "microlitres"), [("4", 4000), ("2.5", 2500), ("0.001", 1), ("1.234", 1234)])
def test_millilitres_are_whole_microlitres(text: str, microlitres: int) -> None:
    assert parse_millilitres(text) == microlitres


def test_a_comma_is_named_as_the_reason() -> None:
    with pytest.raises(QuantityError, match="2,5 could become 25"):
        parse_units("2,5")
    with pytest.raises(QuantityError, match="2,5 could become 25"):
        parse_millilitres("2,5")


@given(st.text(max_size=30))
def test_whatever_is_accepted_is_a_plain_positive_number(text: str) -> None:
    try:
        value = parse_units(text)
    except QuantityError:
        return
    assert 0 < value < 10_000
    assert set(text) <= set("0123456789.")
    assert hundredths(value) == Fraction(text) * 100


@given(DOSES)
def test_formatting_and_parsing_come_back(value: Decimal) -> None:
    text = format_number(value)
    assert parse_units(text.replace(",", "")) == value
    assert not text.startswith(".")
    assert "." not in text or text[-1] not in "0."
    assert from_hundredths(hundredths(value)) == value


@given(st.integers(1, 10_000))
def test_tenths_add_up_exactly(count: int) -> None:
    assert sum([parse_units("0.1")] * count, Decimal(0)) == Decimal(count) / 10


@given(DOSES, st.integers(100, 10_000), st.lists(DOSES, min_size=1, max_size=40))
def test_volumes_times_concentration_are_the_units(labelled: Decimal, diluent: int, doses: list[Decimal]) -> None:
    mixed = Concentration(labelled, diluent)
    volumes = sum((mixed.volume_of(dose) for dose in doses), Fraction(0))
    assert volumes * mixed.units_per_microlitre == Fraction(sum(doses, Decimal(0)))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("2.50", "2.5"),
        ("0.5", "0.5"),
        ("100", "100"),
        ("1E+2", "100"),
        ("1000", "1,000"),
        ("2500.00", "2,500"),
        ("999.99", "999.99"),
        ("0", "0"),
        ("-0.00", "0"),
        ("0E+3", "0"),
        ("-0.50", "−0.5"),
        ("-1250", "−1,250"),
    ],
)
def test_numbers_as_people_read_them(value: str, text: str) -> None:
    assert format_number(Decimal(value)) == text


def test_units_are_spelled_and_do_not_break() -> None:
    assert format_units(Decimal("1.00")) == "1\u00a0unit"
    assert format_units(Decimal("2.5")) == "2.5\u00a0units"
    assert format_units(1000) == "1,000\u00a0units"
    assert format_millilitres(100) == "0.1\u00a0mL"


@pytest.mark.parametrize(
    ("microlitres", "text"),
    [
        (Fraction(775), "≈0.78"),
        (Fraction(774), "≈0.77"),
        (100, "0.1"),
        (Fraction(100, 3), "≈0.03"),
        (5, "≈0.01"),
        (Fraction(49, 10), "<0.01"),
        (1, "<0.01"),
        (0, "0"),
        (4000, "4"),
    ],
)
def test_a_volume_is_rounded_once_and_marked(microlitres: Fraction | int, text: str) -> None:
    assert format_volume(microlitres) == text


@pytest.mark.parametrize(
    ("units", "microlitres", "text"),
    [(100, 4000, "2.5"), (100, 2500, "4"), (100, 1200, "≈8.33"), (125, 630, "≈19.84"), (300, 2500, "12")],
)
def test_units_in_a_tenth_of_a_millilitre(units: int, microlitres: int, text: str) -> None:
    assert Concentration(Decimal(units), microlitres).per_tenth == text


@pytest.mark.parametrize(("units", "microlitres"), [("0", 1), ("-1", 1), ("1", 0), ("1", -5), ("NaN", 1), ("Inf", 1)])
def test_a_concentration_needs_both_amounts(units: str, microlitres: int) -> None:
    with pytest.raises(QuantityError):
        Concentration(Decimal(units), microlitres)


@pytest.mark.parametrize("text", ["2.555", "0.001", "NaN", "sNaN", "Infinity", "1." + "0" * 30 + "1"])
def test_hundredths_hide_no_decimal(text: str) -> None:
    with pytest.raises(QuantityError):
        hundredths(Decimal(text))


def test_doses_of_one_substance_add_and_of_two_do_not() -> None:
    ona, inco = Dose(Decimal("2.5"), "onabotulinumtoxinA"), Dose(Decimal(1), "incobotulinumtoxinA")
    assert ona + ona == Dose(Decimal(5), "onabotulinumtoxinA")
    with pytest.raises(TypeError, match="not interchangeable"):
        ona + inco
    with pytest.raises(TypeError):
        sum([ona, ona])  # type: ignore[list-item]


def test_a_dose_that_is_still_to_be_entered_is_never_written_as_a_zero() -> None:
    assert [format_dose(Decimal(text)) for text in ("0", "0.01", "2.50")] == ["?", "0.01", "2.5"]
