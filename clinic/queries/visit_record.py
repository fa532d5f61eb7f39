"""One visit with everything around it in plain values, in a fixed number of statements: the base of every visit page.

The chart, the review, signing, the checks and the prints all start from ``visit_record``, so that they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import aliased

from clinic.domain.actors import RecordState
from clinic.domain.anatomy import Side
from clinic.domain.errors import NotFound
from clinic.domain.findings import Override
from clinic.domain.injections import Answer, MuscleState, PastDose, PresetFact, Question
from clinic.domain.patients import SafetyFactKind
from clinic.domain.visits import Section, VisitState, record_state
from clinic.models import (
    Clinic,
    Condition,
    DosePreset,
    FindingOverride,
    InjectionSession,
    InjectionSite,
    Lot,
    MuscleStatus,
    Patient,
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
    VisitVoid,
)
from clinic.queries.inventory import VialRow, chart_vials
from clinic.queries.outcomes import Outcomes, outcome_selects, outcomes
from clinic.queries.plan_record import VisitPlan, visit_plan, visit_plan_selects
from clinic.queries.together import AnySelect, together
from clinic.queries.undoable import changes_select, undoable
from clinic.queries.versions import in_force, units_stand
from clinic.unit_of_work import UnitOfWork


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


@dataclass(frozen=True)
class VisitRecord:
    """Everything about one visit. The table rows in it are detached and only read.

    ``drawn_here`` is the sum of the ledger lines (with their sign) that this visit, or the one it amends, made on a vial.
    ``undo`` and ``redo`` say in words which change of the sites can be taken back and made again.
    """

    visit: Visit
    patient: Patient
    clinic: Clinic
    session: InjectionSession | None
    void: VisitVoid | None
    amended_by: str | None
    touch_up_on: date | None
    sites: tuple[InjectionSite, ...]
    syringes: tuple[SyringeRow, ...]
    vials: Mapping[str, VialRow]
    drawn_here: Mapping[str, Decimal]
    answers: Mapping[Question, AnswerRow]
    time_outs: tuple[TimeOutRow, ...]
    notes: Mapping[Section, str]
    overrides: Mapping[str, Override]
    presets: tuple[PresetFact, ...]
    conditions: tuple[ConditionRow, ...]
    statuses: tuple[StatusRow, ...]
    facts: tuple[FactRow, ...]
    past: tuple[PastDose, ...]
    outcomes: Outcomes = field(default_factory=Outcomes)
    plan: VisitPlan = field(default_factory=VisitPlan)
    undo: str = ""
    redo: str = ""
    more: Mapping[str, list[tuple[Any, ...]]] = field(default_factory=dict)

    @property
    def state(self) -> RecordState:
        """How the visit stands."""
        return record_state(self.visit.state, voided=self.void is not None, amended=self.amended_by is not None)

    def syringe_of(self, site: InjectionSite) -> SyringeRow | None:
        """The syringe that a site is given from."""
        return next((row for row in self.syringes if row.id == site.syringe_id), None)

    def vial_of(self, site: InjectionSite) -> VialRow | None:
        """The vial that a site is drawn from."""
        syringe = self.syringe_of(site)
        return self.vials.get(syringe.vial_id) if syringe else None

    def product_of(self, site: InjectionSite) -> str | None:
        """The product key of a site; None while its vial is to be added."""
        vial = self.vial_of(site)
        if vial is not None:
            return vial.product
        if self.session is None or not self.session.transcribed:
            return None
        # A dose that was entered as one of another product stays that: signing then asks, nothing is converted.
        return site.dose_product or self.session.transcribed_product


_NEWER, _PARENT = aliased(Visit), aliased(Visit)
"""Made once: what SQLAlchemy works out about an alias is worth keeping."""
More = Callable[[UnitOfWork, Visit, InjectionSession | None], Mapping[str, AnySelect]]


def visit_record(uow: UnitOfWork, visit_id: str, more: More | None = None, *, plan: bool = True) -> VisitRecord:
    """Load a visit of the actor's clinic in four statements. Raises NotFound.

    ``more`` gives further selects that a page wants in the same statement; their rows stand in ``VisitRecord.more``.
    Without ``plan`` that stays empty: only for an answer that neither shows it nor freezes a content.
    """
    visit, patient, clinic, session, void, amended_by, touch_up_on = _head(uow, visit_id)
    chain = frozenset(filter(None, (visit_id, visit.amends_id)))
    selects = _children(uow, visit_id, chain) | _around(uow, patient.id, visit_id) | _past(uow, patient.id, chain)
    selects |= outcome_selects(uow, visit_id, patient.id)
    selects |= visit_plan_selects(uow, visit) if plan else {}
    added = more(uow, visit, session) if more else {}
    rows = together(uow, {**selects, **added})
    syringes = tuple(sorted((SyringeRow(*row) for row in rows["syringe"]), key=lambda row: row.letter))
    patients: dict[str, list[str]] = {row.vial_id: [] for row in syringes}
    for vial_id, of_patient in rows["vial_patient"]:
        patients[vial_id].append(of_patient)
    vials = chart_vials(uow, patients)
    answers = (AnswerRow(*row) for row in rows["answer"])
    return VisitRecord(
        visit=visit,
        patient=patient,
        clinic=clinic,
        session=session,
        void=void,
        amended_by=amended_by,
        touch_up_on=touch_up_on,
        sites=_sites(uow, visit_id),
        syringes=syringes,
        vials={row.id: row for row in vials},
        drawn_here=dict(rows["drawn"]),
        answers={row.question: row for row in answers},
        time_outs=tuple(sorted((TimeOutRow(*row) for row in rows["time_out"]), key=lambda row: row.at)),
        notes=dict(rows["note"]),
        overrides={key: Override(reason, by, at.isoformat()) for key, reason, by, at in rows["override"]},
        presets=tuple(PresetFact(*row) for row in sorted(rows["preset"], key=str)),
        conditions=tuple(sorted(map(_condition, rows["condition"]), key=_by_onset)),
        statuses=tuple(StatusRow(*row) for row in rows["status"]),
        facts=tuple(
            sorted((FactRow(*row) for row in rows["fact"]), key=lambda row: list(SafetyFactKind).index(row.kind))
        ),
        past=_past_doses(rows),
        outcomes=outcomes(rows),
        plan=visit_plan(rows, visit) if plan else VisitPlan(),
        **undoable(rows["change"]),
        more={name: rows[name] for name in added},
    )


def _head(uow: UnitOfWork, visit_id: str) -> tuple[Any, ...]:
    newer, parent = _NEWER, _PARENT
    row = uow.session.execute(
        select(Visit, Patient, Clinic, InjectionSession, VisitVoid, newer.id, parent.on)
        .join(Patient, (Patient.clinic_id == Visit.clinic_id) & (Patient.id == Visit.patient_id))
        .join(Clinic, Clinic.id == Visit.clinic_id)
        .outerjoin(InjectionSession, _of(InjectionSession, Visit))
        .outerjoin(VisitVoid, _of(VisitVoid, Visit))
        .outerjoin(newer, _amends(newer, Visit))
        .outerjoin(parent, (parent.clinic_id == Visit.clinic_id) & (parent.id == InjectionSession.touch_up_of))
        .where(Visit.id == visit_id)
    ).first()
    if row is None:
        raise NotFound
    return tuple(row)


def _of(child: Any, visit: Any) -> ColumnElement[bool]:
    return (child.clinic_id == visit.clinic_id) & (child.visit_id == visit.id)  # type: ignore[no-any-return]


def _amends(newer: Any, visit: Any) -> ColumnElement[bool]:
    signed = newer.state == VisitState.SIGNED
    return (newer.clinic_id == visit.clinic_id) & (newer.amends_id == visit.id) & signed  # type: ignore[no-any-return]


def _sites(uow: UnitOfWork, visit_id: str) -> tuple[InjectionSite, ...]:
    query = select(InjectionSite).where(InjectionSite.visit_id == visit_id).order_by(InjectionSite.number)
    return tuple(uow.session.scalars(query.execution_options(populate_existing=True)))


def _children(uow: UnitOfWork, visit_id: str, chain: frozenset[str]) -> dict[str, AnySelect]:
    a, t, n, o, s = ScreeningAnswer, TimeOut, VisitNote, FindingOverride, Syringe
    selects = {
        "answer": (a, select(a.question, a.answer, a.detail, a.tenths_mm, a.answered_by, a.answered_at)),
        "time_out": (t, select(t.by, t.at, t.digest, t.confirmed)),
        "note": (n, select(n.section, n.text)),
        "override": (o, select(o.finding_key, o.reason, o.by, o.at)),
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
        name: query.where(model.clinic_id == uow.clinic_id, model.visit_id == visit_id)  # type: ignore[attr-defined]
        for name, (model, query) in selects.items()
    }
    found["change"] = changes_select(uow, visit_id)
    e = VialEntry
    drawn = select(e.vial_id, func.sum(e.units)).group_by(e.vial_id)
    ours = select(s.vial_id).where(s.clinic_id == uow.clinic_id, s.visit_id == visit_id)
    vial_patient = (
        select(e.vial_id, e.patient_id)
        .where(e.clinic_id == uow.clinic_id, e.vial_id.in_(ours), e.patient_id.is_not(None))
        .group_by(e.vial_id, e.patient_id)
        .having(func.sum(e.units) != 0)  # What all came back was never given to that patient.
    )
    return found | {
        "drawn": drawn.where(e.clinic_id == uow.clinic_id, e.visit_id.in_(chain)),
        "vial_patient": vial_patient,
    }


def _around(uow: UnitOfWork, patient_id: str, visit_id: str) -> dict[str, AnySelect]:
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


def _condition(row: tuple[Any, ...]) -> ConditionRow:
    condition_id, side, cause, detail, onset_on, precision, grade, chosen = row
    return ConditionRow(condition_id, side, cause, detail, onset_on, precision, grade, chosen is not None)


def _by_onset(row: ConditionRow) -> tuple[date, str]:
    return (row.onset_on or date.min, row.id)


def _past(uow: UnitOfWork, patient_id: str, without: frozenset[str]) -> dict[str, AnySelect]:
    """Every dose that counts to intervals and cumulative limits.

    Given sites of signed visits and of drafts by anybody; not those of discarded drafts, of visits voided as not given,
    or of a visit that a newer signed version replaced; nor those of an open amendment, whose copies the version in force
    still holds. Toxin given elsewhere counts too.
    """
    e = ToxinElsewhere
    given = (
        select(
            Visit.on,
            Lot.product,
            InjectionSession.transcribed_product,
            InjectionSite.units,
            InjectionSite.muscle,
            InjectionSite.side,
            Visit.id.label("visit_id"),
        )
        .join(InjectionSite, _of(InjectionSite, Visit))
        .join(InjectionSession, _of(InjectionSession, Visit))
        .outerjoin(Syringe, (Syringe.clinic_id == Visit.clinic_id) & (Syringe.id == InjectionSite.syringe_id))
        .outerjoin(Vial, (Vial.clinic_id == Visit.clinic_id) & (Vial.id == Syringe.vial_id))
        .outerjoin(Lot, (Lot.clinic_id == Visit.clinic_id) & (Lot.id == Vial.lot_id))
        .where(Visit.clinic_id == uow.clinic_id, Visit.patient_id == patient_id, Visit.id.not_in(without))
        .where(Visit.state != VisitState.DISCARDED, in_force(), units_stand())
        .where(or_(Visit.state == VisitState.SIGNED, Visit.amends_id.is_(None)))
        .where(or_(InjectionSite.given_at.is_not(None), InjectionSession.transcribed))
    )
    elsewhere = select(e.on, e.product, e.units, e.place).where(
        e.clinic_id == uow.clinic_id, e.patient_id == patient_id, e.retired_at.is_(None)
    )
    return {"given": given, "elsewhere": elsewhere}


def _past_doses(rows: Mapping[str, list[tuple[Any, ...]]]) -> tuple[PastDose, ...]:
    doses = [
        PastDose(on, product or transcribed or "unknown", units, muscle, side, site_key=visit_id)
        for on, product, transcribed, units, muscle, side, visit_id in rows["given"]
    ]
    doses += [
        PastDose(on, product, units, elsewhere=place or "elsewhere") for on, product, units, place in rows["elsewhere"]
    ]
    return tuple(sorted(doses, key=lambda dose: (dose.on, dose.product, dose.site_key, dose.muscle or "")))
