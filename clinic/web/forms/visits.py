"""Forms of visits: shape only."""

from __future__ import annotations

from typing import Any

from wtforms import DateField, HiddenField, PasswordField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional, Regexp

from clinic.domain.visits import SECTION_TITLES, Disposition
from clinic.web.forms.base import NOTE_MAXIMUM, StrictForm, StrictSelect, needed


class StartForm(StrictForm):
    """Starting a visit: today, unless it is an earlier day."""

    on = DateField("Day of the visit", validators=[Optional()])
    kind = StrictSelect(
        "Kind",
        choices=[
            SelectChoice(value="", label="with injections"),
            SelectChoice(value="plain", label="without injections"),
        ],
        validators=[Optional()],
    )


def notes_form() -> type[StrictForm]:
    """The day, the complaints and a text for each section; only what is sent is written."""
    fields: dict[str, Any] = {
        "on": DateField("Day of the visit", validators=[Optional()]),
        "complaints": TextAreaField("Complaints, the worst first", validators=[Length(max=NOTE_MAXIMUM)]),
    }
    for section, title in SECTION_TITLES.items():
        fields[section.value] = TextAreaField(title, validators=[Length(max=NOTE_MAXIMUM)])
    return type("NotesForm", (StrictForm,), fields)


NotesForm = notes_form()


class ReasonForm(StrictForm):
    """An act that needs a typed reason."""

    reason = TextAreaField("Reason", validators=[needed(), Length(max=1000)])


class SignForm(StrictForm):
    """The signature: the hash of what was shown, and the password."""

    shown = HiddenField(validators=[Regexp(r"\A[0-9a-f]{64}\Z")])
    password = PasswordField("Your password", validators=[needed(), Length(max=256)])


class VoidForm(ReasonForm):
    """Voiding a signed visit."""

    disposition = StrictSelect(
        "What happened to the units",
        choices=[
            SelectChoice(value="", label="choose"),
            SelectChoice(value=Disposition.NOT_GIVEN.value, label="not given to this patient: back to their vials"),
            SelectChoice(value=Disposition.GIVEN.value, label="given to this patient: they stay counted"),
        ],
        validators=[needed()],
    )
    password = PasswordField("Your password", validators=[needed(), Length(max=256)])


class AddendumForm(StrictForm):
    """Text appended to a signed visit."""

    text = TextAreaField("Addendum", validators=[needed(), Length(max=NOTE_MAXIMUM)])
    password = PasswordField("Your password", validators=[needed(), Length(max=256)])
