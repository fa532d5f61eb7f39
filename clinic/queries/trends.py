"""Scores, grids, sessions, reviews and other treatments of a patient, from signed visits that stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import aliased

from clinic.domain.adverse_events import KINDS
from clinic.domain.anatomy import muscle_label
from clinic.domain.assessments.grid import Place
from clinic.domain.patients import DatePrecision
from clinic.domain.products import product_name
from clinic.domain.quantities import format_units
from clinic.domain.reviews import benefit_words
from clinic.domain.trends import Measured, all_series
from clinic.domain.trends_content import TrendsContent
from clinic.domain.trends_patterns import Effect, Graded, pattern_groups
from clinic.domain.trends_sessions import Dose, OtherTreatment, Session, muscle_doses, other_treatment, span
from clinic.domain.visit_content import ClinicContent, PatientContent
from clinic.domain.visits import VisitState
from clinic.models import (
    Assessment,
    AssessmentScore,
    Clinic,
    Condition,
    EarlierTreatment,
    InjectionSession,
    InjectionSite,
    Lot,
    MuscleStatus,
    Review,
    ReviewEffect,
    ReviewEffectMuscle,
    SynkinesisFinding,
    Syringe,
    ToxinElsewhere,
    Vial,
    Visit,
)
from clinic.queries.adverse_events import event_rows, event_selects
from clinic.queries.outcomes import first_versions
from clinic.queries.patients import PatientStrip, strip
from clinic.queries.together import AnySelect, together
from clinic.queries.versions import in_force, not_voided
from clinic.unit_of_work import UnitOfWork

Rows = Mapping[str, list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Trends:
    """Who the page is about, and what it shows."""

    strip: PatientStrip
    content: TrendsContent


def trends(uow: UnitOfWork, patient_id: str) -> Trends:
    """The trends of a patient in five statements, whatever the number of visits. Raises NotFound."""
    who = strip(uow, patient_id)
    about = select(Clinic.name, Clinic.address, Clinic.phone, Clinic.time_zone).where(Clinic.id == uow.clinic_id)
    clinic = uow.session.execute(about).one()
    rows = together(uow, _selects(uow, patient_id))
    roots = first_versions(rows["outcome_version"])
    graded = tuple(graded_cell(row) for row in rows["cell"])
    effects = effects_said(rows, roots)
    sessions = _sessions(rows, effects, roots)
    series = all_series(Measured(*row) for row in rows["score"])
    others = others_listed(rows)
    doses = muscle_doses(sessions)
    days = [point.on for one in series for point in (*one.line, *one.beside)]
    days += [one.on for one in graded] + [one.on for one in sessions]
    content = TrendsContent(
        clinic=ClinicContent(*clinic),
        patient=patient_content(who),
        conditions=who.condition_text,
        on=who.today,
        series=series,
        patterns=pattern_groups(graded, effects, doses),
        sessions=sessions,
        doses=doses,
        others=others,
        span=span(days, others),
    )
    return Trends(who, content)


def patient_content(who: PatientStrip) -> PatientContent:
    """Who a page is about, as printed content names them."""
    return PatientContent(
        id=who.id,
        family_name=who.family_name,
        given_names=who.given_names,
        birth_date=who.birth_date,
        age=who.age,
        record_number=who.record_number,
        sex=who.sex.value,
        synthetic=who.synthetic,
    )


def _selects(uow: UnitOfWork, patient_id: str) -> dict[str, AnySelect]:
    found = outcome_selects(uow, patient_id)
    found |= {"dose": standing(uow, patient_id, _doses()), "score": score_select(uow, patient_id)}
    return found | other_selects(uow, patient_id) | event_selects(uow, patient_id)


def outcome_selects(uow: UnitOfWork, patient_id: str) -> dict[str, AnySelect]:
    """Graded cells, and what reviews said, of a patient's signed visits that stand."""
    a, f = Assessment, SynkinesisFinding
    cell = (
        select(Visit.id, Visit.on, a.rated_at, a.rater_name, f.side, f.movement, f.muscle_group, f.grade)
        .select_from(Visit)
        .join(a, _of(a, Visit))
        .join(f, (f.clinic_id == a.clinic_id) & (f.assessment_id == a.id))
        .where(f.grade.is_not(None))
    )
    said = {"cell": cell} | _review_selects()
    return {name: standing(uow, patient_id, query) for name, query in said.items()}


def score_select(uow: UnitOfWork, patient_id: str) -> AnySelect:
    """The scores of a patient in signed visits that stand, as the values of ``Measured``."""
    a, s = Assessment, AssessmentScore
    score = (
        select(
            Visit.id,
            Visit.on,
            a.rated_at,
            a.instrument,
            a.version,
            s.score,
            a.side,
            a.rater_name,
            a.patient_reported,
            s.value,
            s.text,
            s.flag,
            s.answered,
        )
        .select_from(Visit)
        .join(a, _of(a, Visit))
        .join(s, (s.clinic_id == a.clinic_id) & (s.assessment_id == a.id))
    )
    return standing(uow, patient_id, score)


def _doses() -> AnySelect:
    """What was given: sites marked given, and all of a transcribed session."""
    session, site = InjectionSession, InjectionSite
    return (
        select(
            Visit.id,
            Visit.on,
            session.touch_up_of,
            site.muscle,
            site.side,
            site.units,
            Lot.product,
            site.dose_product,
            session.transcribed_product,
        )
        .select_from(Visit)
        .join(session, _of(session, Visit))
        .join(site, _of(site, Visit))
        .outerjoin(Syringe, (Syringe.clinic_id == Visit.clinic_id) & (Syringe.id == site.syringe_id))
        .outerjoin(Vial, (Vial.clinic_id == Visit.clinic_id) & (Vial.id == Syringe.vial_id))
        .outerjoin(Lot, (Lot.clinic_id == Visit.clinic_id) & (Lot.id == Vial.lot_id))
        .where(or_(site.given_at.is_not(None), session.transcribed))
    )


def _review_selects() -> dict[str, AnySelect]:
    r, e, m, reviewed = Review, ReviewEffect, ReviewEffectMuscle, aliased(Visit)
    review = (
        select(
            r.id,
            Visit.on,
            r.session_id,
            reviewed.on.label("session_on"),
            r.wearing,
            r.worn_off_day,
            Visit.id.label("by"),
        )
        .select_from(Visit)
        .join(r, _of(r, Visit))
        .join(reviewed, (reviewed.clinic_id == r.clinic_id) & (reviewed.id == r.session_id))
    )
    effect = select(e.review_id, e.side, e.movement, e.muscle_group, e.effect, e.worse)
    muscle = select(m.review_id, m.side, m.movement, m.muscle_group, m.muscle, m.muscle_side)
    return {
        "review": review,
        "effect": effect.select_from(Visit).join(e, _of(e, Visit)),
        "effect_muscle": muscle.select_from(Visit).join(m, _of(m, Visit)),
    }


def other_selects(uow: UnitOfWork, patient_id: str) -> dict[str, AnySelect]:
    """Earlier treatments, operated muscles and toxin given elsewhere, each retired one left out."""
    t, m, e = EarlierTreatment, MuscleStatus, ToxinElsewhere
    treatment = (
        select(t.id, t.kind, t.on, t.precision, t.detail)
        .join(Condition, (Condition.clinic_id == t.clinic_id) & (Condition.id == t.condition_id))
        .where(t.clinic_id == uow.clinic_id, Condition.patient_id == patient_id, t.retired_at.is_(None))
        .where(Condition.retired_at.is_(None))
    )
    status = select(m.id, m.muscle, m.side, m.state, m.procedure, m.on).where(
        m.clinic_id == uow.clinic_id, m.patient_id == patient_id, m.retired_at.is_(None)
    )
    elsewhere = select(e.id, e.on, e.product, e.units, e.place).where(
        e.clinic_id == uow.clinic_id, e.patient_id == patient_id, e.retired_at.is_(None)
    )
    return {"treatment": treatment, "status": status, "elsewhere": elsewhere}


def _of(child: Any, visit: Any) -> ColumnElement[bool]:
    return (child.clinic_id == visit.clinic_id) & (child.visit_id == visit.id)  # type: ignore[no-any-return]


def standing(uow: UnitOfWork, patient_id: str, query: AnySelect) -> AnySelect:
    """Only from signed visits of the patient that are in force: neither replaced by a newer version nor voided."""
    of_patient = (Visit.clinic_id == uow.clinic_id, Visit.patient_id == patient_id)
    return query.where(*of_patient, Visit.state == VisitState.SIGNED, in_force(), not_voided())


def graded_cell(row: tuple[Any, ...]) -> Graded:
    """A graded cell from a row of ``outcome_selects``."""
    visit_id, on, rated_at, rater, side, movement, group, grade = row
    return Graded(visit_id, on, rated_at, rater, Place(side, movement, group), grade)


def effects_said(rows: Rows, roots: Mapping[str, str]) -> tuple[Effect, ...]:
    """What reviews said of patterns, from the rows of ``outcome_selects``."""
    muscles: dict[tuple[str, Place], list[tuple[str, Any]]] = {}
    for review_id, side, movement, group, muscle, muscle_side in rows["effect_muscle"]:
        muscles.setdefault((review_id, Place(side, movement, group)), []).append((muscle, muscle_side))
    reviews = {row[0]: row[1:] for row in rows["review"]}
    found = []
    for review_id, side, movement, group, effect, worse in rows["effect"]:
        on, session_id, session_on, wearing, worn_off, _ = reviews[review_id]
        place = Place(side, movement, group)
        linked = tuple(sorted(muscles.get((review_id, place), ())))
        benefit = benefit_words(wearing, worn_off, (on - session_on).days)
        found.append(Effect(roots.get(session_id, session_id), session_on, on, place, effect, worse, benefit, linked))
    return tuple(sorted(found, key=lambda one: (one.session_on, one.said_on, one.place)))


def _sessions(rows: Rows, effects: tuple[Effect, ...], roots: Mapping[str, str]) -> tuple[Session, ...]:
    said: dict[str, list[str]] = {}
    for one in effects:
        said.setdefault(one.session, []).append(f"{one.place.side} {one.place.words}: {one.short}")
    for _, on, session_id, session_on, wearing, worn_off, _ in sorted(rows["review"], key=lambda row: (row[1], row[0])):
        benefit = benefit_words(wearing, worn_off, (on - session_on).days)
        said.setdefault(roots.get(session_id, session_id), []).extend([benefit] if benefit else [])
    events: dict[str, list[str]] = {}
    for event in event_rows(rows, roots):
        if event.session_root and not event.withdrawn:
            events.setdefault(event.session_root, []).append(f"{KINDS[event.kind].label}, grade {event.grade}")
    given: dict[tuple[date, str], list[tuple[Any, ...]]] = {}
    for row in rows["dose"]:
        given.setdefault((row[1], row[0]), []).append(row)
    return tuple(
        Session(
            visit_id=visit_id,
            on=on,
            touch_up=sites[0][2] is not None,
            doses=tuple(sorted(map(_dose, sites), key=lambda dose: (dose.muscle, dose.side, dose.product))),
            outcome=tuple(dict.fromkeys(said.get(roots.get(visit_id, visit_id), ()))),
            events=tuple(events.get(roots.get(visit_id, visit_id), ())),
        )
        for (on, visit_id), sites in sorted(given.items())
    )


def _dose(row: tuple[Any, ...]) -> Dose:
    _, _, _, muscle, side, units, product, own, transcribed = row
    return Dose(muscle, side, product or own or transcribed or "", units)


def others_listed(rows: Rows) -> tuple[OtherTreatment, ...]:
    """Training, surgery and toxin given elsewhere, by their day; those without one last."""
    found = [
        other_treatment(f"{kind.value}: {detail}" if detail else kind.value, on, precision)
        for _, kind, on, precision, detail in rows["treatment"]
    ]
    found += [other_treatment(status_words(*row), on, DatePrecision.DAY) for _, *row, on in rows["status"]]
    found += [
        other_treatment(f"{format_units(units)} {product_name(product)} {place or 'elsewhere'}", on, DatePrecision.DAY)
        for _, on, product, units, place in rows["elsewhere"]
    ]
    return tuple(sorted(found, key=lambda one: (one.on is None, one.on or date.max, one.words)))


def status_words(muscle: str, side: str, state: Any, procedure: str) -> str:
    """``Mentalis, patient’s left: resected (myectomy)``."""
    named = f"{muscle_label(muscle)}, patient’s {side}: {state.value}"
    return f"{named} ({procedure})" if procedure else named
