"""What a patient's record holds besides its visits, as the patient's page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select

from clinic.domain import anatomy
from clinic.domain.anatomy import Side
from clinic.domain.documents.kinds import Edition
from clinic.domain.documents.texts import languages
from clinic.domain.errors import NotFound
from clinic.domain.patients import (
    Cause,
    DatePrecision,
    Sex,
    condition_text,
    since_text,
)
from clinic.domain.products import product_name
from clinic.domain.quantities import format_units
from clinic.domain.wording import dated_text
from clinic.models import Condition, EarlierTreatment, MuscleStatus, Patient, ToxinElsewhere
from clinic.queries.merges import MergeNotes, merge_notes
from clinic.queries.patients import PatientStrip, strip
from clinic.queries.safety_facts import FactView, safety_facts
from clinic.unit_of_work import UnitOfWork

HOUSE_BRACKMANN = ("I", "II", "III", "IV", "V", "VI")


@dataclass(frozen=True, slots=True)
class TreatmentView:
    """One earlier treatment in words."""

    id: str
    kind: str
    on_text: str
    detail: str


@dataclass(frozen=True, slots=True)
class ConditionView:
    """One palsy episode: its values for the form, and its words for the page."""

    id: str
    edit_version: int
    text: str
    side: Side
    cause: Cause
    cause_detail: str
    onset_on: date | None
    onset_precision: DatePrecision
    onset_text: str
    since: str
    worst_house_brackmann: int | None
    worst_text: str
    first_movement_on: date | None
    eye_status: str
    note: str
    treatments: tuple[TreatmentView, ...]


@dataclass(frozen=True, slots=True)
class MuscleView:
    """What a procedure did to a muscle, in words."""

    id: str
    text: str
    state: str
    procedure: str
    on: date | None


@dataclass(frozen=True, slots=True)
class ToxinView:
    """Toxin that somebody else gave, in words."""

    id: str
    product: str
    units_text: str
    units: Decimal
    on: date
    place: str
    note: str


@dataclass(frozen=True, slots=True)
class PatientRecord:
    """Everything of a patient but the visits. ``to_ask`` counts questions never asked or asked too long ago."""

    strip: PatientStrip
    sex: Sex
    phone: str
    email: str
    address: str
    language: str
    handout_language: str
    handout_edition: str
    created_at: datetime
    retired_at: datetime | None
    retired_reason: str
    last_visit_on: date | None
    next_due_on: date | None
    conditions: tuple[ConditionView, ...]
    facts: tuple[FactView, ...]
    muscles: tuple[MuscleView, ...]
    toxins: tuple[ToxinView, ...]
    merges: MergeNotes

    @property
    def handouts_text(self) -> str:
        """Language and type of the patient's handouts in words."""
        known = languages().get(self.handout_language)
        words = known.english if known else "as the clinic’s"
        return f"{words}, large type" if self.handout_edition == Edition.LARGE else words

    @property
    def treatments(self) -> tuple[TreatmentView, ...]:
        """The earlier treatments of all conditions."""
        return tuple(one for condition in self.conditions for one in condition.treatments)

    @property
    def calling(self) -> tuple[FactView, ...]:
        """The facts that call for attention: answered yes or unknown."""
        return tuple(fact for fact in self.facts if fact.calls)

    @property
    def to_ask(self) -> int:
        """How many safety questions wait to be asked (again)."""
        return sum(fact.stale or fact.answer is None for fact in self.facts)


def patient_record(uow: UnitOfWork, patient_id: str) -> PatientRecord:
    """The record of a patient, retired parts left out, in ten statements. Raises NotFound."""
    who = strip(uow, patient_id)
    row = uow.session.execute(
        select(
            Patient.phone,
            Patient.email,
            Patient.address,
            Patient.language,
            Patient.handout_language,
            Patient.handout_edition,
            Patient.created_at,
            Patient.retired_at,
            Patient.retired_reason,
            Patient.last_visit_on,
            Patient.next_due_on,
        ).where(Patient.id == patient_id)
    ).one()
    return PatientRecord(
        who,
        who.sex,
        *row,
        conditions=_conditions(uow, patient_id, who.today),
        facts=safety_facts(uow, patient_id, who.today),
        muscles=_muscles(uow, patient_id),
        toxins=_toxins(uow, patient_id),
        merges=merge_notes(uow, patient_id),
    )


def found_condition(record: PatientRecord, condition_id: str) -> ConditionView:
    """One episode of a record. Raises NotFound."""
    for condition in record.conditions:
        if condition.id == condition_id:
            return condition
    raise NotFound


def _conditions(uow: UnitOfWork, patient_id: str, today: date) -> tuple[ConditionView, ...]:
    treatments = _treatments(uow, patient_id)
    rows = uow.session.execute(
        select(
            Condition.id,
            Condition.edit_version,
            Condition.side,
            Condition.cause,
            Condition.cause_detail,
            Condition.onset_on,
            Condition.onset_precision,
            Condition.worst_house_brackmann,
            Condition.first_movement_on,
            Condition.eye_status,
            Condition.note,
        )
        .where(Condition.patient_id == patient_id, Condition.retired_at.is_(None))
        .order_by(Condition.onset_on, Condition.id)
    )
    return tuple(
        ConditionView(
            id=row.id,
            edit_version=row.edit_version,
            text=condition_text(row.cause, row.cause_detail, row.side, row.onset_on, row.onset_precision),
            side=row.side,
            cause=row.cause,
            cause_detail=row.cause_detail,
            onset_on=row.onset_on,
            onset_precision=row.onset_precision,
            onset_text=dated_text(row.onset_on, row.onset_precision),
            since=since_text(row.onset_on, row.onset_precision, today),
            worst_house_brackmann=row.worst_house_brackmann,
            worst_text=HOUSE_BRACKMANN[row.worst_house_brackmann - 1] if row.worst_house_brackmann else "",
            first_movement_on=row.first_movement_on,
            eye_status=row.eye_status,
            note=row.note,
            treatments=treatments.get(row.id, ()),
        )
        for row in rows
    )


def _treatments(uow: UnitOfWork, patient_id: str) -> dict[str, tuple[TreatmentView, ...]]:
    rows = uow.session.execute(
        select(
            EarlierTreatment.id,
            EarlierTreatment.condition_id,
            EarlierTreatment.kind,
            EarlierTreatment.on,
            EarlierTreatment.precision,
            EarlierTreatment.detail,
        )
        .join(
            Condition,
            (Condition.id == EarlierTreatment.condition_id) & (Condition.clinic_id == EarlierTreatment.clinic_id),
        )
        .where(Condition.patient_id == patient_id, EarlierTreatment.retired_at.is_(None))
        .order_by(EarlierTreatment.on, EarlierTreatment.id)
    )
    found: dict[str, tuple[TreatmentView, ...]] = {}
    for row in rows:
        view = TreatmentView(row.id, row.kind.value, dated_text(row.on, row.precision), row.detail)
        found[row.condition_id] = (*found.get(row.condition_id, ()), view)
    return found


def _muscles(uow: UnitOfWork, patient_id: str) -> tuple[MuscleView, ...]:
    rows = uow.session.execute(
        select(
            MuscleStatus.id,
            MuscleStatus.muscle,
            MuscleStatus.side,
            MuscleStatus.state,
            MuscleStatus.procedure,
            MuscleStatus.on,
        )
        .where(MuscleStatus.patient_id == patient_id, MuscleStatus.retired_at.is_(None))
        .order_by(MuscleStatus.on, MuscleStatus.id)
    )
    return tuple(
        MuscleView(
            id=row.id,
            text=f"{anatomy.muscle_label(row.muscle)}, {row.side.value}",
            state=row.state.value,
            procedure=row.procedure,
            on=row.on,
        )
        for row in rows
    )


def _toxins(uow: UnitOfWork, patient_id: str) -> tuple[ToxinView, ...]:
    rows = uow.session.execute(
        select(
            ToxinElsewhere.id,
            ToxinElsewhere.product,
            ToxinElsewhere.units,
            ToxinElsewhere.on,
            ToxinElsewhere.place,
            ToxinElsewhere.note,
        )
        .where(ToxinElsewhere.patient_id == patient_id, ToxinElsewhere.retired_at.is_(None))
        .order_by(ToxinElsewhere.on.desc(), ToxinElsewhere.id)
    )
    return tuple(
        ToxinView(
            id=row.id,
            product=product_name(row.product),
            units_text=format_units(row.units),
            units=row.units,
            on=row.on,
            place=row.place,
            note=row.note,
        )
        for row in rows
    )
