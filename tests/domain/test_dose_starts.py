"""Where a planned dose can start: as given, the clinic's preset, the clinic's rules; products apart, never rounded up."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Cell, Group, Movement, Place
from clinic.domain.dose_starts import DoseStart, dose_starts, next_doses
from clinic.domain.next_doses import WEEKS_MAXIMUM, Direction, Rule, Weakness
from clinic.domain.planning_facts import PlanningFacts, SessionDone, WeaknessEvent
from clinic.domain.quantities import NBSP

DAY = date(2026, 8, 3)
LATER = date(2026, 11, 22)
CHIN = Cell(Place(Side.LEFT, Movement.PUCKER, Group.CHIN), 2, 3)
EYE = Cell(Place(Side.LEFT, Movement.BIG_SMILE, Group.EYE), 1)
UP = Rule(
    "r1", "botox", None, 1, 3, Weakness.NONE, 0, WEEKS_MAXIMUM, Direction.UP, Decimal(1), Decimal(50), "Too weak so far"
)


def session(on: date = DAY, **values: Any) -> SessionDone:
    """Mentalis left, 5 units of Botox in one place."""
    given_then: dict[str, Any] = {
        "doses": {("botox", "mentalis", Side.LEFT): Decimal(5)},
        "sites": {("botox", "mentalis", Side.LEFT, None): (1, Decimal(5))},
        "benefit_weeks": 10,
        "reviewed": True,
    } | values
    return SessionDone(f"s-{on}", on, **given_then)


def facts(*sessions: SessionDone, **values: Any) -> PlanningFacts:
    """A graded chin after the sessions, and no weakness."""
    known: dict[str, Any] = {"cells": (CHIN, EYE), "graded_on": LATER - timedelta(days=1)} | values
    return PlanningFacts(LATER, 47, sessions=sessions, **known)


def starts(
    known: PlanningFacts, *rules: Rule, muscle: str = "mentalis", group: str | None = None
) -> tuple[DoseStart, ...]:
    """Every start for a muscle on the left."""
    return dose_starts(known, rules, muscle, Side.LEFT, group)


def said(start: DoseStart) -> str:
    """Its lines as one text with plain blanks."""
    return " ".join(start.lines).replace(NBSP, " ")


# ---- as given


def test_nothing_on_record_gives_no_start() -> None:
    assert starts(facts()) == ()
    assert starts(facts(), UP) == ()
    assert "No session is on record" in next_doses(facts(), (UP,), "mentalis", Side.LEFT)[0].lines[0]


def test_the_last_session_as_it_was_given() -> None:
    (one,) = starts(facts(session()))
    assert (one.product, one.sites, one.units_per_site, one.rules) == ("botox", 1, Decimal(5), ())
    assert one.basis == "last session with onabotulinumtoxinA (Botox), 3 Aug 2026"
    assert said(one) == "Given on 3 Aug 2026: 1 place of 5 units."


def test_the_newest_session_of_each_product_and_never_a_sum() -> None:
    other = session(
        DAY - timedelta(days=100),
        doses={("dysport", "mentalis", Side.LEFT): Decimal(15)},
        sites={("dysport", "mentalis", Side.LEFT, None): (1, Decimal(15))},
    )
    older = session(DAY - timedelta(days=300), doses={("botox", "mentalis", Side.LEFT): Decimal(2)})
    found = starts(facts(older, other, session()))
    assert [(one.product, one.units) for one in found] == [("botox", Decimal(5)), ("dysport", Decimal(15))]


def test_another_side_or_muscle_is_no_start() -> None:
    right = session(doses={("botox", "mentalis", Side.RIGHT): Decimal(5)})
    assert starts(facts(right)) == ()
    assert starts(facts(session()), muscle="platysma") == ()


def eye_session(*groups: tuple[str, int, str], total: str) -> SessionDone:
    """Places of orbicularis oculi by group: (group, number, largest)."""
    return session(
        doses={("botox", "orbicularis_oculi", Side.LEFT): Decimal(total)},
        sites={
            ("botox", "orbicularis_oculi", Side.LEFT, group): (count, Decimal(largest))
            for group, count, largest in groups
        },
    )


def test_a_group_starts_from_its_own_places() -> None:
    known = facts(eye_session(("upper_pretarsal", 2, "1.25"), ("lateral_orbital", 3, "2.5"), total="10"))
    (one,) = starts(known, muscle="orbicularis_oculi", group="lateral_orbital")
    assert (one.sites, one.units_per_site) == (3, Decimal("2.5"))
    assert starts(known, muscle="orbicularis_oculi", group="lower_pretarsal") == ()


def test_without_a_part_each_part_starts_from_its_own_places_and_never_from_a_mean_of_them() -> None:
    known = facts(eye_session(("upper_pretarsal", 2, "1.25"), ("lateral_orbital", 3, "2.5"), total="10"))
    found = starts(known, muscle="orbicularis_oculi")
    assert [(one.site_group, one.part, one.sites, one.units_per_site) for one in found] == [
        ("upper_pretarsal", "upper lid (pretarsal)", 2, Decimal("1.25")),
        ("lateral_orbital", "lateral orbital (crow's feet)", 3, Decimal("2.5")),
    ]


def test_a_next_dose_keeps_the_proportions_of_the_parts() -> None:
    known = facts(eye_session(("upper_pretarsal", 2, "1.25"), ("lateral_orbital", 3, "2.5"), total="10"))
    found = [one for one in starts(known, replace(UP, step=Decimal(2)), muscle="orbicularis_oculi") if one.rules]
    assert [(one.site_group, one.sites, one.units_per_site) for one in found] == [
        ("upper_pretarsal", 2, Decimal("1.5")),
        ("lateral_orbital", 3, Decimal(3)),
    ]
    assert "Shared as then, when a place here had up to 1.25 units: 1.5 units each." in said(found[0])


def test_each_part_with_a_preset_of_its_own_starts_from_it() -> None:
    presets = {
        ("botox", "platysma", None): (Decimal(1), Decimal(5)),
        ("botox", "platysma", "jaw"): (Decimal(2), Decimal(3)),
    }
    found = starts(facts(presets=presets), muscle="platysma")
    assert [(one.site_group, one.units_per_site) for one in found] == [(None, Decimal(1)), ("jaw", Decimal(2))]


def test_places_that_were_not_alike_are_spread_evenly_and_never_more_than_was_given() -> None:
    known = facts(eye_session(("lateral_orbital", 3, "3"), total="8"))
    (one,) = starts(known, muscle="orbicularis_oculi", group="lateral_orbital")
    assert (one.sites, one.units_per_site) == (3, Decimal("2.66"))
    assert "8 units over 3 places: 2.66 units each, rounded down; 0.02 units left over." in said(one)
    assert "did not all have the same dose then; up to 3 units at one" in said(one)


def test_a_group_beside_uneven_ones_starts_from_what_it_held_at_least() -> None:
    known = facts(eye_session(("upper_pretarsal", 2, "3"), ("lateral_orbital", 2, "4"), total="12"))
    (one,) = starts(known, muscle="orbicularis_oculi", group="lateral_orbital")
    assert one.units_per_site == Decimal(3)  # 12 in all, at most 6 of them in the upper lid: at least 6 here.


# ---- preset


def test_an_accepted_preset_starts_at_its_low_end_with_a_place_for_each_name() -> None:
    presets = {("botox", "orbicularis_oculi", "lateral_orbital"): (Decimal("1.5"), Decimal(4))}
    (one,) = starts(facts(presets=presets), muscle="orbicularis_oculi", group="lateral_orbital")
    assert (one.sites, one.units_per_site) == (3, Decimal("1.5"))
    assert one.basis.replace(NBSP, " ") == "clinic preset, accepted: 1.5 to 4 units at a place"


@pytest.mark.parametrize(
    ("muscle", "group", "sites"),
    [("mentalis", None, 1), ("frontalis", None, 4), ("platysma", None, 1), ("platysma", "medial_band", 5)],
)
def test_the_number_of_places_of_a_preset(muscle: str, group: str | None, sites: int) -> None:
    (one,) = starts(facts(presets={("botox", muscle, None): (Decimal(1), Decimal(1))}), muscle=muscle, group=group)
    assert one.sites == sites
    assert f"1{NBSP}unit at a place" in one.basis


def test_the_preset_of_the_part_comes_before_that_of_the_muscle() -> None:
    presets = {
        ("botox", "platysma", None): (Decimal(1), Decimal(5)),
        ("botox", "platysma", "jaw"): (Decimal(2), Decimal(3)),
    }
    (one,) = starts(facts(presets=presets), muscle="platysma", group="jaw")
    assert one.units_per_site == Decimal(2)


# ---- the clinic's rules


def rule_start(known: PlanningFacts, *rules: Rule, **where: Any) -> DoseStart | None:
    """The start that the clinic's rules give."""
    return next((one for one in starts(known, *rules, **where) if one.rules), None)


def test_the_rules_start_from_the_last_dose_of_the_muscle() -> None:
    one = rule_start(facts(session()), UP)
    assert one is not None
    assert (one.sites, one.units_per_site, one.rules) == (1, Decimal(6), ("r1",))
    assert one.basis.replace(NBSP, " ") == "Consider the clinic’s own rules: up to 6 units in all of the muscle"
    assert "grid of 21 Nov 2026: chin dimples with pucker, grade 2" in said(one)


def test_what_does_not_divide_is_rounded_down_with_the_rest_named() -> None:
    known = facts(eye_session(("lateral_orbital", 3, "2.5"), total="7.5"))
    one = rule_start(known, replace(UP, step=Decimal("0.5")), muscle="orbicularis_oculi", group="lateral_orbital")
    assert one is not None
    assert one.units_per_site == Decimal("2.66")
    assert "8 units over 3 places: 2.66 units each, rounded down; 0.02 units left over." in said(one)


def test_a_part_gets_its_share_of_the_muscles_dose_and_no_more() -> None:
    known = facts(eye_session(("upper_pretarsal", 2, "2.5"), ("lateral_orbital", 3, "2.5"), total="12.5"))
    parts = [
        rule_start(known, UP, muscle="orbicularis_oculi", group=group)
        for group in ("upper_pretarsal", "lateral_orbital")
    ]
    assert [(one.sites, one.units_per_site) for one in parts if one] == [(2, Decimal("2.7")), (3, Decimal("2.7"))]
    assert rule_start(known, UP, muscle="orbicularis_oculi", group="lower_pretarsal") is None


def test_another_product_in_the_last_session_says_nothing_in_words() -> None:
    last = session(doses={("dysport", "mentalis", Side.LEFT): Decimal(15)})
    earlier = session(DAY - timedelta(days=90))
    known = facts(earlier, last)
    assert rule_start(known, UP) is None
    assert (
        "Units of one product are not those of another" in next_doses(known, (UP,), "mentalis", Side.LEFT)[0].lines[0]
    )


def test_two_products_in_the_muscle_say_nothing() -> None:
    both = {("botox", "mentalis", Side.LEFT): Decimal(5), ("dysport", "mentalis", Side.LEFT): Decimal(9)}
    assert rule_start(facts(session(doses=both)), UP) is None


def test_a_muscle_left_out_of_the_last_session_says_nothing() -> None:
    known = facts(session(), session(LATER - timedelta(days=30), doses={("botox", "platysma", Side.LEFT): Decimal(5)}))
    assert rule_start(known, UP) is None
    assert "not treated in the last session" in next_doses(known, (UP,), "mentalis", Side.LEFT)[0].lines[0]


@pytest.mark.parametrize("graded_on", [None, DAY - timedelta(days=1), DAY])
def test_a_grid_of_the_sessions_day_or_older_says_nothing_of_what_is_left(graded_on: date | None) -> None:
    assert rule_start(facts(session(), graded_on=graded_on), UP) is None


def test_the_day_after_the_session_counts() -> None:
    assert rule_start(facts(session(), graded_on=DAY + timedelta(days=1)), UP) is not None


def test_a_session_that_nobody_reviewed_never_goes_up() -> None:
    either = replace(UP, weakness=Weakness.ANY)
    one = rule_start(facts(session(reviewed=False)), either)
    assert one is not None
    assert one.units == Decimal(5)


def weak(*muscles: tuple[str, Side], **values: Any) -> WeaknessEvent:
    """A weakness after the session."""
    known: dict[str, Any] = {"side": Side.LEFT, "session_id": f"s-{DAY}", "onset_on": None} | values
    return WeaknessEvent("oral", "oral incompetence", muscles=frozenset(muscles), **known)


@pytest.mark.parametrize(
    ("event", "holds"),
    [
        (weak(("mentalis", Side.LEFT)), True),
        (weak(("depressor_labii_inferioris", Side.LEFT)), True),
        (weak(("mentalis", Side.RIGHT)), True),
        (weak(("frontalis", Side.LEFT)), False),
        (weak(("depressor_labii_inferioris", Side.RIGHT)), False),
        (weak(), True),
        (weak(side=Side.RIGHT), False),
        (weak(side=None), True),
        (weak(("mentalis", Side.LEFT), session_id="s-0", onset_on=DAY - timedelta(days=1)), False),
        (weak(("mentalis", Side.LEFT), session_id=None, onset_on=DAY), True),
        (weak(("mentalis", Side.LEFT), session_id=None, onset_on=None), True),
        (weak(("mentalis", Side.LEFT), session_id=None, onset_on=DAY - timedelta(days=1)), False),
    ],
    ids=str,
)
def test_a_weakness_in_the_muscle_or_beside_it_since_that_session_holds_the_dose(
    event: WeaknessEvent, holds: bool
) -> None:
    either = replace(UP, weakness=Weakness.ANY)
    one = rule_start(facts(session(), weaknesses=(event,)), either)
    assert one is not None
    assert one.units == (Decimal(5) if holds else Decimal(6))


@given(
    st.integers(1, 4000).map(lambda value: Decimal(value).scaleb(-2)),
    st.integers(1, 5),
    st.integers(1, 5),
    st.integers(1, 400).map(lambda value: Decimal(value).scaleb(-2)),
)
def test_parts_together_never_come_to_more_than_the_rules_say(
    last: Decimal, upper: int, lateral: int, step: Decimal
) -> None:
    known = facts(
        eye_session(("upper_pretarsal", upper, str(last)), ("lateral_orbital", lateral, str(last)), total=str(last))
    )
    rule = replace(UP, step=step)
    (dose,) = next_doses(known, (rule,), "orbicularis_oculi", Side.LEFT)
    parts = [
        rule_start(known, rule, muscle="orbicularis_oculi", group=group)
        for group in ("upper_pretarsal", "lateral_orbital")
    ]
    assert dose.units is not None
    total = sum((one.units for one in parts if one), Decimal(0))
    assert total <= dose.units
    assert dose.units - total < Decimal("0.01") * (upper + lateral)
