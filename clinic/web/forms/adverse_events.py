"""The question after the last site: shape only."""

from __future__ import annotations

from wtforms import RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from clinic.web.forms.base import StrictForm, text


class AdverseEventForm(StrictForm):
    """Whether there was an adverse event; nothing is chosen beforehand."""

    happened = RadioField(
        "Any adverse event during the session?",
        choices=[SelectChoice(value="no", label="no"), SelectChoice(value="yes", label="yes")],
        validators=[InputRequired("Answer no or yes.")],
    )
    what = text("If yes: what happened, when, what was done", 1000)
