"""Names that sound the same find each other; names that do not stay apart."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.likeness import held, looked_for
from clinic.domain.patients import Identity, fold, likely_same, similar_names, why_same, words
from clinic.domain.phonetics import skeleton, sounds

SAME = (
    ("Meyer", "Maier", "Mayr", "Meier"),
    ("Schmidt", "Schmitt"),
    ("Stephen", "Steven", "Stefan"),
    ("Philip", "Filip", "Phillip"),
    ("Catherine", "Katherine", "Kathryn"),
    ("Mohamed", "Muhammad", "Mohammed"),
    ("Sofia", "Sophia"),
    ("Thomas", "Tomas", "Tomás"),
    ("Johansson", "Johannsson"),
    ("Müller", "Mueller", "Muller"),
    ("Sonja", "Sonya", "Sonia"),
    ("Nowak", "Novak"),
    ("Kowalski", "Kovalsky"),
    ("Schulz", "Schultz"),
    ("Yusuf", "Jusuf"),
    ("José", "Jose"),
    ("Smith", "Smyth"),
)
APART = (
    ("Meyer", "Mary"),
    ("Daniel", "Daniela"),
    ("Christian", "Christina"),
    ("Maria", "Mario"),
    ("Peter", "Petra"),
    ("Jan", "Jon"),
    ("Anna", "Hanna"),
    ("Miller", "Müller"),
    ("Robert", "Rupert"),
    ("Martin", "Morten"),
    ("Garcia", "Gracia"),
    ("Li", "Lee"),
    ("Schmidt", "Smith-Jones"),
    ("Иванов", "Петров"),
    ("李", "王"),
)


def heard(name: str) -> str:
    return " ".join(skeleton(word) for word in words(name))


@pytest.mark.parametrize("names", SAME)
def test_spellings_of_one_sound_are_one_skeleton(names: tuple[str, ...]) -> None:
    assert len({heard(name) for name in names}) == 1, {name: heard(name) for name in names}


@pytest.mark.parametrize(("one", "other"), APART)
def test_names_that_sound_different_stay_apart(one: str, other: str) -> None:
    assert heard(one) != heard(other)


@given(st.text(max_size=30))
def test_any_text_has_a_sound_and_equal_names_equal_sounds(name: str) -> None:
    found = words(name)
    assert sounds(frozenset(found)) == sounds(frozenset(words(name.swapcase(), name)))
    assert len([skeleton(word) for word in found]) == len(found)


@given(st.sampled_from(SAME), st.sampled_from(SAME), st.data())
def test_whoever_sounds_the_same_shares_a_key_whichever_box_it_was_typed_in(
    family: tuple[str, ...], given_names: tuple[str, ...], data: st.DataObject
) -> None:
    """C-02: the look-alike line and the warning on entry look people up by these keys."""

    def person(swapped: bool) -> Identity:
        pair = data.draw(st.sampled_from(family)), data.draw(st.sampled_from(given_names))
        return Identity(*(reversed(pair) if swapped else pair), date(1979, 2, 3))

    first, second = person(swapped=False), person(swapped=True)
    assert similar_names(first, second)
    assert held(first) & looked_for(second)


@pytest.mark.parametrize(
    ("born", "likely"),
    [
        (date(1979, 2, 3), True),
        (date(1979, 3, 2), True),
        (date(1979, 2, 8), True),
        (date(1978, 2, 3), True),
        (date(1968, 2, 3), False),
        (date(1979, 4, 5), False),
    ],
)
def test_a_birth_date_may_be_one_slip_off(born: date, likely: bool) -> None:
    first = Identity("Meyer", "Catherine", date(1979, 2, 3))
    assert likely_same(first, Identity("Mayr", "Kathryn", born)) is likely


def test_a_number_one_slip_apart_counts_only_with_the_birth_date() -> None:
    born, other = date(1979, 2, 3), date(1979, 2, 4)
    first, second = Identity("Keane", "Margaret", born), Identity("Oduya", "Ines", born)
    assert why_same(first, second, "FN-1001", "FN-1011") == ("the same birth date", "record numbers one slip apart")
    assert why_same(first, second, "FN-1001", "FN-2222") == ()
    assert why_same(first, Identity("Oduya", "Ines", other), "FN-1001", "FN-1011") == ()


def test_the_fold_of_a_name_does_not_change_its_sound() -> None:
    assert heard("MÜLLER") == heard(fold("Müller")) == heard("muller")
