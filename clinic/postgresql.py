"""How the program speaks with PostgreSQL: one message begins a transaction, and nothing waits for ever.

Writing is READ COMMITTED with row locks, whose loser waits and then sees what the winner wrote; reading is one snapshot of
the whole page, in which the server itself refuses a write. Both say in the same message of whose clinic the rows are
(``models/row_security.py``), so that it costs no way to the server and back.
"""

from __future__ import annotations

import logging
import select
from typing import Any, Final

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine, event, exc, func
from sqlalchemy import select as selecting

from clinic.config import SettingError
from clinic.models import Clinic, privileges, row_security
from clinic.models.row_security import EVERY_CLINIC, SCOPE, SETTING

_logger = logging.getLogger("clinic")

_BEGIN: Final = {
    "reading": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    "writing": "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
}
_DURABLE: Final = (
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
)
CONNECT_SECONDS: Final = 5
"""D-23: a server that is gone is said to be gone while the person still waits."""
LOCK_MILLISECONDS: Final = 5_000
"""As long as SQLite's writers wait (D-03); then 503 with the form intact."""
STATEMENT_MILLISECONDS: Final = 60_000
"""No page needs a tenth of it; a statement gone astray ends by itself."""
IDLE_MILLISECONDS: Final = 60_000
"""A transaction whose line was cut or whose process hangs gives its locks back."""
_SILENT_MILLISECONDS: Final = 10_000
"""What was sent and is not acknowledged so long went to a machine that is gone (D-23: recovers in 10 s)."""


def engine_options(connections: int) -> dict[str, object]:
    """Options of the engine: at most ``connections`` of one process, the warmest first, each with its limits."""
    limits = {
        "statement_timeout": STATEMENT_MILLISECONDS,
        "lock_timeout": LOCK_MILLISECONDS,
        "idle_in_transaction_session_timeout": IDLE_MILLISECONDS,
        # Pages ask for few rows by statements that are long: to compile one takes a hundred times as long as to run it.
        "jit": "off",
        "tcp_keepalives_idle": 10,  # In seconds: the database lets go of the locks of a machine that is gone.
        "tcp_keepalives_interval": 5,
        "tcp_keepalives_count": 3,
    }
    return {
        "pool_size": connections,
        "max_overflow": 0,
        "pool_timeout": 10,
        "pool_use_lifo": True,
        "connect_args": {
            "connect_timeout": CONNECT_SECONDS,
            "application_name": "synkinesis",
            "options": " ".join(f"-c {name}={value}" for name, value in limits.items()),
            "keepalives": 1,
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
            "tcp_user_timeout": _SILENT_MILLISECONDS,
        },
    }


def prepare(engine: Engine) -> None:
    """Begin transactions in the program's own words, and take no connection that its server has closed."""
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "checkout", _refuse_closed)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "rollback", _end_reading)


def _on_connect(connection: psycopg.Connection[Any], _record: object) -> None:
    connection.autocommit = True  # The driver must not begin on its own: _begin does.
    # A server set to answer before its log is written would lose what was acknowledged; a stricter setting stays.
    connection.execute(_DURABLE)


def _end_reading(connection: Connection) -> None:
    # After a rollback the driver has the server forget every prepared statement, and to plan one again takes longer than
    # to run it. What only reads can as well be committed; the rollback that follows then finds nothing to do.
    if connection.invalidated or connection.get_execution_options().get("clinic_mode") != "reading":
        return
    driver: Any = connection.connection.driver_connection
    if driver is not None and driver.info.transaction_status is TransactionStatus.INTRANS:
        try:
            driver.execute("COMMIT", prepare=False)
        except psycopg.Error as error:
            connection.invalidate(error)  # Lost after all was read: the page is whole, and the next takes another.


def _refuse_closed(connection: psycopg.Connection[Any], _record: object, _proxy: object) -> None:
    # A look at the socket in place of a question to the server: a server that stopped has closed it or said so.
    if connection.closed or _has_been_told(connection.pgconn.socket):
        raise exc.DisconnectionError


def _has_been_told(socket: int) -> bool:
    if not hasattr(select, "poll"):
        return bool(select.select([socket], [], [], 0)[0])  # Windows.
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(0))


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    statement = _BEGIN.get(options.get("clinic_mode", ""), "BEGIN ISOLATION LEVEL READ COMMITTED")
    scope = options.get(SCOPE)
    if scope is not None:
        # As a number or the one word, never as it came: it stands in the text of a statement.
        statement += f"; SET LOCAL {SETTING} = '{EVERY_CLINIC if scope == EVERY_CLINIC else int(scope)}'"
    driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    try:
        driver.execute(statement.encode(), prepare=False)  # Two commands in one message cannot be prepared.
    except psycopg.Error as error:  # Also of a server that takes only reads, which refuses a writing transaction.
        connection.invalidate(error)
        raise exc.OperationalError(statement, None, error, connection_invalidated=True) from error


def check(connection: Connection) -> None:
    """Refuse a database whose clinics are not kept apart. Raises SettingError; a role that may too much is warned of once.

    With one clinic there is nobody to keep it apart from, and a machine of its own may have one role for all.
    """
    if connection.dialect.name != "postgresql":
        return
    unkept = row_security.missing(connection)
    if unkept:
        raise SettingError(
            f"Row-level security is missing on {len(unkept)} tables ({min(unkept)} …):"
            " run `python -m clinic.start --only-prepare`."
        )
    if connection.exec_driver_sql("SHOW fsync").scalar() == "off":
        _logger.warning("PostgreSQL does not wait for its disk (fsync is off): a power cut can lose the record.")
    powers = privileges.too_much(connection)
    if not powers:
        return
    said = (
        f"The database role that serves may too much: {', '.join(powers)}. docs/deploy.md says how to make two roles."
    )
    if (connection.scalar(selecting(func.count()).select_from(Clinic)) or 0) > 1:
        raise SettingError(f"{said} With more than one clinic this is refused.")
    _logger.warning(said)
