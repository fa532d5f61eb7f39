"""Where a target for toxin lies, and what it is for, in words for the patient: ``around your left eye``.

Own words for the parts of a face, as ``data/texts/<language>/places.toml`` states them; the muscle's name stays in the
record. A language that has no such file reads English.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from clinic.domain.anatomy import Side
from clinic.domain.injections import Purpose
from clinic.domain.plans import ReferralKind

_LEVELS: Final[Mapping[int, str]] = {-2: "much_less", -1: "less", 0: "reached", 1: "more", 2: "much_more"}


@cache
def _words(code: str) -> Mapping[str, Any]:
    texts = files("clinic.domain") / "data" / "texts"
    file = texts / code / "places.toml"
    return tomllib.loads((file if file.is_file() else texts / "en" / "places.toml").read_text(encoding="utf-8"))


def plain_place(muscle: str, site_group: str | None, side: Side, code: str = "en") -> str:
    """``around your left eye``; the side is the patient's own, so it needs no further word."""
    words = _words(code)
    part = words["parts"].get(muscle, {}).get(site_group or "")
    if side is Side.MIDLINE:
        return str(words["places"].get(muscle, words["unnamed"])["middle"])
    sided = str(part or words["places"].get(muscle, words["unnamed"])["sided"])
    return sided.format(m=words["sides"][side.value]["m"], f=words["sides"][side.value]["f"])


def named_group(muscle: str, site_group: str | None) -> str | None:
    """The group, where it has words of its own: places that read alike belong together."""
    return site_group if site_group in _words("en")["parts"].get(muscle, {}) else None


def plain_side(side: Side, code: str = "en") -> str:
    """``your left``, ``middle``."""
    return str(_words(code)["sides"][side.value]["own"])


def plain_why(muscle: str, purpose: Purpose, code: str = "en") -> str:
    """What the treatment of a place is meant to do, never that it will."""
    aims = _words(code)["aims"]
    if purpose is Purpose.BALANCE:
        return str(aims["balance"])
    return str(aims["lacrimal_gland"] if purpose is Purpose.TEARING else aims.get(muscle, aims["any"]))


def plain_referral(kind: ReferralKind, code: str = "en") -> str:
    """To whom the patient is sent, as the patient would say it."""
    return str(_words(code)["referrals"][kind.name.lower()])


def plain_level(level: int, code: str = "en") -> str:
    """How far a goal is reached (-2 to +2)."""
    return str(_words(code)["levels"][_LEVELS[level]])
