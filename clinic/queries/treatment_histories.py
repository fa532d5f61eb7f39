"""The treatment history of a patient: what was given, what was measured, what was said of it, what went wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from clinic.domain.documents.content import DocumentDraft
from clinic.domain.documents.treatment_history import (
    History,
    HistoryDose,
    HistoryEvent,
    HistorySession,
    blocks,
    choices,
)
from clinic.domain.trends import all_series
from clinic.domain.visits import Disposition, VisitState
from clinic.domain.wording import day_text, plural
from clinic.models import Condition, InjectionSession, Visit, VisitVoid
from clinic.queries.adverse_events import EventRow, event_rows, event_selects
from clinic.queries.amendment_requests import patient_requests
from clinic.queries.document_heads import Ask, document_head
from clinic.queries.given_sessions import GivenSession, given_selects, sessions_given
from clinic.queries.outcomes import first_versions
from clinic.queries.standing_reviews import StandingReview, standing_reviews, standing_selects
from clinic.queries.stepped_care import care_selects, elsewhere, measured
from clinic.queries.together import AnySelect, together
from clinic.queries.versions import in_force
from clinic.unit_of_work import UnitOfWork

Rows = Mapping[str, list[tuple[Any, ...]]]
NOTHING = "No session is on record for this patient."


def treatment_history(uow: UnitOfWork, ask: Ask) -> DocumentDraft:
    """The treatment history of a patient, in six statements. Raises NotFound."""
    head = document_head(uow, ask)
    rows = together(uow, _selects(uow, ask.patient_id))
    history = replace(_history(rows), requests=tuple(one.lines for one in patient_requests(uow, ask.patient_id)))
    return head.draft(
        ask,
        ask.kind.label,
        blocks(history, ask.left_out),
        choices=choices(history),
        problems=[] if history.sessions else [NOTHING],
        notes=_notes(rows),
    )


def _selects(uow: UnitOfWork, patient_id: str) -> dict[str, AnySelect]:
    v, c = VisitVoid, Condition
    voided = (
        select(Visit.id, Visit.on, v.disposition)
        .join(v, (v.clinic_id == Visit.clinic_id) & (v.visit_id == Visit.id))
        .join(
            InjectionSession,
            (InjectionSession.clinic_id == Visit.clinic_id) & (InjectionSession.visit_id == Visit.id),
        )
        .where(Visit.clinic_id == uow.clinic_id, Visit.patient_id == patient_id)
        .where(Visit.state == VisitState.SIGNED, in_force())
    )
    palsy = select(c.id, c.side).where(c.clinic_id == uow.clinic_id, c.patient_id == patient_id, c.retired_at.is_(None))
    found = given_selects(uow, patient_id) | standing_selects(uow, patient_id) | event_selects(uow, patient_id)
    return found | care_selects(uow, patient_id) | {"voided": voided, "palsy": palsy}


def _history(rows: Rows) -> History:
    voided = {row[0]: row[1] for row in rows["voided"]}
    # A touch-up of a voided session stands for itself.
    standing = [row for row in rows["given_site"] if row[1] not in voided]
    sessions = sessions_given({**rows, "given_site": standing})
    roots = first_versions(rows["given_version"])
    reviews = standing_reviews(rows)
    return History(
        sessions=tuple(_session(one, reviews) for one in sessions),
        series=all_series(measured(rows)),
        events=tuple(_events(event_rows(rows, roots))),
        affected=frozenset(side.value for _, side in rows["palsy"]),
        voided=tuple(sorted(voided.values())),
        elsewhere=elsewhere(rows),
    )


def _session(given: GivenSession, reviews: Iterable[StandingReview]) -> HistorySession:
    said = sorted((one.on, one.words) for one in reviews if one.row.session_id in given.versions and one.words)
    return HistorySession(
        on=given.on,
        transcribed=given.transcribed,
        sites=given.sites,
        doses=tuple(HistoryDose(one.muscle, one.side.value, one.product, one.units) for one in given.sites),
        touch_ups=tuple((on, _totals(given, visit_id)) for visit_id, on in given.touch_ups),
        said=tuple(said),
    )


def _totals(given: GivenSession, visit_id: str) -> tuple[tuple[str, Decimal], ...]:
    sums: dict[str, Decimal] = {}
    for one in given.sites:
        if one.visit_id == visit_id:
            sums[one.product] = sums.get(one.product, Decimal(0)) + one.units
    return tuple(sorted(sums.items()))


def _events(found: Iterable[EventRow]) -> Iterator[HistoryEvent]:
    """The events that stand, on the day of their session, or when they began, or were entered."""
    for one in found:
        if not one.withdrawn:
            on: date = one.session_on or one.onset_on or one.first_at.date()
            after = f" (session of {day_text(one.session_on)})" if one.session_on else ""
            yield HistoryEvent(on, f"{one.words}{after}{'' if one.reviewed else '; not reviewed yet'}")


def _notes(rows: Rows) -> tuple[str, ...]:
    """Voided sessions whose units are in the patient: they are left out of the pages and still count."""
    given = sorted(on for _, on, disposition in rows["voided"] if disposition is Disposition.GIVEN)
    if not given:
        return ()
    days = ", ".join(map(day_text, given))
    count = plural(len(given), "voided session")
    return (f"{count} ({days}) left out here had been given: the units count to intervals and limits.",)
