"""What a time-out confirms, and what makes it stale."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from clinic.domain import time_out
from clinic.domain.visit_content import VisitContent
from tests.domain.contents import full_content


def changed_site(**values: object) -> VisitContent:
    content = full_content()
    assert content.session is not None
    sites = (replace(content.session.sites[0], **values),)
    return replace(content, session=replace(content.session, sites=sites))


@pytest.mark.parametrize(
    "values",
    [{"units": Decimal("2.75")}, {"side": "right"}, {"product_name": "incobotulinumtoxinA (Xeomin)"}],
)
def test_a_changed_dose_side_or_product_changes_the_digest(values: dict[str, object]) -> None:
    before = time_out.digest(time_out.values(full_content()))
    assert time_out.digest(time_out.values(changed_site(**values))) != before


def test_another_lot_changes_the_digest() -> None:
    content = full_content()
    assert content.session is not None
    syringes = (replace(content.session.syringes[0], lot="C4821A3"),)
    other = replace(content, session=replace(content.session, syringes=syringes))
    assert time_out.digest(time_out.values(other)) != time_out.digest(time_out.values(content))


def test_a_note_does_not_change_the_digest() -> None:
    same = time_out.digest(time_out.values(changed_site(note="slow push")))
    assert same == time_out.digest(time_out.values(full_content()))


def test_a_site_entered_late_is_no_part_of_it() -> None:
    spoken = dict(time_out.values(changed_site(entered_late_reason="The tablet had no power")))
    assert not any(what.startswith(("Patient's", "Total")) for what in spoken)


@pytest.mark.parametrize(
    ("initials", "year", "match"),
    [
        ("ΕΠ", "1979", True),
        ("ε π", "1979", True),
        ("Ε.Π.", " 1979 ", True),
        ("ΠΕ", "1979", False),
        ("ΕΠ", "1978", False),
        ("ΕΠ", "79", False),
        ("", "1979", False),
    ],
)
def test_the_two_identifiers_must_be_this_patients(initials: str, year: str, match: bool) -> None:
    assert time_out.identifiers_match(full_content().patient, initials, year) is match
