"""The plan and training of a visit's content as named sheets of parts, for telling what an amendment changes."""

from __future__ import annotations

from clinic.domain.visit_content import VisitContent

Sheet = tuple[str, list[str]]


def plan_sheets(content: VisitContent) -> list[Sheet]:
    """Each item of the plan, rating, answer, block and therapist's visit as (name, parts)."""
    told: list[Sheet] = []
    for item in content.plan:
        details = [f"{label}: {words}" for label, words in item.lines]
        told.append((f"Plan, {item.kind_label}: {item.title}", [item.state, item.reason, *details, item.note]))
    told += [(f"Goal reached: {one.goal_words}", [one.level_words]) for one in content.goal_ratings]
    told += [(one.label, [one.answer, one.detail]) for one in content.planning_answers]
    for block in content.blocks:
        results = [f"{label}: {words}" for label, words in block.results]
        name = f"Test block of {block.muscle_label}, {block.side}"
        told.append((name, [block.agent, *results, block.patient_says, block.note]))
    for one in content.training:
        minutes = "" if one.minutes is None else f"{one.minutes} minutes"
        feedback = [f"{row.method}: {row.side}, {row.words}: {row.brought_down} {row.grades}" for row in one.feedback]
        told.append(("Therapist’s visit", [minutes, *one.methods, *feedback, one.home_practice, one.note]))
    return told
