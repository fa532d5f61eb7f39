"""What the role that serves may do on PostgreSQL (S-91): read and write rows, and nothing to the tables themselves.

Two roles: the owner makes and migrates the tables; the serving role is neither superuser nor owner and does not pass over
row-level security. It changes no audit entry and no other row that only grows, even where a trigger were gone. What it
may delete is listed, so that a new table begins with less. ``migrations/env.py`` gives the rights after every upgrade.
"""

from __future__ import annotations

import re

from sqlalchemy import Connection, text

from clinic.models.base import Base
from clinic.models.moving import PATIENT, moving_tables
from clinic.models.triggers import APPEND_ONLY

DELETED_FROM = frozenset(
    {
        "assessment",
        "assessment_answer",
        "assessment_score",
        "authenticator",
        "clinic_logo",
        "draft_viewer",
        "finding_override",
        "goal_rating",
        "idempotency_key",
        "injection_session",
        "injection_site",
        "instrument_licence",
        "instrument_wording",
        "muscle_block",
        "patient_form_answer",
        "patient_word",
        "planning_answer",
        "recovery_code",
        "review",
        "review_effect",
        "review_effect_muscle",
        "review_impression",
        "safety_fact",
        "screening_answer",
        "sign_in_step",
        "sign_in_tries",
        "site_change",
        "synkinesis_finding",
        "syringe",
        "training_feedback",
        "training_session",
        "visit_condition",
        "waiting_line",
    }
)
"""Drafts, words and lines made anew, and what is past its use; nobody deletes from any other table."""

_ROLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_$-]{0,62}")


class RoleRefused(ValueError):
    """A role that cannot be the one that serves; the words say why."""


def statements(role: str, tables: frozenset[str] = frozenset(Base.metadata.tables)) -> list[str]:
    """The SQL that gives ``role`` what the program needs, and takes everything else. Raises RoleRefused for an odd name."""
    if not _ROLE_NAME.fullmatch(role):
        raise RoleRefused("A role's name has letters, digits, _, - and $ only.")
    given = [
        f'REVOKE ALL ON ALL TABLES IN SCHEMA public FROM "{role}"',
        f'REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM "{role}"',
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        f'REVOKE CREATE ON SCHEMA public FROM "{role}"',
        f'GRANT USAGE ON SCHEMA public TO "{role}"',
        f'GRANT SELECT ON "alembic_version" TO "{role}"',
        f'GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO "{role}"',
    ]
    for table in sorted(tables & Base.metadata.tables.keys()):
        given += [f'GRANT {one} ON "{table}" TO "{role}"' for one in _on(table)]
    return given


def give(connection: Connection, role: str) -> None:
    """Give the rights inside the caller's transaction; needs the owner's connection."""
    there = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars()
    for statement in statements(role, frozenset(there)):
        connection.execute(text(statement))


def too_much(connection: Connection) -> list[str]:
    """What the role of this connection could do that the serving role must not; nothing on SQLite."""
    if connection.dialect.name != "postgresql":
        return []
    found = connection.execute(text(_POWERS), {"kept": [*APPEND_ONLY]}).one()
    said = (
        (found.superuser, "it is a superuser"),
        (found.passes, "it passes over row-level security"),
        (found.owns, "it owns the tables"),
        (found.creates, "it may create tables"),
        (found.rules, "it may make roles or copy the whole server"),
        (found.alters, f"it may change {found.alters} append-only tables"),
    )
    return [words for is_so, words in said if is_so]


def _on(table: str) -> list[str]:
    if table not in APPEND_ONLY:
        return ["SELECT, INSERT, UPDATE, DELETE" if table in DELETED_FROM else "SELECT, INSERT, UPDATE"]
    # A merge of two records of one person moves the row to the other patient, and changes nothing else of it.
    moves = table in {one.name for one in moving_tables()}
    return ["SELECT, INSERT", *([f'UPDATE ("{PATIENT}")'] if moves else [])]


_POWERS = """
SELECT r.rolsuper AS superuser, r.rolbypassrls AS passes, r.rolcreaterole OR r.rolreplication AS rules,
    EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
            AND pg_has_role(r.oid, c.relowner, 'MEMBER')) AS owns,
    has_schema_privilege(r.oid, 'public', 'CREATE')
        OR has_database_privilege(r.oid, current_database(), 'CREATE') AS creates,
    (SELECT count(*) FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY(:kept)
     AND (has_table_privilege(r.oid, c.oid, 'UPDATE') OR has_table_privilege(r.oid, c.oid, 'DELETE')
          OR has_table_privilege(r.oid, c.oid, 'TRUNCATE'))) AS alters
FROM pg_roles r WHERE r.rolname = current_user
"""
