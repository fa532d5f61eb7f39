"""Kinds of adverse events, what can be entered of one, and the sites that it may have come from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest

from clinic.domain.adverse_event_entries import REPORTED_MAXIMUM, TEXT_MAXIMUM, EventEntry, event_words, problems
from clinic.domain.adverse_events import KINDS, SERIOUS_FROM, Kind, Relation, Urgency, suspects, urgent_words
from clinic.domain.anatomy import MUSCLES, OTHER, Side, danger_zones, danger_zones_at, position

TODAY = date(2026, 12, 20)
SESSION = date(2026, 11, 22)
ENTRY = EventEntry(Kind.EYELID_PTOSIS, 2, Relation.PROBABLE, Side.LEFT, onset_on=date(2026, 12, 1))


@dataclass(frozen=True)
class Site:
    """A site as far as an event asks."""

    id: str
    muscle: str
    side: Side
    x: int
    y: int


def named(number: str, muscle: str, side: Side, sub_site: str | None = None) -> Site:
    return Site(number, muscle, side, *position(muscle, sub_site, side))


def refused(**changes: Any) -> set[str]:
    return set(problems(replace(ENTRY, **changes), TODAY, SESSION, {"s1", "s2"}))


def test_every_zone_and_muscle_of_a_kind_is_on_the_face() -> None:
    zones = {zone.key for zone in danger_zones()}
    for kind in Kind:
        facts = KINDS[kind]
        assert facts.label
        assert facts.ask
        assert set(facts.zones) <= zones, kind
        assert set(facts.muscles) <= MUSCLES.keys(), kind


def test_the_red_flags_are_those_of_the_reference() -> None:
    flags = {kind: KINDS[kind].urgency for kind in Kind if KINDS[kind].urgency}
    assert flags == {
        Kind.EYE_PAIN_OR_VISION: Urgency.SAME_DAY_EYE,
        Kind.SWALLOWING_OR_BREATHING: Urgency.EMERGENCY,
        Kind.DIPLOPIA: Urgency.SAME_DAY_EYE,
        Kind.NECK_WEAKNESS: Urgency.EMERGENCY,
        Kind.ALLERGIC: Urgency.EMERGENCY,
        Kind.DISTANT_SPREAD: Urgency.EMERGENCY,
    }


def test_an_emergency_names_the_clinics_number() -> None:
    assert "emergency services: 112." in urgent_words(Urgency.EMERGENCY, "112")[1]
    assert "emergency services." in urgent_words(Urgency.EMERGENCY, " ")[1]
    assert "today" in urgent_words(Urgency.SAME_DAY_EYE, "112")[1]


@pytest.mark.parametrize(("grade", "taken"), [(0, False), (1, True), (5, True), (6, False)])
def test_grades_go_from_1_to_5(grade: int, taken: bool) -> None:
    assert ("grade" not in refused(grade=grade)) is taken


@pytest.mark.parametrize("grade", [SERIOUS_FROM - 1, SERIOUS_FROM, SERIOUS_FROM + 1])
def test_a_high_grade_is_serious_whatever_is_ticked(grade: int) -> None:
    assert replace(ENTRY, grade=grade).settled.serious is (grade >= SERIOUS_FROM)
    assert replace(ENTRY, grade=grade, serious=True).settled.serious


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"onset_on": date(2026, 11, 21)}, "onset_on"),
        ({"onset_on": date(2026, 12, 21)}, "onset_on"),
        ({"ended_on": date(2026, 11, 30)}, "ended_on"),
        ({"ended_on": date(2026, 12, 21)}, "ended_on"),
        ({"onset_on": None, "ended_on": date(2026, 11, 21)}, "ended_on"),
        ({"side": Side.MIDLINE}, "side"),
        ({"kind": Kind.OTHER, "description": " "}, "description"),
        ({"description": "x" * (TEXT_MAXIMUM + 1)}, "description"),
        ({"reported_to": "x" * (REPORTED_MAXIMUM + 1)}, "reported_to"),
        ({"site_ids": ("s1", "s3")}, "site_ids"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(changes: dict[str, Any], field: str) -> None:
    assert refused(**changes) == {field}


@pytest.mark.parametrize(
    "changes",
    [
        {"onset_on": SESSION},
        {"onset_on": TODAY, "ended_on": TODAY},
        {"onset_on": None},
        {"side": None},
        {"kind": Kind.OTHER, "description": "a tingling"},
        {"description": "x" * TEXT_MAXIMUM},
        {"site_ids": ("s1", "s2")},
    ],
)
def test_what_can_be_is_taken(changes: dict[str, Any]) -> None:
    assert not refused(**changes)


def test_an_event_without_a_session_can_have_begun_at_any_time() -> None:
    assert not problems(replace(ENTRY, onset_on=date(2020, 1, 1)), TODAY, None, ())


@pytest.mark.parametrize("side", [Side.RIGHT, Side.LEFT])
def test_sites_in_a_zone_or_a_usual_muscle_are_named_and_others_are_not(side: Side) -> None:
    zone = next(one for one in danger_zones() if one.key == "levator_palpebrae_superioris")
    sign = -1 if side is Side.RIGHT else 1
    inside = Site("inside", "mentalis", side, sign * -zone.area.x, zone.area.y)
    usual = named("usual", "frontalis", side)
    far = named("far", "depressor_anguli_oris", side)
    found = {one.site_id: one.reasons for one in suspects(Kind.EYELID_PTOSIS, (inside, usual, far))}
    assert list(found) == ["inside", "usual"]
    assert found["inside"] == (f"in the danger zone: {zone.label}",)
    assert found["usual"] == ("usual muscle for it",)
    assert suspects(Kind.EYELID_PTOSIS, (inside, usual, far), side.other) == ()


def test_a_midline_site_is_named_for_either_side() -> None:
    middle = named("m", "mentalis", Side.MIDLINE, "midline")
    for side in (Side.RIGHT, Side.LEFT, None):
        assert [one.site_id for one in suspects(Kind.LIP_ASYMMETRY, (middle,), side)] == ["m"]


@pytest.mark.parametrize("kind", [kind for kind in Kind if KINDS[kind].zones])
def test_the_centre_of_each_zone_of_a_kind_is_suspected_on_both_sides(kind: Kind) -> None:
    for zone in (one for one in danger_zones() if one.key in KINDS[kind].zones):
        assert zone in danger_zones_at(zone.area.x, zone.area.y, OTHER)
        for x, side in ((zone.area.x, Side.RIGHT), (-zone.area.x, Side.LEFT)):
            (found,) = suspects(kind, (Site("s", "procerus", side, x, zone.area.y),))
            assert any(zone.label in reason for reason in found.reasons)


def test_an_event_in_one_line() -> None:
    assert event_words(Kind.EYELID_PTOSIS, 2, Side.LEFT, date(2026, 12, 3)) == (
        "Drooping of the upper lid, patient’s left, grade\u00a02, since 3 Dec 2026"
    )
    assert event_words(Kind.EYELID_PTOSIS, 2, Side.LEFT, date(2026, 12, 3), date(2026, 12, 24)) == (
        "Drooping of the upper lid, patient’s left, grade\u00a02, 3 Dec 2026 to 24 Dec 2026"
    )
    assert event_words(Kind.ALLERGIC, 1, None, None, date(2026, 12, 24)).endswith("grade\u00a01, ended 24 Dec 2026")
    assert event_words(Kind.ALLERGIC, 4, None, None) == "Allergic reaction, grade\u00a04"
