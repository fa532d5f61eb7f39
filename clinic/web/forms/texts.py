"""Forms of accepting and withdrawing a text."""

from __future__ import annotations

from wtforms import HiddenField
from wtforms.validators import Length

from clinic.services.texts import REASON_MAXIMUM
from clinic.web.forms.base import StrictForm, text


class AcceptForm(StrictForm):
    """What was shown when the text was accepted."""

    version = HiddenField("Version", validators=[Length(max=20)])
    sha256 = HiddenField("Hash", validators=[Length(max=64)])


class WithdrawForm(StrictForm):
    """Why a text is withdrawn."""

    reason = text("Reason", REASON_MAXIMUM, needed=True, description="Stays in the history of the text.")
