"""Your home programme: the exercises that a therapist chose for one patient, and a diary of twelve weeks to tick.

The library's words come in the document's language. What a therapist typed otherwise stays as it was typed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from clinic.domain.assessments.grid import Movement
from clinic.domain.documents.content import (
    Beside,
    Block,
    Box,
    BoxKind,
    Choice,
    DiaryGrid,
    ExerciseFigure,
    Heading,
    PageBreak,
    Paragraph,
)
from clinic.domain.documents.texts import DEFAULT, Language, languages
from clinic.domain.exercises import library
from clinic.domain.plans import Exercise, Mirror, Programme
from clinic.domain.wording import plural

WEEKS: Final = 12
"""Weeks of the diary: the time until a session of toxin may be repeated by the labels (reference 2.3)."""

TEXT: Final = "home_programme"
EXERCISES: Final = "exercises"
DIARY: Final = "diary"
ADVICE: Final = "advice"
VISIT: Final = "visit"
MIRROR: Final = "mirror"
_MIRROR_PARTS: Final = {Mirror.YES: "mirror_yes", Mirror.NO: "mirror_no", Mirror.OPEN: "mirror_open"}
_SPOKEN: Final = ("dose", "excursion", "cue", "stop_rule")
"""The fields of an exercise in the order in which its part of words holds them."""

_LABELS: Final = {
    "dose": "home_how_often",
    "excursion": "home_how_far",
    "cue": "home_cue",
    "stop_rule": "home_stop",
}
_STAFF_WORDS: Final = {"dose": "how often", "excursion": "how far", "cue": "the cue", "stop_rule": "the stop rule"}


@dataclass(frozen=True, slots=True)
class Given:
    """An exercise as it stands in the plan: the item's id, why it was chosen, whether the patient agreed.

    ``refused`` says why it cannot be given now, "" where it can.
    """

    item_id: str
    details: Exercise
    reason: str
    agreed: bool
    refused: str = ""

    @property
    def key(self) -> str:
        """The name under which it can be left out."""
        return f"exercise-{self.item_id}"


@dataclass(frozen=True, slots=True)
class HomePlan:
    """What the record holds for practice at home; ``sides`` are those with a palsy, ``appointments`` (day, clock time)."""

    exercises: tuple[Given, ...]
    programme: Programme
    sides: frozenset[str]
    appointments: tuple[tuple[date, str], ...]
    today: date

    @property
    def side(self) -> str:
        """The side of the palsy, blank where there is none or both."""
        return next(iter(self.sides)) if len(self.sides) == 1 else ""


def first_monday(today: date) -> date:
    """The Monday after a day, never that day itself."""
    return today + timedelta(days=7 - today.weekday())


def known(exercise_id: str, language: Language) -> bool:
    """Whether the texts have an exercise."""
    return exercise_id in language.texts[EXERCISES].parts


def title(exercise_id: str, language: Language) -> str:
    """An exercise by its name; an unknown one stands for itself, because a record keeps it."""
    return language.texts[EXERCISES].part(exercise_id).heading if known(exercise_id, language) else exercise_id


def spoken(details: Exercise, language: Language) -> dict[str, str]:
    """How often, how far, cue and stop rule by field, in the language wherever they are still the library's own words."""
    return {name: _translated(details, name, language) for name in _SPOKEN}


def typed(details: Exercise, language: Language) -> tuple[str, ...]:
    """The fields that stand as a therapist typed them although the document is not in English."""
    if language.code == DEFAULT:
        return ()
    own = preset(details.exercise, language)
    return tuple(name for name, words in spoken(details, language).items() if words.strip() and words != own.get(name))


def preset(exercise_id: str, language: Language) -> dict[str, str]:
    """The library's words of an exercise by field; none for an exercise that the texts do not have."""
    if not known(exercise_id, language):
        return {}
    lines = language.texts[EXERCISES].part(f"{exercise_id}_words").body
    return dict(zip(_SPOKEN, (line.removeprefix("- ") for line in lines), strict=True))


def _translated(details: Exercise, name: str, language: Language) -> str:
    words: str = getattr(details, name)
    english = preset(details.exercise, languages()[DEFAULT])
    return preset(details.exercise, language)[name] if words.strip() == english.get(name) else words


def shown(plan: HomePlan, left_out: Iterable[str], language: Language) -> tuple[Given, ...]:
    """The exercises that are printed, those that the patient agreed to first."""
    out = frozenset(left_out)
    ordered = sorted(plan.exercises, key=lambda one: not one.agreed)
    return tuple(one for one in ordered if one.key not in out and known(one.details.exercise, language))


def blocks(plan: HomePlan, left_out: Iterable[str], language: Language) -> tuple[Block, ...]:
    """The document without its head."""
    out = frozenset(left_out)
    text = language.texts[TEXT]
    listed = shown(plan, out, language)
    found: list[Block] = [*text.part("opening").blocks(), *text.part("general").blocks()]
    if MIRROR not in out:
        found += text.part(_MIRROR_PARTS[plan.programme.mirror]).blocks()
    if ADVICE not in out and plan.programme.advice.strip():
        found.append(Box(BoxKind.NOTE, language.label("home_advice"), (), plan.programme.advice.strip()))
        if language.code != DEFAULT:
            found.append(Paragraph(language.label("home_typed"), small=True))
    found += text.part("avoid").blocks()
    stop = text.part("stop")
    found.append(Box(BoxKind.IMPORTANT, stop.heading, tuple(line.removeprefix("- ") for line in stop.body)))
    found += text.part("exercises").blocks()
    for one in listed:
        found += exercise_blocks(one.details, plan, language)
    if VISIT not in out and (dates := tuple(_visits(plan, language))):
        found += [Heading(text.part("visit").heading), *dates, *text.part("visit").blocks()[1:]]
    if DIARY not in out and listed:
        found += [PageBreak(), *text.part("diary").blocks(), diary(listed, plan.today, language)]
    return tuple(found)


def exercise_blocks(details: Exercise, plan: HomePlan, language: Language) -> tuple[Block, ...]:
    """One exercise: its name, the figure beside the steps, and below what the therapist set."""
    part = language.texts[EXERCISES].part(details.exercise)
    _, *steps = part.blocks()
    said = tuple(
        Paragraph(words, lead=f"{language.label(_LABELS[name])}:")
        for name, words in spoken(details, language).items()
        if words.strip()
    )
    if typed(details, language):
        said = (*said, Paragraph(language.label("home_typed"), small=True))
    shown_figure = figure(details.exercise, plan, language)
    beside = (Beside(shown_figure, (*steps, *said)),) if shown_figure else (*steps, *said)
    return Heading(part.heading, 3), *beside


def figure(exercise_id: str, plan: HomePlan, language: Language) -> ExerciseFigure | None:
    """The drawn figure with its words; none for a one-sided figure where the record does not name one side."""
    line = language.texts[EXERCISES].part(f"{exercise_id}_figure").body[0]
    if not plan.side and is_one_sided(exercise_id):
        return None
    side = language.label(f"home_side_{plan.side}") if plan.side else ""
    return ExerciseFigure(exercise_id, plan.side, line.format(side=side))


def is_one_sided(exercise_id: str) -> bool:
    """Whether the figure of an exercise shows one side of the face, as its words say."""
    return "{side}" in languages()[DEFAULT].texts[EXERCISES].part(f"{exercise_id}_figure").body[0]


def diary(listed: Sequence[Given], today: date, language: Language) -> DiaryGrid:
    """Twelve weeks to tick, from the Monday after today."""
    monday = first_monday(today)
    weeks = (monday + timedelta(weeks=number) for number in range(WEEKS))
    return DiaryGrid(
        rows=tuple(title(one.details.exercise, language) for one in listed),
        days=tuple(language.label(f"weekday_{number}") for number in range(1, 8)),
        weeks=tuple(language.label("week_of", day=language.day(week)) for week in weeks),
    )


def _visits(plan: HomePlan, language: Language) -> Iterator[Paragraph]:
    first, last = plan.programme.visit_from, plan.programme.visit_to
    named = {name: language.day(day) for name, day in (("first", first), ("last", last)) if day}
    if named and (last is None or last >= plan.today):
        key = "between" if len(named) == 2 else "from" if first else "until"
        yield Paragraph(language.label(f"home_visit_{key}", **named))
    for on, at in plan.appointments:
        key = "home_appointment_at" if at else "home_appointment"
        yield Paragraph(language.label(key, day=language.day(on), at=at))


def choices(plan: HomePlan, left_out: Iterable[str]) -> tuple[Choice, ...]:
    """What can be left out, for staff: each exercise with why it was chosen."""
    out = frozenset(left_out)
    english = languages()[DEFAULT]
    found = [
        Choice(one.key, title(one.details.exercise, english), _why(one), one.key not in out)
        for one in sorted(plan.exercises, key=lambda one: not one.agreed)
    ]
    found.append(Choice("general", "How to practise", "Holds for every exercise.", fixed=True))
    mirror = plan.programme.mirror
    why = f"Practice {mirror.value}{f': {plan.programme.mirror_reason}' if plan.programme.mirror_reason else ''}."
    found.append(Choice(MIRROR, "Mirror or no mirror", why.replace("..", "."), MIRROR not in out))
    if plan.programme.advice.strip():
        found.append(Choice(ADVICE, "The therapist’s advice", "Typed in the programme.", ADVICE not in out))
    found.append(Choice("avoid", "What to avoid, and when to stop", "A patient must always have it.", fixed=True))
    if plan.programme.visit_from or plan.programme.visit_to or plan.appointments:
        found.append(Choice(VISIT, "The therapist’s visit", "Dates of the plan.", VISIT not in out))
    weeks = f"{WEEKS} weeks from the Monday after today, to tick."
    return (*found, Choice(DIARY, "Diary", weeks, DIARY not in out))


def _why(one: Given) -> str:
    agreed = "Agreed with the patient." if one.agreed else "Proposed, not yet agreed with the patient."
    reason = one.reason.strip() or "Chosen without a reason in the plan"
    return f"{reason}{'' if reason.endswith(('.', '!', '?')) else '.'} {_purpose(one.details.exercise)}{agreed}"


def _purpose(exercise_id: str) -> str:
    """The patterns that the library has an exercise for, the first two in words; "" for one without any."""
    found = library().get(exercise_id)
    order = list(Movement)
    named = sorted(found.best, key=lambda one: (order.index(one[0]), one[1])) if found else []
    if not named:
        return ""
    words = ", ".join(f"{group.words} {movement.words}" for movement, group in named[:2])
    more = f", and {plural(len(named) - 2, 'further pattern')}" if len(named) > 2 else ""
    return f"In the library for: {words}{more}. "


def problems(plan: HomePlan, left_out: Iterable[str], language: Language) -> tuple[str, ...]:
    """What keeps the document from being issued."""
    out = frozenset(left_out)
    if not plan.exercises:
        return ("The plan has no open exercise. Choose at least one on the therapy page of a visit.",)
    gone = [one for one in plan.exercises if one.key not in out and not known(one.details.exercise, language)]
    found = [
        f"The library has no exercise “{one.details.exercise}” any more. Leave it out or close it in the plan."
        for one in gone
    ]
    found += [
        f"{one.refused} Leave it out or close it in the plan." for one in shown(plan, out, language) if one.refused
    ]
    if not gone and not shown(plan, out, language):
        found.append("Every exercise is left out. Choose at least one.")
    return tuple(found)


def notes(plan: HomePlan, left_out: Iterable[str], language: Language) -> tuple[str, ...]:
    """What staff should know before they hand it over."""
    found: list[str] = []
    english = languages()[DEFAULT]
    for one in shown(plan, left_out, language):
        if names := typed(one.details, language):
            said = " and ".join(_STAFF_WORDS[name] for name in names)
            found.append(
                f"“{title(one.details.exercise, english)}”: {said} as typed by the therapist, not translated into"
                f" {language.english}."
            )
    if language.code != DEFAULT and plan.programme.advice.strip() and ADVICE not in frozenset(left_out):
        found.append(f"The therapist’s advice is printed as typed, not translated into {language.english}.")
    sided = [one for one in shown(plan, left_out, language) if is_one_sided(one.details.exercise)]
    if sided and not plan.side:
        why = "palsies on both sides are on record" if plan.sides else "no palsy is on record"
        named = ", ".join(f"“{title(one.details.exercise, english)}”" for one in sided)
        found.append(f"Printed without a figure, because {why} and it would show one side: {named}.")
    last = plan.programme.visit_to
    if last is not None and last < plan.today:
        found.append("The days of the therapist’s visit in the programme are over; they are not printed.")
    return tuple(found)
