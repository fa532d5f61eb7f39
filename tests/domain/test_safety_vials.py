"""VIAL-001 to VIAL-005."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from clinic.domain.findings import Severity
from clinic.domain.safety import check
from tests.domain.facts import GIVEN_AT, NOW, TODAY, facts, found, site

VIAL_CODES = ("VIAL-001", "VIAL-002", "VIAL-003", "VIAL-004", "VIAL-005")


@pytest.mark.parametrize(
    ("changes", "vial_changes", "missing"),
    [
        ({}, {}, ""),
        ({"vial_id": None}, {}, "a vial"),
        ({"vial_id": "v9"}, {}, "a vial"),
        ({}, {"product": "botulax"}, "a known product"),
        ({}, {"lot": " "}, "a lot number"),
        ({"vial_id": None, "given_at": None}, {}, ""),
    ],
)
def test_vial_001_a_given_site_has_product_lot_and_vial(
    changes: dict[str, Any], vial_changes: dict[str, Any], missing: str
) -> None:
    session = facts(site(**changes), vial_changes=vial_changes)
    stated = [dict(one.evidence)["missing"] for one in found("VIAL-001", session)]
    assert stated == ([missing] if missing else [])


@pytest.mark.parametrize(
    ("second", "wasted", "over"),
    [("2.49", "1", False), ("2.5", "1", False), ("2.51", "1", True), ("2.5", "1.01", True), ("3.5", "0", False)],
)
def test_vial_002_charted_and_wasted_fit_the_vial(second: str, wasted: str, over: bool) -> None:
    planned = site(2, units=second, given_at=None)
    contents = {"units_left": Decimal(6), "wasted": Decimal(wasted)}
    assert bool(found("VIAL-002", facts(site(1, units="2.5"), planned, vial_changes=contents))) is over


def test_vial_002_in_words() -> None:
    (one,) = found("VIAL-002", facts(site(units="9999"), vial_changes={"units_left": Decimal("97.50")}))
    assert one.message == (
        "The vial of onabotulinumtoxinA (Botox), lot C1234, is overdrawn: 9,999\u00a0units charted, "
        "but it holds 97.5\u00a0units."
    )
    assert one.severity is Severity.NEVER
    assert one.subject == "vial:v1"
    (one,) = found("VIAL-002", facts(vial_changes={"units_left": Decimal(2), "wasted": Decimal(1)}))
    assert "2.5\u00a0units charted and 1\u00a0unit wasted, but it holds 2\u00a0units." in one.message


def test_vial_002_counts_sites_of_the_same_vial_only() -> None:
    other = site(2, units="90", vial_id=None)
    assert not found("VIAL-002", facts(site(1), other, vial_changes={"units_left": Decimal(5)}))


def test_vial_002_a_discarded_vial_gives_nothing_more() -> None:
    gone = {"discarded": True}
    assert found("VIAL-002", facts(site(given_at=None), vial_changes=gone))
    assert not found("VIAL-002", facts(site(), vial_changes=gone))


@pytest.mark.parametrize(("others", "stops"), [(0, False), (1, True), (2, True)])
def test_vial_003_one_patient_a_vial(others: int, stops: bool) -> None:
    session = facts(vial_changes={"other_patients": others})
    stated = found("VIAL-003", session)
    assert [one.severity for one in stated] == ([Severity.NEVER] if stops else [])
    words = "used for another patient" if others == 1 else f"used for {others} other patients"
    assert all(words in one.message for one in stated)


def test_vial_003_a_clinic_can_ask_for_a_reason_instead() -> None:
    (one,) = found("VIAL-003", facts(vial_changes={"other_patients": 1}, vial_sharing_needs_reason=True))
    assert one.severity is Severity.PRESCRIBER


@pytest.mark.parametrize(("days", "stops"), [(-1, True), (0, False), (1, False)])
def test_vial_004_the_expiry_day_itself_is_fine(days: int, stops: bool) -> None:
    session = facts(vial_changes={"expires_on": TODAY + timedelta(days=days)})
    assert bool(found("VIAL-004", session)) is stops


@pytest.mark.parametrize(("seconds", "stops"), [(-1, True), (0, False), (1, False)])
def test_vial_004_the_use_by_moment_itself_is_fine(seconds: int, stops: bool) -> None:
    session = facts(vial_changes={"use_by": NOW + timedelta(seconds=seconds)})
    assert bool(found("VIAL-004", session)) is stops


def test_vial_004_is_judged_again_at_signing() -> None:
    use_by = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
    picked = facts(vial_changes={"use_by": use_by}, now=use_by - timedelta(minutes=1))
    signed = facts(vial_changes={"use_by": use_by}, now=use_by + timedelta(minutes=1))
    assert not found("VIAL-004", picked)
    (one,) = found("VIAL-004", signed)
    assert one.message.endswith(
        "past its use-by of 22 Nov 2026, 16:00 UTC. Its last site is marked given at 22 Nov 2026, 15:10 UTC."
    )


def test_vial_004_stays_the_same_statement_a_minute_later() -> None:
    changes = {"use_by": NOW - timedelta(hours=1)}
    first = check(facts(vial_changes=changes))
    later = check(facts(vial_changes=changes, now=NOW + timedelta(minutes=1)))
    assert first == later


def test_vial_004_says_nothing_of_given_sites_while_one_is_planned() -> None:
    changes = {"use_by": NOW - timedelta(hours=1)}
    (one,) = found("VIAL-004", facts(site(1), site(2, given_at=None), vial_changes=changes))
    assert "marked given" not in one.message


def test_vial_004_expired_and_past_use_by_are_two_statements() -> None:
    changes = {"use_by": NOW - timedelta(hours=1), "expires_on": date(2026, 10, 31)}
    keys = {one.key for one in found("VIAL-004", facts(vial_changes=changes))}
    assert len(keys) == 2


def test_vial_004_nothing_is_said_of_a_vial_not_mixed_yet() -> None:
    assert not found("VIAL-004", facts(vial_changes={"use_by": None, "concentration": None}))


def test_vial_005_a_recalled_lot_is_never_given() -> None:
    (one,) = found("VIAL-005", facts(vial_changes={"recalled": True}))
    assert one.severity is Severity.NEVER
    assert not found("VIAL-005", facts())


def test_vials_are_judged_before_their_first_site() -> None:
    planned = site(vial_id=None, given_at=None)
    bad = {"recalled": True, "other_patients": 1, "expires_on": date(2026, 1, 1)}
    codes = [one.code for one in check(facts(planned, vial_changes=bad))]
    assert {"VIAL-003", "VIAL-004", "VIAL-005"} <= set(codes)


def test_a_transcribed_session_needs_no_vial() -> None:
    bad = {"recalled": True, "other_patients": 1, "expires_on": date(2026, 1, 1), "units_left": Decimal(0)}
    session = facts(
        site(vial_id=None, given_at=GIVEN_AT), vial_changes=bad, transcribed=True, transcribed_product="botox"
    )
    assert not [one for one in check(session) if one.code in VIAL_CODES]
