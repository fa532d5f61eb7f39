"""The plan, planning answers, test blocks and training of a visit as frozen content."""

from __future__ import annotations

from decimal import Decimal

from clinic.domain.anatomy import muscle_label
from clinic.domain.muscle_blocks import format_tenths
from clinic.domain.plan_content import (
    FeedbackContent,
    GoalRatingContent,
    MuscleBlockContent,
    PlanItemContent,
    PlanningAnswerContent,
    TrainingContent,
)
from clinic.domain.plan_words import LEVEL_WORDS, due_on, level_text, lines, title
from clinic.domain.plans import Goal, PlanItem, Target
from clinic.domain.quantities import MINUS, NBSP
from clinic.queries.plan_record import BlockRow, FeedbackRow, VisitPlan
from clinic.queries.visit_record import VisitRecord


def plan_contents(record: VisitRecord) -> tuple[PlanItemContent, ...]:
    """The open items of the plan, and those that this visit closed."""
    items = (one for one in record.plan.items if one.is_open or one.visit_id in record.plan.versions)
    return tuple(plan_item_content(one) for one in items)


def plan_item_content(item: PlanItem) -> PlanItemContent:
    """One item in words."""
    entry, details = item.entry, item.entry.details
    target = details if isinstance(details, Target) else None
    return PlanItemContent(
        id=item.id,
        kind=item.kind.value,
        kind_label=item.kind.label,
        number=item.number,
        state=entry.state.value,
        title=title(details),
        lines=lines(details),
        reason=entry.reason,
        rules=entry.rules,
        note=entry.note,
        muscle=target.muscle if target else "",
        side=target.side.value if target else "",
        product=(target.product or "") if target else "",
        sites=target.sites if target else 0,
        units=target.units if target else Decimal(0),
        due_on=due_on(details),
        by=item.by,
        at=item.at,
    )


def goal_rating_contents(plan: VisitPlan) -> tuple[GoalRatingContent, ...]:
    """How far each goal was reached, in the order of the goals."""
    goals = {one.id: one.entry.details for one in plan.items}
    order = list(goals)
    rated = (row for row in plan.ratings if row.item_id in goals)
    found = []
    for row in sorted(rated, key=lambda one: order.index(one.item_id)):
        goal = goals[row.item_id]
        agreed = dict(goal.levels).get(row.level, "") if isinstance(goal, Goal) else ""
        words = f"{level_text(row.level)}, {LEVEL_WORDS[row.level]}{f': {agreed}' if agreed else ''}"
        found.append(GoalRatingContent(row.item_id, title(goal), row.level, words, row.by, row.at))
    return tuple(found)


def planning_answer_contents(plan: VisitPlan) -> tuple[PlanningAnswerContent, ...]:
    """The questions of planning as answered."""
    return tuple(
        PlanningAnswerContent(
            row.question.value,
            row.question.theme.value,
            row.question.label,
            row.answer.value,
            row.detail,
            row.by,
            row.at,
        )
        for row in plan.answers
    )


def block_contents(plan: VisitPlan) -> tuple[MuscleBlockContent, ...]:
    """The test blocks of the visit."""
    return tuple(
        MuscleBlockContent(
            id=row.id,
            muscle=row.muscle,
            muscle_label=muscle_label(row.muscle),
            side=row.side.value,
            agent=block_agent(row),
            results=block_results(row),
            patient_says=row.patient_says,
            note=row.note,
            by=row.by,
            at=row.at,
        )
        for row in plan.blocks
    )


def block_agent(row: BlockRow) -> str:
    """``lidocaine 1 %, 0.5 mL``; the volume is left out where nobody noted it."""
    return row.agent if row.tenths_ml is None else f"{row.agent}, {format_tenths(row.tenths_ml)}{NBSP}mL"


def block_results(row: BlockRow) -> tuple[tuple[str, str], ...]:
    """What a block changed, as (measure, ``4 → 7 mm, +3 mm``); what was not measured is left out."""
    measured = (
        ("Excursion of the mouth corner", row.excursion_before, row.excursion_after),
        ("Dental show", row.dental_show_before, row.dental_show_after),
    )
    found = []
    for label, before, after in measured:
        if before is None and after is None:
            continue
        shown = f"{_measured(before)} \N{RIGHTWARDS ARROW} {_measured(after)}{NBSP}mm"
        if before is not None and after is not None:
            shown += f", {_signed(after - before)}{NBSP}mm"
        found.append((label, shown))
    return tuple(found)


def _measured(tenths: int | None) -> str:
    return "not measured" if tenths is None else format_tenths(tenths)


def _signed(tenths: int) -> str:
    sign = "+" if tenths > 0 else MINUS if tenths < 0 else "±"
    return f"{sign}{format_tenths(abs(tenths))}"


def training_contents(plan: VisitPlan) -> tuple[TrainingContent, ...]:
    """The therapist's visit, if there was one."""
    row = plan.training
    if row is None:
        return ()
    return (
        TrainingContent(
            minutes=row.minutes,
            methods=tuple(one.label for one in row.methods),
            feedback=tuple(_feedback(one) for one in row.feedback),
            home_practice=row.home_practice,
            note=row.note,
            by=row.by,
            at=row.at,
        ),
    )


def _feedback(row: FeedbackRow) -> FeedbackContent:
    grades = [row.grade_before, row.grade_after]
    known = [str(one) if one is not None else "–" for one in grades]
    return FeedbackContent(
        method=row.method.label,
        side=row.place.side.value,
        movement=row.place.movement.value,
        group=row.place.group.value,
        words=row.place.words,
        brought_down={"yes": "brought down", "partly": "partly brought down", "no": "not brought down"}[
            row.brought_down.value
        ],
        grades=f"grade {known[0]} \N{RIGHTWARDS ARROW} {known[1]}" if any(one is not None for one in grades) else "",
        note=row.note,
    )
