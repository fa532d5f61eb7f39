"""How gunicorn serves the record on PostgreSQL, several processes a machine (docs/deploy.md); command-line options win.

The application is loaded once, before the processes are made: they share its memory, and a schema, setting or database that
is not right stops the start instead of every request. HUP replaces the processes one after the other; a new version of
the program needs a restart, one server after the other.
"""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path
from typing import Any

from clinic.config import SettingError, settings

_settings = settings()

bind = f"{_settings.host}:{_settings.port}"
workers = int(os.environ.get("WEB_CONCURRENCY") or max(2, multiprocessing.cpu_count()))
worker_class = "gthread"  # A thread waits for the database while others work; a process is for another core.
threads = 4
preload_app = True
timeout = 60
"""Longer than any page takes; a process that says nothing so long is replaced."""
graceful_timeout = 10
"""D-32: what is under way is finished, within 10 s."""
keepalive = 2
"""The proxy opens a connection for each request, so that no request meets one that is just being closed."""
max_requests = 20_000
"""A process is replaced after so many, whatever its memory did; not all at once."""
max_requests_jitter = 2_000
backlog = 1024
umask = 0o077
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - its sign of life must wait for no disk
accesslog = None  # The program writes a line for each request, without patient data.
control_socket_disable = True
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": {"()": "clinic.log.JsonLines"}},
    "handlers": {"error": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "root": {"level": "WARNING", "handlers": ["error"]},
    "loggers": {
        "gunicorn.error": {"level": "INFO", "handlers": ["error"], "propagate": False},
        "gunicorn.access": {"level": "CRITICAL", "handlers": [], "propagate": False},
    },
}


def on_starting(_server: Any) -> None:
    """Refuse SQLite, and a database that is not this program's; gunicorn prints the words and ends."""
    if _settings.sqlite_file is not None:
        raise SettingError(
            "gunicorn is for PostgreSQL: a SQLite file has one server. Set CLINIC_DATABASE_URL, or serve with"
            " `python -m clinic.start`."
        )
    from clinic import database
    from clinic.extensions import db
    from wsgi import app

    database.check_schema(app)
    with app.app_context():
        db.engine.dispose()  # D-20: no connection crosses the fork.


def post_fork(_server: Any, _worker: Any) -> None:
    """Begin with a pool of its own; what the parent has, if anything, stays the parent's (D-20)."""
    from clinic.extensions import db
    from wsgi import app

    with app.app_context():
        db.engine.dispose(close=False)
