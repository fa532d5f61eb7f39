"""D-04: every rule that the schema carries refuses a row that breaks it, whoever writes it, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    Enum,
    Integer,
    MetaData,
    String,
    Table,
    TypeDecorator,
    insert,
)
from sqlalchemy.exc import DBAPIError

from clinic.models import Base
from clinic.unit_of_work import Work
from tests.postgresql import by_owner

BREAKING: dict[str, dict[str, Any]] = {
    "side_is_one_side": {"side": "midline"},
    "grade_range": {"grade": 99},
    "bother_range": {"bother": 4},
    "answered": {"grade": None, "bother": None, "effect": None, "worse": False},
    "kind": {"kind": "wish"},
    "verified_is_finished": {"verified": True, "finished_at": None},
    "units_not_negative": {"units": Decimal("-0.01"), "units_per_site": Decimal("-0.01")},
    "dose_step_positive": {"dose_step": Decimal(0)},
    "range_in_order": {"per_site_low": Decimal(2), "per_site_high": Decimal(1)},
    "has_a_size": {"width": 0},
    "millimetres_range": {"tenths_mm": 301},
    "concentration_units_positive": {"concentration_units": Decimal(0)},
    "concentration_volume_positive": {"concentration_microlitres": 0},
    "wasted_not_negative": {"wasted": Decimal("-0.01")},
    "units_positive_when_given": {"units": Decimal(0), "given_at": datetime(2026, 11, 22, tzinfo=UTC)},
    "number_positive": {"number": 0},
    "vials_not_negative": {"vials": -1},
    "labelled_units_positive": {"labelled_units": Decimal(0)},
    "diluent_positive": {"diluent_microlitres": 0},
    "two_records": {"merged_id": "same", "kept_id": "same"},
    "house_brackmann_range": {"worst_house_brackmann": 7},
    "units_positive": {"units": Decimal(0)},
    "sites_range": {"sites": 21},
    "units_of_a_product": {"units_per_site": Decimal(1), "product": None},
    "level_range": {"level": 3},
    "volume_range": {"tenths_ml": 0},
    "residual": {"residual_low": 3, "residual_high": 2},
    "weeks": {"weeks_low": 9, "weeks_high": 8},
    "step_and_cap": {"step": Decimal(1), "cap": Decimal(0)},
    "first_noticed_range": {"first_noticed_day": 731},
    "best_range": {"best_day": -1},
    "worn_off_range": {"worn_off_day": 731},
    "effect_range": {"effect": 101},
    "minutes_range": {"minutes": 0},
    "before_range": {"grade_before": 4},
    "after_range": {"grade_after": -1},
    "revision_positive": {"revision": 0},
}
"""Constraint → values that break it; a new CHECK needs its line here."""


@dataclass(frozen=True)
class Rule:
    """A rule of a table: what its refusal has to say, and a row that breaks it and no other."""

    table: Table
    said: tuple[str, ...]
    row: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.table.name}: {' '.join(self.said)}"


def checks() -> Iterator[Rule]:
    """One breaking row for each CHECK: the sets of words, and those with values in the list."""
    for table in Base.metadata.sorted_tables:
        for one in table.constraints:
            if isinstance(one, CheckConstraint):
                name = str(one.name)
                yield Rule(table, ("check constraint", name), _row(table) | _breaking(table, name))


def _breaking(table: Table, name: str) -> dict[str, Any]:
    end = name.removeprefix(f"ck_{table.name}_")
    words = [column.name for column in table.columns if isinstance(column.type, Enum) and column.type.name == end]
    if words:
        return dict.fromkeys(words, "no such word")
    assert end in BREAKING, f"{name} has no values that break it"
    return {column: value for column, value in BREAKING[end].items() if column in table.columns}


def without_a_value() -> Iterator[Rule]:
    """One row for each column that must be filled, without it."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            # SQLite gives a lone number that is the key a value by itself.
            counted = column.primary_key and isinstance(column.type, Integer)
            if not column.nullable and not counted:
                yield Rule(table, ("null", column.name), _row(table) | {column.name: None})


def without_a_parent() -> Iterator[Rule]:
    """One row for each table that points to others, all of which are missing."""
    for table in Base.metadata.sorted_tables:
        if table.foreign_keys:
            yield Rule(table, ("foreign key",), _row(table))


def as_they_should_be() -> Iterator[Rule]:
    """For each table with a CHECK a row that breaks none."""
    for table in Base.metadata.sorted_tables:
        if any(isinstance(one, CheckConstraint) for one in table.constraints):
            yield Rule(table, ("check constraint",), _row(table))


def _row(table: Table) -> dict[str, Any]:
    return {column.name: _value(column) for column in table.columns}


def _value(column: Column[Any]) -> Any:
    if isinstance(column.type, Enum):
        return "left" if "left" in column.type.enums else column.type.enums[0]
    if column.name == "kind":
        return "backup"
    usual: dict[type, Any] = {
        int: 1, bool: False, Decimal: Decimal(1), bytes: b"x", date: date(2026, 11, 22),
        datetime: datetime(2026, 11, 22, tzinfo=UTC),
    }  # fmt: skip
    plain = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
    return usual.get(plain.python_type, column.name[:2])


def leaks(connection: Connection, rules: Iterator[Rule]) -> list[str]:
    """The rules whose breaking row the database took, or refused for another reason."""
    found = []
    for rule in rules:
        attempt = connection.begin_nested()
        try:
            connection.execute(_as_anybody(rule.table).values(rule.row))
        except DBAPIError as error:
            words = str(error.orig).lower()
            if not all(one.lower() in words for one in rule.said):
                found.append(f"{rule}: refused otherwise: {words[:200]}")
        else:
            found.append(f"{rule}: taken")
        attempt.rollback()
    return found


def _as_anybody(table: Table) -> Any:
    # Words go past the program's own types: whoever writes here is not the program.
    columns = [Column(one.name, String() if isinstance(one.type, Enum) else one.type) for one in table.columns]
    return insert(Table(table.name, MetaData(), *columns))


def test_every_check_refuses_a_row_that_breaks_it(work: Work) -> None:
    """D-04: side, dose, balance, state and every other CHECK of every table, by direct SQL of the tables' owner."""
    with by_owner(work.engine) as connection:
        assert leaks(connection, checks()) == []


def test_no_column_that_must_be_filled_takes_nothing(work: Work) -> None:
    """D-04: NOT NULL, column by column."""
    with by_owner(work.engine) as connection:
        assert leaks(connection, without_a_value()) == []


def test_no_row_points_to_one_that_is_not_there(work: Work) -> None:
    """D-04: FOREIGN KEY, table by table; a row of another patient's visit is none of this clinic's."""
    with by_owner(work.engine) as connection:
        assert leaks(connection, without_a_parent()) == []


def test_a_row_that_breaks_nothing_is_named_by_the_same_check(work: Work) -> None:
    """The tooth: the rows are refused for what was put into them; without it no CHECK speaks."""
    with by_owner(work.engine) as connection:
        rules = list(as_they_should_be())
        named = leaks(connection, iter(rules))
        assert len(named) == len(rules)
        assert not any("check constraint" in one.partition("refused otherwise")[2] for one in named)
