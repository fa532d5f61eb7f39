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
from typing import TypeVar

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria

from clinic import audit_chain
from clinic.audit_chain import INSTALLATION, Circumstances
from clinic.domain.actors import Actor, Role
from clinic.domain.events import Event
from clinic.models import ClinicScoped

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
    """What a service gets: the session, who acts, when, new ids, and a place for events."""

    session: Session
    actor: Actor
    now: datetime
    new_id: Callable[[], str]
    key: bytes
    chain: int
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
        unit = self._unit(session, actor)
        try:
            with _busy_as_unavailable():
                connection = session.connection()  # Takes the write lock now, before anything is read.
                yield unit
                session.flush()
                if connection.info.get("clinic_wrote") and not any(e.is_change for e in unit.events):
                    raise EventMissing("Rows were written, but no change event was recorded.")
                if unit.events:
                    audit_chain.append(session, self.key, unit.chain, actor, unit.now, unit.events, where)
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

    def _unit(self, session: Session, actor: Actor) -> UnitOfWork:
        return UnitOfWork(session, actor, self.clock(), self.new_id, self.key, actor.clinic_id or INSTALLATION)

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
    touched = any(issubclass(mapper.class_, ClinicScoped) for mapper in state.all_mappers)
    clinic_id = state.session.info.get("clinic_id")
    if touched and not clinic_id:
        raise ScopeMissing("A clinic's rows were asked for without a clinic.")
    if touched and state.is_select:
        state.statement = state.statement.options(
            with_loader_criteria(ClinicScoped, lambda cls: cls.clinic_id == clinic_id, include_aliases=True)
        )


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
