"""Forms of letters and of a clinic's own words for them: shape only."""

from __future__ import annotations

from typing import Any

from wtforms import HiddenField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional, Regexp

from clinic.domain.documents.kinds import LETTERS
from clinic.domain.documents.letter_parts import optional
from clinic.domain.documents.letter_texts import ADDRESS_MAXIMUM, NAME_MAXIMUM
from clinic.domain.referrals import RECIPIENT_MAXIMUM
from clinic.queries.letter_pages import LetterPage, TemplateRow
from clinic.services.issued_documents import GIVEN_TO_MAXIMUM, PURPOSE_MAXIMUM
from clinic.services.letter_templates import TemplateWords
from clinic.services.letters import LetterWords
from clinic.web.forms.base import StrictForm, StrictSelect, needed, text
from clinic.web.forms.referrals import words_field
from clinic.web.forms.reviews import Ticks


def _flag(label: str, value: str) -> StringField:
    """A button that says what to do beside saving."""
    return HiddenField(label, validators=[Optional(), Regexp(rf"\A{value}\Z", message="Choose one of the buttons.")])


class StartForm(StrictForm):
    """Whom a new letter goes to."""

    recipient = text("To whom", RECIPIENT_MAXIMUM, description="Name and title. It can be changed until it is issued.")


class LetterForm(StrictForm):
    """A letter's own words and the parts that it keeps; ``then`` goes on to issuing once it is saved."""

    recipient = text("To whom", RECIPIENT_MAXIMUM, description="Name and title. Needed before the letter is issued.")
    address = words_field("Address", hint=f"A line each. At most {ADDRESS_MAXIMUM} characters.")
    opening = words_field("Opening", hint="A paragraph a line.")
    closing = words_field("Closing", hint="Your signature line follows by itself, and below it the facts.")
    keep = Ticks("From the record", validators=[Optional()])
    then = _flag("Then", "issue")

    def words(self, page: LetterPage) -> LetterWords:
        """What was entered, once valid."""
        return LetterWords(
            recipient=self.recipient.data or "",
            address=self.address.data or "",
            opening=self.opening.data or "",
            closing=self.closing.data or "",
            left_out=optional(page.letter.kind) - frozenset(self.keep.data or ()),
        )


class IssueForm(StrictForm):
    """To whom a letter is given and what for; ``shown`` is the hash of the letter as it was read."""

    given_to = text("Given to", GIVEN_TO_MAXIMUM, needed=True, description="For example the practice, by post.")
    purpose = text("What for", PURPOSE_MAXIMUM)
    shown = HiddenField(validators=[Optional()])


class TemplateForm(StrictForm):
    """A clinic's words for a kind of letter; ``look`` shows them without saving."""

    kind = StrictSelect("Kind of letter", choices=[], validators=[needed()])
    name = text("Name", NAME_MAXIMUM, needed=True, description="For your list; it is not printed.")
    opening = words_field("Opening", hint="A paragraph a line.")
    closing = words_field("Closing")
    look = _flag("Look", "look")

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        blank = SelectChoice(value="", label="Choose …")
        self.kind.choices = [blank, *(SelectChoice(value=kind.value, label=kind.label) for kind in LETTERS)]

    @property
    def words(self) -> TemplateWords:
        """What was entered, once valid."""
        return TemplateWords(
            self.kind.data or "", self.name.data or "", self.opening.data or "", self.closing.data or ""
        )


def letter_form(page: LetterPage) -> LetterForm:
    """The form of a letter as it is saved."""
    letter = page.letter
    loose = [one for one in page.draft.choices if not one.fixed]
    form = LetterForm(
        data={
            "recipient": letter.recipient,
            "address": letter.address,
            "opening": letter.opening,
            "closing": letter.closing,
            "keep": [one.key for one in loose if one.on],
        }
    )
    form.keep.choices = [SelectChoice(value=one.key, label=one.label) for one in loose]
    return form


def template_form(row: TemplateRow | None) -> TemplateForm:
    """The form of a template, new or as it stands."""
    names = ("name", "opening", "closing")
    saved = {name: getattr(row, name) for name in names} | {"kind": row.kind.value} if row else {}
    return TemplateForm(data=saved)
