"""The diary of practice at home: a paper week keyed in as one line, and what it says. A day not noted is never a day missed.

A line is ``[exercise] [week of] Monday: seven signs``; x practised, - not, . not noted, blanks as one likes:
``16 Nov: x x - x x . x`` or ``e2 16 Nov 2026: xx-xx.x``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from clinic.domain.days import possible_days
from clinic.domain.exercises import exercise_title, library
from clinic.domain.wording import day_text, plural

DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
PRACTISED: Final = "x"
NOT_PRACTISED: Final = "-"
NOT_NOTED: Final = "."
LINES_MAXIMUM: Final = 30
WEEKS_SHOWN: Final = 12
WHOLE: Final = "Whole programme"
EXAMPLE: Final = "16 Nov: x x - x x . x"

_SIGNS: Final[Mapping[str, str]] = {
    "x": PRACTISED, "X": PRACTISED, "×": PRACTISED,
    "-": NOT_PRACTISED, "\N{EN DASH}": NOT_PRACTISED, "\N{MINUS SIGN}": NOT_PRACTISED,
    ".": NOT_NOTED,
}  # fmt: skip
_LINE = re.compile(
    r"(?:(?P<exercise>e[0-9]\w*)\s+)?(?P<of>week\s+of\s+)?(?P<day>[^:]+):(?P<signs>[^:]*)", re.IGNORECASE
)
_DAY_AND_MONTH = re.compile(
    r"[0-9]{1,2}\.?\s*[A-Za-z]{3,9}\.?|[A-Za-z]{3,9}\.?\s*[0-9]{1,2}|[0-9]{1,2}\.\s?[0-9]{1,2}\."
)
_WRITTEN_AS = f"Write the Monday, a colon and seven signs, for example {EXAMPLE} (x practised, - not, . not noted)."


class DiaryError(ValueError):
    """A line that cannot be taken; the message says why and what is accepted."""


@dataclass(frozen=True, slots=True)
class Week:
    """One week, Monday to Sunday; ``exercise`` is blank for the programme as a whole."""

    monday: date
    days: str
    exercise: str = ""

    @property
    def line(self) -> str:
        """The week as it can be typed."""
        of = f"{self.exercise} " if self.exercise else ""
        return f"{of}{day_text(self.monday)}: {' '.join(self.days)}"

    @property
    def about(self) -> str:
        """The exercise in words, or that it is the whole programme."""
        return exercise_title(self.exercise) if self.exercise else WHOLE

    @property
    def practised(self) -> int:
        """Days on which it was practised."""
        return self.days.count(PRACTISED)

    @property
    def noted(self) -> int:
        """Days of which the patient noted anything."""
        return len(self.days) - self.days.count(NOT_NOTED)

    @property
    def words(self) -> str:
        """``practised on 5 of 7 days``; with days that were not noted, only the noted ones count."""
        return practice_words(self.practised, self.noted, len(self.days))

    @property
    def short(self) -> str:
        """The same for a narrow column: ``5 of 7 days``, ``5 of 6 noted``."""
        if not self.noted:
            return "not noted"
        return f"{self.practised} of {self.noted} {'days' if self.noted == len(self.days) else 'noted'}"

    @property
    def signs(self) -> tuple[tuple[str, str, str], ...]:
        """Each day as (weekday, sign, words)."""
        said = {PRACTISED: "practised", NOT_PRACTISED: "not practised", NOT_NOTED: "not noted"}
        return tuple((day, sign, said[sign]) for day, sign in zip(DAYS, self.days, strict=True))

    @property
    def understood(self) -> str:
        """The week in words, day by day, for reading back."""
        parts = (_named("practised", self, PRACTISED), _named("not practised", self, NOT_PRACTISED))
        said = [*parts, _named("not noted", self, NOT_NOTED)]
        return f"{self.about}, week of {day_text(self.monday)}: {'; '.join(filter(None, said))}"


def practice_words(practised: int, noted: int, days: int) -> str:
    """How much was practised, of the days that were noted."""
    if not noted:
        return "no day noted"
    of = plural(days, "day") if noted == days else f"{plural(noted, 'day')} noted"
    return f"practised on {practised} of {of}"


def monday_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def parse_week(line: str, today: date) -> Week:
    """Read one line. Raises DiaryError with what is accepted; nothing is guessed."""
    found = _LINE.fullmatch(line.strip())
    if found is None:
        raise DiaryError(_WRITTEN_AS)
    exercise = _exercise(found["exercise"])
    day = _day(found["day"].strip(), today)
    monday = monday_of(day)
    if day != monday and not found["of"]:
        raise DiaryError(
            f"{day_text(day)} is a {DAYS[day.weekday()]}. The Monday of that week is {day_text(monday)}: write that, or"
            f" “week of {day_text(day)}” if you mean it."
        )
    week = Week(monday, _signs(found["signs"]), exercise)
    _refuse_future(week, today)
    return week


def parse_weeks(text: str, today: date) -> tuple[Week, ...]:
    """Read several lines, all or none. Raises DiaryError naming every line that cannot be taken."""
    found: list[Week] = []
    wrong: list[str] = []
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines:
        raise DiaryError(_WRITTEN_AS)
    if len(lines) > LINES_MAXIMUM:
        raise DiaryError(f"At most {LINES_MAXIMUM} lines at once; there are {len(lines)}.")
    for number, line in lines:
        try:
            week = parse_week(line, today)
            if any((one.monday, one.exercise) == (week.monday, week.exercise) for one in found):
                raise DiaryError("The same week stands in a line above.")
            found.append(week)
        except DiaryError as error:
            wrong.append(f"Line {number} (“{line.strip()[:60]}”): {error}")
    if wrong:
        raise DiaryError("\n".join(wrong))
    return tuple(found)


def totals(weeks: Iterable[Week]) -> dict[str, tuple[int, int, int]]:
    """By exercise: days practised, days noted, weeks with anything noted."""
    found: dict[str, tuple[int, int, int]] = {}
    for week in weeks:
        practised, noted, counted = found.get(week.exercise, (0, 0, 0))
        found[week.exercise] = (practised + week.practised, noted + week.noted, counted + bool(week.noted))
    return found


def _exercise(text: str | None) -> str:
    if not text:
        return ""
    key = text.casefold()
    matches = [one.id for one in library().values() if key in (one.id, one.short)]
    if not matches:
        names = ", ".join(one.short for one in library().values())
        raise DiaryError(f"There is no exercise “{text}”. Write one of {names}, or none for the whole programme.")
    return matches[0]


def _day(text: str, today: date) -> date:
    readings = possible_days(text, today)
    if not readings and _DAY_AND_MONTH.fullmatch(text):
        return _nearest(text, today)
    if len(readings) > 1:
        words = " or ".join(day_text(day) for day in readings)
        raise DiaryError(f"“{text}” can be {words}. Write the month as a word.")
    if not readings:
        raise DiaryError(f"“{text}” is no date. {_WRITTEN_AS}")
    return readings[0]


def _nearest(text: str, today: date) -> date:
    """A day without its year: that of the year in which it lies nearest to today."""
    joint = "" if text.endswith(".") and text[-2:-1].isdigit() else " "
    readings = [
        day
        for year in (today.year - 1, today.year, today.year + 1)
        for day in possible_days(f"{text}{joint}{year}", today)
    ]
    if not readings:
        raise DiaryError(f"“{text}” is no date. {_WRITTEN_AS}")
    return min(readings, key=lambda day: abs((day - today).days))


def _signs(text: str) -> str:
    written = "".join(text.split())
    if strange := sorted({sign for sign in written if sign not in _SIGNS}):
        raise DiaryError(f"“{strange[0]}” is no sign: x practised, - not, . not noted.")
    if len(written) != len(DAYS):
        raise DiaryError(f"A week has seven signs, Monday to Sunday; here are {len(written)}.")
    return "".join(_SIGNS[sign] for sign in written)


def _refuse_future(week: Week, today: date) -> None:
    if week.monday > today:
        raise DiaryError(f"The week of {day_text(week.monday)} has not begun yet.")
    for number, sign in enumerate(week.days):
        day = week.monday + timedelta(days=number)
        if day > today and sign != NOT_NOTED:
            raise DiaryError(f"{DAYS[number]}, {day_text(day)}, has not come yet: write . for it.")


def _named(words: str, week: Week, sign: str) -> str:
    named = [day for day, one in zip(DAYS, week.days, strict=True) if one == sign]
    return f"{words} {', '.join(named)}" if named else ""
