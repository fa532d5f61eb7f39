"""Every page of the program with ids of records that are there, found from the routes and the foreign keys alone."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask, url_for
from sqlalchemy import Connection, text
from werkzeug.routing import Rule

from clinic.domain.actors import ROLES, Permission, Role
from clinic.domain.clinic_reports import Report
from clinic.domain.documents.kinds import DocumentKind
from clinic.models import Base
from clinic.web.security import declared_permission

TABLES = {
    "document_id": "issued_document",
    "event_id": "adverse_event",
    "item_id": "plan_item",
    "block_id": "muscle_block",
    "form_id": "patient_form",
    "template_id": "letter_template",
    "treatment_id": "earlier_treatment",
    "status_id": "muscle_status",
    "toxin_id": "toxin_elsewhere",
    "preset_id": "dose_preset",
    "site_id": "injection_site",
    "access_id": "emergency_access",
    "request_id": "amendment_request",
    "merge_id": "patient_merge",
    "source_id": "visit",
    "session_id": "visit",
    "other_id": "patient",
}
"""Arguments whose table has another name."""

WORDS: dict[str, tuple[str, ...]] = {
    "instrument": ("house_brackmann", "sunnybrook", "saq"),
    "side": ("left",),
    "kind": ("letter-to-the-referring-doctor", "patients"),
    "document_slug": tuple(kind.slug for kind in DocumentKind),
    "language": ("en",),
    "text_id": ("consent",),
    "rule": ("target-oral-ocular",),
    "report": tuple(report.value for report in Report),
    "table": (),
    "product": ("botox",),
    "number": ("1",),
    "questionnaire": ("saq", "face"),
    "exercise_id": ("e2_eyes_open_pucker",),
    "version": ("1",),
    "filename": ("css/base.css",),
}
"""Arguments that are no record."""

OPENERS = (
    Role.PRESCRIBER,
    Role.ADMINISTRATOR,
    Role.AUDITOR,
    Role.THERAPIST,
    Role.ASSISTANT,
    Role.INJECTOR,
)
SPREAD = 2
"""Records that are opened, and always one of each kind or state; twice as many visits, because their state decides what is shown."""
FULLEST = {
    "visit": ("injection_site", "adverse_event", "review", "assessment", "addendum", "visit_note", "patient_form"),
    "patient": ("visit", "adverse_event", "plan_item", "letter", "issued_document"),
    "lot": ("vial", "lot_count"),
}
"""Records that show the more, the more kinds of these they have."""


@dataclass(frozen=True)
class Place:
    """A page: its route, its address, and who opens it."""

    rule: str
    url: str
    role: Role


def table_of(argument: str) -> str | None:
    """The table whose id an argument of a route is."""
    name = TABLES.get(argument, argument.removesuffix("_id"))
    return name if argument.endswith("_id") and name in Base.metadata.tables else None


def opener(app: Flask, rule: Rule) -> Role | None:
    """The first role that may open a page; nobody for one that is shown to patients."""
    needed = declared_permission(app, rule.endpoint)
    if needed is None:
        return None
    if needed in {Permission.PUBLIC, Permission.ACCOUNT}:
        return Role.PRESCRIBER
    return next((role for role in OPENERS if role in ROLES[needed]), None)


NOT_READY = frozenset({"/ready", "/ready/all"})
"""What answers 503 in a world that has lost its triggers and never had a backup, and says so."""


def places(app: Flask, connection: Connection, clinic_id: int, spread: int) -> list[Place]:
    """Every page of one clinic that answers to GET, with up to ``spread`` records each."""
    found: list[Place] = []
    for rule in app.url_map.iter_rules():
        role = opener(app, rule)
        if "GET" not in (rule.methods or set()) or role is None or rule.endpoint == "static":
            continue
        with app.test_request_context(base_url="https://localhost"):
            for values in arguments(connection, clinic_id, rule, spread):
                given: dict[str, Any] = dict(values)
                found.append(Place(rule.rule, url_for(rule.endpoint, **given), role))
    return found


def arguments(connection: Connection, clinic_id: int, rule: Rule, spread: int) -> Iterator[dict[str, str]]:
    """Values for the arguments of a rule that belong together."""
    records = {name: table for name in sorted(rule.arguments) if (table := table_of(name))}
    words = [name for name in sorted(rule.arguments) if name not in records]
    rows = together(connection, clinic_id, records, spread) if records else [{}]
    choices = [WORDS.get(name, ("x",)) for name in words]
    for row in rows:
        for chosen in itertools.product(*choices):
            yield row | dict(zip(words, chosen, strict=True))


def together(connection: Connection, clinic_id: int, records: dict[str, str], spread: int) -> list[dict[str, str]]:
    """Ids of records of which one belongs to the other, where a key says so."""
    child = max(records, key=lambda name: sum(f"{other}_id" in _columns(records[name]) for other in records.values()))
    columns, wanted = [], []
    for name, table in records.items():
        owner = "id" if name == child else f"{table}_id"
        if owner in _columns(records[child]):
            columns.append(f'"{owner}"')
            wanted.append(name)
    rows = _rows(connection, records[child], columns, clinic_id)
    least = spread * (2 if child == "visit_id" else 1)
    chosen = [dict(zip(wanted, row, strict=False)) for number, row in enumerate(rows) if row[-1] == 1 or number < least]
    for name in records.keys() - set(wanted):
        loose = _rows(connection, records[name], ['"id"'], clinic_id)
        for row in chosen:
            row[name] = str(loose[0][0]) if loose else "0" * 26
    return [{name: str(value) for name, value in row.items()} for row in chosen]


def _rows(connection: Connection, table: str, columns: list[str], clinic_id: int) -> Sequence[Sequence[object]]:
    """The rows of a clinic, each with its turn: first one of each state or kind, the fullest, then the others."""
    where = f"WHERE clinic_id = {clinic_id}" if "clinic_id" in _columns(table) else ""
    kind = next((name for name in ("state", "kind") if name in _columns(table)), "1")
    held = [f"EXISTS (SELECT 1 FROM {one} WHERE {one}.{table}_id = {table}.id)" for one in FULLEST.get(table, ())]
    full = f"({' + '.join(held)}) DESC," if held else ""
    turn = f"ROW_NUMBER() OVER (PARTITION BY {kind} ORDER BY {full} id)"
    names = ", ".join([*columns, "turn"])
    sql = f'SELECT {names} FROM (SELECT *, {turn} AS turn FROM "{table}" {where}) ORDER BY turn'
    return connection.execute(text(sql)).fetchall()


def _columns(table: str) -> set[str]:
    return set(Base.metadata.tables[table].columns.keys())
