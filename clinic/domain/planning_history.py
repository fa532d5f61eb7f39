"""Conditions of planning rules about time, sessions, training and what others answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from clinic.domain.anatomy import muscle_label
from clinic.domain.patients import Cause
from clinic.domain.planning_case import Case, Elapsed, elapsed, repeated_muscles, since_words
from clinic.domain.planning_conditions import Scope, listed, range_words, within
from clinic.domain.plans import ReferralKind
from clinic.domain.quantities import NBSP
from clinic.domain.wording import day_text, plural, side_words


@dataclass(frozen=True, slots=True)
class AgeIs:
    """The age in whole years is in a range."""

    scope: ClassVar[Scope] = Scope.PATIENT
    at_least: int | None = None
    at_most: int | None = None

    @property
    def words(self) -> str:
        return f"The patient’s age is {range_words(self.at_least, self.at_most, 'year')}"

    def holds(self, case: Case) -> bool:
        return within(case.facts.age, self.at_least, self.at_most)

    def seen(self, case: Case) -> str:
        return f"age: {plural(case.facts.age, 'year')}"


@dataclass(frozen=True, slots=True)
class SinceOnset:
    """The time since onset surely lies in a window, in days and completed calendar months, ends included."""

    scope: ClassVar[Scope] = Scope.PALSY
    surely: ClassVar[bool] = True
    days_at_least: int | None = None
    days_at_most: int | None = None
    months_at_least: int | None = None
    months_at_most: int | None = None

    @property
    def words(self) -> str:
        days = self.days_at_least is not None or self.days_at_most is not None
        months = self.months_at_least is not None or self.months_at_most is not None
        parts = [range_words(self.days_at_least, self.days_at_most, "day")] if days else []
        parts += [range_words(self.months_at_least, self.months_at_most, "completed month")] if months else []
        sure = "surely" if self.surely else "possibly"
        return f"Time since onset is {sure} {listed(tuple(parts), 'and')}"

    def holds(self, case: Case) -> bool:
        time = elapsed(case.palsy, case.facts.on) if case.palsy else None
        return time is not None and self._fits(time)

    def _fits(self, time: Elapsed) -> bool:
        # A later onset means less time, so that each end of the window is compared with one end of the onset.
        low_days, high_days = (time.least_days, time.most_days) if self.surely else (time.most_days, time.least_days)
        low_months, high_months = (
            (time.least_months, time.most_months) if self.surely else (time.most_months, time.least_months)
        )
        return (
            within(low_days, self.days_at_least, None)
            and within(high_days, None, self.days_at_most)
            and within(low_months, self.months_at_least, None)
            and within(high_months, None, self.months_at_most)
        )

    def seen(self, case: Case) -> str:
        if case.palsy is None:
            return ""
        return f"{case.palsy.cause}, {side_words(case.palsy.side)}: {since_words(case.palsy, case.facts.on)}"


@dataclass(frozen=True, slots=True)
class MaybeSinceOnset(SinceOnset):
    """The time since onset can lie in the window: an onset known by its month or year lies between two days."""

    surely: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class OnsetNotKnown:
    """The onset of the palsy is not known."""

    scope: ClassVar[Scope] = Scope.PALSY

    @property
    def words(self) -> str:
        return "The onset is not known"

    def holds(self, case: Case) -> bool:
        return case.palsy is not None and elapsed(case.palsy, case.facts.on) is None

    def seen(self, case: Case) -> str:
        return "onset not known"


@dataclass(frozen=True, slots=True)
class CauseIs:
    """The palsy has one of these causes."""

    scope: ClassVar[Scope] = Scope.PALSY
    one_of: tuple[Cause, ...]

    @property
    def words(self) -> str:
        return f"The cause is {listed(tuple(self.one_of))}"

    def holds(self, case: Case) -> bool:
        return case.palsy is not None and case.palsy.cause in self.one_of

    def seen(self, case: Case) -> str:
        return f"cause: {case.palsy.cause}" if case.palsy else ""


@dataclass(frozen=True, slots=True)
class Bilateral:
    """Both sides have a palsy."""

    scope: ClassVar[Scope] = Scope.PATIENT

    @property
    def words(self) -> str:
        return "Both sides have a palsy"

    def holds(self, case: Case) -> bool:
        return case.facts.bilateral

    def seen(self, case: Case) -> str:
        return "a palsy is recorded on both sides"


@dataclass(frozen=True, slots=True)
class SessionsGiven:
    """So many sessions with botulinum toxin are on record here."""

    scope: ClassVar[Scope] = Scope.PATIENT
    at_least: int

    @property
    def words(self) -> str:
        return f"Sessions with botulinum toxin on record here: {range_words(self.at_least, None)}"

    def holds(self, case: Case) -> bool:
        return len(case.facts.sessions) >= self.at_least

    def seen(self, case: Case) -> str:
        return "sessions here: " + ", ".join(day_text(day) for day in sorted(one.on for one in case.facts.sessions))


@dataclass(frozen=True, slots=True)
class SinceSession:
    """The last session was at most so many days ago."""

    scope: ClassVar[Scope] = Scope.PATIENT
    days_at_most: int

    @property
    def words(self) -> str:
        return f"The last session was {range_words(None, self.days_at_most, 'day')} ago"

    def holds(self, case: Case) -> bool:
        ago = [(case.facts.on - one.on).days for one in case.facts.sessions]
        return any(0 <= days <= self.days_at_most for days in ago)

    def seen(self, case: Case) -> str:
        last = max(one.on for one in case.facts.sessions)
        ago = plural((case.facts.on - last).days, "day").replace(" ", NBSP)
        return f"last session on {day_text(last)}, {ago} ago"


@dataclass(frozen=True, slots=True)
class SamePattern:
    """A muscle of that side was treated in each of the last sessions, and its pattern is still graded."""

    scope: ClassVar[Scope] = Scope.PALSY
    sessions: int

    @property
    def words(self) -> str:
        return (
            f"A muscle of that side was treated in each of the last {self.sessions} sessions, "
            "and a pattern it can do is still graded 1 or more"
        )

    def holds(self, case: Case) -> bool:
        return bool(repeated_muscles(case, self.sessions))

    def seen(self, case: Case) -> str:
        named = tuple(muscle_label(one).lower() for one in repeated_muscles(case, self.sessions))
        return f"treated in each of the last {self.sessions} sessions and still graded: {listed(named, 'and')}"


@dataclass(frozen=True, slots=True)
class Training:
    """Facial training, here or elsewhere, is on record, or is not."""

    scope: ClassVar[Scope] = Scope.PATIENT
    recorded: bool

    @property
    def words(self) -> str:
        return "Facial training is on record" if self.recorded else "No facial training is on record"

    def holds(self, case: Case) -> bool:
        return case.facts.trained is self.recorded

    def seen(self, case: Case) -> str:
        days = case.facts.trained_on
        if not self.recorded:
            return "no facial training on record"
        return f"facial training on record, last on {day_text(max(days))}" if days else "facial training on record"


@dataclass(frozen=True, slots=True)
class UrgentOpen:
    """An urgent event or answer after toxin is still open."""

    scope: ClassVar[Scope] = Scope.PATIENT

    @property
    def words(self) -> str:
        return "An urgent adverse event, or an urgent answer of the patient, was not reviewed yet"

    def holds(self, case: Case) -> bool:
        return bool(case.facts.urgent_open)

    def seen(self, case: Case) -> str:
        return "; ".join(case.facts.urgent_open)


@dataclass(frozen=True, slots=True)
class AnswerFrom:
    """A referral of a kind was answered at most so many days ago."""

    scope: ClassVar[Scope] = Scope.PATIENT
    kind: ReferralKind
    days_at_most: int

    @property
    def words(self) -> str:
        return f"{self.kind.label} answered {range_words(None, self.days_at_most, 'day')} ago"

    def _recent(self, case: Case) -> bool:
        on = case.facts.consulted.get(self.kind)
        return on is not None and 0 <= (case.facts.on - on).days <= self.days_at_most

    def holds(self, case: Case) -> bool:
        return self._recent(case)

    def seen(self, case: Case) -> str:
        on = case.facts.consulted.get(self.kind)
        return f"{self.kind.label}: answered on {day_text(on)}" if on else ""


@dataclass(frozen=True, slots=True)
class NoAnswerFrom(AnswerFrom):
    """No referral of a kind was answered so lately."""

    @property
    def words(self) -> str:
        return f"{self.kind.label} did not answer within the last {plural(self.days_at_most, 'day')}"

    def holds(self, case: Case) -> bool:
        return not self._recent(case)

    def seen(self, case: Case) -> str:
        return f"no answer from {self.kind.label.lower()} lately"
