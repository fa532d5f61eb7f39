"""The plan and the training of a visit as shown, signed and printed (since schema 3 of the visit's content)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class PlanItemContent:
    """One item of the plan as known then. ``title`` is what it is in one line, ``lines`` its details in words.

    ``muscle``, ``side``, ``product``, ``sites`` and ``units`` are of targets for toxin; units in all, 0 while open.
    """

    id: str
    kind: str
    kind_label: str
    number: int
    state: str
    title: str
    lines: tuple[tuple[str, str], ...]
    reason: str
    rules: tuple[str, ...]
    note: str
    muscle: str
    side: str
    product: str
    sites: int
    units: Decimal
    due_on: date | None
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class GoalRatingContent:
    """How far a goal was reached at the visit, -2 to +2."""

    goal: str
    goal_words: str
    level: int
    level_words: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PlanningAnswerContent:
    """A question of planning as answered."""

    question: str
    theme: str
    label: str
    answer: str
    detail: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MuscleBlockContent:
    """A test block with a local anaesthetic, and what it changed, in words."""

    id: str
    muscle: str
    muscle_label: str
    side: str
    agent: str
    results: tuple[tuple[str, str], ...]
    patient_says: str
    note: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FeedbackContent:
    """One unwanted movement that feedback was given on."""

    method: str
    side: str
    movement: str
    group: str
    words: str
    brought_down: str
    grades: str
    note: str


@dataclass(frozen=True, slots=True)
class TrainingContent:
    """A therapist's visit."""

    minutes: int | None
    methods: tuple[str, ...]
    feedback: tuple[FeedbackContent, ...]
    home_practice: str
    note: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PlannedGivenContent:
    """One muscle on one side and product: what the plan says and what the chart holds, and the difference in words."""

    muscle: str
    muscle_label: str
    side: str
    product: str
    product_name: str
    planned: Decimal | None
    charted: Decimal | None
    words: str
