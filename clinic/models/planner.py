"""What SQLite's planner is told of the tables, in place of counting them: the plans of a page are the same in every clinic.

Left to itself SQLite takes ``clinic_id = ?`` for a condition that leaves ten rows, where it leaves all of them, and reads a
whole clinic to show one patient. Counted (``ANALYZE``), its plans would follow the clinic: those of a new one, made when
its tables were empty, would stay when they are not. So the sizes of a clinic in use are written down, as SQLite's manual
advises for plans that must not change ("fixed results of ANALYZE"). A new rule here reaches a database with the next
migration. PostgreSQL counts its tables itself, all the time, unless somebody switched that off; after an upgrade of the
server it has counted nothing, and the page of a chart that takes it 3 ms takes it a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from math import prod
from typing import Final

from sqlalchemy import Boolean, Column, Connection, Date, DateTime, Enum, Table

from clinic.models.base import Base

_INDEXES: Final = 'SELECT name, "unique", partial FROM pragma_index_list(?)'
_COLUMNS: Final = "SELECT name FROM pragma_index_info(?) ORDER BY seqno"
_UNCOUNTED: Final = (
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
    " AND reltuples <= 0 AND pg_relation_size(oid) > 65536 ORDER BY relname"
)
"""Tables of PostgreSQL that hold more than some pages and were never counted; smaller ones it need not know."""
_ROWS: Final = {"clinic": 2, "user": 100, "patient": 20_000, "audit_event": 1_000_000}
"""Tables whose size follows from no other."""
_OF_A_CLINIC: Final = 1_000
"""Rows of what belongs to a clinic and to nothing in it."""
_CHILDREN: Final = 10
"""Rows of a table for each of its largest parent."""
_MOST: Final = 1_000_000
_PARTIAL: Final = 20
"""One row of so many is in an index with a condition."""
_KINDS: Final = ((Boolean, 1_000), (Enum, 1_000), (Date, 1_000), (DateTime, 10_000))
"""Different values of a column of a kind. A mark or a state stands in an index to find the few that it sets apart."""
_VALUES: Final = 100
"""Those of any other kind."""


def install(connection: Connection) -> None:
    """Write the sizes into a SQLite database and have its connections read them; have PostgreSQL count where it has not."""
    tell = connection.exec_driver_sql
    if connection.dialect.name != "sqlite":
        if uncounted(connection):
            tell("ANALYZE")
        return
    tell("ANALYZE sqlite_schema")  # Counts nothing; makes the table that is filled now.
    tell("DELETE FROM sqlite_stat1")
    for table in Base.metadata.tables.values():
        for index, said in _said(connection, table):
            tell("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", (table.name, index, said))
    tell("ANALYZE sqlite_schema")


def uncounted(connection: Connection) -> list[str]:
    """The tables of PostgreSQL that were filled and never counted."""
    return list(connection.exec_driver_sql(_UNCOUNTED).scalars())


def _said(connection: Connection, table: Table) -> Iterator[tuple[str, str]]:
    # Rows of the index, then how many of them share the value of its first column, of its first two, and so on.
    tell = connection.exec_driver_sql
    for name, is_unique, is_partial in tell(_INDEXES, (table.name,)).all():
        held = tell(_COLUMNS, (name,)).scalars().all()
        entries = max(rows(table) // (_PARTIAL if is_partial else 1), 1)
        values = [_values(table.c[column]) for column in held]
        shared = [max(entries // prod(values[:many]), 1) for many in range(1, len(held) + 1)]
        if is_unique:
            shared[-1] = 1
        yield name, " ".join(map(str, (entries, *shared)))


def _values(column: Column[object]) -> int:
    """How many values are told apart by a column; of the clinic there is one, as a rule."""
    if column.name == "clinic_id":
        return 1
    if column.name == "id":
        return _MOST
    for key in column.foreign_keys:
        if key.column.name == "id":
            return rows(key.column.table)
    return next((many for kind, many in _KINDS if isinstance(column.type, kind)), _VALUES)


@cache
def rows(table: Table, below: frozenset[str] = frozenset()) -> int:
    """Rows of a table: ten for each of its largest parent."""
    if table.name in _ROWS:
        return _ROWS[table.name]
    seen = below | {table.name}
    parents = {key.column.table for key in table.foreign_keys if key.column.table.name not in seen | {"clinic", "user"}}
    largest = max((rows(parent, seen) for parent in parents), default=_OF_A_CLINIC // _CHILDREN)
    return min(largest * _CHILDREN, _MOST)
