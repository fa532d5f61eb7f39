"""Forms of emergency access."""

from __future__ import annotations

from wtforms import BooleanField, PasswordField, TextAreaField
from wtforms.validators import Length

from clinic.domain.emergencies import NOTE_MAXIMUM, REASON_MAXIMUM, REASON_MINIMUM
from clinic.web.forms.base import StrictForm, needed


class BeginForm(StrictForm):
    """Why, and the password again."""

    reason = TextAreaField(
        "What happened, and whose record is needed?",
        description=f"At least {REASON_MINIMUM} characters. A reviewer reads it afterwards.",
        validators=[needed(), Length(max=REASON_MAXIMUM, message=f"At most {REASON_MAXIMUM} characters.")],
    )
    password = PasswordField("Your password", validators=[needed(), Length(max=256)])


class EndForm(StrictForm):
    """Nothing but the button."""


class ReviewForm(StrictForm):
    """What the review found."""

    note = TextAreaField(
        "What the review found",
        validators=[needed(), Length(max=NOTE_MAXIMUM, message=f"At most {NOTE_MAXIMUM} characters.")],
    )


class NamedForm(StrictForm):
    """Whether a person is named for emergencies; the password again."""

    may = BooleanField("May use emergency access")
    password = PasswordField("Your own password", validators=[needed(), Length(max=256)])
