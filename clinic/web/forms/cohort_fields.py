"""The fields by which patients are found: every list comes from the record's own words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from wtforms import BooleanField, Form, FormField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput

from clinic.domain.adverse_events import GRADES, KINDS, Relation
from clinic.domain.anatomy import MUSCLES, Side
from clinic.domain.assessments import INSTRUMENTS
from clinic.domain.assessments.grid import GRADES as GRID_GRADES
from clinic.domain.assessments.grid import Group, Movement
from clinic.domain.cohort_checks import PLAN_KINDS
from clinic.domain.injections import Purpose
from clinic.domain.patients import Cause, Sex
from clinic.domain.products import product_name, products
from clinic.domain.wording import day_text, side_words

NEWEST: Final = "newest"
EVER: Final = "ever"
_WHEN = [SelectChoice(value=NEWEST, label="newest"), SelectChoice(value=EVER, label="at any time")]
_ANY = SelectChoice(value="", label="any")


class CheckList(SelectMultipleField):
    """Several of a list, each with its own box."""

    option_widget = CheckboxInput()

    @property
    def chosen(self) -> str:
        """What is chosen, in words."""
        return ", ".join(str(one.label) for one in self.choices if one.value in (self.data or ()))


def _checks(label: str, options: Iterable[tuple[str, str]]) -> CheckList:
    return CheckList(label, choices=[SelectChoice(value=key, label=words) for key, words in options])


def _sides(label: str, *, midline: bool = False) -> RadioField:
    sides = [side for side in Side if midline or side is not Side.MIDLINE]
    return RadioField(
        label,
        choices=[_ANY, *(SelectChoice(value=side.value, label=side_words(side.value)) for side in sides)],
        default="",
        validate_choice=False,
    )


def _numbers(label: str, **options: Any) -> StringField:
    return StringField(label, render_kw={"inputmode": "decimal", "autocomplete": "off"} | options)


def _day(label: str) -> StringField:
    return StringField(label, render_kw={"type": "date"})


def _grades(label: str, grades: Iterable[tuple[int, str]]) -> SelectField:
    options = [SelectChoice(value=str(grade), label=f"{grade}, {words}") for grade, words in grades]
    return SelectField(label, choices=[_ANY, *options], default="", validate_choice=False)


PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "muscle": ("muscles", "all_muscles", "muscle_side", "dose_at_least", "dose_at_most"),
    "product": ("products", "lot"),
    "event": ("events", "event_grade_at_least", "event_relations", "event_not_reviewed"),
    "score": ("score_1",),
    "cause": ("causes", "side"),
    "person": (
        *("age_at_least", "age_at_most", "onset_months_at_least", "onset_months_at_most"),
        *("sexes", "bilateral"),
    ),
    "session": ("treated_from", "treated_until", "purposes", "treated_by", "sub_sites"),
    "course": (
        *("sessions_at_least", "sessions_at_most", "last_session_from", "last_session_until"),
        *("interval_weeks_at_least", "interval_weeks_at_most"),
    ),
    "graded": ("pattern_1", "pattern_2", "pattern_3", "score_2", "score_3"),
    "outcome": ("effect_at_least", "effect_at_most", "benefit_weeks_at_least", "benefit_weeks_at_most", "plan_open"),
}
"""The parts of the page, with their fields."""

FIRST: Final = ("muscle", "product", "event", "score", "cause")
"""The parts that are asked most; the others are folded away."""


class _ScoreForm(Form):
    """One score with its bounds."""

    kind = SelectField("Score", choices=[], default="", validate_choice=False)
    lowest = _numbers("From")
    highest = _numbers("To")
    when = SelectField("Which", choices=_WHEN, default=NEWEST, validate_choice=False)

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.kind.choices = [
            SelectChoice(value="", label="any"),
            *(
                SelectChoice(value=f"{one.key}.{kind.key}", label=f"{one.short_title}: {kind.label}")
                for one in INSTRUMENTS.values()
                for kind in one.scores
            ),
        ]


class _PatternForm(Form):
    """One pattern of the grid with its grades."""

    group = SelectField("What moves", default="", validate_choice=False)
    movement = SelectField("With", default="", validate_choice=False)
    lowest = _grades("Grade, from", enumerate(GRID_GRADES))
    highest = _grades("Grade, to", enumerate(GRID_GRADES))
    when = SelectField("Which", choices=_WHEN, default=NEWEST, validate_choice=False)

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.group.choices = [_ANY, *(SelectChoice(value=one.value, label=one.label) for one in Group)]
        self.movement.choices = [_ANY, *(SelectChoice(value=one.value, label=one.label) for one in Movement)]


class SearchForm(Form):
    """Every criterion; asked for, never posted. Lists are ticked, numbers and days stay as typed."""

    causes = _checks("Cause", ((one.value, one.value) for one in Cause))
    side = _sides("Side of the palsy")
    bilateral = BooleanField("Palsies on both sides")
    onset_months_at_least = _numbers("Onset at least")
    onset_months_at_most = _numbers("Onset at most")
    sexes = _checks("Sex", ((one.value, one.value) for one in Sex))
    age_at_least = _numbers("Age from")
    age_at_most = _numbers("Age to")
    muscles = _checks("Muscle", ((key, one.label) for key, one in MUSCLES.items()))
    all_muscles = BooleanField("All of them in the same session")
    sub_sites = _checks(
        "Sub-site",
        (
            (f"{key}.{site.key}", f"{one.short_label}: {site.label}")
            for key, one in MUSCLES.items()
            for site in one.sites
        ),
    )
    muscle_side = _sides("Side of the muscle", midline=True)
    purposes = _checks("Purpose", ((one.value, one.label) for one in Purpose))
    products = _checks("Product", ((key, product_name(key)) for key in products()))
    lot = StringField("Lot", render_kw={"autocomplete": "off"})
    dose_at_least = _numbers("Dose at least")
    dose_at_most = _numbers("Dose at most")
    treated_from = _day("Session from")
    treated_until = _day("Session until")
    treated_by = CheckList("Given by", choices=[])
    sessions_at_least = _numbers("Sessions at least")
    sessions_at_most = _numbers("Sessions at most")
    last_session_from = _day("Last session from")
    last_session_until = _day("Last session until")
    interval_weeks_at_least = _numbers("Interval at least")
    interval_weeks_at_most = _numbers("Interval at most")
    events = _checks("Adverse event", ((kind.value, one.label) for kind, one in KINDS.items()))
    event_grade_at_least = _grades("Grade, at least", GRADES.items())
    event_relations = _checks("Relation to the injection", ((one.value, one.value) for one in Relation))
    event_not_reviewed = BooleanField("Not reviewed yet")
    score_1 = FormField(_ScoreForm, "Score", separator="_")
    score_2 = FormField(_ScoreForm, "Second score", separator="_")
    score_3 = FormField(_ScoreForm, "Third score", separator="_")
    pattern_1 = FormField(_PatternForm, "Synkinesis", separator="_")
    pattern_2 = FormField(_PatternForm, "Second pattern", separator="_")
    pattern_3 = FormField(_PatternForm, "Third pattern", separator="_")
    effect_at_least = _numbers("Effect on a pattern at least")
    effect_at_most = _numbers("Effect on a pattern at most")
    benefit_weeks_at_least = _numbers("Weeks of benefit at least")
    benefit_weeks_at_most = _numbers("Weeks of benefit at most")
    plan_open = _checks("Open in the plan", ((one.value, one.label) for one in PLAN_KINDS))
    drafts = BooleanField("Sessions and reviews of open drafts too")

    @property
    def score_forms(self) -> list[FormField]:
        """The score rows after the first."""
        return [self.score_2, self.score_3]

    @property
    def pattern_forms(self) -> list[FormField]:
        """The pattern rows."""
        return [self.pattern_1, self.pattern_2, self.pattern_3]

    @property
    def said(self) -> dict[str, str]:
        """What is chosen in each part, in words; ``more`` is that of the parts folded away."""
        said = {
            part: ", ".join(filter(None, map(_said, (self[name] for name in names)))) for part, names in PARTS.items()
        }
        return said | {"more": "; ".join(filter(None, (said[part] for part in PARTS if part not in FIRST)))}

    @property
    def opened(self) -> dict[str, bool]:
        """Which parts stand open: those with something to mend."""
        opened = {part: any(self[name].errors for name in names) for part, names in PARTS.items()}
        return opened | {"more": any(opened[part] for part in PARTS if part not in FIRST)}

    def refuse(self, found: Mapping[str, str]) -> None:
        """Put messages beside their fields; what belongs to none goes to the summary."""
        for name, message in found.items():
            field = self._fields.get(name)
            if isinstance(field, FormField):
                first = next(iter(field.form))
                first.errors = [*first.errors, message]
            elif field is not None:
                field.errors = [*field.errors, message]
            else:
                self.form_errors.append(message)


def _said(field: Any) -> str:
    """What is chosen in a field, in words; nothing when it asks nothing."""
    if isinstance(field, FormField):
        return " ".join(filter(None, (_said(one) for one in field.form if one.name.rpartition("_")[2] != "when")))
    if isinstance(field, CheckList):
        return field.chosen
    if isinstance(field, BooleanField):
        return str(field.label.text).lower() if field.data else ""
    if not field.data:
        return ""
    if isinstance(field, RadioField | SelectField):
        return next((str(one.label) for one in field.choices if one.value == field.data), "")
    return f"{field.label.text.lower()} {_day_said(field.data)}"


def _day_said(text: str) -> str:
    """A day in the words of the record, anything else as typed."""
    try:
        return day_text(date.fromisoformat(text))
    except ValueError:
        return text
