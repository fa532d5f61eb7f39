"""From facts to a proposal: order, guards, blocks, stops, red flags, and what is lacking."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from clinic.domain.anatomy import Side
from clinic.domain.injections import MuscleState, Purpose, Question
from clinic.domain.patients import Cause
from clinic.domain.planning import propose, restriction, spoken
from clinic.domain.planning_case import completed_months, elapsed, last_composites
from clinic.domain.planning_examples import ON, facts_of
from clinic.domain.planning_facts import Palsy
from clinic.domain.planning_lacks import EYE_NEEDED
from clinic.domain.planning_questions import PlanningQuestion
from clinic.domain.planning_rules import rules
from clinic.domain.plans import ReferralKind
from clinic.domain.proposals import Proposal, ProposedTarget


def proposal(**written: Any) -> Proposal:
    """What is proposed for the quiet patient with other facts."""
    return propose(facts_of(written))


def muscles(found: Proposal) -> list[tuple[str, Side]]:
    """The targets in order."""
    return [(one.muscle, one.side) for one in found.targets]


def target(found: Proposal, muscle: str) -> ProposedTarget:
    """The one target of a muscle."""
    (one,) = [one for one in found.targets if one.muscle == muscle]
    return one


def lacks(found: Proposal) -> str:
    """Everything that is lacking, as one text."""
    return "\n".join(f"{one.field}: {one.words}" for one in found.lacks)


def test_the_patients_priorities_come_first_then_bother_then_grade_then_movement() -> None:
    cells = ["left pucker chin 3/3", "left big_smile neck 3/2", "left pucker neck 1/1", "left small_smile eye 2/2"]
    plain = [muscle for muscle, _ in muscles(proposal(cells=cells))]
    assert plain == ["mentalis", "platysma", "orbicularis_oculi"]
    wanted = proposal(cells=cells, priorities=["eye", "neck"])
    assert [muscle for muscle, _ in muscles(wanted)] == ["orbicularis_oculi", "platysma", "mentalis"]
    assert [one.priority for one in wanted.targets] == [1, 2, None]
    tied = proposal(cells=["left snarl neck 2/2", "left small_smile chin 2/2"])
    assert [muscle for muscle, _ in muscles(tied)] == ["mentalis", "platysma"]


def test_what_nobody_asked_is_minded_less_than_what_is_minded_a_little() -> None:
    found = proposal(cells=["left pucker chin 3", "left pucker neck 1/1"])
    assert [muscle for muscle, _ in muscles(found)] == ["platysma", "mentalis"]
    assert target(found, "mentalis").bother is None


def test_several_cells_of_one_muscle_are_one_target_with_every_pattern() -> None:
    found = proposal(cells=["left pucker eye 1/3", "left big_smile eye 3/1", "left rest eye 2"])
    one = target(found, "orbicularis_oculi")
    assert [place.key for place in one.patterns] == ["left-pucker-eye", "left-big_smile-eye", "left-rest-eye"]
    assert (one.grade, one.bother) == (3, 3)
    assert set(one.rules) == {"target-narrow-eye", "target-oral-ocular"}
    assert one.site_groups == ("upper_pretarsal", "lower_pretarsal", "lateral_orbital")
    assert all(reason.words.startswith("Consider") for reason in one.reasons)
    assert "patient’s left, eye narrows with pucker\N{NO-BREAK SPACE}1/3" in " ".join(r.words for r in one.reasons)


def test_the_two_patterns_that_come_first_are_marked() -> None:
    found = proposal(cells=["left pucker chin 3/3", "left big_smile neck 3/2", "left small_smile eye 2/1"])
    assert [(one.muscle, one.first) for one in found.targets] == [
        ("mentalis", True),
        ("platysma", True),
        ("orbicularis_oculi", False),
    ]


def test_over_action_is_treated_on_the_other_side_for_balance() -> None:
    found = proposal(cells=["left lower_teeth other_side 2/2", "left brow_raise other_side 1/1"])
    assert muscles(found) == [("depressor_labii_inferioris", Side.RIGHT), ("frontalis", Side.RIGHT)]
    assert {one.purpose for one in found.targets} == {Purpose.BALANCE}


def test_an_unpaired_muscle_lies_in_the_midline() -> None:
    assert ("procerus", Side.MIDLINE) in muscles(proposal(cells=["left big_smile brow 2/2"]))


def test_tearing_is_treated_in_the_gland() -> None:
    found = proposal(cells=["left chewing tearing 2/3"])
    assert [(one.muscle, one.purpose) for one in found.targets] == [("lacrimal_gland", Purpose.TEARING)]


def test_two_sides_of_a_bilateral_palsy_are_two_targets_and_over_action_none() -> None:
    both = ["left big_smile neck 2/2", "right big_smile neck 1/3", "left big_smile other_side 3/3"]
    found = proposal(palsies=["left", "right"], cells=both)
    assert muscles(found) == [("platysma", Side.RIGHT), ("platysma", Side.LEFT)]
    assert "over-action of the other side proposes nothing" in lacks(found)
    assert "caution-both-sides" in spoken(found)


@pytest.mark.parametrize(("grade", "guarded"), [(1, True), (3, True), (4, False), (5, False)])
def test_a_muscle_that_a_weak_smile_needs_is_guarded(grade: int, guarded: bool) -> None:
    found = proposal(cells=["left tight_closure mouth_corner 2/2"], movements={"left smile": grade})
    one = target(found, "zygomaticus_major")
    assert bool(one.guard) is guarded
    assert ("guard-smile" in one.rules) is guarded
    assert (f"{grade} of 5" in one.guard) is guarded


def test_a_smile_that_nobody_graded_guards_the_zygomatic_muscles_of_the_palsy_side() -> None:
    cells = ["left tight_closure mouth_corner 2/2", "left big_smile other_side 2/2"]
    found = proposal(cells=cells, movements={})
    guards = {(one.muscle, one.side): one.guard_rule for one in found.targets}
    assert guards["zygomaticus_major", Side.LEFT] == "guard-smile-not-known"
    assert guards["zygomaticus_minor", Side.LEFT] == "guard-smile-not-known"
    assert guards["zygomaticus_major", Side.RIGHT] == ""
    assert guards["risorius", Side.LEFT] == ""


def test_a_muscle_outside_the_proposal_has_the_same_guards_and_blocks() -> None:
    facts = facts_of({"movements": {"left pucker": 2}, "without_answers": ["lagophthalmos"]})
    assert restriction(facts, "orbicularis_oris", Side.LEFT).guard_rule == "guard-pucker"
    assert restriction(facts, "orbicularis_oris", Side.RIGHT).guard == ""
    blocked = restriction(facts, "orbicularis_oculi", Side.RIGHT)
    assert (blocked.blocked_rule, "Lagophthalmos" in blocked.blocked) == ("block-eye-2-not-answered", True)
    assert restriction(facts, "mentalis", Side.LEFT).blocked == ""


@pytest.mark.parametrize("question", EYE_NEEDED)
@pytest.mark.parametrize("answer", ["unknown", "not applicable", None])
def test_an_eye_target_waits_for_all_four_answers(question: Question, answer: str | None) -> None:
    cells = ["left pucker eye 3/3", "left pucker chin 1/1"]
    said = {"without_answers": [question.value]} if answer is None else {"answers": {question.value: answer}}
    found = proposal(cells=cells, **said)
    one = target(found, "orbicularis_oculi")
    assert one.blocked_rule == "block-eye-2-not-answered"
    assert question.label in one.blocked
    assert f"eye: Not answered yes or no today, before a target near the eye is used: {question.label}." in lacks(found)
    assert target(found, "mentalis").blocked == ""


@pytest.mark.parametrize(
    ("question", "bad"), [("lagophthalmos", "yes"), ("bells_phenomenon", "no"), ("corneal_sensation", "no")]
)
def test_a_bad_eye_answer_blocks_until_ophthalmology_answered(question: str, bad: str) -> None:
    said: dict[str, Any] = {"cells": ["left pucker eye 3/3"], "answers": {question: bad}}
    found = proposal(**said)
    assert target(found, "orbicularis_oculi").blocked_rule == "block-eye-1-unsafe"
    (referral,) = [one for one in found.suggestions if one.referral is ReferralKind.OPHTHALMOLOGY]
    assert any(bad in line for line in referral.why)
    after = proposal(**said, consulted={"ophthalmology": 5})
    assert target(after, "orbicularis_oculi").blocked == ""
    assert "caution-ophthalmology-answered" in spoken(after)


def test_a_sore_eye_is_a_red_flag_and_nothing_is_proposed() -> None:
    found = proposal(cells=["left pucker chin 3/3"], answers={"sore_red_eye": "yes"})
    assert found.targets == ()
    assert [(one.addressee, one.urgent) for one in found.red_flags] == [(ReferralKind.OPHTHALMOLOGY, True)]


@pytest.mark.parametrize("question", [one for one in PlanningQuestion if one.theme == "red flags"])
def test_a_red_flag_stops_every_target_and_the_surgery(question: PlanningQuestion) -> None:
    said = {"cells": ["left pucker chin 3/3", "left big_smile mouth_corner 3/3"], "onset_days": 900, "trained": False}
    found = proposal(**said, asked={question.value: "yes", "low_mood": "yes"})
    assert found.targets == ()
    assert found.red_flags
    assert all(one.words.startswith("Consider") and one.facts for one in found.red_flags)
    assert question.label in " ".join(found.red_flags[0].facts)
    assert {one.rule for one in found.suggestions} == {"referral-psychology"}
    assert not any(one.rule == "caution-off-label" for one in found.cautions)


@pytest.mark.parametrize(
    "said",
    [
        {"answers": {"pregnancy": "yes"}},
        {"answers": {"breastfeeding": "yes"}},
        {"safety": {"pregnancy": "yes"}},
        {"answers": {"neuromuscular": "yes"}},
        {"safety": {"neuromuscular": "yes"}},
        {"answers": {"allergy": "yes"}},
        {"safety": {"toxin_allergy": "yes"}},
        {"answers": {"infection": "yes"}},
        {"age": 17},
        {"house_brackmann": {"left": 6}},
        {"asked": {"no_movement": "yes"}},
    ],
)
def test_what_stops_toxin_says_so_and_leaves_no_target(said: dict[str, Any]) -> None:
    found = proposal(cells=["left pucker chin 3/3", "left big_smile mouth_corner 3/3"], **said)
    assert found.targets == ()
    assert any(one.rule.startswith("stop-") for one in (*found.cautions, *found.suggestions))
    assert "toxin-resistant" not in spoken(found)
    assert "block-test-depressor-anguli-oris" not in spoken(found)


def test_a_flaccid_face_is_sent_on_and_not_trained() -> None:
    found = proposal(cells=["left pucker chin 3/3"], trained=False, asked={"no_movement": "yes"})
    assert {one.referral for one in found.suggestions} == {ReferralKind.REANIMATION}
    one_side = proposal(
        palsies=["left", "right"],
        cells=["left pucker chin 3/3", "right pucker chin 2/2"],
        house_brackmann={"left": 6},
        trained=False,
    )
    assert muscles(one_side) == [("mentalis", Side.RIGHT)]
    assert "training-first" in spoken(one_side)


def test_no_training_against_synkinesis_before_day_100() -> None:
    early = proposal(cells=["left pucker chin 3/3"], trained=False, onset_days=99)
    assert "training-first" not in spoken(early)
    assert "caution-first-100-days" in spoken(early)
    assert "training-first" in spoken(proposal(cells=["left pucker chin 3/3"], trained=False, onset_days=100))


@pytest.mark.parametrize("state", [one.value for one in MuscleState])
def test_a_muscle_that_is_gone_is_left_out_and_named(state: str) -> None:
    found = proposal(cells=["left big_smile neck 3/3"], muscle_states={"left platysma": state})
    assert found.targets == ()
    (said,) = [one for one in found.cautions if one.rule == "exclusion-muscle-state"]
    assert "Platysma, patient’s left" in said.words
    assert state in said.words


def test_an_onset_known_by_its_year_lies_in_every_stage_that_it_can() -> None:
    found = proposal(onset_between=[date(2025, 7, 1), date(2026, 9, 30)])
    assert [one.rule[:7] for one in found.stages] == ["stage-1", "stage-2", "stage-3", "stage-4"]
    assert "lies between 1 Jul 2025 and 30 Sep 2026" in found.stages[0].since
    assert "training-first" not in spoken(
        proposal(cells=["left pucker chin 2/2"], trained=False, onset_between=[date(2026, 7, 1), date(2026, 9, 30)])
    )


def test_a_known_day_of_onset_lies_in_one_stage() -> None:
    assert {len(proposal(onset_days=days).stages) for days in range(800)} == {1}


@pytest.mark.parametrize(
    ("written", "field", "words"),
    [
        ({}, "grid", "was not graded"),
        ({"palsies": []}, "condition", "No palsy is on record"),
        ({"onset_unknown": True}, "condition", "The onset is not known"),
        ({"onset_days": -1}, "condition", "lies after 22 Nov 2026"),
        ({"movements": {}}, "assessment", "not graded on the patient’s left"),
        ({"movements_days": 91}, "assessment", "last graded"),
        ({"cells": ["left pucker chin 2/2"], "graded_days": 91}, "grid", "91\N{NO-BREAK SPACE}days ago"),
        ({"cells": ["right pucker chin 2/2"]}, "grid", "no palsy is on record there"),
        ({"cells": ["left pucker chin 3/0"]}, "grid", "is not minded at all"),
        ({}, "red_flags", "Red flags were not asked"),
        ({"asked": {"mass": "no"}}, "red_flags", "11 red flags not answered"),
    ],
)
def test_what_is_lacking_is_said_with_where_it_is_entered(written: dict[str, Any], field: str, words: str) -> None:
    found = proposal(**written)
    assert any(one.field == field and words in one.words for one in found.lacks), lacks(found)
    assert found.targets == ()


def test_a_grid_of_90_days_still_proposes() -> None:
    assert muscles(proposal(cells=["left pucker chin 2/2"], graded_days=90)) == [("mentalis", Side.LEFT)]


@pytest.mark.parametrize(
    "written", [{"graded_days": 91, "cells": ["left big_smile mouth_corner 3/3"]}, {"cells": ["right pucker chin 2/2"]}]
)
def test_what_proposes_no_target_suggests_nothing_either(written: dict[str, Any]) -> None:
    found = proposal(**written)
    assert [one.rule for one in found.suggestions] == []
    assert {one.rule for one in found.cautions}.isdisjoint({"caution-off-label", "caution-two-patterns-first"})


def test_a_line_that_another_line_says_already_is_left_out() -> None:
    found = proposal(cells=["left pucker chin 2/2"], trained=False)
    (one,) = [one for one in found.suggestions if one.rule == "training-first"]
    assert not any(line != other and line in other for line in one.why for other in one.why)


def test_without_a_palsy_or_a_day_of_the_grid_nothing_is_proposed() -> None:
    assert proposal(palsies=[], cells=["left pucker chin 2/2"]).targets == ()
    facts = replace(facts_of({"cells": ["left pucker chin 2/2"]}), graded_on=None)
    assert propose(facts).targets == ()
    assert "The day of the synkinesis grid is not known" in lacks(propose(facts))


def test_an_open_cell_proposes_nothing() -> None:
    assert proposal(cells=["left pucker chin -/3", "left big_smile neck 0/3"]).targets == ()


def test_a_rule_that_is_off_is_silent_and_what_protects_is_never_off() -> None:
    facts = facts_of({"cells": ["left pucker eye 3/3"], "without_answers": ["lagophthalmos"]})
    off = frozenset(rules())
    assert propose(facts, off).targets == ()
    assert not propose(facts, off).stages
    assert "No rule of this program speaks" not in lacks(propose(facts, off))
    kept = frozenset(one for one in rules() if one != "target-oral-ocular")
    assert target(propose(facts, kept), "orbicularis_oculi").blocked_rule == "block-eye-2-not-answered"
    flagged = facts_of({"asked": {"mass": "yes"}})
    assert propose(flagged, off).red_flags


def test_the_letter_for_surgery_has_the_scores_to_judge() -> None:
    scores = {Side.LEFT: tuple((date(2026, month, 1), Decimal(60 + month)) for month in range(1, 6))}
    assert last_composites(replace(facts_of({}), scores=scores), Side.LEFT) == (
        "63 on 1 Mar 2026, 64 on 1 Apr 2026, 65 on 1 May 2026"
    )
    (example,) = [one for one in rules()["referral-neurolysis"].examples if one.fires and not one.edge]
    facts = replace(facts_of(example.facts), scores=scores)
    (said,) = [one for one in propose(facts).suggestions if one.referral is ReferralKind.NEUROLYSIS]
    assert "63 on 1 Mar 2026" in " ".join(said.why)
    assert "platysma" in " ".join(said.why)


@pytest.mark.parametrize(
    ("since", "on", "months"),
    [
        (date(2025, 10, 31), date(2027, 2, 28), 15),
        (date(2025, 10, 31), date(2027, 3, 1), 16),
        (date(2025, 10, 28), date(2027, 2, 28), 16),
        (date(2026, 11, 22), date(2026, 11, 22), 0),
    ],
)
def test_a_calendar_month_is_completed_on_its_day(since: date, on: date, months: int) -> None:
    assert completed_months(since, on) == months


def test_an_onset_that_ends_after_today_ends_today() -> None:
    palsy = Palsy("1", Side.LEFT, Cause.BELLS_PALSY, ON - timedelta(days=10), ON + timedelta(days=8))
    found = elapsed(palsy, ON)
    assert found is not None
    assert (found.least_days, found.most_days) == (0, 10)
    assert elapsed(replace(palsy, onset_from=ON + timedelta(days=1)), ON) is None
