"""Logs as JSON lines with the request id, never with patient data, typed values or query strings."""

from __future__ import annotations

import json
import logging
import time
from datetime import UTC, datetime

from flask import Flask, Response, current_app, g, request

_logger = logging.getLogger("clinic")
_OF_THE_SERVER = ("waitress", "waitress.queue")
"""What the server says is a line of the same log, in the same form."""


class JsonLines(logging.Formatter):
    """One JSON object a line: time with offset, level, message, and what the record carries in ``clinic``."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage() if not record.exc_info else "unexpected error",
        }
        entry |= getattr(record, "clinic", {})
        if record.exc_info and record.exc_info[0] is not None:
            # The type and place of the fault; its text could hold what somebody typed.
            entry["error"] = record.exc_info[0].__name__
            entry["where"] = _places(record)
        return json.dumps(entry, ensure_ascii=False)


def _places(record: logging.LogRecord) -> list[str]:
    places = []
    trace = record.exc_info[2] if record.exc_info else None
    while trace is not None:
        code = trace.tb_frame.f_code
        if "clinic" in code.co_filename:
            places.append(f"{code.co_filename.rsplit('/clinic/', 1)[-1]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return places[-6:]


def configure(app: Flask) -> None:
    """Send the application's log to standard error as JSON lines."""
    if not _logger.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(JsonLines())
        _logger.addHandler(handler)
        _logger.setLevel(logging.INFO)
        _logger.propagate = False
        for name in _OF_THE_SERVER:
            logging.getLogger(name).addHandler(handler)
            logging.getLogger(name).propagate = False
    app.logger.handlers = _logger.handlers
    app.logger.propagate = False
    app.before_request(_start_clock)


def _start_clock() -> None:
    g.started = time.perf_counter()


def _note_slow(entry: dict[str, object]) -> None:
    """A second line for a request that took long; its slow statements have lines of their own."""
    if float(str(entry["ms"])) > current_app.extensions["clinic_settings"].slow_milliseconds:
        told = {name: entry[name] for name in ("request_id", "action", "status", "ms")}
        told["slow_statements"] = g.get("slow_statements", 0)
        _logger.warning("slow request", extra={"clinic": told})


def note_request(response: Response) -> Response:
    """Log one line a request: who, which route, outcome, how long. No path values: ids stand in the audit trail."""
    if request.endpoint != "static":
        # Who was looked up for this request: asking now could wait for a database that is out of reach.
        actor = getattr(g.get("_login_user"), "actor", None)
        rule = request.url_rule.rule if request.url_rule else "unknown"
        entry = {
            "request_id": g.get("request_id", ""),
            "user": actor.user_id if actor else "",
            "role": actor.role.value if actor else "",
            "clinic": actor.clinic_id if actor else 0,
            "address": request.remote_addr or "",
            "action": f"{request.method} {rule}",
            "status": response.status_code,
            "ms": round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1),
        }
        _logger.info("request", extra={"clinic": entry})
        _note_slow(entry)
    return response
