"""One muscle and side: its sessions with what is on record around them, and the grades of its patterns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Final

from clinic.domain.anatomy import Side, muscle_label
from clinic.domain.assessments.grid import Place
from clinic.domain.dose_effect_windows import (
    BEFORE_DAYS,
    Rating,
    Window,
    at_return,
    at_review,
    before,
    ratings,
    stretches,
)
from clinic.domain.dose_effect_words import Grades, grade_words, sentence
from clinic.domain.dose_sessions import Amount, MusclePlace, TreatedSession
from clinic.domain.review_patterns import linked, place_order
from clinic.domain.reviews import Wearing, benefit_words
from clinic.domain.trends_patterns import Effect, Graded
from clinic.domain.trends_sessions import OtherTreatment
from clinic.domain.wording import day_text, side_words

LANES: Final = 3
"""Patterns drawn for a muscle; all stand in its table."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A review of a session (its id in force): when, in which visit, and how long the effect was there."""

    session: str
    session_on: date
    visit_id: str
    on: date
    wearing: Wearing
    worn_off_day: int | None


@dataclass(frozen=True, slots=True)
class Happened:
    """An adverse event after a session, with the muscles of the sites that it was linked to."""

    session: str
    words: str
    short: str
    on: date | None
    places: frozenset[MusclePlace]


@dataclass(frozen=True)
class Facts:
    """Everything on record; ``voided`` are days of voided sessions whose toxin is in the patient all the same."""

    sessions: tuple[TreatedSession, ...]
    voided: tuple[date, ...]
    graded: tuple[Graded, ...]
    effects: tuple[Effect, ...]
    reviews: tuple[Reviewed, ...]
    events: tuple[Happened, ...]
    others: tuple[OtherTreatment, ...]

    @cached_property
    def known(self) -> tuple[TreatedSession, ...]:
        """The sessions, oldest first."""
        return tuple(sorted(self.sessions, key=lambda one: (one.on, one.id)))

    @cached_property
    def before(self) -> Mapping[str, str]:
        """The session before each session, by id."""
        return {one.id: earlier.id for earlier, one in pairwise(self.known)}

    @cached_property
    def toxin(self) -> tuple[date, ...]:
        """The days on which toxin was given here."""
        return tuple(sorted({one.on for one in self.sessions} | set(self.voided)))

    @cached_property
    def ratings(self) -> Mapping[Place, tuple[Rating, ...]]:
        """The grades of every pattern, a line a visit."""
        rows: dict[Place, list[Graded]] = {}
        for one in self.graded:
            rows.setdefault(one.place, []).append(one)
        return {place: ratings(found) for place, found in rows.items()}

    @cached_property
    def grids(self) -> Mapping[Side, tuple[str, ...]]:
        """The visits in which each side's grid was graded, in order."""
        found: dict[Side, dict[str, None]] = {}
        for one in sorted(self.graded, key=lambda one: (one.on, one.rated_at, one.visit_id)):
            found.setdefault(one.place.side, {})[one.visit_id] = None
        return {side: tuple(visits) for side, visits in found.items()}


@dataclass(frozen=True, slots=True)
class Benefit:
    """How long a session helped, as its newest review with an answer said; ``days`` is None while nobody knows the end."""

    words: str
    start: date
    days: int | None
    asked_day: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """One pattern around one session; None is a gap."""

    place: Place
    before: Rating | None
    review: Rating | None
    returned: Rating | None
    said: tuple[Effect, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is on record."""
        return not (self.before or self.review or self.returned or self.said)

    @property
    def grades(self) -> Grades:
        """Before, at review, at return."""
        found = [one.grade if one else None for one in (self.before, self.review, self.returned)]
        return found[0], found[1], found[2]

    @property
    def grade_words(self) -> str:
        """``3 → 1 → 2``, with a dash for a gap; nothing when no grade is on record."""
        return grade_words(self.grades) if any(one is not None for one in self.grades) else ""

    def notes(self, entry: Entry) -> tuple[str, ...]:
        """When it was graded where that is not the day of this session or the next, and by whom when several graded."""
        found = []
        graded = [("before", self.before), ("review", self.review), ("return", self.returned)]
        many = len({name for _, one in graded if one for name in (one.rater, *dict(one.beside))}) > 1
        for name, one in graded:
            if one is None:
                continue
            parts = [name, "" if one.on in {entry.session.on, entry.later} else day_text(one.on)]
            parts += [f"by {one.rater}"] if many else []
            parts += [f"({grade} by {rater})" for rater, grade in one.beside]
            if many or parts[1]:
                found.append(" ".join(filter(None, parts)))
        return tuple(found)

    @property
    def said_words(self) -> str:
        """What the reviews said, the newest last and each once."""
        return ", then ".join(dict.fromkeys(one.short for one in self.said))


@dataclass(frozen=True, slots=True)
class Entry:
    """A muscle in one session: what it got, and what is on record around it. ``earlier`` is the session before, any muscle."""

    session: TreatedSession
    earlier: str
    later: date | None
    amounts: tuple[Amount, ...]
    benefit: Benefit | None
    events: tuple[Happened, ...]
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """One muscle and side: its sessions oldest first, and the grades of its patterns on the axis of the page."""

    muscle: str
    side: Side
    entries: tuple[Entry, ...]
    patterns: tuple[Place, ...]
    stretches: Mapping[Place, tuple[tuple[Rating, ...], ...]]

    @property
    def label(self) -> str:
        """``Mentalis, patient’s left``."""
        return f"{muscle_label(self.muscle)}, {side_words(self.side.value)}"

    @property
    def anchor(self) -> str:
        """Its place on the page."""
        return f"{self.muscle}-{self.side}".replace("_", "-")

    def named(self, place: Place) -> str:
        """A pattern in words; with its side where that is not the muscle's."""
        return place.words if place.side is self.side else f"{place.words} (graded {side_words(place.side.value)})"

    @property
    def drawn(self) -> tuple[Place, ...]:
        """The patterns that are drawn: those with the highest grades."""
        return self.patterns[:LANES]

    @property
    def newest_first(self) -> tuple[Entry, ...]:
        """The table's order."""
        return self.entries[::-1]

    def ratings(self, place: Place) -> tuple[Rating, ...]:
        """All grades of a pattern on the axis."""
        return tuple(one for part in self.stretches[place] for one in part)

    @property
    def raters(self) -> tuple[str, ...]:
        """Who graded its patterns."""
        found = [one for place in self.patterns for one in self.ratings(place)]
        return tuple(sorted({one.rater for one in found} | {name for one in found for name, _ in one.beside}))

    @property
    def has_many_raters(self) -> bool:
        """Whether grades come from different people."""
        return len(self.raters) > 1

    @property
    def words(self) -> str:
        """What the figure shows, in a sentence."""
        return sentence(
            [one.amounts for one in self.entries],
            [told for place in self.drawn if (told := _told(self.entries, place, self.named(place)))],
            [(one.benefit.days, one.benefit.words) if one.benefit else None for one in self.entries],
        )


def panel_of(place: MusclePlace, shown: Sequence[TreatedSession], facts: Facts, windows: Mapping[str, Window]) -> Panel:
    """A muscle and side across the sessions shown; ``windows`` has each session between the toxin around it."""
    said = [one for one in facts.effects if place in one.muscles or linked(one.place, [place])]
    spoken = {one.place for one in said}
    found = {key: facts.ratings.get(key, ()) for key in spoken}
    found |= {key: rows for key, rows in facts.ratings.items() if linked(key, [place])}
    kept = [key for key, rows in found.items() if key in spoken or any(one.grade for one in rows)]
    kept.sort(key=lambda key: (-max((one.grade for one in found[key]), default=0), place_order(key)))
    limits = windows[shown[0].id], windows[shown[-1].id]
    joined = {key: stretches(_within(found[key], limits), facts.toxin, facts.grids.get(key.side, ())) for key in kept}
    entries = tuple(
        Entry(
            session=one,
            earlier=facts.before.get(one.id, ""),
            later=windows[one.id].later,
            amounts=one.amounts(place),
            benefit=_benefit(one, facts.reviews),
            events=tuple(event for event in facts.events if event.session == one.id and place in event.places),
            outcomes=tuple(_outcomes(one, kept, found, said, facts.reviews, windows[one.id])),
        )
        for one in shown
        if one.amounts(place)
    )
    return Panel(*place, entries, tuple(kept), joined)


def _within(found: Sequence[Rating], limits: tuple[Window, Window]) -> tuple[Rating, ...]:
    """The grades on the axis: from those before the first session shown to the next session after the last one shown."""
    first, last = limits
    least = first.day - timedelta(days=BEFORE_DAYS)
    return tuple(one for one in found if least <= one.on and (last.later is None or one.on <= last.later))


def _outcomes(
    session: TreatedSession,
    patterns: Sequence[Place],
    found: Mapping[Place, Sequence[Rating]],
    said: Sequence[Effect],
    reviews: Iterable[Reviewed],
    window: Window,
) -> Iterator[Outcome]:
    reviewing = frozenset(one.visit_id for one in reviews if one.session == session.id)
    for place in patterns:
        mine = [one for one in said if (one.session, one.place) == (session.id, place)]
        one = Outcome(
            place,
            before(found[place], window),
            at_review(found[place], window, reviewing),
            at_return(found[place], window),
            tuple(sorted(mine, key=lambda effect: effect.said_on)),
        )
        if not one.is_empty:
            yield one


def _benefit(session: TreatedSession, reviews: Iterable[Reviewed]) -> Benefit | None:
    """Of the newest review that knows the day on which it had worn off, else of the newest that says anything."""
    found = []
    for one in reviews:
        words = benefit_words(one.wearing, one.worn_off_day, (one.on - one.session_on).days)
        if one.session == session.id and words:
            days = one.worn_off_day if one.wearing is Wearing.GONE else None
            found.append(
                (
                    days is not None,
                    one.on,
                    one.visit_id,
                    Benefit(words, session.on, days, (one.on - one.session_on).days),
                )
            )
    return max(found, key=lambda row: row[:3])[3] if found else None


def _told(entries: Sequence[Entry], place: Place, words: str) -> tuple[str, date, Grades] | None:
    """The grades around the newest session that has two of the three, else one; None without any."""
    best: tuple[int, tuple[str, date, Grades]] | None = None
    for entry in reversed(entries):
        for one in entry.outcomes:
            known = min(2, sum(grade is not None for grade in one.grades))
            if one.place == place and known > (best[0] if best else 0):
                best = known, (words, entry.session.on, one.grades)
    return best[1] if best else None
