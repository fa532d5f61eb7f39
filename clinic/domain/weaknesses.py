"""Which adverse events are a weakness, and which treated muscles may have done it.

A first reading that errs on the side of care: every muscle that may be behind a weakness counts, none is ruled out here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from clinic.domain.adverse_events import KINDS, GivenPlace, Kind, suspects
from clinic.domain.anatomy import MUSCLES, Side

WEAKNESSES: Final = frozenset(
    {
        Kind.EYELID_PTOSIS,
        Kind.BROW_PTOSIS,
        Kind.LAGOPHTHALMOS,
        Kind.EPIPHORA,
        Kind.DIPLOPIA,
        Kind.ORAL_INCOMPETENCE,
        Kind.DYSARTHRIA,
        Kind.CHEEK_BITING,
        Kind.SMILE_DROOP,
        Kind.LIP_ASYMMETRY,
        Kind.NECK_WEAKNESS,
        Kind.SWALLOWING_OR_BREATHING,
        Kind.DISTANT_SPREAD,
    }
)
"""Kinds whose usual cause is a muscle made too weak (clinical reference 3.1)."""

MuscleAt = tuple[str, Side]


def weakened(
    kind: Kind, side: Side | None, sites: Collection[GivenPlace], linked: Iterable[MuscleAt] = ()
) -> frozenset[MuscleAt]:
    """The muscles that a weakness may come from: those linked to it, and those of sites that may have done it.

    Without a session, the usual muscles of its kind; a weakness that points to no site may come from any of the session.
    """
    found = set(linked)
    if not sites:
        return frozenset(found | set(_usual(kind, side)))
    named = {one.site_id for one in suspects(kind, sites, side)}
    found |= {(site.muscle, site.side) for site in sites if site.id in named}
    return frozenset(found or {(site.muscle, site.side) for site in sites})


def _usual(kind: Kind, side: Side | None) -> Iterable[MuscleAt]:
    sides = (Side.RIGHT, Side.LEFT) if side not in {Side.RIGHT, Side.LEFT} else (side,)
    for muscle in KINDS[kind].muscles:
        if MUSCLES[muscle].paired:
            yield from ((muscle, one) for one in sides if one is not None)
        else:
            yield muscle, Side.MIDLINE
