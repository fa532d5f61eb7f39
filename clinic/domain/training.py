"""Facial training as done: what a therapist's visit was made of, feedback on one unwanted movement, and the home diary."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import MAXIMUM, OWN_MOVEMENT, Place
from clinic.domain.wording import side_words


class Method(StrEnum):
    """What was done in a therapist's visit."""

    RETRAINING = "retraining"
    MIRROR = "mirror"
    VIDEO = "video"
    EMG = "emg"
    MASSAGE = "massage"
    STRETCHING = "stretching"
    RELAXATION = "relaxation"
    MINDFULNESS = "mindfulness"

    @property
    def label(self) -> str:
        """The method in words."""
        return {
            "retraining": "Facial neuromuscular retraining",
            "mirror": "Mirror feedback",
            "video": "Video feedback",
            "emg": "EMG feedback",
            "massage": "Massage",
            "stretching": "Stretching",
            "relaxation": "Relaxation",
            "mindfulness": "Mindfulness",
        }[self.value]

    @property
    def gives_feedback(self) -> bool:
        """Whether it shows the patient an unwanted movement."""
        return self in {Method.MIRROR, Method.VIDEO, Method.EMG}


class BroughtDown(StrEnum):
    """Whether the unwanted movement became less with feedback."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


MINUTES_MAXIMUM: Final = 480
"""Minutes of one visit beyond which it is a slip of the keyboard; sessions in a consensus take 45 to 60 minutes
(Guntinas-Lichius 2022, table)."""

FEEDBACK_MAXIMUM: Final = 10
TEXT_MAXIMUM: Final = 4000


@dataclass(frozen=True, slots=True)
class Feedback:
    """Feedback on one unwanted movement; grades 0 to 3 as in the grid, None where nobody graded."""

    method: Method
    place: Place
    brought_down: BroughtDown
    grade_before: int | None = None
    grade_after: int | None = None
    note: str = ""

    @property
    def grades(self) -> str:
        """``2 before, 1 after``; what was not graded is left out."""
        said = ((self.grade_before, "before"), (self.grade_after, "after"))
        return ", ".join(f"{grade} {when}" for grade, when in said if grade is not None)

    @property
    def words(self) -> str:
        """``Mirror feedback, patient’s left: eye narrows with pucker; brought down: partly (2 before, 1 after)``."""
        graded = f" ({self.grades})" if self.grades else ""
        where = side_words(self.place.side.value)
        return f"{self.method.label}, {where}: {self.place.words}; brought down: {self.brought_down.value}{graded}"


@dataclass(frozen=True, slots=True)
class Training:
    """A therapist's visit as entered, whole."""

    minutes: int | None = None
    methods: tuple[Method, ...] = ()
    feedback: tuple[Feedback, ...] = ()
    home_practice: str = ""
    note: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was entered at all."""
        texts = (self.home_practice.strip(), self.note.strip())
        return self.minutes is None and not self.methods and not self.feedback and not any(texts)


def problems(training: Training) -> dict[str, str]:
    """What cannot be taken, by field; a row of feedback is named ``feedback-1``."""
    found: dict[str, str] = {}
    if training.is_empty:
        found["methods"] = "Nothing is entered yet: choose at least one method, or write a note."
    if training.minutes is not None and not 1 <= training.minutes <= MINUTES_MAXIMUM:
        found["minutes"] = f"Whole minutes from 1 to {MINUTES_MAXIMUM}."
    for name in ("home_practice", "note"):
        if len(getattr(training, name)) > TEXT_MAXIMUM:
            found[name] = f"At most {TEXT_MAXIMUM} characters."
    if len(training.feedback) > FEEDBACK_MAXIMUM:
        found[""] = f"At most {FEEDBACK_MAXIMUM} unwanted movements in one visit."
    seen: set[tuple[Method, Place]] = set()
    for number, one in enumerate(training.feedback, 1):
        if words := _feedback_problem(one, training.methods, seen):
            found[f"feedback-{number}"] = words
        seen.add((one.method, one.place))
    return found


def _feedback_problem(one: Feedback, methods: Collection[Method], seen: Collection[tuple[Method, Place]]) -> str:
    if not one.method.gives_feedback:
        return "Feedback comes from a mirror, a video or EMG."
    if one.method not in methods:
        return f"{one.method.label} is not ticked among the methods of this visit."
    if one.place.side is Side.MIDLINE:
        return "Choose the patient’s right or left."
    if (one.place.movement, one.place.group) in OWN_MOVEMENT:
        return "This is the asked movement itself: there is nothing unwanted in it."
    if any(grade is not None and not 0 <= grade <= MAXIMUM for grade in (one.grade_before, one.grade_after)):
        return f"Grades go from 0 to {MAXIMUM}."
    if len(one.note) > TEXT_MAXIMUM:
        return f"The note has at most {TEXT_MAXIMUM} characters."
    if (one.method, one.place) in seen:
        return "The same movement with the same method stands above already."
    return ""


def texts(training: Training) -> dict[str, str]:
    """Every value as text, by name, for the audit trail."""
    found = {
        "minutes": "" if training.minutes is None else str(training.minutes),
        "methods": " ".join(training.methods),
        "home_practice": training.home_practice.strip(),
        "note": training.note.strip(),
    }
    for number, one in enumerate(training.feedback, 1):
        note = f"; {one.note.strip()}" if one.note.strip() else ""
        found[f"feedback {number}"] = f"{one.method} {one.place.key} {one.brought_down}; {one.grades}{note}"
    return found
