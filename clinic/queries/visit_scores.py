"""The scores of a patient's signed visits in one line each, for the timeline."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache

from sqlalchemy import bindparam, select

from clinic.domain import assessments
from clinic.domain.anatomy import Side
from clinic.domain.quantities import format_number
from clinic.domain.visits import VisitState
from clinic.models import Assessment, AssessmentScore, Visit
from clinic.queries.together import AnySelect
from clinic.unit_of_work import UnitOfWork


@cache
def _of_patient() -> AnySelect:
    a, s = Assessment, AssessmentScore
    return (
        select(a.visit_id, a.instrument, a.version, a.side, s.score, s.value)
        .join(s, (s.clinic_id == a.clinic_id) & (s.assessment_id == a.id))
        .join(Visit, (Visit.clinic_id == a.clinic_id) & (Visit.id == a.visit_id))
        .where(Visit.patient_id == bindparam("patient_id"), Visit.state == VisitState.SIGNED)
        .order_by(a.rated_at, a.id)
    )


def visit_scores(uow: UnitOfWork, patient_id: str) -> Mapping[str, str]:
    """``Sunnybrook 70 (left), SAQ 51.11`` by visit, of the first rater of each.

    A draft says nothing: somebody may still have to grade it without seeing another's.
    """
    rows = uow.session.execute(_of_patient(), {"patient_id": patient_id})
    found: dict[str, dict[tuple[str, str, str], Decimal]] = {}
    for visit_id, key, version, side, score, value in rows:
        if assessments.instrument(key, version).score_kind(score).trend and key != "measures":
            found.setdefault(visit_id, {}).setdefault((key, side.value if side else "", score), value)
    return {visit_id: _line(scores) for visit_id, scores in found.items()}


def _line(scores: Mapping[tuple[str, str, str], Decimal]) -> str:
    """In the order of the instruments, the patient's right before the left. A side that was graded is always said."""
    order = list(assessments.INSTRUMENTS)
    sides = ["", Side.RIGHT.value, Side.LEFT.value]
    said = []
    for (key, side, score), value in sorted(
        scores.items(), key=lambda one: (order.index(one[0][0]), sides.index(one[0][1]))
    ):
        instrument = assessments.instrument(key)
        trends = [kind for kind in instrument.scores if kind.trend]
        named = f" {instrument.score_kind(score).label.lower()}" if len(trends) > 1 else ""
        said.append(f"{instrument.short_title}{named} {format_number(value)}{f' ({side})' if side else ''}")
    return ", ".join(said)
