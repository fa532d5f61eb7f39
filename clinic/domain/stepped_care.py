"""Stepped care on one line: assessment, training, toxin, surgery, each with its days, what came of it, and why it was taken.

The order is that of the published steps (clinical reference 5.2); a step is never skipped or taken because of this line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from clinic.domain.plans import CareStep
from clinic.domain.quantities import NBSP
from clinic.domain.trends import OTHER_VERSION, Measured, Series, change
from clinic.domain.wording import day_text, plural

SHOWN_SCORES: Final = frozenset(
    {("sunnybrook", "composite"), ("saq", "total"), ("face", "total"), ("fdi", "physical"), ("fdi", "social")}
)
"""The scores that say how a face and its owner fare as a whole; the others stand under Trends."""


@dataclass(frozen=True, slots=True)
class ScoreMove:
    """A score from its first to its newest value of one version."""

    title: str
    first: Measured
    last: Measured

    @property
    def is_one(self) -> bool:
        """Whether there is only one value."""
        return self.first is self.last

    @property
    def moved(self) -> str:
        """``13.3 lower, within noise``; nothing for a single value."""
        if self.is_one:
            return ""
        if self.first.version != self.last.version:
            return OTHER_VERSION
        by_another = self.first.rater != self.last.rater
        first, last = self.first, self.last
        return change(last.kind, last.value, first.value, first.on, by_another=by_another).short

    @property
    def words(self) -> str:
        """``Sunnybrook, composite, patient’s left: 45 → 62, 17 higher``."""
        if self.is_one:
            return f"{self.title}: {self.last.value_text}"
        arrow = f"{NBSP}\N{RIGHTWARDS ARROW}{NBSP}"
        return f"{self.title}: {self.first.value_text}{arrow}{self.last.value_text}, {self.moved}"

    @property
    def dated(self) -> str:
        """The words with the days of first and last value, one day where there is only one."""
        first, last = day_text(self.first.on), day_text(self.last.on)
        return f"{self.words} ({last if first == last else f'{first} to {last}'})"


@dataclass(frozen=True, slots=True)
class CareFacts:
    """What the steps are told from. ``sessions`` are (day, whole weeks of benefit or None while not known).

    ``earlier_training``, ``toxin_elsewhere``, ``operations`` and ``referred`` are in words, with their dates.
    """

    assessed_on: tuple[date, ...] = ()
    scores: tuple[ScoreMove, ...] = ()
    trained_on: tuple[date, ...] = ()
    earlier_training: tuple[str, ...] = ()
    sessions: tuple[tuple[date, int | None], ...] = ()
    toxin_elsewhere: tuple[str, ...] = ()
    operated_on: tuple[date, ...] = ()
    operations: tuple[str, ...] = ()
    referred: tuple[str, ...] = ()
    reasons: Mapping[CareStep, tuple[str, ...]] = field(default_factory=dict)
    next_step: CareStep | None = None


@dataclass(frozen=True, slots=True)
class CareLine:
    """One step. ``count`` says how often, ``dates`` from when to when, ``result`` what came of it, ``reasons`` why it was
    decided on.
    """

    step: CareStep
    count: str
    first: date | None
    last: date | None
    result: tuple[str, ...]
    reasons: tuple[str, ...]
    is_next: bool

    @property
    def label(self) -> str:
        """The step in words."""
        return self.step.label

    @property
    def dates(self) -> str:
        """``22 Nov 2026``; ``22 Nov 2026 to 3 Jan 2027``; nothing without a day."""
        if self.first is None or self.last is None:
            return ""
        return day_text(self.first) if self.first == self.last else f"{day_text(self.first)} to {day_text(self.last)}"

    @property
    def is_begun(self) -> bool:
        """Whether anything of it is on record."""
        return bool(self.count or self.result)


def score_moves(series: Iterable[Series]) -> tuple[ScoreMove, ...]:
    """The scores of stepped care, from first to newest."""
    return tuple(
        ScoreMove(one.title, one.line[0], one.line[-1])
        for one in series
        if (one.line[-1].instrument, one.line[-1].score) in SHOWN_SCORES
    )


def care_lines(facts: CareFacts) -> tuple[CareLine, ...]:
    """The four steps in their order, begun or not."""
    return (
        _line(facts, CareStep.ASSESSMENT, facts.assessed_on, "visit", tuple(one.words for one in facts.scores)),
        _line(facts, CareStep.TRAINING, facts.trained_on, "session", _earlier(facts.earlier_training)),
        _line(facts, CareStep.TOXIN, tuple(on for on, _ in facts.sessions), "session", _toxin(facts)),
        _line(facts, CareStep.SURGERY, facts.operated_on, "operation", (*facts.operations, *facts.referred)),
    )


def _line(facts: CareFacts, step: CareStep, days: tuple[date, ...], noun: str, result: tuple[str, ...]) -> CareLine:
    found = sorted(set(days))
    return CareLine(
        step=step,
        count=plural(len(found), noun).replace(" ", NBSP) if found else "",
        first=found[0] if found else None,
        last=found[-1] if found else None,
        result=result,
        reasons=facts.reasons.get(step, ()),
        is_next=facts.next_step is step,
    )


def _earlier(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"Earlier or elsewhere: {one}" for one in words)


def _toxin(facts: CareFacts) -> tuple[str, ...]:
    weeks = [found for _, found in sorted(facts.sessions, key=lambda one: one[0]) if found is not None]
    said = []
    if weeks:
        listed = ", ".join(str(one) for one in weeks)
        said.append(f"Weeks of benefit: {listed}")
    if facts.sessions and len(weeks) < len(facts.sessions):
        said.append(f"Benefit not known of {plural(len(facts.sessions) - len(weeks), 'session').replace(' ', NBSP)}")
    return (*said, *_earlier(facts.toxin_elsewhere))
