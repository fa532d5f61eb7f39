"""A text as a cell of a table for a spreadsheet, in a form that none takes for a formula."""

from __future__ import annotations

import re
from typing import Final

_FORMULA: Final = frozenset("=+-@\t\r\n＝＋－＠")
_PASSED_OVER: Final = " \u00a0\u200b\u2060\ufeff"
"""Blanks and signs without a width, which some spreadsheets leave out before they look at the first sign."""
_NUMBER: Final = re.compile(r"[+-][0-9(][0-9 ()./,\u00a0-]*", re.ASCII)


def cell(text: str) -> str:
    """A text as a cell: typed by hand, it may begin like a formula, and then stands behind an apostrophe."""
    return f"'{text}" if _is_led_by_sign(text) else text


def bare(text: str) -> tuple[str, bool]:
    """The text of a cell without the apostrophe that ``cell`` put before it, and whether there was one."""
    guarded = text[:1] == "'" and _is_led_by_sign(text[1:])
    return (text[1:] if guarded else text), guarded


def begins_like_formula(text: str) -> bool:
    """Whether a spreadsheet would take a text for a formula; a plain or telephone number with its sign is none."""
    return _is_led_by_sign(text) and not _NUMBER.fullmatch(text)


def _is_led_by_sign(text: str) -> bool:
    return text.lstrip(_PASSED_OVER)[:1] in _FORMULA
