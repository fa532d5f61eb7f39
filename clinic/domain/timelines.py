"""Everything of a patient on one axis of time: what stands on it, in which lane, and what of it is shown.

A date is as long as it is uncertain, a thing without a date stands apart, and what is not known is never drawn as a day.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from clinic.domain.days import last_possible
from clinic.domain.face_marks import Mark
from clinic.domain.patients import DatePrecision
from clinic.domain.wording import dated_text, day_text, plural

LISTED: Final = 40
"""Lines on a page of the list."""

STAGES: Final = ((0, "First 100 days"), (100, "100 to 299 days: synkinesis emerges"))
"""First day of each stage since the onset, in days; synkinesis is minimal before day 100 and worsens most up to day 300
(Rail 2025; the same days as in data/planning/stages.toml)."""
SETTLED_FROM: Final = 300
"""The day since the onset with which the last of those stages is over (Rail 2025)."""


class Lane(StrEnum):
    """What a thing is, in the order from top to bottom."""

    SESSIONS = "sessions"
    REVIEWS = "reviews"
    EVENTS = "events"
    SCORES = "scores"
    VISITS = "visits"
    THERAPY = "therapy"
    PLAN = "plan"
    OTHERS = "others"
    DOCUMENTS = "documents"

    @property
    def label(self) -> str:
        """The lane's heading."""
        return _LANES[self][0]

    def counted(self, items: Collection[Item]) -> str:
        """``6 sessions, 2 touch-ups, 1 not signed``: what is not signed or was voided is no session that was given."""
        later = sum(bool(one.parent) for one in items if not one.state)
        states = {state: sum(one.state is state for one in items) for state in (State.DRAFT, State.VOIDED)}
        whole = len(items) - later - sum(states.values())
        said = [plural(whole, *_LANES[self][1:])] if whole else []
        said += [plural(later, "touch-up")] if later else []
        return ", ".join((*said, *(f"{number} {_UNDONE[state]}" for state, number in states.items() if number)))


_LANES: Final = {
    Lane.SESSIONS: ("Injection sessions", "session", "sessions"),
    Lane.REVIEWS: ("Reviews, benefit", "review", "reviews"),
    Lane.EVENTS: ("Adverse events", "adverse event", "adverse events"),
    Lane.SCORES: ("Scores", "score", "scores"),
    Lane.VISITS: ("Other visits", "visit", "visits"),
    Lane.THERAPY: ("Therapy", "entry of therapy", "entries of therapy"),
    Lane.PLAN: ("Plan", "entry of the plan", "entries of the plan"),
    Lane.OTHERS: ("Palsy, other care", "entry", "entries"),
    Lane.DOCUMENTS: ("Handed over", "document", "documents"),
}


class State(StrEnum):
    """How a thing stands; said in words and drawn by shape."""

    STANDS = ""
    DRAFT = "draft"
    VOIDED = "voided"
    AHEAD = "planned"


_UNDONE: Final = {State.DRAFT: "not signed", State.VOIDED: "voided"}


class Page(StrEnum):
    """Where a thing can be opened."""

    VISIT = "visit"
    DRAFT = "draft"
    EVENT = "event"
    PLAN = "plan"
    DIARY = "diary"
    DETAILS = "details"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing. ``on`` to ``until`` are its first and last day, both None when no day is known.

    ``words`` say what it is, ``short`` as much as fits beside its mark, ``more`` what only the list has room for.
    ``lasting`` is drawn as a bar, ``ongoing`` without an end, ``uncertain`` as long as its date is. ``parent`` is the key
    of the session that a touch-up belongs to. ``value`` is a score; ``totals`` are (brand, units) of a session. ``told``
    is the day under which the list has it, where that is not its first.
    """

    key: str
    lane: Lane
    on: date | None
    until: date | None
    dated: str
    words: str
    page: Page
    ref: str
    short: str = ""
    more: str = ""
    state: State = State.STANDS
    lasting: bool = False
    ongoing: bool = False
    uncertain: bool = False
    parent: str = ""
    value: Decimal | None = None
    totals: tuple[tuple[str, str], ...] = ()
    sites: tuple[Mark, ...] = ()
    told: date | None = None

    @property
    def listed_on(self) -> date:
        """Its day in the list."""
        return self.told or self.on or date.min

    @property
    def name(self) -> str:
        """Date, words and state in full: ``12 Mar 2025: injection session, 40 units …``."""
        said = f" ({self.state})" if self.state else ""
        return f"{self.dated}: {self.words}{said}"


@dataclass(frozen=True, slots=True)
class Series:
    """A score on a lane of its own: its points, the runs of keys that a line may join, the ends of its axis.

    Without ``runs`` the points stand for themselves: what they measure is not one thing over time.
    """

    title: str
    about: str
    points: tuple[Item, ...]
    runs: tuple[tuple[str, ...], ...]
    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Window:
    """The days that are shown, both ends included."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """How many days."""
        return (self.end - self.start).days + 1

    @property
    def words(self) -> str:
        """``3 Jan 2024 to 2 Mar 2026``."""
        return f"{day_text(self.start)} to {day_text(self.end)}"

    def holds(self, day: date) -> bool:
        """Whether a day is shown."""
        return self.start <= day <= self.end

    def shows(self, item: Item) -> bool:
        """Whether any day of a thing is shown."""
        return item.on is not None and item.on <= self.end and (item.until or item.on) >= self.start


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything on record that has a place in time, and scores as series; ``items`` hold their points too."""

    items: tuple[Item, ...]
    series: tuple[Series, ...]
    today: date

    @property
    def dated(self) -> tuple[Item, ...]:
        """What stands on the axis, oldest first."""
        found = [one for one in self.items if one.on is not None]
        return tuple(sorted(found, key=_oldest_first))

    @property
    def undated(self) -> tuple[Item, ...]:
        """What has no day."""
        return tuple(one for one in self.items if one.on is None)

    def count(self, lane: Lane) -> int:
        """How many things a lane has, those without a day too."""
        return sum(one.lane is lane for one in self.items)


@dataclass(frozen=True, slots=True)
class View:
    """What of a timeline is shown: a window and lanes. ``before`` and ``after`` count what lies outside of it."""

    timeline: Timeline
    window: Window
    lanes: frozenset[Lane]
    items: tuple[Item, ...]
    before: int
    after: int

    @property
    def today(self) -> date:
        """Today at the clinic."""
        return self.timeline.today

    @property
    def undated(self) -> tuple[Item, ...]:
        """What has no day, of the lanes that are shown."""
        return tuple(one for one in self.timeline.undated if one.lane in self.lanes)

    @property
    def summary(self) -> str:
        """What is shown in a line: ``12 sessions, 9 reviews, …``."""
        of_lanes = ((lane, self.of(lane)) for lane in Lane)
        said = [lane.counted(items) for lane, items in of_lanes if items]
        return ", ".join(said) if said else "nothing in these days"

    def of(self, lane: Lane) -> tuple[Item, ...]:
        """The things of one lane that are shown, oldest first."""
        return tuple(one for one in self.items if one.lane is lane)

    def listed(self) -> tuple[Item, ...]:
        """The same as a list, newest first; the scores of one visit are one line."""
        found: dict[str, Item] = {}
        for one in self.items:
            key = f"scores-{one.ref}" if one.lane is Lane.SCORES else one.key
            known = found.get(key)
            found[key] = replace(known, words=f"{known.words}; {one.words}", more="") if known else one
        order = list(Lane)
        return tuple(sorted(found.values(), key=lambda one: (-one.listed_on.toordinal(), order.index(one.lane))))


def view(timeline: Timeline, window: Window, lanes: Collection[Lane] = ()) -> View:
    """What a window and lanes (all, when none is named) show."""
    chosen = frozenset(lanes) or frozenset(Lane)
    dated = [one for one in timeline.dated if one.lane in chosen]
    return View(
        timeline=timeline,
        window=window,
        lanes=chosen,
        items=tuple(one for one in dated if window.shows(one)),
        before=sum((one.until or one.on or window.start) < window.start for one in dated),
        after=sum((one.on or window.end) > window.end for one in dated),
    )


def known_days(on: date | None, precision: DatePrecision) -> tuple[date | None, date | None, str, bool]:
    """First and last possible day of a date, its words, and whether it is uncertain."""
    if on is None or precision is DatePrecision.UNKNOWN:
        return None, None, "date not known", False
    return on, last_possible(on, precision), dated_text(on, precision), precision is not DatePrecision.DAY


def stages(onset: date) -> Iterator[tuple[date, date, str]]:
    """First day, last day and words of each stage after an onset known to the day; none that leaves the calendar."""
    ends = [day for day, _ in STAGES[1:]] + [SETTLED_FROM]
    for (first, words), end in zip(STAGES, ends, strict=True):
        if onset.toordinal() + end <= date.max.toordinal():
            yield onset + timedelta(days=first), onset + timedelta(days=end - 1), words


def days_words(items: Sequence[Item]) -> str:
    """The days of several things in a few words: ``Jan to Mar 2021``; ``12 Mar 2025`` when all are of one day."""
    first = min(one.on for one in items if one.on)
    last = max(one.until or one.on for one in items if one.on)
    if first == last:
        return day_text(first)
    start, end = dated_text(first, DatePrecision.MONTH), dated_text(last, DatePrecision.MONTH)
    if start == end:
        return end
    return f"{start.split()[0] if first.year == last.year else start} to {end}"


def drawn_lanes(items: Iterable[Item], lanes: Collection[Lane]) -> tuple[Lane, ...]:
    """The lanes that have anything at all, in their order: a lane stays where it is while one moves along the axis."""
    filled = {one.lane for one in items if one.on is not None}
    return tuple(lane for lane in Lane if lane in filled and lane in lanes)


def _oldest_first(item: Item) -> tuple[date, int, date, str]:
    return item.on or date.max, list(Lane).index(item.lane), item.until or date.max, item.key
