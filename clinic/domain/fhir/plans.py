"""The plan: its items as activities of one care plan, its goals as goals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from clinic.domain.fhir.resources import Resource, concept, day, entry, joined, moment, note, own, reference
from clinic.domain.plan_content import PlanItemContent
from clinic.domain.plans import ItemKind, PlanState

_ACTIVITIES: Final = {
    PlanState.PROPOSED: "not-started",
    PlanState.AGREED: "scheduled",
    PlanState.DONE: "completed",
    PlanState.DECLINED: "cancelled",
    PlanState.SUPERSEDED: "stopped",
}
_GOALS: Final = {
    PlanState.PROPOSED: "proposed",
    PlanState.AGREED: "accepted",
    PlanState.DONE: "completed",
    PlanState.DECLINED: "rejected",
    PlanState.SUPERSEDED: "cancelled",
}


def plan(patient_id: str, items: Sequence[PlanItemContent]) -> list[Resource]:
    """The care plan with its goals; nothing where nothing is planned."""
    if not items:
        return []
    goals = [one for one in items if one.kind == ItemKind.GOAL.value]
    others = [one for one in items if one.kind != ItemKind.GOAL.value]
    is_open = any(PlanState(one.state) in {PlanState.PROPOSED, PlanState.AGREED} for one in items)
    whole = {
        "status": "active" if is_open else "completed",
        "intent": "plan",
        "title": "Plan for facial synkinesis",
        "subject": reference("Patient", patient_id),
        "created": moment(min(one.at for one in items)),
        "goal": [reference("Goal", one.id) for one in goals],
        "activity": [_activity(one) for one in others],
    }
    return [*(_goal(patient_id, one) for one in goals), entry("CarePlan", patient_id, whole)]


def _goal(patient_id: str, item: PlanItemContent) -> Resource:
    return entry(
        "Goal",
        item.id,
        {
            "lifecycleStatus": _GOALS[PlanState(item.state)],
            "description": concept(item.title),
            "subject": reference("Patient", patient_id),
            "target": [{"dueDate": day(item.due_on)}] if item.due_on else [],
            "expressedBy": reference("Patient", patient_id),
            **note(_details(item), item.note),
        },
    )


def _activity(item: PlanItemContent) -> Resource:
    detail: Resource = {
        "code": own("plan-item", item.kind, f"{item.kind_label} {item.number}: {item.title}"),
        "status": _ACTIVITIES[PlanState(item.state)],
        "description": joined((_details(item), item.note, f"entered by {item.by}" if item.by else "")) or item.title,
    }
    if item.due_on:
        detail["scheduledString"] = f"due {day(item.due_on)}"
    if item.reason:
        detail["reasonCode"] = [concept(item.reason)]
    return {"detail": detail}


def _details(item: PlanItemContent) -> str:
    return joined(f"{name}: {value}" for name, value in item.lines)
