"""A row in every table that has none: whatever a page may show stands in the world that is attacked."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, Connection, Date, DateTime, Enum, Integer, LargeBinary, Numeric, Table, text

from clinic.models import Base

NOW = "2026-11-22 10:00:00.000000"
WORDS = {
    "product": "botox",
    "dose_product": "botox",
    "muscle": "mentalis",
    "instrument": "house_brackmann",
    "exercise": "e2_eyes_open_pucker",
    "language": "en",
    "view": "front",
    "time_zone": "Europe/London",
    "letter_template.kind": "letter to the referring doctor",
    "patient_form.instruments": "follow_up",
    "patient_merge.moved": "[]",
    "patient_merge.facts": "{}",
    "planning_rule_off.rule": "training-first",
}
"""Words of the program's own lists, which a page looks up."""


def fill(connection: Connection, clinic_id: int) -> list[str]:
    """Put one row of a clinic into each empty table, with the checks off; gives the tables that stay empty."""
    connection.execute(text("PRAGMA ignore_check_constraints = ON"))
    for table in Base.metadata.sorted_tables:
        if not _count(connection, table):
            _insert(connection, table, clinic_id)
    connection.commit()
    return [table.name for table in Base.metadata.sorted_tables if not _count(connection, table)]


def _count(connection: Connection, table: Table) -> int:
    return int(connection.execute(text(f'SELECT count(*) FROM "{table.name}"')).scalar_one())


def _insert(connection: Connection, table: Table, clinic_id: int) -> None:
    values: dict[str, Any] = {column.name: _plain(column) for column in table.columns}
    for constraint in sorted(table.foreign_key_constraints, key=lambda one: -len(one.columns)):
        names = [element.parent.name for element in constraint.elements]
        targets = [element.column.name for element in constraint.elements]
        parent = constraint.referred_table
        scope = "WHERE clinic_id = :clinic" if "clinic_id" in parent.columns else ""
        sql = f'SELECT {", ".join(targets)} FROM "{parent.name}" {scope} ORDER BY rowid DESC LIMIT 1'
        row = connection.execute(text(sql), {"clinic": clinic_id} if scope else {}).fetchone()
        if row is not None:
            values |= dict(zip(names, row, strict=True))
    if "clinic_id" in table.columns:
        values["clinic_id"] = clinic_id
    kept = {name: value for name, value in values.items() if value is not None}
    names_sql = ", ".join(f'"{name}"' for name in kept)
    places = ", ".join(f":{name}" for name in kept)
    connection.execute(text(f'INSERT INTO "{table.name}" ({names_sql}) VALUES ({places})'), kept)


def _plain(column: Column[Any]) -> Any:
    kind = column.type
    if isinstance(kind, Enum):
        return next(iter(kind.enums))
    impl = getattr(kind, "impl_instance", kind)
    if isinstance(impl, Boolean):
        return 0
    if isinstance(impl, DateTime):
        return None if column.nullable else NOW
    if isinstance(impl, Date):
        return None if column.nullable else "2026-11-22"
    if isinstance(impl, Integer | Numeric):
        return None if column.primary_key and column.table.primary_key.columns.keys() == ["id"] else 1
    if isinstance(impl, LargeBinary):
        return b"x"
    word = WORDS.get(str(column), WORDS.get(column.name))
    if word is not None:
        return word
    limit = getattr(kind, "length", None) or 40
    return ("0" * 26)[:limit] if column.name.endswith("id") else f"{column.name} of {column.table.name}"[:limit]
