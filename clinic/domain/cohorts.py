"""Criteria by which patients are found: what was charted, as plain values that can be kept under a name.

A criterion that is not set asks nothing. All that are set must hold for one patient; within one list any will do.

- Cause, side and months since onset hold for one and the same palsy. An onset known as a month or a year fits when one of
  its possible days does; an unknown one never fits.
- Muscle, side, sub-site, purpose, product, lot and dose hold for the same site, and with the days and the injector for the
  same session. A session is asked with its touch-ups, under its own day.
- Kind, grade, relation and review hold for one adverse event; effect and benefit for one review.
- Only signed visits in force that nobody voided are asked; ``drafts`` asks sessions and reviews of open drafts too, never
  gradings, which another rater may not have been shown. Adverse events and plans stand from the moment they are entered.
  Nothing asks the free text of notes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from clinic.domain.anatomy import Side

SCHEMA: Final = 1
"""The number of this shape; kept with every saved cohort."""

LIST_MAXIMUM: Final = 60
"""Entries of one list; more than any list of the record has."""

RANGES_MAXIMUM: Final = 3
"""Score ranges, and patterns, of one search."""

NAME_MAXIMUM: Final = 120
COHORTS_MAXIMUM: Final = 60
"""Searches that one person keeps."""


@dataclass(frozen=True, slots=True)
class ScoreRange:
    """A score of an instrument within bounds, each included; ``newest`` asks the last one, otherwise any will do.

    The newest is the newest of its side, for instruments that grade one side of the face.
    """

    instrument: str
    score: str
    lowest: Decimal | None = None
    highest: Decimal | None = None
    newest: bool = True


@dataclass(frozen=True, slots=True)
class PatternRange:
    """A graded cell of the synkinesis grid; a blank movement or group is any. ``newest`` asks each cell's last grade."""

    movement: str = ""
    group: str = ""
    lowest: int | None = None
    highest: int | None = None
    newest: bool = True

    @property
    def is_empty(self) -> bool:
        """Whether it asks nothing."""
        return not (self.movement or self.group) and self.lowest is None and self.highest is None


@dataclass(frozen=True, slots=True)
class Criteria:
    """What is asked of a patient. Keys are those of the record: muscles, products, kinds of events, causes.

    ``sub_sites`` are ``muscle.sub_site`` and narrow their muscle. ``treated_by`` are ids of people.
    """

    causes: tuple[str, ...] = ()
    side: Side | None = None
    bilateral: bool = False
    onset_months_at_least: int | None = None
    onset_months_at_most: int | None = None
    sexes: tuple[str, ...] = ()
    age_at_least: int | None = None
    age_at_most: int | None = None
    muscles: tuple[str, ...] = ()
    all_muscles: bool = False
    sub_sites: tuple[str, ...] = ()
    muscle_side: Side | None = None
    purposes: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    lot: str = ""
    dose_at_least: Decimal | None = None
    dose_at_most: Decimal | None = None
    treated_from: date | None = None
    treated_until: date | None = None
    treated_by: tuple[str, ...] = ()
    sessions_at_least: int | None = None
    sessions_at_most: int | None = None
    last_session_from: date | None = None
    last_session_until: date | None = None
    interval_weeks_at_least: int | None = None
    interval_weeks_at_most: int | None = None
    events: tuple[str, ...] = ()
    event_grade_at_least: int | None = None
    event_relations: tuple[str, ...] = ()
    event_not_reviewed: bool = False
    scores: tuple[ScoreRange, ...] = ()
    patterns: tuple[PatternRange, ...] = ()
    effect_at_least: int | None = None
    effect_at_most: int | None = None
    benefit_weeks_at_least: int | None = None
    benefit_weeks_at_most: int | None = None
    plan_open: tuple[str, ...] = ()
    drafts: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether it asks nothing; asking drafts too is no question by itself."""
        return replace(self, drafts=False) == Criteria()

    @property
    def places(self) -> Mapping[str, frozenset[str]]:
        """Each muscle asked for with the sub-sites that it is narrowed to; none means the whole muscle."""
        found: dict[str, set[str]] = {key: set() for key in self.muscles}
        for one in self.sub_sites:
            muscle, _, sub_site = one.partition(".")
            found.setdefault(muscle, set()).add(sub_site)
        return {key: frozenset(sub_sites) for key, sub_sites in found.items()}

    @property
    def asks_dose(self) -> bool:
        """Whether a dose is asked."""
        return self.dose_at_least is not None or self.dose_at_most is not None


PALSY: Final = ("causes", "side", "onset_months_at_least", "onset_months_at_most")
BOTH_SIDES: Final = ("bilateral",)
PERSON: Final = ("sexes", "age_at_least", "age_at_most")
SITE: Final = ("muscles", "all_muscles", "sub_sites", "muscle_side", "purposes", "products", "lot")
DOSE: Final = ("dose_at_least", "dose_at_most")
SESSION: Final = ("treated_from", "treated_until", "treated_by")
TREATED: Final = (*SITE, *DOSE, *SESSION)
COUNTED: Final = (("sessions_at_least", "sessions_at_most"), ("last_session_from", "last_session_until"))
COURSE: Final = (
    *COUNTED,
    ("interval_weeks_at_least", "interval_weeks_at_most"),
)
EVENT: Final = ("events", "event_grade_at_least", "event_relations", "event_not_reviewed")
REVIEW: Final = ("effect_at_least", "effect_at_most", "benefit_weeks_at_least", "benefit_weeks_at_most")
_SINGLE: Final = (
    ("causes",),
    ("side",),
    ("onset_months_at_least", "onset_months_at_most"),
    ("bilateral",),
    ("sexes",),
    ("age_at_least", "age_at_most"),
    ("purposes",),
    ("products",),
    ("lot",),
    ("treated_from", "treated_until"),
    ("treated_by",),
    *COURSE,
    ("events",),
    ("event_grade_at_least",),
    ("event_relations",),
    ("event_not_reviewed",),
    ("effect_at_least", "effect_at_most"),
    ("benefit_weeks_at_least", "benefit_weeks_at_most"),
    ("plan_open",),
)


def asks(criteria: Criteria, names: tuple[str, ...]) -> bool:
    """Whether any of these fields is set."""
    return any(getattr(criteria, name) != _DEFAULTS[name] for name in names)


def only(criteria: Criteria, names: tuple[str, ...]) -> Criteria:
    """The criteria with nothing set but these fields, and whether drafts are asked."""
    return Criteria(**{name: getattr(criteria, name) for name in (*names, "drafts")})


def each_alone(criteria: Criteria) -> tuple[Criteria, ...]:
    """Each criterion for itself, so that one sees which of them excludes whom; a dose stays with its muscle and product."""
    muscle = ("muscles", "all_muscles", "sub_sites", "muscle_side")
    found: list[Criteria] = [only(criteria, muscle)] if asks(criteria, muscle) else []
    if criteria.asks_dose:
        found.append(only(criteria, (*muscle, "products", *DOSE)))
    found += [only(criteria, names) for names in _SINGLE if asks(criteria, names)]
    found += [Criteria(scores=(one,), drafts=criteria.drafts) for one in criteria.scores]
    found += [Criteria(patterns=(one,), drafts=criteria.drafts) for one in criteria.patterns]
    return tuple(found)


_DEFAULTS: Final[Mapping[str, Any]] = {one.name: one.default for one in fields(Criteria)}
