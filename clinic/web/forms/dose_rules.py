"""Forms of a clinic's own rules for the next dose: shape only."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from wtforms import HiddenField, RadioField, StringField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional, Regexp

from clinic.domain.assessments.grid import GRADES
from clinic.domain.dose_rule_entries import REASON_MAXIMUM, REASON_MINIMUM
from clinic.domain.next_doses import WEEKS_MAXIMUM, Direction, Rule, Weakness
from clinic.domain.products import product_name, products
from clinic.queries.dose_rules import rule_muscles
from clinic.web.forms.base import StrictForm, StrictSelect, UnitsField, choices, needed

EVERY = "every"
_WEEKS = Regexp(r"\A[0-9]{1,3}\Z", message=f"Whole weeks, 0 to {WEEKS_MAXIMUM}.")
_DIRECTIONS = {Direction.UP: "Up by a step", Direction.HOLD: "Hold", Direction.DOWN: "Down by a step"}
_COURSES = {
    Weakness.NONE: "None",
    Weakness.SOME: "Some",
    Weakness.ANY: "Either",
}


class _Choice(RadioField):
    """Radios that answer with words when none, or one that is not offered, was chosen."""

    def pre_validate(self, form: Any) -> None:
        if self.data not in {choice.value for choice in self.choices}:
            raise ValidationError("Choose one of these.")


class DoseRuleForm(StrictForm):
    """A rule as a prescriber writes it."""

    product = StrictSelect("Product", choices=[], validators=[needed()])
    muscle = StrictSelect("Muscle", choices=[], validators=[needed()])
    residual_low = StrictSelect("Residual grade, from", choices=[], validators=[needed()])
    residual_high = StrictSelect("Residual grade, to", choices=[], validators=[needed()])
    weakness = _Choice("Weakness since that session, in the muscle or beside it", choices=choices(Weakness, _COURSES))
    weeks_low = StringField("Weeks of benefit, from", validators=[Optional(), _WEEKS])
    weeks_high = StringField("Weeks of benefit, to", validators=[Optional(), _WEEKS])
    direction = _Choice("Then consider", choices=choices(Direction, _DIRECTIONS))
    step = UnitsField("Step", validators=[Optional()])
    cap = UnitsField("Never more than")
    reason = TextAreaField(
        "Why",
        validators=[needed(), Length(max=REASON_MAXIMUM, message=f"At most {REASON_MAXIMUM} characters.")],
        description=f"At least {REASON_MINIMUM} characters; it stands in every line that the rule gives. No patient’s name.",
    )

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        blank = SelectChoice(value="", label="Choose …")
        grades = [SelectChoice(value=str(grade), label=f"{grade}, {word}") for grade, word in enumerate(GRADES)]
        self.product.choices = [blank, *(SelectChoice(value=key, label=product_name(key)) for key in products())]
        every = SelectChoice(value=EVERY, label="Every muscle")
        self.muscle.choices = [blank, every, *(SelectChoice(value=key, label=name) for key, name in rule_muscles())]
        self.residual_low.choices = self.residual_high.choices = [blank, *grades]

    @property
    def rule(self) -> Rule:
        """The rule that a valid form says; without weeks it holds for any."""
        return Rule(
            id="",
            product=self.product.data,
            muscle=None if self.muscle.data == EVERY else self.muscle.data,
            residual_low=int(self.residual_low.data),
            residual_high=int(self.residual_high.data),
            weakness=Weakness(self.weakness.data),
            weeks_low=int(self.weeks_low.data or 0),
            weeks_high=int(self.weeks_high.data or WEEKS_MAXIMUM),
            direction=Direction(self.direction.data),
            step=self.step.units or Decimal(0),
            cap=self.cap.units or Decimal(0),
            reason=(self.reason.data or "").strip(),
            is_on=False,
        )


class SwitchForm(StrictForm):
    """Whether a rule is to be on."""

    on = HiddenField(validators=[Optional(), Regexp(r"\Ay\Z", message="This choice is y or nothing.")])
