"""Everything of a patient that has a place in time, in one statement beside the strip's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select

from clinic.domain.assessments.grid import MAXIMUM
from clinic.domain.timelines import Item, Lane, Page, Series, Timeline
from clinic.domain.trends import Measured, all_series
from clinic.domain.trends import Series as Trend
from clinic.domain.visits import VisitState
from clinic.domain.wording import day_text
from clinic.models import (
    Assessment,
    Clinic,
    Condition,
    DiaryWeek,
    InjectionSession,
    IssuedDocument,
    Patient,
    SynkinesisFinding,
    TrainingSession,
    Visit,
    VisitVoid,
)
from clinic.queries.adverse_events import event_selects
from clinic.queries.given_sessions import given_selects, voided_select
from clinic.queries.patients import PatientStrip, strip
from clinic.queries.plan_items import plan_selects
from clinic.queries.prepared import ANY_UNIT, Prepared, asked
from clinic.queries.standing_reviews import standing, standing_selects
from clinic.queries.timelines_care import care_items
from clinic.queries.timelines_visits import visit_items
from clinic.queries.together import AnySelect
from clinic.queries.trends import other_selects, score_select
from clinic.queries.versions import in_force, not_voided
from clinic.unit_of_work import UnitOfWork

Rows = Mapping[str, list[tuple[Any, ...]]]
_PREPARED = Prepared(lambda: _selects(ANY_UNIT, asked("patient_id")))


@dataclass(frozen=True, slots=True)
class PatientTimeline:
    """Who the page is about, and everything that stands on the axis."""

    strip: PatientStrip
    timeline: Timeline


def timeline(uow: UnitOfWork, patient_id: str) -> PatientTimeline:
    """The timeline of a patient in four statements, whatever the number of visits. Raises NotFound."""
    who = strip(uow, patient_id)
    rows = _PREPARED.rows(uow, patient_id=patient_id)
    zone = ZoneInfo(rows["about"][0][0])
    series = tuple(_series(rows))
    points = [point for one in series for point in one.points]
    items = [*visit_items(rows), *care_items(rows, zone, who.today), *points]
    return PatientTimeline(who, Timeline(tuple(items), series, who.today))


def _selects(uow: UnitOfWork, patient_id: str) -> dict[str, AnySelect]:
    p, c, i, d = Patient, Condition, IssuedDocument, DiaryWeek
    about = (
        select(Clinic.time_zone, p.next_due_on)
        .select_from(p)
        .join(Clinic, Clinic.id == p.clinic_id)
        .where(p.clinic_id == uow.clinic_id, p.id == patient_id)
    )
    palsy = select(
        c.id,
        c.cause,
        c.cause_detail,
        c.side,
        c.onset_on,
        c.onset_precision,
        c.worst_house_brackmann,
        c.first_movement_on,
    ).where(c.clinic_id == uow.clinic_id, c.patient_id == patient_id, c.retired_at.is_(None))
    issued = (
        select(i.id, i.title, i.given_to, i.issued_at)
        .where(i.clinic_id == uow.clinic_id, i.patient_id == patient_id)
        .where(or_(i.pack_id.is_(None), i.pack_id == i.id))
    )
    diary = select(d.id, d.monday, d.exercise, d.days, d.at).where(
        d.clinic_id == uow.clinic_id, d.patient_id == patient_id
    )
    own = {"about": about, "palsy": palsy, "issued": issued, "diary": diary, "score": score_select(uow, patient_id)}
    own |= _visit_selects(uow, patient_id) | other_selects(uow, patient_id) | event_selects(uow, patient_id)
    own |= given_selects(uow, patient_id) | {"voided": voided_select(uow, patient_id)}
    return own | standing_selects(uow, patient_id) | plan_selects(uow, patient_id)


def _visit_selects(uow: UnitOfWork, patient_id: str) -> dict[str, AnySelect]:
    s, t, a, f = InjectionSession, TrainingSession, Assessment, SynkinesisFinding
    mine = (Visit.clinic_id == uow.clinic_id, Visit.patient_id == patient_id)
    visit = (
        select(
            Visit.id,
            Visit.on,
            Visit.state,
            Visit.amends_id,
            Visit.author_name,
            s.visit_id.label("session"),
            s.touch_up_of,
            VisitVoid.disposition,
        )
        .select_from(Visit)
        .outerjoin(s, (s.clinic_id == Visit.clinic_id) & (s.visit_id == Visit.id))
        .outerjoin(VisitVoid, (VisitVoid.clinic_id == Visit.clinic_id) & (VisitVoid.visit_id == Visit.id))
        .where(*mine, Visit.state != VisitState.DISCARDED, in_force())
    )
    trained = (
        select(Visit.id, Visit.on, Visit.state, t.minutes, t.methods)
        .select_from(Visit)
        .join(t, (t.clinic_id == Visit.clinic_id) & (t.visit_id == Visit.id))
    )
    worst = (
        select(Visit.id, Visit.on, a.rated_at, a.rater_name, func.max(f.grade), func.count(f.grade))
        .select_from(Visit)
        .join(a, (a.clinic_id == Visit.clinic_id) & (a.visit_id == Visit.id))
        .join(f, (f.clinic_id == a.clinic_id) & (f.assessment_id == a.id))
        .where(*mine, Visit.state == VisitState.SIGNED, in_force(), not_voided(), f.grade.is_not(None))
        .group_by(Visit.id, Visit.on, a.id, a.rated_at, a.rater_name)
    )
    return {"visit": visit, "trained": standing(trained).where(*mine), "worst": worst}


def _series(rows: Rows) -> Iterator[Series]:
    """The clinician's composite, the score that the patient filled in most often, and the worst grade of each grid."""
    trends = all_series(Measured(*row) for row in rows["score"])
    for one in trends:
        if (one.line[-1].instrument, one.line[-1].score) == ("sunnybrook", "composite"):
            yield _trend(one, "1")
    own = [one for one in trends if one.line[-1].patient_reported]
    if own:
        yield _trend(max(own, key=lambda one: len(one.line)), "2")
    if rows["worst"]:
        yield _grades(rows["worst"])


def _trend(one: Trend, place: str) -> Series:
    low, high = one.kind.axis or (one.kind.minimum, one.kind.maximum)
    points = tuple(
        Item(
            key=f"{place}-{one.anchor}-{point.visit_id}",
            lane=Lane.SCORES,
            on=point.on,
            until=point.on,
            dated=day_text(point.on),
            words=f"{one.title} {point.value_text}",
            more=one.kind.direction.value,
            short=point.value_text,
            page=Page.VISIT,
            ref=point.visit_id,
            value=point.value,
        )
        for point in one.line
    )
    keys = {point.visit_id: item.key for point, item in zip(one.line, points, strict=True)}
    runs = tuple(tuple(keys[point.visit_id] for point in run) for run in one.stretches)
    return Series(one.title, one.kind.direction.value, points, runs, low, high)


def _grades(rows: list[tuple[Any, ...]]) -> Series:
    """The worst grade of the first rater of each visit. Which cells were graded differs, so no line joins them."""
    first: dict[str, tuple[Any, ...]] = {}
    for row in sorted(rows, key=lambda row: (row[1], row[2], row[0], row[3])):
        first.setdefault(row[0], row)
    points = tuple(_grade(*row) for row in first.values())
    return Series("Synkinesis grid, worst grade", "lower is better", points, (), Decimal(0), Decimal(MAXIMUM))


def _grade(visit_id: str, on: date, _at: Any, rater: str, grade: int, cells: int) -> Item:
    return Item(
        key=f"3-grid-{visit_id}",
        lane=Lane.SCORES,
        on=on,
        until=on,
        dated=day_text(on),
        words=f"Synkinesis grid, worst grade {grade} of {cells} graded",
        more=rater,
        short=str(grade),
        page=Page.VISIT,
        ref=visit_id,
        value=Decimal(grade),
    )
