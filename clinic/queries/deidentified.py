"""What an export of a cohort is made from, read in as many statements however large the cohort is: coded columns only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import CTE, case, func, literal, select

from clinic.domain.deidentified_rows import (
    CohortRecord,
    EffectRow,
    EpisodeRow,
    EventRow,
    GradeRow,
    PatientRow,
    ReviewRow,
    ScoreRow,
    SiteRow,
)
from clinic.domain.periods import Period
from clinic.models import (
    AdverseEvent,
    AdverseEventEntry,
    Assessment,
    AssessmentScore,
    Cohort,
    Condition,
    Patient,
    Review,
    ReviewEffect,
    SynkinesisFinding,
    Visit,
)
from clinic.queries.cohorts import SavedCohort, cohort, patients_of
from clinic.queries.report_base import meant, standing_version, stands, told, told_sites
from clinic.queries.together import AnySelect, together
from clinic.unit_of_work import UnitOfWork

_ALWAYS: Final = Period(date(1900, 1, 1), date(2199, 12, 31))


@dataclass(frozen=True, slots=True)
class CohortToExport:
    """A saved search with what its patients' export is made from, and the salt of its pseudonyms."""

    cohort: SavedCohort
    record: CohortRecord
    salt: str


def cohort_to_export(uow: UnitOfWork, cohort_id: str) -> CohortToExport:
    """Everything of the patients that a saved search finds now. Raises NotFound."""
    found = cohort(uow, cohort_id)
    salt = uow.session.execute(select(Cohort.salt).where(Cohort.clinic_id == uow.clinic_id, Cohort.id == cohort_id))
    return CohortToExport(found, record_of(uow, patients_of(uow, found.criteria)), salt.scalar_one())


def record_of(uow: UnitOfWork, patient_ids: AnySelect) -> CohortRecord:
    """The coded values of patients, from signed visits in force that nobody voided; one statement."""
    ids = patient_ids.cte("cohort_patient")
    patient = next(iter(ids.c))
    versions = standing_version(uow)
    sessions = told(uow, _ALWAYS, versions, patients=select(patient))
    meant_ = meant(sessions, versions)
    rows = together(
        uow,
        {
            **_people(uow, select(patient)),
            "site": _sites(uow, sessions),
            **_gradings(uow, select(patient)),
            **_reviews(uow, meant_),
            **_events(uow, meant_, select(patient)),
        },
    )
    return _record(rows)


def _people(uow: UnitOfWork, ids: Any) -> dict[str, AnySelect]:
    p, c = Patient, Condition
    episode = (c.patient_id, c.side, c.cause, c.onset_on, c.onset_precision, c.worst_house_brackmann)
    return {
        "patient": select(p.id, p.birth_date, p.sex).where(p.clinic_id == uow.clinic_id, p.id.in_(ids)),
        "episode": select(*episode).where(c.clinic_id == uow.clinic_id, c.patient_id.in_(ids), c.retired_at.is_(None)),
    }


def _sites(uow: UnitOfWork, sessions: CTE) -> AnySelect:
    moments = ("patient_id", "own_id", "on", "visit_on", "touch_up", "transcribed")
    place = ("number", "muscle", "sub_site", "side", "x", "y", "depth", "purpose")
    c = told_sites(uow, sessions, *moments, *place, "units", "product", "given_by", "session_given_by").c
    given_by = case((c.given_by != literal(""), c.given_by), else_=c.session_given_by)
    return select(*(c[name] for name in (*moments, *place)), c.units, c.product, given_by.label("by"))


def _gradings(uow: UnitOfWork, ids: Any) -> dict[str, AnySelect]:
    a, f, n = Assessment, SynkinesisFinding, AssessmentScore
    rater = case((a.patient_reported, literal("")), else_=a.rater_name).label("rater")
    of_cohort = (Visit.clinic_id == uow.clinic_id, Visit.patient_id.in_(ids), *stands(Visit))
    visit = (Visit.clinic_id == a.clinic_id) & (Visit.id == a.visit_id)
    grade = (Visit.patient_id, Visit.on, rater, f.side, f.movement, f.muscle_group, f.grade, f.bother)
    score = (Visit.patient_id, Visit.on, a.instrument, a.version, a.side, rater, n.score, n.value)
    return {
        "grade": select(*grade)
        .select_from(a)
        .join(Visit, visit)
        .join(f, (f.clinic_id == a.clinic_id) & (f.assessment_id == a.id))
        .where(*of_cohort),
        "score": select(*score)
        .select_from(a)
        .join(Visit, visit)
        .join(n, (n.clinic_id == a.clinic_id) & (n.assessment_id == a.id))
        .where(*of_cohort),
    }


def _reviews(uow: UnitOfWork, sessions: CTE) -> dict[str, AnySelect]:
    """The reviews in force of the cohort's sessions, and what they say of each pattern."""
    r, e = Review, ReviewEffect
    days = (r.first_noticed_day, r.best_day, r.wearing, r.worn_off_day)
    columns = (r.id, sessions.c.patient_id, sessions.c.own_id, Visit.on, r.contact, *days, r.adverse_event)
    found = (
        select(*columns)
        .select_from(sessions)
        .join(r, (r.clinic_id == uow.clinic_id) & (r.session_id == sessions.c.any_id))
        .join(Visit, (Visit.clinic_id == r.clinic_id) & (Visit.id == r.visit_id))
        .where(sessions.c.touch_up == 0, *stands(Visit))
    )
    kept = found.with_only_columns(r.id, maintain_column_froms=True)
    effect = (e.review_id, e.side, e.movement, e.muscle_group, e.effect, e.worse)
    return {
        "review": found,
        "effect": select(*effect).where(e.clinic_id == uow.clinic_id, e.review_id.in_(kept)),
    }


def _events(uow: UnitOfWork, sessions: CTE, ids: Any) -> dict[str, AnySelect]:
    """The events of the cohort as they are known now; one of a voided session, or entered by mistake, is left out."""
    event, entry = AdverseEvent, AdverseEventEntry
    last = (
        select(func.max(AdverseEventEntry.number))
        .where(AdverseEventEntry.clinic_id == event.clinic_id, AdverseEventEntry.event_id == event.id)
        .correlate(event)
        .scalar_subquery()
    )
    columns = (entry.kind, entry.grade, entry.side, entry.onset_on, entry.ended_on, entry.relation, entry.serious)
    newest = (entry.clinic_id == event.clinic_id) & (entry.event_id == event.id) & (entry.number == last)
    mine = (event.clinic_id == uow.clinic_id) & (event.patient_id == sessions.c.patient_id)
    return {
        "event": select(event.patient_id, sessions.c.own_id, *columns)
        .select_from(sessions)
        .join(event, mine & (event.session_id == sessions.c.any_id))
        .join(entry, newest)
        .where(entry.withdrawn.is_(False)),
        "loose_event": select(event.patient_id, literal("").label("own_id"), *columns)
        .select_from(event)
        .join(entry, newest)
        .where(event.clinic_id == uow.clinic_id, event.patient_id.in_(ids), event.session_id.is_(None))
        .where(entry.withdrawn.is_(False)),
    }


def _record(rows: Mapping[str, list[tuple[Any, ...]]]) -> CohortRecord:
    return CohortRecord(
        patients=tuple(PatientRow(*row) for row in rows["patient"]),
        episodes=tuple(EpisodeRow(*row) for row in rows["episode"]),
        sites=tuple(map(_site, rows["site"])),
        grades=tuple(GradeRow(*row) for row in rows["grade"]),
        scores=tuple(ScoreRow(*row) for row in rows["score"]),
        reviews=tuple(ReviewRow(*row) for row in rows["review"]),
        effects=tuple(EffectRow(*row) for row in rows["effect"]),
        events=tuple(EventRow(*row) for row in (*rows["event"], *rows["loose_event"])),
    )


def _site(row: tuple[Any, ...]) -> SiteRow:
    values = (*row[:4], *map(bool, row[4:6]), *row[6:])
    return SiteRow(*values)
