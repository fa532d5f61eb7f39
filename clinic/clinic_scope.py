"""A session whose every statement about a clinic's tables is bound to one clinic, however the query forgot to ask.

What a statement is bound to depends on the statement alone: the clinic itself comes as a value with each run. A select
that is made once (a constant, or the answer of a function with ``@cache``) is therefore looked at once, and runs in a
quarter of the time of one that is made anew.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import Executable, Integer, Select, Table, TextClause, bindparam, event
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.base import ExecutableOption
from sqlalchemy.sql.elements import BinaryExpression

from clinic.models import Base, ClinicScoped

_OF_CLINIC: Final = "of_clinic"
CLINIC: Final[Any] = bindparam(_OF_CLINIC, type_=Integer())
"""The clinic of whoever runs a select that was made once: the session puts it in. In another session it is refused."""

_CLINICS_TABLES = frozenset(
    mapper.local_table.description for mapper in Base.registry.mappers if issubclass(mapper.class_, ClinicScoped)
)
_bound: WeakKeyDictionary[Executable, Executable] = WeakKeyDictionary()
"""Selects that were looked at and passed, each with itself bound to ``CLINIC``; they go when their select goes."""
_AT_RUN = with_loader_criteria(ClinicScoped, lambda cls: cls.clinic_id == CLINIC, include_aliases=True)


class ScopeMissing(RuntimeError):
    """A clinic's rows were asked for without saying which clinic."""


class ClinicSession(Session):
    """A session whose every query of a clinic's tables is bound to one clinic."""


@event.listens_for(ClinicSession, "do_orm_execute")
def _scope(state: ORMExecuteState) -> None:
    if state.session.info.get("unscoped") or state.is_column_load or state.is_relationship_load:
        return
    clinic_id = state.session.info.get("clinic_id")
    known = _bound.get(state.statement) if clinic_id else None
    if known is None or not _filled_in(state, known, clinic_id):
        _look_at(state, clinic_id)


def _filled_in(state: ORMExecuteState, bound: Executable, clinic_id: int | None) -> bool:
    """Run a bound select for a clinic; not where it is run for several values at once, as no page does."""
    given = state.parameters or {}
    if not isinstance(given, dict):
        return False
    state.statement, state.parameters = bound, {**given, _OF_CLINIC: clinic_id}
    return True


def _look_at(state: ORMExecuteState, clinic_id: int | None) -> None:
    """Bind a statement to its clinic, or refuse it; keep what was found of a select that names its models."""
    touched = any(issubclass(mapper.class_, ClinicScoped) for mapper in state.all_mappers)
    if not clinic_id and (touched or _names_clinics_tables(state.statement)):
        raise ScopeMissing("A clinic's rows were asked for without a clinic.")
    if not state.all_mappers:
        _refuse_past_models(state.statement, clinic_id)
    if touched and clinic_id and state.is_insert:
        _refuse_other_clinics(state, clinic_id)
    elif clinic_id and touched and isinstance(state.statement, Select) and not isinstance(state.parameters, list):
        statement = state.statement
        _filled_in(state, bound := statement.options(_AT_RUN), clinic_id)
        _bound[statement] = bound
    elif clinic_id and not state.is_insert and hasattr(state.statement, "options"):
        # Also where the statement itself is about no model: a UNION, EXISTS or subquery has its models further in.
        state.statement = state.statement.options(_of_clinic(clinic_id))


@cache
def _of_clinic(clinic_id: int) -> ExecutableOption:
    return with_loader_criteria(ClinicScoped, lambda cls: cls.clinic_id == clinic_id, include_aliases=True)


def _refuse_other_clinics(state: ORMExecuteState, clinic_id: int) -> None:
    """Refuse an INSERT statement that is not given its rows as parameters, each with this clinic."""
    given: Any = state.parameters or {}
    rows = given if isinstance(given, list) else [given]
    if any(row.get("clinic_id") != clinic_id for row in rows):
        raise ScopeMissing("Rows of another clinic, or of none, were about to be written.")


def _names_clinics_tables(statement: Executable) -> bool:
    return any(isinstance(part, Table) and part.name in _CLINICS_TABLES for part in visitors.iterate(statement))  # type: ignore[arg-type]


def _refuse_past_models(statement: Executable, clinic_id: int | None) -> None:
    """Refuse a statement about a clinic's tables past their models that does not compare their clinic with this one."""
    parts = []
    for part in visitors.iterate(statement):  # type: ignore[arg-type]
        if "parententity" in getattr(part, "_annotations", ()):
            return  # It has models further in, and those are bound to the clinic.
        if isinstance(part, TextClause):
            raise ScopeMissing("A statement in plain text was sent, of which nobody can say whose rows it reaches.")
        parts.append(part)
    tables = {part.name for part in parts if isinstance(part, Table) and part.name in _CLINICS_TABLES}
    compared = set()
    for part in parts if tables else ():
        if isinstance(part, BinaryExpression) and part.operator is operators.eq:
            column, value = part.left, getattr(part.right, "value", None)
            if getattr(column, "name", "") == "clinic_id" and clinic_id and value == clinic_id:
                compared.add(getattr(column.table, "name", ""))
    if tables - compared:
        raise ScopeMissing("A clinic's table was asked for past its model, without its clinic.")


@event.listens_for(ClinicSession, "before_flush")
def _own_clinic_only(session: Session, _context: object, _instances: object) -> None:
    if session.info.get("unscoped"):
        return
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, ClinicScoped) and row.clinic_id != session.info["clinic_id"]:
            raise ScopeMissing(f"A {type(row).__name__} of another clinic was about to be written.")
