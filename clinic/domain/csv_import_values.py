"""The cells of one line as values: texts, units, days. What cannot be taken is a problem that names line and column."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import BinaryIO, Final, TypeVar

from clinic.domain.csv_cells import bare, begins_like_formula
from clinic.domain.csv_import_words import Misread
from clinic.domain.csv_imports import COLUMNS, DayOrder, Kind, Problems, cells_by_key, read_headings
from clinic.domain.csv_reading import Survey, records
from clinic.domain.days import YEARS
from clinic.domain.patients import DatePrecision
from clinic.domain.quantities import QuantityError, format_number, parse_units
from clinic.domain.unreadable import UNREADABLE, UNREADABLE_TEXT

Value = TypeVar("Value")

_ISO: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_WRITTEN: Final = re.compile(r"([0-9]{1,2})([./-])([0-9]{1,2})\2([0-9]{4})", re.ASCII)
_SHORT_YEAR: Final = re.compile(r"[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{2}", re.ASCII)
_SERIAL: Final = re.compile(r"[0-9]{5}(\.[0-9]+)?", re.ASCII)
_YEAR: Final = re.compile(r"[0-9]{4}", re.ASCII)
_MONTH: Final = re.compile(r"([0-9]{4})-([0-9]{1,2})|([0-9]{1,2})[/.]([0-9]{4})", re.ASCII)
_THOUSANDS: Final = re.compile(r"[0-9]{1,3}[.,][0-9]{3}", re.ASCII)
_SPOILED: Final = re.compile(
    r"#[¡¿]?[^\s#]{1,20}[!?]|#N/?[ADV]|#{2,}|Err:[0-9]{3}|[0-9]([.,][0-9]+)?[eE]\+[0-9]+", re.ASCII
)
"""What a spreadsheet writes in place of a value: its errors, a column that is too narrow, a long number cut to 4.9E+11."""
_MISDECODED: Final = re.compile("[ÂÃÄÅ][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|â€")
"""UTF-8 that was read as Windows-1252, here or before: ``MÃ¼ller``."""
_ROMAN: Final[Mapping[str, int]] = {"I": 1, "II": 2, "III": 3, "IV": 4, "V": 5, "VI": 6}
_WHOLE_DATE: Final = "Write it as 2026-11-22."


class Cells:
    """The cells of one line by the key of their column."""

    def __init__(self, kind: Kind, line: int, cells: Mapping[str, str], problems: Problems) -> None:
        self.line = line
        self._columns = {one.key: one for one in COLUMNS[kind]}
        self._cells = cells
        self._problems = problems
        self.is_good = True

    def refuse(self, key: str, reason: str, remedy: str = "") -> None:
        """Note what is wrong with a cell."""
        self.is_good = False
        heading = self._columns[key].heading if key in self._columns else key
        self._problems.add(self.line, heading, self._cells.get(key, "").strip(), reason, remedy)

    def text(self, key: str) -> str:
        """The text of a cell, without the apostrophe of an export; empty, with a problem, when it cannot be taken."""
        column = self._columns[key]
        found = self._cells.get(key, "").strip()
        found, guarded = bare(found)
        if not found and column.needed:
            self.refuse(key, "This is needed and empty.", f"{column.about}.")
        elif UNREADABLE.search(found):
            self.refuse(key, UNREADABLE_TEXT)
        elif not guarded and begins_like_formula(found):
            remedy = "If it is meant as text, write an apostrophe before it; else write the value that it gives."
            self.refuse(key, "This begins like a formula of a spreadsheet.", remedy)
        elif _SPOILED.fullmatch(found):
            remedy = "Correct it there; make the column wider, and format one with long numbers as text."
            self.refuse(key, "A spreadsheet wrote this in place of the value.", remedy)
        elif _MISDECODED.search(found):
            remedy = "Save the table as “CSV UTF-8” from where its letters are right."
            self.refuse(key, "Letters with accents were read in a wrong encoding here.", remedy)
        elif len(found) > column.maximum:
            self.refuse(
                key,
                f"This has {format_number(len(found))} characters; at most {column.maximum} are kept.",
                "Shorten it.",
            )
        else:
            return found
        return ""

    def read(self, key: str, reader: Callable[[str], Value]) -> Value | None:
        """The value of a cell; None for an empty one, and with a problem for one that cannot be taken."""
        found = self.text(key)
        if not found:
            return None
        try:
            return reader(found)
        except Misread as error:
            self.refuse(key, error.reason, error.remedy)
            return None


def units(text: str) -> Decimal:
    """A dose with a decimal point or comma. Raises Misread; 1,250 and 1.250 are not guessed at."""
    if _THOUSANDS.fullmatch(text):
        raise Misread("This can be thousands or decimals.", "Write 1250 or 1.25; a dose has at most two decimals.")
    try:
        # Only a lone comma is a decimal: with both signs one of them would divide thousands.
        return parse_units(text.replace(",", ".") if "." not in text and text.count(",") == 1 else text)
    except QuantityError as error:
        if "," in text:
            raise Misread("This is no number of units.", "Write 2.5 or 2,5, with one decimal sign.") from error
        raise Misread(str(error), "") from error


def day(text: str, order: DayOrder) -> date:
    """A whole date: 2026-11-22 in any order, else as ``order`` says. Raises Misread."""
    if found := _ISO.fullmatch(text):
        return _date(found[1], found[2], found[3])
    if found := _WRITTEN.fullmatch(text):
        if order is DayOrder.YEAR_FIRST:
            raise Misread(
                "It is not said whether the day or the month stands first.",
                "Say how the days are written, beside the file.",
            )
        first, _, second, year = found.groups()
        return _date(year, second, first) if order is DayOrder.DAY_FIRST else _date(year, first, second)
    if _SERIAL.fullmatch(text):
        raise Misread(
            "This is a number by which a spreadsheet counts days.",
            "Format the column as a date there, and export it again.",
        )
    if _SHORT_YEAR.fullmatch(text):
        raise Misread("The year has two digits.", "Write all four digits of the year.")
    raise Misread("This is no whole date.", _WHOLE_DATE)


def known_day(text: str, order: DayOrder) -> tuple[date, DatePrecision]:
    """A date as exactly as it is known: a day, 2024-03, 03/2024 or 2024. Raises Misread."""
    if _YEAR.fullmatch(text):
        return _date(text, "1", "1"), DatePrecision.YEAR
    if found := _MONTH.fullmatch(text):
        return _date(found[1] or found[4], found[2] or found[3], "1"), DatePrecision.MONTH
    return day(text, order), DatePrecision.DAY


def house_brackmann(text: str) -> int:
    """A grade from I to VI as 1 to 6. Raises Misread."""
    grade = _ROMAN.get(text.upper())
    if grade is None and text in {"1", "2", "3", "4", "5", "6"}:
        grade = int(text)
    if grade is None:
        raise Misread("This is no grade of House and Brackmann.", "Write I to VI, or 1 to 6.")
    return grade


def _date(year: str, month: str, day: str) -> date:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        if 12 < int(month) <= 31 and int(day) <= 12:
            remedy = "Probably day and month stand the other way round: say how the days are written, beside the file."
            raise Misread(f"There is no month {int(month)}.", remedy) from None
        raise Misread("There is no such day.", _WHOLE_DATE) from None
    if found.year not in YEARS:
        raise Misread(f"The year {found.year} is too far off.", "Check the year.")
    return found


def table_lines(file: BinaryIO, found: Survey, kind: Kind, problems: Problems) -> Iterator[Cells]:
    """The lines of a table below its headings. With wrong headings there are none: every line would be wrong for it."""
    read = records(file, found)
    head = next(read, None)
    if head is None:
        return
    columns = read_headings(kind, head.cells, head.line, problems)
    if problems.count:
        return
    for record in read:
        cells = cells_by_key(columns, record.cells, record.line, problems)
        if cells is not None:
            yield Cells(kind, record.line, cells, problems)
