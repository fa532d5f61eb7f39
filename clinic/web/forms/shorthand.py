"""Forms of the shorthand line: shape only; what a line means is the domain's to say."""

from __future__ import annotations

from wtforms import HiddenField, StringField
from wtforms.validators import Length, Optional, Regexp

from clinic.domain.shorthand import LENGTH_MAXIMUM
from clinic.web.forms.base import StrictForm
from clinic.web.forms.injections import ID

SITES_LENGTH = 20_000
"""More than the longest line of 200 sites."""
_LENGTH = Length(max=LENGTH_MAXIMUM, message=f"A line has at most {LENGTH_MAXIMUM} characters.")


class LineForm(StrictForm):
    """A line, and the syringe that its new sites are drawn from."""

    shorthand = StringField("Shorthand", validators=[_LENGTH])
    syringe_id = HiddenField(validators=[Optional(), ID])


class RewriteForm(LineForm):
    """A line that today's sites are to become, and the line that they were when it was shown."""

    was = HiddenField(validators=[Length(max=SITES_LENGTH)])


class EchoForm(StrictForm):
    """A line as it is being typed, and where the cursor stands."""

    shorthand = StringField("Shorthand", validators=[_LENGTH])
    cursor = HiddenField(validators=[Regexp(r"\A[0-9]{1,4}\Z", message="A cursor is a whole number.")])
