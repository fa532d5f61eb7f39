"""Lot numbers that may be one and the same, though somebody wrote them differently."""

from __future__ import annotations

from typing import Final

from clinic.domain.inventory import lot_key

LOOK_ALIKE: Final = {"o": "0", "i": "1", "l": "1", "s": "5", "z": "2", "b": "8"}
"""Letters that a hand or an eye takes for a digit."""

SHORTEST: Final = 4
"""Signs of a number that is looked for inside another one (own choice: a shorter one is found everywhere)."""

_DIGITS: Final = str.maketrans(LOOK_ALIKE)


def plainest(number: str) -> str:
    """What is left of a lot number when only letters and digits count, and those that look alike are one."""
    return "".join(filter(str.isalnum, lot_key(number))).translate(_DIGITS)


def looks_alike(one: str, other: str) -> bool:
    """Whether two numbers may be one written differently: ``C-8021``, ``Lot C8O21`` and ``8021`` for ``C8021``."""
    short, long = sorted((plainest(one), plainest(other)), key=len)
    return short == long or (len(short) >= SHORTEST and short in long)
