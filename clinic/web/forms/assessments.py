"""The form of an instrument, made from its definition: a choice or a number for each question, and the scores that were shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from flask import request
from wtforms import RadioField, StringField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional

from clinic.domain.assessments.base import Instrument, Item, shown
from clinic.domain.errors import Invalid
from clinic.domain.quantities import COMMA_REFUSED
from clinic.domain.wording import plural
from clinic.queries.outcomes import AssessmentRow
from clinic.web.forms.base import NOTE_MAXIMUM, StrictForm, text

ANSWER, SENT = "a-", "sent-"
"""How the names of answers and of shown scores begin in a form."""
OPEN = "not answered"
CHOICES_MAXIMUM = 10
"""Up to so many whole numbers are shown as a row to choose from; more are typed."""
SHORT_WORD, SHORT, MEDIUM, ACROSS = 11, 24, 46, 6
"""Letters of a word and of a label, and answers in a row, up to which answers stand side by side."""
_WHOLE = re.compile(r"-?[0-9]{1,4}", re.ASCII)
_TENTHS = re.compile(r"-?[0-9]{1,3}(\.[0-9])?", re.ASCII)
_SCORE = re.compile(r"-?[0-9]{1,4}(\.[0-9]{1,2})?", re.ASCII)


def read_number(item: Item, typed: str) -> int:
    """Read an answer as it is stored (tenths where the item has a decimal). Raises ValidationError with what is accepted."""
    sent = typed.strip().replace("\N{MINUS SIGN}", "-")
    if "," in sent:
        raise ValidationError(COMMA_REFUSED)
    if item.decimals:
        if not _TENTHS.fullmatch(sent):
            raise ValidationError("Write a number with at most one decimal, for example 7.5.")
        return int(Decimal(sent).scaleb(item.decimals))
    if not _WHOLE.fullmatch(sent):
        raise ValidationError("Write a whole number, for example 3.")
    return int(sent)


def number_or_none(item: Item, typed: str) -> int | None:
    """An answer as it is stored, or None for what is no number."""
    try:
        return read_number(item, typed)
    except ValidationError:
        return None


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to choose: ``key`` is the digit that chooses it by keyboard."""

    id: str
    value: str
    key: str
    text: str
    checked: bool


class ChoiceField(RadioField):
    """A question with its answers in a row."""

    def __init__(self, item: Item, **options: Any) -> None:
        self.item = item
        choices = [SelectChoice(value=str(value), label=label) for value, label in choices_of(item)]
        super().__init__(item.label, choices=choices, validate_choice=False, **options)

    def pre_validate(self, form: Any) -> None:
        if self.data:
            read_number(self.item, self.data)

    @property
    def value(self) -> int | None:
        """The answer as it is stored; None for one that is open or cannot be read."""
        return number_or_none(self.item, self.data or "")

    @property
    def answers(self) -> list[Answer]:
        """Every answer; one that may stay open can be opened again."""
        pairs = choices_of(self.item)
        digits = [value for value, _ in pairs]
        by_value = all(0 <= value <= 9 for value in digits)
        found = [
            Answer(
                f"{self.id}-{value}",
                str(value),
                str(value) if by_value else str(number),
                _without_digit(value, label),
                self.data == str(value),
            )
            for number, (value, label) in enumerate(pairs, 1)
        ]
        if not self.item.needed:
            found.append(Answer(f"{self.id}-open", "", "", OPEN, not self.data))
        return found

    @property
    def layout(self) -> str:
        """``short`` stands side by side on every screen, ``medium`` on wide ones, ``long`` one below the other."""
        texts = [answer.text for answer in self.answers]
        longest = max(map(len, texts), default=0)
        word = max((len(word) for one in texts for word in one.split()), default=0)
        if len(texts) > ACROSS + 1 or longest > MEDIUM:
            return "long"
        return "short" if longest <= SHORT and word <= SHORT_WORD and len(texts) < ACROSS else "medium"


class NumberField(StringField):
    """A question that takes a typed number."""

    def __init__(self, item: Item, **options: Any) -> None:
        self.item = item
        super().__init__(item.label, **options)

    def pre_validate(self, form: Any) -> None:
        if self.data:
            read_number(self.item, self.data)

    @property
    def value(self) -> int | None:
        """The answer as it is stored; None for one that is open or cannot be read."""
        return number_or_none(self.item, self.data or "")

    @property
    def range_text(self) -> str:
        """``0 mm to 30 mm``."""
        low, high = shown(self.item, self.item.minimum), shown(self.item, self.item.maximum)
        return f"{low} to {high}".replace("-", "\N{MINUS SIGN}")


class WordsField(TextAreaField):
    """A question that is answered in words."""

    def __init__(self, item: Item, **options: Any) -> None:
        self.item = item
        super().__init__(item.label, validators=[Optional(), Length(max=NOTE_MAXIMUM)], **options)


class SentScoreField(StringField):
    """A score as the page showed it; empty where none was shown."""

    def pre_validate(self, form: Any) -> None:
        if self.data and not _SCORE.fullmatch(self.data):
            raise ValidationError("The score that came with the form is no number. Load the page again.")


class GradingForm(StrictForm):
    """What every instrument's form has; its questions are added by ``grading_form``."""

    instrument: Instrument
    version = text("Version", 20)
    note = TextAreaField("Note", validators=[Optional(), Length(max=NOTE_MAXIMUM)])

    @property
    def questions(self) -> list[Any]:
        """The fields of the items, in their order."""
        return [self[ANSWER + item.key] for item in self.instrument.items]

    @property
    def parts(self) -> list[tuple[str, list[Any]]]:
        """The questions under their headings."""
        return [(part, list(several)) for part, several in groupby(self.questions, key=lambda field: field.item.part)]

    @property
    def answers(self) -> dict[str, int | None]:
        """The answers by item; None for an open one."""
        return {field.item.key: field.value for field in self.questions if not isinstance(field, WordsField)}

    @property
    def texts(self) -> dict[str, str]:
        """Answers in words by item."""
        return {field.item.key: field.data for field in self.questions if isinstance(field, WordsField) and field.data}

    @property
    def unreadable(self) -> bool:
        """Whether something was sent as an answer that is no number."""
        numbers = (field for field in self.questions if not isinstance(field, WordsField))
        return any(field.data and field.value is None for field in numbers)

    @property
    def by_digits(self) -> bool:
        """Whether there are questions that a digit answers."""
        return any(isinstance(field, ChoiceField) for field in self.questions)

    @property
    def sent(self) -> list[Any]:
        """The hidden fields of the scores that the page shows."""
        return [self[SENT + kind.key] for kind in self.instrument.scores]

    @property
    def sent_scores(self) -> dict[str, Decimal]:
        """The scores that came with the form."""
        return {field.name.removeprefix(SENT): Decimal(field.data) for field in self.sent if field.data}

    def refuse(self, error: Invalid) -> None:
        """Put a refusal of an answer beside its question."""
        keys = {item.key for item in self.instrument.items}
        super().refuse(Invalid({ANSWER + key if key in keys else key: text for key, text in error.fields.items()}))


def grading_form(instrument: Instrument, row: AssessmentRow | None = None) -> GradingForm:
    """The form of an instrument with the answers that stand in ``row``; with what was sent, when it was posted."""
    fields: dict[str, Any] = {ANSWER + item.key: _field(item) for item in instrument.items}
    fields |= {SENT + kind.key: SentScoreField() for kind in instrument.scores}
    kind = type("InstrumentForm", (GradingForm,), fields | {"instrument": instrument})
    # A posted form has no values of its own: what was not sent is open, whatever was saved before.
    form: GradingForm = kind() if request.method == "POST" else kind(formdata=None, data=_standing(instrument, row))
    return form


def choices_of(item: Item) -> list[tuple[int, str]]:
    """The answers of a closed question: its options, or each whole number of a short range.

    Where an option counts other points than its number, which only chooses it, the points are said.
    """
    if any(option.counted != option.value for option in item.options):
        return [(one.value, f"{one.label}, {plural(one.counted, 'point')}") for one in item.options]
    if item.options:
        return [(option.value, option.label) for option in item.options]
    return [(value, str(value)) for value in range(item.minimum, item.maximum + 1)]


def _field(item: Item) -> Any:
    if item.is_text:
        return WordsField(item)
    short_range = not item.unit and not item.decimals and item.maximum - item.minimum < CHOICES_MAXIMUM
    return ChoiceField(item) if item.options or short_range else NumberField(item)


def _without_digit(value: int, label: str) -> str:
    """A label without the number that stands before it anyway: ``5: no trouble`` → ``no trouble``."""
    rest = label.removeprefix(str(value))
    if rest == label:
        return label
    told = rest.lstrip(":").strip()
    return told[1:-1] if told.startswith("(") and told.endswith(")") else told


def _standing(instrument: Instrument, row: AssessmentRow | None) -> Mapping[str, str]:
    if row is None:
        return {"version": instrument.version}
    found = {"version": instrument.version, "note": row.note}
    for item in instrument.items:
        if item.key in row.answers:
            number = Decimal(row.answers[item.key]).scaleb(-item.decimals)
            found[ANSWER + item.key] = f"{number.normalize():f}" if number else "0"
        found[ANSWER + item.key] = row.texts.get(item.key, found.get(ANSWER + item.key, ""))
    return found
