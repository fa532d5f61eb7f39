"""Everything that may wait in a clinic, by list: rows of one statement, judged by the domain, whatever the day.

From these come the lists of a day (``waiting_lists``) and the lines that are kept of them (``waiting_lines``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

from clinic.domain.anatomy import Side
from clinic.domain.plan_words import place_words, title
from clinic.domain.plans import CareStep, Exercise, ItemKind, Occasion, PlanState, Step, Target
from clinic.domain.reviews import benefit_words
from clinic.domain.visits import NEXT_SESSION_DAYS
from clinic.domain.work_lists import (
    Waiting,
    WorkList,
    waiting_injection,
    waiting_item,
    waiting_referral,
    waiting_review,
    waiting_therapy,
)
from clinic.domain.work_terms import (
    Benefit,
    Term,
    injection_term,
    item_term,
    referral_term,
    review_term,
    therapy_term,
)
from clinic.models import InjectionSite, PlanEntry
from clinic.queries import waiting_plans, waiting_sessions
from clinic.queries.prepared import ANY_UNIT, asked
from clinic.queries.together import AnySelect

_GOAL_LENGTH: Final = 80
NEEDED: Final[Mapping[WorkList, tuple[str, ...]]] = {
    WorkList.REVIEWS: ("to_review", "benefit", "appointment"),
    WorkList.INJECTIONS: ("last", "benefit", "elsewhere", "appointment"),
    WorkList.THERAPY: ("programme", "training", "appointment"),
    WorkList.REFERRALS: ("referral", "appointment"),
    WorkList.PLANS: ("appointment", "idle", "charted", "last"),
}
"""The selects that each list is made of; the next date is shown beside its line."""
Rows = Mapping[str, list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """What waits for a patient within its term; ``said`` gives the line of a day, ``named`` what it is about."""

    patient_id: str
    by_id: str
    by: str
    term: Term
    said: Callable[[date], Waiting | None]
    named: str = ""

    @property
    def order(self) -> tuple[date, date, date, str, str]:
        """Which of several stands for them all: the one due first, and always the same one of those due together."""
        return self.term.due_on, self.term.shown_from, self.term.since, self.by_id, self.named


def waiting_selects(patients: AnySelect | None = None) -> dict[str, AnySelect]:
    """What all lists are made of: of the whole clinic, or of some patients."""
    found = {
        "to_review": waiting_sessions.to_review(ANY_UNIT),
        "last": waiting_sessions.last_sessions(ANY_UNIT),
        "benefit": waiting_sessions.benefits(ANY_UNIT),
        "elsewhere": waiting_sessions.toxin_elsewhere(ANY_UNIT),
        "programme": waiting_plans.programmes(ANY_UNIT),
        "referral": waiting_plans.referrals(ANY_UNIT),
        "appointment": waiting_plans.appointments(ANY_UNIT),
        "idle": waiting_plans.idle_items(ANY_UNIT, asked("before"), asked("today")),
        "charted": waiting_plans.charted(ANY_UNIT),
        "training": waiting_plans.trainings(ANY_UNIT),
    }
    if patients is None:
        return found
    # Items are named by what they are looked up by: a database that begins with the patient reads every plan there is.
    items = waiting_plans.items_of(ANY_UNIT, patients)
    return {
        name: one.where(_ITEM_OF[name].in_(items) if name in _ITEM_OF else one.selected_columns[0].in_(patients))
        for name, one in found.items()
    }


_ITEM_OF: Final[Mapping[str, Any]] = {
    "charted": InjectionSite.from_planned_target,
    **dict.fromkeys(("programme", "referral", "appointment", "idle"), PlanEntry.item_id),
}


def candidates(
    rows: Rows, interval: int, zone: ZoneInfo, kinds: Iterable[WorkList] = WorkList
) -> dict[WorkList, list[Candidate]]:
    """All that may wait, by list."""
    made: Mapping[WorkList, Callable[[], list[Candidate]]] = {
        WorkList.REVIEWS: lambda: _reviews(rows, interval),
        WorkList.INJECTIONS: lambda: _injections(rows),
        WorkList.THERAPY: lambda: _therapy(rows),
        WorkList.REFERRALS: lambda: _referrals(rows, zone),
        WorkList.PLANS: lambda: _plans(rows, zone),
    }
    return {kind: made[kind]() for kind in kinds}


def _reviews(rows: Rows, interval: int) -> list[Candidate]:
    """Last sessions that no standing review names: by id, by the version amended, or by another session of the day."""
    ids = {row[6] for row in rows["benefit"]}
    days = {(row[0], row[1]) for row in rows["benefit"]}
    open_rows = (row for row in rows["to_review"] if not ids & {row[4], row[5]} and (row[0], row[1]) not in days)
    return [
        Candidate(row[0], row[2], row[3], review_term(row[1], interval), partial(waiting_review, row[1], interval))
        for row in open_rows
    ]


def _injections(rows: Rows) -> list[Candidate]:
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
        facts = (on, newest.get((patient_id, benefit_from)), elsewhere.get(patient_id))
        found.append(Candidate(patient_id, by_id, by, injection_term(*facts), partial(waiting_injection, *facts)))
    return found


def _therapy(rows: Rows) -> list[Candidate]:
    """Each open programme; of a patient's several that wait, the list has the one due first."""
    trained: dict[str, date] = dict(rows["training"])
    found = []
    for patient_id, by_id, by, first, last, next_due_on in rows["programme"]:
        toxin_on = next_due_on - timedelta(days=NEXT_SESSION_DAYS) if next_due_on else None
        facts = ((first, last), toxin_on, trained.get(patient_id))
        if term := therapy_term(*facts):
            found.append(Candidate(patient_id, by_id, by, term, partial(waiting_therapy, *facts)))
    return found


def _referrals(rows: Rows, zone: ZoneInfo) -> list[Candidate]:
    found = []
    for patient_id, by_id, by, at, kind, recipient, urgent, sent_on, answer_by in rows["referral"]:
        facts = (at.astimezone(zone).date(), sent_on, answer_by, urgent)
        named = f"{kind.label}{f', {recipient}' if recipient else ''}{', urgent' if urgent else ''}"
        said = partial(_referral_said, named, facts)
        found.append(Candidate(patient_id, by_id, by, referral_term(*facts), said, named))
    return found


def _referral_said(named: str, facts: tuple[date, date | None, date | None, bool], today: date) -> Waiting | None:
    waiting = waiting_referral(*facts, today)
    return replace(waiting, what=f"{named}: {waiting.what}") if waiting else None


def _plans(rows: Rows, zone: ZoneInfo) -> list[Candidate]:
    """Each item that was not acted on; the list has one line for each patient and kind of waiting."""
    found = []

    def add(who: tuple[str, str, str], facts: Any, named: str) -> None:
        if term := item_term(*facts):
            found.append(Candidate(*who, term, partial(waiting_item, *facts), named))

    injected: dict[str, date] = {row[0]: row[1] for row in rows["last"]}
    for patient_id, by_id, by, occasion, on in rows["appointment"]:
        if occasion is Occasion.INJECTION and (last := injected.get(patient_id)) and last >= on:
            continue  # A session of that day or later: the date was kept, or has been overtaken.
        add((patient_id, by_id, by), (ItemKind.APPOINTMENT, PlanState.PROPOSED, on, on, None), occasion.label)
    charted: dict[str, datetime] = dict(rows["charted"])
    for patient_id, by_id, by, item_id, kind, state, at, free_from, *named in rows["idle"]:
        if item_id in charted and charted[item_id] >= at:
            continue
        last = injected.get(patient_id)
        touched_on = at.astimezone(zone).date()
        if CareStep.TOXIN in named and last and last >= touched_on:
            continue  # The step is being taken: whoever waits for the next session stands in the list of injections.
        add((patient_id, by_id, by), (kind, state, touched_on, None, free_from), _named(kind, *named))
    return found


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
