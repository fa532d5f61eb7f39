"""The form of the chair view: shape only."""

from __future__ import annotations

from wtforms.fields.choices import SelectChoice

from clinic.web.forms.base import StrictSelect
from clinic.web.forms.injections import SitesForm

GIVE, CONFIRM, TAKE_BACK = "give", "confirm", "take_back"


class ChairForm(SitesForm):
    """One act at the chair on some sites."""

    act = StrictSelect(
        "What is done", choices=[SelectChoice(value=one, label=one) for one in (GIVE, CONFIRM, TAKE_BACK)]
    )
    late_reason = given_at = None  # What is entered late is entered on the chart.
