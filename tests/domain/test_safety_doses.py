"""DOSE-001 to DOSE-007: each limit below, at and above; never a sum across substances."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.anatomy import MUSCLES, Side, position
from clinic.domain.findings import Finding, Severity
from clinic.domain.injections import PresetFact
from clinic.domain.quantities import from_hundredths
from clinic.domain.safety import check, months_before
from clinic.domain.safety_doses import EYELID_GROUPS, LAST_DOSE_FACTOR, is_eyelid
from clinic.domain.safety_table import within_months
from tests.domain.facts import TODAY, eye, facts, found, past, site, vial

THREE_MONTHS_AGO = date(2026, 8, 22)


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        (date(2026, 4, 10), 3, date(2026, 1, 10)),
        (date(2026, 11, 22), 3, date(2026, 8, 22)),
        (date(2026, 1, 15), 3, date(2025, 10, 15)),
        (date(2026, 12, 31), 3, date(2026, 9, 30)),
        (date(2026, 5, 31), 3, date(2026, 2, 28)),
        (date(2028, 5, 31), 3, date(2028, 2, 29)),
        (date(2028, 5, 29), 3, date(2028, 2, 29)),
        (date(2026, 2, 28), 3, date(2025, 11, 28)),
        (date(2028, 2, 29), 12, date(2027, 2, 28)),
        (date(2028, 2, 29), 48, date(2024, 2, 29)),
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 31), 1, date(2025, 12, 31)),
        (date(2026, 12, 1), 12, date(2025, 12, 1)),
        (date(2026, 7, 31), 0, date(2026, 7, 31)),
    ],
)
def test_months_before(day: date, months: int, before: date) -> None:
    assert months_before(day, months) == before


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 60))
def test_months_before_keeps_order_and_month(day: date, months: int) -> None:
    before = months_before(day, months)
    assert (day.year * 12 + day.month) - (before.year * 12 + before.month) == months
    assert before.day <= day.day
    assert before <= months_before(day + timedelta(days=1), months)


@pytest.mark.parametrize(
    ("earlier", "on", "counts"),
    [
        (date(2026, 1, 9), date(2026, 4, 10), False),
        (date(2026, 1, 10), date(2026, 4, 10), False),
        (date(2026, 1, 11), date(2026, 4, 10), True),
        (date(2026, 1, 10), date(2026, 4, 9), True),
        (date(2026, 4, 10), date(2026, 4, 10), True),
        (date(2026, 4, 11), date(2026, 4, 10), False),
        (date(2025, 11, 28), date(2026, 2, 28), False),
        (date(2025, 11, 29), date(2026, 2, 28), True),
        (date(2025, 11, 30), date(2026, 2, 28), True),
        (date(2028, 2, 29), date(2028, 5, 31), False),
        (date(2028, 3, 1), date(2028, 5, 31), True),
    ],
)
def test_three_calendar_months(earlier: date, on: date, counts: bool) -> None:
    assert within_months(earlier, on, 3) is counts


@pytest.mark.parametrize(("today", "over"), [("99.99", False), ("100", False), ("100.01", True)])
def test_dose_001_equal_to_400_is_allowed(today: str, over: bool) -> None:
    earlier = (past(date(2026, 9, 1), 200), past(date(2026, 10, 1), 100, "botox_cosmetic", elsewhere="Spa"))
    assert bool(found("DOSE-001", facts(site(units=today), past=earlier))) is over


@pytest.mark.parametrize(("on", "over"), [(THREE_MONTHS_AGO, False), (THREE_MONTHS_AGO + timedelta(days=1), True)])
def test_dose_001_counts_three_calendar_months(on: date, over: bool) -> None:
    assert bool(found("DOSE-001", facts(site(units="1"), past=(past(on, 400),)))) is over


def test_dose_001_says_what_it_compared() -> None:
    earlier = (past(date(2026, 9, 1), 300), past(date(2026, 10, 1), 80, "botox_cosmetic", elsewhere="Spa", muscle=None))
    (one,) = found("DOSE-001", facts(site(units="20.5"), past=earlier))
    assert one.message == (
        "onabotulinumtoxinA: 20.5\u00a0units today and 380\u00a0units before (80\u00a0units given elsewhere, "
        "80\u00a0units without a recorded muscle), together 400.5\u00a0units, more than 400\u00a0units in 3 months (since 23 Aug 2026)."
    )
    assert one.evidence == (("today", "20.5"), ("earlier", "380"), ("total", "400.5"), ("limit", "400"))
    assert one.severity is Severity.PRESCRIBER
    assert "Botox label" in one.source


def test_dose_001_adds_botox_and_botox_cosmetic_today() -> None:
    two = {"v1": vial(), "v2": vial(id="v2", product="botox_cosmetic")}
    sites = (site(1, units="300"), site(2, units="100.01", vial_id="v2"))
    assert found("DOSE-001", facts(*sites, vials=two))
    assert not found("DOSE-001", facts(sites[0], vials=two))


@pytest.mark.parametrize("key", ["dysport", "xeomin", "jeuveau", "daxxify", "letybo", "myobloc", "azzalure", "abroad"])
def test_no_substance_is_added_to_another(key: str) -> None:
    assert not found("DOSE-001", facts(site(units="10"), past=(past(date(2026, 11, 1), 3000, key),)))
    assert not found("DOSE-001", facts(site(units="3000"), product=key, past=(past(date(2026, 11, 1), 400),)))
    assert not found("DOSE-002", facts(eye(units="300"), product=key))


def test_a_site_without_a_vial_takes_part_in_no_sum() -> None:
    planned = site(units="500", vial_id=None, given_at=None)
    assert not found("DOSE-001", facts(planned))
    assert not found("DOSE-004", facts(planned))


def test_past_sums_without_any_today_are_not_stated() -> None:
    assert not found("DOSE-001", facts(site(), product="xeomin", past=(past(date(2026, 11, 1), 500),)))


@pytest.mark.parametrize(("today", "over"), [("49.99", False), ("50", False), ("50.01", True)])
def test_dose_002_orbicularis_oculi_in_30_days(today: str, over: bool) -> None:
    earlier = (past(date(2026, 11, 1), 150, muscle="orbicularis_oculi"), past(date(2026, 11, 1), 150))
    assert bool(found("DOSE-002", facts(eye(units=today), past=earlier))) is over


@pytest.mark.parametrize(("days", "over"), [(0, True), (29, True), (30, False), (31, False)])
def test_dose_002_counts_thirty_days(days: int, over: bool) -> None:
    earlier = (past(TODAY - timedelta(days=days), 200, muscle="orbicularis_oculi"),)
    assert bool(found("DOSE-002", facts(eye(), past=earlier))) is over


def test_dose_002_counts_a_dose_without_a_muscle_and_says_so() -> None:
    (one,) = found("DOSE-002", facts(eye(), past=(past(TODAY, 200, muscle=None, elsewhere="Spa"),)))
    assert one.message.startswith(
        "onabotulinumtoxinA in orbicularis oculi: 2.5\u00a0units today and 200\u00a0units before"
    )
    assert "without a recorded muscle" in one.message
    assert not found("DOSE-002", facts(site(units="2.5"), past=(past(TODAY, 200, muscle=None),)))


@pytest.mark.parametrize(("units", "over"), [("399.99", False), ("400", False), ("400.01", True)])
def test_dose_003_a_session_of_incobotulinumtoxina(units: str, over: bool) -> None:
    earlier = (past(date(2026, 11, 1), 400, "xeomin"),)
    (one,) = found("DOSE-003", facts(site(units=units), product="xeomin", past=earlier)) or (None,)
    assert (one is not None) is over
    if one:
        assert one.message == ("incobotulinumtoxinA: 400.01\u00a0units today, more than 400\u00a0units in a session.")
    assert not found("DOSE-003", facts(site(units="500")))


@pytest.mark.parametrize(("units", "asks"), [("9.99", False), ("10", False), ("10.01", True), ("25", True)])
@pytest.mark.parametrize("key", ["botox", "botox_cosmetic"])
def test_dose_004_threshold(key: str, units: str, asks: bool) -> None:
    assert bool(found("DOSE-004", facts(site(units=units), product=key))) is asks


def test_dose_004_asks_in_words() -> None:
    (one,) = found("DOSE-004", facts(site(3, units="25")))
    assert one.severity is Severity.ASK
    assert one.stops
    assert one.message == (
        "25\u00a0units? Site 3 (mentalis, belly, patient's left): this is above 10\u00a0units at one site."
    )
    assert one.subject == "site:s3"


def test_dose_004_other_products_ask_nothing_until_the_clinic_sets_a_threshold() -> None:
    dysport = facts(site(units="60"), product="dysport")
    assert not found("DOSE-004", dysport)
    assert not found("DOSE-004", replace(dysport, entry_thresholds={"dysport": Decimal(60)}))
    assert found("DOSE-004", replace(dysport, entry_thresholds={"dysport": Decimal("59.99")}))
    assert not found("DOSE-004", facts(site(units="15"), entry_thresholds={"botox": Decimal(20)}))


@pytest.mark.parametrize(("units", "asks"), [("7.99", False), ("8", True), ("8.01", True)])
def test_dose_004_four_times_the_last_dose_at_a_site(units: str, asks: bool) -> None:
    last = {("botox", "mentalis", Side.LEFT): Decimal(2)}
    assert LAST_DOSE_FACTOR == 4
    assert bool(found("DOSE-004", facts(site(units=units), last_dose=last))) is asks


def test_dose_004_compares_with_the_same_product_muscle_and_side() -> None:
    for key in (
        ("xeomin", "mentalis", Side.LEFT),
        ("botox", "platysma", Side.LEFT),
        ("botox", "mentalis", Side.RIGHT),
    ):
        assert not found("DOSE-004", facts(site(units="10"), last_dose={key: Decimal(1)}))


def test_a_ten_times_slip_is_asked_about() -> None:
    assert found("DOSE-004", facts(site(units="25")))
    assert found("DOSE-004", facts(site(units="9999")))


@pytest.mark.parametrize(("units", "warns"), [("4.99", False), ("5", False), ("5.01", True)])
@pytest.mark.parametrize("key", ["botox", "botox_cosmetic"])
def test_dose_005_an_eyelid_site(key: str, units: str, warns: bool) -> None:
    assert bool(found("DOSE-005", facts(eye(units=units), product=key))) is warns
    assert not found("DOSE-005", facts(eye(units="9"), product="xeomin"))


def test_dose_005_is_for_pretarsal_sites() -> None:
    muscle = MUSCLES["orbicularis_oculi"]
    assert set(muscle.groups) >= EYELID_GROUPS
    pretarsal = {key for group in EYELID_GROUPS for key in muscle.groups[group]}
    assert len(pretarsal) == 4
    assert {named.key for named in muscle.sites if is_eyelid(eye(sub_site=named.key))} == pretarsal
    assert not is_eyelid(site())


def test_dose_005_a_free_point_counts_by_where_it_lies() -> None:
    lid_x, lid_y = position("orbicularis_oculi", "upper_pretarsal_lateral", Side.LEFT)
    out_x, out_y = position("orbicularis_oculi", "lateral_orbital_middle", Side.LEFT)
    assert is_eyelid(eye(sub_site=None, x=lid_x, y=lid_y))
    assert not is_eyelid(eye(sub_site=None, x=out_x, y=out_y))


def preset(low: str, high: str, group: str | None = None, **changes: str) -> PresetFact:
    standing = PresetFact("botox", "orbicularis_oculi", group, Decimal(low), Decimal(high))
    return replace(standing, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("units", "warns"),
    [("1.24", True), ("1.25", False), ("1.26", False), ("2.49", False), ("2.5", False), ("2.51", True)],
)
def test_dose_006_both_ends_belong_to_the_preset(units: str, warns: bool) -> None:
    assert bool(found("DOSE-006", facts(eye(units=units), presets=(preset("1.25", "2.5"),)))) is warns


def test_dose_006_a_group_wins_over_the_muscle() -> None:
    presets = (preset("1", "2"), preset("3", "4", "upper_pretarsal"))
    assert not found("DOSE-006", facts(eye(units="3"), presets=presets))
    assert found("DOSE-006", facts(eye(units="1.5"), presets=presets))
    assert found("DOSE-006", facts(eye(sub_site="lateral_orbital_upper", units="3"), presets=presets))


def test_dose_006_only_for_this_product_and_muscle() -> None:
    for other in (preset("9", "10", product="xeomin"), preset("9", "10", muscle="mentalis")):
        assert not found("DOSE-006", facts(eye(), presets=(other,)))
    assert not found("DOSE-006", facts(eye()))


@pytest.mark.parametrize(("units", "warns"), [("2.25", False), ("2.5", False), ("2.3", True), ("0.01", True)])
def test_dose_007_the_clinics_step(units: str, warns: bool) -> None:
    assert bool(found("DOSE-007", facts(site(units=units)))) is warns
    assert not found("DOSE-007", facts(site(units=units), dose_step=Decimal("0.01")))


def test_dose_007_a_step_of_nothing_checks_nothing() -> None:
    assert not found("DOSE-007", facts(site(units="2.31"), dose_step=Decimal(0)))


@given(st.lists(st.integers(1, 20_000).map(from_hundredths), min_size=1, max_size=20))
def test_dose_001_agrees_with_plain_whole_number_arithmetic(doses: list[Decimal]) -> None:
    sites = tuple(site(number, units=str(units)) for number, units in enumerate(doses, 1))
    whole = sum(int(units * 100) for units in doses)
    assert bool(found("DOSE-001", facts(*sites))) is (whole > 40_000)


def test_a_message_never_names_units_by_a_letter() -> None:
    everything: tuple[Finding, ...] = check(facts(eye(units="450.01"), past=(past(TODAY, 400),)))
    assert everything
    assert not any(" U " in one.message or " IU" in one.message for one in everything)
