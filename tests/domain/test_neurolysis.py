"""Criteria for selective neurolysis: each below, at and above its number, and nothing suggested while a line is open."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Cell, Group, Movement, Place
from clinic.domain.injections import Answer
from clinic.domain.neurolysis import (
    CRITERIA_ASKED,
    LIMITS,
    Checklist,
    Criterion,
    GradedGrid,
    State,
    checklist,
    palsy_cells,
    persisting,
)
from clinic.domain.patients import Cause
from clinic.domain.planning_case import completed_months, months_later
from clinic.domain.planning_facts import Palsy, PlanningFacts, SessionDone
from clinic.domain.planning_questions import PlanningQuestion

EYE = Place(Side.LEFT, Movement.BIG_SMILE, Group.EYE)
CHIN = Place(Side.LEFT, Movement.PUCKER, Group.CHIN)
ONSET = date(2024, 1, 31)
DAYS = (date(2025, 6, 1), date(2025, 9, 1), date(2025, 12, 1))
GRIDS = (
    GradedGrid(DAYS[0], (Cell(EYE, 3), Cell(CHIN, 2))),
    GradedGrid(DAYS[1], (Cell(EYE, 2), Cell(CHIN, 0))),
    GradedGrid(date(2026, 1, 10), (Cell(EYE, 2), Cell(CHIN, 1))),
)
YES = dict.fromkeys(CRITERIA_ASKED, Answer.YES) | {PlanningQuestion.NO_MOVEMENT: Answer.NO}


def sessions(*days: date) -> tuple[SessionDone, ...]:
    return tuple(SessionDone(str(number), on, {}) for number, on in enumerate(days))


def palsy(first: date | None = ONSET, last: date | None = None) -> Palsy:
    return Palsy("c", Side.LEFT, Cause.BELLS_PALSY, first, last or first)


FACTS = PlanningFacts(on=date(2026, 1, 10), age=40, palsies=(palsy(),), sessions=sessions(*DAYS), asked=YES)


def found(list_: Checklist, key: str) -> Criterion:
    return next(one for one in list_.criteria if one.key == key)


def test_with_every_line_met_a_referral_is_to_be_considered_and_not_more() -> None:
    done = checklist(FACTS, GRIDS, ("Sunnybrook 60 to 61",))
    assert {one.state for one in done.criteria} == {State.MET}
    assert done.all_met
    assert done.headline.startswith("Consider a referral")
    assert "decided between patient and surgeon" in done.headline


@pytest.mark.parametrize("question", [one for one in CRITERIA_ASKED if one is not PlanningQuestion.NO_MOVEMENT])
@pytest.mark.parametrize(
    ("answer", "state"), [(Answer.NO, State.NOT_MET), (Answer.UNKNOWN, State.NOT_KNOWN), (None, State.NOT_KNOWN)]
)
def test_one_line_that_is_not_met_or_not_known_suggests_nothing(
    question: PlanningQuestion, answer: Answer | None, state: State
) -> None:
    asked = {one: said for one, said in YES.items() if one is not question} | ({question: answer} if answer else {})
    done = checklist(replace(FACTS, asked=asked), GRIDS)
    assert [one.state for one in done.criteria if one.question is question] == [state]
    assert not done.all_met
    assert "Consider" not in done.headline
    assert f"9\u00a0met, 1\u00a0{state.value}" in done.headline


def test_every_question_of_the_theme_is_asked_once() -> None:
    asked = [one.question for one in checklist(FACTS, GRIDS).criteria if one.question]
    assert sorted(asked) == sorted(CRITERIA_ASKED)


@pytest.mark.parametrize(("count", "state"), [(0, State.NOT_MET), (2, State.NOT_MET), (3, State.MET)])
def test_three_sessions_are_enough(count: int, state: State) -> None:
    line = found(checklist(replace(FACTS, sessions=sessions(*DAYS[:count])), GRIDS), "sessions")
    assert line.state is state


def test_toxin_given_elsewhere_leaves_the_number_open_and_is_never_counted() -> None:
    few = replace(FACTS, sessions=sessions(*DAYS[:2]))
    line = found(checklist(few, GRIDS, elsewhere=("2024: 20 units",)), "sessions")
    assert line.state is State.NOT_KNOWN
    assert line.says == ("2 sessions on record: 1 Jun 2025, 1 Sep 2025", "Elsewhere, not counted: 2024: 20 units")
    enough = found(checklist(FACTS, GRIDS, elsewhere=("2024: 20 units",)), "sessions")
    assert enough.state is State.MET


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2024, 1, 31), 16, date(2025, 5, 31)),
        (date(2024, 10, 31), 16, date(2026, 3, 1)),
        (date(2024, 2, 29), 12, date(2025, 3, 1)),
        (date(2023, 8, 15), 16, date(2024, 12, 15)),
        (date(2023, 9, 15), 16, date(2025, 1, 15)),
    ],
)
def test_months_are_those_of_the_calendar(day: date, months: int, later: date) -> None:
    assert months_later(day, months) == later


@given(st.dates(date(1950, 1, 1), date(2050, 1, 1)), st.integers(1, 60))
def test_stage_and_checklist_count_months_alike(day: date, months: int) -> None:
    later = months_later(day, months)
    assert completed_months(day, later) == months
    assert completed_months(day, later - timedelta(days=1)) == months - 1


@pytest.mark.parametrize(
    ("on", "state"),
    [(date(2025, 5, 30), State.NOT_MET), (date(2025, 5, 31), State.MET), (date(2025, 6, 1), State.MET)],
)
def test_sixteen_months_are_over_on_their_day(on: date, state: State) -> None:
    assert found(checklist(replace(FACTS, on=on), GRIDS), "months").state is state


@pytest.mark.parametrize(
    ("on", "state"),
    [
        (date(2025, 4, 30), State.NOT_MET),
        (date(2025, 5, 1), State.NOT_KNOWN),
        (date(2025, 5, 30), State.NOT_KNOWN),
        (date(2025, 5, 31), State.MET),
    ],
)
def test_of_an_onset_known_by_its_month_both_ends_count(on: date, state: State) -> None:
    facts = replace(FACTS, on=on, palsies=(palsy(date(2024, 1, 1), date(2024, 1, 31)),))
    line = found(checklist(facts, GRIDS), "months")
    assert line.state is state
    assert "between 1 Jan 2024 and 31 Jan 2024" in line.says[0]


def test_an_onset_that_nobody_knows_is_not_known() -> None:
    assert found(checklist(replace(FACTS, palsies=(palsy(None),)), GRIDS), "months").state is State.NOT_KNOWN
    assert found(checklist(replace(FACTS, palsies=()), GRIDS), "months").state is State.NOT_KNOWN


def test_of_two_palsies_the_younger_counts() -> None:
    young = Palsy("d", Side.RIGHT, Cause.TRAUMA, date(2026, 1, 1), date(2026, 1, 1))
    assert found(checklist(replace(FACTS, palsies=(palsy(), young)), GRIDS), "months").state is State.NOT_MET


def test_the_same_pattern_needs_grids_before_the_first_and_after_the_last_of_three_sessions() -> None:
    line = found(checklist(FACTS, GRIDS), "pattern")
    assert line.state is State.MET
    assert "eye narrows with big smile\u00a03\u00a0→\u00a02" in line.says[0]
    assert "chin" not in line.says[0]
    late = (replace(GRIDS[0], on=DAYS[0] + timedelta(days=1)), *GRIDS[1:])
    assert found(checklist(FACTS, late), "pattern").state is State.NOT_KNOWN
    on_the_day = (*GRIDS[:2], replace(GRIDS[2], on=DAYS[2]))
    assert found(checklist(FACTS, on_the_day), "pattern").state is State.NOT_KNOWN
    gone = (*GRIDS[:2], replace(GRIDS[2], cells=(Cell(EYE, 0), Cell(CHIN, 1))))
    assert found(checklist(FACTS, gone), "pattern").state is State.NOT_MET


def test_before_three_sessions_the_pattern_is_not_known() -> None:
    few = replace(FACTS, sessions=sessions(*DAYS[:2]))
    assert found(checklist(few, GRIDS), "pattern").state is State.NOT_KNOWN


def test_an_open_cell_breaks_no_pattern_and_makes_none() -> None:
    middle = GradedGrid(DAYS[1], (Cell(CHIN, 1),))
    assert persisting((GRIDS[0], middle, GRIDS[2])) == ((EYE, 3, 2), (CHIN, 2, 1))
    assert persisting((GRIDS[0], GradedGrid(DAYS[1], (Cell(CHIN, 1), Cell(EYE))))) == ((CHIN, 2, 1),)
    assert persisting(()) == ()


@given(st.permutations(GRIDS))
def test_the_order_of_the_grids_does_not_matter(grids: list[GradedGrid]) -> None:
    assert checklist(FACTS, grids) == checklist(FACTS, GRIDS)


@pytest.mark.parametrize(
    "change",
    [
        {"asked": YES | {PlanningQuestion.NO_MOVEMENT: Answer.YES}},
        {"house_brackmann": {Side.LEFT: 6}},
        {"movements": {(Side.LEFT, name): 1 for name in ("brow", "closure", "smile", "snarl", "pucker")}},
    ],
)
def test_a_flaccid_face_is_for_reanimation_whatever_else_is_met(change: dict[str, object]) -> None:
    done = checklist(replace(FACTS, **change), GRIDS)  # type: ignore[arg-type]
    assert done.flaccid
    assert not done.all_met
    assert done.headline.startswith("Consider a referral for facial reanimation instead")
    assert found(done, "moves").state is State.NOT_MET


@pytest.mark.parametrize(
    "change",
    [
        {"house_brackmann": {Side.LEFT: 5}},
        {"house_brackmann": {Side.RIGHT: 6}},
        {"movements": {(Side.LEFT, name): 1 for name in ("brow", "closure", "smile", "snarl")}},
        {
            "movements": {(Side.LEFT, name): 1 for name in ("brow", "closure", "smile", "snarl")}
            | {(Side.LEFT, "pucker"): 2}
        },
        {"movements": {(Side.RIGHT, name): 1 for name in ("brow", "closure", "smile", "snarl", "pucker")}},
    ],
)
def test_a_weak_face_is_not_flaccid(change: dict[str, object]) -> None:
    assert checklist(replace(FACTS, **change), GRIDS).flaccid == ()  # type: ignore[arg-type]


def test_movement_is_not_known_until_somebody_says_so() -> None:
    asked = {one: said for one, said in YES.items() if one is not PlanningQuestion.NO_MOVEMENT}
    assert found(checklist(replace(FACTS, asked=asked), GRIDS), "moves").state is State.NOT_KNOWN


def test_the_smile_stands_beside_the_question_and_a_contradiction_is_named() -> None:
    graded = replace(FACTS, movements={(Side.LEFT, "smile"): 3}, movements_on=date(2026, 1, 9))
    assert found(checklist(graded, GRIDS), "zygomatic").says == (
        "Sunnybrook smile, patient’s left: 3 of 5 on 9 Jan 2026.",
    )
    none = replace(FACTS, movements={(Side.LEFT, "smile"): 1})
    assert "do not agree" in found(checklist(none, GRIDS), "zygomatic").says[1]
    assert found(checklist(FACTS, GRIDS), "zygomatic").says == ("Sunnybrook smile, patient’s left: not graded.",)


def test_what_the_operation_does_not_mend_names_its_sources() -> None:
    assert all(words and source for words, source in LIMITS)
    said = " ".join(words for words, _ in LIMITS)
    assert "around the eye is not addressed" in said
    assert "17 %" in said
    assert "11 %" in said


def test_no_words_promise_or_order_anything() -> None:
    done = checklist(FACTS, GRIDS)
    said = " ".join([done.headline, *(one.title for one in done.criteria), *(words for words, _ in LIMITS)]).lower()
    assert not any(word in said for word in (" must ", "cure", "best", "guarantee", "should be operated", "perform"))


def test_only_cells_of_the_side_of_the_palsy_are_taken() -> None:
    other = Cell(replace(EYE, side=Side.RIGHT), 2)
    assert palsy_cells((Cell(EYE, 1), other), frozenset({Side.LEFT})) == (Cell(EYE, 1),)


def test_the_last_three_composites_stand_beside_the_question_whether_they_are_stable() -> None:
    course = tuple((date(2025, month, 1), Decimal(50 + month)) for month in (1, 4, 7, 10))
    line = found(checklist(replace(FACTS, scores={Side.LEFT: course}), GRIDS, ("SAQ, total: 60",)), "stable")
    assert line.says == (
        "Sunnybrook composite, patient’s left: 54 (1 Apr 2025), 57 (1 Jul 2025), 60 (1 Oct 2025).",
        "For Sunnybrook no one-patient noise band is published.",
        "SAQ, total: 60",
    )
    assert found(checklist(FACTS, GRIDS), "stable").says == ("No score is on record.",)
