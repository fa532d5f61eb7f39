"""The outcome of a session: a form whose fields follow from its patterns and treated muscles; shape only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from wtforms import Field, SelectMultipleField, StringField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from clinic.domain.anatomy import Side, muscle_label
from clinic.domain.assessments.grid import Group, Movement, Place, places
from clinic.domain.injections import Answer
from clinic.domain.review_entries import (
    EVENT_ANSWERS,
    Effect,
    MuscleAt,
    ReviewEntry,
    days_words,
    muscle_key,
    parse_days,
)
from clinic.domain.review_patterns import linked
from clinic.domain.reviews import Contact, Impression, Wearing
from clinic.domain.wording import side_words
from clinic.queries.reviews import ReviewPage
from clinic.web.forms.base import NOTE_MAXIMUM, StrictForm, StrictSelect, choices
from clinic.web.forms.patients import Radios

WORSE = "worse"
_EFFECTS = (0, 25, 50, 75, 100)
_FIRST = (3, 5, 7, 10, 14)
_BEST = (7, 14, 21, 28, 42)
_WORN = tuple(7 * weeks for weeks in (6, 8, 9, 10, 11, 12, 14, 16))
_PLACES = {place.key: place for side in (Side.RIGHT, Side.LEFT) for place in places(side)}
_EXACT = "Another day: 5 days, 2 weeks"


class DaysField(StringField):
    """Days after the session in words; ``days`` holds them once valid, None when blank."""

    def pre_validate(self, form: Any) -> None:
        self.days: int | None = None
        if (self.data or "").strip():
            try:
                self.days = parse_days(self.data or "")
            except ValueError as error:
                raise ValidationError(str(error)) from error


class PercentField(StringField):
    """A whole number of percent; ``percent`` holds it once valid, None when blank."""

    def pre_validate(self, form: Any) -> None:
        self.percent: int | None = None
        written = (self.data or "").strip().removesuffix("%").strip()
        if written:
            if not (written.isascii() and written.isdigit() and len(written) <= 3):
                raise ValidationError("A whole number from 0 to 100.")
            self.percent = int(written)


class Ticks(SelectMultipleField):
    """Several of a few, as boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def pre_validate(self, form: Any) -> None:
        try:
            super().pre_validate(form)
        except ValidationError as error:
            raise ValidationError("Choose from the list.") from error


def _chips(label: str, values: Iterable[tuple[str, str]]) -> Radios:
    listed = [SelectChoice(value="", label="not asked"), *(SelectChoice(value=one, label=said) for one, said in values)]
    return Radios(label, choices=listed, default="", validators=[Optional()])


class ReviewForm(StrictForm):
    """The questions that every review has; ``review_form`` adds those of its patterns and muscles."""

    session = StringField("Session")
    contact = Radios("Answered", choices=choices(Contact), default=Contact.VISIT.value)
    wearing = _chips("Now", [(one.value, one.value) for one in Wearing if one is not Wearing.NOT_ASKED])
    adverse_event = Radios(
        "Any adverse event since?",
        choices=choices(EVENT_ANSWERS),
        validators=[InputRequired("Answer no, yes or unknown.")],
    )
    note = TextAreaField(
        "Note", validators=[Optional(), Length(max=NOTE_MAXIMUM, message=f"At most {NOTE_MAXIMUM} characters.")]
    )
    other_side = StrictSelect("Side", choices=[], default="", validators=[Optional()])
    other_movement = StrictSelect(
        "Movement", choices=choices(Movement, blank="Choose …"), default="", validators=[Optional()]
    )
    other_group = StrictSelect(
        "What moves with it", choices=choices(Group, blank="Choose …"), default="", validators=[Optional()]
    )
    other_effect = _chips("Effect", [*((str(one), f"{one}") for one in _EFFECTS), (WORSE, WORSE)])

    asked: tuple[Place, ...] = ()
    more: tuple[Place, ...] = ()
    muscles: tuple[MuscleAt, ...] = ()
    doses: tuple[tuple[str, str], ...] = ()
    judges = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sides = [SelectChoice(value=one.value, label=side_words(one.value)) for one in (Side.RIGHT, Side.LEFT)]
        self.other_side.choices = [SelectChoice(value="", label="Choose …"), *sides]

    def rows(self, listed: Iterable[Place]) -> list[tuple[Place, Field, Field, Field]]:
        """Patterns with their fields: effect, exact effect, muscles."""
        return [
            (place, self[f"effect-{place.key}"], self[f"exact-{place.key}"], self[f"muscles-{place.key}"])
            for place in listed
        ]

    @property
    def judged(self) -> list[tuple[MuscleAt, str, Field]]:
        """Treated muscles with their doses in words, and the field of the injector's impression."""
        if not self.judges:
            return []
        return [
            (one, dose, self[f"impression-{muscle_key(*one)}"])
            for one, (_, dose) in zip(self.muscles, self.doses, strict=True)
        ]

    @property
    def entry(self) -> ReviewEntry:
        """What was answered, once valid."""
        return ReviewEntry(
            contact=Contact(self.contact.data),
            first_noticed_day=self._day("first_noticed_day"),
            best_day=self._day("best_day"),
            wearing=Wearing(self.wearing.data or Wearing.NOT_ASKED),
            worn_off_day=self._day("worn_off_day"),
            adverse_event=Answer(self.adverse_event.data) if self.adverse_event.data else None,
            note=self.note.data or "",
            effects=(*self._effects(), *self._other()),
            impressions=tuple((*one, Impression(field.data)) for one, _, field in self.judged if field.data),
        )

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse two answers to one question: a chip and another exact value; and half a further pattern."""
        good = super().validate(extra_validators)
        for name in ("first_noticed_day", "best_day", "worn_off_day"):
            good = self._one_answer(self[name], self[f"{name}_exact"], "days") and good
        for _, effect, exact, _ in self.rows(_PLACES[key] for key in self._keys()):
            good = self._one_answer(effect, exact, "percent") and good
        chosen = [self.other_side.data, self.other_movement.data, self.other_group.data, self.other_effect.data]
        if any(chosen) and (not all(chosen) or self._named_place() is None):
            problem = (
                "Choose side, movement, what moves with it, and the effect; the asked movement itself is no pattern."
            )
            self.other_group.errors = [*self.other_group.errors, problem]
            good = False
        return good

    def _one_answer(self, chip: Field, exact: Field, value: str) -> bool:
        typed = getattr(exact, value, None)
        if typed is None or not chip.data or chip.data == str(typed) or exact.errors:
            return True
        exact.errors = [*exact.errors, "Two answers stand here: choose “not asked” above, or delete this one."]
        return False

    def _keys(self) -> list[str]:
        return [name.removeprefix("effect-") for name in self._fields if name.startswith("effect-")]

    def _day(self, name: str) -> int | None:
        typed: int | None = self[f"{name}_exact"].days
        chip = self[name].data
        return typed if typed is not None else int(chip) if chip else None

    def _effects(self) -> Iterable[Effect]:
        by_key = {muscle_key(*one): one for one in self.muscles}
        for place, effect, exact, muscles in self.rows(_PLACES[key] for key in self._keys()):
            worse = effect.data == WORSE
            value = (
                exact.percent if exact.percent is not None else int(effect.data) if effect.data and not worse else None
            )
            if worse or value is not None:
                yield place, value, worse, tuple(by_key[one] for one in muscles.data or ())

    def _named_place(self) -> Place | None:
        return _PLACES.get(f"{self.other_side.data}-{self.other_movement.data}-{self.other_group.data}")

    def _other(self) -> Iterable[Effect]:
        place = self._named_place()
        if place is not None:
            worse = self.other_effect.data == WORSE
            yield place, None if worse else int(self.other_effect.data), worse, linked(place, self.muscles)


def muscle_words(one: MuscleAt) -> str:
    """``Mentalis, patient’s left``."""
    muscle, side = one
    return f"{muscle_label(muscle)}, {side_words(side.value)}"


def review_form(page: ReviewPage, sent: Iterable[str], *, judges: bool) -> ReviewForm:
    """The form of one review. ``sent`` are posted field names: a pattern that was shown stays, whatever came since."""
    muscles = tuple(sorted(page.treated, key=lambda one: (one[1] is not Side.RIGHT, muscle_label(one[0]))))
    posted = (_PLACES.get(name.removeprefix("effect-")) for name in sent if name.startswith("effect-"))
    more = tuple(dict.fromkeys((*page.more, *(place for place in posted if place and place not in page.patterns))))
    fields: dict[str, Any] = {"asked": page.patterns, "more": more, "muscles": muscles, "judges": judges}
    fields["doses"] = tuple((muscle_words(one), page.treated[one]) for one in muscles)
    for place in (*page.patterns, *more):
        fields |= _pattern_fields(place, muscles)
    fields |= _day_fields("first_noticed_day", "First noticed", _FIRST, page.asked_day)
    fields |= _day_fields("best_day", "Strongest", _BEST, page.asked_day)
    fields |= _day_fields("worn_off_day", "Worn off after", _WORN, page.asked_day)
    for one in muscles if judges else ():
        said = [(impression.value, impression.value) for impression in Impression]
        fields[f"impression-{muscle_key(*one)}"] = _chips(muscle_words(one), said)
    kind = type("ReviewForm", (ReviewForm,), fields)
    form: ReviewForm = kind(data=_saved(page, muscles))
    return form


def _pattern_fields(place: Place, muscles: tuple[MuscleAt, ...]) -> dict[str, Any]:
    said = [*((str(one), f"{one}") for one in _EFFECTS), (WORSE, WORSE)]
    listed = [SelectChoice(value=muscle_key(*one), label=muscle_words(one)) for one in muscles]
    words = f"{side_words(place.side.value)}: {place.words}"
    return {
        f"effect-{place.key}": _chips(words.capitalize(), said),
        f"exact-{place.key}": PercentField("Exact"),
        f"muscles-{place.key}": Ticks("Treated for it", choices=listed),
    }


def _day_fields(name: str, label: str, days: Iterable[int], asked_day: int) -> dict[str, Any]:
    said = [(str(day), days_words(day)) for day in days if day <= asked_day]
    return {name: _chips(label, said), f"{name}_exact": DaysField(f"{label}: exact", description=_EXACT)}


def _saved(page: ReviewPage, muscles: tuple[MuscleAt, ...]) -> Mapping[str, Any]:
    found: dict[str, Any] = {
        f"muscles-{place.key}": [muscle_key(*one) for one in linked(place, muscles)] for place in _PLACES.values()
    }
    if page.own is None:
        return found
    for effect in page.own.effects:
        key = effect.place.key
        chip = WORSE if effect.worse else str(effect.effect)
        found[f"effect-{key}"] = chip if effect.worse or effect.effect in _EFFECTS else ""
        found[f"exact-{key}"] = "" if found[f"effect-{key}"] else chip
        found[f"muscles-{key}"] = [muscle_key(*one) for one in effect.muscles]
    for name, days in (("first_noticed_day", _FIRST), ("best_day", _BEST), ("worn_off_day", _WORN)):
        day: int | None = getattr(page.own, name)
        if day is not None:
            found[name if day in days and day <= page.asked_day else f"{name}_exact"] = (
                str(day) if day in days and day <= page.asked_day else days_words(day)
            )
    for one in page.own.impressions:
        found[f"impression-{muscle_key(one.muscle, one.side)}"] = one.impression.value
    answer = page.own.adverse_event
    return found | {
        "contact": page.own.contact.value,
        "wearing": "" if page.own.wearing is Wearing.NOT_ASKED else page.own.wearing.value,
        "adverse_event": answer.value if answer else "",
        "note": page.own.note,
    }
