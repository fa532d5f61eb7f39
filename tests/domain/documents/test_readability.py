"""Every text can be read at about 11 or 12; the formulas give what their authors' arithmetic gives."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.documents.readability import (
    CRAWFORD,
    EACH_PART,
    FLESCH_KINCAID,
    WHOLE_TEXT,
    Counts,
    counts,
    crawford,
    english_syllables,
    flesch_kincaid,
    inflesz,
    lines_age,
    part_age,
    reading_age,
    spanish_syllables,
    szigriszt_pazos,
)
from clinic.domain.documents.texts import Text, languages

SHIPPED = [one for each in languages().values() for one in each.texts.values()]
IDS = [f"{one.language}/{one.id}" for one in SHIPPED]
FORMULAS = {"en": FLESCH_KINCAID, "es": CRAWFORD}
ENGLISH = {
    1: "the eye mouth smiled called played blurred whole rules neck you tried bruise hour moves lids three straight",
    2: "toxin patient patient’s treated needed muscle muscles little table places changes trying people doctor clinic’s",
    3: "exercise injection medicine swallowing hospital allergic reaction area idea piano radio serious",
    4: "synkinesis exercises botulinum operation repetitions millimetres usually emergency",
}
SPANISH = {
    1: "y que qué muy hay bien pie seis guion",
    2: "cara ojo día país oír agua sigue quiere aire río leer ruido zoo cuatro",
    3: "mejilla barbilla pingüino lingüista poeta toxina ayuda hacía veintidós",
    4: "sincinesia parálisis unidades movimiento continúa terapeuta",
}


@pytest.mark.parametrize("text", SHIPPED, ids=IDS)
def test_each_text_is_read_at_twelve_and_a_half_at_most(text: Text) -> None:
    age = reading_age(text)
    assert age.years <= WHOLE_TEXT, age.words
    assert age.formula == FORMULAS[text.language]


@pytest.mark.parametrize("text", SHIPPED, ids=IDS)
def test_no_part_of_a_text_is_harder_than_fourteen(text: Text) -> None:
    ages = {key: part_age(part, text.language) for key, part in text.parts.items()}
    assert {key: age.words for key, age in ages.items() if age.years > EACH_PART} == {}


@pytest.mark.parametrize("text", [one for one in SHIPPED if one.language == "es"], ids=lambda one: one.id)
def test_spanish_is_at_least_normal_by_the_second_formula_too(text: Text) -> None:
    assert reading_age(text).second.split(", ")[1].startswith(("very easy", "fairly easy", "normal"))


def test_hard_words_and_long_sentences_are_seen() -> None:
    hard = [
        "Chemodenervation of hyperkinetic musculature ameliorates involuntary synkinetic co-contraction considerably."
    ]
    assert lines_age(hard, "en").years > EACH_PART
    hard = [
        "La quimiodenervación de la musculatura hipercinética atenúa considerablemente la contracción involuntaria."
    ]
    assert lines_age(hard, "es").years > EACH_PART


def test_a_known_example_by_hand() -> None:
    """Ten words in two sentences, twelve syllables: 0.39 x 5 + 11.8 x 1.2 - 15.59 = 0.52, so 5.52 years."""
    lines = ["- Sit down and rest. Let your face go loose now, {day}."]
    assert counts(["Sit down and rest. Your cheek is quiet and loose."], english_syllables) == Counts(2, 10, 11)
    assert flesch_kincaid(Counts(2, 10, 12)).years == Fraction(552, 100)
    assert counts(lines, english_syllables).words == 11


def test_crawford_and_szigriszt_by_hand() -> None:
    """100 words, 10 sentences, 200 syllables: 9.8 - 2.05 - 3.407 = 4.343 years; 206.835 - 124.6 - 10 = 72.235."""
    found = Counts(10, 100, 200)
    assert crawford(found).years == Fraction(4343, 1000) + 6
    assert szigriszt_pazos(found) == Fraction(72235, 1000)
    assert crawford(found).second.startswith("72.3, fairly easy")
    assert crawford(found).words == "10.4\N{NO-BREAK SPACE}years (Crawford)"


@pytest.mark.parametrize(
    ("score", "words"),
    [
        (80, "very easy"),
        (79, "fairly easy"),
        (65, "fairly easy"),
        (64, "normal"),
        (55, "normal"),
        (54, "somewhat difficult"),
        (40, "somewhat difficult"),
        (39, "very difficult"),
        (-5, "very difficult"),
    ],
)
def test_the_levels_of_inflesz_at_their_borders(score: int, words: str) -> None:
    assert inflesz(Fraction(score)) == words


@pytest.mark.parametrize(("count", "words"), ENGLISH.items())
def test_english_syllables(count: int, words: str) -> None:
    assert {word: english_syllables(word) for word in words.split()} == dict.fromkeys(words.split(), count)


@pytest.mark.parametrize(("count", "words"), SPANISH.items())
def test_spanish_syllables(count: int, words: str) -> None:
    assert {word: spanish_syllables(word) for word in words.split()} == dict.fromkeys(words.split(), count)


def test_numbers_times_and_dates_do_not_end_a_sentence() -> None:
    assert counts(["Take 2.5 units at 14:30. Rest!", "1. Rest"], english_syllables).sentences == 3
    assert counts(["¿Se quitará? No.", "Descanse…"], spanish_syllables).sentences == 3


def test_nothing_to_read_is_refused() -> None:
    with pytest.raises(ValueError, match="no word"):
        lines_age(["…"], "en")


def test_a_language_without_a_formula_is_read_as_english() -> None:
    assert lines_age(["Rest now."], "xx").formula == FLESCH_KINCAID


words = st.lists(st.sampled_from(["rest", "your", "face", "softly", "exercise", "injection"]), min_size=1, max_size=12)
texts = st.lists(words.map(lambda found: " ".join(found) + "."), min_size=1, max_size=8)


@given(texts, st.sampled_from(["en", "es"]))
def test_the_same_text_twice_is_no_harder(lines: list[str], code: str) -> None:
    assert lines_age(lines + lines, code).years == lines_age(lines, code).years


@given(words, st.sampled_from(["en", "es"]))
def test_one_long_sentence_is_never_easier_than_two_short_ones(found: list[str], code: str) -> None:
    half = len(found) // 2
    parted = [" ".join(found[:half]), " ".join(found[half:])] if half else [" ".join(found)]
    assert lines_age([" ".join(found)], code).years >= lines_age(parted, code).years


@given(st.text(max_size=20))
def test_every_word_has_a_syllable(word: str) -> None:
    assert english_syllables(word) >= 1
    assert spanish_syllables(word) >= 1


@given(st.integers(1, 50), st.integers(1, 500), st.integers(0, 500))
def test_more_syllables_are_never_younger(sentences: int, more: int, extra: int) -> None:
    fewer = Counts(sentences, sentences + more, sentences + more)
    longer = Counts(sentences, sentences + more, sentences + more + extra)
    assert flesch_kincaid(longer).years >= flesch_kincaid(fewer).years
    assert crawford(longer).years >= crawford(fewer).years
