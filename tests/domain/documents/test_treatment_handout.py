"""Your treatment today: sums, dates, what stays and what only follows treated muscles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given

from clinic.domain.anatomy import Side
from clinic.domain.documents.content import Beside, Box, BoxKind, Face, Paragraph
from clinic.domain.documents.side_effects import side_effects
from clinic.domain.documents.texts import language, languages, text
from clinic.domain.documents.treated_places import TreatedSite, doses_by_product
from clinic.domain.documents.treatment_handout import Phones, Treatment, choices, treatment_blocks
from clinic.domain.products import product_name
from tests.domain.documents.treatments import SESSIONS, inside, tables, treated, words_of

ON = date(2026, 11, 22)
PHONES = Phones("030 1234", "030 9999")
EVERYTHING = frozenset(
    {"emergency", "doses", "eyes", "driving", "call", "picture", "expect", "aftercare", "practice", "tell"}
    | {f"effect:{key}" for key in side_effects()}
)


def handout(*sites: TreatedSite, left_out: Iterable[str] = (), code: str = "en", **values: object) -> str:
    """The words of a handout."""
    given_today = replace(Treatment(ON, ON, sites or (treated(),)), **values)  # type: ignore[arg-type]
    return words_of(treatment_blocks(given_today, language(code), PHONES, frozenset(left_out)))


@given(SESSIONS)
def test_the_tables_hold_the_sums_of_the_session_by_product_and_side(sites: tuple[TreatedSite, ...]) -> None:
    words = language("en")
    blocks = treatment_blocks(Treatment(ON, ON, sites), words, PHONES, frozenset())
    sides = {"your right": Side.RIGHT, "your left": Side.LEFT, "middle": Side.MIDLINE}
    products = list(dict.fromkeys(site.product for site in sites))
    found = tables(blocks)
    assert len(found) == len(products)
    for product, table in zip(products, found, strict=True):
        mine = [site for site in sites if site.product == product]
        *rows, total = table.rows
        assert Decimal(total.cells[4].replace(",", "")) == sum(site.units for site in mine)
        assert int(total.cells[3]) == len(mine)
        for word, side in sides.items():
            shown = sum(Decimal(row.cells[4].replace(",", "")) for row in rows if row.cells[2] == word)
            assert shown == sum(site.units for site in mine if site.side is side)


@given(SESSIONS)
def test_every_injection_has_a_mark_with_the_number_of_its_line(sites: tuple[TreatedSite, ...]) -> None:
    blocks = treatment_blocks(Treatment(ON, ON, sites), language("en"), PHONES, frozenset())
    (beside,) = [one for one in blocks if isinstance(one, Beside)]
    assert isinstance(beside.figure, Face)
    expected = sorted(
        (site.x, site.y, row.number) for one in doses_by_product(sites) for row in one.rows for site in row.sites
    )
    assert sorted((x, y) for x, y, _ in expected) == sorted((site.x, site.y) for site in sites)
    assert sorted((mark.x, mark.y, mark.number) for mark in beside.figure.marks) == expected
    numbers = [row.cells[0] for table in tables(blocks) for row in table.rows if not row.total]
    assert numbers == [str(number) for number in range(1, len(numbers) + 1)]


@given(SESSIONS)
def test_eye_and_driving_advice_stand_exactly_when_a_site_is_near_the_eye(sites: tuple[TreatedSite, ...]) -> None:
    words = handout(*sites, left_out=EVERYTHING)
    eye = any(site.near_eye for site in sites)
    assert ("Look after your eye" in words) == eye
    assert ("Driving and machines" in words) == eye
    listed = {one.key: one for one in choices(Treatment(ON, ON, sites), EVERYTHING)}
    assert ({"eyes", "driving"} <= set(listed)) == eye
    assert all(listed[key].fixed for key in ("eyes", "driving") if eye)


@pytest.mark.parametrize(
    ("muscle", "eye"),
    [
        ("orbicularis_oculi", True),
        ("lacrimal_gland", True),
        ("corrugator_supercilii", True),
        ("depressor_supercilii", True),
        ("frontalis", True),
        ("mentalis", False),
        ("platysma", False),
        ("nasalis", False),
        ("zygomaticus_major", False),
    ],
)
def test_which_muscles_are_near_the_eye(muscle: str, *, eye: bool) -> None:
    assert ("Look after your eye" in handout(treated(muscle))) == eye


@pytest.mark.parametrize("code", languages())
def test_the_emergency_box_stands_whatever_is_left_out(code: str) -> None:
    given_today = Treatment(ON, ON, (treated(),))
    for left_out in (frozenset[str](), EVERYTHING):
        blocks = treatment_blocks(given_today, language(code), PHONES, left_out)
        (box,) = [one for one in blocks if isinstance(one, Box) and one.kind is BoxKind.EMERGENCY]
        assert len(box.items) == 4
        assert "030\u00a09999, 030\u00a01234" in box.text
    (choice,) = [one for one in choices(given_today, EVERYTHING) if one.key == "emergency"]
    assert choice.fixed
    assert choice.on


@pytest.mark.parametrize(("code", "told"), [("en", "local emergency number"), ("es", "número local de emergencias")])
def test_without_a_phone_the_box_names_the_local_number_only(code: str, told: str) -> None:
    blocks = treatment_blocks(Treatment(ON, ON, (treated(),)), language(code), Phones("", " "), frozenset())
    (box,) = [one for one in blocks if isinstance(one, Box)]
    assert told in box.text
    assert "{" not in box.text
    assert box.text.count(":") == 1


def test_dates_are_counted_from_the_day_of_treatment() -> None:
    words = handout()
    for day in ("25 Nov 2026", "between 29 Nov 2026 and 6 Dec 2026", "until around 21 Feb 2027"):
        assert day in words
    assert "between 6 Dec 2026 and 20 Dec 2026" in words
    assert "not be before 14 Feb 2027" in words
    assert "before 14 Feb 2027 without telling us" in words


def test_spanish_has_its_own_words_dates_and_sides() -> None:
    words = handout(treated("orbicularis_oculi", Side.RIGHT), treated("platysma"), code="es")
    assert "El 22 nov 2026" in words
    assert "hacia el 25 nov 2026" in words
    assert "Alrededor de su ojo derecho | derecho | 1 | 2.5" in words
    assert "Cuello, lado izquierdo | izquierdo | 1 | 2.5" in words
    assert "Cuide su ojo" in words
    assert "Cuándo llamarnos" in words


def test_an_agreed_review_stands_instead_of_the_window_and_toxin_elsewhere_moves_the_next_day() -> None:
    words = handout(review="20 Dec 2026, 14:30", toxin_on=date(2026, 12, 1), next_treatment="1 Mar 2027")
    assert "Your review is on 20 Dec 2026, 14:30." in words
    assert "2 to 4 weeks" not in words
    assert "not be before 23 Feb 2027" in words
    assert "We have agreed on 1 Mar 2027" in words


def test_products_are_never_added_and_generic_names_come_first() -> None:
    words = handout(treated(), treated("platysma", product="dysport", lot="", units="30"))
    assert "Product: onabotulinumtoxinA (Botox)" in words
    assert f"Product: {product_name('dysport')}" in words
    assert "Lot: C4821A2" in words
    assert "Lot: lot unknown" in words
    assert "Units of one product are not units of another" in words
    assert "32.5" not in words


def test_several_lots_of_one_product_are_all_named() -> None:
    words = handout(treated(), treated("frontalis", lot="D77"), treated("platysma", lot=""))
    assert "Lot: C4821A2, D77, lot unknown" in words


def test_the_midline_a_touch_up_and_a_transcribed_session() -> None:
    midline = treated("mentalis", Side.MIDLINE, sub_site="midline")
    words = handout(midline, touch_up_of=date(2026, 11, 1), transcribed=True)
    assert "Chin | middle | 1 | 2.5" in words
    assert "touch-up of your treatment on 1 Nov 2026" in words
    assert "copied these details from an earlier record" in words
    assert "review" not in words.split("What comes next")[1].split("Looking after")[0]


def test_only_what_may_be_left_out_is_left_out() -> None:
    words = handout(treated("orbicularis_oculi"), left_out=EVERYTHING)
    for gone in ("What to expect", "Looking after your face", "Your practice", "Tell other doctors", "Sore spots"):
        assert gone not in words
    for kept in ("Total", "When to call us", "Double vision", "Weak blink", "Effect far from the face", "Look after"):
        assert kept in words


@given(SESSIONS)
def test_no_two_lines_of_a_product_read_alike_but_for_the_muscle(sites: tuple[TreatedSite, ...]) -> None:
    for table in tables(treatment_blocks(Treatment(ON, ON, sites), language("es"), PHONES, frozenset())):
        lines = [(row.cells[1], row.cells[2], row.note) for row in table.rows]
        assert len(lines) == len(set(lines))


def test_a_muscle_stands_small_below_its_place() -> None:
    (table,) = tables(treatment_blocks(Treatment(ON, ON, (treated(),)), language("en"), PHONES, frozenset()))
    assert table.rows[0].cells[:3] == ("1", "Chin, left side", "your left")
    assert table.rows[0].note == "Mentalis"


def test_each_side_effect_has_its_words_once() -> None:
    blocks = treatment_blocks(Treatment(ON, ON, (treated(), treated())), language("en"), PHONES, frozenset())
    leads = [one.lead for one in inside(blocks) if isinstance(one, Paragraph) and one.lead]
    part = text("side_effects", "en").parts
    assert leads == [
        f"{part[key].heading}." for key in ("needle", "unwell", "mouth_leak", "uneven_lips", "allergy", "spread")
    ]
