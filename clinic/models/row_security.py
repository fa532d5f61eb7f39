"""Row-level security of PostgreSQL: a transaction sees and writes the rows of the clinic that it names, and no others.

A second lock behind the one in ``unit_of_work``: a statement that forgot its clinic gives nothing, whoever wrote it. Each
transaction names its clinic in ``clinic.id``, or ``all`` where the program serves the whole installation (signing in,
verifying, housekeeping). A transaction that names nothing has no rows at all. ``migrations/env.py`` installs it after every
upgrade. SQLite knows nothing of the kind, and needs none of it: there, nobody but the program has the file.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from clinic.models.base import Base

SETTING = "clinic.id"
"""What a transaction says of itself; it ends with the transaction."""
EVERY_CLINIC = "all"
SCOPE = "clinic_scope"
"""The execution option that names the clinic: its number, or ``all``; without it a transaction has no rows."""
POLICY = "clinic_rows"

_COLUMNS = {"clinic": "id", "audit_event": "chain", "audit_head": "chain"}
"""Tables that name their clinic by another column."""
_OF_PEOPLE = frozenset(
    {
        "user",
        "membership",
        "server_session",
        "sign_in_step",
        "one_time_code",
        "authenticator",
        "passkey",
        "recovery_code",
        "sign_in_tries",
        "idempotency_key",
    }
)
"""Accounts: a person may belong to several clinics, and what protects the person must see all of them. A new password ends
the sessions in every clinic; an administrator may not give a way into a clinic that is not theirs. No patient is in these.
"""
_OF_THE_INSTALLATION = frozenset({"backup_run"})


def clinic_columns() -> dict[str, str]:
    """Each table that holds rows of clinics, with the column that says of which."""
    tables = Base.metadata.tables.items()
    found = {name: "clinic_id" for name, table in tables if "clinic_id" in table.columns and name not in _OF_PEOPLE}
    return found | _COLUMNS


def unplaced() -> frozenset[str]:
    """Tables of which nobody has said whether their rows belong to clinics; there must be none."""
    return frozenset(Base.metadata.tables) - clinic_columns().keys() - _OF_PEOPLE - _OF_THE_INSTALLATION


def install(connection: Connection) -> None:
    """Put the policies on every table that there is, inside the caller's transaction; SQLite stays as it is."""
    if connection.dialect.name != "postgresql":
        return
    there = frozenset(connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars())
    for table, column in sorted(clinic_columns().items()):
        if table in there:
            for statement in _statements(table, column):
                connection.execute(text(statement))


def missing(connection: Connection) -> frozenset[str]:
    """Tables whose rows are not kept apart as ``install`` would; the names of none when all is well."""
    if connection.dialect.name != "postgresql":
        return frozenset()
    kept = connection.execute(text(_KEPT), {"policy": POLICY, "setting": f"%{SETTING}%"}).scalars()
    return frozenset(clinic_columns()) - frozenset(kept)


def _statements(table: str, column: str) -> list[str]:
    whose = _whose(column)
    return [
        f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
        f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',  # Its owner too, who migrates.
        f'DROP POLICY IF EXISTS {POLICY} ON "{table}"',
        f'CREATE POLICY {POLICY} ON "{table}" USING ({whose}) WITH CHECK ({whose})',
    ]


def _whose(column: str) -> str:
    """The rows of the clinic that is named, or all; each name is read once a statement, not once a row."""
    named = f"current_setting('{SETTING}', true)"
    number = f"(SELECT CASE WHEN {named} ~ '^[0-9]+$' THEN {named}::integer END)"
    return f"\"{column}\" = {number} OR (SELECT {named}) = '{EVERY_CLINIC}'"


_KEPT = """
SELECT c.relname FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relrowsecurity AND c.relforcerowsecurity
GROUP BY c.relname
HAVING count(*) = 1 AND bool_and(
    p.polname = :policy AND p.polcmd = '*' AND p.polroles = '{0}'
    AND pg_get_expr(p.polqual, p.polrelid) = pg_get_expr(p.polwithcheck, p.polrelid)
    AND pg_get_expr(p.polqual, p.polrelid) LIKE :setting
)
"""
