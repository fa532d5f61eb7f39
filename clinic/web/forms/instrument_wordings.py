"""The form of a licensed questionnaire's wording: one text a question, and its answers one a line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wtforms import StringField, TextAreaField
from wtforms.validators import Length

from clinic.domain.assessments.base import Instrument, Item
from clinic.domain.instrument_wordings import (
    ANSWER_MAXIMUM,
    ANSWERS,
    INTRO_MAXIMUM,
    QUESTION_MAXIMUM,
    STATEMENT_MAXIMUM,
    VERSION_MAXIMUM,
)
from clinic.queries.instrument_wordings import Wording
from clinic.services.instrument_wordings import WordingEntry
from clinic.web.forms.base import StrictForm


class WordingForm(StrictForm):
    """The licence and the introduction; the questions are added by ``wording_form``."""

    statement = TextAreaField("The licence, in your own words", validators=[Length(max=STATEMENT_MAXIMUM)])
    version = StringField("Version of the wording", validators=[Length(max=VERSION_MAXIMUM)])
    intro = TextAreaField("Introduction", validators=[Length(max=INTRO_MAXIMUM)])

    def entry(self, instrument: Instrument) -> WordingEntry:
        """What was typed, by item key."""
        keys = [item.key for item in instrument.items]
        return WordingEntry(
            self.statement.data or "",
            self.version.data or "",
            self.intro.data or "",
            {key: self[key].data or "" for key in keys},
            {key: self[f"{key}{ANSWERS}"].data or "" for key in keys},
        )


class RetireForm(StrictForm):
    """A button without fields."""


@dataclass(frozen=True, slots=True)
class Question:
    """The two fields of a question on the page, and the order of its answers in words."""

    item: Item
    question: TextAreaField
    answers: TextAreaField
    order: str


def wording_form(instrument: Instrument, wording: Wording | None) -> WordingForm:
    """The form of an instrument, filled with the wording in use where there is one."""
    fields: dict[str, TextAreaField] = {}
    for item in instrument.items:
        room = (ANSWER_MAXIMUM + 2) * len(item.options)
        fields[item.key] = TextAreaField(item.label, validators=[Length(max=QUESTION_MAXIMUM)])
        fields[f"{item.key}{ANSWERS}"] = TextAreaField(f"Answers to {item.label}", validators=[Length(max=room)])
    made: type[WordingForm] = type("InstrumentWordingForm", (WordingForm,), fields)
    return made(data=_shown(instrument, wording) if wording else None)


def questions(instrument: Instrument, form: WordingForm) -> tuple[Question, ...]:
    """The fields of the questions in their order."""
    return tuple(
        Question(
            item,
            form[item.key],
            form[f"{item.key}{ANSWERS}"],
            " · ".join(option.label for option in item.options),
        )
        for item in instrument.items
    )


def _shown(instrument: Instrument, wording: Wording) -> Mapping[str, str]:
    found = {"statement": wording.statement, "version": wording.version, "intro": wording.intro}
    for item in instrument.items:
        found[item.key] = wording.parts.get(item.key, "")
        lines = (wording.parts.get(f"{item.key}.{option.value}", "") for option in item.options)
        found[f"{item.key}{ANSWERS}"] = "\n".join(lines)
    return found
