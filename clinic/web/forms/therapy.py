"""The forms of the therapy page: an exercise, the programme, a therapist's visit with its feedback; shape only."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from wtforms import BooleanField, Field, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Group, Movement, Place
from clinic.domain.errors import Invalid
from clinic.domain.exercises import LibraryExercise
from clinic.domain.plan_entries import NOTE_MINIMUM
from clinic.domain.plans import NEXT_STATES, Exercise, Mirror, PlanState, Programme
from clinic.domain.training import FEEDBACK_MAXIMUM, BroughtDown, Feedback, Method, Training
from clinic.domain.wording import side_words
from clinic.queries.therapy import GivenExercise, TherapyPage, Window
from clinic.web.forms.base import StrictForm, StrictSelect, choices, text
from clinic.web.forms.patients import DayField, Radios, note_field
from clinic.web.forms.reviews import Ticks

_ROW = re.compile(r"method-([1-9][0-9]?)")
_SPARE_ROWS = 1
_PARTS = ("method", "side", "movement", "group", "brought", "before", "after", "note")
_NEEDED_PARTS = ("method", "side", "movement", "group", "brought")


def _lines(label: str, **options: Any) -> TextAreaField:
    limit = Length(max=2000, message="At most 2000 characters.")
    return TextAreaField(label, validators=[limit], render_kw={"rows": 2}, **options)


class ExerciseForm(StrictForm):
    """One exercise as given; the limit of the movement is always typed by the therapist."""

    excursion = _lines("How far: where the movement stops")
    dose = _lines("How often, and how long")
    cue = StringField("One cue for letting go", validators=[Length(max=2000, message="At most 2000 characters.")])
    stop_rule = _lines("When to stop")
    agreed = BooleanField("Agreed with the patient")
    why = text("Why it is changed", 2000)

    def details(self, exercise_id: str) -> Exercise:
        """What was typed, as an exercise."""
        return Exercise(
            exercise=exercise_id,
            excursion=(self.excursion.data or "").strip(),
            cue=(self.cue.data or "").strip(),
            stop_rule=(self.stop_rule.data or "").strip(),
            dose=(self.dose.data or "").strip(),
        )


def new_exercise_form(known: LibraryExercise) -> ExerciseForm:
    """An exercise to be given: everything but its limit is a text to start from."""
    return ExerciseForm(data={"dose": known.dose, "cue": known.cue, "stop_rule": known.stop_rule})


def exercise_form(given: GivenExercise, *, posted: bool = True) -> ExerciseForm:
    """An exercise as it stands, or as posted."""
    values = {name: getattr(given.details, name) for name in ("excursion", "dose", "cue", "stop_rule")}
    values["agreed"] = given.item.entry.state is PlanState.AGREED
    return ExerciseForm(data=values) if posted else ExerciseForm(formdata=None, data=values)


class StateForm(StrictForm):
    """How an exercise ends, or that it is taken up again."""

    state = Radios("From now on", choices=[], validators=[InputRequired("Choose one.")])
    note = text("Why", 2000)


def state_form(given: GivenExercise, *, posted: bool = False) -> StateForm:
    """What can become of an exercise as it stands."""
    form = StateForm() if posted else StateForm(formdata=None)
    words = {PlanState.DONE: "done", PlanState.DECLINED: "stopped", PlanState.AGREED: "taken up again"}
    state = given.item.entry.state
    listed = [one for one in words if one in NEXT_STATES[state] and one.is_open is not state.is_open]
    form.state.choices = [SelectChoice(value=one.value, label=words[one]) for one in listed]
    form.note.description = f"At least {NOTE_MINIMUM} characters{' when it is stopped' if state.is_open else ''}."
    return form


class ProgrammeForm(StrictForm):
    """What holds for all exercises."""

    mirror = Radios("Practice with a mirror", choices=choices(Mirror), default=Mirror.OPEN.value)
    mirror_reason = text("Why", 2000)
    advice = note_field("Advice for practice at home")
    visit_from = DayField("Therapist’s next visit, from", optional=True)
    visit_to = DayField("to", optional=True)
    window = StringField("Window")

    def programme(self, window: Window | None) -> Programme:
        """What was entered, once valid; the offered window where that was asked for."""
        offered = window if self.window.data else None
        return Programme(
            mirror=Mirror(self.mirror.data),
            mirror_reason=(self.mirror_reason.data or "").strip(),
            advice=(self.advice.data or "").strip(),
            visit_from=offered.first if offered else self.visit_from.day,
            visit_to=offered.last if offered else self.visit_to.day,
        )


def programme_form(page: TherapyPage, *, posted: bool = False) -> ProgrammeForm:
    """The programme as it stands, or as posted."""
    stands = page.details or Programme()
    values = {
        "mirror": stands.mirror.value,
        "mirror_reason": stands.mirror_reason,
        "advice": stands.advice,
        "visit_from": stands.visit_from.isoformat() if stands.visit_from else "",
        "visit_to": stands.visit_to.isoformat() if stands.visit_to else "",
    }
    return ProgrammeForm() if posted else ProgrammeForm(formdata=None, data=values)


class TrainingForm(StrictForm):
    """A therapist's visit; ``training_form`` adds its rows of feedback."""

    minutes = StringField("Minutes", validators=[Optional()])
    methods = Ticks("Methods", choices=[SelectChoice(value=one.value, label=one.label) for one in Method])
    home_practice = note_field("Practice agreed for home")
    note = note_field("Note")
    count = 0
    most = FEEDBACK_MAXIMUM

    @property
    def rows(self) -> list[tuple[int, dict[str, Field]]]:
        """The rows of feedback: number, and fields by part."""
        return [(row, {part: self[f"{part}-{row}"] for part in _PARTS}) for row in range(1, self.count + 1)]

    @property
    def filled(self) -> list[tuple[int, dict[str, Field]]]:
        """The rows in which anything was entered."""
        return [(row, fields) for row, fields in self.rows if any((one.data or "").strip() for one in fields.values())]

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse minutes that are no number, and rows of feedback that say only half."""
        good = super().validate(extra_validators)
        minutes = (self.minutes.data or "").strip()
        if minutes and not (minutes.isascii() and minutes.isdigit() and len(minutes) <= 3):
            self.minutes.errors = [*self.minutes.errors, "Whole minutes from 1 to 480."]
            good = False
        for _, fields in self.filled:
            for part in _NEEDED_PARTS:
                if not fields[part].data:
                    fields[part].errors = [*fields[part].errors, "Choose one, or empty this row."]
                    good = False
        return good

    def refuse(self, error: Invalid) -> None:
        """Put a refusal of a row beside the row's method."""
        numbers = {f"feedback-{place}": row for place, (row, _) in enumerate(self.filled, 1)}
        named = {f"method-{numbers[key]}" if key in numbers else key: words for key, words in error.fields.items()}
        super().refuse(Invalid(named))

    @property
    def training(self) -> Training:
        """What was entered, once valid."""
        minutes = (self.minutes.data or "").strip()
        return Training(
            minutes=int(minutes) if minutes else None,
            methods=tuple(one for one in Method if one.value in (self.methods.data or ())),
            feedback=tuple(_feedback(fields) for _, fields in self.filled),
            home_practice=self.home_practice.data or "",
            note=self.note.data or "",
        )


def training_form(page: TherapyPage, sent: Iterable[str] = (), *, posted: bool = False) -> TrainingForm:
    """The therapist's visit of a draft with its rows, one of them blank. ``sent`` are posted names: shown rows stay."""
    saved = page.training.feedback if page.training else ()
    posted_rows = [int(found[1]) for name in sent if (found := _ROW.fullmatch(name))]
    count = min(FEEDBACK_MAXIMUM, max([len(saved) + _SPARE_ROWS, *posted_rows]))
    fields: dict[str, Any] = {"count": count}
    for row in range(1, count + 1):
        fields |= _row_fields(row)
    kind = type("TrainingForm", (TrainingForm,), fields)
    form: TrainingForm = kind() if posted else kind(formdata=None, data=_saved(page))
    return form


def _row_fields(row: int) -> dict[str, Any]:
    sides = [SelectChoice(value=one.value, label=side_words(one.value)) for one in (Side.RIGHT, Side.LEFT)]
    grades = [SelectChoice(value="", label="not graded"), *(SelectChoice(value=str(n), label=str(n)) for n in range(4))]
    methods = [
        SelectChoice(value=one.value, label=one.label.removesuffix(" feedback")) for one in Method if one.gives_feedback
    ]
    blank = SelectChoice(value="", label="Choose …")
    return {
        f"method-{row}": _select("Feedback", [blank, *methods]),
        f"side-{row}": _select("Side", [blank, *sides]),
        f"movement-{row}": _select("Movement", [blank, *choices(Movement)]),
        f"group-{row}": _select("Unwanted", [blank, *choices(Group)]),
        f"brought-{row}": _select("Brought down", [blank, *choices(BroughtDown)]),
        f"before-{row}": _select("Grade before", grades),
        f"after-{row}": _select("Grade after", grades),
        f"note-{row}": text("Note", 2000),
    }


def _select(label: str, listed: list[SelectChoice]) -> StrictSelect:
    return StrictSelect(label, choices=listed, default="")


def _feedback(fields: dict[str, Field]) -> Feedback:
    return Feedback(
        method=Method(fields["method"].data),
        place=Place(Side(fields["side"].data), Movement(fields["movement"].data), Group(fields["group"].data)),
        brought_down=BroughtDown(fields["brought"].data),
        grade_before=_grade(fields["before"].data),
        grade_after=_grade(fields["after"].data),
        note=fields["note"].data or "",
    )


def _grade(written: str) -> int | None:
    return int(written) if written else None


def _saved(page: TherapyPage) -> dict[str, Any]:
    stands = page.training
    if stands is None:
        return {}
    found: dict[str, Any] = {
        "minutes": "" if stands.minutes is None else str(stands.minutes),
        "methods": [one.value for one in stands.methods],
        "home_practice": stands.home_practice,
        "note": stands.note,
    }
    for row, one in enumerate(stands.feedback, 1):
        found |= {
            f"method-{row}": one.method.value,
            f"side-{row}": one.place.side.value,
            f"movement-{row}": one.place.movement.value,
            f"group-{row}": one.place.group.value,
            f"brought-{row}": one.brought_down.value,
            f"before-{row}": "" if one.grade_before is None else str(one.grade_before),
            f"after-{row}": "" if one.grade_after is None else str(one.grade_after),
            f"note-{row}": one.note,
        }
    return found
