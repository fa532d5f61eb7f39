"""Database triggers as a function of the schema: append-only tables, and signed visits frozen with their children.

One change of such a row is let through: that of its patient alone, between two records that a merge in force brings together.
``install`` replaces them all; ``migrations/env.py`` calls it at the end of every upgrade, because Alembic's batch mode on
SQLite rebuilds a table and drops its triggers without a word.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from clinic.models.base import Base
from clinic.models.moving import PATIENT, moving_tables

APPEND_ONLY = (
    "audit_event",
    "signature",
    "co_signature",
    "addendum",
    "visit_void",
    "visit_move",
    "patient_distinct",
    "amendment_request",
    "amendment_request_entry",
    "document",
    "issued_document",
    "vial_entry",
    "lot_count",
    "time_out",
    "adverse_event",
    "adverse_event_entry",
    "adverse_event_site",
    "plan_item",
    "plan_entry",
    "plan_goal",
    "plan_target",
    "plan_programme",
    "plan_exercise",
    "plan_referral",
    "plan_appointment",
    "plan_step",
    "diary_week",
)
"""Tables whose rows are never changed or deleted."""

_SAID_LATER = frozenset({"moved", "undone_at", "undone_by", "undone_reason"})
"""Columns of a merge that its undoing writes, once."""

FROZEN_WITH_VISIT = (
    "visit_condition",
    "visit_note",
    "finding_override",
    "injection_session",
    "screening_answer",
    "time_out",
    "syringe",
    "injection_site",
    "assessment",
    "assessment_answer",
    "assessment_score",
    "synkinesis_finding",
    "review",
    "review_effect",
    "review_effect_muscle",
    "review_impression",
    "planning_answer",
    "goal_rating",
    "muscle_block",
    "training_session",
    "training_feedback",
)
"""Children of a visit (by ``visit_id``) that refuse every write once it is signed."""


def install(connection: Connection) -> None:
    """Drop and create every trigger on SQLite or PostgreSQL, inside the caller's transaction."""
    statements = _sqlite() if connection.dialect.name == "sqlite" else _postgresql()
    for statement in statements:
        connection.execute(text(statement))


def expected_names() -> frozenset[str]:
    """Names of all triggers, for the check at start and the tests."""
    names = {f"{table}_append_only_{verb}" for table in APPEND_ONLY for verb in ("update", "delete")}
    names |= {f"{table}_frozen_{verb}" for table in FROZEN_WITH_VISIT for verb in ("insert", "update", "delete")}
    names |= {f"patient_merge_once_{verb}" for verb in ("update", "delete")}
    return frozenset(names | {"visit_frozen_update", "visit_frozen_delete"})


def installed_names(connection: Connection) -> frozenset[str]:
    """Names of the triggers that the database has."""
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if connection.dialect.name == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    return frozenset(connection.execute(text(query)).scalars())


def _sqlite() -> list[str]:
    statements = []
    for table in APPEND_ONLY:
        for verb in ("update", "delete"):
            condition = f"WHEN NOT ({_moved(table)})" if verb == "update" and _moves(table) else ""
            statements += _sqlite_one(f"{table}_append_only_{verb}", verb, table, condition, f"{table} is append-only")
    for verb in ("update", "delete"):
        condition = "WHEN OLD.state = 'signed'" + (f" AND NOT ({_moved('visit')})" if verb == "update" else "")
        statements += _sqlite_one(f"visit_frozen_{verb}", verb, "visit", condition, "a signed visit is frozen")
        condition = f"WHEN NOT ({_undone('IS')})" if verb == "update" else ""
        statements += _sqlite_one(f"patient_merge_once_{verb}", verb, "patient_merge", condition, _MERGE_STAYS)
    for table in FROZEN_WITH_VISIT:
        for verb, row in (("insert", "NEW"), ("update", "OLD"), ("delete", "OLD")):
            condition = f"WHEN {_signed(row)}" if verb != "update" else f"WHEN {_signed('OLD')} OR {_signed('NEW')}"
            message = f"{table} of a signed visit is frozen"
            statements += _sqlite_one(f"{table}_frozen_{verb}", verb, table, condition, message)
    return statements


_MERGE_STAYS = "a merge of records stays as it was noted"


def _moves(table: str) -> bool:
    return table in {one.name for one in moving_tables()}


def _linked() -> str:
    """That a merge in force links the patients of OLD and NEW, in either direction."""
    pairs = " OR ".join(
        f"(patient_merge.merged_id = {merged}.{PATIENT} AND patient_merge.kept_id = {kept}.{PATIENT})"
        for merged, kept in (("OLD", "NEW"), ("NEW", "OLD"))
    )
    return (
        "EXISTS (SELECT 1 FROM patient_merge WHERE patient_merge.clinic_id = OLD.clinic_id"
        f" AND patient_merge.undone_at IS NULL AND ({pairs}))"
    )


def _moved(table: str) -> str:
    """That nothing of a row changes but its patient, within a merge in force; for SQLite."""
    return f"{_unchanged(table, {PATIENT}, 'IS')} AND {_linked()}"


def _undone(same: str) -> str:
    """That a merge in force is marked undone, and nothing else of it changes."""
    return f"OLD.undone_at IS NULL AND NEW.undone_at IS NOT NULL AND {_unchanged('patient_merge', _SAID_LATER, same)}"


def _unchanged(table: str, but: frozenset[str] | set[str], same: str) -> str:
    names = [column.name for column in Base.metadata.tables[table].columns if column.name not in but]
    return " AND ".join(f'NEW."{name}" {same} OLD."{name}"' for name in names)


def _signed(row: str) -> str:
    return (
        f"EXISTS (SELECT 1 FROM visit WHERE visit.clinic_id = {row}.clinic_id"
        f" AND visit.id = {row}.visit_id AND visit.state = 'signed')"
    )


def _sqlite_one(name: str, verb: str, table: str, condition: str, message: str) -> list[str]:
    return [
        f"DROP TRIGGER IF EXISTS {name}",
        (
            f"CREATE TRIGGER {name} BEFORE {verb.upper()} ON {table} {condition}"
            f" BEGIN SELECT RAISE(ABORT, '{message}'); END"
        ),
    ]


def _postgresql() -> list[str]:
    statements = [
        (
            "CREATE OR REPLACE FUNCTION clinic_refuse() RETURNS trigger LANGUAGE plpgsql AS $$"
            " BEGIN RAISE EXCEPTION '%', TG_ARGV[0]; END $$"
        ),
        (
            "CREATE OR REPLACE FUNCTION clinic_refuse_signed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF TG_OP IN ('UPDATE', 'DELETE') AND {_signed('OLD')} THEN RAISE EXCEPTION '%', TG_ARGV[0]; END IF;"
            f" IF TG_OP IN ('INSERT', 'UPDATE') AND {_signed('NEW')} THEN RAISE EXCEPTION '%', TG_ARGV[0]; END IF;"
            " IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
        ),
        (
            "CREATE OR REPLACE FUNCTION clinic_refuse_unless_moved() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF to_jsonb(NEW) - '{PATIENT}' = to_jsonb(OLD) - '{PATIENT}' AND {_linked()} THEN RETURN NEW; END IF;"
            " RAISE EXCEPTION '%', TG_ARGV[0]; END $$"
        ),
    ]
    for table in APPEND_ONLY:
        for verb in ("update", "delete"):
            name = f"{table}_append_only_{verb}"
            function = "clinic_refuse_unless_moved" if verb == "update" and _moves(table) else "clinic_refuse"
            statements += _postgresql_one(name, verb, table, "", function, f"{table} is append-only")
    for verb in ("update", "delete"):
        condition = "WHEN (OLD.state = 'signed')"
        name = f"visit_frozen_{verb}"
        function = "clinic_refuse_unless_moved" if verb == "update" else "clinic_refuse"
        statements += _postgresql_one(name, verb, "visit", condition, function, "a signed visit is frozen")
        condition = f"WHEN (NOT ({_undone('IS NOT DISTINCT FROM')}))" if verb == "update" else ""
        name = f"patient_merge_once_{verb}"
        statements += _postgresql_one(name, verb, "patient_merge", condition, "clinic_refuse", _MERGE_STAYS)
    for table in FROZEN_WITH_VISIT:
        for verb in ("insert", "update", "delete"):
            name, message = f"{table}_frozen_{verb}", f"{table} of a signed visit is frozen"
            statements += _postgresql_one(name, verb, table, "", "clinic_refuse_signed", message)
    return statements


def _postgresql_one(name: str, verb: str, table: str, condition: str, function: str, message: str) -> list[str]:
    return [
        f"DROP TRIGGER IF EXISTS {name} ON {table}",
        (
            f"CREATE TRIGGER {name} BEFORE {verb.upper()} ON {table} FOR EACH ROW {condition}"
            f" EXECUTE FUNCTION {function}('{message}')"
        ),
    ]
