"""Forms of handing a questionnaire to a patient, and those that the patient fills in."""

from __future__ import annotations

from datetime import date
from typing import Any

from wtforms import PasswordField, SelectMultipleField, StringField
from wtforms.validators import AnyOf, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from clinic.domain.patient_forms import TEXT_MAXIMUM
from clinic.web.forms.base import StrictForm, needed, text

ANSWERS = "answers"
"""Where a changed answer leads back to: the page that shows them all."""


class NewForm(StrictForm):
    """Which questionnaires a patient is given."""

    instruments = SelectMultipleField(
        "Questionnaires", validate_choice=False, widget=ListWidget(), option_widget=CheckboxInput()
    )


class ActForm(StrictForm):
    """A button with nothing to type."""


class PatientActForm(StrictForm):
    """A button on a page of the patient's; ``form_id`` is the form that the page was of."""

    form_id = StringField("Form", validators=[Length(max=26)])


class AnswerForm(PatientActForm):
    """One answer, as chosen or typed; or one of the ways not to give it. ``question_id`` is the question that was read."""

    question_id = StringField("Question", validators=[Length(max=200)])
    answer = StringField(
        "Your answer",
        validators=[Optional(), Length(max=TEXT_MAXIMUM, message=f"Please keep it to {TEXT_MAXIMUM} characters.")],
    )
    skip = StringField("Rather not", validators=[Optional(), AnyOf(["1"])])
    leave_out = StringField("Leave out", validators=[Optional(), AnyOf(["1"])])
    then = StringField("Then", validators=[Optional(), AnyOf([ANSWERS])])


class BirthDateForm(StrictForm):
    """The patient's date of birth, as three numbers."""

    day = text("Day", 2, needed=True)
    month = text("Month", 2, needed=True)
    year = text("Year", 4, needed=True)

    def validate(self, extra_validators: Any = None) -> bool:
        """Check that the three make a day that there was."""
        if not super().validate(extra_validators):
            return False
        if self.born is None:
            self.day.errors = [*self.day.errors, "There is no such day. Write it in figures, for example 31 12 1960."]
        return self.born is not None

    @property
    def born(self) -> date | None:
        """The day that was typed, or None."""
        parts = [(field.data or "").strip() for field in (self.year, self.month, self.day)]
        if not all(part.isascii() and part.isdigit() for part in parts):
            return None
        try:
            return date(*map(int, parts))
        except ValueError:
            return None


class UnlockForm(StrictForm):
    """The password of the person whose screen was handed over."""

    password = PasswordField("Password", validators=[needed(), Length(max=256)])
