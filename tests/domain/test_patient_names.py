"""Names and birth dates that could be one person's, and what a search is taken for."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.patient_search import after, read, record_words
from clinic.domain.patients import (
    Cause,
    DatePrecision,
    Identity,
    alike,
    condition_text,
    likely_same,
    lookalike_rank,
    one_off,
    same_names,
    similar_names,
    since_text,
    words,
)

BORN = date(1978, 2, 3)
TODAY = date(2026, 11, 22)


def person(family: str, given_names: str, born: date = BORN) -> Identity:
    return Identity(family, given_names, born)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("Marín", "José"), ("Marin", "Jose")),
        (("Marin", "Jose"), ("JOSÉ", "MARÍN")),
        (("Schmidt", "Anne-Marie"), ("Schmidt", "Annemarie")),
        (("Schmidt", "Anne-Marie"), ("Schmidt", "Anne Marie")),
        (("de la Cruz", "Ana"), ("Delacruz", "Ana")),
        (("Weiß", "Jörg"), ("WEISS", "Jorg")),
        (("O’Brien", "Orla"), ("O'Brien", "Orla")),
    ],
)
def test_the_same_names_however_typed(first: tuple[str, str], second: tuple[str, str]) -> None:
    assert same_names(person(*first), person(*second))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("Meyer", "Anna"), ("Mayer", "Anna")),
        (("Meyer", "Anna"), ("Meyer", "Ana")),
        (("García", "María"), ("García López", "María")),
        (("Brandt", "Sabine"), ("Barndt", "Sabine")),
    ],
)
def test_names_one_slip_apart_are_similar(first: tuple[str, str], second: tuple[str, str]) -> None:
    assert similar_names(person(*first), person(*second))
    assert not same_names(person(*first), person(*second))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("Meyer", "Anna"), ("Meyer", "Peter")),
        (("Meyer", "Anna"), ("Brandt", "Anna")),
        (("Li", "Wu"), ("Lu", "Wu")),
    ],
)
def test_names_that_only_share_a_word_are_not_similar(first: tuple[str, str], second: tuple[str, str]) -> None:
    assert not similar_names(person(*first), person(*second))


def test_likely_the_same_needs_names_and_birth_date_together() -> None:
    jose = person("Marín", "José")
    assert likely_same(jose, person("Jose", "Marin", date(1978, 3, 2))), "day and month swapped"
    assert likely_same(jose, person("Marin", "Jose", date(1979, 2, 3))), "one digit"
    assert likely_same(jose, person("Marin", "Pedro")), "same birth date, same family name"
    assert likely_same(jose, person("Martin", "Pedro")), "same birth date, family name one slip apart"
    assert not likely_same(jose, person("Marin", "Jose", date(1985, 9, 11)))
    assert not likely_same(jose, person("Brandt", "Sabine"))
    assert not likely_same(jose, person("Marin", "Pedro", date(1979, 2, 3)))


def test_look_alikes_are_ranked() -> None:
    jose = person("Marín", "José")
    assert lookalike_rank(jose, person("Jose", "Marin", date(1985, 9, 11))) == 3
    assert lookalike_rank(jose, person("Marin", "Josef", date(1985, 9, 11))) == 2
    assert lookalike_rank(jose, person("Brandt", "Sabine")) == 1
    assert lookalike_rank(jose, person("Brandt", "Sabine", date(1979, 2, 3))) == 0


WORD = st.text(alphabet="abcdef", min_size=3, max_size=8)


@given(WORD, st.integers(0, 7), st.sampled_from("abcdef"))
def test_one_slip_is_seen_from_both_sides(word: str, place: int, letter: str) -> None:
    place %= len(word)
    replaced = word[:place] + letter + word[place + 1 :]
    added = word[:place] + letter + word[place:]
    for other in (replaced, added):
        assert one_off(word, other)
        assert one_off(other, word)


@given(WORD, WORD)
def test_one_off_is_symmetric(first: str, second: str) -> None:
    assert one_off(first, second) == one_off(second, first)


@given(st.dates(), st.dates())
def test_alike_birth_dates_are_symmetric(first: date, second: date) -> None:
    assert alike(first, second) == alike(second, first)


@given(st.text(min_size=1, max_size=5, alphabet=st.characters(exclude_categories=["Cs"])), st.text(max_size=5))
def test_the_range_of_a_prefix_holds_all_that_start_with_it(prefix: str, rest: str) -> None:
    if prefix[-1] != "\U0010ffff":
        assert prefix <= prefix + rest < after(prefix)
        after(prefix).encode()


def test_search_terms() -> None:
    found = read("  Marín  jo 22.11.1979", TODAY)
    assert [term.words for term in found.terms] == [("22", "11", "1979"), ("marin",), ("jo",)]
    assert found.terms[0].birth_dates == (date(1979, 11, 22),)
    assert found.note == ""


def test_an_ambiguous_birth_date_is_searched_both_ways_and_explained() -> None:
    found = read("11/12/1979", TODAY)
    assert found.terms[0].birth_dates == (date(1979, 11, 12), date(1979, 12, 11))
    assert "12 Nov 1979 or 11 Dec 1979" in found.note


@pytest.mark.parametrize(("typed", "part"), [("11/22", "needs its year"), ("31.2.1980", "no day of the calendar")])
def test_what_is_no_birth_date_is_explained(typed: str, part: str) -> None:
    found = read(typed, TODAY)
    assert part in found.note
    assert not any(term.birth_dates for term in found.terms)


@pytest.mark.parametrize("typed", ["", "   ", "%", "_", "'; --", "-./"])
def test_signs_alone_are_no_search(typed: str) -> None:
    assert read(typed, TODAY).terms == ()


def test_a_long_search_is_cut() -> None:
    assert len(read("a b c d e f g h i j k l " + "x" * 500, TODAY).terms) == 8


def test_a_record_number_is_found_by_its_parts() -> None:
    assert set(record_words("K-01042")) == {"k", "01042", "k01042", "1042"}


@given(st.text(max_size=30))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert words(" ".join(words(text))) == words(text)


def test_a_condition_in_one_line() -> None:
    day = date(2024, 3, 14)
    assert condition_text(Cause.BELLS_PALSY, "", "right", day, DatePrecision.DAY) == "Bell's palsy, right, 14 Mar 2024"
    assert (
        condition_text(Cause.OTHER, "sarcoidosis", "left", None, DatePrecision.UNKNOWN)
        == "sarcoidosis, left, onset not known"
    )


@pytest.mark.parametrize(
    ("onset", "precision", "text"),
    [
        (date(2026, 11, 22), DatePrecision.DAY, "0 days"),
        (date(2026, 11, 21), DatePrecision.DAY, "1 day"),
        (date(2026, 9, 23), DatePrecision.DAY, "60 days"),
        (date(2026, 9, 22), DatePrecision.DAY, "2 months"),
        (date(2024, 11, 23), DatePrecision.DAY, "23 months"),
        (date(2024, 11, 22), DatePrecision.DAY, "2 years"),
        (date(2026, 1, 1), DatePrecision.YEAR, "this year"),
        (date(2023, 1, 1), DatePrecision.YEAR, "about 3 years"),
        (None, DatePrecision.UNKNOWN, ""),
    ],
)
def test_time_since_onset(onset: date | None, precision: DatePrecision, text: str) -> None:
    assert since_text(onset, precision, TODAY) == text
