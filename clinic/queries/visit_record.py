"""One visit with everything around it in plain values, in a fixed number of statements: the base of every visit page.

The chart, the review, signing, the checks and the prints all start from ``visit_record``, so that they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from decimal import Decimal
from functools import cache, cached_property
from typing import Any

from sqlalchemy import ColumnElement, bindparam, select

from clinic.domain.actors import RecordState
from clinic.domain.errors import NotFound
from clinic.domain.findings import Override
from clinic.domain.injections import PAST_DAYS, PastDose, PresetFact, Question
from clinic.domain.patients import SafetyFactKind
from clinic.domain.visits import Section, VisitState, record_state
from clinic.models import (
    Clinic,
    InjectionSession,
    InjectionSite,
    Patient,
    Visit,
    VisitVoid,
)
from clinic.queries.aliases import second_name
from clinic.queries.inventory import VialRow, chart_vials
from clinic.queries.outcomes import Outcomes, outcome_selects, outcomes
from clinic.queries.plan_record import VisitPlan, visit_plan, visit_plan_selects
from clinic.queries.prepared import ANY_UNIT, Prepared, asked
from clinic.queries.together import AnySelect
from clinic.queries.undoable import undoable
from clinic.queries.visit_rows import (
    AnswerRow,
    Ask,
    ConditionRow,
    FactRow,
    SiteRow,
    StatusRow,
    SyringeRow,
    TimeOutRow,
    of_visit,
    past_selects,
    patient_selects,
    visit_selects,
)
from clinic.unit_of_work import UnitOfWork


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
    sites: tuple[SiteRow, ...]
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

    @cached_property
    def _syringes(self) -> Mapping[str | None, SyringeRow]:
        return {row.id: row for row in self.syringes}

    def syringe_of(self, site: SiteRow | InjectionSite) -> SyringeRow | None:
        """The syringe that a site is given from."""
        return self._syringes.get(site.syringe_id)

    def vial_of(self, site: SiteRow | InjectionSite) -> VialRow | None:
        """The vial that a site is drawn from."""
        syringe = self.syringe_of(site)
        return self.vials.get(syringe.vial_id) if syringe else None

    def product_of(self, site: SiteRow | InjectionSite) -> str | None:
        """The product key of a site; None while its vial is to be added."""
        vial = self.vial_of(site)
        if vial is not None:
            return vial.product
        if self.session is None or not self.session.transcribed:
            return None
        # A dose that was entered as one of another product stays that: signing then asks, nothing is converted.
        return site.dose_product or self.session.transcribed_product


_NEWER, _PARENT = second_name(Visit), second_name(Visit)
"""Made once: what SQLAlchemy works out about an alias is worth keeping."""


_ASK = Ask(asked("visit_id"), asked("amended"), asked("patient_id"), asked("on"), asked("since"))
More = Callable[[UnitOfWork, Ask], Mapping[str, AnySelect]]


def visit_record(uow: UnitOfWork, visit_id: str, more: More | None = None, *, plan: bool = True) -> VisitRecord:
    """Load a visit of the actor's clinic in two statements. Raises NotFound.

    ``more`` gives further selects that a page wants in the same statement; their rows stand in ``VisitRecord.more``.
    Without ``plan`` that stays empty: only for an answer that neither shows it nor freezes a content.
    """
    visit, patient, clinic, session, void, amended_by, touch_up_on = _head(uow, visit_id)
    ask = Ask(visit_id, visit.amends_id or visit_id, patient.id, visit.on, visit.on - timedelta(days=PAST_DAYS))
    rows = _prepared(more, plan, visit.amends_id is not None).rows(
        uow, **{one.name: getattr(ask, one.name) for one in fields(ask)}
    )
    syringes = tuple(sorted((SyringeRow(*row) for row in rows["syringe"]), key=lambda row: row.letter))
    patients: dict[str, list[str]] = {row.vial_id: [] for row in syringes}
    for vial_id, of_patient in rows["vial_patient"]:
        patients[vial_id].append(of_patient)
    vials = chart_vials(uow, rows["vial"] + rows["own_vial"], patients)
    answers = (AnswerRow(*row) for row in rows["answer"])
    return VisitRecord(
        visit=visit,
        patient=patient,
        clinic=clinic,
        session=session,
        void=void,
        amended_by=amended_by,
        touch_up_on=touch_up_on,
        sites=tuple(sorted((SiteRow(*row) for row in rows["site"]), key=lambda row: row.number)),
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
        more=rows,
    )


@cache
def _prepared(more: More | None, plan: bool, amends: bool) -> Prepared:
    return Prepared(lambda: _selects(ANY_UNIT, _ASK, more, plan, amends))


def _selects(uow: UnitOfWork, ask: Ask, more: More | None, plan: bool, amends: bool) -> dict[str, AnySelect]:
    found = visit_selects(uow, ask) | patient_selects(uow, ask.patient_id, ask.visit_id) | past_selects(uow, ask)
    found |= outcome_selects(uow, ask.visit_id, ask.patient_id)
    found |= visit_plan_selects(uow, ask.visit_id, ask.patient_id, amends=amends) if plan else {}
    return found | dict(more(uow, ask) if more else {})


def _head(uow: UnitOfWork, visit_id: str) -> tuple[Any, ...]:
    row = uow.session.execute(_head_select(), {"visit_id": visit_id}).first()
    if row is None:
        raise NotFound
    return tuple(row)


@cache
def _head_select() -> AnySelect:
    newer, parent = _NEWER, _PARENT
    return (
        select(Visit, Patient, Clinic, InjectionSession, VisitVoid, newer.id, parent.on)
        .join(Patient, (Patient.clinic_id == Visit.clinic_id) & (Patient.id == Visit.patient_id))
        .join(Clinic, Clinic.id == Visit.clinic_id)
        .outerjoin(InjectionSession, of_visit(InjectionSession, Visit))
        .outerjoin(VisitVoid, of_visit(VisitVoid, Visit))
        .outerjoin(newer, _amends(newer, Visit))
        .outerjoin(parent, (parent.clinic_id == Visit.clinic_id) & (parent.id == InjectionSession.touch_up_of))
        .where(Visit.id == bindparam("visit_id"))
    )


def _amends(newer: Any, visit: Any) -> ColumnElement[bool]:
    signed = newer.state == VisitState.SIGNED
    return (newer.clinic_id == visit.clinic_id) & (newer.amends_id == visit.id) & signed  # type: ignore[no-any-return]


def _condition(row: tuple[Any, ...]) -> ConditionRow:
    condition_id, side, cause, detail, onset_on, precision, grade, chosen = row
    return ConditionRow(condition_id, side, cause, detail, onset_on, precision, grade, chosen is not None)


def _by_onset(row: ConditionRow) -> tuple[date, str]:
    return (row.onset_on or date.min, row.id)


def _past_doses(rows: Mapping[str, list[tuple[Any, ...]]]) -> tuple[PastDose, ...]:
    doses = [
        PastDose(on, product or transcribed or "unknown", units, muscle, side, site_key=visit_id)
        for on, product, transcribed, units, muscle, side, visit_id in rows["given"]
    ]
    doses += [
        PastDose(on, product, units, elsewhere=place or "elsewhere") for on, product, units, place in rows["elsewhere"]
    ]
    return tuple(sorted(doses, key=lambda dose: (dose.on, dose.product, dose.site_key, dose.muscle or "")))
