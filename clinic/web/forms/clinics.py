"""Forms of the clinic's settings and presets."""

from __future__ import annotations

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from wtforms import BooleanField, FileField, StringField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from clinic.domain.documents.texts import languages
from clinic.domain.products import product_name, products
from clinic.queries.clinics import places
from clinic.services.clinics import FOOTER_MAXIMUM, PAPERS
from clinic.web.forms.base import StrictForm, StrictSelect, UnitsField, text

REVIEW_DAYS = range(1, 366)
_OTHER_ZONES = ("Etc/", "SystemV/", "US/", "Brazil/", "Canada/", "Chile/", "Mexico/")


@cache
def time_zones() -> tuple[str, ...]:
    """The zones of places; old aliases are left out."""
    return tuple(sorted(name for name in available_timezones() if "/" in name and not name.startswith(_OTHER_ZONES)))


class SettingsForm(StrictForm):
    """The clinic's settings."""

    name = text("Name of the clinic", 200, needed=True)
    address = TextAreaField("Address", validators=[Length(max=500, message="At most 500 characters.")])
    phone = text("Phone", 60)
    emergency_phone = text("Phone for emergencies", 60, description="Printed on what patients take home.")
    time_zone = StrictSelect("Time zone", choices=[])
    dose_step = UnitsField("Dose step", description="A dose that is no multiple of it is noted when it is charted.")
    usual_doses = text(
        "Usual doses", 120, needed=True, description="One to nine, separated by blanks: the keys 1 to 9 of the chart."
    )
    review_interval_days = StringField("Review after", description="Days from a session to its review.")
    vial_sharing_needs_reason = BooleanField("A prescriber may go on with a written reason")
    co_signature_expected = BooleanField("A prescriber co-signs what an injector signed under one")
    paper = StrictSelect("Paper", choices=[SelectChoice(value=one, label=one) for one in PAPERS], default=PAPERS[0])
    footer = text(
        "Line at the foot of every page", FOOTER_MAXIMUM, description="Such as opening hours or a web address."
    )
    language = StrictSelect("Language of handouts", choices=[], description="Unless the patient has another one.")
    time_out_by = StrictSelect(
        "The time-out identifies the patient by",
        choices=[
            SelectChoice(value="typed", label="typing initials and year of birth again"),
            SelectChoice(value="read aloud", label="tapping to confirm name and date of birth read aloud"),
        ],
        description="Either way nothing is filled in beforehand, and each time-out keeps how it was done.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = time_zones()
        present = kwargs.get("time_zone", "")
        names = known if not present or present in known else (present, *known)
        self.language.choices = [SelectChoice(value=one.code, label=one.english) for one in languages().values()]
        self.time_zone.choices = [SelectChoice(value=name, label=name.replace("_", " ")) for name in names]

    def validate_review_interval_days(self, field: StringField) -> None:
        """Read whole days."""
        typed = (field.data or "").strip()
        if not (typed.isascii() and typed.isdigit() and len(typed) < 4 and int(typed) in REVIEW_DAYS):
            raise ValidationError(f"Whole days, {REVIEW_DAYS[0]} to {REVIEW_DAYS[-1]}.")


class PresetForm(StrictForm):
    """A usual range that a prescriber enters and stands for."""

    product = StrictSelect("Product", choices=[])
    muscle = StrictSelect("Muscle or part of it", choices=[])
    per_site_low = UnitsField("From")
    per_site_high = UnitsField("To")
    source = text("Where the range comes from", 500, needed=True, description="A paper, a label, or your own practice.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        blank = SelectChoice(value="", label="Choose …")
        listed = [SelectChoice(value=item.key, label=product_name(item)) for item in products().values()]
        self.product.choices = [blank, *listed]
        self.muscle.choices = [blank, *(SelectChoice(value=key, label=label) for key, label in places())]

    def validate_product(self, field: StrictSelect) -> None:
        """Refuse the blank first line."""
        if not field.data:
            raise ValidationError("Choose the product.")

    def validate_muscle(self, field: StrictSelect) -> None:
        """Refuse the blank first line."""
        if not field.data:
            raise ValidationError("Choose the muscle.")


class RetireForm(StrictForm):
    """A button without fields."""


class LogoForm(StrictForm):
    """A picture to be put on prints; what it is is decided by its content."""

    logo = FileField("Logo", description="PNG, JPEG or WebP, at most 2 MB and 4000 pixels a side.")
