"""The home programme: what the plan holds for practice at home, in a fixed number of statements."""

from __future__ import annotations

from datetime import date

from clinic.domain.documents import home_programme as programmes
from clinic.domain.documents.content import DocumentDraft
from clinic.domain.documents.home_programme import Given, HomePlan
from clinic.domain.planning_facts import PlanningFacts
from clinic.domain.plans import Appointment, Exercise, Occasion, PlanItem, PlanState, Programme
from clinic.domain.therapy import refused
from clinic.queries.document_heads import Ask, document_head
from clinic.queries.planning_facts import planning
from clinic.unit_of_work import UnitOfWork


def home_programme(uow: UnitOfWork, ask: Ask) -> DocumentDraft:
    """The home programme of a patient as it stands today. Raises NotFound."""
    head = document_head(uow, ask)
    plan = home_plan(uow, ask.patient_id, head.today)
    language = head.language
    return head.draft(
        ask,
        language.texts[programmes.TEXT].title,
        programmes.blocks(plan, ask.left_out, language),
        choices=programmes.choices(plan, ask.left_out),
        problems=programmes.problems(plan, ask.left_out, language),
        notes=programmes.notes(plan, ask.left_out, language),
    )


def home_plan(uow: UnitOfWork, patient_id: str, today: date) -> HomePlan:
    """The open exercises, the open programme and the coming therapist's visits of a patient.

    An exercise that cannot be given now, by what signed visits say, tells why.
    """
    known = planning(uow, patient_id)
    items = [one for one in known.items if one.is_open]
    details = [one.entry.details for one in items]
    return HomePlan(
        exercises=tuple(found for one in items if (found := _given(one, known.facts))),
        programme=next((one for one in details if isinstance(one, Programme)), Programme()),
        sides=frozenset(side.value for side in known.facts.palsy_sides),
        appointments=tuple(
            sorted(
                (one.on, one.at)
                for one in details
                if isinstance(one, Appointment) and one.occasion is Occasion.THERAPY and one.on >= today
            )
        ),
        today=today,
    )


def _given(item: PlanItem, facts: PlanningFacts) -> Given | None:
    details = item.entry.details
    if not isinstance(details, Exercise):
        return None
    agreed = item.entry.state is PlanState.AGREED
    return Given(item.id, details, item.entry.reason, agreed, refused(facts, details.exercise))
