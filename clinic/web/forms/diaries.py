"""Keying in the paper diary: lines as they stand on paper; shape only."""

from __future__ import annotations

from wtforms import TextAreaField
from wtforms.validators import Length

from clinic.domain.diary import EXAMPLE
from clinic.web.forms.base import StrictForm, needed, text


class DiaryForm(StrictForm):
    """One line a week, several at once."""

    lines = TextAreaField(
        "Weeks, one a line",
        validators=[needed(), Length(max=4000, message="At most 4000 characters.")],
        description=f"{EXAMPLE} is the week from Monday 16 Nov: x practised, - not, . not noted. For one exercise write e2"
        " in front.",
        render_kw={"rows": 3, "autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"},
    )
    note = text("Note", 1000)
