"""The sessions of a patient as doses by muscle: signed, in force, each with its touch-ups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from clinic.domain.anatomy import Side
from clinic.domain.dose_histories import Asked, DoseHistory, dose_history
from clinic.domain.dose_sessions import Given, TreatedSession
from clinic.models import Condition
from clinic.queries.given_sessions import GivenSession, given_selects, sessions_given, voided_select, without_voided
from clinic.queries.patients import PatientStrip, strip
from clinic.queries.prepared import ANY_UNIT, Prepared, asked
from clinic.queries.together import AnySelect
from clinic.unit_of_work import UnitOfWork

Rows = Mapping[str, list[tuple[Any, ...]]]
_PREPARED = Prepared(lambda: dose_selects(ANY_UNIT, asked("patient_id")))


@dataclass(frozen=True, slots=True)
class DosesPage:
    """Who the page is about, what it shows, and the days of voided sessions whose toxin counts all the same."""

    strip: PatientStrip
    history: DoseHistory
    voided: tuple[date, ...]


def doses_page(uow: UnitOfWork, patient_id: str, asked: Asked) -> DosesPage:
    """The doses of a patient in four statements, whatever the number of sessions. Raises NotFound."""
    who = strip(uow, patient_id)
    rows = _PREPARED.rows(uow, patient_id=patient_id)
    sessions, voided = treated_sessions(rows)
    return DosesPage(who, dose_history((treated(one) for one in sessions), asked, affected_sides(rows)), voided)


def dose_selects(uow: UnitOfWork, patient_id: str) -> dict[str, AnySelect]:
    """The selects behind ``treated_sessions`` and ``affected_sides``."""
    c = Condition
    palsy = select(c.id, c.side).where(c.clinic_id == uow.clinic_id, c.patient_id == patient_id, c.retired_at.is_(None))
    return given_selects(uow, patient_id) | {"voided": voided_select(uow, patient_id), "palsy": palsy}


def treated_sessions(rows: Rows) -> tuple[tuple[GivenSession, ...], tuple[date, ...]]:
    """The sessions that are told, newest first, and the days of voided ones whose toxin counts."""
    kept, voided = without_voided(rows)
    return sessions_given(kept), voided


def affected_sides(rows: Rows) -> frozenset[Side]:
    """The sides of the palsies on record."""
    return frozenset(side for _, side in rows["palsy"])


def treated(one: GivenSession) -> TreatedSession:
    """A session as the domain reads it."""
    given = tuple(
        Given(site.muscle, site.side, site.product, site.units, site.visit_id != one.id) for site in one.sites
    )
    return TreatedSession(one.id, one.on, one.transcribed, tuple(on for _, on in one.touch_ups), given)
