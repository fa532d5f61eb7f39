"""The rows of a patient's list of visits, each written once: most visits are long signed, and lists are opened often.

What a row says depends on nothing but the values that it is written from, so a row that is kept is never out of date.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from flask import Flask, request
from markupsafe import Markup

from clinic.queries.visit_lists import TimelineRow

KEPT: Final = 600
"""So many rows, of about 2 KiB each."""


def register(app: Flask) -> None:
    """Give templates ``visit_row``."""

    @lru_cache(maxsize=KEPT)
    def written(_root: str, patient_id: str, row: TimelineRow, outcome: str, score: str) -> Markup:
        macros: Any = app.jinja_env.get_template("visits/_timeline_row.html").module
        row_written: Markup = macros.visit_row(patient_id, row, outcome, score)
        return row_written

    app.jinja_env.globals["visit_row"] = _under_root(written)


def _under_root(written: Callable[[str, str, TimelineRow, str, str], Markup]) -> Callable[..., Markup]:
    def visit_row(patient_id: str, row: TimelineRow, outcome: str, score: str) -> Markup:
        """One row; its links begin with where the program is served."""
        return written(request.root_path, patient_id, row, outcome, score)

    return visit_row
