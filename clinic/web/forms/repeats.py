"""Forms that bring sites into a draft: shape only."""

from __future__ import annotations

from wtforms import HiddenField, StringField
from wtforms.validators import Optional, Regexp

from clinic.web.forms.base import StrictForm, text
from clinic.web.forms.injections import ID, AnyIds

_CHOSEN = Regexp(r"\Ay\Z", message="This choice is y or nothing.")
_SESSION = Regexp(ID.regex, message="Choose a session from the list.")


class LayForm(StrictForm):
    """How sites are brought: from which syringe, mirrored, as places only."""

    syringe_id = StringField("From", validators=[Optional(), ID])
    other_side = HiddenField("On the other side", validators=[Optional(), _CHOSEN])
    without_doses = HiddenField("Places only, without doses", validators=[Optional(), _CHOSEN])


class RepeatForm(LayForm):
    """An earlier session, or some of its sites."""

    source = StringField("Earlier session", validators=[_SESSION])
    site = AnyIds("Sites", choices=[])


class PatternForm(StrictForm):
    """The name of a pattern of one's own."""

    name = text("Name of the pattern", 80)
