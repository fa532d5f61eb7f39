"""Switching a planning rule off; shape only."""

from __future__ import annotations

from wtforms import TextAreaField

from clinic.services.planning_rules import REASON_MAXIMUM, REASON_MINIMUM
from clinic.web.forms.base import StrictForm, needed


class SwitchOffForm(StrictForm):
    """Why the clinic does without a rule."""

    reason = TextAreaField(
        "Why this clinic does without it",
        description=f"{REASON_MINIMUM} to {REASON_MAXIMUM} characters; shown on the plan of every visit, and kept.",
        validators=[needed()],
    )
