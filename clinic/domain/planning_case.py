"""What one planning rule looks at: the facts, and the palsy, cell or muscle that it is asked about.

Everything here is measured, never judged; the numbers that rules compare with stand in ``data/planning``.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from clinic.domain.anatomy import MUSCLES, Side
from clinic.domain.assessments.grid import Cell
from clinic.domain.planning_facts import Palsy, PlanningFacts
from clinic.domain.quantities import NBSP
from clinic.domain.wording import day_text, plural

STALE_DAYS: Final = 90
"""A grid or a grading older than this says nothing about today. This program's own choice, about one interval between
sessions (labels: 12 weeks, clinical reference 2.3); it waits for clinical sign-off."""


@dataclass(frozen=True, slots=True)
class Case:
    """The facts, with what a rule is asked about; ``side`` is that of the palsy, of the graded cell or of the muscle."""

    facts: PlanningFacts
    side: Side | None = None
    palsy: Palsy | None = None
    cell: Cell | None = None
    muscle: str = ""

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells of the side with a grade of 1 or more; of every side when none is asked about."""
        return tuple(
            one for one in self.facts.cells if one.grade and (self.side is None or one.place.side is self.side)
        )


@dataclass(frozen=True, slots=True)
class Elapsed:
    """Time since an onset that lies between two days: the least and the most it can be, in days and completed months."""

    least_days: int
    most_days: int
    least_months: int
    most_months: int


def completed_months(since: date, on: date) -> int:
    """Calendar months completed; one begun on the 31st is completed on the 1st after a shorter month."""
    return (on.year - since.year) * 12 + on.month - since.month - (on.day < since.day)


def months_later(since: date, months: int) -> date:
    """The day on which so many calendar months are completed: the 1st where the month before it is too short."""
    years, month = divmod(since.month - 1 + months, 12)
    first = since.replace(day=1, year=since.year + years, month=month + 1)
    days = monthrange(first.year, first.month)[1]
    return first + timedelta(days=min(since.day - 1, days))


def elapsed(palsy: Palsy, on: date) -> Elapsed | None:
    """The time since a palsy began; None while its onset is not known or lies after the day."""
    if palsy.onset_from is None or palsy.onset_to is None or palsy.onset_from > on:
        return None
    latest = min(palsy.onset_to, on)
    return Elapsed(
        (on - latest).days,
        (on - palsy.onset_from).days,
        completed_months(latest, on),
        completed_months(palsy.onset_from, on),
    )


def since_words(palsy: Palsy, on: date) -> str:
    """``243 days since onset on 22 Mar 2026``, or between which two numbers and days."""
    time = elapsed(palsy, on)
    if time is None or palsy.onset_from is None or palsy.onset_to is None:
        return "onset not known"
    if palsy.onset_from == palsy.onset_to:
        return f"{_long(time.most_days, time.most_months)} since onset on {day_text(palsy.onset_from)}"
    least, most = _long(time.least_days, time.least_months), _long(time.most_days, time.most_months)
    days = f"{day_text(palsy.onset_from)} and {day_text(min(palsy.onset_to, on))}"
    return f"between {least} and {most} since onset, which lies between {days}"


def _long(days: int, months: int) -> str:
    words = plural(days, "day") if days < 300 else plural(months, "month")
    return words.replace(" ", NBSP)


def stale(day: date | None, on: date) -> bool:
    """Whether something of a day says nothing about today any more; what has no day does not."""
    return day is None or (on - day).days > STALE_DAYS


def on_side(muscle: str, side: Side) -> Side:
    """Where a muscle of a side is charted: an unpaired one lies in the midline."""
    return side if MUSCLES[muscle].paired else Side.MIDLINE


def cases(facts: PlanningFacts, *, sided: bool) -> Iterator[Case]:
    """One case a palsy where a rule asks about one, else one of the patient."""
    if not sided:
        yield Case(facts)
        return
    for palsy in sorted(facts.palsies, key=lambda one: (one.side, one.id)):
        yield Case(facts, side=palsy.side, palsy=palsy)


def of_muscle(facts: PlanningFacts, muscle: str, side: Side) -> Case:
    """The case of one muscle on its side."""
    return Case(facts, side=side, muscle=muscle)


def of_cell(facts: PlanningFacts, cell: Cell) -> Case:
    """The case of one graded cell."""
    return replace(Case(facts), side=cell.place.side, cell=cell)


def repeated_muscles(case: Case, sessions: int) -> tuple[str, ...]:
    """Muscles of the side treated in each of the last so many sessions, whose pattern is graded 1 or more today."""
    last = sorted(case.facts.sessions, key=lambda one: (one.on, one.id))[-sessions:]
    if len(last) < sessions:
        return ()
    treated = [{(muscle, side) for _, muscle, side in one.doses} for one in last]
    seen = {(key, on_side(key, cell.place.muscle_side)) for cell in case.cells for key in cell.place.muscles}
    return tuple(sorted({muscle for muscle, _ in set.intersection(*treated) & seen}))


def last_composites(facts: PlanningFacts, side: Side, count: int = 3) -> str:
    """The last Sunnybrook composites of a side in words, for the clinician to judge whether they are stable.

    No one-patient noise is published for this score (clinical reference 4.9), so nothing here calls it stable.
    """
    scores = facts.scores.get(side, ())[-count:]
    return ", ".join(f"{score.normalize():f} on {day_text(day)}" for day, score in scores)
