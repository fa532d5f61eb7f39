"""The open targets of a patient's plan, as they lie over a draft's chart."""

from __future__ import annotations

from dataclasses import dataclass

from clinic.domain.anatomy import Side
from clinic.domain.plan_words import dose_words, place_words, title
from clinic.domain.planned_given import given_targets
from clinic.domain.plans import PlanItem, Target
from clinic.domain.quantities import NBSP, format_units
from clinic.domain.target_places import target_places
from clinic.domain.visit_content import VisitContent
from clinic.queries.visit_record import VisitRecord


@dataclass(frozen=True, slots=True)
class PlannedTarget:
    """An open target: its muscle and places on the face with ``label``, and what the panel says of it.

    ``places`` are in hundredths of a geometry unit.
    """

    id: str
    muscle: str
    side: Side
    places: tuple[tuple[int, int], ...]
    label: str
    place: str
    dose: str
    state: str
    reason: str
    guard_reason: str


def planned_layer(record: VisitRecord) -> tuple[PlannedTarget, ...]:
    """The open targets of a draft's patient, in the plan's order; none where nothing is brought into the draft."""
    if record.session is None or record.session.transcribed or record.visit.amends_id:
        return ()
    pairs = ((item, item.entry.details) for item in record.plan.items if item.is_open)
    return tuple(_target(item, details) for item, details in pairs if isinstance(details, Target))


def targets_to_mark(record: VisitRecord, content: VisitContent) -> tuple[str, ...]:
    """The open targets that a signature under this content sets to done, in words."""
    if content.session is None or record.visit.amends_id:
        return ()
    marked = given_targets(record.plan.items, content.session.sites)
    return tuple(title(item.entry.details) for item, _ in marked)


def _target(item: PlanItem, target: Target) -> PlannedTarget:
    dose = format_units(target.units) if target.units_per_site else "dose open"
    return PlannedTarget(
        id=item.id,
        muscle=target.muscle,
        side=target.side,
        places=tuple((one.x, one.y) for one in target_places(target)),
        label=f"plan{NBSP}{dose}",
        place=place_words(target),
        dose=dose_words(target),
        state=item.entry.state.value,
        reason=item.entry.reason,
        guard_reason=target.guard_reason,
    )
