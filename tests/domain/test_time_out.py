"""What a time-out confirms, and what makes it stale."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from clinic.domain import time_out
from clinic.domain.quantities import NBSP
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


def test_every_word_that_is_read_out() -> None:
    """D-35: what, and in which order: a line that is lost or swapped is a wrong side, dose or vial unnoticed."""
    content = full_content()
    assert content.session is not None
    site, syringe = content.session.sites[0], content.session.syringes[0]
    said = time_out.values(content)
    assert [what for what, _ in said] == [
        "Patient",
        "Record number",
        "Palsy",
        f"Patient's {site.side}",
        f"Total {site.product_name}",
        f"Syringe {syringe.letter}",
        "Allergies and contraindications",
        "Consent",
    ]
    spoken = dict(said)
    patient = content.patient
    assert spoken["Patient"].startswith(f"{patient.family_name}, {patient.given_names}, born ")
    assert spoken["Record number"] == patient.record_number
    assert spoken[f"Patient's {site.side}"] == f"2.5{NBSP}units {site.product_name}"
    assert spoken[f"Total {site.product_name}"] == f"2.5{NBSP}units, 1 site"
    assert spoken[f"Syringe {syringe.letter}"].startswith(f"{syringe.product_name}, lot {syringe.lot}, expires ")
    assert spoken["Consent"] == content.session.consent


def test_doses_of_one_side_and_product_are_added() -> None:
    """D-35: two sites of 2.5 and 1.25 on one side are 3.75; the other side stands in a line of its own."""
    content = full_content()
    assert content.session is not None
    site = content.session.sites[0]
    other = "right" if site.side == "left" else "left"
    more = (site, replace(site, units=Decimal("1.25")), replace(site, side=other, units=Decimal(5)))
    spoken = dict(time_out.values(replace(content, session=replace(content.session, sites=more))))
    assert spoken[f"Patient's {site.side}"] == f"3.75{NBSP}units {site.product_name}"
    assert spoken[f"Patient's {other}"] == f"5{NBSP}units {site.product_name}"
    assert spoken[f"Total {site.product_name}"] == f"8.75{NBSP}units, 3 sites"


def test_what_nobody_recorded_is_said_to_be_missing() -> None:
    """D-35: no condition, no consent, no answer: said in words, never left out."""
    content = full_content()
    assert content.session is not None
    bare = replace(content, conditions=(), session=replace(content.session, consent="", answers=()))
    spoken = dict(time_out.values(bare))
    assert spoken["Palsy"] == "none recorded"
    assert spoken["Consent"] == "not recorded"
    assert spoken["Allergies and contraindications"] == "none reported today"
    assert time_out.values(replace(content, session=None)) == ()
