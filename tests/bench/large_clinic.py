"""A clinic as large as a network of them, on SQLite or PostgreSQL: copies of patients who were charted through the use cases.

``python -m tests.bench.large --help`` is the command. Each batch of copies is one transaction, so a run that was cut off
goes on where it was. What is large and not looked at here stays out: signed contents, answers to questions, the audit
trail. ``verify`` would refuse such a clinic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import URL, Column, Connection, NullPool, Select, String, Table, create_engine, text

from clinic.archives import tables
from clinic.archives.tables import Scope
from clinic.models import triggers
from clinic.models.mixins import ID_LENGTH
from tests.bench.originals import NAMES
from tests.postgresql import owners

VISITS_A_LOT: Final = 171
"""As many patient-visits use one lot in the floors of the design."""
BATCH: Final = 1000
SHIFT: Final = 700
"""Copies have their visits on days up to so many earlier."""
BORN: Final = 20000
"""Copies are born on days up to so many earlier."""
_DIGITS: Final = 8
_REGISTERED: Final = "R"
"""How the record numbers of those begin who were never treated."""
_FIRST_REGISTERED: Final = 50_000_000
_OF_A_NAME: Final = frozenset({"patient", "patient_word"})
_LETTERS: Final = ((7, 1), (1, 26), (11, 1), (1, 676), (17, 1), (1, 17576))
"""Step and divisor of each letter of a copy's family name, in its number."""
_STAYING: Final = {"author_id", "rater_id", "signer_id", "by_id", "user_id", "lot_id", "prescriber_id"}
_NOT_COPIED: Final = {
    "audit_event", "membership", "lot", "issued_document", "document", "letter", "screening_answer", "site_change",
}  # fmt: skip


@dataclass(frozen=True)
class Size:
    """What a clinic holds."""

    patients: int
    visits: int
    sites: int
    lots: int


def fill(
    url: URL, clinic_id: int, originals: list[str], patients: int, told: Callable[[int], None], *, register: int = 0
) -> Size:
    """Copy the originals until the clinic has so many patients, and give what it holds then.

    ``register`` more are on record with nothing but their names: whom the clinic has never treated.
    """
    plain = create_engine(owners(url), poolclass=NullPool)  # The program's own refuses writes outside a unit of work.
    with plain.connect() as connection:
        writer = _Writer(connection, clinic_id)
        writer.loosen()
        for number, patient_id in enumerate(originals):
            writer.keep(patient_id, number)
        there = _treated(connection)
        while there < patients:
            last = min(there + BATCH, patients)
            edges = [there + (last - there) * number // len(originals) for number in range(len(originals) + 1)]
            for number in range(len(originals)):
                writer.copy(number, edges[number] + 1, edges[number + 1])
            connection.commit()
            there = last
            told(there)
        writer.enter(register)
        writer.tighten()
        return Size(*(_count(connection, name) for name in ("patient", "visit", "injection_site", "lot")))


def _count(connection: Connection, name: str) -> int:
    return int(connection.scalar(text(f"SELECT count(*) FROM {name}")) or 0)


def _treated(connection: Connection) -> int:
    query = f"SELECT count(*) FROM patient WHERE record_number NOT LIKE '{_REGISTERED}%'"
    return int(connection.exec_driver_sql(query.replace("%", "%%") if _is_server(connection) else query).scalar() or 0)


def _is_server(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


class _Writer:
    """Writes SQL for one database; ``n`` is the number of a copy."""

    def __init__(self, connection: Connection, clinic_id: int) -> None:
        self.connection, self.clinic_id = connection, clinic_id
        self.is_postgresql = _is_server(connection)
        self.quote = connection.dialect.identifier_preparer.quote

    def run(self, statement: str) -> None:
        self.connection.exec_driver_sql(statement.replace("%", "%%") if self.is_postgresql else statement)

    def loosen(self) -> None:
        """Copies of signed visits get their children in any order: triggers and keys are not asked meanwhile."""
        if self.is_postgresql:
            self.run("SET session_replication_role = replica")
            self.run("SET synchronous_commit = off")
        else:
            self.connection.commit()
            self.run("PRAGMA foreign_keys = OFF")
            for name in triggers.installed_names(self.connection):
                self.run(f"DROP TRIGGER IF EXISTS {name}")
        self.connection.commit()

    def tighten(self) -> None:
        """Put triggers and keys back. PostgreSQL looks at its tables by itself; SQLite, as it ships, never does."""
        if self.is_postgresql:
            self.run("SET session_replication_role = DEFAULT")
            self.run("ANALYZE")
        else:
            triggers.install(self.connection)
            self.connection.commit()
            self.run("PRAGMA foreign_keys = ON")
        self.connection.commit()

    def keep(self, patient_id: str, number: int) -> None:
        """Put the rows of one patient into temporary tables, numbered, with a lot of each product."""
        for table, chosen in _copied(Scope(self.clinic_id, patient_id)):
            literal = chosen.order_by(None).compile(self.connection, compile_kwargs={"literal_binds": True})
            self.run(
                f"CREATE TEMPORARY TABLE kept_{table.name}_{number} AS"
                f" SELECT row_number() OVER () - 1 AS row_place, rows.* FROM ({literal}) AS rows"
            )
        self.connection.commit()

    def enter(self, register: int) -> None:
        """Put so many people on record, a batch a transaction; those of an earlier run stay."""
        there = _count(self.connection, "patient") - _treated(self.connection)
        while there < register:
            last = min(there + BATCH * 10, register)
            self._rows(0, _FIRST_REGISTERED + there + 1, _FIRST_REGISTERED + last, only=_OF_A_NAME)
            self.connection.commit()
            there = last

    def copy(self, number: int, first: int, last: int) -> None:
        """Copy one patient's rows under the numbers from first to last."""
        if last < first:
            return
        self._lots(number, first, last)
        self._rows(number, first, last)

    def _rows(self, number: int, first: int, last: int, only: frozenset[str] | None = None) -> None:
        for table, _ in _copied(Scope(self.clinic_id, "")):
            if only is not None and table.name not in only:
                continue
            columns = tables.columns(table)
            names = ", ".join(self.quote(column.name) for column in columns)
            values = ", ".join(self._value(number, table, column) for column in columns)
            self.run(
                f"INSERT INTO {self.quote(table.name)} (clinic_id, {names}) SELECT {self.clinic_id}, {values}"
                f" FROM {self._numbers(first, last)} CROSS JOIN kept_{table.name}_{number} AS kept"
            )

    def _lots(self, number: int, first: int, last: int) -> None:
        """One lot for so many copies that about ``VISITS_A_LOT`` visits use it."""
        lot = self._lot(number)
        given = (
            "product, number, folded_number, expires_on, supplier, recalled_at, recall_reason, created_at, edit_version"
        )
        values = given.replace(" number,", f" '{number}L' || {lot},").replace(
            " folded_number", f" '{number}l' || {lot}"
        )
        self.run(
            f"INSERT INTO lot (clinic_id, id, {given}) SELECT DISTINCT {self.clinic_id}, {self._lot_id(number)}, {values}"
            f" FROM {self._numbers(first, last)} CROSS JOIN"
            f" (SELECT * FROM lot WHERE id = (SELECT lot_id FROM kept_vial_{number} LIMIT 1)) AS kept"
            f" WHERE NOT EXISTS (SELECT 1 FROM lot AS there WHERE there.id = {self._lot_id(number)})"
        )

    def _lot(self, number: int) -> str:
        vials = self.connection.scalar(text(f"SELECT count(*) FROM kept_vial_{number}")) or 1
        return f"(n / {max(VISITS_A_LOT // vials, 1)})"

    def _lot_id(self, number: int) -> str:
        return f"'lot{number:06d}000000000' || {self._padded(self._lot(number))}"

    def _numbers(self, first: int, last: int) -> str:
        if self.is_postgresql:
            return f"generate_series({first}, {last}) AS numbers(n)"
        rows = f"WITH RECURSIVE c(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM c WHERE n < {last}) SELECT n FROM c"
        return f"({rows}) AS numbers"

    def _padded(self, number: str) -> str:
        return f"lpad(({number})::text, {_DIGITS}, '0')" if self.is_postgresql else f"printf('%0{_DIGITS}d', {number})"

    def _earlier(self, day: str, days: str) -> str:
        return f"{day} - {days}" if self.is_postgresql else f"date({day}, '-' || {days} || ' days')"

    def _name(self, number: str) -> str:
        """A name of six letters that no other copy has; names that look alike would be compared on every page."""
        letter = "chr" if self.is_postgresql else "char"
        letters = [
            f"{letter}({65 if not place else 97} + {number} * {step} / {per} % 26)"
            for place, (step, per) in enumerate(_LETTERS)
        ]
        return f"({' || '.join(letters)})"

    def _of_treated(self, day: str) -> str:
        """A day of a copy's visits, moved as they are; none for who was never treated."""
        return f"CASE WHEN n > {_FIRST_REGISTERED} THEN NULL ELSE {self._earlier(day, f'(n % {SHIFT})')} END"

    def _value(self, number: int, table: Table, column: Column[Any]) -> str:
        name = f"kept.{self.quote(column.name)}"
        special = {
            ("signature", "content"): "'{}'",
            ("time_out", "confirmed"): "'{}'",
            ("vial", "lot_id"): self._lot_id(number),
            ("vial", "label"): "'V' || n || '-' || kept.row_place",
            ("patient", "record_number"): f"CASE WHEN n > {_FIRST_REGISTERED} THEN '{_REGISTERED}' ELSE 'B' END || n",
            ("patient", "last_visit_on"): self._of_treated(name),
            ("patient", "next_due_on"): self._of_treated(name),
            ("patient", "family_name"): self._name("n"),
            ("patient_word", "word"): f"CASE {name} WHEN '{NAMES[number][0].lower()}' THEN lower({self._name('n')})"
            f" ELSE {name} || n END",
        }
        if (table.name, column.name) in special:
            return special[table.name, column.name]
        if (table.name, column.name) == ("visit", "on"):
            return self._earlier(name, f"(n % {SHIFT})")
        if (table.name, column.name) == ("patient", "birth_date"):
            return self._earlier(name, f"(n * 37 % {BORN})")
        if isinstance(column.type, String) and column.type.length == ID_LENGTH and column.name not in _STAYING:
            return f"substr({name}, 1, {ID_LENGTH - _DIGITS}) || {self._padded('n')}"
        return name


def _copied(scope: Scope) -> Iterator[tuple[Table, Select[Any]]]:
    return ((table, chosen) for table, chosen in tables.archived(scope) if table.name not in _NOT_COPIED)
