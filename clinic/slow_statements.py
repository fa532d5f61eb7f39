"""A line of the log for a statement that takes long: its shape and its place in the code, never a value."""

from __future__ import annotations

import logging
import re
import sys
import time
from pathlib import Path

from flask import g, has_request_context
from sqlalchemy import Connection, Engine, event

SHAPE_LENGTH = 600
_PLACES = 3
_logger = logging.getLogger("clinic")
_FOLDER = f"{Path(__file__).resolve().parent}/"
_BENEATH = ("slow_statements.py", "extensions.py", "unit_of_work.py", "clinic_scope.py")
_PARTS = re.compile(
    r"(?P<name>\"[A-Za-z_][A-Za-z0-9_]*\")"
    r"|(?P<remark>--[^\n]*|/\*.*?(?:\*/|$))"
    r"|\b[eE]'(?:[^'\\]|\\.|'')*(?:'|$)|'(?:[^']|'')*(?:'|$)|\"(?:[^\"]|\"\")*(?:\"|$)"
    r"|\$(?P<tag>\w*)\$.*?(?:\$(?P=tag)\$|$)|\b\d[\w.]*",
    re.DOTALL,
)
"""Names in double quotes, remarks, and whatever is or could be a value; in this order, from the left, as a database reads."""
_LIST = re.compile(r"\((?:\s*(?:\?|:\w+|%\(\w+\)s|\[POSTCOMPILE_\w+\])\s*,?)+\)")


def listen(engine: Engine, milliseconds: int) -> None:
    """Time every statement of an engine; whoever is slower than ``milliseconds`` is logged."""
    most = milliseconds / 1000

    @event.listens_for(engine, "before_cursor_execute")
    def begin(connection: Connection, *_rest: object) -> None:
        connection.info["clinic_begun"] = time.perf_counter()

    @event.listens_for(engine, "after_cursor_execute")
    def end(connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        took = time.perf_counter() - connection.info["clinic_begun"]
        if took > most:
            _tell(statement, took)


def shape(statement: str) -> str:
    """A statement without its values: what stands in quotes or in figures is a sign, a list of them is one."""
    return " ".join(_LIST.sub("(…)", _PARTS.sub(_sign, statement)).split())[:SHAPE_LENGTH]


def _sign(part: re.Match[str]) -> str:
    """What stands for a part: a name stays, with the figures in it; a remark goes."""
    return part["name"] or (" " if part["remark"] else "?")


def _tell(statement: str, took: float) -> None:
    entry: dict[str, object] = {"request_id": "", "ms": round(took * 1000, 1), "statement": shape(statement)}
    if has_request_context():
        entry["request_id"] = g.get("request_id", "")
        g.slow_statements = g.get("slow_statements", 0) + 1
    entry["where"] = _places()
    _logger.warning("slow statement", extra={"clinic": entry})


def _places() -> list[str]:
    """Where in this program it was asked, the nearest first."""
    found: list[str] = []
    frame = sys._getframe(1)  # noqa: SLF001 - the documented way to look at one's callers cheaply
    while frame is not None and len(found) < _PLACES:
        code = frame.f_code
        if code.co_filename.startswith(_FOLDER) and not code.co_filename.endswith(_BENEATH):
            found.append(f"{code.co_filename.removeprefix(_FOLDER)}:{frame.f_lineno} {code.co_name}")
        frame = frame.f_back  # type: ignore[assignment]
    return found
