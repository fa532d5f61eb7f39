"""What waits in the clinic, list by list: since when, until when, and in which words. A list reminds; it decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from clinic.domain.plans import ItemKind, PlanState
from clinic.domain.quantities import NBSP
from clinic.domain.referrals import wait_until
from clinic.domain.visits import NEXT_SESSION_DAYS
from clinic.domain.wording import day_text, plural

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


class WorkList(StrEnum):
    """The lists."""

    REVIEWS = "reviews"
    INJECTIONS = "injections"
    THERAPY = "therapy"
    REFERRALS = "referrals"
    PLANS = "plans"

    @property
    def label(self) -> str:
        """The list's name."""
        return _LISTS[self][0]

    @property
    def about(self) -> str:
        """Who stands on it, in a sentence."""
        return _LISTS[self][1]


_LISTS: Final = {
    WorkList.REVIEWS: (
        "Reviews due",
        "Last session without a review, from 2 weeks after it; due by the clinic’s own interval, late after 6 weeks.",
    ),
    WorkList.INJECTIONS: (
        "Re-injections due",
        "12 weeks after the last session, or from the day the effect had worn off when that came later; up to a week ahead.",
    ),
    WorkList.THERAPY: (
        "Therapy overdue",
        "Open programmes whose window for the therapist’s visit is open or past, or 6 weeks after toxin without a visit.",
    ),
    WorkList.REFERRALS: ("Referrals unanswered", "Referrals not sent yet, and those whose answer should have come."),
    WorkList.PLANS: (
        "Plans not acted on",
        "Planned more than 4 weeks ago and not touched since; agreed targets count once the next session is possible.",
    ),
}


class Standing(StrEnum):
    """How urgently something waits."""

    OPEN = "open"
    DUE = "due"
    OVERDUE = "overdue"

    @property
    def label(self) -> str:
        """The standing in a word or two."""
        return {"open": "can be done"}.get(self.value, self.value)


class Only(StrEnum):
    """Which standings are asked for."""

    ALL = "all"
    DUE = "due"
    OVERDUE = "overdue"

    @property
    def standings(self) -> frozenset[Standing]:
        """What is shown."""
        due = {Standing.DUE, Standing.OVERDUE}
        return frozenset({"all": set(Standing), "due": due, "overdue": {Standing.OVERDUE}}[self.value])

    @property
    def label(self) -> str:
        """The choice in words."""
        return {"all": "all that waits", "due": "due and overdue", "overdue": "overdue only"}[self.value]


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line: what waits since which day, when it is (or was) due, how that stands, and the reason in words."""

    what: str
    since: date
    due_on: date
    standing: Standing
    words: str


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


def waiting_review(session_on: date, interval_days: int, today: date) -> Waiting | None:
    """A session without a review; nothing before two weeks, unless the clinic's own interval is shorter."""
    days = (today - session_on).days
    if days < min(REVIEW_FROM_DAYS, interval_days):
        return None
    late = max(REVIEW_OVERDUE_DAYS, interval_days)
    standing = _standing(days, interval_days, late)
    words = f"session of {day_text(session_on)}, {ago(session_on, today)}"
    return Waiting(
        "Outcome of the last session", session_on, session_on + timedelta(days=interval_days), standing, words
    )


def waiting_injection(last_on: date, benefit: Benefit | None, elsewhere_on: date | None, today: date) -> Waiting | None:
    """A patient's next session: the latest of 12 weeks after any toxin and the day on which the effect had worn off."""
    toxin_on = max(last_on, elsewhere_on or last_on)
    earliest = toxin_on + timedelta(days=NEXT_SESSION_DAYS)
    worn_off = benefit.worn_off_on if benefit else None
    due_on = max(earliest, worn_off or earliest)
    if today < due_on - timedelta(days=AHEAD_DAYS):
        return None
    standing = _standing((today - due_on).days, 0, INJECTION_OVERDUE_DAYS)
    parts = [f"last session {day_text(last_on)}, {ago(last_on, today)}"]
    if toxin_on > last_on:
        parts.append(f"toxin elsewhere {day_text(toxin_on)}")
    if benefit and benefit.words:
        parts.append(benefit.words)
    parts.append("due when it had worn off" if due_on > earliest else f"due 12{NBSP}weeks after toxin")
    return Waiting("Re-injection", last_on, due_on, standing, "; ".join(parts))


def waiting_therapy(
    window: tuple[date | None, date | None], toxin_on: date | None, trained_on: date | None, today: date
) -> Waiting | None:
    """A patient with an open programme: the therapist's window first, else six weeks after toxin."""
    first, last = window
    starts = first or last
    if starts and (trained_on is None or trained_on < starts):
        ends = last or starts
        if today > ends:
            words = f"window {_span(first, last)} passed {ago(ends, today)}"
            return Waiting("Therapist’s visit", starts, ends, Standing.OVERDUE, words)
        if today >= starts:
            words = f"window {_span(first, last)} is open"
            return Waiting("Therapist’s visit", starts, ends, Standing.OPEN, words)
        return None
    if toxin_on is None or (trained_on is not None and trained_on >= toxin_on):
        return None
    due_on = toxin_on + timedelta(days=TRAINING_AFTER_DAYS)
    if today < due_on:
        return None
    trained = f"last therapist’s visit {day_text(trained_on)}" if trained_on else "no therapist’s visit on record"
    standing = Standing.OVERDUE if today > due_on else Standing.DUE
    return Waiting(
        "Therapist’s visit",
        toxin_on,
        due_on,
        standing,
        f"toxin {day_text(toxin_on)}, {ago(toxin_on, today)}; {trained}",
    )


def waiting_referral(
    entered_on: date, sent_on: date | None, answer_by: date | None, urgent: bool, today: date
) -> Waiting | None:
    """A referral that was not sent, or whose answer should have come; nothing while there is still time."""
    if sent_on is None:
        standing = _standing((today - entered_on).days, 0, 0 if urgent else UNSENT_DAYS)
        return Waiting("not sent yet", entered_on, entered_on, standing, f"planned {ago(entered_on, today)}, not sent")
    asked_by = answer_by or wait_until(sent_on, urgent)
    if today <= asked_by:
        return None
    words = f"sent {day_text(sent_on)}, {ago(sent_on, today)}; answer expected by {day_text(asked_by)}"
    return Waiting("no answer yet", sent_on, asked_by, Standing.OVERDUE, words)


def waiting_item(
    kind: ItemKind, state: PlanState, touched_on: date, planned_for: date | None, free_from: date | None, today: date
) -> Waiting | None:
    """A planned item that nobody touched; ``planned_for`` is a date's own day, ``free_from`` the earliest next session.

    Agreed goals, programmes and exercises go on by themselves, and referrals have their own list.
    """
    if kind is ItemKind.REFERRAL or not state.is_open:
        return None
    if kind is ItemKind.APPOINTMENT:
        if planned_for is None or today <= planned_for:
            return None
        standing = _standing((today - planned_for).days, 0, IDLE_DAYS)
        return Waiting("date has passed", planned_for, planned_for, standing, f"was on {day_text(planned_for)}")
    if state is PlanState.AGREED and kind not in {ItemKind.TARGET, ItemKind.STEP}:
        return None
    due_on = touched_on + timedelta(days=IDLE_DAYS)
    if kind is ItemKind.TARGET and free_from is not None:
        due_on = max(due_on, free_from)
    if today <= due_on:
        return None
    standing = _standing((today - due_on).days, 0, IDLE_DAYS)
    agreed = "agreed, not charted" if kind is ItemKind.TARGET else "agreed, not acted on"
    what = agreed if state is PlanState.AGREED else "proposed, not decided"
    return Waiting(what, touched_on, due_on, standing, f"{state.value} {ago(touched_on, today)}")


def ago(day: date, today: date) -> str:
    """``today``; ``12 days ago``; ``9 weeks ago`` from two weeks on; ``5 months ago`` from half a year on."""
    days = (today - day).days
    if days < 0:
        return f"in {plural(-days, 'day')}".replace(" ", NBSP)
    if days == 0:
        return "today"
    if days < 14:
        said = plural(days, "day")
    elif days < 182:
        said = plural(days // 7, "week")
    else:
        months = (today.year - day.year) * 12 + today.month - day.month - (today.day < day.day)
        said = plural(months, "month") if months < 24 else plural(months // 12, "year")
    return f"{said} ago".replace(" ", NBSP)


def due_words(due_on: date, today: date) -> str:
    """``due in 5 days``; ``today``; ``for 3 weeks``."""
    if due_on > today:
        return f"due {ago(due_on, today)}"
    return ago(due_on, today) if due_on == today else f"for{NBSP}{ago(due_on, today).removesuffix(f'{NBSP}ago')}"


def _standing(days: int, due: int, last: int) -> Standing:
    """How ``days`` stand that are due from ``due`` on and late after ``last``."""
    if days < due:
        return Standing.OPEN
    return Standing.OVERDUE if days > last else Standing.DUE


def _span(first: date | None, last: date | None) -> str:
    if first and last:
        return f"{day_text(first)} to {day_text(last)}"
    return f"from {day_text(first)}" if first else f"until {day_text(last or date.max)}"
