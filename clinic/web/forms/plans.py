"""Forms of the plan: targets, questions, goals, dates, steps and how an item stands; shape only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from wtforms import Field, HiddenField, StringField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional

from clinic.domain.anatomy import MUSCLES, OTHER, Muscle, Side, group_label
from clinic.domain.assessments.grid import Group
from clinic.domain.dose_starts import DoseStart
from clinic.domain.injections import Answer, Purpose
from clinic.domain.plan_entries import TEXT_MAXIMUM
from clinic.domain.plan_words import LEVEL_WORDS, level_text
from clinic.domain.planning_questions import PlanningQuestion
from clinic.domain.plans import Appointment, CareStep, Goal, Occasion, PlanState, Step, Target
from clinic.domain.products import product_name, products
from clinic.domain.quantities import format_number, format_units
from clinic.domain.wording import plural, side_words
from clinic.queries.planner import ASKED, PlannerPage, TargetLine
from clinic.queries.plans import ItemView
from clinic.web.forms.base import StrictForm, StrictSelect, UnitsField, choices, needed, text
from clinic.web.forms.injections import ID
from clinic.web.forms.patients import DayField, Radios
from clinic.web.forms.reviews import Ticks

_STATES = {PlanState.PROPOSED: "proposed", PlanState.AGREED: "agreed with the patient"}
_TWO_ANSWERS = "A start is chosen and another dose is typed: choose “as typed below”, or delete what is typed."
_OTHER_PART = "The start that is chosen is for another part of the muscle: choose that part here, or another start."


def _words(label: str, description: str = "", maximum: int = TEXT_MAXIMUM) -> TextAreaField:
    limit = Length(max=maximum, message=f"At most {maximum} characters.")
    return TextAreaField(label, validators=[Optional(), limit], description=description, render_kw={"rows": 2})


def name_apart(form: StrictForm, key: str) -> None:
    """Give the controls of one of several like forms on a page ids of their own."""
    for field in form:
        field.id = f"{field.id}-{key}"
        field.label.field_id = field.id


class CountField(StringField):
    """A whole number of places; ``count`` holds it once valid, None when blank."""

    def pre_validate(self, form: Any) -> None:
        self.count: int | None = None
        written = (self.data or "").strip()
        if written:
            if not (written.isascii() and written.isdigit() and len(written) <= 3):
                raise ValidationError("A whole number of places.")
            self.count = int(written)


class VisitForm(StrictForm):
    """A form that may belong to a draft; ``visit_id`` is None outside one."""

    visit = HiddenField(validators=[Optional(), ID])

    @property
    def visit_id(self) -> str | None:
        """The draft in which it is written, if any."""
        return self.visit.data or None


class TargetForm(VisitForm):
    """A target for botulinum toxin, with the starts that it can be taken from."""

    muscle = StrictSelect("Muscle", choices=[], validators=[needed()])
    side = StrictSelect("Patient’s side", choices=[], validators=[needed()])
    site_group = StrictSelect("Place", choices=[], validators=[Optional()])
    purpose = StrictSelect("Purpose", choices=choices(Purpose), default=Purpose.SYNKINESIS.value)
    start = Radios("Start from", choices=[], default="", validators=[Optional()])
    product = StrictSelect("Product", choices=[], validators=[Optional()])
    sites = CountField("Sites", validators=[Optional()])
    units = UnitsField("Units a site", validators=[Optional()])
    state = Radios("Stands as", choices=choices(_STATES, _STATES), default=PlanState.PROPOSED.value)
    reason = _words("Reason")
    guard_reason = _words(
        "Why this muscle all the same", "Only where a weak movement needs it: at least 10 characters."
    )
    note = _words("What changed, and why")

    starts: Mapping[str, DoseStart] = {}

    def __init__(self, *args: Any, starts: Iterable[DoseStart] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = sorted((one.label, key) for key, one in MUSCLES.items() if key != OTHER)
        self.muscle.choices = [SelectChoice("", "Choose …"), *(SelectChoice(key, label) for label, key in named)]
        sides = [SelectChoice(one.value, side_words(one.value)) for one in Side]
        self.side.choices = [SelectChoice("", "Choose …"), *sides]
        self.site_group.choices = _places(sorted(MUSCLES.values(), key=lambda one: one.label))
        listed = [SelectChoice(key, product_name(one)) for key, one in products().items()]
        self.product.choices = [SelectChoice("", "not decided"), *listed]
        self.starts = {
            f"{n}-{one.product}-{one.site_group or ''}-{one.sites}-{one.units_per_site}": one
            for n, one in enumerate(starts)
        }
        said = [SelectChoice(key, start_words(one)) for key, one in self.starts.items()]
        self.start.choices = [*said, SelectChoice("", "as typed below; left blank, the dose stays open")]

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse two answers to where the dose comes from."""
        good = super().validate(extra_validators)
        if good and self.start.data and any(f.data for f in (self.product, self.sites, self.units)):
            self.start.errors = [*self.start.errors, _TWO_ANSWERS]
            return False
        start = self.starts.get(self.start.data or "")
        if good and start and start.site_group and self.site_group.data not in {"", None, start.site_group}:
            self.site_group.errors = [*self.site_group.errors, _OTHER_PART]
            return False
        return good

    @property
    def target(self) -> Target:
        """What was entered, once valid."""
        start = self.starts.get(self.start.data or "")
        return Target(
            muscle=self.muscle.data,
            side=Side(self.side.data),
            site_group=(start and start.site_group) or self.site_group.data or None,
            purpose=Purpose(self.purpose.data),
            product=start.product if start else self.product.data or None,
            sites=start.sites if start else 1 if self.sites.count is None else self.sites.count,
            units_per_site=start.units_per_site if start else self.units.units or Decimal(0),
            guard_reason=(self.guard_reason.data or "").strip(),
            basis=start.basis if start else "typed by the clinician" if self.units.units else "",
        )


def _places(muscles: Iterable[Muscle]) -> dict[str, list[SelectChoice]]:
    """The parts of muscles as choices, under their names."""
    return {"": [SelectChoice("", "the muscle as a whole")]} | {
        one.label: [SelectChoice(group, group_label(one.key, group)) for group in one.groups]
        for one in muscles
        if one.groups
    }


def start_words(start: DoseStart) -> str:
    """``Last session, upper lid (pretarsal): 2 sites of 2.5 units, 5 units onabotulinumtoxinA (Botox) in all``."""
    each = f"{plural(start.sites, 'site')} of {format_units(start.units_per_site)}"
    part = f", {start.part}" if start.part else ""
    return f"{start.basis[:1].upper()}{start.basis[1:]}{part}: {each}, {format_units(start.units)} {product_name(start.product)} in all"


def line_form(line: TargetLine, *, sent: bool) -> TargetForm:
    """The form of a proposed muscle; nothing about its dose is chosen beforehand."""
    groups = line.target.site_groups
    data = {
        "muscle": line.target.muscle,
        "side": line.target.side.value,
        "purpose": line.target.purpose.value,
        "reason": line.reason,
        "site_group": groups[0] if len(groups) == 1 else "",
    }
    form = TargetForm(starts=line.starts, data=data) if sent else TargetForm(None, starts=line.starts, data=data)
    form.site_group.choices = _places([MUSCLES[line.target.muscle]])
    name_apart(form, line.anchor)
    return form


def item_form(view: ItemView, *, sent: bool) -> TargetForm | GoalForm | None:
    """The form that changes an item, with what stands in it; None for kinds that have a page of their own."""
    details, reason = view.item.entry.details, view.item.entry.reason
    if isinstance(details, Goal):
        return GoalForm(data=goal_data(details)) if sent else GoalForm(None, data=goal_data(details))
    if not isinstance(details, Target):
        return None
    data = {name: getattr(details, name) for name in ("muscle", "site_group", "product", "guard_reason")}
    data |= {"side": details.side.value, "purpose": details.purpose.value, "reason": reason}
    data |= {"sites": str(details.sites), "state": view.state.value}
    data["units"] = format_number(details.units_per_site) if details.units_per_site else ""
    return TargetForm(data=data) if sent else TargetForm(None, data=data)


class GoalForm(VisitForm):
    """A goal in the patient's words."""

    words = TextAreaField(
        "The goal, in the patient’s own words",
        validators=[Length(max=TEXT_MAXIMUM, message=f"At most {TEXT_MAXIMUM} characters.")],
        render_kw={"rows": 2},
    )
    groups = Ticks("Which part of the face it is about", choices=choices(Group))
    much_less = text(f"{level_text(-2)} ({LEVEL_WORDS[-2]})", TEXT_MAXIMUM)
    less = text(f"{level_text(-1)} ({LEVEL_WORDS[-1]})", TEXT_MAXIMUM)
    expected = text(f"{level_text(0)} ({LEVEL_WORDS[0]})", TEXT_MAXIMUM)
    more = text(f"{level_text(1)} ({LEVEL_WORDS[1]})", TEXT_MAXIMUM)
    much_more = text(f"{level_text(2)} ({LEVEL_WORDS[2]})", TEXT_MAXIMUM)
    note = _words("What changed, and why")

    LEVELS = ("much_less", "less", "expected", "more", "much_more")

    @property
    def goal(self) -> Goal:
        """What was entered, once valid."""
        levels = {name: (self[name].data or "").strip() for name in self.LEVELS}
        return Goal((self.words.data or "").strip(), tuple(Group(one) for one in self.groups.data or ()), **levels)


def goal_data(goal: Goal) -> dict[str, Any]:
    """A goal as its form holds it."""
    levels = {name: getattr(goal, name) for name in GoalForm.LEVELS}
    return {"words": goal.words, "groups": [one.value for one in goal.groups]} | levels


class DateForm(StrictForm):
    """A date for the patient."""

    occasion = Radios("What for", choices=choices(Occasion))
    on = DayField("Day")
    at = text("Time, blank for the whole day", 20)
    reason = _words("Why")

    @property
    def appointment(self) -> Appointment:
        """What was entered, once valid."""
        return Appointment(Occasion(self.occasion.data), self.on.chosen, (self.at.data or "").strip())


class StepForm(StrictForm):
    """The next step of care."""

    step = Radios("Next step", choices=choices(CareStep))
    state = Radios("Stands as", choices=choices(_STATES, _STATES), default=PlanState.PROPOSED.value)
    reason = _words("Why this comes next", "At least 10 characters. It stands under the steps of care.")

    @property
    def decided(self) -> Step:
        """What was entered, once valid."""
        return Step(CareStep(self.step.data))


class StateForm(VisitForm):
    """How an item stands from now on."""

    state = Radios("Stands as", choices=choices(PlanState, {PlanState.SUPERSEDED: "replaced by another"}))
    note = _words("Why", "Needed to decline it, or to take up again what was done or declined.")


class MoveForm(VisitForm):
    """One place up or down."""

    up = HiddenField()


def say_what_stands(form: StrictForm, record: Mapping[str, str]) -> None:
    """Beside each control that says something else than the record, say what saving it would write over."""
    for field in form:
        if isinstance(field, HiddenField) or (field.data or "") == (stands := record.get(field.name, "")):
            continue
        named = {one.value: one.label for one in getattr(field, "choices", ())}
        field.description = f"On record now: {named.get(stands, stands) or 'blank'}"


class AnswersForm(StrictForm):
    """The questions of planning; ``answers_form`` adds their fields."""

    shown = HiddenField()

    @property
    def rows(self) -> list[tuple[PlanningQuestion, Field, Field]]:
        """Each question with its answer and its words."""
        return [(one, self[one.value], self[f"words-{one.value}"]) for one in ASKED]

    @property
    def answers(self) -> dict[PlanningQuestion, tuple[Answer | None, str]]:
        """What was answered, once valid."""
        return {one: (Answer(f.data) if f.data else None, words.data or "") for one, f, words in self.rows}


def answers_form(page: PlannerPage, *, sent: bool) -> AnswersForm:
    """The questions with what stands; a posted form keeps what was sent."""
    said = [SelectChoice("", "not asked"), *(SelectChoice(one.value, one.value) for one in list(Answer)[:3])]
    fields: dict[str, Any] = {}
    data: dict[str, Any] = {"shown": page.answers_shown}
    data |= answers_data(page)
    for question in ASKED:
        fields[question.value] = Radios(question.label, choices=said, default="", validators=[Optional()])
        fields[f"words-{question.value}"] = text("In words", 1000)
    kind = type("AnswersForm", (AnswersForm,), fields)
    form: AnswersForm = kind(data=data) if sent else kind(None, data=data)
    form.shown.id = "shown-answers"
    return form


def answers_data(page: PlannerPage) -> dict[str, str]:
    """The answers as they stand, by the names of their controls."""
    rows = page.answers.values()
    said = {row.question.value: row.answer.value for row in rows}
    return said | {f"words-{row.question.value}": row.detail for row in rows}


class RatingsForm(StrictForm):
    """How far each goal is reached; ``ratings_form`` adds the goals."""

    shown = HiddenField()
    goal_ids: tuple[str, ...] = ()

    @property
    def rows(self) -> dict[str, Field]:
        """The field of each goal, by its id."""
        return {one: self[f"level-{one}"] for one in self.goal_ids}

    @property
    def levels(self) -> dict[str, int | None]:
        """What was chosen, once valid."""
        return {one: int(field.data) if field.data else None for one, field in self.rows.items()}


def ratings_form(page: PlannerPage, *, sent: bool) -> RatingsForm:
    """The goals with today's ratings."""
    said = [SelectChoice("", "not rated"), *(SelectChoice(str(level), level_text(level)) for level in range(-2, 3))]
    fields: dict[str, Any] = {"goal_ids": tuple(one.id for one in page.goals)}
    data: dict[str, Any] = {"shown": page.levels_shown}
    for goal in page.goals:
        fields[f"level-{goal.id}"] = Radios("Reached today", choices=said, default="", validators=[Optional()])
    data |= ratings_data(page)
    kind = type("RatingsForm", (RatingsForm,), fields)
    form: RatingsForm = kind(data=data) if sent else kind(None, data=data)
    form.shown.id = "shown-levels"
    return form


def ratings_data(page: PlannerPage) -> dict[str, str]:
    """The visit's ratings as they stand, by the names of their controls."""
    return {f"level-{goal}": str(level) for goal, level in page.levels.items()}
