"""Text as data: characters made safe to print, runs of one style each, broken into lines.

There is no markup anywhere in the prints: a name such as ``<b>`` or ``&amp;`` is drawn as it stands. What cannot be
printed is replaced by a visible sign (``fonts.REPLACEMENT``) and named in a note (``unprintable``), never dropped.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache, lru_cache
from math import inf
from typing import Any, Final

from clinic.pdf.fonts import REPLACEMENT, font, printable
from clinic.pdf.style import TextStyle

NBSP: Final = "\u00a0"
_SAME: Final = {
    "\r\n": "\n",
    "\r": "\n",
    "\u2028": "\n",
    "\u2029": "\n",
    "\x0b": "\n",
    "\x0c": "\n",
    "\t": "    ",
    "\u2011": "-",
    "\u202f": NBSP,
    "\u2007": NBSP,
    "\u200b": "",
}
"""Characters with an equal that the fonts have: ends of lines, kinds of blanks and hyphens; U+200B is nothing to see."""

_SHORT: Final = 80
"""Characters up to which a text is first tried on lines without end."""
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text in one style; a newline in it ends the line."""

    text: str
    style: TextStyle


@dataclass(frozen=True, slots=True)
class Fragment:
    """A run's part on one line, ``x`` points from the left."""

    x: float
    text: str
    style: TextStyle


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text as laid out."""

    fragments: tuple[Fragment, ...]
    width: float
    leading: float
    size: float


def plain(text: str) -> str:
    """Return text that is safe to print: composed, with equals for odd blanks, and a sign for what has no glyph.

    Controls, among them those that turn the direction of reading (U+202E), become the sign too.
    """
    if text.isascii() and text.isprintable():
        return text
    for found, equal in _SAME.items():
        text = text.replace(found, equal)
    return "".join(_safe(character) for character in unicodedata.normalize("NFC", text))


def one_line(text: str) -> str:
    """Return text that is safe to print on one line."""
    return " ".join(plain(text).split("\n"))


@lru_cache(maxsize=4096)
def _safe(character: str) -> str:
    if character in {"\n", NBSP}:
        return character
    category = unicodedata.category(character)
    if category == "Zs":
        return " "
    return character if category not in _INVISIBLE and printable(character) else REPLACEMENT


def unprintable(value: Any) -> tuple[str, ...]:
    """The characters anywhere in a content that ``plain`` replaces, as ``U+202E``, in order of code."""
    found: set[str] = set()
    for text in _texts(value):
        if not text.isascii() or not text.isprintable():
            found.update(text)
    lost = {character for character in found if REPLACEMENT in plain(character)}
    return tuple(f"U+{ord(character):04X}" for character in sorted(lost))


def _texts(value: Any) -> Iterator[str]:
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, tuple):
            left += one
        else:
            left += [getattr(one, name) for name in _field_names(type(one))]  # type: ignore[arg-type]


@cache
def _field_names(kind: type) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind)) if is_dataclass(kind) else ()


def spaced(one: Fragment) -> Fragment:
    """The fragment with a blank at its end: who listens hears two words there, and nobody sees it."""
    return Fragment(one.x, f"{one.text} ", one.style)


def ending_in_blank(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines with a blank at the end of the last, where more words of the same element follow elsewhere."""
    if not lines or not lines[-1].fragments:
        return tuple(lines)
    *words, final = lines[-1].fragments
    return (*lines[:-1], replace(lines[-1], fragments=(*words, spaced(final))))


def break_lines(runs: Iterable[Run], width: float) -> tuple[Line, ...]:
    """Break runs into lines of at most ``width`` points: at blanks, in longer words after a hyphen or anywhere."""
    runs = tuple(runs)
    if sum([len(run.text) for run in runs]) <= _SHORT:
        whole = _broken(runs)
        if all(line.width <= width for line in whole):
            return whole
    return _break(runs, width)


@lru_cache(maxsize=4096)
def _broken(runs: tuple[Run, ...]) -> tuple[Line, ...]:
    """Lines that end only where the text says so: most cells of a table are such, and many are the same."""
    return _break(runs, inf)


def _break(runs: tuple[Run, ...], width: float) -> tuple[Line, ...]:
    breaker = _Breaker(width)
    for run in runs:
        first, *further = plain(run.text).split("\n")
        breaker.add(first, run.style)
        for text in further:
            breaker.end_paragraph(run.style)
            breaker.add(text, run.style)
    return breaker.finish()


class _Breaker:
    """Collects words into lines."""

    def __init__(self, width: float) -> None:
        # A column narrower than a letter still takes one letter a line.
        self.width = max(width, 1)
        self.lines: list[Line] = []
        self.fragments: list[Fragment] = []
        self.at = 0.0
        self.end = 0.0  # Where the last word ends; blanks at the end of a line do not count.
        self.style: TextStyle | None = None

    def add(self, text: str, style: TextStyle) -> None:
        """Add a run's text without newlines; blanks between words are kept, those at the end of a line are not."""
        self.style = style
        if not text:
            return
        blank = _width(" ", style)
        gap = 0.0
        for index, word in enumerate(text.split(" ")):
            gap += blank if index else 0
            if word:
                self._add_word(word, style, gap)
                gap = 0.0
        self.at += gap

    def _add_word(self, word: str, style: TextStyle, gap: float) -> None:
        width = _width(word, style)
        if self.fragments and self.at + gap + width > self.width:
            if self.at + gap > self.end:
                self.fragments[-1] = spaced(self.fragments[-1])
            self.end_line(style)
        if not self.fragments:
            self.at = 0.0
            gap = 0.0
        while width > self.width:
            head, word = _cut(word, style, self.width)
            self._place(head, style, 0.0, _width(head, style))
            self.end_line(style)
            width = _width(word, style)
        if word:
            self._place(word, style, gap, width)

    def _place(self, word: str, style: TextStyle, gap: float, width: float) -> None:
        last = self.fragments[-1] if self.fragments else None
        if last is not None and last.style is style and gap <= _width(" ", style) * 1.01:
            # One fragment for words that follow each other in one style: fewer operators.
            glue = " " if gap else ""
            self.fragments[-1] = Fragment(last.x, f"{last.text}{glue}{word}", style)
        else:
            if last is not None and self.at + gap > self.end:
                self.fragments[-1] = spaced(last)
            self.fragments.append(Fragment(self.at + gap, word, style))
        self.at += gap + width
        self.end = self.at

    def end_paragraph(self, style: TextStyle) -> None:
        """Close the line where the text says so."""
        if self.fragments:
            self.fragments[-1] = spaced(self.fragments[-1])
        self.end_line(style)

    def end_line(self, style: TextStyle) -> None:
        """Close the line, also when it is empty."""
        styles = [fragment.style for fragment in self.fragments] or [style]
        leading, size = max(one.leading for one in styles), max(one.size for one in styles)
        self.lines.append(Line(tuple(self.fragments), self.end if self.fragments else 0.0, leading, size))
        self.fragments, self.at = [], 0.0

    def finish(self) -> tuple[Line, ...]:
        """The lines; one empty line for no text at all."""
        if self.style is not None and (self.fragments or not self.lines):
            self.end_line(self.style)
        return tuple(self.lines)


def _cut(word: str, style: TextStyle, width: float) -> tuple[str, str]:
    """Cut a word that is wider than a line: after the last hyphen or slash that fits, else after the last letter."""
    count, room = 0, width
    for letter in word:
        room -= _width(letter, style)
        if room < 0:
            break
        count += 1
    count = max(1, count)
    natural = max(word.rfind(sign, 1, count) for sign in f"-/{NBSP}") + 1
    count = natural if natural > count // 2 else count
    return word[:count], word[count:]


@lru_cache(maxsize=8192)
def _width(text: str, style: TextStyle) -> float:
    return float(font(style.font).stringWidth(text, style.size))
