"""Where the places of a planned target lie on the face: its named sites in order, then points halfway between them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from clinic.domain import anatomy
from clinic.domain.anatomy import MUSCLES, Side
from clinic.domain.errors import Invalid
from clinic.domain.plan_words import place_words
from clinic.domain.plans import Target
from clinic.domain.site_entries import Placed
from clinic.domain.wording import plural

_APART: Final = 50
"""Hundredths of a geometry unit (about 5 mm) between a muscle's only named site and a further place beside it."""


def target_places(target: Target) -> tuple[Placed, ...]:
    """A place for each site of a target; fewer where the muscle has no room for so many."""
    return tuple(_places(target))[: target.sites]


def require_room(target: Target) -> tuple[Placed, ...]:
    """A place for each site of a target, each to be confirmed. Raises Invalid when the muscle has no room for so many."""
    found = target_places(target)
    if len(found) < target.sites:
        room = f"the face has {plural(len(found), 'place')} for it"
        raise Invalid(
            {
                "": f"{place_words(target)}: {plural(target.sites, 'site')} are planned, {room}. Chart this one by hand, or "
                "change the plan. Nothing was brought."
            }
        )
    return found


def _places(target: Target) -> Iterator[Placed]:
    named = _named(target)
    yield from named
    points = [(one.x, one.y) for one in named]
    beside = [((ax + bx) // 2, (ay + by) // 2) for (ax, ay), (bx, by) in pairwise(points)]
    if len(points) == 1:
        ((x, y),) = points
        beside = [(x - _APART, y), (x + _APART, y)]
    for x, y in beside:
        if _is_inside(target, x, y):
            yield Placed(target.muscle, None, target.side, x, y)


def _named(target: Target) -> list[Placed]:
    muscle = MUSCLES[target.muscle]
    keys = muscle.groups[target.site_group] if target.site_group else tuple(site.key for site in muscle.sites)
    on_midline = target.side is Side.MIDLINE
    found = []
    for key in keys:
        if (muscle.site(key).x == 0) is on_midline:
            x, y = anatomy.position(target.muscle, key, target.side)
            found.append(Placed(target.muscle, key, target.side, x, y))
    return found


def _is_inside(target: Target, x: int, y: int) -> bool:
    inside = any(hit.muscle == target.muscle for hit in anatomy.hits(x, y))
    return inside and anatomy.side_of(target.muscle, x) is target.side
