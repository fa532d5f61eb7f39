"""What waits in the clinic, list by list: since when, until when, and in which words. A list reminds; it decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from clinic.domain.plans import ItemKind, PlanState
from clinic.domain.quantities import NBSP
from clinic.domain.wording import day_text, plural
from clinic.domain.work_terms import (
    Benefit,
    Standing,
    Term,
    earliest_injection,
    injection_term,
    item_term,
    referral_term,
    review_term,
    therapy_term,
)


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


def waiting_review(session_on: date, interval_days: int, today: date) -> Waiting | None:
    """A session without a review."""
    words = f"session of {day_text(session_on)}, {ago(session_on, today)}"
    return _waiting(review_term(session_on, interval_days), today, words)


def waiting_injection(last_on: date, benefit: Benefit | None, elsewhere_on: date | None, today: date) -> Waiting | None:
    """A patient's next session."""
    term = injection_term(last_on, benefit, elsewhere_on)
    if term.standing(today) is None:
        return None
    parts = [f"last session {day_text(last_on)}, {ago(last_on, today)}"]
    if elsewhere_on and elsewhere_on > last_on:
        parts.append(f"toxin elsewhere {day_text(elsewhere_on)}")
    if benefit and benefit.words:
        parts.append(benefit.words)
    worn_off = term.due_on > earliest_injection(last_on, elsewhere_on)
    parts.append("due when it had worn off" if worn_off else f"due 12{NBSP}weeks after toxin")
    return _waiting(term, today, "; ".join(parts))


def waiting_therapy(
    window: tuple[date | None, date | None], toxin_on: date | None, trained_on: date | None, today: date
) -> Waiting | None:
    """A patient with an open programme."""
    term = therapy_term(window, toxin_on, trained_on)
    if term is None or term.standing(today) is None:
        return None
    first, last = window
    starts = first or last
    if starts and (trained_on is None or trained_on < starts):
        passed = today > term.due_on
        words = f"window {_span(first, last)} {f'passed {ago(term.due_on, today)}' if passed else 'is open'}"
        return _waiting(term, today, words)
    trained = f"last therapist’s visit {day_text(trained_on)}" if trained_on else "no therapist’s visit on record"
    return _waiting(term, today, f"toxin {day_text(term.since)}, {ago(term.since, today)}; {trained}")


def waiting_referral(
    entered_on: date, sent_on: date | None, answer_by: date | None, urgent: bool, today: date
) -> Waiting | None:
    """A referral that was not sent, or whose answer should have come."""
    term = referral_term(entered_on, sent_on, answer_by, urgent)
    if sent_on is None:
        return _waiting(term, today, f"planned {ago(entered_on, today)}, not sent")
    words = f"sent {day_text(sent_on)}, {ago(sent_on, today)}; answer expected by {day_text(term.due_on)}"
    return _waiting(term, today, words)


def waiting_item(
    kind: ItemKind, state: PlanState, touched_on: date, planned_for: date | None, free_from: date | None, today: date
) -> Waiting | None:
    """A planned item that nobody touched."""
    term = item_term(kind, state, touched_on, planned_for, free_from)
    if term is None:
        return None
    if kind is ItemKind.APPOINTMENT:
        return _waiting(term, today, f"was on {day_text(term.due_on)}")
    return _waiting(term, today, f"{state.value} {ago(touched_on, today)}")


def _waiting(term: Term, today: date, words: str) -> Waiting | None:
    standing = term.standing(today)
    return Waiting(term.what, term.since, term.due_on, standing, words) if standing else None


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


def _span(first: date | None, last: date | None) -> str:
    if first and last:
        return f"{day_text(first)} to {day_text(last)}"
    return f"from {day_text(first)}" if first else f"until {day_text(last or date.max)}"
