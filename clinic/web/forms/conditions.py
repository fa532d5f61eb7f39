"""Forms of palsy episodes, earlier treatments, muscles, and toxin given elsewhere."""

from __future__ import annotations

from typing import Any

from wtforms import ValidationError
from wtforms.fields.choices import SelectChoice

from clinic.domain.anatomy import MUSCLES, Side
from clinic.domain.injections import MuscleState
from clinic.domain.patients import Cause, EarlierTreatmentKind
from clinic.domain.products import product_name, products
from clinic.domain.quantities import parse_units
from clinic.services.conditions import ConditionValues, MuscleStatusValues, ToxinValues, TreatmentValues
from clinic.web.forms.base import StrictForm, StrictSelect, UnitsField, choices, text
from clinic.web.forms.patients import DayField, KnownDayField, Radios, RecordForm, note_field

AS_KNOWN = "As exactly as it is known: 14 Mar 2024, Mar 2024 or 2024. Leave it empty when not known."
_HOUSE_BRACKMANN = ("I, normal", "II, mild", "III, moderate", "IV, moderately severe", "V, severe", "VI, total")


class ConditionForm(RecordForm):
    """One palsy episode."""

    side = Radios(
        "Side of the palsy",
        choices=[
            SelectChoice(value=Side.RIGHT.value, label="patient’s right"),
            SelectChoice(value=Side.LEFT.value, label="patient’s left"),
        ],
        description="Palsy on both sides is two conditions, one for each side.",
    )
    cause = StrictSelect("Cause", choices=choices(Cause, blank="Choose …"))
    cause_detail = text("Which, or what else", 200)
    onset = KnownDayField("Onset", description=AS_KNOWN)
    worst_house_brackmann = StrictSelect(
        "Worst House–Brackmann grade",
        choices=[
            SelectChoice(value="", label="not known"),
            *(SelectChoice(value=str(grade), label=label) for grade, label in enumerate(_HOUSE_BRACKMANN, 1)),
        ],
        default="",
    )
    first_movement = DayField("First movement seen", optional=True)
    eye_status = note_field("Eye", "Closure, dryness, lid weight or lid surgery, what the eye doctor says.")
    note = note_field("Note")

    def validate_cause(self, field: StrictSelect) -> None:
        """Refuse the blank first line."""
        if not field.data and not field.errors:
            raise ValidationError("Choose the cause.")

    @property
    def values(self) -> ConditionValues:
        """What was entered, once valid."""
        worst = self.worst_house_brackmann.data
        return ConditionValues(
            side=Side(self.side.data),
            cause=Cause(self.cause.data),
            cause_detail=self.cause_detail.data or "",
            onset_on=self.onset.day,
            onset_precision=self.onset.precision,
            worst_house_brackmann=int(worst) if worst else None,
            first_movement_on=self.first_movement.day,
            eye_status=self.eye_status.data or "",
            note=self.note.data or "",
        )


class TreatmentForm(StrictForm):
    """An earlier treatment of an episode."""

    kind = Radios("Treatment", choices=choices(EarlierTreatmentKind))
    on = KnownDayField("When", description=AS_KNOWN)
    detail = note_field("Detail", "For example which operation, by whom, and with what effect.")

    @property
    def values(self) -> TreatmentValues:
        """What was entered, once valid."""
        return TreatmentValues(
            kind=EarlierTreatmentKind(self.kind.data),
            on=self.on.day,
            precision=self.on.precision,
            detail=self.detail.data or "",
        )


class MuscleStatusForm(StrictForm):
    """What a procedure did to a muscle."""

    muscle = StrictSelect(
        "Muscle",
        choices=[
            SelectChoice(value="", label="Choose …"),
            *(SelectChoice(value=one.key, label=one.label) for one in MUSCLES.values() if one.is_muscle),
        ],
    )
    side = Radios(
        "Side",
        choices=[
            SelectChoice(value=Side.RIGHT.value, label="patient’s right"),
            SelectChoice(value=Side.LEFT.value, label="patient’s left"),
            SelectChoice(value=Side.MIDLINE.value, label="midline"),
        ],
    )
    state = Radios("The muscle is", choices=choices(MuscleState))
    procedure = text("Procedure", 200, description="For example selective myectomy, gracilis transfer.")
    on = DayField("Date of the procedure", optional=True)

    def validate_muscle(self, field: StrictSelect) -> None:
        """Refuse the blank first line."""
        if not field.data and not field.errors:
            raise ValidationError("Choose the muscle.")

    @property
    def values(self) -> MuscleStatusValues:
        """What was entered, once valid."""
        return MuscleStatusValues(
            muscle=self.muscle.data,
            side=Side(self.side.data),
            state=MuscleState(self.state.data),
            procedure=(self.procedure.data or "").strip(),
            on=self.on.day,
        )


class ToxinForm(StrictForm):
    """Toxin that somebody else gave."""

    product = StrictSelect("Product", choices=[])
    units = UnitsField("Total dose")
    on = DayField("Date")
    place = text("Where and by whom", 200)
    note = note_field("Note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        listed = [SelectChoice(value=item.key, label=product_name(item)) for item in products().values()]
        self.product.choices = [SelectChoice(value="", label="Choose …"), *listed]

    def validate_product(self, field: StrictSelect) -> None:
        """Refuse the blank first line."""
        if not field.data and not field.errors:
            raise ValidationError("Choose the product: units of different products are not the same.")

    @property
    def values(self) -> ToxinValues:
        """What was entered, once valid."""
        return ToxinValues(
            product=self.product.data,
            units=parse_units(self.units.data or ""),
            on=self.on.chosen,
            place=(self.place.data or "").strip(),
            note=(self.note.data or "").strip(),
        )
