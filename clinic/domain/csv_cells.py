"""A text as a cell of a table for a spreadsheet, in a form that none takes for a formula."""

from __future__ import annotations

import re
from typing import Final

_FORMULA: Final = frozenset("=+-@\t\r＝＋－＠")
_NUMBER: Final = re.compile(r"[+-][0-9(][0-9 ()./,\u00a0-]*", re.ASCII)


def cell(text: str) -> str:
    """A text as a cell: typed by hand, it may begin like a formula, and then stands behind an apostrophe."""
    return f"'{text}" if text[:1] in _FORMULA else text


def bare(text: str) -> tuple[str, bool]:
    """The text of a cell without the apostrophe that ``cell`` put before it, and whether there was one."""
    guarded = text[:1] == "'" and text[1:2] in _FORMULA
    return (text[1:] if guarded else text), guarded


def begins_like_formula(text: str) -> bool:
    """Whether a spreadsheet would take a text for a formula; a plain or telephone number with its sign is none."""
    return text[:1] in _FORMULA and len(text) > 0 and not _NUMBER.fullmatch(text)
