"""What a database holds, for the manifest of its backup: schema, rows and a digest of each table, ends of the audit chains.

Tables are asked of the database itself, so that a backup before a migration knows those of the older schema.
"""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clinic.backups.parts import Manifest, Table
from clinic.backups.sealing import BackupRefused

if TYPE_CHECKING:
    from psycopg import Connection

_HEADS = "SELECT chain, sequence, hash FROM audit_head"
_REVISION = "SELECT version_num FROM alembic_version"
_CLINICS = "SELECT count(*) FROM clinic"


def of_sqlite(file: Path) -> dict[str, Any]:
    """Read a copy of a SQLite database that nobody writes to. Raises BackupRefused when it does not hold together."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as copy:
            state = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if state != "ok":
                raise BackupRefused(f"The copy of the database is damaged: {state}.")
            names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
            tables = {name: _sqlite_table(copy, name) for (name,) in copy.execute(names).fetchall()}
            return _said(copy, tables) | {"server": sqlite3.sqlite_version}
    except sqlite3.Error as error:
        raise BackupRefused(f"The copy of the database cannot be read: {error}.") from error


def _sqlite_table(copy: sqlite3.Connection, name: str) -> Table:
    digest, rows = hashlib.sha256(), 0
    for row in copy.execute(f'SELECT * FROM "{name}"'):  # noqa: S608 - the database's own name of a table
        digest.update(repr(row).encode())
        rows += 1
    return Table(rows, digest.hexdigest())


def of_postgresql(connection: Connection[Any]) -> dict[str, Any]:
    """Read a PostgreSQL database in one snapshot, which the caller has begun."""
    # What a value looks like as text must not hang on who asks.
    for setting in ("TIME ZONE 'UTC'", "datestyle TO 'ISO, YMD'", "bytea_output TO 'hex'", "extra_float_digits TO 1"):
        connection.execute(f"SET LOCAL {setting}".encode())
    names = "SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = current_schema() ORDER BY 1"
    tables = {name: _postgresql_table(connection, name) for (name,) in connection.execute(names).fetchall()}
    [server] = connection.execute("SHOW server_version").fetchone() or [""]
    return _said(connection, tables) | {"server": server}


def _postgresql_table(connection: Connection[Any], name: str) -> Table:
    # The sum of 48 bits of each row's hash: in any order, and counted by the server.
    row = "('x' || left(encode(sha256(convert_to(t::text, 'UTF8')), 'hex'), 12))::bit(48)::bigint"
    query = f'SELECT count(*), coalesce(sum({row}), 0)::text FROM "{name}" AS t'  # noqa: S608 - the database's own name
    rows, digest = connection.execute(query.encode()).fetchone() or (0, "")
    return Table(rows, digest)


def _said(connection: Any, tables: dict[str, Table]) -> dict[str, Any]:
    if "alembic_version" not in tables or "clinic" not in tables or "audit_head" not in tables:
        raise BackupRefused("This is no database of this program: it has no schema version.")
    [revision] = connection.execute(_REVISION).fetchone() or [""]
    return {
        "revision": revision,
        "clinics": connection.execute(_CLINICS).fetchone()[0],
        "tables": tables,
        "heads": {str(chain): (end, sealed) for chain, end, sealed in connection.execute(_HEADS).fetchall()},
    }


def differences(manifest: Manifest, found: dict[str, Any]) -> list[str]:
    """Name everything in which a restored database is not what its manifest says."""
    there: dict[str, Table] = found["tables"]
    said = [f"the table {name} is there and was not in the backup" for name in sorted(there.keys() - manifest.tables)]
    for name, table in sorted(manifest.tables.items()):
        restored = there.get(name)
        if restored is None:
            said.append(f"the table {name} is missing")
        elif restored.rows != table.rows:
            said.append(f"the table {name} has {restored.rows} rows, and {table.rows} were saved")
        elif restored.digest != table.digest:
            said.append(f"the rows of the table {name} are others than were saved")
    if found["revision"] != manifest.revision:
        said.append(f"the schema is {found['revision']}, and {manifest.revision} was saved")
    for chain in sorted(manifest.heads.keys() | found["heads"].keys()):
        if manifest.heads.get(chain) != found["heads"].get(chain):
            said.append(f"the audit chain {chain} ends elsewhere than it was saved")
    return said
