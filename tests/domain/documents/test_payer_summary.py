"""The payer summary: exact amounts, exactly one of JW and JZ, nothing unverified chosen, nothing missing guessed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from clinic.domain.billing import NO_CODE, NOT_VERIFIED
from clinic.domain.billing_amounts import DrugClaim, VialUse
from clinic.domain.documents.content import Beside, Block, Box, Bullets, Face, Facts, Heading, Paragraph, Table
from clinic.domain.documents.payer_summary import OFF_LABEL, PayerFacts, blocks, choices
from clinic.domain.products import product_name
from tests.domain.contents import AT, full_content

BELL = ("Bell's palsy", "", ("left",))


def vial(labelled: str, given: str, **values: Any) -> VialUse:
    rest = Decimal(labelled) - Decimal(given)
    return VialUse("V-1", "botox", Decimal(labelled), Decimal(given), Decimal(given), rest, Decimal(0), **values)


def facts(*claims: DrugClaim, sites: int = 2, product: str = "botox", **values: Any) -> PayerFacts:
    visit = full_content()
    assert visit.session is not None
    site = replace(visit.session.sites[0], given_at=AT, units=Decimal("2.5"))
    site = replace(site, product=product, product_name=product_name(product), muscle="mentalis", side="left")
    listed = tuple(replace(site, id=f"s{n}", number=n) for n in range(1, sites + 1))
    session = replace(visit.session, sites=listed, guidance=())
    return PayerFacts(visit, session, (BELL,), claims, **values)


def botox(given: str, *vials: VialUse, missing: tuple[str, ...] = ()) -> DrugClaim:
    return DrugClaim("botox", Decimal(given), vials, missing)


def words(found: tuple[Block, ...]) -> str:
    """Everything in the blocks, cells joined by bars."""
    parts: list[str] = []
    for one in found:
        match one:
            case Paragraph():
                parts.append(f"{one.lead} {one.text}")
            case Heading() | Box():
                parts.append(one.text)
            case Bullets():
                parts += one.items
            case Table():
                parts += [" | ".join(row.cells) + f" {row.note}" for row in one.rows]
            case Facts():
                parts += [f"{label}: {value}" for label, value in one.pairs]
            case Beside():
                parts.append(words(one.blocks))
    return "\n".join(parts)


def test_waste_stands_on_a_line_of_its_own_with_jw() -> None:
    said = words(blocks(facts(botox("5", vial("100", "5")))))
    assert "onabotulinumtoxinA (Botox), given | J0585 | 5 | 5" in said
    assert "onabotulinumtoxinA (Botox), discarded | J0585-JW | 95 | 95" in said
    assert "J0585-JZ" not in said


def test_scores_say_what_noise_is_and_that_some_have_none_published() -> None:
    claim = botox("5", vial("100", "5"))
    assert "where nothing is said, none is published" in words(blocks(facts(claim, scores=("SAQ: 60",))))
    assert "none is published" not in words(blocks(facts(claim)))


def test_an_empty_vial_is_jz_without_a_line_of_waste() -> None:
    said = words(blocks(facts(botox("100", vial("100", "100")))))
    assert "J0585-JZ | 100 | 100" in said
    assert "J0585-JW" not in said
    assert "discarded |" not in said


@pytest.mark.parametrize("one", [botox("5", vial("100", "5", shared=True)), botox("5", missing=("From paper.",))])
def test_what_cannot_be_told_has_neither_and_says_why(one: DrugClaim) -> None:
    said = words(blocks(facts(one)))
    assert "J0585-JW" not in said
    assert "J0585-JZ" not in said
    assert "JW or JZ cannot be told: " in said
    assert ("shared with another patient" in said) or ("From paper." in said)


def test_a_fraction_of_a_billing_unit_is_shown_exactly_and_marked() -> None:
    said = words(blocks(facts(botox("37.5", vial("100", "37.5")))))
    assert "37.5, not a whole number: 37 and 0.5\u00a0units over" in said
    assert "Not rounded:" in said
    assert "Not rounded:" not in words(blocks(facts(botox("5", vial("100", "5")))))


@pytest.mark.parametrize("product", ["jeuveau", "letybo"])
def test_a_product_without_a_code_says_so(product: str) -> None:
    said = words(blocks(facts(DrugClaim(product, Decimal(5), (), ("No vial.",)), product=product)))
    assert NO_CODE in said
    assert "J05" not in said


def test_unverified_codes_are_apart_marked_and_can_be_left_out() -> None:
    one = facts(botox("5", vial("100", "5")))
    said = words(blocks(one))
    assert f"G51.8 | other disorder of the facial nerve | {NOT_VERIFIED}" in said
    assert "G51.8" not in words(blocks(one, frozenset({"unverified"})))
    assert "G51.0" in words(blocks(one, frozenset({"unverified"})))


def test_a_cause_without_a_verified_code_leaves_it_to_the_clinic() -> None:
    one = replace(facts(botox("5", vial("100", "5"))), palsies=(("trauma", "", ("left",)),))
    said = words(blocks(one))
    assert "Code to be entered:" in said
    assert f"S04.52XS | late effect of an injury of the left facial nerve | {NOT_VERIFIED}" in said


def test_the_off_label_statement_and_the_claim_cannot_be_left_out() -> None:
    one = facts(botox("5", vial("100", "5")))
    everything = frozenset({choice.key for choice in choices(one)})
    said = words(blocks(one, everything))
    assert OFF_LABEL in said
    assert "J0585" in said
    assert {choice.key for choice in choices(one) if choice.fixed} == {"claim", "off_label"}


def test_the_side_trap_is_named_only_for_hemifacial_spasm() -> None:
    one = facts(botox("5", vial("100", "5")))
    assert "G51.3 is a heading" not in words(blocks(one))
    spasm = replace(one, palsies=(("other", "hemifacial spasm", ("right",)),))
    assert "G51.31 is the right side, G51.32 the left" in words(blocks(spasm))


@pytest.mark.parametrize(("sites", "beside"), [(15, True), (16, False), (60, False)])
def test_a_long_table_stands_below_the_face(sites: int, beside: bool) -> None:
    found = blocks(facts(botox("5", vial("100", "5")), sites=sites))
    assert any(isinstance(one, Beside) for one in found) == beside
    assert any(isinstance(one, Face) for one in found) != beside
    assert f"{sites} | " in words(found)


def test_several_products_have_a_column_and_a_total_each() -> None:
    one = facts(botox("2.5", vial("100", "2.5")))
    first, second = one.session.sites
    mixed = replace(one.session, sites=(first, replace(second, product="xeomin", product_name=product_name("xeomin"))))
    said = words(blocks(replace(one, session=mixed)))
    assert "Total onabotulinumtoxinA (Botox)" in said
    assert "Total incobotulinumtoxinA (Xeomin)" in said
