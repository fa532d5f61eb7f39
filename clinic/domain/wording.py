"""Words that stand on screens and in prints alike."""

from __future__ import annotations

from datetime import date

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def day_text(day: date) -> str:
    """``22 Nov 2026``, whatever the machine's locale."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def dated_text(day: date | None, precision: str) -> str:
    """A date as exactly as it is known: ``22 Nov 2026``, ``Nov 2026``, ``2026`` or ``not known``."""
    if day is None or precision == "unknown":
        return "not known"
    if precision == "year":
        return str(day.year)
    return f"{_MONTHS[day.month - 1]} {day.year}" if precision == "month" else day_text(day)


def side_words(side: str) -> str:
    """``patient’s right``, ``midline``."""
    return side if side == "midline" else f"patient’s {side}"


def plural(count: int, one: str, many: str | None = None) -> str:
    """``1 day``, ``2 days``."""
    return f"{count} {one if count == 1 else many or one + 's'}"
