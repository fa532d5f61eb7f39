"""Forms of merging records: shape only."""

from __future__ import annotations

from wtforms import HiddenField, PasswordField, StringField, TextAreaField
from wtforms.validators import Length, Regexp

from clinic.services.patients import REASON_MAXIMUM, RECORD_NUMBER_MAXIMUM
from clinic.web.forms.base import StrictForm, needed

_ID = Regexp(r"\A[0-9a-z]{26}\Z", message="This names no record.")
_VERSION = Regexp(r"\A[0-9]{1,9}\Z", message="Load the page again.")
_NUMBER = Length(max=RECORD_NUMBER_MAXIMUM, message=f"At most {RECORD_NUMBER_MAXIMUM} characters.")


class DistinctForm(StrictForm):
    """Two records that are of two people."""

    one = HiddenField(validators=[_ID])
    other = HiddenField(validators=[_ID])


class ChooseForm(StrictForm):
    """The other record of the same person, by its number."""

    record_number = StringField("Record number of the other record", validators=[needed(), _NUMBER])


class PartForm(StrictForm):
    """Undoing a merge."""

    reason = TextAreaField("Why they are parted again", validators=[needed(), Length(max=REASON_MAXIMUM)])
    password = PasswordField("Your password", validators=[needed(), Length(max=256)])


class MergeForm(StrictForm):
    """Merging: the number of the record that goes, typed again, why, and the password."""

    merged_version = HiddenField(validators=[_VERSION])
    record_number = StringField("Record number of the one that goes", validators=[needed(), _NUMBER])
    reason = TextAreaField("Why these are one person", validators=[needed(), Length(max=REASON_MAXIMUM)])
    password = PasswordField("Your password", validators=[needed(), Length(max=256)])
