"""Several small selects in one statement: a page's child tables cost one round trip, not one each.

Each column travels as text inside a UNION ALL and is read back by its own type, so the rows come out as they would from
the single selects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    Boolean,
    CompoundSelect,
    Date,
    Enum,
    Integer,
    Label,
    Select,
    String,
    cast,
    literal,
    null,
    union_all,
)
from sqlalchemy.types import TypeEngine

from clinic.domain.quantities import from_hundredths
from clinic.models.types import Hundredths, UTCDateTime
from clinic.unit_of_work import UnitOfWork

Reader = Callable[[str], Any]
AnySelect = Select[*tuple[Any, ...]]
_TEXT = String()
UNREADABLE = (LookupError, ValueError, TypeError, ArithmeticError)
"""What a value raises that is no word, day or number of its column."""


def together(uow: UnitOfWork, selects: Mapping[str, AnySelect]) -> dict[str, list[tuple[Any, ...]]]:
    """Run all selects as one statement; give each one's rows under its name, in no particular order.

    Only scalar columns of text, whole-number, hundredths, date, time, boolean and enumeration types can travel.
    """
    return sorted_out(readers_of(selects), uow.session.execute(united(selects)).all())


def united(selects: Mapping[str, AnySelect]) -> CompoundSelect[*tuple[Any, ...]]:
    """The selects as one statement: each row its select's name, then its columns as text."""
    width = max(len(one.selected_columns) for one in selects.values())
    return union_all(*(_as_text(name, one, width) for name, one in selects.items()))


def readers_of(selects: Mapping[str, AnySelect]) -> dict[str, list[Reader]]:
    """How each column of each select is read back from its text."""
    return {name: [_reader(column.type) for column in one.selected_columns] for name, one in selects.items()}


def sorted_out(readers: Mapping[str, list[Reader]], rows: Iterable[Any]) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of a united statement under the names of their selects."""
    found: dict[str, list[tuple[Any, ...]]] = {name: [] for name in readers}
    # What is text already stays as it is: most columns are.
    plans = {
        name: (len(of) + 1, [(at, read) for at, read in enumerate(of) if read is not str], found[name].append)
        for name, of in readers.items()
    }
    for row in rows:
        end, read_at, append = plans[row[0]]
        values = list(row[1:end])
        for at, read in read_at:
            if (text := values[at]) is not None:
                values[at] = read(text)
        append(tuple(values))
    return found


def sound(readers: Mapping[str, list[Reader]], rows: Iterable[Any]) -> tuple[dict[str, list[tuple[Any, ...]]], int]:
    """As ``sorted_out``, without the rows that cannot be read; and how many those are."""
    found: dict[str, list[tuple[Any, ...]]] = {name: [] for name in readers}
    damaged = 0
    for row in rows:
        try:
            found[row[0]] += sorted_out({row[0]: readers[row[0]]}, [row])[row[0]]
        except UNREADABLE:
            damaged += 1
    return found, damaged


def _as_text(name: str, one: AnySelect, width: int) -> AnySelect:
    columns = [cast(column, _TEXT).label(f"c{number}") for number, column in enumerate(one.selected_columns)]
    empty = [_empty(number) for number in range(len(columns), width)]
    return one.with_only_columns(literal(name).label("name"), *columns, *empty, maintain_column_froms=True)


@cache
def _empty(number: int) -> Label[str]:
    return cast(null(), _TEXT).label(f"c{number}")


def _reader(kind: TypeEngine[Any]) -> Reader:
    if isinstance(kind, Hundredths):
        return _hundredths
    if isinstance(kind, UTCDateTime):
        return _moment
    if isinstance(kind, Enum):
        return _Members(kind.enum_class).__getitem__ if kind.enum_class else str
    if isinstance(kind, Boolean):
        return {"1", "true", "t"}.__contains__
    if isinstance(kind, Integer):
        return int
    return date.fromisoformat if isinstance(kind, Date) else str


class _Members(dict[str, Any]):
    """The members of an enumeration by their values."""

    def __init__(self, kind: Any) -> None:
        super().__init__({one.value: one for one in kind})
        self.kind = kind

    def __missing__(self, text: str) -> Any:
        return self.kind(text)


@lru_cache(maxsize=8192)
def _hundredths(text: str) -> Decimal:
    return from_hundredths(int(text))


@lru_cache(maxsize=8192)
def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
