"""Vials: use-by, dilution, the ledger, lots and expiry."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.errors import Invalid
from clinic.domain.inventory import (
    DILUENT_MAXIMUM,
    DILUENT_MINIMUM,
    EntryKind,
    LedgerEntry,
    VialState,
    balance,
    check_diluent,
    check_entry,
    chosen_use_by,
    concentration,
    expiry_date,
    listed_mix,
    lot_key,
    lot_number,
    product,
    products,
    ready_microlitres,
    use_by,
    vial_state,
)

MIXED = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def entry(kind: str, units: object) -> LedgerEntry:
    return LedgerEntry(EntryKind(kind), Decimal(str(units)))


@pytest.mark.parametrize(
    ("key", "hours", "verified"),
    [
        ("botox", 24, True),
        ("botox_cosmetic", 24, True),
        ("dysport", 24, True),
        ("xeomin", 24, True),
        ("jeuveau", 24, True),
        ("letybo", 24, True),
        ("azzalure", 24, True),
        ("daxxify", 24, False),
        ("myobloc", 4, False),
    ],
)
def test_use_by_comes_from_the_product(key: str, hours: int, verified: bool) -> None:
    offered = use_by(product(key), MIXED)
    assert offered.at == MIXED + timedelta(hours=hours)
    assert (offered.hours, offered.verified) == (hours, verified)
    assert ("unverified" in offered.rule) is not verified


def test_an_unverified_use_by_says_what_was_recalled() -> None:
    assert use_by(product("daxxify"), MIXED).rule == (
        "24 hours after mixing: the 72 hours recalled for Daxxify are unverified"
    )


def test_use_by_counts_hours_across_a_change_of_clocks() -> None:
    new_york = ZoneInfo("America/New_York")
    mixed = datetime(2026, 10, 31, 12, 0, tzinfo=new_york)
    offered = use_by(product("botox"), mixed).at
    assert offered - mixed.astimezone(UTC) == timedelta(hours=24)
    assert offered.astimezone(new_york) == datetime(2026, 11, 1, 11, 0, tzinfo=new_york)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        use_by(product("botox"), MIXED.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("hours", "words"),
    [(24, "24 hours after mixing (Botox label"), (12, "earlier than 24 hours"), (48, "later than 24 hours")],
)
def test_a_chosen_use_by_prints_its_rule(hours: int, words: str) -> None:
    chosen = chosen_use_by(product("botox"), MIXED, MIXED + timedelta(hours=hours))
    assert chosen.at == MIXED + timedelta(hours=hours)
    assert words in chosen.rule
    assert chosen.verified is (hours == 24)


@pytest.mark.parametrize("minutes", [0, -1])
def test_a_use_by_is_after_the_mixing(minutes: int) -> None:
    with pytest.raises(Invalid):
        chosen_use_by(product("botox"), MIXED, MIXED + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("key", "units", "microlitres", "per_tenth"),
    [
        ("botox", 100, 1000, "10"),
        ("botox", 100, 2500, "4"),
        ("botox", 100, 8000, "1.25"),
        ("botox", 200, 8000, "2.5"),
        ("botox_cosmetic", 50, 1250, "4"),
        ("dysport", 300, 1500, "20"),
        ("dysport", 300, 2500, "12"),
        ("dysport", 500, 1000, "50"),
        ("xeomin", 50, 500, "10"),
        ("jeuveau", 100, 2500, "4"),
        ("daxxify", 100, 1200, "≈8.33"),
        ("letybo", 50, 1250, "4"),
        ("azzalure", 125, 630, "≈19.84"),
    ],
)
def test_listed_mixes(key: str, units: int, microlitres: int, per_tenth: str) -> None:
    assert listed_mix(product(key), Decimal(units), microlitres) is not None
    assert concentration(Decimal(units), microlitres).per_tenth == per_tenth


def test_a_volume_that_is_not_listed_is_none() -> None:
    assert listed_mix(product("botox"), Decimal(100), 3000) is None
    assert listed_mix(product("botox"), Decimal(50), 2000) is None


def test_a_ready_to_use_vial_offers_its_volume() -> None:
    assert product("myobloc").ready_to_use
    assert not product("botox").ready_to_use
    assert ready_microlitres(product("myobloc"), Decimal(2500)) == 500
    assert ready_microlitres(product("botox"), Decimal(100)) is None


@pytest.mark.parametrize(
    ("microlitres", "fine"),
    [
        (0, False),
        (DILUENT_MINIMUM - 1, False),
        (DILUENT_MINIMUM, True),
        (DILUENT_MINIMUM + 1, True),
        (DILUENT_MAXIMUM - 1, True),
        (DILUENT_MAXIMUM, True),
        (DILUENT_MAXIMUM + 1, False),
    ],
)
def test_diluent_volume(microlitres: int, fine: bool) -> None:
    if fine:
        check_diluent(microlitres)
        return
    with pytest.raises(Invalid, match="The diluent is between"):
        check_diluent(microlitres)


def test_a_concentration_of_nothing_is_refused() -> None:
    with pytest.raises(Invalid):
        concentration(Decimal(100), 0)


def test_every_listed_volume_can_be_entered() -> None:
    for item in products().values():
        for size in item.vials:
            for mix in size.mixes:
                check_diluent(mix.microlitres)


LEDGER = (entry("opened", 100), entry("given", 30), entry("wasted", 5), entry("returned", 10), entry("adjusted", -1))


def test_balance_is_the_signed_sum() -> None:
    assert balance(LEDGER) == 74
    assert balance(()) == 0
    assert {kind.value: kind.sign for kind in EntryKind} == {
        "opened": 1,
        "given": -1,
        "wasted": -1,
        "adjusted": 1,
        "returned": 1,
    }


@pytest.mark.parametrize(
    ("new", "words"),
    [
        (("given", "74"), ""),
        (("given", "74.01"), "holds 74\u00a0units"),
        (("given", "73.99"), ""),
        (("wasted", "74.01"), "cannot be taken"),
        (("adjusted", "-74"), ""),
        (("adjusted", "-74.01"), "cannot be taken"),
        (("adjusted", "5"), ""),
        (("adjusted", "0"), "more than 0"),
        (("returned", "20"), ""),
        (("returned", "20.01"), "cannot come back"),
        (("given", "0"), "more than 0"),
        (("given", "-1"), "more than 0"),
        (("wasted", "NaN"), "more than 0"),
        (("opened", "100"), "opened already"),
    ],
)
def test_what_a_ledger_takes(new: tuple[str, str], words: str) -> None:
    if not words:
        check_entry(LEDGER, entry(*new))
        return
    with pytest.raises(Invalid, match=words):
        check_entry(LEDGER, entry(*new))


def test_nothing_moves_before_a_vial_is_opened() -> None:
    check_entry((), entry("opened", 100))
    for kind in ("given", "wasted", "adjusted", "returned"):
        with pytest.raises(Invalid, match="Open the vial first"):
            check_entry((), entry(kind, 1))


@given(st.lists(st.tuples(st.sampled_from(list(EntryKind)), st.integers(-500, 20_000)), max_size=40))
def test_an_accepted_ledger_is_never_below_zero(moves: list[tuple[EntryKind, int]]) -> None:
    entries: list[LedgerEntry] = []
    for kind, amount in moves:
        new = LedgerEntry(kind, Decimal(amount) / 100)
        try:
            check_entry(entries, new)
        except Invalid:
            continue
        entries.append(new)
        assert balance(entries) >= 0
    assert sum(one.kind is EntryKind.OPENED for one in entries) <= 1


def test_vial_states() -> None:
    assert vial_state(()) is VialState.UNOPENED
    assert vial_state(LEDGER) is VialState.OPEN
    assert vial_state((entry("opened", 50), entry("given", 50))) is VialState.EMPTY
    assert vial_state(LEDGER, discarded=True) is VialState.DISCARDED


def test_lots_keep_their_spelling_and_compare_folded() -> None:
    assert lot_number("  C1234  c3 ") == "C1234 c3"
    assert lot_key("C1234 c3") == lot_key("c1234C3") == lot_key("Ｃ1234c3")
    assert lot_key("C1234-3") != lot_key("C12343")
    assert lot_number("x" * 40) == "x" * 40


@pytest.mark.parametrize("text", ["", "   ", "x" * 41, "C12\x0034", "C12\u200b34"])
def test_what_is_no_lot(text: str) -> None:
    with pytest.raises(Invalid):
        lot_number(text)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2027-03-15", date(2027, 3, 15)),
        ("03/2027", date(2027, 3, 31)),
        ("3/2027", date(2027, 3, 31)),
        ("01/2027", date(2027, 1, 31)),
        ("12/2027", date(2027, 12, 31)),
        ("2027-04", date(2027, 4, 30)),
        ("02/2027", date(2027, 2, 28)),
        ("02/2028", date(2028, 2, 29)),
        ("MAR 2027", date(2027, 3, 31)),
        ("Dec-2026", date(2026, 12, 31)),
        (" 2027-03 ", date(2027, 3, 31)),
    ],
)
def test_a_printed_month_is_good_to_its_last_day(text: str, day: date) -> None:
    assert expiry_date(text) == day


@pytest.mark.parametrize(
    "text", ["", "03/27", "13/2027", "00/2027", "2027-02-30", "31/12/2027", "1/1999", "2027", "XYZ 2027", "０3/2027"]
)
def test_an_unclear_expiry_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        expiry_date(text)
