"""No text for patients promises, boasts, names a surgeon or converts units; and each pattern can find what it is for."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.documents.banned_words import Banned, banned, offences, parse_banned, strings
from clinic.domain.documents.texts import TextError, languages
from tests.domain.documents.shipped import FILES, FOLDERS, MODULES, code_of, constants, loaded, of_patients

LISTED = [(code, one) for code in FOLDERS for one in banned(code)]
IDS = [f"{code}: {one.pattern.pattern[:30]}" for code, one in LISTED]


@pytest.mark.parametrize("file", FILES, ids=str)
def test_no_shipped_sentence_holds_a_banned_word(file: Path) -> None:
    found = [
        f"{one!r}: {said}"
        for one in strings(loaded(file))
        for said in offences(one, code_of(file), for_patients=of_patients(file))
    ]
    assert found == []


@pytest.mark.parametrize("module", MODULES, ids=lambda one: one.name)
def test_no_words_in_code_around_them_hold_one_either(module: Path) -> None:
    assert [(one, said) for one in constants(module) for said in offences(one, "en", for_patients=False)] == []


def test_labels_places_exercises_and_letters_are_among_what_is_looked_at() -> None:
    seen = {str(one) for one in FILES}
    named = {f"texts/{code}/{name}.toml" for code in FOLDERS for name in ("labels", "places", "exercises")}
    assert seen >= {*named, "letters.toml", "exercises.toml"}


@pytest.mark.parametrize(("code", "one"), LISTED, ids=IDS)
def test_each_pattern_bites_and_lets_pass_what_is_harmless(code: str, one: Banned) -> None:
    assert [sentence for sentence in one.bites if not one.found_in(sentence)] == []
    assert [sentence for sentence in one.spares if one.found_in(sentence)] == []
    assert len(one.why) > 5


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("en", "The best treatment"),
        ("en", "It can reverse synkinesis"),
        ("en", "A guaranteed and permanent cure"),
        ("en", "It is safe and effective."),
        ("en", "90 percent of the exercises"),
        ("en", "Acupuncture is proven."),
        ("en", "Mindfulness was proven."),
        ("en", "20 units of Dysport"),
        ("en", "1 unit of onabotulinumtoxinA = 2.5 units"),
        ("en", "Professor Smith operates"),
        ("en", "Nine out of ten people get better"),
        ("en", "Training heals the nerve and gets rid of synkinesis for good."),
        ("en", "It is going to help, and it is harmless."),
        ("en", "the most effective treatment"),
        ("en", "Research proves that massage helps."),
        ("en", "Multiply the units by three."),
        ("es", "A nueve de cada diez les ayuda"),
        ("es", "Elimina la sincinesia de por vida."),
        ("es", "Seguro que le va a ayudar."),
        ("es", "el tratamiento más eficaz"),
        ("es", "Los estudios demuestran que el masaje ayuda."),
        ("es", "Multiplique las unidades por tres."),
        ("es", "Es el mejor tratamiento"),
        ("es", "Puede revertir la sincinesia"),
        ("es", "Una cura permanente y garantizada"),
        ("es", "Es seguro y eficaz."),
        ("es", "El 90 por ciento de los ejercicios"),
        ("es", "La acupuntura está demostrada."),
        ("es", "20 unidades de Botox"),
        ("es", "Se convierte en unidades"),
        ("es", "El Dr. Gómez opera"),
    ],
)
def test_what_the_reference_bans_is_found(code: str, sentence: str) -> None:
    assert offences(sentence, code)


def test_each_language_has_its_own_list_with_the_same_reasons_in_number() -> None:
    assert set(FOLDERS) == set(languages())
    assert len({len(banned(code)) for code in FOLDERS}) == 1
    assert banned("xx") == banned("en")


@given(st.sampled_from(LISTED), st.text(" abcxyz.,", max_size=12), st.text(" abcxyz.,", max_size=12))
def test_a_banned_word_is_found_wherever_it_stands(case: tuple[str, Banned], before: str, after: str) -> None:
    code, one = case
    assert offences(f"{before} {one.bites[0]} {after}", code)


def test_a_wide_or_narrow_space_hides_nothing() -> None:
    assert offences("90\N{NARROW NO-BREAK SPACE}%", "en")
    assert offences("90\N{NO-BREAK SPACE}percent", "en")
    assert offences("safe\nand  effective", "en")


def test_staff_may_read_names_of_products() -> None:
    assert offences("Botox", "en")
    assert not offences("Botox", "en", for_patients=False)
    assert offences("the best", "en", for_patients=False)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("pattern = 'a'", "x: a: bites is missing"),
        ("pattern = 'a'\nwhy = 'w'\nbites = ['a']\nspares = []\nodd = 1", "x: a: odd is not known"),
        ("pattern = '('\nwhy = 'w'\nbites = ['a']\nspares = []", "x: (: is no pattern"),
        ("pattern = 'a'\nwhy = ' '\nbites = ['a']\nspares = []", "x: a: why and bites must say something"),
        ("pattern = 'a'\nwhy = 'w'\nbites = []\nspares = []", "x: a: why and bites must say something"),
    ],
)
def test_a_list_with_a_fault_is_refused_by_its_pattern(row: str, words: str) -> None:
    with pytest.raises(TextError) as refused:
        parse_banned(f"[[patterns]]\n{row}\n", "x")
    assert str(refused.value).startswith(words)


def test_keys_are_no_texts() -> None:
    assert list(strings({"best": ["one", {"cure": "two"}], "n": 3})) == ["one", "two"]
