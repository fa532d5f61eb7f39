"""What an error of the database says: that two met, that it is busy, full or gone, or that the program is at fault."""

from __future__ import annotations

import sqlite3
from typing import Final

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

_RETRIED: Final = ("40001", "40P01")
_LOCKED: Final = ("database is locked",)
_FULL: Final = ("database or disk is full",)
_SQLITE: Final = (
    *_LOCKED,
    *_FULL,
    "database schema is locked",
    "database table is locked",
    "disk is full",
    "disk I/O error",
    "interrupted",
    "locking protocol",
    "out of memory",
    "readonly database",
    "unable to open database file",
)
"""As SQLite words them: busy, full, or its file out of reach. Nothing of it is the program's fault."""
_CLASSES: Final = ("08", "53", "57", "58")
"""PostgreSQL: the connection, too little room or memory, an operator or a shutdown, the machine below."""
_STATES: Final = ("25006", "25P03", "25P04", "55P03")
"""A server that takes only reads, as a standby does; a transaction that stood too long; a lock that was waited for in vain."""


def met(error: BaseException) -> bool:
    """Whether two transactions met, so that this one was undone and may be run again (PostgreSQL 40001, 40P01)."""
    return isinstance(error, OperationalError) and sqlstate(error) in _RETRIED


def is_full(error: BaseException) -> bool:
    """Whether the disk of the SQLite file is full."""
    return isinstance(error, DBAPIError) and any(said in str(error.orig) for said in _FULL)


def is_out_of_reach(error: BaseException) -> bool:
    """Whether the database, or the memory to ask it, is not there now and may be in a moment."""
    if isinstance(error, MemoryError):
        return True
    if not isinstance(error, DBAPIError) or met(error):
        return False
    if isinstance(error.orig, MemoryError):
        return True
    if isinstance(error.orig, sqlite3.Error):
        return isinstance(error.orig, sqlite3.OperationalError) and any(said in str(error.orig) for said in _SQLITE)
    state = sqlstate(error)
    return (
        isinstance(error, OperationalError)
        or error.connection_invalidated
        or state.startswith(_CLASSES)
        or state in _STATES
    )


def is_undone(error: BaseException) -> bool:
    """Whether an error at a commit says that nothing of it is there; after any other that is not certain (D-13)."""
    if isinstance(error, IntegrityError) or met(error):
        return True
    return isinstance(error, DBAPIError) and any(said in str(error.orig) for said in (*_FULL, *_LOCKED))


def sqlstate(error: BaseException) -> str:
    """PostgreSQL's code of an error; nothing for any other."""
    return getattr(getattr(error, "orig", None), "sqlstate", None) or ""
