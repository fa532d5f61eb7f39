"""The draw-up sheet, read back from its page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clinic.domain.anatomy import Side
from clinic.domain.quantities import format_number
from clinic.domain.visit_content import VisitContent
from clinic.pdf.draw_up_sheet import render
from tests.pdf import contents, reading


def sheet(content: VisitContent) -> bytes:
    return render(content, contents.draft())


@pytest.fixture(scope="module")
def usual() -> bytes:
    return sheet(contents.visit())


def test_one_page_says_what_to_draw(usual: bytes) -> None:
    (text,) = reading.pages(usual)
    for words in (
        "Draw-up sheet",
        "Keane, Margaret",
        "born 3 Feb 1979",
        "record number 10342",
        "Syringe A onabotulinumtoxinA (Botox) 31.25 units ≈0.78 mL",
        "Lot C4821A2, expires 31 Aug 2027, vial 3",
        "Dilution 100 units in 2.5 mL 0.9 % sodium chloride, preservative-free, 4 units per 0.1 mL",
        "Use by 23 Nov 2026, 09:55",
        "Sites 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 (12 sites)",
        "DRAFT: not signed",
        "page 1 of 1",
        "Known: Anticoagulant or bleeding tendency: yes",
    ):
        assert words in text, words


def test_every_site_is_listed_with_its_side_and_dose(usual: bytes) -> None:
    session = contents.session()
    rows = [node for node in reading.tree(usual).walk() if node.role == "TR"]
    assert len(rows) == 1 + len(session.sites) + 1
    for row, site in zip(rows[1:], session.sites, strict=False):
        number, where, side, units, volume = (cell.text for cell in row.kids)
        assert (number, side, units, volume) == (str(site.number), site.side, format_number(site.units), site.volume)
        assert where.startswith(site.muscle_label)
    assert rows[-1].kids[3].text == "31.25"


def test_two_syringes_have_a_card_and_a_table_each() -> None:
    xeomin = "incobotulinumtoxinA (Xeomin)"
    sites = (
        contents.site(1, "mentalis", None, Side.RIGHT, "2.5"),
        contents.site(2, "frontalis", None, Side.LEFT, "4", product="xeomin", product_name=xeomin, syringe="B"),
        contents.site(3, "frontalis", None, Side.RIGHT, "4", product="", product_name="vial to be added", syringe=""),
    )
    second = contents.syringe("B", product_name=xeomin, lot="X77")
    session = contents.session(sites, syringes=(contents.syringe(), replace(second, given=sites[1].units)))
    text = reading.text(sheet(contents.visit(session=session)))
    assert f"Syringe B {xeomin} 4 units 0.1 mL" in text
    assert "Sites of syringe A" in text
    assert "Sites of syringe B" in text
    assert "Sites without a syringe" in text
    assert "vial to be added" in text


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_it_is_one_page_for_an_ordinary_session(paper: str) -> None:
    for count in (1, 12, 18):
        content = contents.visit(session=contents.session(contents.many_sites(count)))
        data = render(content, contents.draft(paper=paper))
        assert len(reading.pages(data)) == 1, count
        assert reading.outside(data) == []


def test_sixty_sites_are_all_there() -> None:
    data = sheet(contents.visit(session=contents.session(contents.many_sites(60))))
    rows = [node for node in reading.tree(data).walk() if node.role == "TR"]
    assert [row.kids[0].text for row in rows[1:-1]] == [str(number) for number in range(1, 61)]
    assert reading.outside(data) == []
    assert all("Keane, Margaret" in text and "record number 10342" in text for text in reading.pages(data))


def test_a_visit_with_nothing_to_draw_up_says_so() -> None:
    for session in (None, contents.session((), syringes=())):
        assert "Nothing to draw up" in reading.text(sheet(contents.visit(session=session)))


def test_the_same_content_gives_the_same_bytes(usual: bytes) -> None:
    assert sheet(contents.visit()) == usual
