"""EVENT-002: an adverse event that nobody has reviewed stops the next session, each for itself."""

from __future__ import annotations

from dataclasses import replace

from clinic.domain.findings import Override, Severity
from clinic.domain.injections import OpenEvent
from clinic.domain.safety import apply_overrides, check
from clinic.domain.safety_events import NOT_REVIEWED
from tests.domain.facts import facts, found, site

LID = OpenEvent("e1", 1, "Drooping of the upper lid, patient’s left, grade 2")
LIP = OpenEvent("e2", 1, "Uneven lips, grade 1")


def test_each_open_event_is_named_and_stops_for_a_prescriber() -> None:
    stated = found(NOT_REVIEWED, facts(site(given_at=None), asks_about_events=True, open_events=(LID, LIP)))
    assert [one.message.partition(". A prescriber")[0] for one in stated] == [
        f"Adverse event not reviewed: {LID.words}",
        f"Adverse event not reviewed: {LIP.words}",
    ]
    assert {one.severity for one in stated} == {Severity.PRESCRIBER}
    assert len({one.key for one in stated}) == 2
    assert all(one.stops for one in stated)


def test_it_speaks_before_a_single_site_is_charted() -> None:
    assert found(NOT_REVIEWED, replace(facts(asks_about_events=True, open_events=(LID,)), sites=()))


def test_a_reason_does_not_carry_over_to_a_newer_entry() -> None:
    session = facts(asks_about_events=True, open_events=(LID,))
    (old,) = found(NOT_REVIEWED, session)
    overrides = {old.key: Override("weighed at the chair", "Ada", "2026-11-22")}
    assert not any(one.stops and one.code == NOT_REVIEWED for one in apply_overrides(check(session), overrides))
    newer = replace(session, open_events=(replace(LID, number=2),))
    assert any(one.stops and one.code == NOT_REVIEWED for one in apply_overrides(check(newer), overrides))


def test_the_record_of_a_past_session_is_not_stopped() -> None:
    assert not found(NOT_REVIEWED, facts(asks_about_events=False, open_events=(LID,)))
