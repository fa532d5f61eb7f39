"""The treatment passport: who, what, when, and for how long no other toxin."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.anatomy import MUSCLES, Side
from clinic.domain.documents.content import Box, BoxKind, Paragraph, Table
from clinic.domain.documents.texts import language, languages
from clinic.domain.documents.treatment_handout import Phones
from clinic.domain.documents.treatment_passport import (
    DETAILED,
    LISTED,
    ROWS,
    Bearer,
    TreatmentDay,
    detailed,
    in_table,
    passport_blocks,
)
from clinic.domain.patients import Cause
from clinic.domain.plain_places import plain_side
from tests.domain.documents.treatments import SESSIONS, tables, treated, words_of

BEARER = Bearer(((Side.LEFT, Cause.BELLS_PALSY),))
PHONES = Phones("030 1234", "")
NEWEST = TreatmentDay(date(2026, 11, 22), (treated(), treated("platysma", Side.RIGHT, "10")))


def passport(*days: TreatmentDay, code: str = "en", bearer: Bearer = BEARER) -> str:
    """The words of a passport."""
    toxin_on = days[0].on if days else None
    return words_of(passport_blocks(bearer, days, toxin_on, language(code), PHONES))


def test_who_and_what_for() -> None:
    words = passport(NEWEST)
    assert "Facial palsy, left side of the face: Bell’s palsy" in words
    assert "Then call us: 030 1234." in words


@pytest.mark.parametrize("code", languages())
@pytest.mark.parametrize("cause", Cause)
@pytest.mark.parametrize("side", [Side.LEFT, Side.RIGHT])
def test_every_palsy_has_words(code: str, cause: Cause, side: Side) -> None:
    words = passport(NEWEST, code=code, bearer=replace(BEARER, palsies=((side, cause),)))
    shown = {"en": side.value, "es": {"left": "izquierdo", "right": "derecho"}[side.value]}[code]
    assert f"lado {shown} de la cara" in words or f"{shown} side of the face" in words


def test_doses_stand_by_muscle_side_and_product() -> None:
    words = passport(NEWEST)
    assert "onabotulinumtoxinA (Botox)" in words
    assert "(units) | 22 Nov 2026\n" in words
    assert "Lot | C4821A2" in words
    assert "Mentalis, patient’s left | 2.5" in words
    assert "Platysma, patient’s right | 10" in words
    assert "Total | 12.5" in words


def test_products_of_one_day_have_columns_of_their_own() -> None:
    words = passport(TreatmentDay(date(2026, 11, 22), (treated(), treated(units="30", product="dysport", lot=""))))
    assert "Mentalis, patient’s left | 2.5 | 30" in words
    assert "Lot | C4821A2 | lot unknown" in words
    assert "Never convert them" in words
    assert "32.5" not in words


def test_a_touch_up_is_a_day_of_its_own_and_what_is_not_treated_shows_a_dash() -> None:
    touch_up = TreatmentDay(date(2026, 12, 6), (treated("frontalis", units="1"),), touch_up=True)
    words = passport(touch_up, NEWEST)
    assert "(units) | 6 Dec 2026, touch-up | 22 Nov 2026\n" in words
    assert "Frontalis, patient’s left | 1 | –" in words
    assert "Not before 28 Feb 2027" in words


def test_the_interval_is_twelve_weeks_and_the_emergency_box_stands() -> None:
    for days in ((NEWEST,), ()):
        blocks = passport_blocks(BEARER, days, days[0].on if days else None, language("en"), PHONES)
        kinds = [one.kind for one in blocks if isinstance(one, Box)]
        assert kinds == ([BoxKind.IMPORTANT] if days else []) + [BoxKind.EMERGENCY]
    assert "Not before 14 Feb 2027" in passport(NEWEST)
    assert "No treatment with botulinum toxin is on record." in passport()


def test_at_most_three_in_detail_and_the_days_of_the_others() -> None:
    days = [replace(NEWEST, on=NEWEST.on - timedelta(days=90 * number)) for number in range(12)]
    assert detailed(days) == tuple(days[:DETAILED])
    words = passport(*days)
    assert "Earlier treatments: 25 Feb 2026, 27 Nov 2025" in words
    assert words.count("| 22 Nov 2026 | 24 Aug 2026 | 26 May 2026\n") == 1
    assert words.count("Botox") == 1, "one product is named once"


def test_a_long_session_stands_as_text_and_is_never_cut_itself() -> None:
    every = [key for key, one in MUSCLES.items() if one.paired and one.sites]
    long = TreatmentDay(
        date(2026, 11, 22), tuple(treated(key, side) for key in every for side in (Side.LEFT, Side.RIGHT))
    )
    other = replace(NEWEST, on=date(2026, 8, 1))
    assert detailed([long, other]) == (long,)
    words = passport(long, other)
    assert not tables(passport_blocks(BEARER, [long, other], long.on, language("en"), PHONES))
    assert words.count(": 2.5 units") == 2 * len(every)
    assert f"22 Nov 2026, onabotulinumtoxinA (Botox), lot C4821A2, total {len(every) * 5}" in words
    assert "Earlier treatments: 1 Aug 2026" in words


def test_middling_sessions_stand_as_text_as_far_as_they_fit() -> None:
    seven = tuple(treated(key) for key in list(MUSCLES)[1:8])
    days = [TreatmentDay(date(2026, 11, 22) - timedelta(days=90 * n), seven) for n in range(4)]
    assert len(detailed(days)) == LISTED // len(seven)
    assert passport(*days).count("lot C4821A2, total 17.5") == LISTED // len(seven)


@given(st.lists(SESSIONS, min_size=1, max_size=5))
def test_each_column_sums_what_was_given_of_one_product(sessions: list[tuple]) -> None:  # type: ignore[type-arg]
    days = [TreatmentDay(date(2026, 11, 22) - timedelta(days=90 * n), sites) for n, sites in enumerate(sessions)]
    shown = detailed(days)
    assert shown
    assert shown == tuple(days[: len(shown)])
    sums = [
        sum((site.units for site in day.sites if site.product == product), Decimal(0))
        for day in shown
        for product in dict.fromkeys(site.product for site in day.sites)
    ]
    blocks = passport_blocks(BEARER, days, days[0].on, language("en"), PHONES)
    if in_table(shown):
        (table,) = tables(blocks)
        assert [_number(cell) for cell in table.rows[-1].cells[1:]] == sums
        assert [_column(table, number) for number in range(1, len(sums) + 1)] == sums
        assert len(table.rows) <= ROWS + 2
    else:
        lines = [one for one in blocks if isinstance(one, Paragraph) and ", total " in one.lead]
        assert [_number(one.lead.rsplit(" ", 1)[1].rstrip(":")) for one in lines] == sums
        assert [sum(map(_number, re.findall(r": ([\d.,]+)\u00a0unit", one.text))) for one in lines] == sums


def _column(table: Table, number: int) -> Decimal:
    return sum((_number(row.cells[number]) for row in table.rows[1:-1]), Decimal(0))


def _number(cell: str) -> Decimal:
    return Decimal(0) if cell == "–" else Decimal(cell.replace(",", ""))


def test_sides_have_words_in_every_language() -> None:
    assert [plain_side(side) for side in Side] == ["your right", "your left", "middle"]
    assert [plain_side(side, "es") for side in Side] == ["derecho", "izquierdo", "centro"]
