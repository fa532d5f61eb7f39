"""SIDE-001, SIDE-002, ZONE-001, COPY-001, TEXT-001 and TIMEOUT-001."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from clinic.domain import anatomy
from clinic.domain.anatomy import Side
from clinic.domain.findings import Severity
from clinic.domain.injections import MuscleState, Purpose, TimeOutFact
from clinic.domain.safety import check
from tests.domain.facts import GIVEN_AT, NOW, TIME_OUT_AT, eye, facts, found, site

LEFT, RIGHT, MIDLINE = Side.LEFT, Side.RIGHT, Side.MIDLINE
BOTH = frozenset({LEFT, RIGHT})


@pytest.mark.parametrize(
    ("purpose", "side", "palsy", "stated"),
    [
        (Purpose.SYNKINESIS, LEFT, {LEFT}, False),
        (Purpose.SYNKINESIS, RIGHT, {LEFT}, True),
        (Purpose.BALANCE, RIGHT, {LEFT}, False),
        (Purpose.BALANCE, LEFT, {LEFT}, True),
        (Purpose.SYNKINESIS, RIGHT, BOTH, False),
        (Purpose.BALANCE, RIGHT, BOTH, True),
        (Purpose.TEARING, RIGHT, {LEFT}, False),
        (Purpose.OTHER, RIGHT, {LEFT}, False),
        (Purpose.TEARING, LEFT, {LEFT}, False),
    ],
)
def test_side_001_side_and_purpose_agree(purpose: Purpose, side: Side, palsy: set[Side], stated: bool) -> None:
    session = facts(site(purpose=purpose, side=side), palsy_sides=frozenset(palsy))
    assert bool(found("SIDE-001", session)) is stated


@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("palsy", [frozenset({LEFT}), BOTH, frozenset()])
def test_side_001_the_midline_is_fine(purpose: Purpose, palsy: frozenset[Side]) -> None:
    middle = site(side=MIDLINE, sub_site="midline", purpose=purpose)
    assert not found("SIDE-001", facts(middle, palsy_sides=palsy))


def test_side_001_says_once_that_no_palsy_is_recorded() -> None:
    session = facts(site(1), site(2, side=RIGHT, purpose=Purpose.BALANCE), palsy_sides=frozenset())
    (one,) = found("SIDE-001", session)
    assert one.subject == "session"
    assert "No facial palsy is recorded" in one.message
    assert not found("SIDE-001", facts(site(purpose=Purpose.TEARING), palsy_sides=frozenset()))


def test_side_001_in_words() -> None:
    (one,) = found("SIDE-001", facts(site(4, side=RIGHT)))
    assert one.message == (
        "Site 4 (mentalis, belly, patient's right) is charted for synkinesis, "
        "but the palsy is recorded on the patient's left side."
    )
    assert one.severity is Severity.PRESCRIBER


@pytest.mark.parametrize(
    ("state_side", "site_side", "stated"),
    [
        (LEFT, LEFT, True),
        (RIGHT, LEFT, False),
        (MIDLINE, LEFT, True),
        (LEFT, MIDLINE, True),
        (RIGHT, MIDLINE, True),
    ],
)
def test_side_002_an_operated_muscle(state_side: Side, site_side: Side, stated: bool) -> None:
    sub_site = "midline" if site_side is MIDLINE else "belly"
    for state in MuscleState:
        session = facts(site(side=site_side, sub_site=sub_site), muscle_states={("mentalis", state_side): state})
        stated_now = found("SIDE-002", session)
        assert bool(stated_now) is stated
        assert all(state.value in one.message for one in stated_now)
    assert not found("SIDE-002", facts(site(), muscle_states={("platysma", LEFT): MuscleState.ABSENT}))


def test_zone_001_a_zone_of_its_muscle() -> None:
    """The levator of the upper lid concerns orbicularis oculi, not mentalis; both sides of the face alike."""
    for side, x in ((RIGHT, -320), (LEFT, 320)):
        session = facts(eye(sub_site=None, side=side, x=x, y=375))
        (one,) = [f for f in found("ZONE-001", session) if ("zone", "levator_palpebrae_superioris") in f.evidence]
        assert "eyelid ptosis" in one.message
        assert one.severity is Severity.PRESCRIBER
        assert one.source
    assert not found("ZONE-001", facts(site(x=320, y=375)))
    assert not found("ZONE-001", facts(eye()))


def test_zone_001_a_moved_site_is_another_statement() -> None:
    keys = {found("ZONE-001", facts(eye(sub_site=None, x=x, y=375)))[0].key for x in (320, 321)}
    assert len(keys) == 2


def test_zone_001_the_edge_belongs_to_the_zone() -> None:
    """The ellipse of the levator is 75 hundredths wide to either side of x = 320."""
    inside = facts(eye(sub_site=None, x=395, y=375))
    outside = facts(eye(sub_site=None, x=396, y=375))
    zones = [[dict(one.evidence)["zone"] for one in found("ZONE-001", session)] for session in (inside, outside)]
    assert "levator_palpebrae_superioris" in zones[0]
    assert "levator_palpebrae_superioris" not in zones[1]


def test_no_named_site_lies_in_a_zone_of_its_muscle() -> None:
    """The chart offers named sites; one that always stops would teach people to type reasons."""
    clashes = [
        (muscle.key, named.key, zone.key)
        for muscle in anatomy.MUSCLES.values()
        for named in muscle.sites
        for x in {named.x, -named.x}
        for zone in anatomy.danger_zones_at(x, named.y, muscle.key)
    ]
    assert clashes == []


def test_copy_001_a_copied_site_waits_for_confirmation() -> None:
    copied = date(2026, 7, 17)
    (one,) = found("COPY-001", facts(site(copied_from=copied, confirmed=False)))
    assert "17 Jul 2026" in one.message
    assert one.severity is Severity.NEVER
    assert not found("COPY-001", facts(site(copied_from=copied, confirmed=True)))


@pytest.mark.parametrize(("text", "stated"), [("", False), ("  ", False), ("r oo 2.5", True), ("x" * 500, True)])
def test_text_001_unread_text_stops(text: str, stated: bool) -> None:
    stated_now = found("TEXT-001", facts(text_not_understood=text))
    assert bool(stated_now) is stated
    assert all(len(one.message) < 200 and dict(one.evidence)["text"] == text for one in stated_now)


@pytest.mark.parametrize(("seconds", "stated"), [(-1, True), (0, False), (1, False)])
def test_timeout_001_the_time_out_comes_first(seconds: int, stated: bool) -> None:
    given = site(given_at=TIME_OUT_AT + timedelta(seconds=seconds))
    assert bool(found("TIMEOUT-001", facts(given))) is stated


def test_timeout_001_no_time_out_at_all() -> None:
    session = facts(site(1), site(2, given_at=None), time_outs=())
    (one,) = found("TIMEOUT-001", session)
    assert one.subject == "site:s1"
    assert "no time-out is recorded" in one.message
    assert not found("TIMEOUT-001", facts(site(given_at=None), time_outs=()))


def test_timeout_001_a_site_entered_late_has_its_reason() -> None:
    late = site(given_at=TIME_OUT_AT - timedelta(hours=1), entered_late_reason="Power cut; charted on paper.")
    assert not found("TIMEOUT-001", facts(late))
    assert not found("TIMEOUT-001", facts(late, time_outs=()))
    assert not found("TIMEOUT-001", facts(late, current_digest="d2"))
    assert found("TIMEOUT-001", facts(site(given_at=late.given_at, entered_late_reason="  ")))


def test_timeout_001_values_changed_after_it() -> None:
    (one,) = found("TIMEOUT-001", facts(current_digest="d2"))
    assert (one.subject, one.severity) == ("session", Severity.NEVER)
    assert not found("TIMEOUT-001", facts(site(given_at=None), current_digest="d2"))


def test_timeout_001_a_second_time_out_confirms_the_change() -> None:
    again = (TimeOutFact(NOW, "d2"), TimeOutFact(TIME_OUT_AT, "d1"))
    assert not found("TIMEOUT-001", facts(time_outs=again, current_digest="d2"))
    assert found("TIMEOUT-001", facts(time_outs=again, current_digest="d1"))


def test_timeout_001_is_not_asked_of_a_transcribed_session() -> None:
    session = facts(site(vial_id=None, given_at=GIVEN_AT), time_outs=(), transcribed=True, transcribed_product="botox")
    assert check(session) == ()
