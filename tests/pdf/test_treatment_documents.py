"""What patients get about a treatment, laid out: tagged, inside its margins, and the passport on one page."""

from __future__ import annotations

from datetime import timedelta

import pytest

from clinic.domain.anatomy import MUSCLES, Side
from clinic.domain.documents.consent_form import PlannedTreatment, consent_blocks
from clinic.domain.documents.content import Block
from clinic.domain.documents.kinds import Edition
from clinic.domain.documents.texts import language
from clinic.domain.documents.treated_places import TreatedSite
from clinic.domain.documents.treatment_handout import Phones, Treatment, treatment_blocks
from clinic.domain.documents.treatment_passport import (
    LISTED,
    ROWS,
    Bearer,
    TreatmentDay,
    passport_blocks,
)
from clinic.domain.patients import Cause
from clinic.pdf.documents import render
from tests.domain.documents.treatments import treated
from tests.pdf import contents, layout, reading
from tests.pdf.documents import EDITIONS, LANGUAGES, document, stamp

PHONES = Phones("+44 20 7946 0000", "+44 20 7946 0001")
USUAL = (
    treated("orbicularis_oculi", sub_site="lateral_orbital_middle"),
    treated("orbicularis_oculi", sub_site="lower_pretarsal_lateral", units="1.25"),
    treated("mentalis", Side.MIDLINE, sub_site="midline"),
    treated("depressor_labii_inferioris", Side.RIGHT, units="5"),
    treated("platysma", sub_site="medial_band_1"),
)
PAIRED = [key for key, one in MUSCLES.items() if one.paired and one.sites]
EVERY = [(key, side) for key in PAIRED for side in (Side.LEFT, Side.RIGHT)]
MANY = tuple(
    treated(key, side, product=product, lot=lot)
    for product, lot in (("botox", "C4821A2"), ("dysport", ""))
    for key, side in EVERY
)
"""Every muscle on both sides, of two products: 72 sites."""


def printed(blocks: tuple[Block, ...], code: str, edition: Edition = Edition.NORMAL) -> bytes:
    """The blocks as a document on A4."""
    return render(document(*blocks, language=code), stamp(edition=edition, language=code))


def handout(sites: tuple[TreatedSite, ...], code: str) -> tuple[Block, ...]:
    """A handout of the day of the test's contents."""
    return treatment_blocks(Treatment(contents.ON, contents.ON, sites), language(code), PHONES, frozenset())


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("code", LANGUAGES)
def test_a_handout_is_sound_and_not_long(code: str, edition: Edition) -> None:
    data = printed(handout(USUAL, code), code, edition)
    layout.check(data, large=edition is Edition.LARGE)
    pages = reading.pages(data)
    assert len(pages) <= (3 if edition is Edition.NORMAL else 6)


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_handout_of_every_muscle_and_two_products_is_sound(edition: Edition) -> None:
    layout.check(printed(handout(MANY, "en"), "en", edition), large=edition is Edition.LARGE)


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("code", LANGUAGES)
def test_a_consent_form_is_sound(code: str, edition: Edition) -> None:
    blocks = consent_blocks(PlannedTreatment(USUAL), language(code), PHONES, frozenset())
    layout.check(printed(blocks, code, edition), large=edition is Edition.LARGE)


@pytest.mark.parametrize("places", [ROWS, ROWS + 1, LISTED // 2, LISTED])
@pytest.mark.parametrize("code", LANGUAGES)
def test_the_fullest_passport_is_one_page(code: str, places: int) -> None:
    sites = tuple(treated(*place) for place in EVERY[:places])
    days = [TreatmentDay(contents.ON - timedelta(days=90 * n), sites, touch_up=n % 2 == 1) for n in range(12)]
    bearer = Bearer(((Side.LEFT, Cause.PAROTID_SURGERY),))
    data = printed(passport_blocks(bearer, days, contents.ON, language(code), PHONES), code)
    layout.check(data)
    assert len(reading.pages(data)) == 1


@pytest.mark.parametrize("places", [ROWS, LISTED])
@pytest.mark.parametrize("code", LANGUAGES)
def test_the_fullest_passport_in_large_type_is_two_pages_of_letter(code: str, places: int) -> None:
    sites = tuple(treated(*place) for place in EVERY[:places])
    days = [TreatmentDay(contents.ON - timedelta(days=90 * n), sites, touch_up=n % 2 == 1) for n in range(12)]
    bearer = Bearer(((Side.LEFT, Cause.PAROTID_SURGERY),))
    blocks = passport_blocks(bearer, days, contents.ON, language(code), PHONES)
    data = render(document(*blocks, language=code), stamp(edition=Edition.LARGE, language=code, paper="Letter"))
    layout.check(data, large=True)
    assert len(reading.pages(data)) == 2
