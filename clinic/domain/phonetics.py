"""How a name sounds, as a skeleton of letters that hardly depends on the language: for finding look-alikes, never to judge.

Kept are the first consonant, the colour of the first vowel, the other consonants, and an open last vowel (Daniel is not
Daniela). Spellings of one sound become one letter: Stephen and Steven, Schmidt and Schmitt, Meyer, Maier and Mayr.
"""

from __future__ import annotations

import re
from functools import lru_cache

_LATIN = re.compile(r"[a-z]+")
_SPELLINGS = (
    (re.compile(r"([aou])e(?![iy])"), r"\1"),  # Müller is also written Mueller.
    (re.compile(r"(?<=[bcdfghklmnpqrstvwxz])j"), "i"),
    (re.compile(r"^y(?=[aou])"), "j"),
    (re.compile(r"tsch|sch|sh|sz|cz|tz|ts"), "s"),
    (re.compile(r"ph"), "f"),
    (re.compile(r"[vw]"), "f"),
    (re.compile(r"th|dt"), "t"),
    (re.compile(r"ck|ch|q"), "k"),
    (re.compile(r"c(?=[eiy])"), "s"),
    (re.compile(r"c"), "k"),
    (re.compile(r"x"), "ks"),
    (re.compile(r"z"), "s"),
    (re.compile(r"gh"), ""),
    (re.compile(r"(?<=.)h"), ""),
    (re.compile(r"([^aeiouy])\1+"), r"\1"),  # Before the vowels go: Mohamed keeps both its m, Schmitt loses a t.
)
_VOWELS = re.compile(r"[aeiouy]+")
_OPEN_ENDS = "ao"
_KEPT_LETTERS = 2
"""A skeleton of fewer letters says too little: such a word stands for itself (Li, Ng)."""


@lru_cache(maxsize=4096)
def skeleton(word: str) -> str:
    """The sound of one folded word; a word in another script, and one too short to say anything, is itself."""
    if not _LATIN.fullmatch(word):
        return word
    sound = word
    for spelling, letters in _SPELLINGS:
        sound = spelling.sub(letters, sound)
    first = _VOWELS.search(sound)
    if first is None:
        return word
    consonants = _VOWELS.sub("", sound[first.end() :])
    end = sound[-1].upper() if sound[-1] in _OPEN_ENDS and first.end() < len(sound) else ""
    found = f"{sound[: first.start()]}{_colour(first[0])}{consonants}{end}"
    return found if len(found) >= _KEPT_LETTERS and consonants else word


def sounds(words: frozenset[str]) -> tuple[str, ...]:
    """The sounds of the words of somebody's names, whichever box they were typed in."""
    return tuple(sorted({skeleton(word) for word in words}))


def _colour(vowels: str) -> str:
    if any(letter in "eiy" for letter in vowels):
        return "E"
    return "A" if vowels[0] == "a" else "O"
