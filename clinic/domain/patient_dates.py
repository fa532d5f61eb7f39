"""What happens next for a patient, with days: dates of the plan, and the windows that follow from the last session.

The same dates stand on the plan that is shown to the patient and in the calendar file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from clinic.domain.calendars import TITLES, CalendarDate, moment_of
from clinic.domain.plans import Appointment, Occasion, PlanItem, PlanState, Programme
from clinic.domain.quantities import NBSP
from clinic.domain.visits import NEXT_SESSION_DAYS
from clinic.domain.wording import day_text
from clinic.domain.work_terms import REVIEW_FROM_DAYS, REVIEW_OVERDUE_DAYS

_PLAIN: Final = {
    Occasion.REVIEW: "Review at the clinic",
    Occasion.INJECTION: "Next treatment with botulinum toxin",
    Occasion.THERAPY: "Visit to your therapist",
    Occasion.OTHER: "Appointment at the clinic",
}
_CANCELLED: Final = frozenset({PlanState.DECLINED, PlanState.SUPERSEDED})


@dataclass(frozen=True, slots=True)
class LastSession:
    """The last session: ``id`` of its first version, ``toxin_on`` the last day of any toxin. Transcribed ones wait for no
    review.
    """

    id: str
    on: date
    toxin_on: date
    touch_ups: int = 0
    reviewed: bool = False
    transcribed: bool = False


@dataclass(frozen=True, slots=True)
class PatientDate:
    """One date, or a window from ``on`` to ``until`` (open-ended when None) to book in; ``moment`` when a clock time is known.

    ``agreed`` is None where a date follows from the last session and nobody had to agree.
    """

    id: str
    occasion: Occasion
    on: date
    until: date | None = None
    clock: str = ""
    moment: datetime | None = None
    window: bool = False
    agreed: bool | None = None
    sequence: int = 0
    cancelled: bool = False

    @property
    def title(self) -> str:
        """What it is, for the patient."""
        return _PLAIN[self.occasion]

    def when(self, today: date) -> str:
        """``6 Dec 2026, 14:30``; ``any day from 6 Dec 2026 to 3 Jan 2027``; ``if we agree on it, not before 14 Feb 2027``."""
        if not self.window:
            return f"{_day(self.on)}{f', {self.clock}' if self.clock else ''}"
        if self.until is None:
            # The labels' interval is no appointment: whether there is a next treatment is decided together.
            passed = f"the least time since the last one was over on {_day(self.on)}"
            return (
                f"if we agree on it; {passed}" if self.on <= today else f"if we agree on it, not before {_day(self.on)}"
            )
        return f"any day {f'from {_day(self.on)} to' if self.on > today else 'until'} {_day(self.until)}"

    @property
    def is_open_end(self) -> bool:
        """Whether it is only possible from a day on, as the next treatment is."""
        return self.window and self.until is None

    def is_ahead(self, today: date) -> bool:
        """Whether it is still to come, or open now."""
        return not self.cancelled and ((self.until or self.on) >= today or self.is_open_end)


def patient_dates(
    items: Iterable[PlanItem], session: LastSession | None, trained_on: date | None, zone: str
) -> tuple[PatientDate, ...]:
    """Every date of a patient, cancelled ones too, in their order."""
    known = tuple(items)
    found = [*_appointments(known, zone), *_therapist(known, trained_on)]
    if session:
        found += [*_review(session, known), _next_session(session, known)]
    return tuple(sorted(found, key=lambda one: (one.on, one.window, one.id)))


def calendar_dates(dates: Iterable[PatientDate], contact: str) -> Iterator[CalendarDate]:
    """The dates as a calendar holds them; titles name neither diagnosis nor treatment. ``contact`` says whom to call."""
    for one in dates:
        booked = f"{TITLES[one.occasion]}: please book" if one.until else f"{TITLES[one.occasion]}: possible from today"
        spoken = "" if one.moment else one.clock
        yield CalendarDate(
            id=one.id,
            title=booked if one.window else TITLES[one.occasion],
            on=one.on,
            until=one.until,
            at=one.moment,
            note="\n".join(part for part in (spoken, contact) if part),
            sequence=one.sequence,
            cancelled=one.cancelled,
            window=one.window,
        )


def _appointments(items: Iterable[PlanItem], zone: str) -> Iterator[PatientDate]:
    for item in items:
        details = item.entry.details
        if isinstance(details, Appointment) and item.entry.state is not PlanState.DONE:
            yield PatientDate(
                id=f"date-{item.id}",
                occasion=details.occasion,
                on=details.on,
                clock=details.at,
                moment=moment_of(details.on, details.at, zone),
                agreed=item.entry.state is PlanState.AGREED,
                sequence=item.number - 1,
                cancelled=item.entry.state in _CANCELLED,
            )


def _therapist(items: Iterable[PlanItem], trained_on: date | None) -> Iterator[PatientDate]:
    for item in items:
        details = item.entry.details
        if not isinstance(details, Programme) or details.visit_from is None:
            continue
        last = details.visit_to or details.visit_from
        done = item.entry.state is PlanState.DONE or (trained_on is not None and trained_on >= details.visit_from)
        yield PatientDate(
            id=f"therapist-{item.id}",
            occasion=Occasion.THERAPY,
            on=details.visit_from,
            until=last,
            window=True,
            agreed=item.entry.state is PlanState.AGREED,
            sequence=2 * item.number + done,
            cancelled=done or item.entry.state in _CANCELLED,
        )


def _review(session: LastSession, items: Iterable[PlanItem]) -> Iterator[PatientDate]:
    if session.transcribed:
        return
    booked, entries = _booked(items, Occasion.REVIEW, session.on)
    yield PatientDate(
        id=f"review-{session.id}",
        occasion=Occasion.REVIEW,
        on=session.on + timedelta(days=REVIEW_FROM_DAYS),
        until=session.on + timedelta(days=REVIEW_OVERDUE_DAYS),
        window=True,
        sequence=entries + session.reviewed,
        cancelled=session.reviewed or booked,
    )


def _next_session(session: LastSession, items: Iterable[PlanItem]) -> PatientDate:
    booked, entries = _booked(items, Occasion.INJECTION, session.on)
    return PatientDate(
        id=f"next-{session.id}",
        occasion=Occasion.INJECTION,
        on=session.toxin_on + timedelta(days=NEXT_SESSION_DAYS),
        window=True,
        sequence=entries + session.touch_ups,
        cancelled=booked,
    )


def _booked(items: Iterable[PlanItem], occasion: Occasion, after: date) -> tuple[bool, int]:
    """Whether a date for it stands in the plan, and how often that was changed: a later file must count higher."""
    booked, entries = False, 0
    for item in items:
        details = item.entry.details
        if isinstance(details, Appointment) and details.occasion is occasion and details.on > after:
            booked = booked or item.is_open
            entries += item.number
    return booked, entries


def _day(day: date) -> str:
    return day_text(day).replace(" ", NBSP)
