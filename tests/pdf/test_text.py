"""Text made safe and broken into lines."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clinic.pdf import fonts
from clinic.pdf.style import BODY, STRONG
from clinic.pdf.text import NBSP, Run, break_lines, one_line, plain, unprintable
from tests.pdf import contents


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("O'Brien <b> & co", "O'Brien <b> & co"),
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("a\u202eb\u2066c\u200fd", "a\ufffdb\ufffdc\ufffdd"),
        ("\x00\x1b\x7f\x9f", "\ufffd\ufffd\ufffd\ufffd"),
        ("two\u00a0words\u202fmore\u2009thin", f"two{NBSP}words{NBSP}more thin"),
        ("non\u2011breaking", "non-breaking"),
        ("Jose\u0301", "José"),
        ("陳 \U0001f600 שלום", "\ufffd \ufffd \ufffd\ufffd\ufffd\ufffd"),
        ("≈ ≥ ≤ ± → № ½ ² µ “ ” ’ – — …", "≈ ≥ ≤ ± → № ½ ² µ “ ” ’ – — …"),
        ("\ud800", "\ufffd"),
    ],
)
def test_plain(text: str, printed: str) -> None:
    assert plain(text) == printed


def test_one_line_has_no_ends_of_lines() -> None:
    assert one_line("one\ntwo") == "one two"


@given(st.text())
def test_plain_text_can_be_drawn_and_hides_nothing(text: str) -> None:
    printed = plain(text)
    for character in printed:
        assert character == "\n" or fonts.printable(character)
        assert character == "\n" or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn"}
    assert plain(printed) == printed


def test_unprintable_finds_characters_anywhere_in_a_content() -> None:
    content = contents.visit(author="A\u202e", amendment_reason="陳\nnew line")
    assert unprintable((content, contents.draft(reference="\U0001f600"))) == ("U+202E", "U+9673", "U+1F600")
    assert unprintable(contents.visit()) == ()


def words_of(text: str, width: float) -> list[str]:
    lines = break_lines([Run(text, BODY)], width)
    return [" ".join(fragment.text.strip() for fragment in line.fragments) for line in lines]


@pytest.mark.parametrize("width", [30, 60, 90, 500])
def test_words_stay_apart_for_who_listens_wherever_a_line_or_a_style_ends(width: float) -> None:
    lines = break_lines(
        [Run("Hartley, Eleanor   ", STRONG), Run("born 4 Feb\nin London", BODY), Run("!", STRONG)], width
    )
    heard = "".join(fragment.text for line in lines for fragment in line.fragments)
    assert heard.split() == ["Hartley,", "Eleanor", "born", "4", "Feb", "in", "London!"]


def test_a_word_that_is_cut_stays_one_word_for_who_listens() -> None:
    assert "".join(one.text for line in break_lines([Run("x" * 60, BODY)], 50) for one in line.fragments) == "x" * 60


def test_lines_break_at_blanks() -> None:
    assert words_of("one two three", 40) == ["one two", "three"]


def test_a_number_and_its_unit_stay_together() -> None:
    assert words_of(f"given 2.5{NBSP}units", 50) == ["given", f"2.5{NBSP}units"]


def test_a_long_word_is_cut_after_a_hyphen_or_anywhere() -> None:
    assert words_of("Featherstone-Cholmondeley", 70)[0] == "Featherstone-"
    assert "".join(words_of("x" * 60, 50)) == "x" * 60


def test_blank_lines_and_empty_texts_keep_their_height() -> None:
    assert words_of("one\n\ntwo", 100) == ["one", "", "two"]
    assert words_of("", 100) == [""]
    assert break_lines([], 100) == ()


@example([("0\t", BODY)], 1.0)
@example([("ab    ", BODY)], 12.0)
@given(st.lists(st.tuples(st.text(max_size=60), st.sampled_from([BODY, STRONG])), max_size=5), st.floats(1, 300))
def test_no_line_is_wider_than_its_room_and_no_letter_is_lost(pieces: list[tuple[str, object]], width: float) -> None:
    runs = [Run(text, style) for text, style in pieces]  # type: ignore[arg-type]
    lines = break_lines(runs, width)
    for line in lines:
        letters = sum(len(fragment.text) for fragment in line.fragments)
        assert line.width <= width + 0.01 or letters == 1
    shown = "".join(fragment.text for line in lines for fragment in line.fragments)
    expected = "".join(plain(text) for text, _ in pieces)
    assert "".join(shown.split()) == "".join(expected.split())


def test_figures_have_one_width() -> None:
    for name in (fonts.REGULAR, fonts.BOLD):
        font = fonts.font(name)
        assert len({font.stringWidth(figure, 10) for figure in "0123456789"}) == 1


def test_fonts_are_registered_once() -> None:
    fonts.register()
    before = fonts.font(fonts.REGULAR)
    fonts.register()
    assert fonts.font(fonts.REGULAR) is before
