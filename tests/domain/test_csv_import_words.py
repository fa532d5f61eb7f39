"""The words of a file: those of the program, however spelled, and never a guess."""

from __future__ import annotations

import pytest

from clinic.domain import csv_import_words as said
from clinic.domain.anatomy import MUSCLES, OTHER, Side
from clinic.domain.csv_import_words import Misread
from clinic.domain.patients import Cause, Sex
from clinic.domain.products import product_name, products
from clinic.domain.shorthand_words import ABBREVIATIONS

CHARTED = [one for key, one in MUSCLES.items() if key != OTHER]


@pytest.mark.parametrize("one", CHARTED, ids=lambda one: one.key)
def test_a_muscle_is_known_by_each_of_its_names_and_its_sites_by_theirs(one: said.Muscle) -> None:
    for name in (one.key, one.label.upper(), one.short_label, one.latin, *ABBREVIATIONS[one.key]):
        assert said.muscle(f" {name.replace('_', '-')} ") is one
    for site in one.sites:
        assert said.sub_site(one, site.key) == said.sub_site(one, site.label.upper()) == site.key


def test_a_product_is_known_by_its_brand_and_by_a_generic_name_of_its_own() -> None:
    for key, one in products().items():
        assert said.product(one.brand.lower()) == said.product(product_name(one)) == key
    assert said.product("incobotulinumtoxinA") == "xeomin"
    with pytest.raises(Misread, match="Botox Cosmetic") as error:
        said.product("onabotulinumtoxinA")
    assert error.value.remedy == "Write which one is meant."


def test_causes_and_sexes_are_known_however_they_are_spelled() -> None:
    for one in Cause:
        assert said.cause(one.value.upper()) == said.cause(one.name) == one
    assert said.cause("Bell’s palsy") == said.cause("bells palsy") == Cause.BELLS_PALSY
    assert [said.sex(text) for text in ("F", "male", "Not recorded")] == [Sex.FEMALE, Sex.MALE, Sex.UNKNOWN]


def test_a_side_is_the_patients_own_and_one_of_them() -> None:
    assert [said.side(text) for text in ("R", "left", "Patient’s Left", "m")] == [
        Side.RIGHT,
        Side.LEFT,
        Side.LEFT,
        Side.MIDLINE,
    ]
    with pytest.raises(Misread) as error:
        said.side("both")
    assert "two lines" in error.value.remedy
    for text in ("viewer's left", "links", "lt", "L/R"):
        with pytest.raises(Misread):
            said.side(text)
    with pytest.raises(Misread):
        said.palsy_side("midline")


@pytest.mark.parametrize(
    ("text", "near"), [("mentallis", "Mentalis"), ("lls", "Levator labii superioris"), ("orbicularis", "Orbicularis")]
)
def test_an_unknown_muscle_is_refused_with_the_nearest(text: str, near: str) -> None:
    with pytest.raises(Misread) as error:
        said.muscle(text)
    assert near in error.value.remedy


def test_a_word_cut_short_is_never_completed() -> None:
    for text in ("ment", "orb", "platys"):
        with pytest.raises(Misread):
            said.muscle(text)
    with pytest.raises(Misread):
        said.product("Bot")
    with pytest.raises(Misread) as error:
        said.sub_site(said.muscle("platysma"), "jaw")
    assert "jaw line 1" in error.value.remedy
