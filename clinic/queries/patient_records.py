"""What a patient's record holds besides its visits, as the patient's page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

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
from clinic.models import Condition, EarlierTreatment, MuscleStatus, Patient, SafetyFact, ToxinElsewhere
from clinic.queries.merges import MergeNotes, merge_select, notes_of
from clinic.queries.patients import PatientStrip, strip
from clinic.queries.prepared import ANY_UNIT, Prepared, asked
from clinic.queries.safety_facts import FactView, facts_asked
from clinic.queries.together import AnySelect
from clinic.unit_of_work import UnitOfWork

Listed = list[tuple[Any, ...]]
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


class _Condition(NamedTuple):
    """The columns of an episode."""

    id: str
    edit_version: int
    side: Side
    cause: Cause
    cause_detail: str
    onset_on: date | None
    onset_precision: DatePrecision
    worst_house_brackmann: int | None
    first_movement_on: date | None
    eye_status: str
    note: str


_OF_PATIENT = (
    "phone",
    "email",
    "address",
    "language",
    "handout_language",
    "handout_edition",
    "created_at",
    "retired_at",
    "retired_reason",
    "last_visit_on",
    "next_due_on",
)


def _record_selects() -> dict[str, AnySelect]:
    patient_id = asked("patient_id")
    p, c, t, f, m, e = Patient, Condition, EarlierTreatment, SafetyFact, MuscleStatus, ToxinElsewhere
    of_patient = (getattr(p, name) for name in _OF_PATIENT)
    of_condition = (getattr(c, name) for name in _Condition._fields)
    return {
        "patient": select(*of_patient).where(p.id == patient_id),
        "condition": select(*of_condition).where(c.patient_id == patient_id, c.retired_at.is_(None)),
        "treatment": select(t.id, t.condition_id, t.kind, t.on, t.precision, t.detail)
        .join(c, (c.id == t.condition_id) & (c.clinic_id == t.clinic_id))
        .where(c.patient_id == patient_id, t.retired_at.is_(None)),
        "fact": select(f.kind, f.answer, f.detail, f.asked_on).where(f.patient_id == patient_id),
        "muscle": select(m.id, m.muscle, m.side, m.state, m.procedure, m.on).where(
            m.patient_id == patient_id, m.retired_at.is_(None)
        ),
        "toxin": select(e.id, e.product, e.units, e.on, e.place, e.note).where(
            e.patient_id == patient_id, e.retired_at.is_(None)
        ),
        "merge": merge_select(ANY_UNIT.clinic_id, patient_id),
    }


_RECORD = Prepared(_record_selects)


def patient_record(uow: UnitOfWork, patient_id: str) -> PatientRecord:
    """The record of a patient, retired parts left out, in three statements. Raises NotFound."""
    found = _RECORD.rows(uow, patient_id=patient_id)
    episodes = sorted((_Condition(*row) for row in found["condition"]), key=lambda row: (_when(row.onset_on), row.id))
    said = (condition_text(c.cause, c.cause_detail, c.side, c.onset_on, c.onset_precision) for c in episodes)
    who = strip(uow, patient_id, conditions="; ".join(said))
    return PatientRecord(
        who,
        who.sex,
        **dict(zip(_OF_PATIENT, found["patient"][0], strict=True)),
        conditions=_conditions(episodes, found["treatment"], who.today),
        facts=facts_asked(found["fact"], who.today),
        muscles=_muscles(found["muscle"]),
        toxins=_toxins(found["toxin"]),
        merges=notes_of(found["merge"], patient_id),
    )


def found_condition(record: PatientRecord, condition_id: str) -> ConditionView:
    """One episode of a record. Raises NotFound."""
    for condition in record.conditions:
        if condition.id == condition_id:
            return condition
    raise NotFound


def _conditions(rows: list[_Condition], treated: Listed, today: date) -> tuple[ConditionView, ...]:
    treatments = _treatments(treated)
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


def _treatments(rows: Listed) -> dict[str, tuple[TreatmentView, ...]]:
    found: dict[str, tuple[TreatmentView, ...]] = {}
    for key, condition_id, kind, on, precision, detail in sorted(rows, key=lambda row: (_when(row[3]), row[0])):
        view = TreatmentView(key, kind.value, dated_text(on, precision), detail)
        found[condition_id] = (*found.get(condition_id, ()), view)
    return found


def _muscles(rows: Listed) -> tuple[MuscleView, ...]:
    return tuple(
        MuscleView(
            id=key,
            text=f"{anatomy.muscle_label(muscle)}, {side.value}",
            state=state.value,
            procedure=procedure,
            on=on,
        )
        for key, muscle, side, state, procedure, on in sorted(rows, key=lambda row: (_when(row[5]), row[0]))
    )


def _toxins(rows: Listed) -> tuple[ToxinView, ...]:
    return tuple(
        ToxinView(
            id=key,
            product=product_name(product),
            units_text=format_units(units),
            units=units,
            on=on,
            place=place,
            note=note,
        )
        for key, product, units, on, place, note in sorted(rows, key=lambda row: (-_when(row[3]).toordinal(), row[0]))
    )


def _when(day: date | None) -> date:
    return day or date.min  # What nobody dated comes first.
