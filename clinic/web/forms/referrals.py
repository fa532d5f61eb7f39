"""Forms of a referral: making and changing it, sending it, its answer, declining it; shape only."""

from __future__ import annotations

from wtforms import BooleanField, StringField, TextAreaField
from wtforms.validators import Optional

from clinic.domain.plan_entries import TEXT_MAXIMUM
from clinic.domain.plans import Referral, ReferralKind
from clinic.domain.referrals import ANSWER_DAYS, RECIPIENT_MAXIMUM, URGENT_DAYS
from clinic.queries.referrals import Referrals
from clinic.web.forms.base import StrictForm, needed, text
from clinic.web.forms.patients import DayField

_WAIT = f"Empty: {URGENT_DAYS} days after it is sent when urgent, else {ANSWER_DAYS} (a preset of this program)."


class WordsField(TextAreaField):
    """A text of several lines; a line's end counts as one character, whatever the browser sends."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata([one.replace("\r\n", "\n") for one in valuelist])


def words_field(label: str, *, optional: bool = True, hint: str = "") -> WordsField:
    """A text of several lines, measured by the service."""
    return WordsField(label, validators=[Optional() if optional else needed()], description=hint)


class ReferralForm(StrictForm):
    """To whom, what is asked, how soon. ``kind`` is fixed once it is made."""

    kind = StringField("Referral")
    recipient = text("To whom", RECIPIENT_MAXIMUM, description="Name, clinic or address.")
    question = words_field(
        "What is asked, with the facts", optional=False, hint=f"At most {TEXT_MAXIMUM} characters. Change it freely."
    )
    urgent = BooleanField("Urgent")
    sent_on = DayField("Sent on", optional=True, description="Leave it empty while it is not sent.")
    answer_by = DayField("Answer expected by", optional=True, description=_WAIT)

    def referral(self, kind: ReferralKind) -> Referral:
        """What was entered, once valid."""
        return Referral(
            kind=kind,
            recipient=self.recipient.data or "",
            question=self.question.data or "",
            urgent=bool(self.urgent.data),
            sent_on=self.sent_on.day,
            answer_by=self.answer_by.day,
        )


class SentForm(StrictForm):
    """That it was sent."""

    sent_on = DayField("Sent on")
    answer_by = DayField("Answer expected by", optional=True, description=_WAIT)


class AnswerForm(StrictForm):
    """What came back."""

    answered_on = DayField("Answer came on")
    answer = words_field("The answer, in words", optional=False)


class DeclineForm(StrictForm):
    """Why it is not pursued."""

    reason = words_field("Why it is not pursued", optional=False, hint="At least 10 characters.")


def new_form(page: Referrals, kind: ReferralKind, *, urgent: bool) -> ReferralForm:
    """The form of a new referral, prefilled with the facts of this patient."""
    return ReferralForm(data={"kind": kind.value, "question": page.question(kind), "urgent": urgent})


def change_form(details: Referral) -> ReferralForm:
    """The form of a referral as it stands."""
    saved = {
        "kind": details.kind.value,
        "recipient": details.recipient,
        "question": details.question,
        "urgent": details.urgent,
        "sent_on": details.sent_on.isoformat() if details.sent_on else "",
        "answer_by": details.answer_by.isoformat() if details.answer_by else "",
    }
    return ReferralForm(data=saved)
