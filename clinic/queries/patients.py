"""Who a page is about: the patient strip with its look-alike warning, and today at the clinic."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select, union

from clinic.clinic_scope import CLINIC
from clinic.domain import likeness
from clinic.domain.errors import NotFound
from clinic.domain.patients import Identity, Sex, age_on, condition_text, display_name, lookalike_rank
from clinic.domain.wording import day_text
from clinic.models import Clinic, Condition, Patient, PatientWord
from clinic.queries.together import AnySelect
from clinic.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class PatientStrip:
    """Who a page is about; on every patient page and print. ``age`` is in whole years today at the clinic."""

    id: str
    display_name: str
    family_name: str
    given_names: str
    birth_date: date
    birth_date_text: str
    age: int
    record_number: str
    sex: Sex
    condition_text: str
    lookalike_text: str | None
    synthetic: bool
    retired: bool
    today: date
    edit_version: int
    retired_at: datetime | None
    retired_reason: str


_ZONE = select(Clinic.time_zone).where(Clinic.id == bindparam("id"))


def clinic_today(uow: UnitOfWork) -> date:
    """Today by the clinic's own clock, whose zone came with the session of whoever asks."""
    zone = uow.actor.time_zone or uow.session.execute(_ZONE, {"id": uow.clinic_id}).scalar_one()
    return uow.now.astimezone(ZoneInfo(zone)).date()


@cache
def _who() -> AnySelect:
    return (
        select(
            Patient.family_name,
            Patient.given_names,
            Patient.birth_date,
            Patient.record_number,
            Patient.sex,
            Patient.synthetic,
            Patient.retired_at,
            Patient.retired_reason,
            Patient.edit_version,
            Clinic.time_zone,
        )
        .join(Clinic, Clinic.id == Patient.clinic_id)
        .where(Patient.id == bindparam("patient_id"))
    )


def strip(uow: UnitOfWork, patient_id: str, *, conditions: str | None = None) -> PatientStrip:
    """Who the page is about, in three statements. Raises NotFound for anybody not in this clinic.

    ``conditions`` is the line of ``condition_texts`` where the page has read it already; it is not read again.
    """
    row = uow.session.execute(_who(), {"patient_id": patient_id}).one_or_none()
    if row is None:
        raise NotFound
    today = uow.now.astimezone(ZoneInfo(row.time_zone)).date()
    identity = Identity(row.family_name, row.given_names, row.birth_date)
    if conditions is None:
        conditions = condition_texts(uow, [patient_id]).get(patient_id, "")
    return PatientStrip(
        id=patient_id,
        display_name=display_name(row.family_name, row.given_names),
        family_name=row.family_name,
        given_names=row.given_names,
        birth_date=row.birth_date,
        birth_date_text=day_text(row.birth_date),
        age=age_on(row.birth_date, today),
        record_number=row.record_number,
        sex=row.sex,
        condition_text=conditions,
        lookalike_text=_lookalike_text(uow, patient_id, identity),
        synthetic=row.synthetic,
        retired=row.retired_at is not None,
        today=today,
        edit_version=row.edit_version,
        retired_at=row.retired_at,
        retired_reason=row.retired_reason or "",
    )


@cache
def _episodes() -> AnySelect:
    c = Condition
    return (
        select(c.patient_id, c.cause, c.cause_detail, c.side, c.onset_on, c.onset_precision)
        .where(c.patient_id.in_(bindparam("patient_ids", expanding=True)), c.retired_at.is_(None))
        .order_by(c.patient_id, c.onset_on.nulls_first(), c.id)
    )


def condition_texts(uow: UnitOfWork, patient_ids: list[str]) -> dict[str, str]:
    """The palsy episodes of several patients in a line each, oldest first, in one statement."""
    rows = uow.session.execute(_episodes(), {"patient_ids": patient_ids})
    found: dict[str, str] = {}
    for patient_id, cause, detail, side, onset_on, precision in rows:
        text = condition_text(cause, detail, side, onset_on, precision)
        found[patient_id] = f"{found[patient_id]}; {text}" if patient_id in found else text
    return found


def _lookalike_text(uow: UnitOfWork, patient_id: str, mine: Identity) -> str | None:
    found = [(lookalike_rank(mine, other), other) for other_id, other in near(uow, mine) if other_id != patient_id]
    ranked = sorted((entry for entry in found if entry[0]), key=lambda entry: (-entry[0], entry[1].family_name))
    if not ranked:
        return None
    first = ranked[0][1]
    named = f"{display_name(first.family_name, first.given_names)}, born {day_text(first.birth_date)}"
    more = len(ranked) - 1
    return f"Another patient: {named}" + (f", and {more} more" if more else "")


@cache
def _near(retired: bool) -> AnySelect:
    born = select(Patient.id).where(Patient.clinic_id == CLINIC, Patient.birth_date == bindparam("birth_date"))
    named = select(PatientWord.patient_id).where(
        PatientWord.clinic_id == CLINIC, PatientWord.word.in_(bindparam("words", expanding=True))
    )
    found = select(Patient.id, Patient.family_name, Patient.given_names, Patient.birth_date).where(
        Patient.id.in_(union(born, named))
    )
    return found if retired else found.where(Patient.retired_at.is_(None))


def near(uow: UnitOfWork, identity: Identity, *, retired: bool = False) -> list[tuple[str, Identity]]:
    """Everybody (retired ones when asked for) whose names or birth date may be mistaken for these, in one statement.

    Exact look-ups only, so that it costs the same in a large clinic; ``lookalike_rank`` and ``likely_same`` decide.
    """
    asked = {"birth_date": identity.birth_date, "words": sorted(likeness.looked_for(identity))}
    rows = uow.session.execute(_near(retired), asked)
    return [(row.id, Identity(row.family_name, row.given_names, row.birth_date)) for row in rows]
