"""Palsy episodes, and what else stands in the record before any visit: treatments, muscles, toxin given elsewhere."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TypeVar

from sqlalchemy import select

from clinic.domain import anatomy, inventory
from clinic.domain.actors import Permission
from clinic.domain.anatomy import Side
from clinic.domain.days import last_possible
from clinic.domain.errors import Frozen, Invalid, NotFound
from clinic.domain.events import Action, Event
from clinic.domain.injections import MuscleState
from clinic.domain.patients import Cause, DatePrecision, EarlierTreatmentKind
from clinic.domain.visits import VisitState
from clinic.domain.wording import day_text
from clinic.models import Condition, EarlierTreatment, MuscleStatus, Patient, ToxinElsewhere, Visit, VisitCondition
from clinic.queries.patients import clinic_today
from clinic.services.authority import require
from clinic.services.patients import active_patient, check_version, checked_reason
from clinic.unit_of_work import UnitOfWork

Part = TypeVar("Part", MuscleStatus, ToxinElsewhere)


@dataclass(frozen=True, slots=True)
class ConditionValues:
    """What is entered about one palsy episode; ``side`` is the patient's right or left."""

    side: Side
    cause: Cause
    cause_detail: str = ""
    onset_on: date | None = None
    onset_precision: DatePrecision = DatePrecision.UNKNOWN
    worst_house_brackmann: int | None = None
    first_movement_on: date | None = None
    eye_status: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class TreatmentValues:
    """One earlier treatment of an episode."""

    kind: EarlierTreatmentKind
    on: date | None = None
    precision: DatePrecision = DatePrecision.UNKNOWN
    detail: str = ""


@dataclass(frozen=True, slots=True)
class MuscleStatusValues:
    """What a procedure did to one muscle of one side."""

    muscle: str
    side: Side
    state: MuscleState
    procedure: str = ""
    on: date | None = None


@dataclass(frozen=True, slots=True)
class ToxinValues:
    """Botulinum toxin that somebody else gave."""

    product: str
    units: Decimal
    on: date
    place: str = ""
    note: str = ""


def add_condition(uow: UnitOfWork, patient_id: str, values: ConditionValues) -> str:
    """Enter a palsy episode and give its id; open drafts since its onset are about it too. Raises NotFound, Frozen, Invalid."""
    require(uow, Permission.PATIENT_WRITE)
    unsigned = _unsigned_visits(uow, patient_id)
    values = _checked_condition(uow, active_patient(uow, patient_id), values)
    condition = Condition(clinic_id=uow.clinic_id, id=uow.new_id(), patient_id=patient_id, **asdict(values))
    uow.session.add(condition)
    uow.session.flush()  # The drafts' rows need it.
    for visit in unsigned:
        if values.onset_on is None or values.onset_on <= visit.on:
            link = VisitCondition(clinic_id=uow.clinic_id, visit_id=visit.id, condition_id=condition.id)
            uow.session.add(link)
    uow.record(Event(Action.CONDITION_CREATED, f"condition:{condition.id}", patient_id, new=_told(asdict(values))))
    return condition.id


def change_condition(
    uow: UnitOfWork, patient_id: str, condition_id: str, edit_version: int, values: ConditionValues
) -> None:
    """Change what is entered about an episode; signed visits keep what they were signed with. Raises Stale, Invalid."""
    require(uow, Permission.PATIENT_WRITE)
    patient = active_patient(uow, patient_id)
    condition = _condition(uow, patient_id, condition_id)
    check_version(condition.edit_version, edit_version)
    wanted = asdict(_checked_condition(uow, patient, values))
    old = {name: getattr(condition, name) for name in wanted if getattr(condition, name) != wanted[name]}
    for name in old:
        setattr(condition, name, wanted[name])
    condition.edit_version += 1
    new = {name: wanted[name] for name in old}
    subject = f"condition:{condition_id}"
    uow.record(Event(Action.CONDITION_CHANGED, subject, patient_id, old=_told(old), new=_told(new)))


def retire_condition(uow: UnitOfWork, patient_id: str, condition_id: str, reason: str) -> None:
    """Take an episode entered by mistake out of view and out of all drafts; it is kept. Raises Invalid without a reason."""
    require(uow, Permission.PATIENT_WRITE)
    unsigned = _unsigned_visits(uow, patient_id)
    active_patient(uow, patient_id)
    condition = _condition(uow, patient_id, condition_id)
    condition.retired_at = uow.now
    condition.edit_version += 1
    for visit in unsigned:
        link = uow.session.get(VisitCondition, (uow.clinic_id, visit.id, condition_id))
        if link is not None:
            uow.session.delete(link)
    reason = checked_reason(reason)
    uow.record(Event(Action.CONDITION_RETIRED, f"condition:{condition_id}", patient_id, reason=reason))


def add_treatment(uow: UnitOfWork, patient_id: str, condition_id: str, values: TreatmentValues) -> str:
    """Enter an earlier treatment of an episode and give its id. Raises NotFound, Frozen, Invalid."""
    require(uow, Permission.PATIENT_WRITE)
    patient = active_patient(uow, patient_id)
    _condition(uow, patient_id, condition_id)
    wrong = _wrong_day(uow, patient, "on", values.on, values.precision)
    if values.kind is EarlierTreatmentKind.OTHER and not values.detail.strip():
        wrong["detail"] = "Say what the other treatment was."
    if wrong:
        raise Invalid(wrong)
    values = replace(values, detail=values.detail.strip())
    row = EarlierTreatment(clinic_id=uow.clinic_id, id=uow.new_id(), condition_id=condition_id, **asdict(values))
    uow.session.add(row)
    new = {"condition": condition_id} | asdict(values)
    uow.record(Event(Action.TREATMENT_ADDED, f"treatment:{row.id}", patient_id, new=_told(new)))
    return row.id


def retire_treatment(uow: UnitOfWork, patient_id: str, treatment_id: str, reason: str) -> None:
    """Take an earlier treatment that was entered by mistake out of view; it is kept. Raises Invalid without a reason."""
    require(uow, Permission.PATIENT_WRITE)
    active_patient(uow, patient_id)
    row = uow.session.get(EarlierTreatment, (uow.clinic_id, treatment_id))
    if row is None or row.retired_at is not None:
        raise NotFound
    _condition(uow, patient_id, row.condition_id)
    row.retired_at = uow.now
    event = Event(
        Action.CONDITION_CHANGED,
        f"treatment:{treatment_id}",
        patient_id,
        reason=checked_reason(reason),
        old={"treatment": row.kind.value},
        new={"treatment": "taken out"},
    )
    uow.record(event)


def add_muscle_status(uow: UnitOfWork, patient_id: str, values: MuscleStatusValues) -> str:
    """Enter what a procedure did to a muscle and give its id. Raises NotFound, Frozen, Invalid."""
    require(uow, Permission.PATIENT_WRITE)
    patient = active_patient(uow, patient_id)
    wrong = _wrong_day(uow, patient, "on", values.on) | _wrong_muscle(values)
    if wrong:
        raise Invalid(wrong)
    row = MuscleStatus(clinic_id=uow.clinic_id, id=uow.new_id(), patient_id=patient_id, **asdict(values))
    uow.session.add(row)
    uow.record(Event(Action.MUSCLE_STATUS_ADDED, f"muscle_status:{row.id}", patient_id, new=_told(asdict(values))))
    return row.id


def retire_muscle_status(uow: UnitOfWork, patient_id: str, status_id: str, reason: str) -> None:
    """Take a muscle status out of view; it is kept. Raises NotFound, Frozen, Invalid without a reason."""
    _retire(uow, MuscleStatus, patient_id, status_id, Action.MUSCLE_STATUS_RETIRED, "muscle_status", reason)


def add_toxin_elsewhere(uow: UnitOfWork, patient_id: str, values: ToxinValues) -> str:
    """Enter toxin given by somebody else and give its id; it counts to intervals and limits. Raises Invalid."""
    require(uow, Permission.PATIENT_WRITE)
    patient = active_patient(uow, patient_id)
    inventory.product(values.product)
    wrong = _wrong_day(uow, patient, "on", values.on)
    if values.units <= 0:
        wrong["units"] = "Units must be more than 0."
    if wrong:
        raise Invalid(wrong)
    row = ToxinElsewhere(clinic_id=uow.clinic_id, id=uow.new_id(), patient_id=patient_id, **asdict(values))
    uow.session.add(row)
    uow.record(Event(Action.TOXIN_ELSEWHERE_ADDED, f"toxin_elsewhere:{row.id}", patient_id, new=_told(asdict(values))))
    return row.id


def retire_toxin_elsewhere(uow: UnitOfWork, patient_id: str, toxin_id: str, reason: str) -> None:
    """Take toxin given elsewhere out of view and out of the checks; it is kept. Raises Invalid without a reason."""
    _retire(uow, ToxinElsewhere, patient_id, toxin_id, Action.TOXIN_ELSEWHERE_RETIRED, "toxin_elsewhere", reason)


def _retire(
    uow: UnitOfWork, kind: type[Part], patient_id: str, part_id: str, action: Action, word: str, reason: str
) -> None:
    require(uow, Permission.PATIENT_WRITE)
    active_patient(uow, patient_id)
    row = uow.session.get(kind, (uow.clinic_id, part_id))
    if row is None or row.patient_id != patient_id or row.retired_at is not None:
        raise NotFound
    row.retired_at = uow.now
    uow.record(Event(action, f"{word}:{part_id}", patient_id, reason=checked_reason(reason)))


def _unsigned_visits(uow: UnitOfWork, patient_id: str) -> list[Visit]:
    # Locked before the patient, as signing does, so that none is signed meanwhile. A discarded draft counts too: it can
    # come back and must not bring a wrong side with it.
    unsigned = select(Visit).where(Visit.patient_id == patient_id, Visit.state != VisitState.SIGNED)
    return list(uow.session.scalars(unsigned.order_by(Visit.id).with_for_update()))


def _condition(uow: UnitOfWork, patient_id: str, condition_id: str) -> Condition:
    condition = uow.session.get(Condition, (uow.clinic_id, condition_id), with_for_update=True)
    if condition is None or condition.patient_id != patient_id:
        raise NotFound
    if condition.retired_at is not None:
        raise Frozen("This condition was taken out of the record and takes no change.")
    return condition


def _checked_condition(uow: UnitOfWork, patient: Patient, values: ConditionValues) -> ConditionValues:
    wrong = wrong_condition(values, patient.birth_date, clinic_today(uow))
    if wrong:
        raise Invalid(wrong)
    texts = {name: getattr(values, name).strip() for name in ("cause_detail", "eye_status", "note")}
    precision = values.onset_precision if values.onset_on else DatePrecision.UNKNOWN
    return replace(values, onset_precision=precision, **texts)


def wrong_condition(values: ConditionValues, birth_date: date, today: date) -> dict[str, str]:
    """What is refused about an episode of a person born on a day, by field."""
    wrong: dict[str, str] = {}
    if values.side not in (Side.RIGHT, Side.LEFT):
        wrong["side"] = "Choose the patient’s right or left. For both sides enter one condition for each."
    if values.cause is Cause.OTHER and not values.cause_detail.strip():
        wrong["cause_detail"] = "Say what the other cause is."
    wrong |= _wrong_on(birth_date, today, "onset", values.onset_on, values.onset_precision)
    wrong |= _wrong_on(birth_date, today, "first_movement", values.first_movement_on)
    if values.onset_on and values.first_movement_on and values.first_movement_on < values.onset_on:
        wrong.setdefault("first_movement", "The first movement is before the onset. Check both dates.")
    worst = values.worst_house_brackmann
    if worst is not None and not 1 <= worst <= 6:
        wrong["worst_house_brackmann"] = "House–Brackmann is I to VI."
    return wrong


def _wrong_day(
    uow: UnitOfWork, patient: Patient, field: str, day: date | None, precision: DatePrecision = DatePrecision.DAY
) -> dict[str, str]:
    return {} if day is None else _wrong_on(patient.birth_date, clinic_today(uow), field, day, precision)


def _wrong_on(
    birth_date: date, today: date, field: str, day: date | None, precision: DatePrecision = DatePrecision.DAY
) -> dict[str, str]:
    if day is None:
        return {}
    if day > today:
        return {field: "This date is in the future."}
    if last_possible(day, precision) < birth_date:
        return {field: f"This is before the patient’s birth on {day_text(birth_date)}."}
    return {}


def _wrong_muscle(values: MuscleStatusValues) -> dict[str, str]:
    known = anatomy.MUSCLES.get(values.muscle)
    if known is None or not known.is_muscle:
        return {"muscle": "Choose a muscle from the list."}
    if known.paired and values.side is Side.MIDLINE:
        return {"side": f"{known.label} is a paired muscle: choose the patient’s right or left."}
    if not known.paired and values.side is not Side.MIDLINE:
        return {"side": f"{known.label} lies in the midline: choose midline."}
    return {}


def _told(values: dict[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items() if value not in ("", None)}
