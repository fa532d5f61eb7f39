"""The letter about a recalled lot: facts and the emergency box, never that harm was done."""

from __future__ import annotations

from datetime import date

import pytest

from clinic.domain.documents.content import Box, BoxKind, Facts, Heading, Paragraph
from clinic.domain.documents.recall_letter import OWN_WORDS_MAXIMUM, Recalled, own_words, recall_blocks
from clinic.domain.documents.texts import language
from clinic.domain.documents.treatment_handout import Phones
from clinic.domain.errors import Invalid

ABOUT = Recalled("onabotulinumtoxinA (Botox)", "C8120D4", (date(2026, 3, 1), date(2026, 6, 1)), given=True)
PHONES = Phones("01 234", "")


@pytest.mark.parametrize(("code", "days"), [("en", "1\u00a0Mar\u00a02026"), ("es", "1\u00a0mar\u00a02026")])
def test_it_names_lot_product_and_days_and_ends_in_the_emergency_box(code: str, days: str) -> None:
    blocks = recall_blocks(ABOUT, language(code), PHONES)
    [facts] = [one for one in blocks if isinstance(one, Facts)]
    values = [value for _, value in facts.pairs]
    assert values[:2] == ["onabotulinumtoxinA (Botox)", "C8120D4"]
    assert values[2].startswith(f"{days}, ")
    last = blocks[-1]
    assert isinstance(last, Box)
    assert last.kind is BoxKind.EMERGENCY
    assert "01\u00a0234" in last.text


def test_a_patient_who_is_only_noted_is_not_told_of_a_treatment() -> None:
    given, noted = (
        str(recall_blocks(Recalled("p", "l", ABOUT.days, which), language("en"), PHONES)) for which in (True, False)
    )
    assert "you had medicine from this lot" in given
    assert "does not show that you had medicine" in noted
    assert "Days of your treatment" not in noted


def test_without_a_phone_nobody_is_told_to_call_one() -> None:
    words = str(recall_blocks(ABOUT, language("en"), Phones("", "")))
    assert "get in touch with our clinic" in words
    assert "{phone}" not in words


def test_the_clinics_own_words_stand_as_typed_and_in_another_language_are_said_to_be() -> None:
    typed = "Come on Tuesday, {no} braces.\n\nBring this letter."
    english = recall_blocks(ABOUT, language("en"), PHONES, typed)
    assert Heading("From your clinic") in english
    assert Paragraph("Come on Tuesday, {no} braces.") in english
    kinds = [type(one) for one in english]
    assert kinds.index(Box) < english.index(Heading("From your clinic"))  # No page of their own for the signs.
    spanish = recall_blocks(ABOUT, language("es"), PHONES, typed)
    assert any(isinstance(one, Paragraph) and "no están traducidas" in one.text for one in spanish)


def test_own_words_have_an_end() -> None:
    assert own_words(" a ") == "a"
    assert len(own_words("a" * OWN_WORDS_MAXIMUM)) == OWN_WORDS_MAXIMUM
    with pytest.raises(Invalid):
        own_words("a" * (OWN_WORDS_MAXIMUM + 1))
