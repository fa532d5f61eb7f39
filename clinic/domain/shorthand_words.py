"""The words of the shorthand line: sides, muscles with their abbreviations, sub-site groups and sites, depths, purposes.

A word may be cut short as long as only one thing begins so. ``r``, ``l``, ``b`` and ``m`` always mean a side.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from types import MappingProxyType
from typing import Final

from clinic.domain import anatomy
from clinic.domain.anatomy import MUSCLES, OTHER, Muscle, NamedSite, Side
from clinic.domain.injections import Depth, Purpose
from clinic.domain.wording import plural

BOTH: Final = (Side.RIGHT, Side.LEFT)

SIDES: Final[Mapping[str, tuple[Side, ...]]] = MappingProxyType(
    {
        "r": (Side.RIGHT,),
        "right": (Side.RIGHT,),
        "l": (Side.LEFT,),
        "left": (Side.LEFT,),
        "b": BOTH,
        "both": BOTH,
        "m": (Side.MIDLINE,),
        "midline": (Side.MIDLINE,),
    }
)
"""The words that say a side; only these, never a start of them."""

ABBREVIATIONS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "procerus": ("pro",),
        "depressor_supercilii": ("dsc",),
        "corrugator_supercilii": ("cor", "corrugator"),
        "mentalis": ("men",),
        "depressor_anguli_oris": ("dao",),
        "depressor_labii_inferioris": ("dli",),
        "levator_labii_superioris_alaeque_nasi": ("llsan",),
        "zygomaticus_major": ("zma",),
        "zygomaticus_minor": ("zmi",),
        "levator_labii_superioris": ("llsup",),
        "risorius": ("ris",),
        "nasalis": ("nas",),
        "orbicularis_oris": ("oris", "oor"),
        "orbicularis_oculi": ("ooc", "oculi"),
        "frontalis": ("fro",),
        "lacrimal_gland": ("lac",),
        "levator_anguli_oris": ("lao",),
        "buccinator": ("buc",),
        "platysma": ("pla",),
    }
)
"""What clinicians write for a muscle, the one that lines are written with first. None is a start of another muscle's:
so LLS, which LLSAN begins with, stands for neither."""

DETAILS: Final[Mapping[str, Depth | Purpose]] = MappingProxyType(
    {
        "id": Depth.INTRADERMAL,
        "sc": Depth.SUBCUTANEOUS,
        "im": Depth.INTRAMUSCULAR,
        "ig": Depth.INTRAGLANDULAR,
    }
    | {depth.value: depth for depth in Depth}
    | {purpose.value: purpose for purpose in Purpose}
)
"""What may stand after the dose."""

_PARTS = re.compile(r"[^\W\d_]+|\d+")
_SHOWN = 40


class Misread(Exception):
    """Words that cannot be taken; the message names the first ``words`` of them and what would be."""

    def __init__(self, message: str, words: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.words = words


@dataclass(frozen=True, slots=True)
class Place:
    """One or more named sites of a muscle under the name that they were called by (empty: the muscle's own)."""

    muscle: Muscle
    name: str
    sites: tuple[NamedSite, ...]

    def on(self, side: Side) -> tuple[NamedSite, ...]:
        """Those of the sites that exist on a side."""
        return tuple(site for site in self.sites if exists(site, side))


def exists(site: NamedSite, side: Side) -> bool:
    """Whether a named site lies on this side: on the midline, or to either side of it."""
    return (site.x == 0) == (side is Side.MIDLINE)


def quoted(text: str) -> str:
    """A typed text in quotation marks, cut when it is long."""
    return f"“{text}”" if len(text) <= _SHOWN else f"“{text[:_SHOWN]}…”"


def parts(word: str) -> tuple[str, ...]:
    """``medial_band-3`` and ``medialband3`` as (medial, band, 3) and (medialband, 3)."""
    return tuple(_PARTS.findall(word.casefold()))


def find_muscle(words: list[str]) -> tuple[Muscle, int]:
    """The muscle that the first words name, and how many words that took. Raises Misread."""
    longest = min(len(words), max(len(name) for names in _names().values() for name in names))
    for count in range(longest, 0, -1):
        typed = tuple(part for word in words[:count] for part in parts(word))
        found = _whole(typed) or _starting(typed)
        if len(found) == 1:
            return MUSCLES[found[0]], count
        if found:
            raise Misread(f"{quoted(' '.join(words[:count]))} fits {_either(found)}. {_write(found)}", count)
    raise Misread(_unknown(words[0] if words else ""))


@cache
def _names() -> Mapping[str, tuple[tuple[str, ...], ...]]:
    return {key: (parts(key), *map(parts, short)) for key, short in ABBREVIATIONS.items()}


def _whole(typed: tuple[str, ...]) -> list[str]:
    return [key for key, names in _names().items() if typed in names]


def _starting(typed: tuple[str, ...]) -> list[str]:
    return [key for key, names in _names().items() if typed and any(_begins(name, typed) for name in names)]


def _begins(name: tuple[str, ...], typed: tuple[str, ...]) -> bool:
    return len(typed) <= len(name) and all(one.startswith(part) for one, part in zip(name, typed, strict=False))


def _either(keys: Iterable[str]) -> str:
    return " and ".join(MUSCLES[key].label.lower() for key in keys)


def _write(keys: Iterable[str]) -> str:
    return f"Write {' or '.join(ABBREVIATIONS[key][0] for key in keys)}."


def _unknown(word: str) -> str:
    if word.casefold() == OTHER:
        return "A place outside every muscle cannot be said in a line: tap it on the face."
    known = {name: key for key, short in ABBREVIATIONS.items() for name in (key, *short)}
    near = list(dict.fromkeys(known[one] for one in get_close_matches(word.casefold()[:_SHOWN], known)))
    meant = (
        f" Was it {' or '.join(_named(key) for key in near)}?"
        if near
        else " Write a start of its name, as dao or mentalis."
    )
    return f"{quoted(word)} is no muscle.{meant}"


def _named(key: str) -> str:
    return f"{ABBREVIATIONS[key][0]} ({MUSCLES[key].label.lower()})"


def find_place(muscle: Muscle, words: list[str]) -> Place:
    """The group of sites or the single site that the words after a muscle name; none name the muscle's own sites.

    Raises Misread: for a muscle whose sites stand in groups when none is named, and for words that fit none or several.
    """
    if not words:
        if muscle.groups:
            raise Misread(f"{muscle.label} needs a group or a site: {choices(muscle)}.")
        return Place(muscle, "", muscle.sites)
    typed = tuple(part for word in words for part in parts(word))
    groups = [name for name in muscle.groups if typed and _told(parts(name), typed)]
    if len(groups) == 1:
        return Place(muscle, groups[0], tuple(muscle.site(key) for key in muscle.groups[groups[0]]))
    sites = [site for site in muscle.sites if typed and not groups and _told(parts(site.key), typed)]
    if len(sites) == 1:
        return Place(muscle, sites[0].key, (sites[0],))
    shown = quoted(" ".join(words))
    several = groups or [site.key for site in sites]
    if several:
        raise Misread(f"{shown} fits {' and '.join(several)} of {muscle.label.lower()}. Write more of the one meant.")
    raise Misread(f"{muscle.label} has no site {shown}. It has {choices(muscle)}.")


def _told(name: tuple[str, ...], typed: tuple[str, ...]) -> bool:
    """Whether each typed part begins a part of the name, in its order, the first one the first."""
    if not name[0].startswith(typed[0]):
        return False
    rest = iter(name[1:])
    return all(any(_same(one, part) for one in rest) for part in typed[1:])


def _same(one: str, part: str) -> bool:
    return one == part if part.isdigit() else one.startswith(part)


def choices(muscle: Muscle) -> str:
    """The groups of a muscle with their sizes, or its sites by name."""
    if muscle.groups:
        return ", ".join(f"{name} ({plural(len(sites), 'site')})" for name, sites in muscle.groups.items())
    return ", ".join(site.key for site in muscle.sites)


def place_label(place: Place) -> str:
    """A group or site in words; empty for a muscle without a name for its place."""
    if place.name in place.muscle.groups:
        return anatomy.group_label(place.muscle.key, place.name)
    return place.sites[0].label if len(place.sites) == 1 else ""


def find_detail(word: str) -> Depth | Purpose:
    """The depth or purpose that a word after the dose names. Raises Misread."""
    typed = word.casefold()
    if typed in DETAILS:
        return DETAILS[typed]
    found = {DETAILS[name] for name in DETAILS if name.startswith(typed)}
    if len(found) == 1:
        return found.pop()
    if found:
        raise Misread(f"{quoted(word)} fits {' and '.join(sorted(found))}. Write more of the one meant.")
    raise Misread(
        f"{quoted(word)} is not understood after the dose. There may stand xN for a group of N sites, a depth"
        " (id, sc, im, ig) or a purpose. The next item begins after “;”."
    )
