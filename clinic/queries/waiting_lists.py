"""Everything that waits in a clinic, by list: rows of one statement, judged by the domain, before patients are looked up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import select

from clinic.domain.anatomy import Side
from clinic.domain.plan_words import place_words, title
from clinic.domain.plans import CareStep, Exercise, ItemKind, Occasion, PlanState, Step, Target
from clinic.domain.reviews import benefit_words
from clinic.domain.visits import NEXT_SESSION_DAYS
from clinic.domain.wording import day_text, plural
from clinic.domain.work_lists import (
    IDLE_DAYS,
    Benefit,
    Waiting,
    WorkList,
    waiting_injection,
    waiting_item,
    waiting_referral,
    waiting_review,
    waiting_therapy,
)
from clinic.models import Clinic
from clinic.queries import waiting_plans, waiting_sessions
from clinic.queries.together import together
from clinic.unit_of_work import UnitOfWork

_NAMED_ITEMS: Final = 3
_GOAL_LENGTH: Final = 80
_OCCASIONS: Final = {
    WorkList.REVIEWS: Occasion.REVIEW,
    WorkList.INJECTIONS: Occasion.INJECTION,
    WorkList.THERAPY: Occasion.THERAPY,
}
Rows = Mapping[str, list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Found:
    """One line of a list before its patient is looked up; ``booked`` is the day of the next date for it."""

    patient_id: str
    by_id: str
    by: str
    waiting: Waiting
    booked: str = ""


def waiting_lists(uow: UnitOfWork) -> tuple[date, dict[WorkList, list[Found]]]:
    """Everything that waits today at the clinic, longest first."""
    zone_name, interval = uow.session.execute(
        select(Clinic.time_zone, Clinic.review_interval_days).where(Clinic.id == uow.clinic_id)
    ).one()
    zone = ZoneInfo(zone_name)
    today = uow.now.astimezone(zone).date()
    # Entries of the day on which an item begins to be asked about are among those read; the domain decides.
    before = datetime.combine(today - timedelta(days=IDLE_DAYS - 1), time(), zone)
    rows = together(
        uow,
        {
            "to_review": waiting_sessions.to_review(uow),
            "last": waiting_sessions.last_sessions(uow),
            "benefit": waiting_sessions.benefits(uow),
            "elsewhere": waiting_sessions.toxin_elsewhere(uow),
            "programme": waiting_plans.programmes(uow),
            "referral": waiting_plans.referrals(uow),
            "appointment": waiting_plans.appointments(uow),
            "idle": waiting_plans.idle_items(uow, before, today),
            "charted": waiting_plans.charted(uow),
            "training": waiting_plans.trainings(uow),
        },
    )
    found = {
        WorkList.REVIEWS: _reviews(rows, interval, today),
        WorkList.INJECTIONS: _injections(rows, today),
        WorkList.THERAPY: _therapy(rows, today),
        WorkList.REFERRALS: _referrals(rows, zone, today),
        WorkList.PLANS: _plans(rows, zone, today),
    }
    booked = _booked(rows, today)
    return today, {kind: _ordered(kind, lines, booked) for kind, lines in found.items()}


def _ordered(kind: WorkList, lines: list[Found], booked: Mapping[tuple[str, Occasion], date]) -> list[Found]:
    occasion = _OCCASIONS.get(kind)
    for number, one in enumerate(lines):
        if occasion and (on := booked.get((one.patient_id, occasion))):
            lines[number] = replace(one, booked=day_text(on))
    return sorted(lines, key=lambda one: (one.waiting.due_on, one.waiting.since, one.patient_id, one.waiting.what))


def _reviews(rows: Rows, interval: int, today: date) -> list[Found]:
    """Last sessions that no standing review names: by id, by the version amended, or by another session of the day."""
    ids = {row[6] for row in rows["benefit"]}
    days = {(row[0], row[1]) for row in rows["benefit"]}
    open_rows = (row for row in rows["to_review"] if not ids & {row[4], row[5]} and (row[0], row[1]) not in days)
    found = ((row, waiting_review(row[1], interval, today)) for row in open_rows)
    return [Found(row[0], row[2], row[3], waiting) for row, waiting in found if waiting]


def _injections(rows: Rows, today: date) -> list[Found]:
    newest: dict[tuple[str, date], Benefit] = {}
    for patient_id, on, wearing, worn_off_day, asked_on, *_ in sorted(
        rows["benefit"], key=lambda row: (row[4], row[5])
    ):
        words = benefit_words(wearing, worn_off_day, (asked_on - on).days)
        if words:
            newest[patient_id, on] = Benefit(on, worn_off_day, words)
    elsewhere: dict[str, date] = dict(rows["elsewhere"])
    found = []
    for patient_id, on, by_id, by, benefit_from in rows["last"]:
        waiting = waiting_injection(on, newest.get((patient_id, benefit_from)), elsewhere.get(patient_id), today)
        if waiting:
            found.append(Found(patient_id, by_id, by, waiting))
    return found


def _therapy(rows: Rows, today: date) -> list[Found]:
    trained: dict[str, date] = dict(rows["training"])
    found: dict[str, Found] = {}
    for patient_id, by_id, by, first, last, next_due_on in rows["programme"]:
        toxin_on = next_due_on - timedelta(days=NEXT_SESSION_DAYS) if next_due_on else None
        waiting = waiting_therapy((first, last), toxin_on, trained.get(patient_id), today)
        other = found.get(patient_id)
        if waiting and (other is None or waiting.due_on < other.waiting.due_on):
            found[patient_id] = Found(patient_id, by_id, by, waiting)
    return list(found.values())


def _referrals(rows: Rows, zone: ZoneInfo, today: date) -> list[Found]:
    found = []
    for patient_id, by_id, by, at, kind, recipient, urgent, sent_on, answer_by in rows["referral"]:
        waiting = waiting_referral(at.astimezone(zone).date(), sent_on, answer_by, urgent, today)
        if waiting:
            named = f"{kind.label}{f', {recipient}' if recipient else ''}{', urgent' if urgent else ''}"
            found.append(Found(patient_id, by_id, by, replace(waiting, what=f"{named}: {waiting.what}")))
    return found


def _plans(rows: Rows, zone: ZoneInfo, today: date) -> list[Found]:
    """One line for each patient and kind of waiting, with what waits named; the oldest says since when."""
    grouped: dict[tuple[str, str], list[tuple[Found, str]]] = {}

    def add(one: Found, named: str) -> None:
        grouped.setdefault((one.patient_id, one.waiting.what), []).append((one, named))

    injected: dict[str, date] = {row[0]: row[1] for row in rows["last"]}
    for patient_id, by_id, by, occasion, on in rows["appointment"]:
        if occasion is Occasion.INJECTION and (last := injected.get(patient_id)) and last >= on:
            continue  # A session of that day or later: the date was kept, or has been overtaken.
        if waiting := waiting_item(ItemKind.APPOINTMENT, PlanState.PROPOSED, on, on, None, today):
            add(Found(patient_id, by_id, by, waiting), occasion.label)
    charted: dict[str, datetime] = dict(rows["charted"])
    for patient_id, by_id, by, item_id, kind, state, at, free_from, *named in rows["idle"]:
        if item_id in charted and charted[item_id] >= at:
            continue
        last = injected.get(patient_id)
        if CareStep.TOXIN in named and last and last >= at.astimezone(zone).date():
            continue  # The step is being taken: whoever waits for the next session stands in the list of injections.
        if waiting := waiting_item(kind, state, at.astimezone(zone).date(), None, free_from, today):
            add(Found(patient_id, by_id, by, waiting), _named(kind, *named))
    return [_together(lines) for lines in grouped.values()]


def _together(lines: list[tuple[Found, str]]) -> Found:
    oldest = min((one for one, _ in lines), key=lambda one: one.waiting.due_on)
    names = sorted(named for _, named in lines)
    more = len(names) - _NAMED_ITEMS
    said = "; ".join(names[:_NAMED_ITEMS]) + (f"; and {plural(more, 'more item')}" if more > 0 else "")
    waiting = replace(oldest.waiting, what=f"{oldest.waiting.what[:1].upper()}{oldest.waiting.what[1:]}: {said}")
    return replace(oldest, waiting=waiting)


def _named(
    kind: ItemKind,
    muscle: str | None,
    side: Side | None,
    site_group: str | None,
    step: CareStep | None,
    goal: str | None,
    exercise: str | None,
) -> str:
    if muscle is not None and side is not None:
        return place_words(Target(muscle, side, site_group))
    if step is not None:
        return title(Step(step))
    if goal is not None:
        return f"goal “{goal[:_GOAL_LENGTH]}{'…' if len(goal) > _GOAL_LENGTH else ''}”"
    return title(Exercise(exercise, "", "", "", "")) if exercise is not None else kind.label


def _booked(rows: Rows, today: date) -> dict[tuple[str, Occasion], date]:
    """The next date that stands in the plan, by patient and occasion."""
    found: dict[tuple[str, Occasion], date] = {}
    for patient_id, _, _, occasion, on in rows["appointment"]:
        if on >= today:
            found[patient_id, occasion] = min(on, found.get((patient_id, occasion), on))
    return found
