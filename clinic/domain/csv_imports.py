"""The import of a table: its two kinds, its columns, and the report of what stands in a file and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from itertools import islice
from types import MappingProxyType
from typing import Any, Final, TypeVar

from clinic.domain.csv_import_words import squeezed
from clinic.domain.quantities import format_number
from clinic.domain.unreadable import UNREADABLE

Item = TypeVar("Item")

PROBLEMS_LISTED: Final = 1_000
FIRST_ROWS: Final = 10
_NAME_MAXIMUM: Final = 120
_LINES_NAMED: Final = 12

Told = Callable[[str, int, int], None]
"""Takes what is being done, and how much of how much is; whoever raises in it stops the work."""


def untold(_what: str, _done: int, _total: int) -> None:
    """Tell nobody."""


class Kind(StrEnum):
    """What a file holds."""

    PATIENTS = "patients"
    SESSIONS = "sessions"

    @property
    def label(self) -> str:
        """The kind in words."""
        return "Patients" if self is Kind.PATIENTS else "Past sessions"


class DayOrder(StrEnum):
    """How the days of a file are written. 2026-11-22 is read in any of them, 03/04/2024 only where it is said how."""

    YEAR_FIRST = "year"
    DAY_FIRST = "day"
    MONTH_FIRST = "month"

    @property
    def label(self) -> str:
        """The order with an example."""
        return {
            DayOrder.YEAR_FIRST: "2026-11-22 only",
            DayOrder.DAY_FIRST: "day first: 22.11.2026 or 22/11/2026",
            DayOrder.MONTH_FIRST: "month first: 11/22/2026",
        }[self]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its key and heading, whether each line needs it, its longest text, and what it holds."""

    key: str
    heading: str
    maximum: int
    about: str
    needed: bool = False


PATIENT_COLUMNS: Final = (
    Column("record_number", "Record number", 40, "The clinic’s number of the patient", needed=True),
    Column("family_name", "Family name", 120, "Family name", needed=True),
    Column("given_names", "Given names", 120, "Given names", needed=True),
    Column("birth_date", "Birth date", 40, "Whole date", needed=True),
    Column("sex", "Sex", 40, "female, male, other or not recorded, or their first letter"),
    Column("phone", "Phone", 60, "Telephone number"),
    Column("email", "E-mail", 200, "E-mail address"),
    Column("address", "Address", 500, "Address; may have several lines"),
    Column("language", "Language", 40, "Language of the patient, as text"),
    Column("handout_language", "Language of handouts", 40, "A language that handouts are written in"),
    Column("handout_edition", "Type of handouts", 40, "normal or large"),
    Column("palsy_side", "Palsy side", 40, "The patient’s right or left; one palsy a line"),
    Column("palsy_cause", "Palsy cause", 60, "A cause from the list of causes"),
    Column("palsy_cause_detail", "Palsy cause detail", 200, "Needed for another cause"),
    Column("palsy_onset", "Palsy onset", 40, "As exactly as known: a date, 2024-03 or 2024"),
    Column("worst_house_brackmann", "Worst House–Brackmann", 10, "I to VI, or 1 to 6"),
    Column("eye_status", "Eye status", 4000, "Text"),
    Column("palsy_note", "Palsy note", 4000, "Text"),
    Column("not_the_same_as", "Not the same person as", 200, "Record numbers, with commas, of people that only look alike, compared by you"),
)  # fmt: skip
SESSION_COLUMNS: Final = (
    Column("record_number", "Record number", 40, "Whose session it was: a patient on record", needed=True),
    Column("birth_date", "Birth date", 40, "Compared with the record, against a wrong number"),
    Column("day", "Day", 40, "Whole date of the session", needed=True),
    Column("product", "Product", 80, "Brand; a generic name only where one brand has it", needed=True),
    Column("lot", "Lot", 60, "As printed; empty or unknown for an unknown lot; the same on all lines of a session"),
    Column("muscle", "Muscle", 80, "Name, Latin name or abbreviation", needed=True),
    Column("sub_site", "Sub-site", 80, "A named site of the muscle"),
    Column("side", "Side", 20, "The patient’s right, left or midline; may be empty for a muscle in the midline"),
    Column("units", "Units", 20, "2.5 or 2,5; units of this product", needed=True),
    Column("depth", "Depth", 40, "intradermal, subcutaneous, intramuscular or intraglandular"),
    Column("purpose", "Purpose", 40, "What the site was for"),
    Column("note", "Note", 300, "Text beside this site"),
    Column("given_by", "Given by", 200, "Who gave it; the same on all lines of a session"),
    Column("source", "Source", 400, "Where it was written down; the same on all lines of a session"),
)
COLUMNS: Final[Mapping[Kind, tuple[Column, ...]]] = MappingProxyType(
    {Kind.PATIENTS: PATIENT_COLUMNS, Kind.SESSIONS: SESSION_COLUMNS}
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that stops an import: where it stands, what stood there, why it is not taken, and what to do."""

    line: int
    column: str
    found: str
    reason: str
    remedy: str


def file_name(text: str) -> str:
    """The name of a file without its folders and without signs that no page or terminal should be shown."""
    name = text.replace("\\", "/").rpartition("/")[2].encode("utf-8", "replace").decode("utf-8")
    return UNREADABLE.sub("", name)[:_NAME_MAXIMUM] or "unnamed"


def line_words(lines: Sequence[int]) -> str:
    """Lines by number, the first of many: ``line 2``, ``lines 2, 3 and 12 more``."""
    shown = ", ".join(str(line) for line in lines[:_LINES_NAMED])
    more = f" and {format_number(len(lines) - _LINES_NAMED)} more" if len(lines) > _LINES_NAMED else ""
    return f"line{'' if len(lines) == 1 else 's'} {shown}{more}"


class Problems:
    """All problems counted, the first of them kept."""

    def __init__(self) -> None:
        self.listed: list[Problem] = []
        self.count = 0

    def add(self, line: int, column: str, found: str, reason: str, remedy: str = "") -> None:
        """Note one problem."""
        self.count += 1
        if len(self.listed) < PROBLEMS_LISTED:
            self.listed.append(Problem(line, column, UNREADABLE.sub("\ufffd", found[:80]), reason, remedy))


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asked to be imported: the kind of file, its name, and how its days are written."""

    kind: Kind
    name: str
    order: DayOrder


@dataclass(frozen=True, slots=True)
class Report:
    """What a file holds and what an import of it would do; ``first`` are its first rows as they would be stored."""

    sha256: str
    size: int
    encoding: str
    delimiter: str
    lines: int
    new: int
    problem_count: int
    problems: tuple[Problem, ...]
    notices: tuple[str, ...] = ()
    summary: tuple[tuple[str, str], ...] = ()
    headings: tuple[str, ...] = ()
    first: tuple[tuple[str, ...], ...] = field(default=())

    @property
    def problems_text(self) -> str:
        """How many problems there are: ``1 problem``."""
        return f"{format_number(self.problem_count)} problem{'' if self.problem_count == 1 else 's'}"

    @property
    def listed_text(self) -> str:
        """How many of them are listed; empty when all are."""
        listed = len(self.problems)
        return f"The first {format_number(listed)} of {self.problems_text}." if listed < self.problem_count else ""

    @property
    def is_ready(self) -> bool:
        """Whether there is something to import, and nothing in its way."""
        return self.problem_count == 0 and self.new > 0


def batches(items: Iterable[Item], size: int) -> Iterator[tuple[Item, ...]]:
    """The items, so many at a time."""
    rest = iter(items)
    while batch := tuple(islice(rest, size)):
        yield batch


def report_json(report: Report) -> dict[str, Any]:
    """A report in plain values."""
    return asdict(report)


def report_of(plain: Mapping[str, Any]) -> Report:
    """The report that plain values stand for."""
    rows = {name: tuple(map(tuple, plain[name])) for name in ("summary", "first")}
    texts = {name: tuple(plain[name]) for name in ("notices", "headings")}
    return Report(**{**plain, **rows, **texts, "problems": tuple(Problem(**one) for one in plain["problems"])})


def column_named(kind: Kind, heading: str) -> Column | None:
    """The column that a heading names: by its key or its words; capitals, accents, blanks and hyphens aside."""
    wanted = squeezed(heading)
    return next((one for one in COLUMNS[kind] if wanted in {squeezed(one.key), squeezed(one.heading)}), None)


def read_headings(kind: Kind, cells: Sequence[str], line: int, problems: Problems) -> tuple[Column | None, ...]:
    """The column of each heading, None for one that is not taken; what is unknown, twice or missing is a problem."""
    found: list[Column | None] = []
    for cell in cells:
        column = column_named(kind, cell)
        if cell.strip() and column is None:
            problems.add(line, "", cell.strip(), "There is no such column.", _nearest_column(kind, cell))
        elif column is not None and column in found:
            problems.add(
                line, column.heading, cell.strip(), "This heading stands there twice.", "Keep one of the columns."
            )
            column = None
        found.append(column)
    for column in COLUMNS[kind]:
        if column.needed and column not in found:
            problems.add(line, column.heading, "", "This column is needed and missing.", f"Add it: {column.about}.")
    return tuple(found)


def _nearest_column(kind: Kind, heading: str) -> str:
    known = {squeezed(one.heading): one.heading for one in COLUMNS[kind]}
    near = get_close_matches(squeezed(heading)[:60], known, n=2)
    meant = f"Was it {' or '.join(known[one] for one in near)}? " if near else ""
    return f"{meant}Correct the heading, or delete the column: nothing of a file is left out without a word."


def cells_by_key(
    columns: Sequence[Column | None], cells: Sequence[str], line: int, problems: Problems
) -> dict[str, str] | None:
    """The cells of a line by column; None, with a problem, for a line of another width or with the headings again."""
    told = [one for one in columns if one is not None]
    if told and all(
        one is None or squeezed(cell) in {squeezed(one.key), squeezed(one.heading)}
        for one, cell in zip(columns, cells, strict=False)
    ):
        problems.add(line, "", " ".join(cells), "The headings stand here again.", "Delete this line.")
        return None
    if len(cells) < len(columns) or any(cell.strip() for cell in cells[len(columns) :]):
        reason = f"This line has {len(cells)} cells, the headings are {len(columns)}."
        remedy = (
            "Probably a delimiter stands inside a cell: put that cell into quotation marks, or add the empty cells."
        )
        problems.add(line, "", " | ".join(cells), reason, remedy)
        return None
    found = {one.key: cell for one, cell in zip(columns, cells, strict=False) if one is not None}
    strays = [cell for one, cell in zip(columns, cells, strict=False) if one is None and cell.strip()]
    if strays:
        problems.add(
            line,
            "",
            strays[0].strip(),
            "This cell stands under no heading that is known.",
            "Give it a heading, or delete it.",
        )
    return found


def problem_rows(problems: Iterable[Problem]) -> list[tuple[str, ...]]:
    """Problems as rows of a table for a spreadsheet, headings first."""
    rows: list[tuple[str, ...]] = [("Line", "Column", "What stands there", "Problem", "What to do")]
    rows += [(str(one.line), one.column, one.found, one.reason, one.remedy) for one in problems]
    return rows
