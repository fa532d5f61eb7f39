"""Which exercises a patient's patterns suggest, with the reason for each, and why there may be none.

A therapist chooses, sets the limit of each movement, and may give any other exercise of the library.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Cell, Group, Movement
from clinic.domain.exercises import LibraryExercise, exercise_title, library
from clinic.domain.flaccid import flaccid_reasons
from clinic.domain.planning_facts import PlanningFacts
from clinic.domain.proposals import Lack
from clinic.domain.wording import plural, side_words

__all__ = [
    "ACUTE_DAYS",
    "MOST_AT_ONCE",
    "WINDOW_FROM_DAYS",
    "WINDOW_TO_DAYS",
    "SuggestedExercise",
    "TherapyChoice",
    "choose",
    "exercise_title",
    "refused",
    "suggested",
    "therapist_window",
]

MOST_AT_ONCE: Final = 5
"""Own limit of this program, no published number: practice is to stay small, slow and well done (reference 7.1)."""

ACUTE_DAYS: Final = 100
"""Before the 100th day synkinesis is minimal (Rail 2025) and strong exercise is advised against (Facial Therapy
Specialists UK): nothing is suggested for control."""

WINDOW_FROM_DAYS: Final = 14
WINDOW_TO_DAYS: Final = 42
"""The therapist's visit offered after toxin, 2 to 6 weeks: the weeks of weakness serve for training (Azuma 2012, 13
patients without a control group); reviews in trials fell on weeks 2 to 5 (Mehta 2007, Diaz-Aristizabal 2023, Hayler 2024)."""

_ACUTE_WORDS: Final = (
    "Before day 100 after the onset no exercise for synkinesis is suggested. Consider gentle massage, care of the eye and"
    " letting the strong side rest; strong exercise is advised against at this stage (Rail 2025; Facial Therapy"
    " Specialists UK)."
)
_FLACCID_WORDS: Final = (
    "Nothing moves on this side yet, so there is no movement to control. Consider only what keeps it comfortable: rest,"
    " a soft stretch, gentle massage. No forceful exercise (Facial Therapy Specialists UK; expert opinion)."
)
_MOVEMENTS: Final = {one: number for number, one in enumerate(Movement)}
_GROUPS: Final = {one: number for number, one in enumerate(Group)}


@dataclass(frozen=True, slots=True)
class SuggestedExercise:
    """An exercise to consider: the cells that it is for, the one that brought it up first, and the reason in words."""

    exercise: LibraryExercise
    cells: tuple[Cell, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class TherapyChoice:
    """What is suggested, what is said instead, and what is missing. ``room`` is how many more exercises there is place for."""

    suggested: tuple[SuggestedExercise, ...] = ()
    advice: tuple[str, ...] = ()
    lacks: tuple[Lack, ...] = ()
    room: int = MOST_AT_ONCE


def suggested(facts: PlanningFacts, open_ids: Collection[str] = ()) -> tuple[SuggestedExercise, ...]:
    """The exercises to consider, never more than five together with those that are open."""
    return choose(facts, open_ids).suggested


def choose(facts: PlanningFacts, open_ids: Collection[str] = ()) -> TherapyChoice:
    """The exercises to consider beside those that are open, why some sides get none, and what the record lacks.

    Cells are taken by the patient's priorities, then by bother, then by grade; each gets its best exercise before any
    gets a second one.
    """
    flaccid = flaccid_reasons(facts)
    advice: list[str] = []
    lacks: list[Lack] = []
    trainable: set[Side] = set()
    for side in sorted({one.side for one in facts.palsies}, key=str):
        words, lack = _stands_against(facts, side, flaccid)
        advice += [f"{side_words(side.value).capitalize()}: {words}"] if words else []
        lacks += [lack] if lack else []
        if not words and not lack:
            trainable.add(side)
    lacks += _missing(facts)
    room = max(0, MOST_AT_ONCE - len(set(open_ids)))
    found = _matched(_ordered(facts, trainable), set(open_ids))
    comfort = _comfort(facts, flaccid, set(open_ids) | set(found))
    listed = (*(_suggestion(one, cells) for one, cells in found.items()), *comfort)
    return TherapyChoice(_retraining_first(listed[:room]), tuple(advice), tuple(lacks), room)


def refused(facts: PlanningFacts, exercise_id: str) -> str:
    """Why an exercise cannot be given now, in words; blank where it can.

    Only control of movement is refused, and only while every side with a palsy is flaccid or before day 100.
    """
    known = library().get(exercise_id)
    if known is None or not known.control or not facts.palsies:
        return ""
    flaccid = flaccid_reasons(facts)
    found = {side: _stands_against(facts, side, flaccid)[0] for side in sorted(facts.palsy_sides, key=str)}
    if not all(found.values()):
        return ""
    said = " ".join(f"{side_words(side.value).capitalize()}: {words}" for side, words in found.items())
    return f"“{known.title}” trains a movement and cannot be given now. {said}"


def therapist_window(session_on: date) -> tuple[date, date]:
    """The days between which the therapist's visit after a session of toxin is offered."""
    return session_on + timedelta(days=WINDOW_FROM_DAYS), session_on + timedelta(days=WINDOW_TO_DAYS)


def _stands_against(facts: PlanningFacts, side: Side, flaccid: Collection[Side]) -> tuple[str, Lack | None]:
    """Why nothing is suggested for control on a side: words of advice, or what is not known."""
    days = [_days_since(facts.on, one.onset_from, one.onset_to) for one in facts.palsies if one.side is side]
    known = [one for one in days if one is not None]
    if any(latest < ACUTE_DAYS for _, latest in known):
        return _ACUTE_WORDS, None
    if side in flaccid:
        return _FLACCID_WORDS, None
    if len(known) < len(days):
        words = "The onset of the palsy is not known, so it cannot be said whether exercises are due."
        return "", Lack(f"{side_words(side.value).capitalize()}: {words}", "condition")
    for earliest, latest in known:
        if earliest < ACUTE_DAYS <= latest:
            words = f"The onset lies {earliest} to {latest} days back: enter it more exactly, day {ACUTE_DAYS} decides."
            return "", Lack(f"{side_words(side.value).capitalize()}: {words}", "condition")
    return "", None


def _days_since(on: date, onset_from: date | None, onset_to: date | None) -> tuple[int, int] | None:
    if onset_from is None or onset_to is None:
        return None
    return (on - onset_to).days, (on - onset_from).days


def _missing(facts: PlanningFacts) -> Iterator[Lack]:
    if not facts.palsies:
        yield Lack("No palsy is on record, so nothing says which side to train.", "condition")
    if not facts.cells:
        yield Lack("There is no synkinesis grid: exercises are chosen from its patterns.", "grid")
    elif strange := sorted({one.place.side for one in facts.cells if one.grade} - facts.palsy_sides, key=str):
        words = " and ".join(side_words(side.value) for side in strange)
        yield Lack(f"The grid grades the {words}, where no palsy is on record: nothing is suggested for it.", "grid")


def _ordered(facts: PlanningFacts, sides: Collection[Side]) -> list[Cell]:
    place = {group: number for number, group in reversed(list(enumerate(facts.priorities)))}

    def rank(cell: Cell) -> tuple[int, int, int, int, int, str]:
        group = cell.place.group
        return (
            place.get(group, len(Group)),
            -(cell.bother or 0),
            -(cell.grade or 0),
            _MOVEMENTS[cell.place.movement],
            _GROUPS[group],
            cell.place.side.value,
        )

    return sorted((one for one in facts.cells if _counts(facts, one, sides)), key=rank)


def _counts(facts: PlanningFacts, cell: Cell, sides: Collection[Side]) -> bool:
    """Whether a cell asks for an exercise: seen, not said to be unminded, on a side that can be trained."""
    if facts.bilateral and cell.place.group is Group.OTHER_SIDE:
        return False  # There is no strong side to quiet.
    return bool(cell.grade) and cell.bother != 0 and cell.place.side in sides


def _matched(cells: Iterable[Cell], open_ids: Collection[str]) -> dict[str, list[Cell]]:
    """Exercises by id in the order to consider them, each with its cells: first every cell's best one, then the others."""
    wanted = [(cell, _for_cell(cell)) for cell in cells]
    found: dict[str, list[Cell]] = {}
    for turn in range(max((len(ids) for _, ids in wanted), default=0)):
        for _, ids in wanted:
            if turn < len(ids) and ids[turn] not in open_ids:
                found.setdefault(ids[turn], [])
    for cell, ids in wanted:
        for one in ids:
            if one in found:
                found[one].append(cell)
    return found


def _for_cell(cell: Cell) -> list[str]:
    pattern = (cell.place.movement, cell.place.group)
    listed = library().values()
    return [one.id for one in listed if pattern in one.best] + [
        one.id for one in listed if pattern in one.also and pattern not in one.best
    ]


def _suggestion(exercise_id: str, cells: list[Cell]) -> SuggestedExercise:
    named = "; ".join(
        f"{side_words(one.place.side.value)}: {one.place.words}\N{NO-BREAK SPACE}{one.text}" for one in cells[:2]
    )
    more = f"; and {plural(len(cells) - 2, 'further pattern')}" if len(cells) > 2 else ""
    return SuggestedExercise(library()[exercise_id], tuple(cells), f"Consider it for {named}{more}.")


def _comfort(facts: PlanningFacts, flaccid: Collection[Side], taken: Collection[str]) -> tuple[SuggestedExercise, ...]:
    acute = {side for side in facts.palsy_sides if _stands_against(facts, side, ())[0] == _ACUTE_WORDS}
    sides = sorted((side for side in flaccid if side in facts.palsy_sides and side not in acute), key=str)
    if not sides:
        return ()
    words = " and ".join(side_words(side.value) for side in sides)
    reason = f"Consider it for comfort only: nothing moves on the {words}."
    return tuple(
        SuggestedExercise(one, (), reason) for one in library().values() if one.comfort and one.id not in taken
    )


def _retraining_first(listed: tuple[SuggestedExercise, ...]) -> tuple[SuggestedExercise, ...]:
    """Exercises that train a movement before those that rest or stretch; otherwise as they came."""
    return tuple(sorted(listed, key=lambda one: not one.exercise.control))
