"""The form of a recall's letters: who is written to, and the clinic's own words."""

from __future__ import annotations

from collections.abc import Sequence

from wtforms import TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from clinic.domain.documents.recall_letter import OWN_WORDS_MAXIMUM
from clinic.domain.lot_recalls import Addressees, RecallPatient, addressed
from clinic.domain.wording import plural
from clinic.web.forms.base import StrictForm
from clinic.web.forms.inventory import Radios

_LABELS = {
    Addressees.GIVEN_UNWRITTEN: "given, not written to",
    Addressees.UNWRITTEN: "all not written to",
    Addressees.ALL: "all once more",
}


class RecallLettersForm(StrictForm):
    """A batch of letters."""

    who = Radios("Who gets a letter", choices=[SelectChoice(value=one.value, label=_LABELS[one]) for one in Addressees])
    own_words = TextAreaField(
        "Your clinic’s own words",
        validators=[Length(max=OWN_WORDS_MAXIMUM, message=f"At most {OWN_WORDS_MAXIMUM} characters.")],
        description="Stands in every letter of this batch as you type it, in the language in which you type it.",
    )

    def count(self, patients: Sequence[RecallPatient]) -> None:
        """Say beside each choice how many letters it makes."""
        self.who.choices = [
            SelectChoice(value=one.value, label=f"{_LABELS[one]}: {plural(len(addressed(patients, one)), 'letter')}")
            for one in Addressees
        ]
