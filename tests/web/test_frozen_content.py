"""What is signed stays as it was signed, whatever is renamed later; and it says the same in every form (P-02, P-05)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from clinic.domain.actors import Role
from clinic.domain.visit_content import SiteContent, VisitContent, canonical, digest
from clinic.domain.wording import day_text
from clinic.models import Clinic
from clinic.queries.visit_revisions import signed_version
from clinic.services.clinics import change_clinic
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import Client, ClinicWorld, client_for
from tests.pdf import reading as pdf

NOT_PRINTED = {
    "x",
    "y",
    "id",
    "amends",
    "product",
    "sub_site",
    "muscle",
    "time_zone",
    "version",
    "key",
    "question",
    "view",
}
"""Keys and places: what they stand for is printed in words, and drawn."""


PRINTED_ONLY = ("clinic.", "patient.sex")
"""What only a print says: the page stands in its clinic, under the patient's strip."""


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A signed session."""
    charting = Charting.begun(work, clinic, clock)
    charting.signed()
    return charting


@pytest.fixture
def client(app: Flask, clinic: ClinicWorld) -> Client:
    """The prescriber's browser."""
    return client_for(app, clinic.prescriber)


def forms_of(client: Client, charting: Charting) -> dict[str, bytes]:
    """The signed visit as export and print give it."""
    url = f"/visits/{charting.visit_id}"
    return {name: client.get(f"{url}/{name}").data for name in ("summary.json", "original.pdf", "summary.pdf")}


def test_renaming_clinic_patient_person_and_lot_changes_no_byte_of_it(client: Client, charting: Charting) -> None:
    """P-05: master data are copied into what is signed."""
    before = forms_of(client, charting)
    with charting.work.writing(charting.clinic.people[Role.ADMINISTRATOR]) as uow:
        version = uow.session.get_one(Clinic, uow.clinic_id).edit_version
        change_clinic(uow, version, name="Renamed clinic", address="Elsewhere 1")
    with charting.work.engine.begin() as connection:
        raw = connection.execution_options(clinic_mode="writing")
        raw.execute(text("UPDATE patient SET family_name = 'Renamed', record_number = 'OTHER-1'"))
        raw.execute(text("UPDATE \"user\" SET name = 'Renamed Person'"))
        raw.execute(text("UPDATE lot SET number = 'OTHERLOT', product = 'dysport'"))
        raw.execute(text("UPDATE vial SET label = 'OTHER-VIAL'"))
    assert forms_of(client, charting) == before
    page = client.get(f"/visits/{charting.visit_id}/signed").text
    content = page.partition("<main")[2].partition("</main>")[0]
    for words in ("Renamed", "OTHERLOT", "OTHER-VIAL", "abobotulinumtoxinA"):
        assert words not in content, words
    assert "C4821A2" in content


def test_every_signed_value_is_in_database_export_print_and_on_the_page(client: Client, charting: Charting) -> None:
    """P-02, C-30: database = JSON byte for byte; every value of a site and every text in PDF and on the page."""
    with charting.reading() as uow:
        version = signed_version(uow, charting.visit_id)
    found = forms_of(client, charting)
    assert found["summary.json"] == canonical(version.content)
    assert digest(version.content) == version.signature.content_sha256
    assert json.loads(found["summary.json"])["id"] == charting.visit_id
    printed = squeezed(" ".join(pdf.pages(found["original.pdf"])))
    page = squeezed(unescape(client.get(f"/visits/{charting.visit_id}/signed").text))
    said = list(values(version.content))
    assert len(said) > 60
    assert missing(said, printed) == []
    assert missing([one for one in said if not one[0].startswith(PRINTED_ONLY) and ".code" not in one[0]], page) == []


def test_a_value_that_is_not_printed_is_named() -> None:
    """The tooth of the comparison."""
    assert missing([("session.needle", "30 G")], squeezed("27 G")) == ["session.needle: 30 G"]


def missing(said: list[tuple[str, str]], where: str) -> list[str]:
    """The values that a page or print does not hold."""
    return [f"{path}: {value}" for path, value in said if squeezed(value) not in where]


def squeezed(words: str) -> str:
    """Text without blanks, which lines break at."""
    return "".join(words.split()).casefold()


def values(part: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every value of a content that a reader sees as it stands, with its place; numbers of doses as the sites' units."""
    if isinstance(part, (VisitContent, SiteContent)) or is_dataclass(part):
        for field in fields(part):
            if field.name not in NOT_PRINTED:
                yield from values(getattr(part, field.name), f"{path}.{field.name}".strip("."))
    elif isinstance(part, tuple):
        for number, one in enumerate(part):
            yield from values(one, f"{path}[{number}]")
    elif isinstance(part, date) and not isinstance(part, datetime):
        yield path, day_text(part)
    elif isinstance(part, str) and part:
        yield path, part
