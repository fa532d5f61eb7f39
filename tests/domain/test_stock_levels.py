"""Unopened vials: counts, what is low, what expires, and waste by reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.errors import Invalid
from clinic.domain.inventory import CountKind
from clinic.domain.stock_levels import (
    VIALS_MAXIMUM,
    LotLevel,
    change_of,
    product_level,
    reason_typed,
    share,
    vials_typed,
    waste_by_reason,
)

TODAY = date(2026, 11, 22)
LOT = LotLevel("l", "botox", "C1", date(2027, 6, 30), False, 10, 4, TODAY)


@pytest.mark.parametrize(("typed", "vials"), [("1", 1), (" 10 ", 10), ("1000", VIALS_MAXIMUM)])
def test_vials_as_typed(typed: str, vials: int) -> None:
    assert vials_typed(typed, least=1) == vials


@pytest.mark.parametrize("typed", ["", "0", "-1", "1.5", "1001", "ten", "１０", "99999999"])
def test_what_is_no_number_of_vials_is_refused_beside_its_field(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        vials_typed(typed, "received", least=1)
    assert set(refused.value.fields) == {"received"}


@given(st.integers(0, 1000), st.one_of(st.none(), st.integers(-50, 50)), st.integers(0, 50))
def test_after_a_count_as_many_are_there_as_were_counted(vials: int, unopened: int | None, opened: int) -> None:
    counted = 0 if unopened is None else unopened + opened
    assert counted + change_of(CountKind.COUNTED, vials, unopened, opened) - opened == vials


@pytest.mark.parametrize(("vials", "allowed"), [(5, True), (6, True), (7, False)])
def test_no_more_go_than_are_there(vials: int, allowed: bool) -> None:
    for kind in (CountKind.LOST, CountKind.SENT_BACK):
        if allowed:
            assert change_of(kind, vials, 6, 0) == -vials
        else:
            with pytest.raises(Invalid):
                change_of(kind, vials, 6, 0)


def test_what_was_opened_before_anything_was_counted_is_not_made_a_debt() -> None:
    with pytest.raises(Invalid):
        change_of(CountKind.RECEIVED, 3, None, 4)
    assert change_of(CountKind.RECEIVED, 4, None, 4) == 4
    with pytest.raises(Invalid):
        change_of(CountKind.LOST, 1, None, 0)


@pytest.mark.parametrize(
    ("kind", "differs", "needed"),
    [
        (CountKind.RECEIVED, True, False),
        (CountKind.SENT_BACK, True, True),
        (CountKind.LOST, True, True),
        (CountKind.COUNTED, True, True),
        (CountKind.COUNTED, False, False),
    ],
)
def test_when_a_reason_is_needed(kind: CountKind, differs: bool, needed: bool) -> None:
    assert reason_typed(kind, " ten signs. ", differs=differs) == "ten signs."
    if needed:
        with pytest.raises(Invalid):
            reason_typed(kind, "too short", differs=differs)
    else:
        assert reason_typed(kind, "", differs=differs) == ""


def test_a_lot_in_words() -> None:
    assert (LOT.unopened, LOT.words, LOT.problem) == (6, "6 vials", "")
    none = replace(LOT, counted=None)
    assert (none.unopened, none.words, none.may_hold) == (None, "not counted", True)
    odd = replace(LOT, counted=3)
    assert (odd.words, odd.problem) == ("does not add up", "1 vial more opened than counted: count again")
    assert not replace(LOT, counted=4).may_hold


@pytest.mark.parametrize(
    ("days", "expired", "soon"), [(-1, True, False), (0, False, True), (30, False, True), (31, False, False)]
)
def test_expiry_below_at_and_above_the_days(days: int, expired: bool, soon: bool) -> None:
    lot = replace(LOT, expires_on=TODAY + timedelta(days=days))
    assert (lot.expired, lot.expires_within(30)) == (expired, soon)


@pytest.mark.parametrize(("minimum", "low"), [(5, False), (6, False), (7, True)])
def test_low_below_at_and_above_the_minimum(minimum: int, low: bool) -> None:
    level = product_level("botox", [LOT], (minimum, 1, "Ada"))
    assert (level.low, level.enough) == (low, not low)


def test_a_product_counts_only_what_can_be_used_and_never_a_false_zero() -> None:
    expired, recalled = replace(LOT, expires_on=date(2026, 1, 1)), replace(LOT, recalled=True)
    uncounted, odd = replace(LOT, counted=None), replace(LOT, counted=1)
    level = product_level("botox", [LOT, expired, recalled, uncounted, odd], (7, 1, "Ada"))
    assert (level.vials, level.words, level.low_words) == (6, "6 vials, and 1 lot not counted", "low as far as counted")
    unknown = product_level("botox", [uncounted], (7, 1, "Ada"))
    assert (unknown.words, unknown.low, unknown.enough) == ("not counted", False, False)
    assert product_level("botox", [], (1, 1, "Ada")).low
    assert not product_level("botox", [LOT]).low


def test_reasons_are_grouped_whatever_their_case() -> None:
    rows = [
        ("botox", "End of day", Decimal(10), 3),
        ("botox", "end  of DAY", Decimal(5), 1),
        ("botox", "broken", Decimal("2.5"), 1),
        ("xeomin", "", Decimal(1), 1),
    ]
    botox, xeomin = sorted(waste_by_reason(rows, [("botox", Decimal(200))]), key=lambda one: one.product)
    assert [(one.reason, one.units, one.times, one.share) for one in botox.reasons] == [
        ("End of day", Decimal(15), 4, "7.5\u00a0%"),
        ("broken", Decimal("2.5"), 1, "1.3\u00a0%"),
    ]
    assert (botox.units, botox.share) == (Decimal("17.5"), "8.8\u00a0%")
    assert (xeomin.share, xeomin.reasons[0].reason) == ("—", "no reason on record")


@given(
    st.lists(st.tuples(st.sampled_from(["botox", "xeomin"]), st.sampled_from(["a", "A ", "b", ""]), st.integers(1, 99)))
)
def test_no_wasted_unit_is_lost_in_the_groups(rows: list[tuple[str, str, int]]) -> None:
    found = waste_by_reason([(product, why, Decimal(units), 1) for product, why, units in rows], [])
    for one in found:
        assert one.units == sum(units for product, _, units in rows if product == one.product)
        assert one.units == sum((why.units for why in one.reasons), Decimal(0))


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [("1", "8", "12.5\u00a0%"), ("1", "3", "33.3\u00a0%"), ("1", "2000", "0.1\u00a0%"), ("5", "0", "—")],
)
def test_shares(part: str, whole: str, words: str) -> None:
    assert share(Decimal(part), Decimal(whole)) == words
