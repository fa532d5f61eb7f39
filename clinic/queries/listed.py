"""Lists of many people's records, of which one damaged row must not hide the others (D-30).

Such a row is left out and counted, and the page says so. What is somebody's own record, a chart or a print, is never read
like this: there a missing row would be believed, so it is refused as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import String, cast
from sqlalchemy.engine import result_tuple

from clinic.queries.together import UNREADABLE, AnySelect, readers_of
from clinic.unit_of_work import UnitOfWork

_ONLY: Final = "rows"


def listed(uow: UnitOfWork, statement: AnySelect, values: Mapping[str, object] | None = None) -> Sequence[Any]:
    """The rows of a list; damaged ones are left out and counted in ``uow.left_out``. Whoever writes gets the error."""
    try:
        return uow.session.execute(statement, values).all()
    except UNREADABLE:
        if uow.writes:
            raise
    return list(_one_by_one(uow, statement, values))


def _one_by_one(uow: UnitOfWork, statement: AnySelect, values: Mapping[str, object] | None) -> Iterator[Any]:
    """The same as plain text, each row read back by itself."""
    of = statement.selected_columns
    row_of = result_tuple(list(of.keys()))
    plain = statement.with_only_columns(
        *(cast(column, String()).label(name) for name, column in of.items()), maintain_column_froms=True
    )
    readers = readers_of({_ONLY: statement})[_ONLY]
    for row in uow.session.execute(plain, values):
        try:
            read = [None if text is None else read(text) for read, text in zip(readers, row, strict=True)]
        except UNREADABLE:
            uow.left_out += 1
        else:
            yield row_of(read)
