"""A form in the patient's hands: how it got there, how long it lasts, what it asks, and which answers ask for help."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from clinic.domain import assessments
from clinic.domain.adverse_events import Urgency
from clinic.domain.assessments.base import NEEDED, AnsweredBy, Instrument, Item, scored, shown
from clinic.domain.assessments.follow_up import URGENT
from clinic.domain.clocks import is_ahead
from clinic.domain.errors import Invalid
from clinic.domain.instrument_wordings import INTRO, option_part

LEFT_OUT: Final = "-"
"""Stands for an item's key where the patient left out a whole questionnaire; no item is called so."""

TEXT_MAXIMUM: Final = 2000
"""Characters of one answer in the patient's own words."""

RADIO_NUMBERS: Final = 11
"""So many whole numbers, as 0 to 10, are still shown as a row to choose from; more are typed."""

UNLOCK_ATTEMPTS: Final = 5
"""Wrong passwords after which a tablet that was handed over is signed out."""

RATHER_NOT: Final = "I would rather not say"
LEAVE_OUT: Final = "Leave out these questions"
OPEN: Final = "This one still needs an answer."


class Way(StrEnum):
    """How the form reaches the patient."""

    TABLET = "tablet"
    LINK = "link"


LASTS: Final = {Way.TABLET: timedelta(hours=1), Way.LINK: timedelta(hours=48)}
"""How long a form can be filled in after it was made."""

UNSENT_URGENT: Final = timedelta(days=1)
"""How long an answer that asks for help at once stands on Today when its visit was closed before the form was sent."""

WRONG_BIRTH_DATES: Final = 5
"""Wrong birth dates after which a link is dead."""


class FormState(StrEnum):
    """How a form stands; the value is what staff read."""

    WAITING = "not started"
    FILLING = "being filled in"
    SENT = "sent"
    EXPIRED = "expired"
    ENDED = "ended"

    @property
    def is_open(self) -> bool:
        """Whether the patient can still answer."""
        return self in {FormState.WAITING, FormState.FILLING}


def form_state(
    *,
    started_at: datetime | None,
    sent_at: datetime | None,
    ended_at: datetime | None,
    expires_at: datetime,
    draft: bool,
    now: datetime,
    created_at: datetime,
) -> FormState:
    """How a form stands now; one whose visit is no draft any more has ended, because nothing can land in it.

    One from the future was made by a clock that has been put back: it would be open for too long (D-26).
    """
    if sent_at is not None:
        return FormState.SENT
    if ended_at is not None or not draft:
        return FormState.ENDED
    if now >= expires_at or is_ahead(created_at, now):
        return FormState.EXPIRED
    return FormState.WAITING if started_at is None else FormState.FILLING


@dataclass(frozen=True, slots=True)
class Given:
    """What the patient said to one question; neither a value nor a text is *I would rather not say*."""

    value: int | None = None
    text: str = ""

    @property
    def said(self) -> bool:
        """Whether it is an answer."""
        return self.value is not None or bool(self.text)


@dataclass(frozen=True, slots=True)
class Question:
    """One screen: an item of an instrument in the words that the patient reads. ``opens`` is the clinic's own intro."""

    number: int
    instrument: Instrument
    item: Item
    label: str
    choices: tuple[tuple[int, str], ...]
    opens: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Instrument and item."""
        return self.instrument.key, self.item.key

    @property
    def id(self) -> str:
        """What names it whatever its number, which another questionnaire can come to have meanwhile."""
        return ".".join(self.key)

    def answer(self, text: str) -> Given:
        """Read what was chosen or typed. Raises Invalid beside ``answer``."""
        typed = text.strip()
        if self.item.is_text:
            if len(typed) > TEXT_MAXIMUM:
                raise Invalid({"answer": f"Please keep it to {TEXT_MAXIMUM} characters; this has {len(typed)}."})
            if not typed:
                raise Invalid({"answer": f"Write something, or press “{RATHER_NOT}”."})
            return Given(text=typed)
        if not typed:
            raise Invalid({"answer": self._needed()})
        value = _whole(typed)
        if self.choices and value not in dict(self.choices):
            raise Invalid({"answer": "Choose one of the answers."})
        if value is None or (not self.choices and not self.item.minimum <= value <= self.item.maximum):
            low, high = shown(self.item, self.item.minimum), shown(self.item, self.item.maximum)
            raise Invalid({"answer": f"Write a whole number from {low} to {high}, in figures."})
        return Given(value)

    def said(self, given: Given) -> str:
        """An answer in words, as *Your answers* shows it."""
        if given.text:
            return given.text
        if given.value is None:
            return RATHER_NOT
        return dict(self.choices).get(given.value) or shown(self.item, given.value)

    def _needed(self) -> str:
        what = "Choose one of the answers" if self.choices else "Write a number"
        return f"{what}, or press “{LEAVE_OUT if self.item.needed else RATHER_NOT}”."


@dataclass(frozen=True)
class Filling:
    """A form as far as the patient got: its questions, what was said, and which questionnaires were left out."""

    questions: tuple[Question, ...]
    given: Mapping[tuple[str, str], Given] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()

    def question(self, number: int) -> Question | None:
        """The question of a number, from 1."""
        return self.questions[number - 1] if 1 <= number <= len(self.questions) else None

    def asked(self) -> tuple[Question, ...]:
        """The questions of the questionnaires that were not left out."""
        return tuple(one for one in self.questions if one.instrument.key not in self.left_out)

    def said(self, question: Question) -> str:
        """What was said to a question, in words."""
        given = self.given.get(question.key)
        if question.instrument.key in self.left_out:
            return "left out"
        return "not answered yet" if given is None else question.said(given)

    def is_answered(self, question: Question) -> bool:
        """Whether the patient answered a question."""
        return self.given.get(question.key, Given()).said

    def after(self, number: int) -> int | None:
        """The next question's number; None after the last."""
        return next((one.number for one in self.asked() if one.number > number), None)

    def after_leaving_out(self, question: Question) -> int | None:
        """The first question after a whole questionnaire; None after the last."""
        others = (one for one in self.asked() if one.instrument != question.instrument)
        return next((one.number for one in others if one.number > question.number), None)

    def before(self, number: int) -> int | None:
        """The number of the question before; None before the first."""
        return next((one.number for one in reversed(self.asked()) if one.number < number), None)

    def first_open(self) -> int | None:
        """The first question that the patient has not come by; None when there is none."""
        return next((one.number for one in self.asked() if one.key not in self.given), None)

    def answers(self, instrument: Instrument) -> dict[str, int | None]:
        """The numbers given to an instrument's questions."""
        found = {item: given.value for (key, item), given in self.given.items() if key == instrument.key}
        return {item: value for item, value in found.items() if value is not None}

    def texts(self, instrument: Instrument) -> dict[str, str]:
        """What was written in the patient's own words."""
        return {item: one.text for (key, item), one in self.given.items() if key == instrument.key and one.text}

    def no_longer_asked(self) -> tuple[Instrument, ...]:
        """Instruments that were answered in full before their wording was taken out of use; what was said still counts."""
        asked = {one.instrument.key for one in self.questions}
        found = []
        for key in dict.fromkeys(key for key, _ in self.given if key not in asked and key not in self.left_out):
            instrument = assessments.instrument(key)
            with suppress(Invalid):
                scored(instrument, self.answers(instrument))
                found.append(instrument)
        return tuple(found)

    def complete(self) -> tuple[Instrument, ...]:
        """The instruments that can be handed in: answered at all, and completely where that is needed.

        Raises Invalid by question number for what is missing; an open question is never counted as an answer.
        """
        wrong: dict[str, str] = {}
        found = []
        for instrument in dict.fromkeys(one.instrument for one in self.asked()):
            if not self.answers(instrument) and not self.texts(instrument) and not _any_needed(instrument):
                continue
            try:
                scored(instrument, self.answers(instrument))
            except Invalid as error:
                told = {item: OPEN if words == NEEDED else words for item, words in error.fields.items()}
                wrong |= {str(self._number(instrument, item)): words for item, words in told.items()}
            found.append(instrument)
        if wrong:
            raise Invalid(wrong)
        return tuple(found)

    def urgent(self) -> tuple[Question, ...]:
        """The questions whose answers ask for help at once."""
        return tuple(one for one in self.questions if urgency(one, self.given.get(one.key)) is not None)

    def _number(self, instrument: Instrument, item: str) -> int:
        mine = [one for one in self.questions if one.instrument == instrument]
        return next((one.number for one in mine if one.item.key == item), mine[0].number)


def urgency(question: Question, given: Given | None) -> Urgency | None:
    """What an answer asks for at once, or None."""
    if given is None or given.value is None or question.instrument.key != "follow_up":
        return None
    return URGENT.get((question.item.key, given.value))


def can_be_asked(worded: Iterable[str]) -> tuple[Instrument, ...]:
    """The questionnaires that a patient can be given: our own, and licensed ones whose wording the clinic entered."""
    complete = set(worded)
    return tuple(
        one
        for one in assessments.INSTRUMENTS.values()
        if one.answered_by is AnsweredBy.PATIENT and (not one.licensed or one.key in complete)
    )


def questions(keys: Iterable[str], worded: Mapping[str, Mapping[str, str]]) -> tuple[Question, ...]:
    """The questions of a form in order; ``worded`` is the clinic's own wording, by instrument and part."""
    wanted = set(keys)
    pairs = [(one, item) for one in can_be_asked(worded) if one.key in wanted for item in one.items]
    return tuple(
        _question(number, instrument, item, worded.get(instrument.key, {}))
        for number, (instrument, item) in enumerate(pairs, start=1)
    )


def _question(number: int, instrument: Instrument, item: Item, words: Mapping[str, str]) -> Question:
    choices = tuple((one.value, words.get(option_part(item.key, one.value), one.label)) for one in item.options)
    if not choices and not item.is_text and item.maximum - item.minimum < RADIO_NUMBERS and not item.decimals:
        choices = tuple((value, shown(item, value)) for value in range(item.minimum, item.maximum + 1))
    opens = words.get(INTRO, "") if item is instrument.items[0] else ""
    return Question(number, instrument, item, words.get(item.key, item.label), choices, opens)


def _any_needed(instrument: Instrument) -> bool:
    return any(item.needed for item in instrument.items)


def _whole(text: str) -> int | None:
    digits = text.replace("\N{MINUS SIGN}", "-").removeprefix("-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 6:
        return None
    return -int(digits) if digits != text.replace("\N{MINUS SIGN}", "-") else int(digits)
