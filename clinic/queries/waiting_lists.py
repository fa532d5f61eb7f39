"""Everything that waits in a clinic today, by list, longest first: read anew from all that is on record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select

from clinic.domain.plans import Occasion
from clinic.domain.wording import day_text, plural
from clinic.domain.work_lists import Waiting, WorkList
from clinic.domain.work_terms import IDLE_DAYS
from clinic.models import Clinic
from clinic.queries.prepared import Prepared
from clinic.queries.waiting_candidates import Candidate, Rows, candidates, waiting_selects
from clinic.unit_of_work import UnitOfWork

_NAMED_ITEMS: Final = 3
_OCCASIONS: Final = {
    WorkList.REVIEWS: Occasion.REVIEW,
    WorkList.INJECTIONS: Occasion.INJECTION,
    WorkList.THERAPY: Occasion.THERAPY,
}
_PREPARED = Prepared(waiting_selects, listed=True)


@dataclass(frozen=True, slots=True)
class Found:
    """One line of a list before its patient is looked up; ``booked`` is the day of the next date for it."""

    patient_id: str
    by_id: str
    by: str
    shown_from: date
    waiting: Waiting
    booked: str = ""


@dataclass(frozen=True, slots=True)
class ClinicDays:
    """How a clinic counts: its zone, its own interval of reviews, and its day."""

    zone: ZoneInfo
    interval: int
    today: date

    @property
    def idle_before(self) -> datetime:
        """Entries of the day on which an item begins to be asked about are among those read; the domain decides."""
        return datetime.combine(self.today - timedelta(days=IDLE_DAYS - 1), time(), self.zone)


def clinic_days(uow: UnitOfWork) -> ClinicDays:
    """The clinic's zone, interval and day, in one statement."""
    zone_name, interval = uow.session.execute(
        select(Clinic.time_zone, Clinic.review_interval_days).where(Clinic.id == uow.clinic_id)
    ).one()
    zone = ZoneInfo(zone_name)
    return ClinicDays(zone, interval, uow.now.astimezone(zone).date())


def waiting_lists(uow: UnitOfWork) -> tuple[date, dict[WorkList, list[Found]]]:
    """Everything that waits today at the clinic, longest first."""
    days = clinic_days(uow)
    return days.today, lists_of(_PREPARED.rows(uow, before=days.idle_before, today=days.today), days)


def lists_of(rows: Rows, days: ClinicDays, kinds: Iterable[WorkList] = WorkList) -> dict[WorkList, list[Found]]:
    """The lists of a day from the rows of a clinic or of some patients."""
    booked = _booked(rows, days.today)
    found = {}
    for kind, all_of_kind in candidates(rows, days.interval, days.zone, kinds).items():
        lines = [(one, said) for one in all_of_kind if (said := one.said(days.today))]
        found[kind] = _ordered(kind, _lines(kind, lines), booked)
    return found


def _lines(kind: WorkList, waiting: list[tuple[Candidate, Waiting]]) -> list[Found]:
    if kind is WorkList.PLANS:
        grouped: dict[tuple[str, str], list[tuple[Candidate, Waiting]]] = {}
        for one, said in waiting:
            grouped.setdefault((one.patient_id, said.what), []).append((one, said))
        return [_together(lines) for lines in grouped.values()]
    if kind is WorkList.THERAPY:
        first: dict[str, Found] = {}
        for one, said in sorted(waiting, key=lambda line: line[0].order):
            first.setdefault(one.patient_id, _found(one, said))
        return list(first.values())
    return [_found(one, said) for one, said in waiting]


def _found(one: Candidate, said: Waiting) -> Found:
    return Found(one.patient_id, one.by_id, one.by, one.term.shown_from, said)


def _ordered(kind: WorkList, lines: list[Found], booked: Mapping[tuple[str, Occasion], date]) -> list[Found]:
    occasion = _OCCASIONS.get(kind)
    for number, one in enumerate(lines):
        if occasion and (on := booked.get((one.patient_id, occasion))):
            lines[number] = replace(one, booked=day_text(on))
    return sorted(lines, key=_order)


def _order(one: Found) -> tuple[date, date, str, date, str, str]:
    # By the day from which it is shown before its words: a line keeps its place when another one is shown later.
    return one.waiting.due_on, one.waiting.since, one.patient_id, one.shown_from, one.waiting.what, one.by_id


def _together(lines: list[tuple[Candidate, Waiting]]) -> Found:
    oldest = _found(*min(lines, key=lambda line: line[0].order))
    names = sorted(one.named for one, _ in lines)
    more = len(names) - _NAMED_ITEMS
    said = "; ".join(names[:_NAMED_ITEMS]) + (f"; and {plural(more, 'more item')}" if more > 0 else "")
    waiting = replace(oldest.waiting, what=f"{oldest.waiting.what[:1].upper()}{oldest.waiting.what[1:]}: {said}")
    return replace(oldest, waiting=waiting)


def _booked(rows: Rows, today: date) -> dict[tuple[str, Occasion], date]:
    """The next date that stands in the plan, by patient and occasion."""
    found: dict[tuple[str, Occasion], date] = {}
    for patient_id, _, _, occasion, on in rows["appointment"]:
        if on >= today:
            found[patient_id, occasion] = min(on, found.get((patient_id, occasion), on))
    return found
