"""What an instrument is: items, options, how answers are checked and scored, source and licence. One file an instrument.

Answers are whole numbers by item key (``None`` for a question left open); an item with ``decimals`` 1 holds tenths of its
unit. Scores are exact fractions of whole numbers, given as ``Decimal`` rounded half up to 0.01 once, at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final

from clinic.domain.errors import Invalid

Answers = Mapping[str, int | None]
HUNDREDTH: Final = Decimal("0.01")
NEEDED: Final = "Answer this one; an open question is never counted as 0."


class AnsweredBy(StrEnum):
    """Who answers: a clinician who looks, the patient, or a ruler in a clinician's hand."""

    CLINICIAN = "clinician"
    PATIENT = "patient"
    MEASURED = "measured"


class Direction(StrEnum):
    """Which way is better."""

    HIGHER = "higher is better"
    LOWER = "lower is better"
    NONE = "no direction"


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that can be chosen. ``key`` is what the keyboard takes, where it is not the value itself."""

    value: int
    label: str
    points: int | None = None

    @property
    def counted(self) -> int:
        """The points that the score counts for this option: ``points``, or the value itself."""
        return self.value if self.points is None else self.points


@dataclass(frozen=True, slots=True)
class Item:
    """One question. ``options`` closes it; without them it takes a whole number from ``minimum`` to ``maximum``.

    ``part`` is the heading it stands under. ``decimals`` 1: the number is tenths of ``unit``. ``is_text``: free text, which
    no score reads. ``needed`` False: may stay open.
    """

    key: str
    label: str
    part: str = ""
    options: tuple[Option, ...] = ()
    minimum: int = 0
    maximum: int = 0
    unit: str = ""
    decimals: int = 0
    needed: bool = True
    is_text: bool = False
    help: str = ""

    def option(self, value: int | None) -> Option | None:
        """The option of a value, or None."""
        return next((one for one in self.options if one.value == value), None)


@dataclass(frozen=True, slots=True)
class ScoreKind:
    """A number that an instrument gives. ``noise`` is the change within which one patient's score moves by chance (SDC).

    ``minimum`` and ``maximum`` are the arithmetic ends of the scale; ``axis`` those drawn, where they differ.
    """

    key: str
    label: str
    minimum: Decimal
    maximum: Decimal
    direction: Direction = Direction.NONE
    noise: Decimal | None = None
    noise_source: str = ""
    axis: tuple[Decimal, Decimal] | None = None
    trend: bool = True
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """One computed number. ``text`` is its name where it has one (a grade in Roman numerals); ``flag`` says what is odd.

    ``answered`` is the number of items that it rests on, where that can vary.
    """

    key: str
    value: Decimal
    text: str = ""
    flag: str = ""
    answered: int | None = None


@dataclass(frozen=True, slots=True)
class Instrument:
    """One version of one instrument, declared in full: form, score, documentation page and tests come from here.

    ``sided``: graded for one side of the face against the other. ``licensed``: the items shown are paraphrased topics,
    and the original wording may only be shown by a clinic that holds a licence. ``formula`` is plain text for the page.
    """

    key: str
    version: str
    title: str
    short_title: str
    answered_by: AnsweredBy
    items: tuple[Item, ...]
    scores: tuple[ScoreKind, ...]
    score: Callable[[Mapping[str, int]], tuple[Score, ...]] = field(compare=False)
    formula: str
    source: tuple[str, ...]
    licence: str
    about: str = ""
    sided: bool = False
    licensed: bool = False
    needs_any: bool = False

    def item(self, key: str) -> Item:
        """The item of a key. Raises KeyError."""
        return next(one for one in self.items if one.key == key)

    def score_kind(self, key: str) -> ScoreKind:
        """The kind of a score. Raises StopIteration for one that this instrument does not give."""
        return next(one for one in self.scores if one.key == key)


def rounded(value: Fraction | int) -> Decimal:
    """A fraction as a Decimal with two places, half up."""
    exact = Fraction(value)
    return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(HUNDREDTH, ROUND_HALF_UP)


def refusals(instrument: Instrument, answers: Answers) -> dict[str, str]:
    """What is wrong with answers, by item key: unknown, missing, out of range. Empty when they can be scored."""
    known = {item.key: item for item in instrument.items}
    found = {key: "This instrument has no such question." for key in answers if key not in known}
    for item in instrument.items:
        value = answers.get(item.key)
        if item.is_text:
            continue
        if value is None:
            if item.needed:
                found[item.key] = NEEDED
        elif item.options:
            if item.option(value) is None:
                found[item.key] = "Choose one of the answers."
        elif not item.minimum <= value <= item.maximum:
            found[item.key] = f"From {shown(item, item.minimum)} to {shown(item, item.maximum)}."
    if not found and instrument.needs_any and not given(instrument, answers):
        found[instrument.items[0].key] = "Enter at least one value."
    return found


def given(instrument: Instrument, answers: Answers) -> dict[str, int]:
    """The answers that were given, in the order of the instrument's items."""
    found = ((item.key, answers.get(item.key)) for item in instrument.items if not item.is_text)
    return {key: value for key, value in found if value is not None}


def scored(instrument: Instrument, answers: Answers) -> tuple[Score, ...]:
    """Check and score answers. Raises Invalid by item key; nothing is ever scored as if it had been answered."""
    wrong = refusals(instrument, answers)
    if wrong:
        raise Invalid(wrong)
    return instrument.score(given(instrument, answers))


def shown(item: Item, value: int) -> str:
    """A stored number as people write it: ``7.5 mm``, ``3``; an option by its label."""
    option = item.option(value)
    if option is not None:
        return option.label
    number = Decimal(value).scaleb(-item.decimals)
    text = f"{number.normalize():f}" if number else "0"
    return f"{text}\N{NO-BREAK SPACE}{item.unit}" if item.unit else text


def options(*pairs: tuple[int, str]) -> tuple[Option, ...]:
    """Options from (value, label) pairs."""
    return tuple(Option(value, label) for value, label in pairs)


def total(answers: Mapping[str, int], keys: Iterable[str]) -> int:
    """The sum of the named answers. Raises KeyError for one that is missing."""
    return sum(answers[key] for key in keys)
