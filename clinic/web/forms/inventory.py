"""Forms of the stock: lots, vials and their ledger."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import HiddenField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length
from wtforms.widgets import DateTimeLocalInput, ListWidget, RadioInput, TimeInput

from clinic.domain.products import Product, product_name, products
from clinic.domain.quantities import format_number, format_units
from clinic.web.forms.base import MillilitresField, StrictForm, StrictSelect, UnitsField, text

REASON_HINT = "At least 10 characters. It stays in the record."
OTHER_DILUENT = "other"
DILUENTS = {
    "saline": "0.9% sodium chloride, preservative-free",
    "bacteriostatic": "0.9% sodium chloride with preservative",
    OTHER_DILUENT: "something else",
}


class Radios(StrictSelect):
    """One of a few, all in sight; nothing is chosen beforehand."""

    widget = ListWidget(prefix_label=False)
    option_widget = RadioInput()


class LotForm(StrictForm):
    """A new lot."""

    product = StrictSelect("Product", choices=[])
    lot = text("Lot number", 60, needed=True, description="As printed on the box or vial.")
    expires_on = text(
        "Expiry",
        20,
        needed=True,
        description="As printed: 2027-03-31, 03/2027, MAR 2027.",
    )
    supplier = text("Supplier", 200)
    received = text(
        "Vials received", 6, description="Unopened vials of this lot that came in; blank while not counted."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        listed = [SelectChoice(value=item.key, label=product_name(item)) for item in products().values()]
        self.product.choices = [SelectChoice(value="", label="Choose …"), *listed]

    def validate_product(self, field: StrictSelect) -> None:
        """Refuse the blank first line."""
        if not field.data:
            raise ValidationError("Choose the product.")


class LotChangeForm(StrictForm):
    """A correction of a lot."""

    expires_on = text("Expiry", 20, needed=True, description="2027-03-31, 03/2027 or MAR 2027.")
    supplier = text("Supplier", 200)
    reason = text("Why it changes", 500, needed=True, description=REASON_HINT)


class RecallForm(StrictForm):
    """The recall of a lot."""

    reason = text("What was recalled, by whom", 500, needed=True, description=REASON_HINT)


class DiscardForm(StrictForm):
    """The end of a vial."""

    reason = text("Why it is discarded", 500, needed=True)


class WasteForm(StrictForm):
    """Units that nobody was given."""

    units = UnitsField("Units wasted")
    reason = text("Why", 500, needed=True)


class AdjustForm(StrictForm):
    """A corrected count."""

    direction = Radios(
        "The vial holds",
        choices=[
            SelectChoice(value="less", label="less than counted"),
            SelectChoice(value="more", label="more than counted"),
        ],
    )
    units = UnitsField("Units of difference")
    reason = text("Why the count was wrong", 500, needed=True, description=REASON_HINT)


class LocalTime(StringField):
    """A time of day as ``14:02``: ``time`` holds it once valid, None when blank."""

    widget = TimeInput()

    def pre_validate(self, form: Any) -> None:
        self.time: time | None = None
        if not (self.data or "").strip():
            return
        try:
            self.time = datetime.strptime(self.data, "%H:%M").time()  # noqa: DTZ007 - the clinic's zone is added below
        except ValueError as error:
            raise ValidationError("Write the time as 14:02.") from error

    def moment(self, today: date, zone: ZoneInfo) -> datetime | None:
        """The moment today in the clinic's zone; None when blank."""
        return datetime.combine(today, self.time, zone) if self.time else None


class LocalMoment(StringField):
    """A date and time as the browser's picker gives it: ``naive`` holds it once valid, None when blank."""

    widget = DateTimeLocalInput()

    def pre_validate(self, form: Any) -> None:
        self.naive: datetime | None = None
        if not (self.data or "").strip():
            return
        try:
            self.naive = datetime.strptime(self.data, "%Y-%m-%dT%H:%M")  # noqa: DTZ007 - the zone is added below
        except ValueError as error:
            raise ValidationError("Write the date and time as 2026-11-23T14:02.") from error

    def moment(self, zone: ZoneInfo) -> datetime | None:
        """The moment in the clinic's zone; None when blank."""
        return self.naive.replace(tzinfo=zone) if self.naive else None


class VialForm(StrictForm):
    """A vial that was opened and, unless it is ready to use, mixed."""

    labelled_units = Radios("Units printed on the vial", choices=[])
    diluent_kind = StrictSelect(
        "Mixed with",
        choices=[
            SelectChoice(value="", label="Choose …"),
            *(SelectChoice(value=key, label=label) for key, label in DILUENTS.items()),
        ],
    )
    diluent_other = StringField(
        "What else it was mixed with", validators=[Length(max=120, message="At most 120 characters.")]
    )
    diluent = MillilitresField("Volume of diluent")
    mixed_at = LocalTime("Time of mixing", description="Blank means now. Only today.")
    mixed_by = text("Mixed by", 200, needed=True)
    use_by = LocalMoment("Use by")
    checked = HiddenField()

    def fit(self, item: Product) -> None:
        """Offer this product's vial sizes, and leave out mixing where it is ready to use."""
        self.labelled_units.choices = [
            SelectChoice(value=format_number(size.units).replace(",", ""), label=format_units(size.units))
            for size in item.vials
        ]
        if item.ready_to_use:
            self.diluent_kind.validate_choice = False
            self.diluent.label.text = "Volume of the solution"
            self.mixed_at.label.text, self.mixed_by.label.text = "Time of opening", "Opened by"

    def validate_diluent_kind(self, field: StrictSelect) -> None:
        """Refuse the blank first line, unless the product needs no diluent."""
        if not field.data and field.validate_choice:
            raise ValidationError("Choose what the vial was mixed with.")

    def validate_diluent_other(self, field: StringField) -> None:
        """Ask for the words when none of the listed diluents was used."""
        if self.diluent_kind.data == OTHER_DILUENT and not (field.data or "").strip():
            raise ValidationError("Say what the vial was mixed with.")

    @property
    def diluent_name(self) -> str:
        """The diluent in words."""
        kind = self.diluent_kind.data or ""
        return (self.diluent_other.data or "").strip() if kind == OTHER_DILUENT else DILUENTS.get(kind, "")

    def fingerprint(self) -> str:
        """What the shown check was computed from; a save with other values is checked again."""
        kept = (self.labelled_units, self.diluent_kind, self.diluent_other, self.diluent, self.mixed_at)
        return "|".join(str(field.data or "").strip() for field in kept)
