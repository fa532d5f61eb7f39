"""Recording a test block in a draft, and taking out one that was entered by mistake."""

from __future__ import annotations

from dataclasses import fields

from clinic.domain.actors import Permission
from clinic.domain.errors import Invalid, NotFound
from clinic.domain.events import Action, Event
from clinic.domain.muscle_blocks import BlockEntry, problems, texts
from clinic.models import MuscleBlock
from clinic.services.authority import require
from clinic.services.drafts import held_beside
from clinic.unit_of_work import UnitOfWork


def record_block(uow: UnitOfWork, visit_id: str, entry: BlockEntry) -> str:
    """Record a test block in a draft; gives its id. Raises NotFound, Frozen, NotPermitted, or Invalid by field."""
    visit = held_beside(uow, visit_id, Permission.VISIT_CHART)
    require(uow, Permission.TARGET_WRITE)
    if found := problems(entry):
        raise Invalid(found)
    row = MuscleBlock(
        clinic_id=uow.clinic_id,
        id=uow.new_id(),
        visit_id=visit_id,
        muscle=entry.muscle,
        side=entry.side,
        agent=entry.agent.strip(),
        tenths_ml=entry.tenths_ml,
        excursion_before=entry.excursion_before,
        excursion_after=entry.excursion_after,
        dental_show_before=entry.dental_show_before,
        dental_show_after=entry.dental_show_after,
        patient_says=entry.patient_says.strip(),
        note=entry.note.strip(),
        done_by=uow.actor.name,
        done_at=uow.now,
    )
    uow.session.add(row)
    new = texts(entry) | {"block": row.id}
    uow.record(Event(Action.BLOCK_RECORDED, f"visit:{visit_id}", visit.patient_id, new=new))
    return row.id


def remove_block(uow: UnitOfWork, visit_id: str, block_id: str) -> None:
    """Take a test block out of its draft. Raises NotFound for a block of another visit; else as ``record_block``."""
    visit = held_beside(uow, visit_id, Permission.VISIT_CHART)
    require(uow, Permission.TARGET_WRITE)
    row = uow.session.get(MuscleBlock, (uow.clinic_id, block_id))
    if row is None or row.visit_id != visit_id:
        raise NotFound
    old = texts(BlockEntry(**{one.name: getattr(row, one.name) for one in fields(BlockEntry)}))
    uow.session.delete(row)
    uow.record(Event(Action.BLOCK_REMOVED, f"visit:{visit_id}", visit.patient_id, old=old | {"block": block_id}))
