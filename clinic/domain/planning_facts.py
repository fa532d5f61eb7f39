"""What planning looks at, and nothing else: plain values of one patient on one day.

What nobody asked or graded is absent, never a zero: a rule can only speak about what is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Cell, Group
from clinic.domain.injections import Answer, MuscleState, Question
from clinic.domain.patients import Cause, SafetyFactKind
from clinic.domain.planning_questions import PlanningQuestion
from clinic.domain.plans import ReferralKind


@dataclass(frozen=True, slots=True)
class Palsy:
    """One episode. Its onset lies between two days, equal when the day is known; both None when it is not known."""

    id: str
    side: Side
    cause: Cause
    onset_from: date | None = None
    onset_to: date | None = None
    worst_house_brackmann: int | None = None


@dataclass(frozen=True, slots=True)
class SessionDone:
    """A session that was given, with its touch-ups; ``doses`` are units by (product, muscle, side), ``sites`` their places
    by (product, muscle, side, group of sub-sites or None) as (number of sites, largest units at one of them).

    ``benefit_weeks`` are whole weeks until the effect had worn off, None while unknown; ``effects`` the reviewed patterns
    as (side, group, 0 to 100), -1 where it was worse than before. ``reviewed`` says that somebody answered whether an
    adverse event happened.
    """

    id: str
    on: date
    doses: Mapping[tuple[str, str, Side], Decimal]
    sites: Mapping[tuple[str, str, Side, str | None], tuple[int, Decimal]] = field(default_factory=dict)
    benefit_weeks: int | None = None
    effects: tuple[tuple[Side, Group, int], ...] = ()
    reviewed: bool = False


@dataclass(frozen=True, slots=True)
class WeaknessEvent:
    """An adverse event that is a weakness: its kind (``adverse_events.Kind``), side, session, and muscles that may do it."""

    kind: str
    words: str
    side: Side | None
    session_id: str | None
    onset_on: date | None
    muscles: frozenset[tuple[str, Side]]


@dataclass(frozen=True, slots=True)
class PlanningFacts:
    """One patient on one day, as far as the record knows.

    ``cells`` are of the newest grid of each side, ``graded_on`` its day. ``movements`` hold the newest Sunnybrook voluntary
    movements (1 none to 5 complete) by side and expression (brow, closure, smile, snarl, pucker). ``answers`` and
    ``asked`` are of this visit. ``priorities`` are the parts of the face in the order of the patient's goals. ``scores``
    are Sunnybrook composites by day, oldest first. ``trained_on`` are days of facial training, here or elsewhere.
    ``presets`` are the clinic's accepted ranges, units per site by (product, muscle, group or None): (low, high).
    ``consulted`` holds the day of the newest answer to a referral, by its kind.
    """

    on: date
    age: int
    palsies: tuple[Palsy, ...] = ()
    cells: tuple[Cell, ...] = ()
    graded_on: date | None = None
    movements: Mapping[tuple[Side, str], int] = field(default_factory=dict)
    movements_on: date | None = None
    house_brackmann: Mapping[Side, int] = field(default_factory=dict)
    house_brackmann_on: Mapping[Side, date] = field(default_factory=dict)
    answers: Mapping[Question, Answer] = field(default_factory=dict)
    asked: Mapping[PlanningQuestion, Answer] = field(default_factory=dict)
    safety: Mapping[SafetyFactKind, Answer] = field(default_factory=dict)
    muscle_states: Mapping[tuple[str, Side], MuscleState] = field(default_factory=dict)
    priorities: tuple[Group, ...] = ()
    trained: bool = False
    trained_on: tuple[date, ...] = ()
    sessions: tuple[SessionDone, ...] = ()
    weaknesses: tuple[WeaknessEvent, ...] = ()
    urgent_open: tuple[str, ...] = ()
    scores: Mapping[Side, tuple[tuple[date, Decimal], ...]] = field(default_factory=dict)
    presets: Mapping[tuple[str, str, str | None], tuple[Decimal, Decimal]] = field(default_factory=dict)
    consulted: Mapping[ReferralKind, date] = field(default_factory=dict)

    @property
    def palsy_sides(self) -> frozenset[Side]:
        """The sides with a palsy."""
        return frozenset(one.side for one in self.palsies)

    @property
    def bilateral(self) -> bool:
        """Whether no side is unaffected."""
        return self.palsy_sides >= {Side.RIGHT, Side.LEFT}
