"""Exact doses, volumes and concentrations, and the one way each is written.

Doses are ``Decimal`` with at most two places here and integers of 0.01 unit in the database; diluent is whole
microlitres; a concentration is a ``Fraction`` (100 units in 1.2 mL has no finite decimal), rounded once, on display.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

NBSP = "\u00a0"
_BEFORE_UNIT = re.compile(r"(?<=\d) (?=(?:units?|mL|mm|mg)\b)")
MINUS = "\N{MINUS SIGN}"
COMMA_REFUSED = "Write the decimal with a point, for example 2.5. A comma is not read, because 2,5 could become 25."
UNITS_PATTERN = re.compile(r"[0-9]{1,4}(\.[0-9]{1,2})?", re.ASCII)
MILLILITRES_PATTERN = re.compile(r"[0-9]{1,2}(\.[0-9]{1,3})?", re.ASCII)
_HUNDREDTH = Decimal("0.01")
_KEPT = 4096
"""So many numbers are remembered as they were written: a page has hundreds, and most are the same."""


class QuantityError(ValueError):
    """A quantity that cannot be read; the message says what is accepted."""


def parse_units(text: str) -> Decimal:
    """Read a dose in units: 1-4 digits, optionally a point and 1-2 decimals, above 0.

    Raises QuantityError with a message for the person who typed it: commas, signs, exponents, full-width digits and
    blanks are refused, never guessed at.
    """
    if not text.strip():
        raise QuantityError("Enter the units, for example 2.5.")
    if "," in text:
        raise QuantityError(COMMA_REFUSED)
    if not UNITS_PATTERN.fullmatch(text):
        raise QuantityError("Units are digits with at most two decimals, for example 2.5 or 12.")
    value = Decimal(text)
    if value <= 0:
        raise QuantityError("Units must be more than 0.")
    return value


def parse_millilitres(text: str) -> int:
    """Read a volume in mL (1-2 digits, at most 3 decimals, above 0) as whole microlitres.

    Raises QuantityError with a message for the person who typed it, as parse_units does.
    """
    if not text.strip():
        raise QuantityError("Enter the volume in mL, for example 2.5.")
    if "," in text:
        raise QuantityError(COMMA_REFUSED)
    if not MILLILITRES_PATTERN.fullmatch(text):
        raise QuantityError("Millilitres are digits with at most three decimals, for example 2.5.")
    microlitres = int(Decimal(text) * 1000)
    if microlitres <= 0:
        raise QuantityError("The volume must be more than 0 mL.")
    return microlitres


def hundredths(units: Decimal) -> int:
    """Whole hundredths of a unit. Raises QuantityError when the dose has more than two decimals."""
    if not units.is_finite():
        raise QuantityError(f"{units} is not a number of units.")
    # A Fraction, because Decimal multiplication rounds to 28 digits and could hide a decimal.
    scaled = Fraction(units) * 100
    if scaled.denominator != 1:
        raise QuantityError(f"{units} has more than two decimals.")
    return int(scaled)


def from_hundredths(value: int) -> Decimal:
    """The dose that an integer of 0.01 unit stands for."""
    return Decimal(value).scaleb(-2)


@lru_cache(maxsize=_KEPT)
def format_number(value: Decimal | int) -> str:
    """A number as people should read it: no trailing zero, a leading zero, a comma from 1,000 on, a true minus."""
    number = Decimal(value)
    text = f"{number:,f}".replace("-", MINUS) if number else "0"
    return text.rstrip("0").rstrip(".") if "." in text else text


def format_units(value: Decimal | int) -> str:
    """``2.5 units`` with a space that does not break; ``1 unit`` in the singular."""
    number = format_number(value)
    return f"{number}{NBSP}{'unit' if number == '1' else 'units'}"


def unbroken(words: str) -> str:
    """Words in which no line parts a number from its unit; they read the same."""
    return _BEFORE_UNIT.sub(NBSP, words)


def format_dose(value: Decimal) -> str:
    """The dose of a site as a number; a question mark while it is still to be entered, so that nobody reads a zero."""
    return format_number(value) if value else "?"


@dataclass(frozen=True, slots=True)
class Dose:
    """Units of one drug substance. Adding units of two substances raises: they are not interchangeable.

    ``substance`` is the generic name: Botox and Botox Cosmetic are both onabotulinumtoxinA and do add up.
    """

    units: Decimal
    substance: str

    def __add__(self, other: Dose) -> Dose:
        if not isinstance(other, Dose):
            return NotImplemented
        if other.substance != self.substance:
            raise TypeError(f"{self.substance} and {other.substance} units are not interchangeable.")
        return Dose(self.units + other.units, self.substance)


@dataclass(frozen=True, slots=True)
class Concentration:
    """Labelled units in a volume of diluent (whole microlitres), kept exact."""

    units: Decimal
    microlitres: int

    def __post_init__(self) -> None:
        if not self.units.is_finite() or self.units <= 0 or self.microlitres <= 0:
            raise QuantityError("A concentration needs units and a volume above 0.")

    @property
    def units_per_microlitre(self) -> Fraction:
        """Exact units in one microlitre."""
        return Fraction(self.units) / self.microlitres

    def volume_of(self, units: Decimal) -> Fraction:
        """Exact microlitres that hold ``units``."""
        return Fraction(units) / self.units_per_microlitre

    @property
    def per_tenth(self) -> str:
        """Units per 0.1 mL for display, to 0.01, marked with ≈ when rounded: ``4`` or ``≈8.33``."""
        return _per_tenth(self.units, self.microlitres)


@lru_cache(maxsize=_KEPT)
def _per_tenth(units: Decimal, microlitres: int) -> str:
    return _rounded(Concentration(units, microlitres).units_per_microlitre * 100)


def format_volume(microlitres: Fraction | int) -> str:
    """A volume in mL to 0.01 mL, marked with ≈ when rounded: ``0.1``, ``≈0.78``; ``<0.01`` rather than a false 0."""
    return _rounded(Fraction(microlitres) / 1000)


def format_millilitres(microlitres: Fraction | int) -> str:
    """``0.1 mL`` with a space that does not break."""
    return f"{format_volume(microlitres)}{NBSP}mL"


def _rounded(exact: Fraction) -> str:
    # Decimal division would round first; scale to hundredths as an exact fraction and round half up once.
    scaled = exact * 100
    rounded = Decimal((2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)).scaleb(-2)
    if Fraction(rounded) == exact:
        return format_number(rounded)
    # Something that is there is never written as nothing.
    return f"≈{format_number(rounded)}" if rounded else f"<{_HUNDREDTH}"
