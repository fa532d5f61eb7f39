"""Which muscles a weakness may come from: none that could have done it is left out."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from clinic.domain.adverse_events import KINDS, Kind
from clinic.domain.anatomy import Side, position
from clinic.domain.weaknesses import WEAKNESSES, weakened


@dataclass(frozen=True)
class Site:
    """A site that was given."""

    id: str
    muscle: str
    side: Side
    x: int
    y: int


def site(muscle: str, side: Side = Side.LEFT) -> Site:
    x, y = position(muscle, None, side)
    return Site(f"{muscle}-{side}", muscle, side, x, y)


OOC, MENTALIS, PLATYSMA = site("orbicularis_oculi"), site("mentalis"), site("platysma")


def test_the_usual_muscle_of_its_side_may_have_done_it() -> None:
    sites = (OOC, MENTALIS, site("orbicularis_oculi", Side.RIGHT))
    assert weakened(Kind.LAGOPHTHALMOS, Side.LEFT, sites) == {("orbicularis_oculi", Side.LEFT)}
    assert weakened(Kind.LAGOPHTHALMOS, None, sites) == {
        ("orbicularis_oculi", side) for side in (Side.LEFT, Side.RIGHT)
    }


def test_what_was_linked_counts_beside_what_may_have_done_it() -> None:
    linked = [("mentalis", Side.LEFT)]
    assert weakened(Kind.LAGOPHTHALMOS, Side.LEFT, (OOC, MENTALIS), linked) == {
        ("orbicularis_oculi", Side.LEFT),
        ("mentalis", Side.LEFT),
    }


@pytest.mark.parametrize("kind", [Kind.DISTANT_SPREAD, Kind.SMILE_DROOP])
def test_one_that_points_to_no_site_may_come_from_any(kind: Kind) -> None:
    assert weakened(kind, None, (PLATYSMA,)) == {("platysma", Side.LEFT)}


@pytest.mark.parametrize("kind", sorted(WEAKNESSES))
def test_without_a_session_the_usual_muscles_of_its_side_count(kind: Kind) -> None:
    found = weakened(kind, Side.RIGHT, ())
    assert {muscle for muscle, _ in found} == set(KINDS[kind].muscles)
    assert {side for _, side in found} <= {Side.RIGHT, Side.MIDLINE}


@pytest.mark.parametrize("kind", [Kind.BRUISE_OR_PAIN, Kind.ALLERGIC, Kind.LACK_OF_EFFECT, Kind.EYE_PAIN_OR_VISION])
def test_what_is_no_weakness_is_not_called_one(kind: Kind) -> None:
    assert kind not in WEAKNESSES
