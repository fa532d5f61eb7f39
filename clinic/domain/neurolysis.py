"""Criteria for a referral for selective neurolysis (neurectomy): what the record knows, and what only a clinician can say.

Criteria and numbers: clinical reference 5.1 to 5.3. Nothing here says that somebody should be operated on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Cell, Place
from clinic.domain.flaccid import NO_MOVEMENT_GRADE, flaccid_reasons
from clinic.domain.injections import Answer
from clinic.domain.planning_case import months_later
from clinic.domain.planning_facts import Palsy, PlanningFacts
from clinic.domain.planning_questions import PlanningQuestion, Theme
from clinic.domain.quantities import NBSP, format_number
from clinic.domain.trends import NO_BAND
from clinic.domain.wording import day_text, plural

SESSIONS_LEAST: Final = 3
"""Sessions before an effect is settled: steady state at the third (clinical reference 2.3); the criterion of 5.3."""

MONTHS_LEAST: Final = 16
"""Calendar months since onset after which no significant worsening was seen (Rail 2025, clinical reference 5.1)."""

GRADINGS_SHOWN: Final = 3
"""How many of the last composites stand beside the question whether they are stable."""

EXPRESSIONS: Final = 5
"""Voluntary movements of the Sunnybrook form (Ross 1996)."""

CRITERIA_ASKED: Final = tuple(one for one in PlanningQuestion if one.theme is Theme.SURGERY)
"""What only a clinician can answer."""


class State(StrEnum):
    """How a criterion stands."""

    MET = "met"
    NOT_MET = "not met"
    NOT_KNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line of the checklist: what the record says to it, and the question that only a clinician can answer, if any."""

    key: str
    title: str
    state: State
    says: tuple[str, ...] = ()
    question: PlanningQuestion | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class GradedGrid:
    """One grid of a day."""

    on: date
    cells: tuple[Cell, ...]

    @property
    def grades(self) -> Mapping[Place, int]:
        """The graded cells."""
        return {one.place: one.grade for one in self.cells if one.grade is not None}


@dataclass(frozen=True, slots=True)
class Checklist:
    """All criteria and what they come to, in words. ``flaccid`` holds the reasons to think of reanimation instead."""

    criteria: tuple[Criterion, ...]
    headline: str
    flaccid: tuple[str, ...] = ()

    @property
    def all_met(self) -> bool:
        """Whether every line is met and the face is not flaccid."""
        return not self.flaccid and all(one.state is State.MET for one in self.criteria)


LIMITS: Final = (
    (
        "Synkinesis around the eye is not addressed: toxin goes on being needed there.",
        "Azizzadeh 2019, 63 patients",
    ),
    ("A second operation was needed in 17 %.", "Azizzadeh 2019"),
    (
        "11 % could not hold the mouth closed for a time; fewer where fewer branches were divided (6.7 on average).",
        "Azizzadeh 2019; Ovaitt 2023",
    ),
    (
        "Tightness and a narrow eye improve more predictably than the angle of the smile.",
        "series of 122 patients (doi 10.1007/s00266-023-03620-8)",
    ),
    ("What is published is limited: case series, no controlled trial.", "systematic review (doi 10.1055/a-1950-4483)"),
)
"""What the operation does not mend, and its price, each with its source (clinical reference 5.2)."""

BLOCK_NOTE: Final = (
    "A block of the depressor anguli oris foretold the smile after taking the muscle out: 20 patients, no significant"
    " difference; in 23 others a strong correlation, excision doing more than the block. After excision in 43 patients the"
    " corner moved 3.02\u00a0mm further (median)."
)
"""What is known of the test block (clinical reference 5.2: three prospective cohorts)."""


def checklist(
    facts: PlanningFacts, grids: Iterable[GradedGrid], scores: tuple[str, ...] = (), elsewhere: tuple[str, ...] = ()
) -> Checklist:
    """Every criterion with its state. ``grids`` are those of the palsy's side, ``scores`` say how other scores moved, in words.

    ``elsewhere`` is toxin that somebody else gave: with it, the number of sessions is not known for certain.
    """
    criteria = (
        _sessions(facts, elsewhere),
        _same_pattern(facts, tuple(grids)),
        _since_onset(facts),
        _asked(facts, "stable", PlanningQuestion.SCORES_STABLE, _recent(facts, scores), _STABLE),
        _moves(facts),
        _asked(facts, "zygomatic", PlanningQuestion.ZYGOMATIC_ACTIVE, _smile(facts), _ACTIVE),
        _asked(facts, "branches", PlanningQuestion.BRANCHES_INTACT, (), _ACTIVE),
        _asked(facts, "unsatisfied", PlanningQuestion.UNSATISFIED, _tried(facts), "Guntinas-Lichius 2022"),
        _asked(facts, "lasting", PlanningQuestion.WANTS_LASTING_CHANGE, (), "clinical reference 5.2"),
        _asked(facts, "limits", PlanningQuestion.KNOWS_LIMITS, ("The list stands on this page.",), "Azizzadeh 2019"),
    )
    flaccid = _flaccid(facts)
    return Checklist(criteria, _headline(criteria, flaccid), flaccid)


_ACTIVE: Final = "quoted selection criteria: stable, zygomatic muscles active, distal branches intact (reference 5.2)"
_STABLE: Final = "no published number says what a stable Sunnybrook score is: a clinician answers"


def _headline(criteria: tuple[Criterion, ...], flaccid: tuple[str, ...]) -> str:
    if flaccid:
        return (
            "Consider a referral for facial reanimation instead: selective neurolysis is for a face that moves too much,"
            " and this one is recorded as without useful movement."
        )
    counts = {state: sum(one.state is state for one in criteria) for state in State}
    if counts[State.MET] == len(criteria):
        return (
            "Consider a referral to a surgeon for selective neurolysis (neurectomy): as far as this record knows, every"
            " line below is met. Whether to operate is decided between patient and surgeon."
        )
    said = ", ".join(f"{counts[state]}{NBSP}{state.value}" for state in State if counts[state])
    return f"Of {len(criteria)} criteria: {said}. Nothing is suggested while a line is not met or not known."


def _flaccid(facts: PlanningFacts) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words for said in flaccid_reasons(facts).values() for words in said))


def _sessions(facts: PlanningFacts, elsewhere: tuple[str, ...]) -> Criterion:
    days = sorted(one.on for one in facts.sessions)
    says = [f"{plural(len(days), 'session')} on record{': ' if days else '.'}{', '.join(map(day_text, days))}"]
    says += [f"Elsewhere, not counted: {one}" for one in elsewhere]
    state = State.MET if len(days) >= SESSIONS_LEAST else State.NOT_KNOWN if elsewhere else State.NOT_MET
    title = f"At least {SESSIONS_LEAST} sessions of botulinum toxin"
    return Criterion("sessions", title, state, tuple(says), source="Shinn 2019 (steady at the third); reference 5.3")


def _same_pattern(facts: PlanningFacts, grids: tuple[GradedGrid, ...]) -> Criterion:
    title = f"The same pattern over the last {SESSIONS_LEAST} sessions"
    days = sorted(one.on for one in facts.sessions)
    state, says = State.NOT_KNOWN, f"Answerable once there are {SESSIONS_LEAST} sessions with grids around them."
    if len(days) >= SESSIONS_LEAST:
        state, says = _over(days[-SESSIONS_LEAST], days[-1], sorted(grids, key=lambda one: one.on))
    return Criterion("pattern", title, state, (says,), source="synkinesis grid of this record; reference 5.3")


def _over(first: date, last: date, grids: list[GradedGrid]) -> tuple[State, str]:
    before = [one for one in grids if one.on <= first]
    after = [one for one in grids if one.on > last]
    if not before:
        return State.NOT_KNOWN, f"No grid from the session of {day_text(first)} or before it."
    if not after:
        return State.NOT_KNOWN, f"No grid since the session of {day_text(last)}."
    start, end = before[-1], after[-1]
    kept = persisting(one for one in grids if start.on <= one.on <= end.on)
    between = f"between {day_text(start.on)} and {day_text(end.on)}"
    if not kept:
        return State.NOT_MET, f"No cell stayed above 0 {between}."
    named = "; ".join(f"{place.side} {place.words}{NBSP}{a}{NBSP}→{NBSP}{b}" for place, a, b in kept)
    return State.MET, f"Above 0 in every grid that graded it {between}: {named}."


def persisting(grids: Iterable[GradedGrid]) -> tuple[tuple[Place, int, int], ...]:
    """Cells graded in the first and the last of several grids and never 0: (place, first grade, last grade)."""
    graded = [one.grades for one in sorted(grids, key=lambda one: one.on)]
    if not graded:
        return ()
    start, end = graded[0], graded[-1]
    kept = [place for place in start if place in end and all(one.get(place, 1) for one in graded)]
    return tuple((place, start[place], end[place]) for place in sorted(kept))


def _since_onset(facts: PlanningFacts) -> Criterion:
    title = f"At least {MONTHS_LEAST} calendar months since onset"
    found = [_since(one, facts.on) for one in facts.palsies]
    states = {state for state, _ in found}
    state = next((one for one in (State.NOT_MET, State.NOT_KNOWN) if one in states), State.MET)
    if not found:
        state, found = State.NOT_KNOWN, [(State.NOT_KNOWN, "No palsy is on record.")]
    return Criterion("months", title, state, tuple(words for _, words in found), source="Rail 2025")


def _since(palsy: Palsy, on: date) -> tuple[State, str]:
    if palsy.onset_from is None or palsy.onset_to is None:
        return State.NOT_KNOWN, f"Patient’s {palsy.side}: onset not known."
    first, last = months_later(palsy.onset_from, MONTHS_LEAST), months_later(palsy.onset_to, MONTHS_LEAST)
    if palsy.onset_from == palsy.onset_to:
        said = (
            f"Patient’s {palsy.side}: onset {day_text(palsy.onset_from)}, {MONTHS_LEAST} months on {day_text(first)}."
        )
    else:
        onset = f"between {day_text(palsy.onset_from)} and {day_text(palsy.onset_to)}"
        said = f"Patient’s {palsy.side}: onset {onset}, {MONTHS_LEAST} months between {day_text(first)} and {day_text(last)}."
    return State.MET if on >= last else State.NOT_MET if on < first else State.NOT_KNOWN, said


def _moves(facts: PlanningFacts) -> Criterion:
    """The question is put the other way round: *no useful movement* answered no meets the criterion."""
    answer = facts.asked.get(PlanningQuestion.NO_MOVEMENT)
    reasons = _flaccid(facts)
    state = State.NOT_MET if reasons else State.MET if answer is Answer.NO else State.NOT_KNOWN
    title = "The side of the palsy moves (no flaccid face)"
    return Criterion(
        "moves", title, state, reasons, PlanningQuestion.NO_MOVEMENT, "reference 5.2: flaccid palsy is another path"
    )


def _recent(facts: PlanningFacts, scores: tuple[str, ...]) -> tuple[str, ...]:
    """The last composites of each side with their days, and how other scores moved."""
    said = []
    for side, course in sorted(facts.scores.items()):
        last = ", ".join(f"{format_number(value)} ({day_text(on)})" for on, value in course[-GRADINGS_SHOWN:])
        said.append(f"Sunnybrook composite, patient’s {side}: {last}.")
    if said:
        said.append(f"For Sunnybrook {NO_BAND}.")
    return (*said, *scores) or ("No score is on record.",)


def _smile(facts: PlanningFacts) -> tuple[str, ...]:
    said = []
    for side in sorted(facts.palsy_sides):
        grade = facts.movements.get((side, "smile"))
        if grade is None:
            said.append(f"Sunnybrook smile, patient’s {side}: not graded.")
            continue
        on = f" on {day_text(facts.movements_on)}" if facts.movements_on else ""
        said.append(f"Sunnybrook smile, patient’s {side}: {grade} of {EXPRESSIONS}{on}.")
        if grade == NO_MOVEMENT_GRADE and facts.asked.get(PlanningQuestion.ZYGOMATIC_ACTIVE) is Answer.YES:
            said.append("The answer and this grade do not agree: look at the smile again.")
    return tuple(said)


def _tried(facts: PlanningFacts) -> tuple[str, ...]:
    trained = "on record" if facts.trained else "not on record"
    return (f"Facial training: {trained}. Sessions of toxin: {len(facts.sessions)}.",)


_TITLES: Final[Mapping[PlanningQuestion, str]] = {
    PlanningQuestion.SCORES_STABLE: "Scores and synkinesis stable over time",
    PlanningQuestion.ZYGOMATIC_ACTIVE: "Zygomaticus major and minor contract",
    PlanningQuestion.BRANCHES_INTACT: "Distal branches of the nerve intact",
    PlanningQuestion.UNSATISFIED: "Not satisfied with what training and toxin reach",
    PlanningQuestion.WANTS_LASTING_CHANGE: "Wants a lasting change and accepts its risks",
    PlanningQuestion.KNOWS_LIMITS: "Knows what the operation does not mend",
}


def _asked(facts: PlanningFacts, key: str, question: PlanningQuestion, says: tuple[str, ...], source: str) -> Criterion:
    states = {Answer.YES: State.MET, Answer.NO: State.NOT_MET}
    answer = facts.asked.get(question)
    state = states.get(answer, State.NOT_KNOWN) if answer else State.NOT_KNOWN
    return Criterion(key, _TITLES[question], state, says, question, source)


def palsy_cells(cells: Iterable[Cell], sides: frozenset[Side]) -> tuple[Cell, ...]:
    """The cells of the sides with a palsy."""
    return tuple(one for one in cells if one.place.side in sides)
