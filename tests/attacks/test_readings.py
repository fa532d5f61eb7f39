"""The teeth of what is asked of every answer: each of these functions finds what it is for, and nothing else."""

from __future__ import annotations

import pytest

from tests.attacks.readings import HOSTILE, LEAKED, brands_alone, is_named, loose_headers, numbers_apart

WHO = ("Keane", "3\u00a0Feb\u00a01979", "FN-1001")
SAFE = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
PRINT = {**SAFE, "Content-Disposition": 'inline; filename="draft-abc.pdf"', "Content-Security-Policy": "sandbox"}


@pytest.mark.parametrize("sheet", ["Given: 5 units Botox", "incobotulinumtoxinA (Xeomin), then Botox", "Daxxify today"])
def test_a_brand_without_its_generic_name_is_found(sheet: str) -> None:
    """J-05."""
    assert brands_alone(sheet)


@pytest.mark.parametrize(
    "sheet",
    [
        "onabotulinumtoxinA (Botox): 5 units; Botox in all 20",
        "onabotulinumtoxin\nA (Botox)",
        "Source: Xeomin, Jeuveau and Letybo labels",
        "prabotulinumtoxinA-xvfs (Jeuveau)",
    ],
)
def test_both_names_or_a_cited_label_are_no_finding(sheet: str) -> None:
    assert brands_alone(sheet) == []


def test_a_number_that_may_lose_its_unit_is_found() -> None:
    """J-03."""
    assert numbers_apart(b"<p>Give 5 units and 0.2\n mL</p>") == ["'5 units'", "'0.2\\n mL'"]
    assert numbers_apart("<p>Give 5\u00a0units in 3 months</p><textarea>5 units</textarea>".encode()) == []
    assert numbers_apart(b"<p>he had 5 units</p>", {"in spring he had 5 units elsewhere"}) == []


@pytest.mark.parametrize("sheet", ["Keane", "FN-1001 3 Feb 1979", "Keane, 4 Feb 1979"])
def test_a_sheet_with_one_identifier_is_found(sheet: str) -> None:
    """J-07."""
    assert not is_named(sheet, WHO)


@pytest.mark.parametrize("sheet", ["Margaret Keane, 3 Feb 1979", "Keane FN-1001"])
def test_a_sheet_with_two_identifiers_is_no_finding(sheet: str) -> None:
    assert is_named(sheet, WHO)


@pytest.mark.parametrize(
    "change",
    [
        {"X-Content-Type-Options": ""},
        {"Content-Disposition": ""},
        {"Content-Disposition": 'inline; filename="Keane-1.pdf"'},
        {"Content-Disposition": f'inline; filename="a{HOSTILE}.pdf"'},
        {"Content-Disposition": 'inline; filename="a.html"'},
        {"Content-Security-Policy": "default-src 'self'"},
        {"Cache-Control": "private"},
        {LEAKED: "y"},
    ],
)
def test_a_loose_header_is_found(change: dict[str, str]) -> None:
    """S-63."""
    assert loose_headers("application/pdf", PRINT, {"Keane"}) == []
    assert loose_headers("application/pdf", PRINT | change, {"Keane"})
