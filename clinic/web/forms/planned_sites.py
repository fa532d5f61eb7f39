"""The form that brings the plan onto the chart: shape only."""

from __future__ import annotations

from wtforms import HiddenField, StringField
from wtforms.validators import Optional, Regexp

from clinic.web.forms.base import StrictForm
from clinic.web.forms.injections import ID, AnyIds


class ChartPlanForm(StrictForm):
    """Which targets, from which syringe, with or without their doses."""

    item = AnyIds("Targets", choices=[])
    syringe_id = StringField("From", validators=[Optional(), ID])
    without_doses = HiddenField(
        "Places only, without doses", validators=[Optional(), Regexp(r"\Ay\Z", message="This choice is y or nothing.")]
    )
