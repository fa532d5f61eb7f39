"""What belongs in an archive: every table of a clinic, or of one patient, found by its keys.

A patient's archive has the rows that lead to the patient by their foreign keys, and the rows of the clinic that those name:
lots, vials, people. Nothing of another patient is in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Column, ForeignKeyConstraint, Select, Table, or_, select, tuple_

from clinic.models import Base

_LEFT_OUT: Final = frozenset(
    {"clinic", "user", "audit_event", "audit_head", "server_session", "idempotency_key", "draft_viewer"}
    | {"sign_in_tries", "sign_in_step", "one_time_code", "authenticator", "recovery_code", "passkey"}
    | {"backup_run", "waiting_line", "waiting_mark"}
)
"""Not a clinic's own rows, what only a running server needs or is made from the others, and the three that are written in a way of their own."""
_UNSEEN: Final = frozenset({("cohort", "salt"), ("patient_form", "link_hash"), ("patient_form", "browser_hash")})
"""Columns that leave the clinic with nobody; a patient's link opens a form where it was made, and nowhere else."""
_PERSON_COLUMNS: Final = ("id", "username", "name", "title", "disabled_at", "created_at")
"""Of a person: never the password, in no form."""
_BETWEEN_PATIENTS: Final = frozenset({"patient_merge", "patient_distinct", "visit_move"})
"""Tables whose rows name two records: in a clinic's archive, and in no patient's, which has nothing of anybody else."""
AUDIT: Final = "audit_event"
PERSON: Final = "person"
CLINIC: Final = "clinic"
MEMBERSHIP: Final = "membership"
KEY_BOUND: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "signature": frozenset({"seal"}),
        "co_signature": frozenset({"seal"}),
        "addendum": frozenset({"seal"}),
        AUDIT: frozenset({"previous_hash", "hash"}),
    }
)
"""Columns made with the installation's key: archived as they are, made anew where an archive is imported."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Of which clinic, and of which patient when it is one."""

    clinic_id: int
    patient_id: str | None = None

    @property
    def name(self) -> str:
        """``clinic`` or ``patient``."""
        return "patient" if self.patient_id else "clinic"


def _table(name: str) -> Table:
    return Base.metadata.tables[name]


@cache
def clinic_tables() -> tuple[Table, ...]:
    """The tables of a clinic, each after those that it refers to."""
    return tuple(table for table in Base.metadata.sorted_tables if table.name not in _LEFT_OUT)


def columns(table: Table) -> tuple[Column[Any], ...]:
    """The columns that are archived: all but the clinic's number and what leaves with nobody."""
    own = "chain" if table.name == AUDIT else "clinic_id"
    return tuple(one for one in table.columns if one.name != own and (table.name, one.name) not in _UNSEEN)


def archived(scope: Scope) -> Iterator[tuple[Table, Select[Any]]]:
    """Each table in order with the select of its rows, ordered by their key."""
    for table in clinic_tables():
        chosen = _chosen(scope, table)
        if chosen is not None:
            key = [one for one in table.primary_key if one.name != "clinic_id"]
            yield table, chosen.order_by(*key)
    audit = _table(AUDIT)
    trail = select(*columns(audit)).where(audit.c.chain == scope.clinic_id)
    if scope.patient_id:
        trail = trail.where(audit.c.patient_id == scope.patient_id)
    yield audit, trail.order_by(audit.c.sequence)


def _chosen(scope: Scope, table: Table) -> Select[Any] | None:
    own = select(*columns(table)).where(table.c.clinic_id == scope.clinic_id)
    if scope.patient_id is None:
        return own
    if table.name in _BETWEEN_PATIENTS:
        return None
    if table.name in _owned():
        return own.where(_of_patient(scope, table))
    named = [
        tuple_(*(table.c[far] for _, far in pairs)).in_(
            select(*(child.c[near] for near, _ in pairs)).where(child.c.clinic_id == scope.clinic_id, condition)
        )
        for child, pairs, condition in _naming(scope, table)
    ]
    return own.where(or_(*named)) if named else None


def people(scope: Scope) -> Select[Any]:
    """The people of the clinic, or those whom a patient's rows name."""
    user, membership = _table("user"), _table("membership")
    ids = [chosen.with_only_columns(membership.c.user_id) for table, chosen in archived(scope) if table is membership]
    return select(*named(PERSON)).where(user.c.id.in_(*ids)).order_by(user.c.id)


def _naming(scope: Scope, table: Table) -> Iterator[tuple[Table, list[tuple[str, str]], Any]]:
    """The tables of a patient's archive that refer to a table, with the pairs of columns and which of their rows are in it."""
    for child in clinic_tables():
        for key in _keys(child):
            if key.referred_table is table and child is not table:
                if child.name in _BETWEEN_PATIENTS:
                    continue
                if child.name in _owned():
                    yield child, _pairs(key), _of_patient(scope, child)
                elif child.name == "vial":
                    yield child, _pairs(key), or_(*_vials(scope, child))


def _vials(scope: Scope, vial: Table) -> Iterator[Any]:
    for child, pairs, condition in _naming(scope, vial):
        near = child.c[pairs[0][0]]
        yield vial.c.id.in_(select(near).where(child.c.clinic_id == scope.clinic_id, condition))


@cache
def _owned() -> Mapping[str, ForeignKeyConstraint | None]:
    """The tables whose rows lead to a patient, each with the key that leads there."""
    found: dict[str, ForeignKeyConstraint | None] = {"patient": None}
    for table in clinic_tables():
        leading = [key for key in _keys(table) if key.referred_table.name in found and key.referred_table is not table]
        if table.name not in found and leading:
            found[table.name] = min(leading, key=lambda key: _preference(table, key))
    return MappingProxyType(found)


def _preference(table: Table, key: ForeignKeyConstraint) -> tuple[bool, bool, bool, str]:
    """A key that is never empty first, then the one straight to the patient, then the visit's."""
    empty = any(table.c[near].nullable for near, _ in _pairs(key))
    target = key.referred_table.name
    return empty and target != "patient", target != "patient", target != "visit", target


def _of_patient(scope: Scope, table: Table) -> Any:
    key = _owned()[table.name]
    if key is None:
        return table.c.id == scope.patient_id
    parent, pairs = key.referred_table, _pairs(key)
    if parent.name == "patient":
        return table.c[pairs[0][0]] == scope.patient_id
    of_parent = select(*(parent.c[far] for _, far in pairs)).where(
        parent.c.clinic_id == scope.clinic_id, _of_patient(scope, parent)
    )
    return tuple_(*(table.c[near] for near, _ in pairs)).in_(of_parent)


def _keys(table: Table) -> list[ForeignKeyConstraint]:
    """The foreign keys within the clinic's tables."""
    keys = [key for key in table.foreign_key_constraints if key.referred_table.name not in _LEFT_OUT]
    return sorted(keys, key=lambda key: str(key.name))


def _pairs(key: ForeignKeyConstraint) -> list[tuple[str, str]]:
    """The columns of a key and those that they refer to, the clinic's number left out."""
    return [(one.parent.name, one.column.name) for one in key.elements if one.column.name != "clinic_id"]


def named(name: str) -> tuple[Column[Any], ...]:
    """The archived columns of a table by its name in the archive. Raises KeyError for no table of an archive."""
    if name == PERSON:
        return tuple(_table("user").c[one] for one in _PERSON_COLUMNS)
    if name == CLINIC:
        return tuple(one for one in _table(CLINIC).columns if one.name != "id")
    if name in _LEFT_OUT - {AUDIT}:
        raise KeyError(name)
    return columns(_table(name))
