"""An export of a cohort without names: its tables, made from coded values by the rules of ``deidentified_rules``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from clinic.domain.deidentified_cells import Hidden, hidden_of
from clinic.domain.deidentified_outcomes import effects_table, events_table, grades_table, reviews_table, scores_table
from clinic.domain.deidentified_rows import CohortRecord
from clinic.domain.deidentified_rules import require_enough
from clinic.domain.deidentified_tables import ExportTable, Release, without_small_cells
from clinic.domain.deidentified_treatments import episodes_table, patients_table, sessions_table, sites_table

_TABLES: Final[tuple[Callable[[CohortRecord, Hidden], ExportTable], ...]] = (
    patients_table,
    episodes_table,
    sessions_table,
    sites_table,
    grades_table,
    scores_table,
    reviews_table,
    effects_table,
    events_table,
)


def tables_of(record: CohortRecord, salt: str) -> tuple[ExportTable, ...]:
    """The tables in full, their lines in an order that says nothing; small categories still stand in them."""
    hidden = hidden_of(record, salt)
    made = (make(record, hidden) for make in _TABLES)
    return tuple(replace(table, rows=tuple(sorted(table.rows))) for table in made)


def released(record: CohortRecord, salt: str) -> Release:
    """The export of a cohort. Raises Invalid for one of fewer than five patients."""
    require_enough(len(record.patients))
    cleared = [without_small_cells(table) for table in tables_of(record, salt)]
    return Release(
        tables=tuple(table for table, _ in cleared),
        pooled=tuple(one for _, small in cleared for one in small),
        patients=len(record.patients),
        sessions=len({one.session_id for one in record.sites}),
    )
