"""Where a target's places lie: named ones first, in order, on its own side and in its own muscle."""

from __future__ import annotations

import pytest

from clinic.domain import anatomy
from clinic.domain.anatomy import MUSCLES, OTHER, Side
from clinic.domain.errors import Invalid
from clinic.domain.plans import Target
from clinic.domain.target_places import require_room, target_places

EVERY = [
    (key, side, group)
    for key, one in MUSCLES.items()
    if key != OTHER
    for side in ((Side.RIGHT, Side.LEFT) if one.paired else (Side.MIDLINE,))
    for group in (None, *one.groups)
]


@pytest.mark.parametrize(("muscle", "side", "group"), EVERY, ids=str)
def test_every_place_lies_in_the_muscle_on_its_side_and_none_twice(muscle: str, side: Side, group: str | None) -> None:
    found = target_places(Target(muscle, side, group, sites=20))
    assert found
    assert len({(one.x, one.y) for one in found}) == len(found)
    for one in found:
        assert (one.muscle, one.side) == (muscle, side)
        assert anatomy.side_of(muscle, one.x) is side
        assert any(hit.muscle == muscle for hit in anatomy.hits(one.x, one.y))
        if group is not None and one.sub_site is not None:
            assert anatomy.group_of(muscle, one.sub_site) == group


def test_named_places_come_first_and_in_order() -> None:
    found = target_places(Target("orbicularis_oculi", Side.LEFT, "lateral_orbital", sites=2))
    assert [one.sub_site for one in found] == ["lateral_orbital_upper", "lateral_orbital_middle"]
    assert all(one.x > 0 for one in found)


def test_no_room_is_refused_in_words() -> None:
    assert len(require_room(Target("platysma", Side.RIGHT, "jaw", sites=7))) == 7
    with pytest.raises(Invalid) as refused:
        require_room(Target("platysma", Side.RIGHT, "jaw", sites=8))
    assert "8 sites are planned" in refused.value.fields[""]
    assert "Nothing was brought" in refused.value.fields[""]
