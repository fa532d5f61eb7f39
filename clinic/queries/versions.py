"""Which version of a visit counts: said by other rows, never by the visit itself."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, exists

from clinic.domain.visits import Disposition, VisitState
from clinic.models import Visit, VisitVoid
from clinic.queries.aliases import second_name

_NEWER = second_name(Visit)
"""Made once, like every alias that a page needs often: SQLAlchemy copies all columns for it."""


def in_force(visit: Any = Visit) -> ColumnElement[bool]:
    """No newer signed version replaces the visit."""
    return ~exists().where(
        _NEWER.clinic_id == visit.clinic_id, _NEWER.amends_id == visit.id, _NEWER.state == VisitState.SIGNED
    )


def not_voided(visit: Any = Visit) -> ColumnElement[bool]:
    """Nobody voided the visit, as given or as not given."""
    return ~exists().where(VisitVoid.clinic_id == visit.clinic_id, VisitVoid.visit_id == visit.id)


def units_stand(visit: Any = Visit) -> ColumnElement[bool]:
    """What the visit gave is in the patient: nobody voided it as not given."""
    void = (VisitVoid.clinic_id == visit.clinic_id, VisitVoid.visit_id == visit.id)
    return ~exists().where(*void, VisitVoid.disposition == Disposition.NOT_GIVEN)
