"""Forms of the page of selective neurolysis: criteria, a test block, the referral; shape only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wtforms import Field, StringField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Optional

from clinic.domain.anatomy import MUSCLES, OTHER, Side
from clinic.domain.injections import Answer
from clinic.domain.muscle_blocks import AGENT_MAXIMUM, USUAL_MUSCLE, BlockEntry, parse_tenths
from clinic.domain.neurolysis import CRITERIA_ASKED
from clinic.domain.planning_questions import PlanningQuestion
from clinic.domain.quantities import QuantityError
from clinic.domain.referrals import RECIPIENT_MAXIMUM
from clinic.services.planning_answers import DETAIL_MAXIMUM
from clinic.web.forms.base import StrictForm, StrictSelect, text
from clinic.web.forms.patients import Radios
from clinic.web.forms.referrals import words_field

_ANSWERS = (Answer.YES, Answer.NO, Answer.UNKNOWN)


class TenthsField(StringField):
    """A number with at most one decimal: ``tenths`` holds it once valid, None when blank."""

    def __init__(self, label: str, unit: str, **options: Any) -> None:
        super().__init__(label, validators=[Optional()], **options)
        self.unit = unit

    def pre_validate(self, form: Any) -> None:
        self.tenths: int | None = None
        if (self.data or "").strip():
            try:
                self.tenths = parse_tenths(self.data or "", self.unit)
            except QuantityError as error:
                raise ValidationError(str(error)) from error


class CriteriaForm(StrictForm):
    """The criteria that only a clinician can answer; ``shown`` marks the answers as they were shown."""

    shown = StringField("Answers as shown")

    @property
    def answers(self) -> dict[PlanningQuestion, tuple[Answer | None, str]]:
        """What was answered, once valid."""
        return {
            question: (Answer(answer.data) if answer.data else None, detail.data or "")
            for question, (answer, detail) in self.asked.items()
        }

    @property
    def asked(self) -> Mapping[PlanningQuestion, tuple[Field, Field]]:
        """The fields of each question: the answer, and words to it."""
        return {one: (self[one.value], self[f"detail-{one.value}"]) for one in CRITERIA_ASKED}


def criteria_form(
    answers: Mapping[PlanningQuestion, tuple[Answer | None, str]], mark: str, **options: Any
) -> CriteriaForm:
    """The form with the answers that stand."""
    listed = [
        SelectChoice(value="", label="not asked"),
        *(SelectChoice(value=one.value, label=one.value) for one in _ANSWERS),
    ]
    fields: dict[str, Any] = {}
    saved: dict[str, str] = {"shown": mark}
    for one in CRITERIA_ASKED:
        fields[one.value] = Radios(one.label, choices=listed, default="", validators=[Optional()])
        fields[f"detail-{one.value}"] = text(f"{one.label}: in words", DETAIL_MAXIMUM)
        answer, detail = answers.get(one, (None, ""))
        saved |= {one.value: answer.value if answer else "", f"detail-{one.value}": detail}
    kind = type("CriteriaForm", (CriteriaForm,), fields)
    form: CriteriaForm = kind(data=saved, **options)
    return form


class BlockForm(StrictForm):
    """A test block. No side is chosen where the palsy does not say which."""

    muscle = StrictSelect(
        "Muscle",
        choices=[SelectChoice(value=one.key, label=one.label) for one in MUSCLES.values() if one.key != OTHER],
        default=USUAL_MUSCLE,
    )
    side = Radios(
        "Side",
        choices=[
            SelectChoice(value=Side.RIGHT.value, label="patient’s right"),
            SelectChoice(value=Side.LEFT.value, label="patient’s left"),
            SelectChoice(value=Side.MIDLINE.value, label="midline"),
        ],
        validators=[InputRequired("Choose the side.")],
    )
    agent = text(
        "What was injected", AGENT_MAXIMUM, needed=True, description="With its strength, for example lidocaine 1 %."
    )
    volume = TenthsField("Volume", "mL")
    excursion_before = TenthsField("Excursion before", "mm")
    excursion_after = TenthsField("Excursion after", "mm")
    dental_show_before = TenthsField("Dental show before", "mm")
    dental_show_after = TenthsField("Dental show after", "mm")
    patient_says = words_field("What the patient says")
    note = words_field("Note")

    @property
    def entry(self) -> BlockEntry:
        """What was entered, once valid."""
        return BlockEntry(
            muscle=self.muscle.data,
            side=Side(self.side.data),
            agent=self.agent.data or "",
            tenths_ml=self.volume.tenths,
            excursion_before=self.excursion_before.tenths,
            excursion_after=self.excursion_after.tenths,
            dental_show_before=self.dental_show_before.tenths,
            dental_show_after=self.dental_show_after.tenths,
            patient_says=self.patient_says.data or "",
            note=self.note.data or "",
        )


def block_form(palsied: tuple[Side, ...], **options: Any) -> BlockForm:
    """The form of a block, on the side of the palsy where there is one such side."""
    return BlockForm(data={"side": palsied[0].value} if len(palsied) == 1 else {}, **options)


class NeurolysisReferralForm(StrictForm):
    """The referral with its typed reason."""

    recipient = text("To whom", RECIPIENT_MAXIMUM, description="Name, clinic or address.")
    reason = words_field(
        "Why training and toxin were not enough", optional=False, hint="In your words; it goes with the referral."
    )
    question = words_field("What is asked", optional=False)


def referral_form(question: str, **options: Any) -> NeurolysisReferralForm:
    """The form with the usual question."""
    return NeurolysisReferralForm(data={"question": question}, **options)
