"""The selects behind the facts of planning: what stands in signed visits of a patient, and in one draft."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select

from clinic.domain.assessments.grid import GRID
from clinic.domain.assessments.house_brackmann import HOUSE_BRACKMANN
from clinic.domain.assessments.sunnybrook import SUNNYBROOK
from clinic.domain.patient_forms import UNSENT_URGENT
from clinic.domain.patients import EarlierTreatmentKind
from clinic.domain.visits import VisitState
from clinic.models import (
    Assessment,
    AssessmentAnswer,
    AssessmentScore,
    Clinic,
    Condition,
    DosePreset,
    EarlierTreatment,
    MuscleStatus,
    Patient,
    PatientForm,
    PlanningAnswer,
    SafetyFact,
    ScreeningAnswer,
    SynkinesisFinding,
    TrainingSession,
    Visit,
    VisitCondition,
)
from clinic.queries.adverse_events import event_selects
from clinic.queries.aliases import second_name
from clinic.queries.given_sessions import given_selects
from clinic.queries.plan_items import plan_selects
from clinic.queries.standing_reviews import standing_selects
from clinic.queries.together import AnySelect
from clinic.queries.versions import in_force, not_voided
from clinic.unit_of_work import UnitOfWork

_DRAFT = second_name(Visit)


def planning_selects(uow: UnitOfWork, patient_id: str, visit_id: str | None) -> dict[str, AnySelect]:
    """Every select that ``planning_facts`` reads; those of its own begin with "planning_"."""
    visit = visit_id or ""
    own = _around(uow, patient_id, visit) | _of_visits(uow, patient_id, visit) | _answers(uow, visit)
    found = {f"planning_{name}": query for name, query in own.items()}
    found |= plan_selects(uow, patient_id) | given_selects(uow, patient_id)
    return found | standing_selects(uow, patient_id) | event_selects(uow, patient_id)


def _around(uow: UnitOfWork, patient_id: str, visit_id: str) -> dict[str, AnySelect]:
    c, chosen, t, m, f, p = Condition, VisitCondition, EarlierTreatment, MuscleStatus, SafetyFact, DosePreset
    here = uow.clinic_id
    palsy = (
        select(c.id, c.side, c.cause, c.onset_on, c.onset_precision, c.worst_house_brackmann)
        .outerjoin(
            chosen,
            (chosen.clinic_id == c.clinic_id) & (chosen.condition_id == c.id) & (chosen.visit_id == visit_id),
        )
        .where(c.clinic_id == here, c.patient_id == patient_id)
        .where(or_(c.retired_at.is_(None), chosen.condition_id.is_not(None)))
    )
    trained = (
        select(t.on, t.precision)
        .join(c, (c.clinic_id == t.clinic_id) & (c.id == t.condition_id))
        .where(t.clinic_id == here, c.patient_id == patient_id, c.retired_at.is_(None))
        .where(t.kind == EarlierTreatmentKind.TRAINING, t.retired_at.is_(None))
    )
    head = select(Patient.birth_date, Clinic.time_zone).join(Clinic, Clinic.id == Patient.clinic_id)
    visit = select(Visit.on, Visit.state, Visit.amends_id, Visit.author_id)
    return {
        "patient": head.where(Patient.clinic_id == here, Patient.id == patient_id),
        "visit": visit.where(Visit.clinic_id == here, Visit.id == visit_id, Visit.patient_id == patient_id),
        "palsy": palsy,
        "trained": trained,
        "status": select(m.muscle, m.side, m.state).where(
            m.clinic_id == here, m.patient_id == patient_id, m.retired_at.is_(None)
        ),
        "safety": select(f.kind, f.answer).where(f.clinic_id == here, f.patient_id == patient_id),
        "preset": select(p.product, p.muscle, p.site_group, p.per_site_low, p.per_site_high).where(
            p.clinic_id == here, p.retired_at.is_(None)
        ),
        "urgent_form": _urgent_forms(uow, patient_id),
    }


def _urgent_forms(uow: UnitOfWork, patient_id: str) -> AnySelect:
    """Answers that ask for help at once, as Today lists them: of a draft, or not sent and younger than a day."""
    f = PatientForm
    unseen = f.sent_at.is_(None) & (f.urgent_at > uow.now - UNSENT_URGENT)
    return (
        select(f.urgent_at)
        .join(Visit, (Visit.clinic_id == f.clinic_id) & (Visit.id == f.visit_id))
        .where(f.clinic_id == uow.clinic_id, f.patient_id == patient_id, f.urgent_at.is_not(None))
        .where((Visit.state == VisitState.DRAFT) | unseen)
    )


def _of_visits(uow: UnitOfWork, patient_id: str, visit_id: str) -> dict[str, AnySelect]:
    a, s, n, f, t = Assessment, AssessmentScore, AssessmentAnswer, SynkinesisFinding, TrainingSession
    kinds = (GRID, SUNNYBROOK.key, HOUSE_BRACKMANN.key)
    head = select(a.id, a.visit_id, Visit.on, a.instrument, a.side, a.rater_id, a.rated_at, a.rater_name)
    graded = select(f.assessment_id, f.side, f.movement, f.muscle_group, f.grade, f.bother)
    moved = select(n.assessment_id, n.item, n.value).join(a, (a.clinic_id == n.clinic_id) & (a.id == n.assessment_id))
    scored = select(s.assessment_id, s.score, s.value).join(a, (a.clinic_id == s.clinic_id) & (a.id == s.assessment_id))
    queries = {
        "assessment": head.join(Visit, _visit_of(a)).where(a.instrument.in_(kinds), a.patient_reported.is_(False)),
        "cell": graded.join(Visit, _visit_of(f)),
        "moved": moved.join(Visit, _visit_of(n)).where(a.instrument == SUNNYBROOK.key, n.item.like("move%")),
        "scored": scored.join(Visit, _visit_of(s)).where(
            a.instrument.in_(kinds[1:]), s.score.in_(("composite", "grade"))
        ),
        "training": select(Visit.on).join(t, (t.clinic_id == Visit.clinic_id) & (t.visit_id == Visit.id)),
    }
    return {name: _known(uow, patient_id, visit_id, query) for name, query in queries.items()}


def _visit_of(child: Any) -> ColumnElement[bool]:
    return (Visit.clinic_id == child.clinic_id) & (Visit.id == child.visit_id)  # type: ignore[no-any-return]


def _known(uow: UnitOfWork, patient_id: str, visit_id: str, query: AnySelect) -> AnySelect:
    """Only of the visit itself, and of signed visits that stand; not of the version that the visit is to replace."""
    replaced = exists().where(_DRAFT.clinic_id == Visit.clinic_id, _DRAFT.id == visit_id, _DRAFT.amends_id == Visit.id)
    standing = (Visit.state == VisitState.SIGNED) & in_force() & not_voided() & ~replaced
    of_patient = (Visit.clinic_id == uow.clinic_id, Visit.patient_id == patient_id)
    return query.where(*of_patient, or_(Visit.id == visit_id, standing))


def _answers(uow: UnitOfWork, visit_id: str) -> dict[str, AnySelect]:
    s, p = ScreeningAnswer, PlanningAnswer
    return {
        "answer": select(s.question, s.answer).where(s.clinic_id == uow.clinic_id, s.visit_id == visit_id),
        "asked": select(p.question, p.answer).where(p.clinic_id == uow.clinic_id, p.visit_id == visit_id),
    }
