"""One transaction, one actor, one clock, its audit events; the only place that commits.

``reading`` never writes: it ends before anything is rendered and then appends what was seen to the audit trail in a short
transaction of its own; if that fails, nothing is shown. ``writing`` takes the write lock at once and refuses to end
cleanly without a change event, however the rows were written.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Executable, Table, TextClause, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.base import ExecutableOption
from sqlalchemy.sql.elements import BinaryExpression

from clinic import audit_chain
from clinic.audit_chain import INSTALLATION, Circumstances
from clinic.domain.actors import Actor, Role
from clinic.domain.events import Event
from clinic.models import Base, ClinicScoped

_WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE)\b", re.IGNORECASE)
_MODE = "clinic_mode"
_RETRIED = ("40001", "40P01")
_SQLITE_OUT_OF_REACH = (
    "database is locked",
    "disk is full",
    "disk I/O error",
    "readonly database",
    "unable to open database file",
)
T = TypeVar("T")
_ATTEMPTS = 3
_CLINICS_TABLES = frozenset(
    mapper.local_table.description for mapper in Base.registry.mappers if issubclass(mapper.class_, ClinicScoped)
)


_NOBODY = Actor(user_id="", username="", name="", role=Role.AUDITOR, clinic_id=0)


class WriteRefused(RuntimeError):
    """A write outside a writing unit of work: a fault in the program, never the user's."""


class ScopeMissing(RuntimeError):
    """A clinic's rows were asked for without saying which clinic."""


class EventMissing(RuntimeError):
    """A writing unit of work wrote rows but recorded no change event."""


class Unavailable(RuntimeError):
    """The database is busy or out of reach; nothing was saved."""


@dataclass
class UnitOfWork:
    """What a service gets: the session, who acts, when, new ids, whether it writes, and a place for events."""

    session: Session
    actor: Actor
    now: datetime
    new_id: Callable[[], str]
    key: bytes
    chain: int
    writes: bool = False
    events: list[Event] = field(default_factory=list)

    @property
    def clinic_id(self) -> int:
        """The clinic that everything in this unit of work belongs to."""
        return self.actor.clinic_id

    def record(self, *events: Event) -> None:
        """Add events; they are chained when the unit of work ends."""
        self.events.extend(events)


@dataclass(frozen=True)
class Work:
    """Makes units of work on one engine. ``clock`` gives aware UTC, ``new_id`` opaque ids, ``key`` seals the audit."""

    engine: Engine
    key: bytes
    new_id: Callable[[], str]
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    @contextmanager
    def reading(
        self, actor: Actor, where: Circumstances = Circumstances(), *, scoped: bool = True
    ) -> Iterator[UnitOfWork]:
        """Read consistently; on a clean exit append the recorded access events before anything can be shown."""
        session = self._session("reading", actor, scoped)
        unit = self._unit(session, actor)
        try:
            with _busy_as_unavailable():
                yield unit
        finally:
            session.expunge_all()  # What was read stays readable; a rollback would expire it.
            session.rollback()
            session.close()
        if unit.events:
            self.append(actor, unit.events, where)

    @contextmanager
    def writing(
        self, actor: Actor, where: Circumstances = Circumstances(), *, scoped: bool = True
    ) -> Iterator[UnitOfWork]:
        """Write under the lock taken at once; commit rows, audit and stored answers together, or nothing."""
        session = self._session("writing", actor, scoped)
        unit = self._unit(session, actor, writes=True)
        try:
            with _busy_as_unavailable():
                connection = session.connection()  # Takes the write lock now, before anything is read.
                yield unit
                session.flush()
                if connection.info.get("clinic_wrote") and not any(e.is_change for e in unit.events):
                    raise EventMissing("Rows were written, but no change event was recorded.")
                if unit.events:
                    audit_chain.append(
                        session, self.key, unit.chain, actor, unit.now, unit.events, where, clock=self.clock()
                    )
                session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            session.close()

    @contextmanager
    def housekeeping(self) -> Iterator[Session]:
        """Write what is no part of the record (the idle stamp of a session, stored answers past their use)."""
        session = self._session("writing", _NOBODY, scoped=False)
        try:
            with _busy_as_unavailable():
                yield session
                session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            session.close()

    def append(self, actor: Actor, events: list[Event], where: Circumstances = Circumstances()) -> None:
        """Append events that stand alone, such as a read or a refusal, in a short transaction of their own."""
        session = self._session("writing", actor, scoped=False)
        try:
            with _busy_as_unavailable():
                chain = actor.clinic_id or INSTALLATION
                audit_chain.append(session, self.key, chain, actor, self.clock(), events, where)
                session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            session.close()

    def retrying(self, run: Callable[[], T]) -> T:
        """Run a whole unit of work again after a serialisation failure or deadlock (PostgreSQL 40001, 40P01)."""
        for attempt in range(_ATTEMPTS):
            try:
                return run()
            except OperationalError as error:
                if getattr(error.orig, "sqlstate", None) not in _RETRIED or attempt == _ATTEMPTS - 1:
                    raise
                time.sleep(0.02 * 2**attempt)
        raise AssertionError("unreachable")

    def _unit(self, session: Session, actor: Actor, *, writes: bool = False) -> UnitOfWork:
        return UnitOfWork(session, actor, self.clock(), self.new_id, self.key, actor.clinic_id or INSTALLATION, writes)

    def _session(self, mode: str, actor: Actor, scoped: bool) -> Session:
        session = ClinicSession(self.engine.execution_options(**{_MODE: mode}), autoflush=True, expire_on_commit=False)
        session.info["clinic_id"] = actor.clinic_id if scoped else None
        session.info["unscoped"] = not scoped
        return session


class ClinicSession(Session):
    """A session whose every query of a clinic's tables is bound to one clinic."""


@event.listens_for(ClinicSession, "do_orm_execute")
def _scope(state: ORMExecuteState) -> None:
    if state.session.info.get("unscoped") or state.is_column_load or state.is_relationship_load:
        return
    clinic_id = state.session.info.get("clinic_id")
    touched = any(issubclass(mapper.class_, ClinicScoped) for mapper in state.all_mappers)
    if not clinic_id and (touched or _names_clinics_tables(state.statement)):
        raise ScopeMissing("A clinic's rows were asked for without a clinic.")
    if not state.all_mappers:
        _refuse_past_models(state.statement, clinic_id)
    if touched and clinic_id and state.is_insert:
        _refuse_other_clinics(state, clinic_id)
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


def guard(engine: Engine) -> None:
    """Make a write outside a writing unit of work raise, on every connection of ``engine``."""

    @event.listens_for(engine, "before_cursor_execute")
    def refuse(connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        if not _WRITES.match(statement):
            return
        mode = connection.get_execution_options().get(_MODE)
        if mode != "writing":
            raise WriteRefused(f"A write in a {mode or 'missing'} unit of work: {statement.split(None, 3)[:3]}")
        connection.info["clinic_wrote"] = True

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.info["clinic_wrote"] = False


@contextmanager
def _busy_as_unavailable() -> Iterator[None]:
    try:
        yield
    except PoolTimeout as error:
        raise Unavailable("Every connection to the database is in use. Nothing was saved.") from error
    except OperationalError as error:
        if _out_of_reach(error):
            raise Unavailable("The database is busy, full or out of reach. Nothing was saved.") from error
        raise


def _out_of_reach(error: OperationalError) -> bool:
    if isinstance(error.orig, sqlite3.Error):
        return any(said in str(error.orig) for said in _SQLITE_OUT_OF_REACH)
    return getattr(error.orig, "sqlstate", None) not in _RETRIED
