"""Catch the kept lines of the work lists up with the record; nothing of the record is written."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert, select, update

from clinic.models import Clinic, WaitingLine, WaitingMark
from clinic.queries.waiting_candidates import candidates
from clinic.queries.waiting_lines import State, all_rows, changed_rows, lines_of
from clinic.unit_of_work import UnitOfWork

AT_ONCE: Final = 5000
"""Of more patients than these it costs less to make all lines anew."""


def catch_up(uow: UnitOfWork) -> None:
    """Make the lines of the patients that changed since the last time; those of all where it cannot be told whose."""
    # One at a time on PostgreSQL: else a second server would set the mark past what the first one then writes.
    uow.session.execute(select(Clinic.id).where(Clinic.id == uow.clinic_id).with_for_update(key_share=True))
    state = State(uow)
    if not state.is_due:
        return
    rows = all_rows(uow) if state.all_anew else changed_rows(uow)
    changed = [row[0] for row in rows.get("id", ())]
    if len(changed) > AT_ONCE:
        rows, changed = all_rows(uow), []
    gone = delete(WaitingLine).where(WaitingLine.clinic_id == uow.clinic_id)
    if "id" in rows:
        gone = gone.where(WaitingLine.patient_id.in_(changed))
    uow.session.execute(gone)
    zone, interval, rules = state.settings
    lines = lines_of(candidates(rows, interval, ZoneInfo(zone)))
    if lines:
        uow.session.execute(insert(WaitingLine), [{"clinic_id": uow.clinic_id, **one} for one in lines])
    mark = {"sequence": state.head, "time_zone": zone, "interval_days": interval, "rules": rules}
    if state.is_new:
        uow.session.execute(insert(WaitingMark), [{"clinic_id": uow.clinic_id, **mark}])
    else:
        uow.session.execute(update(WaitingMark).where(WaitingMark.clinic_id == uow.clinic_id).values(**mark))
