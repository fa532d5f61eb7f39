"""Sites brought from elsewhere: mirrored onto the other side, and doses that belong to one product."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain import anatomy
from clinic.domain.anatomy import MUSCLES, OTHER, Side
from clinic.domain.errors import Invalid
from clinic.domain.injections import Depth, Purpose
from clinic.domain.site_copies import NOTE_MAXIMUM, SiteCopy, on_other_side, other_products, without_dose
from clinic.domain.site_entries import Placed

LEFT, BOTTOM, RIGHT, TOP = anatomy.view_box()


def copy(muscle: str = "mentalis", x: int = -90, y: int = 0, **values: object) -> SiteCopy:
    side = anatomy.side_of(muscle, x)
    found = {"product": "botox", "note": ""} | values
    return SiteCopy(
        "a",
        1,
        Placed(muscle, None, side, x, y),
        Decimal("2.5"),
        purpose=Purpose.SYNKINESIS,
        depth=Depth.INTRAMUSCULAR,
        **found,
    )  # type: ignore[arg-type]


@given(st.sampled_from(sorted(MUSCLES)), st.integers(LEFT, RIGHT), st.integers(BOTTOM, TOP))
def test_mirroring_twice_gives_the_same_place_and_once_the_other_side(muscle: str, x: int, y: int) -> None:
    site = copy(muscle, x, y)
    mirrored = on_other_side(site)
    assert on_other_side(mirrored) == site
    assert mirrored.placed.side is anatomy.side_of(muscle, mirrored.placed.x)
    if site.placed.side is Side.MIDLINE:
        assert mirrored == site
    else:
        assert {site.placed.side, mirrored.placed.side} == {Side.RIGHT, Side.LEFT}
        assert mirrored.placed.x == -x
    assert (mirrored.units, mirrored.purpose, mirrored.placed.y) == (site.units, site.purpose, y)


def test_a_place_that_disagrees_with_its_side_is_refused() -> None:
    site = SiteCopy(
        "a", 3, Placed("mentalis", None, Side.RIGHT, 90, 0), Decimal(1), "botox", Purpose.OTHER, Depth.INTRAMUSCULAR
    )
    with pytest.raises(Invalid) as refused:
        on_other_side(site)
    assert "Site 3, Mentalis" in refused.value.fields["other_side"]


def test_words_about_a_place_say_which_side_they_were_written_for() -> None:
    mirrored = on_other_side(copy(OTHER, -300, note="left of the scar"))
    assert mirrored.note == "as described for the patient's right: left of the scar"
    assert len(on_other_side(copy(OTHER, -300, note="x" * NOTE_MAXIMUM)).note) == NOTE_MAXIMUM


def test_doses_of_another_product_are_named() -> None:
    sites = [copy(), copy(product="dysport")]
    assert other_products(sites, "botox") == ("abobotulinumtoxinA (Dysport)",)
    assert other_products(sites, None) == ()
    assert other_products([without_dose(one) for one in sites], "xeomin") == ()


@pytest.mark.parametrize("product", [None, "botox"])
def test_a_dose_of_nobody_knows_what_is_never_brought(product: str | None) -> None:
    assert other_products([copy(product=None)], product) == ("a product that is not recorded",)
