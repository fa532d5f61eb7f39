"""A muscle's doses and what was graded, in one sentence: what the figure shows, for those who read or hear it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Final

from clinic.domain.dose_sessions import Amount, product_runs
from clinic.domain.quantities import format_number, format_units
from clinic.domain.reviews import weeks
from clinic.domain.trends_sessions import named
from clinic.domain.wording import day_text, plural

TOLD: Final = 5
"""Sessions that a sentence tells; the table has all."""
ARROW: Final = " → "
GAP: Final = "not graded"
Grades = tuple[int | None, int | None, int | None]


def sentence(
    doses: Sequence[tuple[Amount, ...]],
    patterns: Sequence[tuple[str, date, Grades]],
    benefits: Sequence[tuple[int | None, str] | None],
) -> str:
    """``2.5 → 3.75 → 5 units; eye narrows with big smile 3 → 1 → 2 (session of …); benefit 9, 11, 13 weeks.``"""
    parts = [dose_words(doses)]
    for words, on, grades in patterns:
        parts.append(f"{words} {grade_words(grades, GAP)} (session of {day_text(on)})")
    parts += [found] if (found := benefits_words(benefits[-TOLD:])) else []
    told = "; ".join(parts)
    return f"{told[0].upper()}{told[1:]}."


def grade_words(grades: Grades, gap: str = "–") -> str:
    """``3 → 1 → 2``: before, at review, at return."""
    return ARROW.join(gap if one is None else str(one) for one in grades)


def dose_words(doses: Sequence[tuple[Amount, ...]]) -> str:
    """Doses in the order of time, product by product: ``5 → 7.5 units onabotulinumtoxinA (Botox), then …``."""
    told = doses[-TOLD:]
    runs = [
        (_products(run[0]), [[one.total for one in amounts] for amounts in run])
        for run in product_runs(told, _products)
    ]
    found = []
    for products, run in runs:
        for number, product in enumerate(products):
            units = [one[number] for one in run]
            line = ARROW.join([*(format_number(one) for one in units[:-1]), format_units(units[-1])])
            found.append((line, product))
    names = {one.product for amounts in doses for one in amounts}
    lines = [line if len(names) == 1 and "" not in names else f"{line} {named(product)}" for line, product in found]
    start = f"the last {len(told)} of {len(doses)} sessions: " if len(doses) > len(told) else ""
    joined = ", then ".join(lines) if all(len(products) == 1 for products, _ in runs) else " and ".join(lines)
    return f"{start}{joined}"


def _products(amounts: Sequence[Amount]) -> tuple[str, ...]:
    return tuple(one.product for one in amounts)


def benefits_words(benefits: Sequence[tuple[int | None, str] | None]) -> str:
    """``benefit of the whole session 9, 11, 13 weeks``; a session of which nobody asked is ``not asked``, one that still works says so."""
    if not any(benefits):
        return ""
    runs = [(told, [*run]) for told, run in groupby(benefits, key=lambda one: bool(one and one[0] and weeks(one[0])))]
    return f"benefit of the whole session {', '.join(words for told, run in runs for words in _benefits(told, run))}"


def _benefits(known: bool, run: Sequence[tuple[int | None, str] | None]) -> list[str]:
    """Neighbours whose weeks are known share the word; the others are told one by one."""
    if known:
        counts = [weeks(one[0]) for one in run if one and one[0]]
        return [*map(str, counts[:-1]), plural(counts[-1], "week")]
    return ["not asked" if one is None else one[1].removesuffix(" of benefit") for one in run]
