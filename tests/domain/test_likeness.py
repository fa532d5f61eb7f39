"""Whoever has similar names is found by a key."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.likeness import held, looked_for
from clinic.domain.patients import Identity, similar_names

BORN = date(1978, 2, 3)
NAME = st.text(alphabet="abcd", min_size=1, max_size=7)
NAMES = st.lists(NAME, min_size=1, max_size=3).map(" ".join)


def person(family: str, given_names: str) -> Identity:
    return Identity(family, given_names, BORN)


@given(NAMES, NAMES, NAMES, NAMES)
def test_similar_names_share_a_key(family: str, given_names: str, other_family: str, other_given: str) -> None:
    first, second = person(family, given_names), person(other_family, other_given)
    if similar_names(first, second):
        assert held(first) & looked_for(second)
        assert held(second) & looked_for(first)


@given(NAME.filter(lambda name: len(name) >= 3), st.integers(0, 6), st.sampled_from("abcdz"), st.sampled_from("rids"))
def test_one_slip_in_a_word_shares_a_key(name: str, place: int, letter: str, kind: str) -> None:
    place %= len(name)
    slipped = {
        "r": name[:place] + letter + name[place + 1 :],
        "i": name[:place] + letter + name[place:],
        "d": name[:place] + name[place + 1 :],
        "s": name[:place] + name[place : place + 2][::-1] + name[place + 2 :],
    }[kind]
    first, second = person(name, "zoe anna"), person(slipped or "zoe", "anna zoe")
    if similar_names(first, second):
        assert held(first) & looked_for(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("Schmidt", "Anne-Marie"), ("Schmidt", "Annemarie")),
        (("García", "María"), ("García López", "María")),
        (("Kohn", "Eva"), ("Cohn", "Eva")),
        (("Brandt", "Sabine"), ("Barndt", "Sabine")),
        (("Marín", "José"), ("Jose", "Marin")),
        (("Singh", "Singh"), ("Singh", "Singh")),
    ],
)
def test_names_that_are_mistaken_share_a_key(first: tuple[str, str], second: tuple[str, str]) -> None:
    assert held(person(*first)) & looked_for(person(*second))


def test_a_common_given_name_alone_is_no_key() -> None:
    assert not held(person("Brandt", "Maria")) & looked_for(person("Keane", "Maria"))


def test_keys_are_few_and_short() -> None:
    keys = held(person("García López", "María José"))
    assert len(keys) <= 20
    assert {len(key) for key in keys} == {17}
