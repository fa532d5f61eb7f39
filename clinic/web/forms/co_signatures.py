"""Form of a co-signature: shape only."""

from __future__ import annotations

from wtforms import HiddenField, PasswordField, TextAreaField
from wtforms.validators import Length, Optional, Regexp

from clinic.services.co_signatures import NOTE_MAXIMUM
from clinic.web.forms.base import StrictForm, needed


class CoSignForm(StrictForm):
    """The co-signature: the hash of what was shown, the password, and a note that stands beside it."""

    shown = HiddenField(validators=[Regexp(r"\A[0-9a-f]{64}\Z")])
    note = TextAreaField("Note beside the co-signature", validators=[Optional(), Length(max=NOTE_MAXIMUM)])
    password = PasswordField("Your password", validators=[needed(), Length(max=256)])
