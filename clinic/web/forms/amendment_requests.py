"""Forms of patients' requests to correct the record: shape only."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from wtforms import DateField, PasswordField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional

from clinic.domain.amendment_requests import Basis, Correction
from clinic.domain.wording import day_text
from clinic.services.amendment_requests import NAME_MAXIMUM, TEXT_MAXIMUM
from clinic.web.forms.base import StrictForm, StrictSelect, choices, needed

_CORRECTIONS = {
    Correction.ADDENDUM: "an addendum: the text below is signed under the visit",
    Correction.AMENDMENT: "a new version of the visit: opens as a draft",
    Correction.RECORD: "elsewhere in the record, or nothing of a visit",
}


class RequestForm(StrictForm):
    """What a patient asks for."""

    asked_on = DateField("Asked on", validators=[needed()])
    asked_by = StringField("Who asks", validators=[needed(), Length(max=NAME_MAXIMUM)], default="the patient")
    visit_id = StrictSelect("About", choices=[], validators=[Optional()])
    text = TextAreaField(
        "What should be corrected, in the patient’s own words", validators=[needed(), Length(max=TEXT_MAXIMUM)]
    )

    def offer(self, visits: Iterable[tuple[str, date]]) -> None:
        """Offer the patient's signed visits, the newest first."""
        about = [SelectChoice(value=visit_id, label=f"the visit of {day_text(on)}") for visit_id, on in visits]
        self.visit_id.choices = [SelectChoice(value="", label="the record as a whole"), *about]


class WordsForm(StrictForm):
    """One step in words."""

    text = TextAreaField("In words", validators=[needed(), Length(max=TEXT_MAXIMUM)])


class DenyForm(WordsForm):
    """A denial: its ground and its reason."""

    basis = StrictSelect("Ground", choices=choices(Basis, blank="choose"), validators=[needed()])


class AcceptForm(WordsForm):
    """An acceptance, with the correction in the same step."""

    correction = StrictSelect(
        "Corrected by", choices=choices(Correction, _CORRECTIONS, blank="choose"), validators=[needed()]
    )
    password = PasswordField("Your password", validators=[needed(), Length(max=256)])
