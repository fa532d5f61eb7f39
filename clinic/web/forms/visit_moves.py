"""Forms of moving a visit to the right patient: shape only."""

from __future__ import annotations

from wtforms import PasswordField, StringField, TextAreaField
from wtforms.validators import Length, Optional, Regexp

from clinic.services.patients import REASON_MAXIMUM
from clinic.web.forms.base import StrictForm, needed


class FindForm(StrictForm):
    """The search for the right patient; its term never stands in an address."""

    q = StringField("Find the patient", validators=[needed(), Length(max=120, message="At most 120 characters.")])


class MoveForm(StrictForm):
    """The right patient, identified as before a time-out, and why; a signed visit asks for the password too."""

    initials = StringField(
        "Initials of the right patient (given name, family name)", validators=[needed(), Length(max=8)]
    )
    birth_year = StringField(
        "Year of birth of the right patient", validators=[needed(), Regexp(r"\A[0-9]{4}\Z", message="Four digits.")]
    )
    reason = TextAreaField("How it came about", validators=[needed(), Length(max=REASON_MAXIMUM)])
    password = PasswordField("Your password", validators=[Optional(), Length(max=256)])
