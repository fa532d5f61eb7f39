"""The kept lines of the work lists: made from candidates, looked up a page at a time, told from those that are out of date.

A line stands from day to day, so that only a change of the record makes one old; each change is in the audit trail with
its patient. What is shown is read from the record itself; lines only say whose turn it is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from clinic.domain.events import READS, REFUSALS, Action
from clinic.domain.work_lists import WorkList
from clinic.models import AuditEvent, AuditHead, Clinic, WaitingLine, WaitingMark
from clinic.queries.prepared import ANY_UNIT, Prepared
from clinic.queries.together import AnySelect
from clinic.queries.waiting_candidates import Candidate, candidates, waiting_selects
from clinic.queries.waiting_lists import ClinicDays
from clinic.unit_of_work import UnitOfWork

RULES: Final = 2
"""To be raised with every change of what stands on a list and when: all lines are then made anew."""
LONGEST_TAIL: Final = 2000
"""Entries of the trail that are looked through before the mark moves on, even where all of them were reads."""
FOR_EVER: Final = date.max
_NO_CHANGE: Final = sorted(one.value for one in READS | REFUSALS)
_ELSEWHERE: Final = frozenset(
    {"user", "session", "emergency", "backup", "lot", "vial", "preset", "cohort", "letter", "text", "instrument"}
    | {"dose_rule", "planning_rule", "pattern"}
)
_OF_NO_PATIENT: Final = sorted(
    one.value
    for one in Action
    if one.value.split(".")[0] in _ELSEWHERE
    or one
    in {Action.LOGO_CHANGED, Action.RECORD_EXPORTED, Action.EXPORT_BEGUN, Action.EXPORT_CHANGED, Action.IMPORT_BEGUN}
)
"""Changes that name no patient and touch no list; after any other such change all lines are made anew."""
_KEY: Final = ("list", "due_on", "since", "patient_id", "place")


def _since_the_mark() -> tuple[Any, ...]:
    mark = select(WaitingMark.sequence).where(WaitingMark.clinic_id == ANY_UNIT.clinic_id).scalar_subquery()
    e = AuditEvent
    return (e.chain == ANY_UNIT.clinic_id, e.sequence > mark, e.action.not_in(_NO_CHANGE))


def changed_patients() -> AnySelect:
    """The patients of whom something changed since the lines were made."""
    e = AuditEvent
    return select(e.patient_id).where(*_since_the_mark(), e.patient_id.is_not(None)).distinct()


def _state_selects() -> dict[str, AnySelect]:
    e, m = AuditEvent, WaitingMark
    many = e.patient_id.is_(None) & e.action.not_in(_OF_NO_PATIENT)
    return {
        "clinic": select(Clinic.time_zone, Clinic.review_interval_days).where(Clinic.id == ANY_UNIT.clinic_id),
        "mark": select(m.sequence, m.time_zone, m.interval_days, m.rules).where(m.clinic_id == ANY_UNIT.clinic_id),
        "head": select(AuditHead.sequence).where(AuditHead.chain == ANY_UNIT.clinic_id),
        "changed": select(func.min(e.sequence)).where(*_since_the_mark()),
        "many": select(func.min(e.sequence)).where(*_since_the_mark(), many),
    }


_STATE = Prepared(_state_selects)
_CHANGED = Prepared(lambda: {"id": changed_patients(), **waiting_selects(changed_patients())})
_ALL = Prepared(waiting_selects)


class State:
    """How far the lines of a clinic are: whether they are as the record is, can be caught up, or must all be made."""

    def __init__(self, uow: UnitOfWork) -> None:
        rows = _STATE.rows(uow)
        zone, interval = rows["clinic"][0]
        self.head: int = rows["head"][0][0] if rows["head"] else 0
        self.settings = (zone, interval, RULES)
        self.days = ClinicDays(ZoneInfo(zone), interval, uow.now.astimezone(ZoneInfo(zone)).date())
        mark = rows["mark"][0] if rows["mark"] else None
        self.is_new = mark is None
        at = mark[0] if mark else -1
        self.all_anew = mark is None or mark[1:] != self.settings or at > self.head or rows["many"][0][0] is not None
        self.is_current = not self.all_anew and rows["changed"][0][0] is None
        self.is_due = not self.is_current or self.head - at > LONGEST_TAIL


def changed_rows(uow: UnitOfWork) -> dict[str, list[tuple[Any, ...]]]:
    """The candidates' rows of the patients that changed, and their ids."""
    return _CHANGED.rows(uow, **_ANY_DAY)


def all_rows(uow: UnitOfWork) -> dict[str, list[tuple[Any, ...]]]:
    """The candidates' rows of the whole clinic."""
    return _ALL.rows(uow, **_ANY_DAY)


_ANY_DAY: Final[dict[str, Any]] = {"before": datetime(9999, 1, 1, tzinfo=UTC), "today": date.max}
"""Items of every age are candidates."""


def lines_of(found: dict[WorkList, list[Candidate]]) -> list[dict[str, Any]]:
    """The lines to keep: one for each candidate, but for plans one a kind of waiting, for therapy the one due first."""
    lines: list[dict[str, Any]] = []
    for kind, of_kind in found.items():
        places: Counter[tuple[Any, ...]] = Counter()
        if kind is WorkList.THERAPY:
            terms = list(_firsts(of_kind))
        else:
            these = _oldest(of_kind) if kind is WorkList.PLANS else of_kind
            terms = [(one, one.term.shown_from, FOR_EVER) for one in these]
        # The order that the page gives lines that are alike (waiting_lists._order).
        for one, first, until in sorted(terms, key=lambda each: (each[1], _said(kind, each[0]), each[0].by_id)):
            term = one.term
            key = (one.patient_id, term.due_on, term.since)
            lines.append(
                {
                    "list": kind, "due_on": term.due_on, "since": term.since, "patient_id": one.patient_id,
                    "place": places[key], "shown_from": first, "due_from": term.due_from,
                    "overdue_from": term.overdue_from, "shown_until": until, "by_id": one.by_id, "by": one.by,
                }
            )  # fmt: skip
            places[key] += 1
    return lines


def _said(kind: WorkList, one: Candidate) -> str:
    if kind is WorkList.PLANS:
        return one.term.what[:1].upper() + one.term.what[1:]
    return f"{one.named}: {one.term.what}"


def _oldest(of_kind: Iterable[Candidate]) -> list[Candidate]:
    found: dict[tuple[str, str], Candidate] = {}
    for one in of_kind:
        other = found.get((one.patient_id, one.term.what))
        if other is None or one.order < other.order:
            found[one.patient_id, one.term.what] = one
    return list(found.values())


def _firsts(of_kind: Iterable[Candidate]) -> Iterator[tuple[Candidate, date, date]]:
    """Of each patient's candidates the one due first of those shown, with the days from and until which it is that."""
    grouped: dict[str, list[Candidate]] = defaultdict(list)
    for one in of_kind:
        grouped[one.patient_id].append(one)
    for of_patient in grouped.values():
        best: Candidate | None = None
        begun = date.min
        for day in sorted({one.term.shown_from for one in of_patient}):
            shown = [one for one in of_patient if one.term.shown_from <= day]
            first = min(shown, key=lambda one: one.order)
            if first is not best:
                if best is not None:
                    yield best, begun, day
                best, begun = first, day
        if best is not None:
            yield best, begun, FOR_EVER


def kept_lines(uow: UnitOfWork) -> set[tuple[Any, ...]]:
    """All lines that are kept, to be compared."""
    columns = [getattr(WaitingLine, name) for name in LINE]
    return {tuple(row) for row in uow.session.execute(select(*columns).where(WaitingLine.clinic_id == uow.clinic_id))}


LINE: Final = (*_KEY, "shown_from", "due_from", "overdue_from", "shown_until", "by_id", "by")


def made_lines(uow: UnitOfWork, days: ClinicDays) -> set[tuple[Any, ...]]:
    """All lines as they are made from the record as it is."""
    lines = lines_of(candidates(all_rows(uow), days.interval, days.zone))
    return {tuple(one[name] for name in LINE) for one in lines}
