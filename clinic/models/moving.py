"""Which rows follow a patient when two records of one person are brought together: found by their keys, none listed."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Column, Table

from clinic.models.base import Base

PATIENT = "patient_id"
KEYED_BY_PATIENT = frozenset({"patient_word", "safety_fact", "waiting_line"})
"""Tables whose key holds the patient: words and lines are made anew, and of two answers one must be chosen."""


@cache
def moving_tables() -> tuple[Table, ...]:
    """The tables whose rows point to their patient and to nothing of the patient's by that pointer."""
    return tuple(
        table
        for table in Base.metadata.sorted_tables
        if table.name not in KEYED_BY_PATIENT
        and any(
            key.referred_table.name == "patient" and PATIENT in key.column_keys for key in table.foreign_key_constraints
        )
    )


@cache
def hanging(table: Table) -> tuple[tuple[Column[str], str], ...]:
    """The columns by which rows of a moving table hang on other moving rows, with the table that each names."""
    names = {one.name for one in moving_tables()}
    return tuple(
        (element.parent, key.referred_table.name)
        for key in sorted(table.foreign_key_constraints, key=lambda key: str(key.name))
        if key.referred_table.name in names
        for element in key.elements
        if element.parent.name != "clinic_id"
    )
