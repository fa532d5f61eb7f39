"""Several small selects in one statement: a page's child tables cost one round trip, not one each.

Each column travels as text inside a UNION ALL and is read back by its own type, so the rows come out as they would from
the single selects.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Boolean, Date, Enum, Integer, Label, Select, String, cast, literal, null, union_all
from sqlalchemy.types import TypeEngine

from clinic.domain.quantities import from_hundredths
from clinic.models.types import Hundredths, UTCDateTime
from clinic.unit_of_work import UnitOfWork

Reader = Callable[[str], Any]
AnySelect = Select[*tuple[Any, ...]]
_TEXT = String()


def together(uow: UnitOfWork, selects: Mapping[str, AnySelect]) -> dict[str, list[tuple[Any, ...]]]:
    """Run all selects as one statement; give each one's rows under its name, in no particular order.

    Only scalar columns of text, whole-number, hundredths, date, time, boolean and enumeration types can travel.
    """
    width = max(len(one.selected_columns) for one in selects.values())
    readers = {name: [_reader(column.type) for column in one.selected_columns] for name, one in selects.items()}
    statement = union_all(*(_as_text(name, one, width) for name, one in selects.items()))
    found: dict[str, list[tuple[Any, ...]]] = {name: [] for name in selects}
    for name, *texts in uow.session.execute(statement):
        values = zip(readers[name], texts, strict=False)
        found[name].append(tuple(None if text is None else read(text) for read, text in values))
    return found


def _as_text(name: str, one: AnySelect, width: int) -> AnySelect:
    columns = [cast(column, _TEXT).label(f"c{number}") for number, column in enumerate(one.selected_columns)]
    empty = [_empty(number) for number in range(len(columns), width)]
    return one.with_only_columns(literal(name).label("name"), *columns, *empty, maintain_column_froms=True)


@cache
def _empty(number: int) -> Label[str]:
    return cast(null(), _TEXT).label(f"c{number}")


def _reader(kind: TypeEngine[Any]) -> Reader:
    if isinstance(kind, Hundredths):
        return lambda text: from_hundredths(int(text))
    if isinstance(kind, UTCDateTime):
        return _moment
    if isinstance(kind, Enum):
        return kind.enum_class or str
    if isinstance(kind, Boolean):
        return lambda text: text in {"1", "true", "t"}
    if isinstance(kind, Integer):
        return int
    return date.fromisoformat if isinstance(kind, Date) else str


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
