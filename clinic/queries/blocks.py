"""Test blocks of a patient, as the pages show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import exists, or_, select

from clinic.domain.anatomy import muscle_label
from clinic.domain.visits import VisitState
from clinic.domain.wording import side_words
from clinic.models import MuscleBlock, Visit
from clinic.queries.aliases import second_name
from clinic.queries.plan_contents import block_agent, block_results
from clinic.queries.plan_record import BlockRow, block_columns
from clinic.queries.together import AnySelect
from clinic.queries.versions import in_force, not_voided
from clinic.unit_of_work import UnitOfWork

_DRAFT = second_name(Visit)


@dataclass(frozen=True, slots=True)
class BlockView:
    """One test block in words, with the visit and the day on which it was done."""

    row: BlockRow
    visit_id: str
    on: date

    @property
    def place(self) -> str:
        """``Depressor anguli oris, patient’s left``."""
        return f"{muscle_label(self.row.muscle)}, {side_words(self.row.side.value)}"

    @property
    def agent(self) -> str:
        """``lidocaine 1 %, 0.5 mL``."""
        return block_agent(self.row)

    @property
    def results(self) -> tuple[tuple[str, str], ...]:
        """What it changed, as (measure, ``4 → 7 mm, +3 mm``)."""
        return block_results(self.row)


def blocks_select(uow: UnitOfWork, patient_id: str, visit_id: str) -> dict[str, AnySelect]:
    """The select behind ``block_views``: blocks of a visit itself, and of signed visits that stand."""
    b = MuscleBlock
    row = select(b.visit_id, Visit.on, *block_columns()).join(
        Visit, (Visit.clinic_id == b.clinic_id) & (Visit.id == b.visit_id)
    )
    of_patient = (Visit.clinic_id == uow.clinic_id, Visit.patient_id == patient_id)
    replaced = exists().where(_DRAFT.clinic_id == Visit.clinic_id, _DRAFT.id == visit_id, _DRAFT.amends_id == Visit.id)
    signed = (Visit.state == VisitState.SIGNED) & in_force() & not_voided() & ~replaced
    return {"block": row.where(*of_patient, or_(Visit.id == visit_id, signed))}


def block_views(rows: Mapping[str, list[tuple[Any, ...]]]) -> tuple[BlockView, ...]:
    """The blocks from the rows of ``blocks_select``, newest first."""
    found = (BlockView(BlockRow(*row), visit_id, on) for visit_id, on, *row in rows["block"])
    return tuple(sorted(found, key=lambda one: (one.on, one.row.at, one.row.id), reverse=True))
