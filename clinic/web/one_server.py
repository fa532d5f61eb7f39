"""A SQLite file has one serving process, whichever server runs the program (D-19)."""

from __future__ import annotations

import os

from flask import Flask, Response, current_app
from werkzeug.wrappers import Response as BaseResponse

from clinic import sqlite_file
from clinic.config import SettingError

_HOLDER = "clinic_holder"


def register(app: Flask) -> None:
    """Take the lock of a SQLite file with the first request, in the process that answers it."""
    if app.extensions["clinic_settings"].sqlite_file is not None:
        app.extensions[_HOLDER] = 0
        app.before_request(refuse_second)


def refuse_second() -> BaseResponse | None:
    """Answer 503 in a process that is not the one that has the file; a test's own requests are no server."""
    process = os.getpid()
    if current_app.extensions[_HOLDER] == process or current_app.testing:
        return None
    try:
        sqlite_file.take(current_app.extensions["clinic_settings"].sqlite_file)
    except SettingError as error:
        current_app.logger.warning("second server on one SQLite file: refused")
        return Response(f"{error} Nothing was read or saved.\n", 503, {"Retry-After": "10"}, mimetype="text/plain")
    current_app.extensions[_HOLDER] = process
    return None
