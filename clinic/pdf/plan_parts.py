"""Plan, planning answers, test blocks and training on paper, in the words of the visit's frozen content."""

from __future__ import annotations

from collections.abc import Sequence

from reportlab.platypus import Flowable

from clinic.domain.plan_content import (
    GoalRatingContent,
    MuscleBlockContent,
    PlanItemContent,
    PlannedGivenContent,
    PlanningAnswerContent,
    TrainingContent,
)
from clinic.domain.quantities import format_units
from clinic.domain.visit_content import VisitContent
from clinic.pdf.flowables import Para, h2
from clinic.pdf.style import BODY, SMALL, STRONG
from clinic.pdf.tables import Column, DataTable, Row
from clinic.pdf.text import Run
from clinic.pdf.words import Times, counted, side_words


def plan_sections(content: VisitContent, times: Times) -> list[list[Flowable]]:
    """The sections of what was planned, tried and trained, in the order in which a clinician reads them."""
    return [
        *(training_part(one, times) for one in content.training),
        *(block_part(one, times) for one in content.blocks),
        items_part(content.plan, content.goal_ratings),
        planned_given_part(content.planned_given),
        answers_part(content.planning_answers),
    ]


def training_part(training: TrainingContent, times: Times) -> list[Flowable]:
    """A therapist's visit, with what feedback brought down."""
    said = [counted(training.minutes, "minute") if training.minutes else "", ", ".join(training.methods)]
    words = f"{'; '.join(part for part in said if part) or 'Nothing named'}. {training.by}, {times.full(training.at)}."
    found: list[Flowable] = [h2("Therapist’s visit"), Para(words)]
    if training.feedback:
        columns = [Column("Feedback", 100), Column("Unwanted movement", 170), Column("Result", 130)]
        rows = [
            Row(
                (
                    one.method,
                    f"{one.words}, {side_words(one.side)}",
                    (Run(one.brought_down, STRONG), Run(f"\n{one.grades}" if one.grades else "", SMALL)),
                ),
                one.note,
            )
            for one in training.feedback
        ]
        found.append(DataTable(columns, rows, row_headers=True))
    if training.home_practice:
        found.append(Para((Run("Practice at home: ", STRONG), Run(training.home_practice, BODY))))
    return [*found, Para(training.note)] if training.note else found


def block_part(block: MuscleBlockContent, times: Times) -> list[Flowable]:
    """A test block and what it changed."""
    results = "; ".join(f"{label}: {words}" for label, words in block.results) or "nothing measured"
    found: list[Flowable] = [
        h2(f"Test block of {block.muscle_label}, {side_words(block.side)}"),
        Para((Run(f"{results}. ", STRONG), Run(f"{block.agent}. {block.by}, {times.full(block.at)}.", BODY))),
    ]
    if block.patient_says:
        found.append(Para((Run("The patient says: ", STRONG), Run(block.patient_says, BODY))))
    return [*found, Para(block.note)] if block.note else found


def items_part(items: Sequence[PlanItemContent], ratings: Sequence[GoalRatingContent]) -> list[Flowable]:
    """The plan as it stood, by kind, each item with its state and reason; goals with how far they are reached."""
    if not items and not ratings:
        return []
    found: list[Flowable] = [h2("Plan")]
    for one in ratings:
        found.append(Para((Run(f"Goal: {one.goal_words} ", STRONG), Run(one.level_words, BODY)), after=2))
    if items:
        columns = [Column("What", 210), Column("State", 62), Column("Why", 170)]
        found.append(DataTable(columns, [_item_row(one) for one in items], row_headers=True))
    return found


def _item_row(item: PlanItemContent) -> Row:
    details = "".join(f"\n{label}: {words}" for label, words in item.lines)
    rules = f"\nRules: {', '.join(item.rules)}" if item.rules else ""
    return Row(
        (
            (Run(f"{item.kind_label.capitalize()}\n", SMALL), Run(item.title, STRONG), Run(details, SMALL)),
            (Run(item.state, BODY), Run(f"\n{item.note}" if item.note else "", SMALL)),
            (Run(item.reason or "–", BODY), Run(f"{rules}\n{item.by}", SMALL)),
        )
    )


def planned_given_part(rows: Sequence[PlannedGivenContent]) -> list[Flowable]:
    """What was planned beside what was charted, muscle by muscle; products are never added."""
    if not rows:
        return []
    columns = [
        Column("Muscle", 130),
        Column("Product", 120),
        Column("Planned", 60, "right"),
        Column("Charted", 60, "right"),
        Column("Difference", 90, "right"),
    ]
    cells = [
        Row(
            (
                f"{one.muscle_label}, {side_words(one.side)}",
                one.product_name,
                "–" if one.planned is None else format_units(one.planned),
                "–" if one.charted is None else format_units(one.charted),
                one.words,
            )
        )
        for one in rows
    ]
    return [h2("Planned against charted"), DataTable(columns, cells, row_headers=True)]


def answers_part(answers: Sequence[PlanningAnswerContent]) -> list[Flowable]:
    """Red flags and criteria as answered, in one small paragraph a theme."""
    found: list[Flowable] = []
    for theme in dict.fromkeys(one.theme for one in answers):
        said = [
            f"{one.label}: {one.answer}{f' ({one.detail})' if one.detail else ''}"
            for one in answers
            if one.theme == theme
        ]
        found.append(
            Para((Run(f"{theme.capitalize()}. ", STRONG), Run(f"{'; '.join(said)}. {answers[0].by}.", SMALL)), after=3)
        )
    return [h2("Asked for the plan"), *found] if found else []
