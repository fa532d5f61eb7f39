"""Billing: every code has a source, sides are the patient's, amounts are exact, and JW or JZ stands, never both."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.billing import Standing, diagnoses, drug_codes, procedure, spasm_note
from clinic.domain.billing_amounts import DrugClaim, VialUse, billing_units, claims
from clinic.domain.patients import Cause
from clinic.domain.products import products

UNITS = st.integers(0, 100_000).map(lambda value: Decimal(value) / 100)
SIZES = st.sampled_from([Decimal(1), Decimal(5), Decimal(100)])


def data() -> dict[str, Any]:
    return tomllib.loads((files("clinic.domain") / "data" / "billing.toml").read_text(encoding="utf-8"))


def codes(cause: str, *sides: str, detail: str = "") -> list[tuple[str, bool]]:
    return [(one.code, one.chosen) for one in diagnoses(cause, detail, sides)]


def test_every_row_names_a_source_and_how_well_it_is_known() -> None:
    found = data()
    for name in ("diagnoses", "procedures", "guidance", "drugs"):
        for row in found[name]:
            assert row["source"] in found["sources"], row
            assert Standing(row["standing"])
            assert (row["source"] == "recollection") <= (row["standing"] == "recollection"), row
    known = {key for row in found["drugs"] for key in row["products"]}
    assert known <= set(products())
    causes = {cause for row in found["diagnoses"] for cause in row.get("causes", ())} - {"*"}
    assert causes <= {one.value for one in Cause}


def test_billing_units_are_those_of_the_published_list() -> None:
    found = {key: (one.code.code, one.units) for key, one in drug_codes().items()}
    assert found == {
        "botox": ("J0585", 1),
        "botox_cosmetic": ("J0585", 1),
        "dysport": ("J0586", 5),
        "myobloc": ("J0587", 100),
        "xeomin": ("J0588", 1),
        "daxxify": ("J0589", 1),
    }
    for product in ("jeuveau", "letybo", "azzalure", ""):
        assert product not in found


def test_a_hundred_dysport_units_are_twenty_billing_units() -> None:
    assert billing_units(Decimal(100), Decimal(5)).words == "20"


@pytest.mark.parametrize(
    ("units", "whole", "rest"), [("4.99", 0, "4.99"), ("5", 1, "0"), ("5.01", 1, "0.01"), ("0", 0, "0")]
)
def test_billing_units_below_at_and_above_one(units: str, whole: int, rest: str) -> None:
    found = billing_units(Decimal(units), Decimal(5))
    assert (found.whole, found.rest, found.exact) == (whole, Decimal(rest), rest == "0")


def test_a_total_that_is_no_whole_number_is_shown_exactly_and_never_rounded() -> None:
    found = billing_units(Decimal("37.5"), Decimal(1))
    assert "37.5" in found.words
    assert "not a whole number" in found.words
    assert not found.exact


@given(UNITS, SIZES)
def test_billing_units_and_the_rest_are_the_total(total: Decimal, size: Decimal) -> None:
    found = billing_units(total, size)
    assert found.whole * size + found.rest == total
    assert 0 <= found.rest < size
    assert found.exact == (found.rest == 0)


@pytest.mark.parametrize(("total", "size"), [("-0.01", "1"), ("1", "0"), ("1", "-5")])
def test_impossible_amounts_are_refused(total: str, size: str) -> None:
    with pytest.raises(ValueError, match="cannot be billed"):
        billing_units(Decimal(total), Decimal(size))


def test_diagnoses_follow_cause_and_side_and_recollections_are_never_chosen() -> None:
    assert codes("Bell's palsy", "left") == [("G51.0", True), ("G51.8", False)]
    assert codes("herpes zoster oticus", "left") == [("B02.21", False), ("G51.8", False)]
    assert codes("trauma", "right") == [("S04.51XS", False), ("G51.8", False)]
    assert codes("trauma", "left") == [("S04.52XS", False), ("G51.8", False)]
    assert codes("congenital", "left") == [("P11.3", False), ("G51.8", False)]
    assert codes("Lyme disease", "left") == [("G51.8", False)]


def test_hemifacial_spasm_is_31_on_the_right_and_32_on_the_left() -> None:
    assert ("G51.31", True) in codes("other", "right", detail="hemifacial spasm")
    assert ("G51.32", True) in codes("other", "left", detail="Hemifacial Spasm")
    both = codes("other", "left", "right", detail="hemifacial spasm")
    assert ("G51.33", True) in both
    assert not {"G51.31", "G51.32"} & {code for code, _ in both}


def test_the_side_trap_is_named_only_where_it_matters() -> None:
    assert "the wrong way round" in spasm_note(diagnoses("other", "hemifacial spasm", ["right"]))
    assert not spasm_note(diagnoses("Bell's palsy", "", ["right"]))


@pytest.mark.parametrize(
    ("sides", "words"),
    [
        (["right"], "64612-RT"),
        (["left", "left"], "64612-LT"),
        (["left", "right"], "64612-50"),
        (["midline"], "64612"),
        (["midline", "left"], "64612-LT"),
    ],
)
def test_the_modifier_says_the_side_of_the_patient(sides: list[str], words: str) -> None:
    found = procedure([("mentalis", side) for side in sides])
    assert found is not None
    assert found.words == words
    assert "follow the payer" in found.notes[0]


def test_what_is_no_muscle_is_not_part_of_the_procedure() -> None:
    assert procedure([("lacrimal_gland", "left")]) is None
    assert procedure([]) is None
    found = procedure([("lacrimal_gland", "left"), ("mentalis", "right")])
    assert found is not None
    assert found.words == "64612-RT"
    assert any("Lacrimal gland" in note for note in found.notes)


def vial(**values: Any) -> VialUse:
    amounts = {"labelled": 100, "charted": 40, "given": 40, "wasted": 60, "left": 0} | values
    texts = {"label": "V-0001", "product": "botox"} | {k: v for k, v in values.items() if k in {"label", "product"}}
    rest = {key: value for key, value in amounts.items() if key not in texts}
    return VialUse(**texts, **{k: v if isinstance(v, bool) else Decimal(v) for k, v in rest.items()})


def claim(*vials: VialUse, given: int = 40) -> DrugClaim:
    [found] = claims([("botox", Decimal(given))], vials)
    return found


def test_what_was_left_and_thrown_away_is_jw_and_an_empty_vial_jz() -> None:
    assert (claim(vial()).discarded, claim(vial()).modifier) == (60, "JW")
    whole = claim(vial(charted=100, given=100, wasted=0), given=100)
    assert (whole.discarded, whole.modifier) == (0, "JZ")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"shared": True}, "shared with another patient"),
        ({"left": "0.01"}, "not settled"),
        ({"elsewhere": 5}, "another session"),
        ({"adjusted": -1}, "corrected by hand"),
        ({"charted": 39}, "differ"),
        ({"wasted": "59.99"}, "do not add up"),
    ],
)
def test_waste_that_cannot_be_told_is_named_instead_of_a_number(values: dict[str, Any], words: str) -> None:
    found = claim(vial(**values))
    assert found.discarded is None
    assert found.modifier == ""
    assert any(words in lack for lack in found.lacks)


def test_one_vial_that_cannot_be_told_keeps_the_whole_claim_open() -> None:
    found = claim(vial(), vial(label="V-0002", shared=True), given=80)
    assert found.discarded is None
    assert len(found.lacks) == 1


def test_a_product_without_a_vial_says_so_and_products_are_never_added() -> None:
    found = claims([("botox", Decimal(10)), ("dysport", Decimal(20)), ("botox", Decimal(5))], (), "From paper.")
    assert [(one.product, one.given) for one in found] == [("botox", 15), ("dysport", 20)]
    assert all(one.modifier == "" and one.lacks == ("From paper.",) for one in found)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([50, 100, 200]),
            st.integers(0, 5000),
            st.booleans(),
            st.booleans(),
            st.sampled_from([0, 0, 250]),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_given_and_discarded_are_the_labelled_units_and_exactly_one_modifier_stands(
    drawn: list[tuple[int, int, bool, bool, int]],
) -> None:
    vials = []
    for number, (labelled, hundredths, shared, settled, elsewhere) in enumerate(drawn):
        given_units = Decimal(hundredths) / 100
        rest = Decimal(labelled) - given_units
        amounts = {"charted": given_units, "given": given_units, "wasted": rest if settled else 0}
        amounts |= {"labelled": labelled, "left": 0 if settled else rest, "elsewhere": Decimal(elsewhere) / 100}
        vials.append(vial(label=f"V-{number}", shared=shared, **amounts))
    total = sum((one.given for one in vials), Decimal(0))
    [found] = claims([("botox", total)], vials)
    if found.discarded is None:
        assert found.modifier == ""
        assert found.lacks
        return
    assert found.given + found.discarded == sum(one.labelled for one in vials)
    assert (found.modifier == "JW") != (found.modifier == "JZ")
    assert (found.modifier == "JW") == (found.discarded > 0)
    assert not any(one.shared or one.left or one.elsewhere for one in found.vials)
