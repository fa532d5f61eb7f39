"""The filters of a work list, as they stand in an address: never with anything of a patient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeVar

from clinic.domain.work_lists import Only, WorkList
from clinic.queries.work_lists import Filters

_ID_LENGTH: Final = 26
_YEARS: Final = range(1900, 2200)
Choice = TypeVar("Choice", WorkList, Only)


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters, the page, what could not be read (said, not guessed), and the filters as they go into a link."""

    filters: Filters
    page: int
    problems: tuple[str, ...]
    kept: Mapping[str, Any]


def asked(given: Mapping[str, str]) -> Asked:
    """Read the filters from an address; what cannot be read is left out and named."""
    problems: list[str] = []
    filters = Filters(
        list=_choice(WorkList, given.get("list", ""), WorkList.REVIEWS),
        who=given.get("who", "")[:_ID_LENGTH],
        only=_choice(Only, given.get("only", ""), Only.ALL),
        first=_day(given.get("from", ""), "The first day", problems),
        last=_day(given.get("to", ""), "The last day", problems),
    )
    if filters.first and filters.last and filters.last < filters.first:
        problems.append("The last day comes before the first, so nothing fits. Change one of them.")
    kept = {
        "list": filters.list.value,
        "who": filters.who,
        "only": "" if filters.only is Only.ALL else filters.only.value,
        "from": filters.first.isoformat() if filters.first else "",
        "to": filters.last.isoformat() if filters.last else "",
    }
    return Asked(filters, _page(given.get("page", "")), tuple(problems), {k: v for k, v in kept.items() if v})


def _choice(kind: type[Choice], text: str, default: Choice) -> Choice:
    return kind(text) if text in {one.value for one in kind} else default


def _day(text: str, name: str, problems: list[str]) -> date | None:
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        day = None
    if day is None or day.year not in _YEARS:
        problems.append(f"{name} is no date, so it was left out. Choose it from the calendar, or write 2026-11-22.")
        return None
    return day


def _page(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
