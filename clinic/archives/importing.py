"""A clinic made of an archive: all of it in one transaction, or nothing.

Ids stay, so that what refers to what stays; the clinic gets a number of its own. Signatures, addenda and the audit trail
are sealed anew with this installation's key, after what they seal was compared with its hash. People come without a
password. A visit is signed last: its rows could not be added once it is.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Column, Table, insert, select, update
from sqlalchemy.exc import DBAPIError, OperationalError

from clinic import audit_chain, passwords
from clinic.archives import tables, values
from clinic.archives.opening import Opened, Refused
from clinic.archives.parts import Progress, Watch, unwatched
from clinic.archives.tables import AUDIT, CLINIC, MEMBERSHIP, PERSON
from clinic.domain.events import Action, Event
from clinic.domain.visits import VisitState
from clinic.models import Addendum, AuditEvent, AuditHead, Base, Clinic, CoSignature, Signature, User, Visit
from clinic.services import signing
from clinic.unit_of_work import UnitOfWork

_BATCH: Final = 500
_ID: Final = re.compile(r"[0-9a-z]{1,26}")
_SELF: Final[Mapping[str, str]] = {"visit": "amends_id", "membership": "prescriber_id"}
"""Tables whose rows refer to rows of the same table, by which column."""
_OWN_KEY: Final[Mapping[str, str]] = {"visit": "id", "membership": "user_id"}

Values = dict[str, Any]
Sealed = Signature | CoSignature | Addendum
_SEALED: Final[Mapping[str, type[Sealed]]] = {"addendum": Addendum, "co_signature": CoSignature}


def import_clinic(uow: UnitOfWork, archive: Opened, schema: str, watch: Watch = unwatched) -> int:
    """Make a clinic of an archive and give its number. Raises Refused, naming file, line and reason; nothing is kept."""
    _check(archive, schema)
    clinic_id = _clinic(uow, archive)
    people = _people(uow, archive)
    total = sum(said["rows"] for said in archive.manifest["tables"].values())
    done = 0
    for table in tables.clinic_tables():
        for batch in _batches(_ordered(archive, table)):
            if table.name == MEMBERSHIP and any(row["user_id"] not in people for row in batch):
                raise Refused(f"record/{table.name}.jsonl: somebody who is not in record/{PERSON}.jsonl")
            _insert(uow, clinic_id, table, batch)
            done += len(batch)
            watch(Progress(table.name, done, total))
    _sign(uow, archive, clinic_id)
    _trail(uow, archive, clinic_id)
    uow.chain = clinic_id
    told = {
        "name": archive.manifest["clinic"],
        "made_at": archive.manifest["made_at"],
        "manifest": archive.manifest_sha256,
    }
    uow.record(Event(Action.ARCHIVE_IMPORTED, f"clinic:{clinic_id}", new={**told, "sealed_here": archive.sealed_here}))
    return clinic_id


def _check(archive: Opened, schema: str) -> None:
    manifest = archive.manifest
    if manifest["scope"] != "clinic":
        raise Refused("It is the archive of one patient; only that of a whole clinic can be imported.")
    if manifest["schema"] != schema:
        raise Refused(
            f"It was made at schema {manifest['schema']}, this program has {schema}. "
            "Import it with the version that made it, and bring that up to date."
        )
    wanted = {CLINIC, PERSON, AUDIT, *(table.name for table in tables.clinic_tables())}
    if set(manifest["tables"]) != wanted:
        raise Refused(f"Its tables are not those of schema {schema}: {sorted(wanted ^ set(manifest['tables']))}.")


def _read(archive: Opened, name: str) -> Iterator[Values]:
    """The rows of a table as values. Raises Refused with the line of the first that does not fit."""
    told = tables.named(name)
    expected = {column.name for column in told}
    number = 0
    for number, row in archive.lines(name):
        if set(row) != expected:
            raise Refused(f"record/{name}.jsonl, line {number}: its fields are not those of the table")
        try:
            yield _row(archive, told, row)
        except (values.BadValue, Refused) as error:
            raise Refused(f"record/{name}.jsonl, line {number}: {error}") from error
    if number != archive.manifest["tables"][name].get("rows"):
        raise Refused(f"record/{name}.jsonl has {number} lines, the manifest says otherwise")


def _row(archive: Opened, told: Iterable[Column[Any]], row: Mapping[str, Any]) -> Values:
    found: Values = {}
    for column in told:
        raw = row[column.name]
        if values.is_file(column) and raw is not None:
            if not isinstance(raw, dict):
                raise values.BadValue(f"“{column.name}” names no file")
            found[column.name] = archive.body(raw)
        else:
            found[column.name] = values.read(column, raw)
    if "id" in found and not _ID.fullmatch(found["id"]):
        raise values.BadValue(f"“id” cannot be {found['id']!r}")
    return found


def _clinic(uow: UnitOfWork, archive: Opened) -> int:
    rows = list(_read(archive, CLINIC))
    if len(rows) != 1:
        raise Refused("record/clinic.jsonl does not have exactly one line")
    clinic = Clinic(**rows[0])
    uow.session.add(clinic)
    with _taken(CLINIC):
        uow.session.flush()
    return clinic.id


def _people(uow: UnitOfWork, archive: Opened) -> frozenset[str]:
    """Make the people who are not known here; one who is keeps the password. Give who they all are."""
    found = set()
    for row in _read(archive, PERSON):
        found.add(row["id"])
        known = uow.session.get(User, row["id"])
        if known is not None:
            if known.username != row["username"]:
                raise Refused(f"The person “{row['username']}” is known here as “{known.username}”.")
            continue
        if uow.session.scalar(select(User.id).where(User.username == row["username"])) is not None:
            raise Refused(f"The name “{row['username']}” belongs to somebody else here.")
        uow.session.add(User(**row, password_hash=passwords.NONE, must_change_password=True))
    uow.session.flush()
    return frozenset(found)


def _ordered(archive: Opened, table: Table) -> Iterator[Values]:
    """The rows of a table, each after the row of the same table that it refers to."""
    refers = _SELF.get(table.name)
    if refers is None:
        yield from _read(archive, table.name)
        return
    own, there, waiting = _OWN_KEY[table.name], set[Any]({None}), True
    while waiting:
        waiting, before = False, len(there)
        for row in _read(archive, table.name):
            if row[own] in there:
                continue
            if row[refers] in there or row[refers] == row[own]:
                there.add(row[own])
                yield row
            else:
                waiting = True
        if waiting and len(there) == before:
            raise Refused(f"record/{table.name}.jsonl: rows refer to rows that are missing")


def _batches(rows: Iterator[Values]) -> Iterator[list[Values]]:
    batch: list[Values] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _insert(uow: UnitOfWork, clinic_id: int, table: Table, rows: list[Values]) -> None:
    for row in rows:
        row["clinic_id"] = clinic_id
        if table.name == "visit" and row["state"] is VisitState.SIGNED:
            row["state"] = VisitState.DRAFT  # Until all that was signed with it is there.
        if table.name == "signature":
            if hashlib.sha256(row["content"].encode()).hexdigest() != row["content_sha256"]:
                raise Refused(f"The signature of visit {row['visit_id']} is not over the content that is kept with it.")
            row["seal"] = signing.seal(uow.key, _as_row(Signature, row))
        if table.name in _SEALED:
            row["seal"] = signing.seal(uow.key, _as_row(_SEALED[table.name], row))
        if table.name == "cohort":
            row["salt"] = secrets.token_hex(32)
    with _taken(table.name):
        uow.session.execute(insert(table), rows)


@contextmanager
def _taken(name: str) -> Iterator[None]:
    """Say of which table the database refuses rows: two with one key, one that refers to none, a value out of bounds."""
    try:
        yield
    except OperationalError:
        raise  # Busy, full or out of reach: no fault of the archive.
    except DBAPIError as error:
        raise Refused(f"record/{name}.jsonl: the database does not take its rows: {error.orig}") from error


def _as_row(model: type[Sealed], row: Values) -> Sealed:
    return model(**{**row, "seal": ""})


def _sign(uow: UnitOfWork, archive: Opened, clinic_id: int) -> None:
    visit = Base.metadata.tables[Visit.__tablename__]
    signed = (row["id"] for row in _read(archive, visit.name) if row["state"] is VisitState.SIGNED)
    for batch in _batches({"id": one} for one in signed):
        ids = [one["id"] for one in batch]
        chosen = update(visit).where(visit.c.clinic_id == clinic_id, visit.c.id.in_(ids))
        uow.session.execute(chosen.values(state=VisitState.SIGNED))


def _trail(uow: UnitOfWork, archive: Opened, clinic_id: int) -> None:
    """The audit trail as it was, chained with this installation's key; the next entry says that it was imported."""
    previous, sequence = audit_chain.GENESIS, 0
    for batch in _batches(_read(archive, AUDIT)):
        for row in batch:
            sequence += 1
            if row["sequence"] != sequence:
                raise Refused(f"record/{AUDIT}.jsonl: entry {sequence} is missing")
            row |= {"chain": clinic_id, "previous_hash": previous, "hash": ""}
            row["hash"] = previous = audit_chain.seal(uow.key, AuditEvent(**row))
        with _taken(AUDIT):
            uow.session.execute(insert(Base.metadata.tables[AUDIT]), batch)
    uow.session.add(AuditHead(chain=clinic_id, sequence=sequence, hash=previous))
    uow.session.flush()
