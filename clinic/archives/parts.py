"""The rows of an archive, written table by table into a folder: JSON lines, a CSV, and files of their own for bytes.

A table is done when it stands in ``state.json``; a run that was cut off goes on behind the last one that does. Between two
tables the rows may have changed, so all of a run reads one snapshot, and a later run goes on only if nobody wrote in the
meantime: the audit trail says so (``State.changes``).
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Column, Connection, func, select

from clinic import schema_steps
from clinic.archives import tables, values
from clinic.archives.tables import CLINIC, KEY_BOUND, PERSON, Scope
from clinic.domain.canonical import dumped
from clinic.domain.csv_cells import cell
from clinic.domain.events import READS, REFUSALS, Action
from clinic.models import AuditEvent, Clinic

STATE: Final = "state.json"
_BATCH: Final = 500
_SAFE: Final = re.compile(r"[0-9a-z]{1,40}")
_BESIDE: Final = frozenset(
    {
        Action.EXPORT_BEGUN,
        Action.EXPORT_CHANGED,
        Action.RECORD_EXPORTED,
        Action.SIGNED_IN,
        Action.SIGNED_OUT,
        Action.SESSION_CONFIRMED,
    }
)
"""Acts that change nothing of what is archived but the trail itself: going on with an export is one of them."""
_ENDINGS: Final = {"application/pdf": ".pdf", "image/png": ".png"}


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run is: rows written of all, and the table that is being written."""

    table: str
    done: int
    total: int


Row = tuple[Any, ...]
Told = tuple[Column[Any], ...]
Watch = Callable[[Progress], None]
"""Told of progress every few hundred rows; whatever it raises stops the run, and what is written stays."""


def unwatched(_: Progress) -> None:
    """Watch nothing."""


@dataclass(frozen=True, slots=True)
class Part:
    """One table as written. ``digest`` is the sum of the SHA-256 of its lines, without what is made with a key.

    Equal rows give an equal digest, in any order and on any installation.
    """

    table: str
    rows: int
    digest: str


@dataclass
class State:
    """What a folder holds so far, of which schema, and which changes of the record it was begun after."""

    changes: int
    schema: str = ""
    parts: list[Part] = field(default_factory=list)

    @classmethod
    def read(cls, folder: Path) -> State | None:
        """The state of a folder; None where nothing was begun."""
        file = folder / STATE
        if not file.exists():
            return None
        raw = json.loads(file.read_text("utf-8"))
        return cls(raw["changes"], raw["schema"], [Part(**part) for part in raw["parts"]])

    def keep(self, folder: Path) -> None:
        """Write it so that it is there after a power cut."""
        part = folder / f"{STATE}.part"
        with part.open("w", encoding="utf-8") as out:
            json.dump(asdict(self), out)
            out.flush()
            os.fsync(out.fileno())
        part.replace(folder / STATE)


def changes(connection: Connection, clinic_id: int) -> int:
    """The number of the last entry of the audit trail that changed the record."""
    still = [action.value for action in READS | REFUSALS | _BESIDE]
    last = select(func.max(AuditEvent.sequence)).where(AuditEvent.chain == clinic_id, AuditEvent.action.not_in(still))
    return connection.scalar(last) or 0


def write(connection: Connection, scope: Scope, folder: Path, watch: Watch = unwatched) -> State:
    """Write what is missing of an archive's rows into a folder, and give what it holds then."""
    folder.mkdir(mode=0o700, exist_ok=True)  # Never the folder above: a run that was deleted does not come back.
    schema = schema_steps.current(connection) or ""
    now = State(changes(connection, scope.clinic_id), schema)
    state = State.read(folder) or now
    if (state.changes, state.schema) != (now.changes, now.schema):  # What is written there is of an earlier moment.
        state = now
    state.keep(folder)
    done = {part.table for part in state.parts}
    total, reached = _total(connection, scope), sum(part.rows for part in state.parts)
    for name, told, rows in _all(connection, scope):
        if name in done:
            continue
        part = _table(folder, name, told, _watched(rows, name, reached, total, watch))
        state.parts.append(part)
        state.keep(folder)
        reached += part.rows
    return state


def _watched(rows: Iterator[Row], table: str, reached: int, total: int, watch: Watch) -> Iterator[Row]:
    for number, row in enumerate(rows):
        if number % _BATCH == 0:
            watch(Progress(table, reached + number, total))
        yield row


def _total(connection: Connection, scope: Scope) -> int:
    chosen = (select(func.count()).select_from(rows.order_by(None).subquery()) for _, rows in tables.archived(scope))
    return sum(connection.scalar(one) or 0 for one in chosen)


def _all(connection: Connection, scope: Scope) -> Iterator[tuple[str, Told, Iterator[Row]]]:
    """Every table in order, with its columns and rows; the clinic and its people first."""
    about = tables.named(CLINIC)
    yield CLINIC, about, _rows(connection, select(*about).where(Clinic.id == scope.clinic_id))
    yield PERSON, tables.named(PERSON), _rows(connection, tables.people(scope))
    for table, chosen in tables.archived(scope):
        yield table.name, tables.columns(table), _rows(connection, chosen)


def _rows(connection: Connection, chosen: Any) -> Iterator[Row]:
    found = connection.execution_options(stream_results=True, yield_per=_BATCH).execute(chosen)
    yield from (tuple(row) for row in found)


def _table(folder: Path, name: str, told: Told, rows: Iterator[Row]) -> Part:
    for place in (Path("record") / f"{name}.jsonl", Path("csv") / f"{name}.csv"):
        (folder / place).parent.mkdir(exist_ok=True)
        (folder / place).unlink(missing_ok=True)  # A try that was taken over may still hold the old file open.
    count, digest = 0, 0
    with (
        (folder / "record" / f"{name}.jsonl").open("wb") as lines,
        (folder / "csv" / f"{name}.csv").open("w", encoding="utf-8-sig", newline="") as sheet,
    ):
        writer = csv.writer(sheet)
        writer.writerow([column.name for column in told])
        for row in rows:
            record = _record(folder, name, told, row)
            lines.write(dumped(record) + b"\n")
            digest += _weight(name, record)
            count += 1
            writer.writerow([_cell(record[column.name]) for column in told])
    return Part(name, count, f"{digest % 2**256:064x}")


def _weight(table: str, record: Mapping[str, Any]) -> int:
    bound = KEY_BOUND.get(table, frozenset())
    told = {name: value for name, value in record.items() if name not in bound}
    return int.from_bytes(hashlib.sha256(dumped(told)).digest())


def _record(folder: Path, name: str, told: Told, row: Row) -> dict[str, Any]:
    found = {column.name: value for column, value in zip(told, row, strict=True)}
    files = {column.name for column in told if values.is_file(column) and found[column.name] is not None}
    record = {column.name: values.written(column, found[column.name]) for column in told if column.name not in files}
    for column in files:
        record[column] = _file(folder, name, found, column)
    return record


def _file(folder: Path, name: str, row: Mapping[str, Any], column: str) -> dict[str, Any]:
    body = bytes(row[column])
    stem = str(row.get("id", name))
    if stem != name and not _SAFE.fullmatch(stem):  # What stands in the database never chooses a place on the disk.
        stem = hashlib.sha256(stem.encode()).hexdigest()
    place = Path("files") / name / f"{stem}{_ENDINGS.get(row.get('media_type', ''), _ending(body))}"
    for part in (folder / "files", (folder / place).parent):
        part.mkdir(exist_ok=True)
    (folder / place).write_bytes(body)
    return {"file": place.as_posix(), "bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}


def _ending(body: bytes) -> str:
    return ".pdf" if body.startswith(b"%PDF-") else ".png" if body.startswith(b"\x89PNG") else ".bin"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return str(value["file"])
    return cell(str(value).lower() if isinstance(value, bool) else str(value))
