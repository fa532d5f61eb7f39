"""Taking the record out of the program."""

from __future__ import annotations

from typing import Final

from wtforms import PasswordField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from clinic.services.archives import PURPOSE_MAXIMUM
from clinic.web.forms.base import StrictForm, StrictSelect, needed

ARCHIVE: Final = "archive"
FHIR: Final = "fhir"


class ExportForm(StrictForm):
    """What an export is for, and the password of who asks for it."""

    purpose = StringField("What it is for", validators=[needed(), Length(max=PURPOSE_MAXIMUM)])
    password = PasswordField("Your password", validators=[needed(), Length(max=256)])


class PatientExportForm(ExportForm):
    """An export of one patient's record, and as what."""

    what = StrictSelect(
        "As",
        choices=[
            SelectChoice(value=ARCHIVE, label="an archive of everything (ZIP)"),
            SelectChoice(value=FHIR, label="a FHIR R4 bundle for another program"),
        ],
        default=ARCHIVE,
    )
