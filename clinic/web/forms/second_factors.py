"""Forms of second factors, passkeys and the clinic's rule."""

from __future__ import annotations

from typing import Any

from wtforms import HiddenField
from wtforms.fields.choices import SelectChoice

from clinic.domain.sign_in import SecondFactorRule
from clinic.services.passkeys import ANSWER_MAXIMUM, NAME_MAXIMUM
from clinic.web.forms.base import StrictForm, StrictSelect, text

RULE_WORDS = {
    SecondFactorRule.NOBODY: "nobody",
    SecondFactorRule.ADMINISTRATORS: "administrators, and everybody from outside the clinic’s network",
    SecondFactorRule.EVERYBODY: "everybody, everywhere",
}


class SecondStepForm(StrictForm):
    """One code: of the authenticator app, or one on paper."""

    code = text("Code of your authenticator app", 20)
    other_code = text("Recovery code, or an administrator’s code", 80)

    def validate(self, extra_validators: Any = None) -> bool:
        """Want one of the two."""
        good = super().validate(extra_validators)
        if good and not (self.code.data or self.other_code.data):
            self.code.errors = [*self.code.errors, "Type the code."]
            return False
        return good


class AuthenticatorForm(StrictForm):
    """The first code of a new authenticator, which proves that it has the seed."""

    code = text("Code that the app shows now", 20, needed=True, description="Six digits.")


class PasskeyForm(StrictForm):
    """A new passkey: its name for the list, and what the browser made."""

    name = text("Name for your list", NAME_MAXIMUM, description="Such as: laptop in room 2, my telephone.")
    answer = HiddenField()


class PasskeyAnswerForm(StrictForm):
    """What the browser answered to a passkey's challenge."""

    answer = HiddenField()

    def validate_answer(self, field: HiddenField) -> None:
        """Cut nothing off and take nothing endless."""
        if len(field.data or "") > ANSWER_MAXIMUM:
            field.data = ""


class ActForm(StrictForm):
    """A button without fields."""


class AccessForm(StrictForm):
    """Who of the clinic must have a second factor."""

    rule = StrictSelect(
        "A second factor is needed by",
        choices=[SelectChoice(value=rule.value, label=RULE_WORDS[rule]) for rule in SecondFactorRule],
    )
