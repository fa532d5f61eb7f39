"""Forms of charting and of the session's phases: shape only."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache
from typing import Any

from wtforms import BooleanField, Field, HiddenField, SelectMultipleField, StringField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional, Regexp

from clinic.domain import anatomy
from clinic.domain.anatomy import Side
from clinic.domain.injections import Answer, Depth, Guidance, Purpose, Question
from clinic.domain.products import product_name, products
from clinic.web.forms.base import NOTE_MAXIMUM, StrictForm, StrictSelect, UnitsField, choices, text

ID = Regexp(r"\A[0-9a-z]{1,26}\Z", message="This is not an id of this program.")
_SMALL_NUMBER = Regexp(r"\A-?[0-9]{1,6}\Z", message="A position is a whole number.")
_MILLIMETRES = Regexp(
    r"\A([0-2]?[0-9](\.[0-9])?|30(\.0)?)\Z", message="0 to 30 millimetres with at most one decimal, for example 1.5."
)
# A zone is refused, since dropping it would move the time; so are years that no zone can be applied to.
_LOCAL_MOMENT = re.compile(r"(19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?")
EYE_ONLY = frozenset({Question.PREGNANCY, Question.BREASTFEEDING})


class EmptyForm(StrictForm):
    """An act without values of its own."""


class SiteForm(StrictForm):
    """One site; without a muscle the server decides it from the point."""

    site_id = HiddenField(validators=[Optional(), ID])
    x = HiddenField(validators=[Optional(), _SMALL_NUMBER])
    y = HiddenField(validators=[Optional(), _SMALL_NUMBER])
    deep = HiddenField(validators=[Optional(), Length(max=1)])
    muscle = StrictSelect("Muscle", choices=[], validators=[Optional()])
    sub_site = StrictSelect("Site", choices=[], validators=[Optional()])
    side = StrictSelect("Patient's side", choices=choices(Side, blank=""), validators=[Optional()])
    units = UnitsField("Units", validators=[Optional()])
    dose_product = StrictSelect("Units of", choices=[], validators=[Optional()])
    syringe_id = HiddenField(validators=[Optional(), ID])
    purpose = StrictSelect("Purpose", choices=choices(Purpose, blank="as usual for this side"), validators=[Optional()])
    depth = StrictSelect("Depth", choices=choices(Depth, blank="as usual"), validators=[Optional()])
    note = text("Note", 500)

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.dose_product.choices = _product_choices()
        self.muscle.choices = muscle_choices()
        self.sub_site.choices = sub_site_choices()

    @property
    def point(self) -> tuple[int | None, int | None]:
        """The position in 0.01 geometry unit, or (None, None)."""
        if self.x.data and self.y.data:
            return int(self.x.data), int(self.y.data)
        return None, None


@cache
def _product_choices() -> list[SelectChoice]:
    return [SelectChoice(value=key, label=product_name(one)) for key, one in products().items()]


@cache
def muscle_choices() -> list[SelectChoice]:
    """All muscles by name, a blank first."""
    named = sorted((muscle.label, key) for key, muscle in anatomy.MUSCLES.items())
    return [SelectChoice(value="", label="choose a muscle"), *(SelectChoice(value=k, label=n) for n, k in named)]


@cache
def sub_site_choices() -> dict[str, list[SelectChoice]]:
    """The named sites of each muscle under its name; whether the chosen muscle has it is the domain's to say."""
    found = {"": [SelectChoice(value="", label="usual site")]}
    for muscle in sorted(anatomy.MUSCLES.values(), key=lambda one: one.label):
        if muscle.sites:
            found[muscle.label] = [SelectChoice(value=site.key, label=site.label) for site in muscle.sites]
    return found


class AnyIds(SelectMultipleField):
    """Ids sent one or more times; whether they exist is the service's to say."""

    def pre_validate(self, form: Any) -> None:
        for value in self.data or []:
            if not ID.regex.match(value):
                raise ValidationError("This is not an id of this program.")


class SitesForm(StrictForm):
    """Some sites of the session, for one act: confirmed, given (perhaps entered late) or taken back."""

    site = AnyIds("Sites", choices=[])
    late_reason = text("Why this is entered late", 500)
    given_at = StringField("Given at", validators=[Optional(), Length(max=20)])
    reason = text("Why it was not given", 500)

    def validate_given_at(self, field: Field) -> None:
        """A local date and time."""
        if field.data:
            local_moment(field.data)


def local_moment(typed: str) -> datetime:
    """A naive local time as a browser sends it. Raises ValidationError."""
    try:
        if not _LOCAL_MOMENT.fullmatch(typed):
            raise ValueError(typed)
        return datetime.fromisoformat(typed)
    except ValueError as error:
        raise ValidationError("Write the time as 2026-11-22T14:05.") from error


class DrawForm(StrictForm):
    """Planned sites to draw from a syringe; ``clear`` takes out doses that were entered for another product."""

    site = AnyIds("Sites", choices=[])
    clear = HiddenField(validators=[Optional(), Length(max=1)])


class VialForm(StrictForm):
    """The vial to draw from."""

    vial_id = StringField("Vial", validators=[ID])


class OverrideForm(StrictForm):
    """Going on past one finding."""

    finding_key = HiddenField(validators=[Regexp(r"\A[0-9a-f]{24}\Z")])
    reason = text("Reason", 1000)


class ConsentForm(StrictForm):
    """Consent as given today."""

    consent = TextAreaField("What the patient consented to", validators=[Length(max=NOTE_MAXIMUM)])
    consent_by = text("Taken by", 200)


class DetailsForm(StrictForm):
    """Details of the session."""

    given_by = text("Given by", 200)
    ordered_by = text("Ordered by", 200)
    supervised_by = text("Supervised by", 200)
    guidance = SelectMultipleField("Guidance", choices=choices(Guidance), validators=[Optional()])
    needle = text("Needle", 60)
    anaesthesia = text("Anaesthesia", 200)
    indication = TextAreaField("Indication", validators=[Length(max=NOTE_MAXIMUM)])
    touch_up_of = StrictSelect("Touch-up of", choices=[], validators=[Optional()], validate_choice=False)
    transcribed = StrictSelect(
        "Transcribed from an earlier record",
        choices=[SelectChoice(value="", label="no, given here"), SelectChoice(value="y", label="yes, transcribed")],
        validators=[Optional()],
    )
    transcribed_source = text("Source of the transcription", 500)
    transcribed_product = StrictSelect("Product in the earlier record", choices=[], validators=[Optional()])
    transcribed_lot = text("Lot in the earlier record, if known", 60)

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        named = [SelectChoice(value=key, label=product_name(item)) for key, item in products().items()]
        self.transcribed_product.choices = [SelectChoice(value="", label="choose the product"), *named]


class TouchUpForm(StrictForm):
    """The session that this one touches up; whether it can be is the service's to say."""

    touch_up_of = StringField("Touch-up of", validators=[Optional(), ID])


class TimeOutForm(StrictForm):
    """The time-out: the patient identified in the clinic's way, and the digest of what was shown."""

    initials = text("Patient's initials (given name, family name)", 8)
    birth_year = StringField(
        "Patient's year of birth", validators=[Optional(), Regexp(r"\A[0-9]{4}\Z", message="Four digits.")]
    )
    read_aloud = BooleanField("Name and date of birth were read aloud and are right")
    shown = HiddenField(validators=[Regexp(r"\A[0-9a-f]{64}\Z")])


def answers_form() -> type[StrictForm]:
    """A form with every safety and eye question; nothing is chosen beforehand."""
    fields: dict[str, Any] = {}
    for question in Question:
        offered = [one for one in Answer if one is not Answer.NOT_APPLICABLE or question.is_eye or question in EYE_ONLY]
        fields[question.value] = StrictSelect(
            question.label, choices=choices(offered, blank="not answered"), validators=[Optional()]
        )
        fields[f"{question.value}_detail"] = text("Detail", 300)
    fields["lagophthalmos_mm"] = StringField("Lagophthalmos in mm", validators=[Optional(), _MILLIMETRES])
    return type("AnswersForm", (StrictForm,), fields)


AnswersForm = answers_form()
