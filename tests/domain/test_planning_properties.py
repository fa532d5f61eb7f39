"""What holds of a proposal for any facts: its order, its words, its rules, and that no target is unsafe."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.domain.anatomy import MUSCLES, Side
from clinic.domain.assessments.grid import Cell, Group, Movement, Place, places
from clinic.domain.assessments.sunnybrook import EXPRESSIONS
from clinic.domain.injections import Answer, MuscleState, Question
from clinic.domain.patients import Cause, SafetyFactKind
from clinic.domain.planning import propose, propose_by, restriction, spoken
from clinic.domain.planning_examples import ON, facts_of
from clinic.domain.planning_facts import Palsy, PlanningFacts, SessionDone
from clinic.domain.planning_lacks import EYE_NEEDED
from clinic.domain.planning_questions import PlanningQuestion
from clinic.domain.planning_rules import BANNED, Kind, rules
from clinic.domain.plans import ReferralKind
from clinic.domain.proposals import Proposal


def muscles(found: Proposal) -> list[tuple[str, Side]]:
    """The targets in order."""
    return [(one.muscle, one.side) for one in found.targets]


SIDES = st.sampled_from([Side.RIGHT, Side.LEFT])
ANSWERS = st.sampled_from(list(Answer))
GRADES = st.one_of(st.none(), st.integers(0, 3))
ALL_PLACES = [place for side in (Side.RIGHT, Side.LEFT) for place in places(side)]
DAYS = st.integers(-30, 2000).map(lambda days: ON - timedelta(days=days))
PALSIES = st.builds(
    lambda number, side, cause, days, more: Palsy(
        f"palsy-{number}", side, cause, *(() if days is None else (days, days + timedelta(days=more)))
    ),
    st.integers(0, 9),
    SIDES,
    st.sampled_from(list(Cause)),
    st.one_of(st.none(), DAYS),
    st.integers(0, 365),
)
CELLS = st.lists(
    st.builds(Cell, st.sampled_from(ALL_PLACES), GRADES, GRADES), max_size=14, unique_by=lambda one: one.place
)
TREATED = st.dictionaries(
    st.tuples(st.just("onabotulinumtoxinA"), st.sampled_from(sorted(MUSCLES)), SIDES), st.just(Decimal(5)), max_size=4
)
FACTS = st.builds(
    PlanningFacts,
    on=st.just(ON),
    age=st.integers(1, 100),
    palsies=st.lists(PALSIES, max_size=3, unique_by=lambda one: one.id).map(tuple),
    cells=CELLS.map(tuple),
    graded_on=st.one_of(st.none(), st.integers(0, 120).map(lambda days: ON - timedelta(days=days))),
    movements=st.dictionaries(
        st.tuples(SIDES, st.sampled_from([key for key, _ in EXPRESSIONS])), st.integers(1, 5), max_size=10
    ),
    movements_on=st.one_of(st.none(), DAYS),
    house_brackmann=st.dictionaries(SIDES, st.integers(1, 6), max_size=2),
    answers=st.dictionaries(st.sampled_from(list(Question)), ANSWERS, max_size=6),
    asked=st.dictionaries(st.sampled_from(list(PlanningQuestion)), ANSWERS, max_size=3),
    safety=st.dictionaries(st.sampled_from(list(SafetyFactKind)), ANSWERS, max_size=2),
    muscle_states=st.dictionaries(
        st.tuples(st.sampled_from(sorted(MUSCLES)), st.sampled_from(list(Side))),
        st.sampled_from(list(MuscleState)),
        max_size=6,
    ),
    priorities=st.lists(st.sampled_from(list(Group)), unique=True, max_size=3).map(tuple),
    trained=st.booleans(),
    sessions=st.lists(
        st.builds(SessionDone, st.uuids().map(str), DAYS, TREATED), max_size=4, unique_by=lambda one: one.id
    ).map(tuple),
    urgent_open=st.just(()),
    consulted=st.dictionaries(st.sampled_from(list(ReferralKind)), DAYS, max_size=2),
)
MANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def texts(found: Proposal) -> Iterator[str]:
    """Everything that is proposed, in words."""
    for flag in found.red_flags:
        yield flag.words
    for said in (*found.suggestions, *found.cautions):
        yield said.words
    for one in found.targets:
        yield from (reason.words for reason in one.reasons)


@MANY
@given(facts=FACTS, seed=st.integers(0, 1000))
def test_the_order_of_cells_palsies_sessions_and_rules_is_nothing(facts: PlanningFacts, seed: int) -> None:
    shuffle = random.Random(seed).sample
    mixed = replace(
        facts,
        cells=tuple(shuffle(facts.cells, len(facts.cells))),
        palsies=tuple(shuffle(facts.palsies, len(facts.palsies))),
        sessions=tuple(shuffle(facts.sessions, len(facts.sessions))),
        answers=dict(reversed(facts.answers.items())),
        movements=dict(reversed(facts.movements.items())),
    )
    known = list(rules().values())
    assert propose_by(mixed, shuffle(known, len(known))) == propose(facts) == propose(facts)


@MANY
@given(facts=FACTS)
def test_whatever_the_facts_each_line_has_its_rule_and_begins_with_consider(facts: PlanningFacts) -> None:
    found = propose(facts)
    assert spoken(found) <= set(rules())
    assert all(one.reasons and one.patterns and one.grade >= 1 for one in found.targets)
    for words in texts(found):
        assert words.startswith("Consider "), words
        assert not BANNED.search(words), words
    assert not (found.red_flags and found.targets)


@MANY
@given(facts=FACTS)
def test_whatever_the_facts_no_target_is_unsafe(facts: PlanningFacts) -> None:
    for one in propose(facts).targets:
        assert (one.muscle, one.side) not in facts.muscle_states
        assert all(place.side in facts.palsy_sides for place in one.patterns)
        against = restriction(facts, one.muscle, one.side)
        assert (one.guard, one.blocked) == (against.guard, against.blocked)
        assert bool(one.guard) is bool(one.guard_rule)
        if one.muscle in {"orbicularis_oculi", "lacrimal_gland"}:
            answered = {facts.answers.get(question) for question in EYE_NEEDED} <= {Answer.YES, Answer.NO}
            assert one.blocked or answered
        if one.muscle.startswith("zygomaticus") and one.side in facts.palsy_sides:
            smile = facts.movements.get((one.side, "smile"))
            assert one.guard or (smile is not None and smile > 3)
    if facts.age < 18 or Answer.YES in {facts.answers.get(Question.PREGNANCY), facts.answers.get(Question.ALLERGY)}:
        assert propose(facts).targets == ()


@MANY
@given(facts=FACTS, data=st.data())
def test_a_rule_that_is_off_is_never_named_unless_it_protects(facts: PlanningFacts, data: st.DataObject) -> None:
    off = frozenset(data.draw(st.lists(st.sampled_from(sorted(rules())), max_size=20)))
    named = spoken(propose(facts, off)) & off
    assert all(rules()[one].kind.is_safety for one in named)
    safe = {one for one in spoken(propose(facts)) if rules()[one].kind in {Kind.RED_FLAG, Kind.STOP}}
    assert safe <= spoken(propose(facts, off))


@MANY
@given(place=st.sampled_from(ALL_PLACES), grade=st.integers(1, 3), bother=st.integers(1, 3))
def test_more_of_the_same_cell_never_proposes_less(place: Place, grade: int, bother: int) -> None:
    facts = facts_of({"palsies": [place.side.value]})
    low = propose(replace(facts, cells=(Cell(place, 1, 1),)))
    high = propose(replace(facts, cells=(Cell(place, grade, bother),)))
    assert muscles(low) == muscles(high)


def test_each_movement_of_the_grid_is_known_to_the_examples() -> None:
    for movement in Movement:
        for group in Group:
            if (movement, group) in {(one.movement, one.group) for one in places(Side.LEFT)}:
                assert facts_of({"cells": [f"left {movement} {group} 1/1"]}).cells
