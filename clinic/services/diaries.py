"""Keying in the weeks of a patient's diary: each entry is added, and the newest one for a week counts."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from clinic.domain.actors import Permission
from clinic.domain.diary import DiaryError, Week, parse_weeks
from clinic.domain.errors import Invalid
from clinic.domain.events import Action, Event
from clinic.models import DiaryWeek
from clinic.queries.diaries import standing_weeks
from clinic.queries.patients import clinic_today
from clinic.services.authority import require
from clinic.services.patients import active_patient
from clinic.unit_of_work import UnitOfWork

NOTE_MAXIMUM = 1000


def enter_weeks(uow: UnitOfWork, patient_id: str, lines: str, note: str = "") -> str:
    """Add the weeks that lines of the paper diary say, all or none; gives the id of the first of them.

    An entry for a week that is there already replaces it from now on; the earlier one stays readable. Raises NotFound,
    Frozen for a retired patient, NotPermitted, or Invalid naming each line that cannot be taken.
    """
    require(uow, Permission.DIARY_WRITE)
    active_patient(uow, patient_id)
    try:
        weeks = parse_weeks(lines, clinic_today(uow))
    except DiaryError as error:
        raise Invalid({"lines": str(error)}) from error
    if len(note) > NOTE_MAXIMUM:
        raise Invalid({"note": f"At most {NOTE_MAXIMUM} characters."})
    before = standing_weeks(uow, patient_id)
    at = _moment(uow, patient_id)
    ids = [_add(uow, patient_id, week, note.strip(), at) for week in weeks]
    replaced = (before.get((week.monday, week.exercise)) for week in weeks)
    uow.record(
        Event(
            Action.DIARY_ENTERED,
            f"patient:{patient_id}",
            patient_id,
            old={week_name(one.monday, one.exercise): one.days for one in replaced if one},
            new={week_name(one.monday, one.exercise): one.days for one in weeks}
            | ({"note": note.strip()} if note.strip() else {}),
        )
    )
    return ids[0]


def _moment(uow: UnitOfWork, patient_id: str) -> datetime:
    """Now, and after every earlier entry of the patient: a clock that was set back must not let an older one count."""
    d = DiaryWeek
    newest = uow.session.scalar(select(func.max(d.at)).where(d.clinic_id == uow.clinic_id, d.patient_id == patient_id))
    return uow.now if newest is None else max(uow.now, newest + timedelta(microseconds=1))


def _add(uow: UnitOfWork, patient_id: str, week: Week, note: str, at: datetime) -> str:
    row = DiaryWeek(
        clinic_id=uow.clinic_id,
        id=uow.new_id(),
        patient_id=patient_id,
        monday=week.monday,
        exercise=week.exercise,
        days=week.days,
        note=note,
        by_id=uow.actor.user_id,
        by=uow.actor.name,
        at=at,
    )
    uow.session.add(row)
    return row.id


def week_name(monday: date, exercise: str) -> str:
    """A week of an exercise, as the audit trail names it."""
    return f"{monday.isoformat()} {exercise or 'whole programme'}"
