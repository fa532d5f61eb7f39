"""What lies where: named sites, sides, the hit rule and the danger zones."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain import anatomy
from clinic.domain.anatomy import MUSCLES, OTHER, AnatomyError, Hit, Side

NAMED = [
    (muscle.key, site.key, side)
    for muscle in MUSCLES.values()
    for site in muscle.sites
    for side in ((Side.MIDLINE,) if site.x == 0 else (Side.RIGHT, Side.LEFT))
]
xs = st.integers(-945, 945)
ys = st.integers(-1560, 1290)


@pytest.mark.parametrize(("muscle", "sub_site", "side"), NAMED)
def test_a_named_site_is_hit_as_itself(muscle: str, sub_site: str, side: Side) -> None:
    x, y = anatomy.position(muscle, sub_site, side)
    assert anatomy.hit(x, y, MUSCLES[muscle].deep) == Hit(muscle, sub_site, side)
    assert anatomy.in_view(x, y)


@pytest.mark.parametrize(("muscle", "sub_site", "side"), NAMED)
def test_a_named_site_lies_in_its_own_muscle_and_in_none_of_its_danger_zones(
    muscle: str, sub_site: str, side: Side
) -> None:
    x, y = anatomy.position(muscle, sub_site, side)
    region = anatomy.regions()[muscle]
    assert region.contains(-max(abs(x), MUSCLES[muscle].midline_capture), y)
    assert anatomy.danger_zones_at(x, y, muscle) == ()


def test_every_muscle_that_can_be_charted_is_there() -> None:
    muscles = [key for key, muscle in MUSCLES.items() if muscle.is_muscle]
    assert len(muscles) == 18
    assert "lacrimal_gland" in MUSCLES
    assert not MUSCLES["lacrimal_gland"].is_muscle
    assert list(MUSCLES)[-1] == OTHER


def test_no_alias_fits_two_muscles() -> None:
    names = [name for muscle in MUSCLES.values() for name in (muscle.key, *muscle.aliases)]
    assert len(names) == len(set(names))
    assert {"dao", "dli", "ooc", "oor", "lls", "llsan", "zma", "zmi", "lao"} <= set(names)
    assert "oo" not in names


def test_every_muscle_has_words() -> None:
    for muscle in MUSCLES.values():
        if muscle.key != OTHER:
            assert all((muscle.label, muscle.short_label, muscle.latin, muscle.branch, muscle.action))
            assert muscle.uberon is None or muscle.uberon.startswith("UBERON:")
        assert len({site.label for site in muscle.sites}) == len(muscle.sites)
        for keys in muscle.groups.values():
            assert set(keys) <= {site.key for site in muscle.sites}


def test_the_groups_of_orbicularis_oculi_and_platysma_hold_each_of_their_sites_once() -> None:
    for key in ("orbicularis_oculi", "platysma"):
        muscle = MUSCLES[key]
        assert sorted(name for keys in muscle.groups.values() for name in keys) == sorted(s.key for s in muscle.sites)
    assert len(MUSCLES["orbicularis_oculi"].groups["lateral_orbital"]) == 3
    assert len(MUSCLES["platysma"].groups["medial_band"]) == 5


@given(xs, ys, st.booleans())
def test_the_two_sides_mirror_exactly(x: int, y: int, deep: bool) -> None:
    here, there = anatomy.hit(x, y, deep), anatomy.hit(anatomy.mirror(x), y, deep)
    assert there == Hit(here.muscle, here.sub_site, here.side.other)
    assert [hit.side.other for hit in anatomy.hits(x, y)] == [hit.side for hit in anatomy.hits(-x, y)]
    assert anatomy.danger_zones_at(x, y, here.muscle) == anatomy.danger_zones_at(-x, y, here.muscle)


@given(xs, ys, st.booleans())
def test_the_side_of_a_hit_is_the_side_of_the_region(x: int, y: int, deep: bool) -> None:
    hit = anatomy.hit(x, y, deep)
    assert hit.side is anatomy.side_of(hit.muscle, x)
    if hit.side is not Side.MIDLINE:
        assert hit.side is (Side.RIGHT if x < 0 else Side.LEFT)
    if hit.sub_site is not None:
        assert anatomy.position(hit.muscle, hit.sub_site, hit.side)


@given(xs, ys)
def test_everything_under_a_point_begins_with_what_is_hit(x: int, y: int) -> None:
    found = anatomy.hits(x, y)
    first = anatomy.hit(x, y)
    assert len({hit.muscle for hit in found}) == len(found)
    if first.muscle != OTHER:
        assert found[0] == first
    if found != (first,):
        assert OTHER not in {hit.muscle for hit in found}


@given(xs, ys)
def test_deep_structures_are_hit_only_with_the_deep_layer(x: int, y: int) -> None:
    assert not MUSCLES[anatomy.hit(x, y).muscle].deep


def test_the_deep_layer_reaches_the_buccinator_below_risorius() -> None:
    assert anatomy.hit(-470, -440).muscle == "risorius"
    assert anatomy.hit(-470, -440, deep=True).muscle == "buccinator"
    assert [hit.muscle for hit in anatomy.hits(-470, -440)][:2] == ["risorius", "buccinator"]


def test_a_named_site_wins_up_to_35_hundredths_and_not_beyond() -> None:
    x, y = anatomy.position("frontalis", "medial", Side.LEFT)
    assert anatomy.hit(x, y + 35).sub_site == "medial"
    assert anatomy.hit(x, y + 36) == Hit("frontalis", None, Side.LEFT)


@pytest.mark.parametrize(
    ("x", "side", "sub_site"),
    [
        (0, Side.MIDLINE, "midline"),
        (-25, Side.MIDLINE, "midline"),
        (-26, Side.RIGHT, "belly"),
        (26, Side.LEFT, "belly"),
    ],
)
def test_mentalis_has_a_midline_of_25_hundredths_either_side(x: int, side: Side, sub_site: str) -> None:
    assert anatomy.hit(x, -838) == Hit("mentalis", sub_site, side)


def test_the_gap_between_the_halves_of_mentalis_belongs_to_its_midline() -> None:
    assert anatomy.hit(0, -720) == Hit("mentalis", None, Side.MIDLINE)


def test_unpaired_muscles_are_midline_even_beside_it() -> None:
    assert anatomy.hit(-40, 470) == Hit("procerus", None, Side.MIDLINE)
    assert anatomy.hit(40, 470) == Hit("procerus", None, Side.MIDLINE)


def test_the_lips_and_the_open_eye_belong_to_no_muscle() -> None:
    assert anatomy.hit(-30, -440).muscle == OTHER
    assert anatomy.hit(-316, 266).muscle == OTHER


@pytest.mark.parametrize(("x", "side"), [(-26, Side.RIGHT), (-25, Side.MIDLINE), (25, Side.MIDLINE), (26, Side.LEFT)])
def test_outside_every_region_the_side_follows_x_with_a_narrow_midline(x: int, side: Side) -> None:
    assert anatomy.hit(x, 1150) == Hit(OTHER, None, side)


def test_the_edges_of_the_view() -> None:
    assert anatomy.in_view(-945, -1560)
    assert anatomy.in_view(945, 1290)
    assert not anatomy.in_view(-946, 0)
    assert not anatomy.in_view(0, 1291)


def test_position_without_a_sub_site_is_the_first_site_of_that_side() -> None:
    assert anatomy.position("platysma", None, Side.LEFT) == (460, -620)
    assert anatomy.position("mentalis", None, Side.MIDLINE) == (0, -840)


@pytest.mark.parametrize(
    ("muscle", "sub_site", "side"),
    [
        ("masseter", None, Side.LEFT),
        ("frontalis", "middle", Side.LEFT),
        ("frontalis", "medial", Side.MIDLINE),
        ("procerus", None, Side.RIGHT),
        ("mentalis", "midline", Side.RIGHT),
        (OTHER, None, Side.RIGHT),
    ],
)
def test_a_place_that_does_not_exist_is_refused(muscle: str, sub_site: str | None, side: Side) -> None:
    with pytest.raises(AnatomyError) as caught:
        anatomy.position(muscle, sub_site, side)
    assert isinstance(caught.value, ValueError)
    assert caught.value.message


def test_labels() -> None:
    assert anatomy.muscle_label("depressor_anguli_oris") == "Depressor anguli oris"
    assert anatomy.site_label("platysma", "medial_band_1") == "medial band 1"
    assert anatomy.site_label("platysma", None) == ""
    assert anatomy.full_label("platysma", "medial_band_1") == "Platysma, medial band 1"
    assert anatomy.group_of("platysma", "jaw_2") == "jaw"
    assert anatomy.group_of("frontalis", "medial") is None
    assert anatomy.group_label("platysma", "jaw") == "jaw line"
    assert anatomy.muscle_label(OTHER) == "Other"


def test_words_for_what_does_not_exist_are_refused() -> None:
    with pytest.raises(AnatomyError):
        anatomy.muscle_label("masseter")
    with pytest.raises(AnatomyError):
        anatomy.site_label("platysma", "jaw_9")
    with pytest.raises(AnatomyError):
        anatomy.group_label("platysma", "middle")


def test_the_parts_of_orbicularis_oculi() -> None:
    def part(x: int, y: int) -> str | None:
        return anatomy.part_of("orbicularis_oculi", x, y)

    assert part(-316, 312) == "upper lid (pretarsal)"
    assert part(316, 210) == "lower lid (pretarsal)"
    assert part(-316, 370) == "eyelid (preseptal)"
    assert part(-570, 260) == "orbital"
    assert part(-316, 266) is None
    assert anatomy.part_of("frontalis", -200, 800) is None


def test_a_danger_zone_concerns_only_its_muscles() -> None:
    upper_lid = (-320, 375)
    assert [zone.key for zone in anatomy.danger_zones_at(*upper_lid, "orbicularis_oculi")] == [
        "levator_palpebrae_superioris"
    ]
    assert anatomy.danger_zones_at(*upper_lid, "zygomaticus_major") == ()
    with pytest.raises(AnatomyError):
        anatomy.danger_zones_at(0, 0, "masseter")


def test_where_the_structure_is_not_known_every_zone_counts() -> None:
    assert [zone.key for zone in anatomy.danger_zones_at(-640, -380, OTHER)] == ["masseter"]


def test_the_edge_of_a_danger_zone_is_inside_it() -> None:
    assert anatomy.danger_zones_at(-215 - 60, 175, "orbicularis_oculi")
    assert not anatomy.danger_zones_at(-215 - 61, 175, "orbicularis_oculi")


def test_every_danger_zone_says_what_it_does_and_how_sure_it_is() -> None:
    for zone in anatomy.danger_zones():
        assert zone.label
        assert zone.harm
        assert "clinician must review" in zone.source
        assert set(zone.applies_to) <= set(MUSCLES)


def test_the_browser_gets_whole_numbers_only_and_little_of_them() -> None:
    text = json.dumps(anatomy.browser_geometry(), separators=(",", ":"))
    assert all(isinstance(number, int) for number in _numbers(json.loads(text)))
    assert len(text) < 20_000


def _numbers(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _numbers(inner)
    elif isinstance(value, (int, float)):
        yield value
