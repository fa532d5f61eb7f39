"""Tables for a spreadsheet: comma-separated, in a form that no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from flask import Response

from clinic.domain.csv_cells import cell

__all__ = ["cell", "download"]

_MARK = "\ufeff"
"""The byte order mark by which a spreadsheet knows UTF-8."""


def download(name: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Response:
    """A table to keep, one line of headings first; every cell is written as text."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(headings)
    writer.writerows([cell(text.replace("\u00a0", " ")) for text in row] for row in rows)
    response = Response(f"{_MARK}{out.getvalue()}", mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
