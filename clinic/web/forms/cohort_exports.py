"""The form that takes a cohort's data out: what for, and the password where it was given too long ago."""

from __future__ import annotations

from wtforms import PasswordField, TextAreaField
from wtforms.validators import Length, Optional

from clinic.services.cohort_exports import PURPOSE_MAXIMUM
from clinic.web.forms.base import StrictForm, needed


class CohortExportForm(StrictForm):
    """Purpose and password."""

    purpose = TextAreaField(
        "What the data are for",
        validators=[
            needed(),
            Length(max=PURPOSE_MAXIMUM, message=f"At most {PURPOSE_MAXIMUM} characters."),
        ],
    )
    password = PasswordField("Your password", validators=[Optional(), Length(max=256)])
