"""The consent form: what is planned, off-label said plainly, every risk of these muscles, two signatures."""

from __future__ import annotations

import pytest
from hypothesis import given

from clinic.domain.documents.consent_form import PlannedTreatment, choices, consent_blocks
from clinic.domain.documents.content import Box, BoxKind, Face, SignatureLines, WritingLines
from clinic.domain.documents.side_effects import effects_of
from clinic.domain.documents.texts import language, languages, text
from clinic.domain.documents.treated_places import TreatedSite
from clinic.domain.documents.treatment_handout import Phones
from tests.domain.documents.treatments import SESSIONS, treated, words_of

PHONES = Phones("030 1234", "")


def form(*sites: TreatedSite, left_out: frozenset[str] = frozenset(), code: str = "en") -> str:
    """The words of a form."""
    return words_of(consent_blocks(PlannedTreatment(sites or (treated(),)), language(code), PHONES, left_out))


def test_it_says_what_it_must() -> None:
    words = form()
    for said in (
        "no botulinum toxin is approved for synkinesis",
        "off-label use",
        "can act far from the place of injection",
        "Trouble swallowing or breathing can be life-threatening.",
        "Facial training with a therapist",
        "No treatment now.",
        "Surgery on small nerve branches",
        "What we do not know",
        "stop at any time",
        "Your questions",
    ):
        assert said in words, said
    assert f"Version of this text: {text('consent', 'en').version} (English)" in words


@pytest.mark.parametrize("code", languages())
def test_both_sign_with_a_date_and_the_emergency_box_stands(code: str) -> None:
    blocks = consent_blocks(PlannedTreatment((treated(),)), language(code), PHONES, frozenset({"emergency", "picture"}))
    (signed,) = [one for one in blocks if isinstance(one, SignatureLines)]
    assert len(signed.labels) == 2
    assert all({"date", "fecha"} & set(label.replace(",", "").split()) for label in signed.labels)
    (box,) = [one for one in blocks if isinstance(one, Box)]
    assert box.kind is BoxKind.EMERGENCY
    assert "030\u00a01234" in box.text
    assert any(isinstance(one, WritingLines) for one in blocks)
    assert not any(isinstance(one, Face) for one in blocks)


def test_the_planned_places_stand_with_product_units_and_latin() -> None:
    words = form(treated("orbicularis_oculi"), treated("orbicularis_oculi"))
    assert "Product: onabotulinumtoxinA (Botox)" in words
    assert "1 | Around your left eye | your left | 2 | 5\nOrbicularis oculi" in words
    assert "Total: 5 units, injections: 2" in words


def test_what_is_open_is_said_to_be_open_and_never_added() -> None:
    words = form(treated(units="0", product="", lot=""), treated("platysma", units="3", product="", lot=""))
    assert "Product: product to be decided" in words
    assert "Total: to be decided" in words
    assert "Chin, left side | your left | 1 | to be decided" in words
    assert "Neck, left side | your left | 1 | 3" in words


def test_a_planned_muscle_without_a_place_has_no_mark_but_a_line() -> None:
    nowhere = TreatedSite("other", None, treated().side, None, None, treated().units, "botox")
    words = form(nowhere)
    assert "Another place on the left side of your face" in words
    assert not nowhere.near_eye
    assert nowhere.muscles == {"other"}


@given(SESSIONS)
def test_every_risk_of_the_planned_muscles_stands_whatever_is_left_out(sites: tuple[TreatedSite, ...]) -> None:
    every = frozenset(one.key for one in effects_of(sites)) | {"emergency", "off_label", "planned"}
    words = form(*sites, left_out=every)
    headings = {key: part.heading for key, part in text("side_effects", "en").parts.items()}
    stands = {one.effect.id for one in effects_of(sites)}
    lines = words.splitlines()
    for key, heading in headings.items():
        assert any(line.startswith(f"{heading}. ") for line in lines) == (key in stands), key
    assert all(one.fixed and one.on for one in choices(PlannedTreatment(sites), every) if one.key != "picture")
