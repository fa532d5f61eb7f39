"""The rows around one visit: what they hold, and the selects that ask for them in the one statement of ``visit_record``."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, String, case, cast, exists, func, literal, null, or_, select, union_all

from clinic.domain.anatomy import Side
from clinic.domain.injections import Answer, Depth, MuscleState, Purpose, Question
from clinic.domain.patients import SafetyFactKind
from clinic.domain.visits import VisitState
from clinic.models import (
    Condition,
    DosePreset,
    FindingOverride,
    InjectionSession,
    InjectionSite,
    Lot,
    MuscleStatus,
    SafetyFact,
    ScreeningAnswer,
    Syringe,
    TimeOut,
    ToxinElsewhere,
    Vial,
    VialEntry,
    Visit,
    VisitCondition,
    VisitNote,
)
from clinic.queries.aliases import second_name
from clinic.queries.inventory import open_vials_select, own_vials_select
from clinic.queries.together import AnySelect
from clinic.queries.undoable import changes_select
from clinic.queries.versions import in_force, units_stand
from clinic.unit_of_work import UnitOfWork

_SITE: Any = second_name(InjectionSite)
_OF_VISIT: Any = (Visit.id.label("visit_id"), Visit.on, InjectionSession.transcribed_product)
_NO_PRODUCT: Any = cast(null(), String).label("product")


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """A safety or eye question as answered."""

    question: Question
    answer: Answer
    detail: str
    tenths_mm: int | None
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TimeOutRow:
    """A time-out as taken; ``confirmed`` is the JSON of the (what, value) pairs shown."""

    by: str
    at: datetime
    digest: str
    confirmed: str


@dataclass(frozen=True, slots=True)
class SiteRow:
    """A site of the session, as it is kept; ``units`` is 0 while the dose is to be entered."""

    id: str
    number: int
    purpose: Purpose
    muscle: str
    sub_site: str | None
    side: Side
    x: int
    y: int
    view: str
    units: Decimal
    dose_product: str | None
    syringe_id: str | None
    depth: Depth
    note: str
    copied_from: date | None
    from_previous_site: str | None
    pattern_name: str
    from_planned_target: str | None
    confirmed: bool
    given_at: datetime | None
    given_by: str
    given_recorded_at: datetime | None
    entered_late_reason: str


@dataclass(frozen=True, slots=True)
class SyringeRow:
    """A syringe of the session; its concentration is exact units in whole microlitres."""

    id: str
    letter: str
    vial_id: str
    concentration_units: Decimal
    concentration_microlitres: int
    units_drawn: Decimal | None
    wasted: Decimal
    waste_reason: str


@dataclass(frozen=True, slots=True)
class ConditionRow:
    """A palsy episode of the patient; ``chosen`` when the visit is about it."""

    id: str
    side: Side
    cause: str
    cause_detail: str
    onset_on: date | None
    onset_precision: str
    worst_house_brackmann: int | None
    chosen: bool


@dataclass(frozen=True, slots=True)
class StatusRow:
    """A muscle that a procedure changed."""

    muscle: str
    side: Side
    state: MuscleState
    procedure: str


@dataclass(frozen=True, slots=True)
class FactRow:
    """A standing safety fact."""

    kind: SafetyFactKind
    answer: Answer
    detail: str
    asked_on: date


@dataclass(frozen=True, slots=True)
class Ask:
    """What the selects around a visit are asked with.

    ``amended`` is the version that it amends, or else itself; ``since`` the day before which past doses do not matter.
    """

    visit_id: Any
    amended: Any
    patient_id: Any
    on: Any
    since: Any


def visit_selects(uow: UnitOfWork, ask: Ask) -> dict[str, AnySelect]:
    """What was charted, answered and confirmed in the visit, with the vials that it can draw from."""
    a, t, n, o, s, i = ScreeningAnswer, TimeOut, VisitNote, FindingOverride, Syringe, InjectionSite
    selects = {
        "answer": (a, select(a.question, a.answer, a.detail, a.tenths_mm, a.answered_by, a.answered_at)),
        "time_out": (t, select(t.by, t.at, t.digest, t.confirmed)),
        "note": (n, select(n.section, n.text)),
        "override": (o, select(o.finding_key, o.reason, o.by, o.at)),
        "site": (i, select(*(getattr(i, one.name) for one in fields(SiteRow)))),
        "syringe": (
            s,
            select(
                s.id,
                s.letter,
                s.vial_id,
                s.concentration_units,
                s.concentration_microlitres,
                s.units_drawn,
                s.wasted,
                s.waste_reason,
            ),
        ),
    }
    found = {
        name: query.where(model.clinic_id == uow.clinic_id, model.visit_id == ask.visit_id)  # type: ignore[attr-defined]
        for name, (model, query) in selects.items()
    }
    found["change"] = changes_select(uow, ask.visit_id)
    e = VialEntry
    drawn = select(e.vial_id, func.sum(e.units)).group_by(e.vial_id)
    ours = select(s.vial_id).where(s.clinic_id == uow.clinic_id, s.visit_id == ask.visit_id)
    vial_patient = (
        select(e.vial_id, e.patient_id)
        .where(e.clinic_id == uow.clinic_id, e.vial_id.in_(ours), e.patient_id.is_not(None))
        .group_by(e.vial_id, e.patient_id)
        .having(func.sum(e.units) != 0)  # What all came back was never given to that patient.
    )
    return found | {
        "drawn": drawn.where(e.clinic_id == uow.clinic_id, e.visit_id.in_((ask.visit_id, ask.amended))),
        "vial_patient": vial_patient,
        "vial": open_vials_select(uow.clinic_id),
        "own_vial": own_vials_select(uow.clinic_id, ours),
    }


def patient_selects(uow: UnitOfWork, patient_id: str, visit_id: str) -> dict[str, AnySelect]:
    """Palsies, changed muscles and safety facts of the patient, and the clinic's usual doses."""
    c, m, f, p, chosen = Condition, MuscleStatus, SafetyFact, DosePreset, VisitCondition
    condition = (
        select(
            c.id,
            c.side,
            c.cause,
            c.cause_detail,
            c.onset_on,
            c.onset_precision,
            c.worst_house_brackmann,
            chosen.condition_id,
        )
        .outerjoin(
            chosen,
            (chosen.clinic_id == c.clinic_id) & (chosen.condition_id == c.id) & (chosen.visit_id == visit_id),
        )
        .where(c.clinic_id == uow.clinic_id, c.patient_id == patient_id)
        .where(or_(c.retired_at.is_(None), chosen.condition_id.is_not(None)))
    )
    status = select(m.muscle, m.side, m.state, m.procedure).where(
        m.clinic_id == uow.clinic_id, m.patient_id == patient_id, m.retired_at.is_(None)
    )
    fact = select(f.kind, f.answer, f.detail, f.asked_on).where(
        f.clinic_id == uow.clinic_id, f.patient_id == patient_id
    )
    preset = select(p.product, p.muscle, p.site_group, p.per_site_low, p.per_site_high).where(
        p.clinic_id == uow.clinic_id, p.retired_at.is_(None)
    )
    return {"condition": condition, "status": status, "fact": fact, "preset": preset}


def past_selects(uow: UnitOfWork, ask: Ask) -> dict[str, AnySelect]:
    """Every dose that counts to intervals and cumulative limits.

    Given sites of signed visits and of drafts by anybody; not those of discarded drafts, of visits voided as not given,
    or of a visit that a newer signed version replaced; nor those of an open amendment, whose copies the version in force
    still holds. Toxin given elsewhere counts too. Nothing looks back further than PAST_DAYS, but for the last session of
    each product: what was given before that is not read.
    """
    e, s, i = ToxinElsewhere, InjectionSite, InjectionSession
    # By visit and syringe first, which are few: of all the sites only those that count are read.
    used = union_all(_drawn_from(uow, ask), _without_syringe(uow, ask)).subquery()
    newest = func.max(case((used.c.on <= ask.on, used.c.on))).over(partition_by=used.c.counted_as).label("newest")
    u = select(used, newest).subquery().c
    given = (
        select(u.on, u.product, u.transcribed_product, s.units, s.muscle, s.side, s.visit_id)
        .join(s, (s.visit_id == u.visit_id) & (func.coalesce(s.syringe_id, "") == u.syringe_id))
        .join(i, (i.clinic_id == s.clinic_id) & (i.visit_id == s.visit_id))
        .where(s.clinic_id == uow.clinic_id, _counts(s))
        .where(or_(u.on > ask.since, u.on == u.newest))
    )
    elsewhere = select(e.on, e.product, e.units, e.place).where(
        e.clinic_id == uow.clinic_id, e.patient_id == ask.patient_id, e.retired_at.is_(None)
    )
    return {"given": given, "elsewhere": elsewhere}


def _drawn_from(uow: UnitOfWork, ask: Ask) -> AnySelect:
    """The syringes of earlier visits that something counted came out of, each with its product."""
    s = _SITE
    drawn = exists().where(s.clinic_id == Syringe.clinic_id, s.syringe_id == Syringe.id, _counts(s))
    return (
        select(*_OF_VISIT, Syringe.id.label("syringe_id"), Lot.product, Lot.product.label("counted_as"))
        .join(InjectionSession, of_visit(InjectionSession, Visit))
        .join(Syringe, of_visit(Syringe, Visit))
        .join(Vial, (Vial.clinic_id == Visit.clinic_id) & (Vial.id == Syringe.vial_id))
        .join(Lot, (Lot.clinic_id == Visit.clinic_id) & (Lot.id == Vial.lot_id))
        .where(*_earlier(uow, ask), drawn)
    )


def _without_syringe(uow: UnitOfWork, ask: Ask) -> AnySelect:
    """Earlier visits with something counted that names no syringe: transcribed from a record on paper."""
    s, transcribed = _SITE, InjectionSession.transcribed_product
    there = exists().where(s.clinic_id == Visit.clinic_id, s.visit_id == Visit.id, s.syringe_id.is_(None), _counts(s))
    return (
        select(*_OF_VISIT, literal("").label("syringe_id"), _NO_PRODUCT, transcribed.label("counted_as"))
        .join(InjectionSession, of_visit(InjectionSession, Visit))
        .where(*_earlier(uow, ask), there)
    )


def _earlier(uow: UnitOfWork, ask: Ask) -> tuple[ColumnElement[bool], ...]:
    """Which visits count: in force, not voided as not given, not the one that is charted, no open amendment."""
    return (
        Visit.clinic_id == uow.clinic_id,
        Visit.patient_id == ask.patient_id,
        Visit.id.not_in((ask.visit_id, ask.amended)),
        Visit.state != VisitState.DISCARDED,
        in_force(),
        units_stand(),
        or_(Visit.state == VisitState.SIGNED, Visit.amends_id.is_(None)),
    )


def _counts(site: Any) -> ColumnElement[bool]:
    return or_(site.given_at.is_not(None), InjectionSession.transcribed)


def of_visit(child: Any, visit: Any) -> ColumnElement[bool]:
    """That a row belongs to a visit."""
    return (child.clinic_id == visit.clinic_id) & (child.visit_id == visit.id)  # type: ignore[no-any-return]
