"""What can be taken as an entry of the plan, how states follow each other, and entries as texts."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from decimal import Decimal

import pytest

from clinic.domain.anatomy import Side
from clinic.domain.plan_entries import (
    NOTE_MINIMUM,
    SITES_MAXIMUM,
    TEXT_MAXIMUM,
    UNITS_MAXIMUM,
    kind_of,
    problems,
    state_problems,
    texts,
)
from clinic.domain.plan_words import due_on, lines, title
from clinic.domain.plans import (
    DETAILS,
    NEXT_STATES,
    OPEN,
    Appointment,
    Goal,
    ItemKind,
    Occasion,
    PlanEntry,
    PlanState,
    Programme,
    Referral,
    ReferralKind,
)
from tests.planning import ENTRIES, EXERCISE, TARGET


@pytest.mark.parametrize("kind", ItemKind)
def test_one_entry_of_every_kind_can_be_taken(kind: ItemKind) -> None:
    entry = ENTRIES[kind]
    assert kind_of(entry) is kind
    assert problems(entry) == {}
    assert set(texts(entry)) == {one.name for one in fields(DETAILS[kind])} | {
        "state", "reason", "rules", "place", "note",
    }  # fmt: skip
    assert title(entry.details)
    assert all(label and words for label, words in lines(entry.details))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"muscle": "biceps"}, "muscle"),
        ({"muscle": "other"}, "muscle"),
        ({"side": Side.MIDLINE}, "side"),
        ({"muscle": "procerus", "side": Side.LEFT}, "side"),
        ({"site_group": "lateral_orbital"}, "site_group"),
        ({"sites": 0}, "sites"),
        ({"sites": SITES_MAXIMUM + 1}, "sites"),
        ({"units_per_site": Decimal("-0.01")}, "units_per_site"),
        ({"units_per_site": UNITS_MAXIMUM + Decimal("0.01")}, "units_per_site"),
        ({"product": "water"}, "product"),
        ({"product": None}, "product"),
        ({"guard_reason": "x" * (TEXT_MAXIMUM + 1)}, "guard_reason"),
    ],
)
def test_a_target_that_makes_no_sense_is_refused(changes: dict[str, object], field: str) -> None:
    assert list(problems(PlanEntry(replace(TARGET, **changes)))) == [field]


@pytest.mark.parametrize("changes", [{"sites": SITES_MAXIMUM}, {"units_per_site": UNITS_MAXIMUM}, {"sites": 1}])
def test_a_target_at_its_bounds_is_taken(changes: dict[str, object]) -> None:
    assert problems(PlanEntry(replace(TARGET, **changes))) == {}


def test_a_dose_can_be_open_without_a_product() -> None:
    opened = replace(TARGET, units_per_site=Decimal(0), product=None)
    assert problems(PlanEntry(opened)) == {}
    assert title(opened) == "Mentalis, patient’s left: 2 sites, dose open"


def test_units_of_a_target_are_those_of_all_its_sites() -> None:
    assert TARGET.units == Decimal("2.5")
    assert title(TARGET) == (
        "Mentalis, patient’s left: 2 sites of 1.25\N{NO-BREAK SPACE}units, 2.5\N{NO-BREAK SPACE}units"
        " onabotulinumtoxinA (Botox)"
    )


@pytest.mark.parametrize("field", ["excursion", "cue", "stop_rule", "dose"])
def test_an_exercise_needs_a_limit_a_cue_a_stop_and_a_dose(field: str) -> None:
    assert list(problems(PlanEntry(replace(EXERCISE, **{field: "  "})))) == [field]


def test_other_refusals_stand_beside_their_field() -> None:
    sent = Referral(ReferralKind.OTHER, "X", "Why?", sent_on=date(2026, 11, 2), answered_on=date(2026, 11, 1))
    assert list(problems(PlanEntry(Goal("  ")))) == ["words"]
    assert list(problems(PlanEntry(replace(sent, question="")))) == ["question", "answered_on"]
    assert list(problems(PlanEntry(sent))) == ["answered_on"]
    assert list(problems(PlanEntry(replace(sent, sent_on=None)))) == ["answered_on"]
    assert list(problems(PlanEntry(replace(sent, answered_on=None, answer="Yes")))) == ["answered_on"]
    window = Programme(visit_from=date(2026, 12, 2), visit_to=date(2026, 12, 1))
    assert list(problems(PlanEntry(window))) == ["visit_to"]


@pytest.mark.parametrize("before", PlanState)
@pytest.mark.parametrize("after", PlanState)
def test_a_state_follows_only_where_the_table_says(before: PlanState, after: PlanState) -> None:
    allowed = before is after or after in NEXT_STATES[before]
    assert (not state_problems(before, after, "x" * NOTE_MINIMUM)) is allowed


@pytest.mark.parametrize(
    ("length", "taken"), [(NOTE_MINIMUM - 1, False), (NOTE_MINIMUM, True), (NOTE_MINIMUM + 1, True)]
)
def test_declining_and_going_back_take_a_reason(length: int, taken: bool) -> None:
    for before, after in [(PlanState.AGREED, PlanState.DECLINED), (PlanState.DONE, PlanState.AGREED)]:
        assert (not state_problems(before, after, "x" * length)) is taken
    assert not state_problems(PlanState.PROPOSED, PlanState.AGREED, "")


def test_only_what_is_proposed_or_agreed_is_open() -> None:
    assert {state for state in PlanState if state.is_open} == OPEN


def test_an_answered_referral_is_not_due() -> None:
    referral = Referral(ReferralKind.OTHER, question="Why?", sent_on=date(2026, 11, 1), answer_by=date(2026, 12, 1))
    assert due_on(referral) == date(2026, 12, 1)
    assert due_on(replace(referral, answered_on=date(2026, 11, 20))) is None


@pytest.mark.parametrize(
    ("day", "taken"),
    [
        (date(1899, 12, 31), False),
        (date(1900, 1, 1), True),
        (date(2199, 12, 31), True),
        (date(2200, 1, 1), False),
        (date.min, False),
        (date.max, False),
    ],
)
def test_a_day_that_nobody_means_is_refused(day: date, taken: bool) -> None:
    """Weeks are counted from it, and a calendar file ends the day after it."""
    entry = PlanEntry(Appointment(Occasion.REVIEW, day))
    assert ("on" not in problems(entry)) is taken
    programme = replace(ENTRIES[ItemKind.PROGRAMME].details, visit_from=day, visit_to=day)
    assert (not problems(PlanEntry(programme)).keys() & {"visit_from", "visit_to"}) is taken
