"""Placeholders: filled from a fixed list, once, never evaluated; what cannot be filled is named with why."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.documents.kinds import LETTERS
from clinic.domain.documents.letter_texts import (
    QUESTION,
    asking,
    built_in,
    paragraphs,
    typed_question,
    usual_question,
    word_problems,
)
from clinic.domain.documents.placeholders import MEANINGS, fill, names_in, problem, stray

VALUES = {name: f"[{name}]" for name in MEANINGS}


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Dear {{recipient}},", "Dear [recipient],"),
        ("{{ last session }}", "[last session]"),
        ("{{patient}} and {{patient}}", "[patient] and [patient]"),
        ("no braces", "no braces"),
        ("{patient}", "{patient}"),
    ],
)
def test_a_known_placeholder_is_filled(typed: str, shown: str) -> None:
    filled = fill(typed, VALUES)
    assert filled.text == shown
    assert filled.unknown == ()


@pytest.mark.parametrize(
    "typed", ["{{7*7}}", "{{Patient}}", "{{pateint}}", "{{}}", "{{ }}", "{{patient.__class__}}", "{{<b>}}", "{{患者}}"]
)
def test_an_unknown_one_stays_as_typed_and_is_named(typed: str) -> None:
    filled = fill(f"Before {typed} after", VALUES)
    assert filled.text == f"Before {typed} after"
    assert filled.unknown == (typed,)


def test_nothing_is_evaluated() -> None:
    assert "49" not in fill("{{7*7}} {{7 * 7}} ${7*7} {%if 1%}", VALUES).text


def test_a_value_is_never_filled_again() -> None:
    filled = fill("{{recipient}}", {**VALUES, "recipient": "{{patient}} {{7*7}}"})
    assert filled.text == "{{patient}} {{7*7}}"
    assert filled.unknown == ()


def test_a_known_one_without_a_value_says_why() -> None:
    (one,) = paragraphs("The last was on {{last session}}.", {**VALUES, "last session": ""})
    assert one.unknown == ("{{last session}}",)
    (why,) = word_problems([one], {"last session": "no session of botulinum toxin is on record"})
    assert why == "{{last session}} has no value here: no session of botulinum toxin is on record."


@pytest.mark.parametrize("typed", ["{{patient", "patient}}", "{{patient}", "{{{{", "{{a\nb"])
def test_a_brace_that_closes_nothing_is_named(typed: str) -> None:
    assert stray(typed)
    assert "belongs to no placeholder" in problem(stray(typed)[0], {})


def test_an_unknown_name_is_called_unknown() -> None:
    assert "not a placeholder that this program knows" in problem("{{7*7}}", {})


@given(st.text(alphabet=st.sampled_from("{}ab *7\n<>&"), max_size=60))
def test_no_text_makes_a_fault_and_every_name_is_filled_or_named(typed: str) -> None:
    filled = fill(typed, VALUES)
    assert len(filled.unknown) == len(set(filled.unknown))
    for name in names_in(typed):
        assert name in MEANINGS or any(name in one for one in filled.unknown)
    for one in paragraphs(typed, VALUES):
        assert all(token in one.text for token in one.unknown)


@given(st.text(max_size=80), st.text(max_size=80))
def test_whatever_a_value_holds_it_stands_there_once_as_it_is(value: str, around: str) -> None:
    around = around.replace("{", "").replace("}", "")
    filled = fill(f"{around}{{{{patient}}}}{around}", {"patient": value or "x"})
    assert filled.text == f"{around}{value or 'x'}{around}"


@pytest.mark.parametrize("kind", LETTERS)
def test_the_words_that_come_with_the_program_use_known_placeholders_only(kind: str) -> None:
    words = built_in()[kind]  # type: ignore[index]
    assert set(names_in(words.opening + words.closing)) <= set(MEANINGS)
    assert stray(words.opening + words.closing) == ()
    assert words.title
    assert words.closing


@pytest.mark.parametrize("kind", LETTERS)
def test_the_question_stands_in_a_letter_that_asks(kind: str) -> None:
    question = usual_question(kind)  # type: ignore[arg-type]
    opening = built_in()[kind].opening  # type: ignore[index]
    assert (QUESTION in opening) == bool(question)
    assert QUESTION not in asking(opening, question or "Why?")


def test_a_referrals_question_comes_without_its_generated_lines() -> None:
    typed = "Is the cornea safe?\nPalsy: Bell’s palsy, left\nAnd the lid?\nDry eye: no"
    assert typed_question(typed, ("Palsy", "Dry eye")) == "Is the cornea safe?\nAnd the lid?"


def test_every_placeholder_says_what_it_stands_for() -> None:
    assert all(meaning and name == name.strip().lower() for name, meaning in MEANINGS.items())
