"""How old a reader must be for a text: one published formula a language, in exact fractions, with its own count of syllables.

Counting syllables by rule is an estimate for English and nearly exact for Spanish. The formulas see the length of words and
sentences and nothing else: whether a patient understands is for people to find out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from clinic.domain.documents.texts import Part, Text

FLESCH_KINCAID: Final = "Flesch–Kincaid grade"
"""Kincaid JP, Fishburne RP, Rogers RL, Chissom BS. Research Branch Report 8-75, 1975: a school grade of the United States."""

CRAWFORD: Final = "Crawford"
"""Crawford AN. Fórmula y gráfico para determinar la comprensibilidad de textos de nivel primario en castellano. Lectura y
Vida 1984;5(4): years of primary school."""

SZIGRISZT_PAZOS: Final = "Szigriszt-Pazos on the INFLESZ scale"
"""Szigriszt-Pazos F. Sistemas predictivos de legibilidad, 1993; Barrio-Cantalejo IM et al. An Sist Sanit Navar
2008;31:135–152."""

WHOLE_TEXT: Final = Fraction(25, 2)
"""A whole text: read at an age of 12.5 years at most (the product asks for about 11 to 12)."""

EACH_PART: Final = Fraction(14)
"""One part of it: 14 years at most, because the name of a disease weighs more in a few lines."""

AGE_OF_GRADE: Final = 5
"""Pupils of grade n are n + 5 years old when it begins."""

AGE_OF_YEARS: Final = 6
"""School begins at six, so after n years of it pupils are n + 6 years old."""

INFLESZ: Final = ((80, "very easy"), (65, "fairly easy"), (55, "normal"), (40, "somewhat difficult"))
"""Lower ends of the levels; below the last it is very difficult (Barrio-Cantalejo 2008)."""

_ENDS: Final = re.compile(r"(?<![.!?;…])[.!?;…]+(?=[\s”»\")]|$)")
_WORD: Final = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)*|\d+(?:[.,]\d+)*")
_PLACEHOLDER: Final = re.compile(r"\{\w+\}")
_MARK: Final = re.compile(r"^(?:- |1\. )")


@dataclass(frozen=True, slots=True)
class Counts:
    """What the formulas count."""

    sentences: int
    words: int
    syllables: int


@dataclass(frozen=True, slots=True)
class ReadingAge:
    """The age in years at which a text can be read, by one formula; ``second`` is another view of it, "" for none."""

    years: Fraction
    formula: str
    second: str = ""

    @property
    def words(self) -> str:
        """``11.4 years (Crawford)``."""
        return f"{_tenths(self.years)}\N{NO-BREAK SPACE}years ({self.formula})"


def reading_age(text: Text) -> ReadingAge:
    """The reading age of a whole text by the formula of its language; English where the language has none."""
    return lines_age((line for part in text.parts.values() for line in part.body), text.language)


def part_age(part: Part, code: str) -> ReadingAge:
    """The reading age of one part."""
    return lines_age(part.body, code)


def lines_age(lines: Iterable[str], code: str) -> ReadingAge:
    """The reading age of lines, each of which ends a sentence. Raises ValueError where no word is in them."""
    formula, syllables = _FORMULAS.get(code, _FORMULAS["en"])
    return formula(counts(lines, syllables))


def counts(lines: Iterable[str], syllables: Callable[[str], int]) -> Counts:
    """Sentences, words and syllables. A number is one word of one syllable; so is what a placeholder stands for."""
    sentences = words = spoken = 0
    for line in lines:
        plain = _PLACEHOLDER.sub(" 1 ", _MARK.sub("", line))
        for sentence in _ENDS.split(plain):
            found = _WORD.findall(sentence)
            sentences += bool(found)
            words += len(found)
            spoken += sum(1 if word[0].isdigit() else syllables(word) for word in found)
    if not words:
        raise ValueError("There is no word to read.")
    return Counts(sentences, words, spoken)


def flesch_kincaid(found: Counts) -> ReadingAge:
    """Grade = 0.39 words a sentence + 11.8 syllables a word - 15.59."""
    grade = (
        Fraction(39, 100) * Fraction(found.words, found.sentences)
        + Fraction(118, 10) * Fraction(found.syllables, found.words)
        - Fraction(1559, 100)
    )
    return ReadingAge(grade + AGE_OF_GRADE, FLESCH_KINCAID)


def crawford(found: Counts) -> ReadingAge:
    """Years of school = 0.049 syllables - 0.205 sentences - 3.407, both in a hundred words."""
    years = (
        Fraction(49, 1000) * Fraction(100 * found.syllables, found.words)
        - Fraction(205, 1000) * Fraction(100 * found.sentences, found.words)
        - Fraction(3407, 1000)
    )
    score = szigriszt_pazos(found)
    return ReadingAge(years + AGE_OF_YEARS, CRAWFORD, f"{_tenths(score)}, {inflesz(score)} ({SZIGRISZT_PAZOS})")


def szigriszt_pazos(found: Counts) -> Fraction:
    """Ease of reading, higher is easier: 206.835 - 62.3 syllables a word - words a sentence."""
    return (
        Fraction(206835, 1000)
        - Fraction(623, 10) * Fraction(found.syllables, found.words)
        - Fraction(found.words, found.sentences)
    )


def inflesz(score: Fraction) -> str:
    """The level of an ease of reading in words."""
    return next((words for least, words in INFLESZ if score >= least), "very difficult")


def english_syllables(word: str) -> int:
    """Syllables of an English word by rule: groups of vowels, less those that are silent; at least one."""
    spelled = re.sub(r"[’']s$", "", word.casefold())
    spelled = re.sub(r"[^a-z]", "", spelled.replace("é", "e"))
    if spelled in _ENGLISH_OTHERWISE:
        return _ENGLISH_OTHERWISE[spelled]
    spelled = spelled.replace("qu", "q")
    count = len(re.findall(r"[aeiouy]+", spelled))
    count += len(re.findall(r"i[aou](?!n\b)|[aeoy]ing|ua(?!r)|eo(?!p)", re.sub(r"[cgstx]i[aou]", "x", spelled)))
    if re.search(r"(?:[^aeiouylr]|[aeiouy][lr]|rl)es?$", spelled) and not re.search(r"(?:[cszxg]|sh|ch)es$", spelled):
        count -= 1
    if re.search(r"(?:[^aeioutdyl]|[aeiouyl]l)ed$", spelled):
        count -= 1
    return max(1, count)


_ENGLISH_OTHERWISE: Final[Mapping[str, int]] = MappingProxyType(
    {"agree": 2, "being": 2, "create": 2, "idea": 3, "people": 2, "science": 2, "something": 2, "sometimes": 2}
    | {"therefore": 2, "movement": 2, "movements": 2, "careful": 2, "carefully": 3, "safely": 2, "quiet": 2}
    | {"quietly": 3, "react": 2, "everything": 3, "everyone": 3, "somebody": 3, "someone": 2, "homework": 2}
    | {"likely": 2, "usually": 4, "usual": 3, "uneasy": 3, "themselves": 2, "every": 2, "everyday": 3}
    | {
        "area": 3,
        "areas": 3,
        "idea": 3,
        "ideas": 3,
        "ideal": 3,
        "theatre": 3,
        "reaction": 3,
        "reactions": 3,
        "union": 2,
    }
    | {"january": 4, "february": 4, "lion": 2}
)
"""Words in these texts that the rules get wrong, or nearly."""


def spanish_syllables(word: str) -> int:
    """Syllables of a Spanish word: each group of vowels, parted where two strong ones or a stressed weak one meet."""
    spelled = re.sub(r"(?:(?<=q)u(?=[eéií])|(?<=g)u(?=[eéií]))", "", word.casefold())
    spelled = re.sub(r"y(?=[^aeiouáéíóú]|$)", "i", spelled)
    count = 0
    for group in re.findall(r"[aeiouáéíóúü]+", spelled):
        count += 1 + sum(_parted(one, other) for one, other in pairwise(group))
    return max(1, count)


def _parted(one: str, other: str) -> bool:
    strong, stressed_weak = "aeoáéó", "íú"
    return (one in strong and other in strong) or one in stressed_weak or other in stressed_weak


def _tenths(value: Fraction) -> str:
    """``11.4``: rounded up, because a text is not to look easier than it is."""
    tenths = -((-value * 10) // 1)
    sign = "\N{MINUS SIGN}" if tenths < 0 else ""
    return f"{sign}{abs(tenths) // 10}.{abs(tenths) % 10}"


_FORMULAS: Final[Mapping[str, tuple[Callable[[Counts], ReadingAge], Callable[[str], int]]]] = MappingProxyType(
    {"en": (flesch_kincaid, english_syllables), "es": (crawford, spanish_syllables)}
)
