"""From which day on a thing waits, is due and is late: days that stand fast until the record itself changes.

A list of a day is made from these terms; they can be kept and looked up, since no term depends on today.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from clinic.domain.plans import ItemKind, PlanState
from clinic.domain.referrals import wait_until
from clinic.domain.visits import NEXT_SESSION_DAYS

REVIEW_FROM_DAYS: Final = 14
"""A review can be asked from two weeks on: full effect at 1 to 2 weeks (Patel 2018: tested again at 2 weeks)."""

REVIEW_OVERDUE_DAYS: Final = 42
"""A review is late after six weeks (trials tested again at 2, 4 and 5 weeks: Patel 2018, Díaz-Aristizabal 2023, Hayler 2024)."""

AHEAD_DAYS: Final = 7
"""How far ahead a re-injection is shown. This program's own preset."""

INJECTION_OVERDUE_DAYS: Final = 28
"""Days after a re-injection fell due from which it is late. This program's own preset."""

TRAINING_AFTER_DAYS: Final = 42
"""Weeks of weakness are the time to train (Azuma 2012): six weeks after toxin without a therapist's visit is late."""

UNSENT_DAYS: Final = 7
"""Days that a referral may lie before it is sent; an urgent one none. This program's own preset."""

IDLE_DAYS: Final = 28
"""Days after which a planned item that nobody touched is asked about; twice as many make it late. Own preset."""


class Standing(StrEnum):
    """How urgently something waits."""

    OPEN = "open"
    DUE = "due"
    OVERDUE = "overdue"

    @property
    def label(self) -> str:
        """The standing in a word or two."""
        return {"open": "can be done"}.get(self.value, self.value)


@dataclass(frozen=True, slots=True)
class Term:
    """What waits since which day and when it is (or was) due; the first days on which it is shown, due and overdue."""

    what: str
    since: date
    due_on: date
    shown_from: date
    due_from: date
    overdue_from: date

    def standing(self, today: date) -> Standing | None:
        """How it stands on a day; None while it does not wait yet."""
        if today < self.shown_from:
            return None
        if today >= self.overdue_from:
            return Standing.OVERDUE
        return Standing.DUE if today >= self.due_from else Standing.OPEN


@dataclass(frozen=True, slots=True)
class Benefit:
    """What the newest review of the last session says of its effect; ``worn_off_day`` counts from that session."""

    session_on: date
    worn_off_day: int | None
    words: str

    @property
    def worn_off_on(self) -> date | None:
        """The day on which the effect had worn off, as far as it is known."""
        return None if self.worn_off_day is None else self.session_on + timedelta(days=self.worn_off_day)


def review_term(session_on: date, interval_days: int) -> Term:
    """A session without a review; nothing before two weeks, unless the clinic's own interval is shorter."""
    due_on = session_on + timedelta(days=interval_days)
    shown = session_on + timedelta(days=min(REVIEW_FROM_DAYS, interval_days))
    late = session_on + timedelta(days=max(REVIEW_OVERDUE_DAYS, interval_days) + 1)
    return Term("Outcome of the last session", session_on, due_on, shown, due_on, late)


def injection_term(last_on: date, benefit: Benefit | None, elsewhere_on: date | None) -> Term:
    """A patient's next session: the latest of 12 weeks after any toxin and the day on which the effect had worn off."""
    earliest = earliest_injection(last_on, elsewhere_on)
    due_on = max(earliest, (benefit.worn_off_on if benefit else None) or earliest)
    shown = due_on - timedelta(days=AHEAD_DAYS)
    return Term("Re-injection", last_on, due_on, shown, due_on, due_on + timedelta(days=INJECTION_OVERDUE_DAYS + 1))


def earliest_injection(last_on: date, elsewhere_on: date | None) -> date:
    """12 weeks after any toxin."""
    return max(last_on, elsewhere_on or last_on) + timedelta(days=NEXT_SESSION_DAYS)


def therapy_term(
    window: tuple[date | None, date | None], toxin_on: date | None, trained_on: date | None
) -> Term | None:
    """A patient with an open programme: the therapist's window first, else six weeks after toxin."""
    first, last = window
    starts = first or last
    if starts and (trained_on is None or trained_on < starts):
        ends = last or starts
        after = ends + timedelta(days=1)
        return Term("Therapist’s visit", starts, ends, min(starts, after), after, after)
    if toxin_on is None or (trained_on is not None and trained_on >= toxin_on):
        return None
    due_on = toxin_on + timedelta(days=TRAINING_AFTER_DAYS)
    return Term("Therapist’s visit", toxin_on, due_on, due_on, due_on, due_on + timedelta(days=1))


def referral_term(entered_on: date, sent_on: date | None, answer_by: date | None, urgent: bool) -> Term:
    """A referral that was not sent, or whose answer should have come; nothing while there is still time."""
    if sent_on is None:
        late = entered_on + timedelta(days=(0 if urgent else UNSENT_DAYS) + 1)
        return Term("not sent yet", entered_on, entered_on, date.min, entered_on, late)
    asked_by = answer_by or wait_until(sent_on, urgent)
    after = asked_by + timedelta(days=1)
    return Term("no answer yet", sent_on, asked_by, after, after, after)


def item_term(
    kind: ItemKind, state: PlanState, touched_on: date, planned_for: date | None, free_from: date | None
) -> Term | None:
    """A planned item that nobody touched; ``planned_for`` is a date's own day, ``free_from`` the earliest next session.

    Agreed goals, programmes and exercises go on by themselves, and referrals have their own list.
    """
    if kind is ItemKind.REFERRAL or not state.is_open:
        return None
    if kind is ItemKind.APPOINTMENT:
        return None if planned_for is None else _idle("date has passed", planned_for, planned_for)
    if state is PlanState.AGREED and kind not in {ItemKind.TARGET, ItemKind.STEP}:
        return None
    due_on = touched_on + timedelta(days=IDLE_DAYS)
    if kind is ItemKind.TARGET and free_from is not None:
        due_on = max(due_on, free_from)
    agreed = "agreed, not charted" if kind is ItemKind.TARGET else "agreed, not acted on"
    return _idle(agreed if state is PlanState.AGREED else "proposed, not decided", touched_on, due_on)


def _idle(what: str, since: date, due_on: date) -> Term:
    after = due_on + timedelta(days=1)
    return Term(what, since, due_on, after, after, after + timedelta(days=IDLE_DAYS))
