"""Forms of the patient's record: the person, the search, the safety facts; and the fields that their pages share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from wtforms import BooleanField, Field, SelectMultipleField, StringField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional
from wtforms.widgets import ListWidget, RadioInput, TextInput

from clinic.domain.days import YEARS, DayError, parse_day, parse_known
from clinic.domain.documents.kinds import Edition
from clinic.domain.documents.texts import languages
from clinic.domain.injections import Answer
from clinic.domain.patients import (
    FACT_MAY_BE_NOT_APPLICABLE,
    SAFETY_FACT_LABELS,
    DatePrecision,
    SafetyFactKind,
    Sex,
)
from clinic.queries.safety_facts import FactView
from clinic.services.patients import NAME_MAXIMUM, REASON_MAXIMUM, RECORD_NUMBER_MAXIMUM, PatientValues
from clinic.services.safety_facts import FactAnswer
from clinic.web.forms.base import NOTE_MAXIMUM, StrictForm, StrictSelect, choices, needed, text


def _today() -> date:
    # Only decides the century of a year of two digits; whether a day lies in the future is the service's question.
    return datetime.now(UTC).date()


class DayInput(TextInput):
    """The browser's date picker, or plain text to keep what was typed when it is no date of that picker."""

    def __call__(self, field: Field, **given: Any) -> Any:
        try:
            date.fromisoformat(field.data or "0001-01-01")
            given.setdefault("type", "date")
        except ValueError:
            given.setdefault("type", "text")
        return super().__call__(field, **given)


class DayField(StringField):
    """A whole date: ``day`` holds it once valid, None when blank; the text stays as typed."""

    widget = DayInput()

    def __init__(self, label: str, *, optional: bool = False, **options: Any) -> None:
        super().__init__(label, validators=[Optional() if optional else needed()], **options)

    def pre_validate(self, form: Any) -> None:
        self.day: date | None = None
        if (self.data or "").strip():
            try:
                day = parse_day(self.data, _today())
            except DayError as error:
                raise ValidationError(str(error)) from error
            if day.year >= YEARS.stop:
                raise ValidationError(f"The year {day.year} is too far off. Write the day again.")
            self.day = day

    @property
    def chosen(self) -> date:
        """The day of a field that must have one; asked for only once the form is valid."""
        if self.day is None:
            raise ValidationError(f"{self.label.text} is needed.")
        return self.day


class KnownDayField(StringField):
    """A date as exactly as it is known: ``day`` and ``precision`` hold it once valid."""

    def __init__(self, label: str, **options: Any) -> None:
        super().__init__(label, validators=[Optional()], **options)

    def pre_validate(self, form: Any) -> None:
        self.day: date | None = None
        self.precision = DatePrecision.UNKNOWN
        try:
            self.day, self.precision = parse_known(self.data or "", _today())
        except DayError as error:
            raise ValidationError(str(error)) from error


class Radios(StrictSelect):
    """One of a few, all in sight; nothing is chosen beforehand."""

    widget = ListWidget(prefix_label=False)
    option_widget = RadioInput()

    def pre_validate(self, form: Any) -> None:
        try:
            super().pre_validate(form)
        except ValidationError as error:
            raise ValidationError("Choose one.") from error


class RecordForm(StrictForm):
    """A form over something that somebody else may save meanwhile."""

    def show_saved(self, saved: Mapping[str, str]) -> None:
        """Put beside each field that differs what stands in the record now; what was typed stays."""
        for name, value in saved.items():
            field = self._fields[name]
            if (field.data or "").strip() != value.strip():
                shown = f"“{_label(field, value)}”" if value else "nothing"
                field.errors = [
                    *field.errors,
                    f"Meanwhile saved by somebody else: {shown}. Saving again puts yours there.",
                ]


def _label(field: Field, value: str) -> str:
    listed = getattr(field, "choices", None) or []
    return next((str(choice.label) for choice in listed if choice.value == value), value)


def note_field(label: str, description: str = "") -> TextAreaField:
    """A longer text that may stay empty."""
    limit = Length(max=NOTE_MAXIMUM, message=f"At most {NOTE_MAXIMUM} characters.")
    return TextAreaField(label, validators=[Optional(), limit], description=description)


class SearchForm(StrictForm):
    """The search for patients; its term never stands in an address."""

    q = StringField("Find a patient", validators=[Length(max=120, message="At most 120 characters.")])
    retired = BooleanField("Also retired records")


class PatientForm(RecordForm):
    """The person."""

    family_name = text("Family name", NAME_MAXIMUM, needed=True)
    given_names = text("Given names", NAME_MAXIMUM, needed=True)
    # Not the browser's picker: what it shows as 03/02/1978 is another day in another country.
    birth_date = DayField("Birth date", widget=TextInput())
    record_number = text("Record number", RECORD_NUMBER_MAXIMUM, needed=True)
    sex = Radios("Sex", choices=choices(Sex), default=Sex.UNKNOWN.value)
    phone = text("Phone", 60)
    email = text("E-mail", 200)
    address = TextAreaField("Address", validators=[Optional(), Length(max=500, message="At most 500 characters.")])
    language = text("Language", 40)
    handout_language = StrictSelect("Language of handouts", choices=[], default="")
    handout_edition = StrictSelect(
        "Type of handouts",
        choices=[SelectChoice(value=one.value, label=one.value) for one in Edition],
        default=Edition.NORMAL.value,
    )
    other_people = SelectMultipleField("Other people", validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [SelectChoice(value=one.code, label=one.english) for one in languages().values()]
        self.handout_language.choices = [SelectChoice(value="", label="as the clinic’s"), *known]

    @property
    def values(self) -> PatientValues:
        """What was entered, once valid."""
        return PatientValues(
            family_name=self.family_name.data,
            given_names=self.given_names.data,
            birth_date=self.birth_date.chosen,
            record_number=self.record_number.data,
            sex=Sex(self.sex.data),
            phone=self.phone.data or "",
            email=self.email.data or "",
            address=(self.address.data or "").strip(),
            language=self.language.data or "",
            handout_language=self.handout_language.data or "",
            handout_edition=self.handout_edition.data,
        )


class ReasonForm(StrictForm):
    """Why something is retired, restored or taken out."""

    reason = text("Reason", REASON_MAXIMUM, needed=True, description="Stays in the audit trail.")


class SafetyFactsForm(RecordForm):
    """Every standing safety question: the answer, its detail, and whether it was asked again."""

    asked_on = DayField("Asked on", description="For every answer that you change or mark as asked again.")

    def rows(self, facts: tuple[FactView, ...]) -> list[tuple[FactView, Field, Field, Field]]:
        """Each stored fact with its three fields, for the page."""
        named = [(fact, fact.kind.value) for fact in facts]
        return [(fact, self[name], self[f"{name}_detail"], self[f"{name}_again"]) for fact, name in named]

    def asked(self, facts: tuple[FactView, ...]) -> dict[SafetyFactKind, FactAnswer]:
        """The answers that differ from the stored ones or were asked again."""
        found = {}
        for fact, answer, detail, again in self.rows(facts):
            stored = (fact.answer.value if fact.answer else "", fact.detail)
            typed = (answer.data or "", (detail.data or "").strip())
            if answer.data and (typed != stored or again.data):
                found[fact.kind] = FactAnswer(Answer(answer.data), typed[1])
        return found

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse a detail or a mark without an answer: it would be lost."""
        good = super().validate(extra_validators)
        for kind in SafetyFactKind:
            answer, detail, again = self[kind.value], self[f"{kind.value}_detail"], self[f"{kind.value}_again"]
            if not answer.data and ((detail.data or "").strip() or again.data):
                answer.errors = [*answer.errors, "Choose an answer: without one the rest of this line is not kept."]
                good = False
        return good


for _kind in SafetyFactKind:
    _answers = [one for one in Answer if one is not Answer.NOT_APPLICABLE or _kind in FACT_MAY_BE_NOT_APPLICABLE]
    setattr(
        SafetyFactsForm,
        _kind.value,
        Radios(SAFETY_FACT_LABELS[_kind], choices=choices(_answers), validators=[Optional()]),
    )
    setattr(SafetyFactsForm, f"{_kind.value}_detail", text("Detail", 500))
    setattr(SafetyFactsForm, f"{_kind.value}_again", BooleanField("Asked again"))
