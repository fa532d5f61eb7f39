"""Tables of an export with what each column means, and the small cells of a column taken together."""

from __future__ import annotations

from dataclasses import dataclass, replace

from clinic.domain.deidentified_rules import OTHER, by_category, pooled


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, what it means, whether small categories of it are taken together, what is blanked with them."""

    name: str
    meaning: str
    rare: bool = False
    blanks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExportTable:
    """A table; the first column is always the patient's pseudonym."""

    name: str
    about: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Pooled:
    """How many categories of a column became "other", and how many patients and rows that concerns."""

    table: str
    column: str
    categories: int
    patients: int
    rows: int


@dataclass(frozen=True, slots=True)
class Release:
    """An export before it is written: its tables, what was taken together, and how much there is."""

    tables: tuple[ExportTable, ...]
    pooled: tuple[Pooled, ...]
    patients: int
    sessions: int

    @property
    def counts(self) -> tuple[tuple[str, int], ...]:
        """The rows of each table."""
        return tuple((table.name, len(table.rows)) for table in self.tables)


def without_small_cells(table: ExportTable) -> tuple[ExportTable, tuple[Pooled, ...]]:
    """A table in which no column marked as rare names a category of fewer than five patients."""
    found: list[Pooled] = []
    for place, column in enumerate(table.columns):
        if column.rare:
            hidden = pooled(by_category((row[0], row[place]) for row in table.rows))
            if hidden:
                concerned = [row for row in table.rows if row[place] in hidden]
                patients = len({row[0] for row in concerned})
                found.append(Pooled(table.name, column.name, len(hidden), patients, len(concerned)))
                table = _hide(table, place, hidden)
    return table, tuple(found)


def _hide(table: ExportTable, place: int, hidden: frozenset[str]) -> ExportTable:
    names = [column.name for column in table.columns]
    blank = {names.index(name) for name in table.columns[place].blanks}

    def hidden_row(row: tuple[str, ...]) -> tuple[str, ...]:
        if row[place] not in hidden:
            return row
        return tuple(OTHER if n == place else "" if n in blank else cell for n, cell in enumerate(row))

    return replace(table, rows=tuple(map(hidden_row, table.rows)))
