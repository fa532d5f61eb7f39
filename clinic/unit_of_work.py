"""One transaction, one actor, one clock, its audit events; the only place that commits.

``reading`` never writes: it ends before anything is rendered and then appends what was seen to the audit trail in a short
transaction of its own; if that fails, nothing is shown. ``writing`` takes the write lock at once and refuses to end
cleanly without a change event, however the rows were written.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from clinic import audit_chain
from clinic.audit_chain import INSTALLATION, Circumstances
from clinic.clinic_scope import ClinicSession
from clinic.domain.actors import Actor, Role
from clinic.domain.events import Action, Event
from clinic.models.row_security import EVERY_CLINIC, SCOPE
from clinic.out_of_reach import is_full, is_out_of_reach, is_undone, met
from clinic.reserve import Reserve

_WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE)\b", re.IGNORECASE)
_MODE = "clinic_mode"
_NEEDED = frozenset(
    (
        *(Action.SIGNED_IN, Action.SIGNED_OUT, Action.SESSION_CONFIRMED, Action.SESSION_ENDED, Action.SESSION_RESUMED),
        *(Action.SCREEN_LOCKED, Action.SCREEN_UNLOCKED, Action.RECOVERY_CODE_USED, Action.CODE_USED),
        *(Action.EMERGENCY_BEGUN, Action.EMERGENCY_ENDED),
        *(Action.EXPORT_BEGUN, Action.EXPORT_CHANGED, Action.RECORD_EXPORTED, Action.BACKUP_MADE, Action.CLOCK_MOVED),
    )
)
"""D-07: changes that reading, printing and exporting need; on a full disk they may use the reserve."""
T = TypeVar("T")
_ATTEMPTS = 6
"""D-21: once, and again up to five times."""
_PAUSE = 0.02


_NOBODY = Actor(user_id="", username="", name="", role=Role.AUDITOR, clinic_id=0)


class WriteRefused(RuntimeError):
    """A write outside a writing unit of work: a fault in the program, never the user's."""


class EventMissing(RuntimeError):
    """A writing unit of work wrote rows but recorded no change event."""


class Unavailable(RuntimeError):
    """The database is busy or out of reach; nothing was saved."""


class Full(Unavailable):
    """The disk is full; nothing was saved, and reading still works."""


class Unsure(Unavailable):
    """An error came at the commit itself: whether it was saved shows when the same is sent again (D-13)."""


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
    beside: list[Callable[[Connection], None]] = field(default_factory=list)
    """What a reading one has written with its access entries: no part of the record, and no commit of its own."""

    left_out: int = 0
    """Damaged rows that a list does not show (queries/listed.py); the page says how many."""

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
    reserve: Reserve = field(default_factory=lambda: Reserve(None), compare=False)
    _engines: dict[tuple[str, str], Engine] = field(default_factory=dict, repr=False, compare=False)
    """The engine as each kind of work uses it, by mode and clinic: making one anew costs as much as a statement."""

    @contextmanager
    def reading(
        self, actor: Actor, where: Circumstances = Circumstances(), *, scoped: bool = True
    ) -> Iterator[UnitOfWork]:
        """Read consistently; on a clean exit append the recorded access events before anything can be shown."""
        session = self._session("reading", actor, scoped)
        unit = self._unit(session, actor)
        with _busy_as_unavailable(self.reserve):
            try:
                yield unit
            finally:
                session.close()  # What was read stays readable; a rollback before it would expire it.
        if unit.events:
            self.append(actor, unit.events, where, unit.beside)

    @contextmanager
    def writing(
        self, actor: Actor, where: Circumstances = Circumstances(), *, scoped: bool = True
    ) -> Iterator[UnitOfWork]:
        """Write under the lock taken at once; commit rows, audit and stored answers together, or nothing."""
        session = self._session("writing", actor, scoped)
        unit = self._unit(session, actor, writes=True)
        try:
            with _busy_as_unavailable(self.reserve):
                connection = session.connection()  # Takes the write lock now, before anything is read.
                yield unit
                session.flush()
                if connection.info.get("clinic_wrote") and not any(e.is_change for e in unit.events):
                    raise EventMissing("Rows were written, but no change event was recorded.")
                self._refuse_on_a_full_disk(unit)
                if unit.events:
                    audit_chain.append(
                        connection, self.key, unit.chain, actor, unit.now, unit.events, where, clock=self.clock()
                    )
                _commit(session)
        except BaseException:
            with _busy_as_unavailable(self.reserve):
                session.rollback()
            raise
        finally:
            session.close()

    @contextmanager
    def keeping(self, actor: Actor) -> Iterator[UnitOfWork]:
        """Write for one clinic what is made from its record and can be made again: no part of it, so nothing to audit."""
        session = self._session("writing", actor, scoped=True)
        try:
            with _busy_as_unavailable(self.reserve):
                session.connection()  # Takes the write lock now, before anything is read.
                yield self._unit(session, actor, writes=True)
                _commit(session)
        except BaseException:
            with _busy_as_unavailable(self.reserve):
                session.rollback()
            raise
        finally:
            session.close()

    @contextmanager
    def housekeeping(self) -> Iterator[Session]:
        """Write what is no part of the record (the idle stamp of a session, stored answers past their use)."""
        session = self._session("writing", _NOBODY, scoped=False)
        try:
            with _busy_as_unavailable(self.reserve):
                yield session
                _commit(session)
        except BaseException:
            with _busy_as_unavailable(self.reserve):
                session.rollback()
            raise
        finally:
            session.close()

    def append(
        self,
        actor: Actor,
        events: list[Event],
        where: Circumstances = Circumstances(),
        beside: Sequence[Callable[[Connection], None]] = (),
    ) -> None:
        """Append events that stand alone, such as a read or a refusal, in a short transaction of their own."""
        try:
            self._append(actor, events, where, beside)
        except Full:
            self._append(actor, events, where, beside)  # The reserve has been given up meanwhile.

    def _append(
        self, actor: Actor, events: list[Event], where: Circumstances, beside: Sequence[Callable[[Connection], None]]
    ) -> None:
        chain = actor.clinic_id or INSTALLATION
        with _busy_as_unavailable(self.reserve), self._engine("writing", str(chain)).begin() as connection:
            audit_chain.append(connection, self.key, chain, actor, self.clock(), events, where)
            for write in beside:
                write(connection)

    def _refuse_on_a_full_disk(self, unit: UnitOfWork) -> None:
        if self.reserve.is_given_up() and any(one.is_change and one.action not in _NEEDED for one in unit.events):
            raise Full("The disk is full. Nothing was saved.")

    def retrying(self, run: Callable[[], T]) -> T:
        """Run a whole unit of work again after a serialisation failure or deadlock (PostgreSQL 40001, 40P01)."""
        for attempt in range(_ATTEMPTS):
            try:
                return run()
            except OperationalError as error:
                if not met(error):
                    raise
                if attempt == _ATTEMPTS - 1:
                    raise Unavailable("Others were always in the way. Nothing was saved.") from error
                # Two that met would meet again if both waited equally long.
                time.sleep((500 + secrets.randbelow(1000)) / 1000 * _PAUSE * 2**attempt)
        raise AssertionError("unreachable")

    def _unit(self, session: Session, actor: Actor, *, writes: bool = False) -> UnitOfWork:
        return UnitOfWork(session, actor, self.clock(), self.new_id, self.key, actor.clinic_id or INSTALLATION, writes)

    def _engine(self, mode: str, rows_of: str) -> Engine:
        found = self._engines.get((mode, rows_of))
        if found is None:
            found = self._engines[mode, rows_of] = self.engine.execution_options(**{_MODE: mode, SCOPE: rows_of})
        return found

    def _session(self, mode: str, actor: Actor, scoped: bool) -> Session:
        engine = self._engine(mode, str(actor.clinic_id) if scoped else EVERY_CLINIC)
        session = ClinicSession(engine, autoflush=True, expire_on_commit=False)
        session.info["clinic_id"] = actor.clinic_id if scoped else None
        session.info["unscoped"] = not scoped
        return session


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


def _commit(session: Session) -> None:
    """Commit; an error here leaves it open whether the rows are there, unless the database says that it took them back."""
    session.flush()  # What fails before the commit itself is certainly not saved.
    try:
        session.commit()
    except (DBAPIError, MemoryError) as error:
        if is_undone(error):
            raise
        raise Unsure("An error came at the end. Whether this was saved is not certain.") from error


@contextmanager
def _busy_as_unavailable(reserve: Reserve) -> Iterator[None]:
    try:
        yield
    except PoolTimeout as error:
        raise Unavailable("Every connection to the database is in use. Nothing was saved.") from error
    except (DBAPIError, MemoryError) as error:
        if is_full(error):
            reserve.give_up()
            raise Full("The disk is full. Nothing was saved.") from error
        if is_out_of_reach(error):
            raise Unavailable("The database is busy, full or out of reach. Nothing was saved.") from error
        raise
