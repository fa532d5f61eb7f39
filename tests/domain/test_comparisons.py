"""Two sessions site by site: what is matched, what is subtracted, and that it reads the same both ways round."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.anatomy import Side
from clinic.domain.comparison_amounts import added_up, change_added_up
from clinic.domain.comparison_sites import ComparedSite, signed_units
from clinic.domain.comparisons import (
    MATCH_RENAMED_WITHIN,
    MATCH_WITHIN,
    MOVED_FROM,
    Kind,
    SiteChange,
    diff,
    is_change,
)

DOSES = [Decimal(0), Decimal("0.5"), Decimal("2.5"), Decimal(5), Decimal("12.25")]


def site(ident: str = "a", **values: Any) -> ComparedSite:
    """2.5 units of Botox in the left mentalis unless overridden."""
    given: dict[str, Any] = {
        "id": ident,
        "muscle": "mentalis",
        "sub_site": None,
        "side": Side.LEFT,
        "x": 100,
        "y": -800,
        "units": Decimal("2.5"),
        "product": "botox",
    }
    return ComparedSite(**(given | values))


def value(one: ComparedSite | None) -> Any:
    """A site without its id, which tells two sessions' sites apart and nothing else."""
    return None if one is None else replace(one, id="")


def values(changes: tuple[SiteChange, ...]) -> Counter[Any]:
    return Counter((value(one.before), value(one.after)) for one in changes)


def only(changes: tuple[SiteChange, ...]) -> SiteChange:
    (found,) = changes
    return found


sites = st.builds(
    site,
    ident=st.uuids().map(str),
    muscle=st.sampled_from(["mentalis", "platysma", "other"]),
    sub_site=st.sampled_from([None, "medial_band_1"]),
    side=st.sampled_from(Side),
    x=st.sampled_from([0, 20, 60, 100, 160, 400]),
    y=st.sampled_from([-800, -790, -700]),
    units=st.sampled_from(DOSES),
    product=st.sampled_from(["botox", "dysport", ""]),
)
sessions = st.lists(sites, max_size=9, unique_by=lambda one: one.id)


@given(sessions)
def test_a_session_against_itself_has_no_change(one: list[ComparedSite]) -> None:
    found = diff(one, random.Random(3).sample(one, len(one)))
    assert len(found) == len(one)
    assert not any(map(is_change, found))


@given(sessions, sessions)
def test_the_other_way_round_it_is_the_same_with_before_and_after_exchanged(
    one: list[ComparedSite], other: list[ComparedSite]
) -> None:
    forth, back = diff(one, other), diff(other, one)
    assert values(forth) == values(tuple(change.turned() for change in back))
    assert Counter(change.units for change in forth if change.units is not None) == Counter(
        -change.units for change in back if change.units is not None
    )


@given(sessions, sessions, st.randoms())
def test_the_order_of_the_sites_does_not_matter(
    one: list[ComparedSite], other: list[ComparedSite], chance: random.Random
) -> None:
    mixed = diff(chance.sample(one, len(one)), chance.sample(other, len(other)))
    assert mixed == diff(one, other)


@given(sessions, sessions)
def test_every_site_stands_once_and_the_sums_add_up(one: list[ComparedSite], other: list[ComparedSite]) -> None:
    changes = diff(one, other)
    assert Counter(change.before.id for change in changes if change.before) == Counter(each.id for each in one)
    assert Counter(change.after.id for change in changes if change.after) == Counter(each.id for each in other)
    before, change, after = added_up(one), change_added_up(changes), added_up(other)
    for key in {*before, *change, *after}:
        assert before.get(key, 0) + change.get(key, 0) == after.get(key, 0)


@given(sessions, sessions)
def test_units_are_subtracted_within_one_known_product_only(one: list[ComparedSite], other: list[ComparedSite]) -> None:
    for change in diff(one, other):
        both = [each for each in (change.before, change.after) if each is not None]
        assert len({each.place for each in both}) == 1
        if change.units is not None:
            assert len({each.product for each in both}) == 1
            assert all(each.product and each.units for each in both)


@given(sessions)
def test_a_mirrored_session_has_nothing_in_common_with_the_other_side(one: list[ComparedSite]) -> None:
    mirrored = [replace(each, x=-each.x, side=each.side.other, id=f"{each.id}'") for each in one]
    for change in diff(one, mirrored):
        if change.before is not None and change.after is not None:
            assert change.before.side is change.after.side


def test_a_dose_at_the_same_place_is_a_change_in_units() -> None:
    change = only(diff([site()], [site("b", units=Decimal(5))]))
    assert (change.kind, change.units) == (Kind.CHANGED, Decimal("2.5"))
    assert change.words == "+2.5\u00a0units: 2.5 → 5"
    assert change.turned().words == "−2.5\u00a0units: 5 → 2.5"


def test_other_products_stand_beside_each_other() -> None:
    before, after = site(product="dysport", units=Decimal(25)), site("b", units=Decimal(10))
    change = only(diff([before], [after]))
    assert (change.kind, change.units) == (Kind.OTHER_PRODUCT, None)
    assert change.words == (
        "25\u00a0units abobotulinumtoxinA (Dysport) → 10\u00a0units onabotulinumtoxinA (Botox): not comparable"
    )


def test_what_was_not_recorded_is_not_subtracted() -> None:
    change = only(diff([site(product="")], [site("b", product="", units=Decimal(5))]))
    assert change.units is None
    assert change.words == "2.5\u00a0units product not recorded → 5\u00a0units product not recorded: not comparable"
    open_dose = only(diff([site()], [site("b", units=Decimal(0))]))
    assert open_dose.units is None
    assert "dose to be entered" in open_dose.words


@pytest.mark.parametrize(
    ("distance", "sub_site", "pairs"),
    [
        (MATCH_WITHIN - 1, None, 1),
        (MATCH_WITHIN, None, 1),
        (MATCH_WITHIN + 1, None, 2),
        (MATCH_RENAMED_WITHIN - 1, "belly", 1),
        (MATCH_RENAMED_WITHIN, "belly", 1),
        (MATCH_RENAMED_WITHIN + 1, "belly", 2),
    ],
)
def test_how_far_a_site_may_be_from_its_earlier_place(distance: int, sub_site: str | None, pairs: int) -> None:
    assert len(diff([site()], [site("b", x=100 + distance, sub_site=sub_site)])) == pairs


@pytest.mark.parametrize(
    ("distance", "kind"), [(MOVED_FROM - 1, Kind.SAME), (MOVED_FROM, Kind.MOVED), (MOVED_FROM + 1, Kind.MOVED)]
)
def test_from_how_far_a_site_has_moved(distance: int, kind: Kind) -> None:
    change = only(diff([site()], [site("b", y=-800 + distance)]))
    assert change.kind is kind
    assert ("moved about 3\u00a0mm" in change.words) is (kind is Kind.MOVED)


def test_the_same_part_goes_before_a_nearer_site_of_another_part() -> None:
    one = site("a", muscle="platysma", sub_site="medial_band_1")
    nearer = site("b", muscle="platysma", x=101)
    named = site("c", muscle="platysma", sub_site="medial_band_1", x=160)
    changes = diff([one], [nearer, named])
    assert {(change.before is None, change.after and change.after.id) for change in changes} == {
        (False, "c"),
        (True, "b"),
    }


def test_two_sites_at_one_place_keep_their_products_apart() -> None:
    one = [site("a", product="botox"), site("b", product="dysport", units=Decimal(10))]
    other = [site("d", product="dysport", units=Decimal(12)), site("c", product="botox")]
    assert {(change.kind, change.units) for change in diff(one, other)} == {
        (Kind.SAME, Decimal(0)),
        (Kind.CHANGED, Decimal(2)),
    }


def test_added_and_removed_say_what_of() -> None:
    assert only(diff([], [site()])).words == "added: 2.5\u00a0units onabotulinumtoxinA (Botox)"
    assert only(diff([site()], [])).words == "removed: 2.5\u00a0units onabotulinumtoxinA (Botox)"


def test_a_change_needs_a_site() -> None:
    with pytest.raises(ValueError, match="needs a site"):
        _ = SiteChange(None, None).now


def test_signs_in_words() -> None:
    assert [signed_units(Decimal(one)) for one in ("1", "-2.5", "0")] == [
        "+1\u00a0unit",
        "−2.5\u00a0units",
        "no change",
    ]
