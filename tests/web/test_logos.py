"""The settings of prints: paper, foot, language, and a logo that is checked before it is shown or printed."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask
from PIL import Image

from clinic.domain.actors import Role
from clinic.queries.clinics import settings
from clinic.queries.logos import print_settings
from clinic.unit_of_work import Work
from tests.factories import Client, ClinicWorld, client_for, make_patient
from tests.services.test_logos import SVG, picture
from tests.web.walking import value_of

TEXTS = ("name", "address", "phone", "emergency_phone", "time_zone", "usual_doses", "review_interval_days")


@pytest.fixture
def client(app: Flask, clinic: ClinicWorld) -> Client:
    """The administrator's browser."""
    return client_for(app, clinic.people[Role.ADMINISTRATOR])


def uploaded(client: Client, data: bytes, name: str = "logo.png") -> Any:
    return client.send("/settings/logo", {"logo": (io.BytesIO(data), name)}, content_type="multipart/form-data")


def saved(client: Client, work: Work, clinic: ClinicWorld, **values: str) -> Any:
    with work.reading(clinic.people[Role.ADMINISTRATOR]) as uow:
        now = settings(uow)
    known = {name: getattr(now, name) for name in TEXTS} | {"dose_step": "0.25", "time_out_by": "typed"}
    return client.send("/settings", known | {"edit_version": now.edit_version} | values)


def test_a_logo_is_shown_from_its_own_address_and_printed(
    client: Client, app: Flask, work: Work, clinic: ClinicWorld
) -> None:
    assert client.get("/settings/logo.png").status_code == 404
    assert uploaded(client, picture("JPEG"), "harmless.png").status_code == 302
    page = client.get("/settings").text
    assert "/settings/logo.png" in page
    assert "40 × 20 pixels" in page
    image = client.get("/settings/logo.png")
    assert image.headers["Content-Type"] == "image/png"
    assert image.headers["X-Content-Type-Options"] == "nosniff"
    with Image.open(io.BytesIO(image.data)) as found:
        assert found.size == (40, 20)
    clinical = client_for(app, clinic.prescriber)
    patient = make_patient(work, clinic.prescriber)
    with_logo = clinical.get(f"/patients/{patient}/documents/facial-massage.pdf")
    assert with_logo.status_code == 200
    assert b"/Image" in with_logo.data
    assert client.send("/settings/logo/remove").status_code == 302
    assert client.get("/settings/logo.png").status_code == 404
    assert b"/Image" not in clinical.get(f"/patients/{patient}/documents/facial-massage.pdf").data


@pytest.mark.parametrize("data", [SVG, b"", b"GIF89a", picture()[:60]], ids=["svg", "nothing", "gif", "torn"])
def test_what_is_no_picture_is_refused_beside_the_field(
    client: Client, work: Work, clinic: ClinicWorld, data: bytes
) -> None:
    answer = uploaded(client, data, "logo.png")
    assert answer.status_code == 422
    assert 'id="logo-errors"' in answer.text
    assert "The logo was not changed" in answer.text
    with work.reading(clinic.prescriber) as uow:
        assert print_settings(uow).logo == b""


def test_paper_foot_and_language_are_saved_and_printed(
    client: Client, app: Flask, work: Work, clinic: ClinicWorld
) -> None:
    answer = saved(client, work, clinic, paper="Letter", footer="Mondays <b>only</b>", language="es")
    assert answer.status_code == 302, answer.text
    page = client.get("/settings").text
    assert value_of(page, "footer") == "Mondays <b>only</b>"
    patient = make_patient(work, clinic.prescriber)
    clinical = client_for(app, clinic.prescriber)
    assert '<option selected value="es">' in clinical.get(f"/patients/{patient}/documents").text
    from pypdf import PdfReader

    pdf = PdfReader(io.BytesIO(clinical.get(f"/patients/{patient}/documents/facial-massage.pdf").data))
    assert tuple(map(float, pdf.pages[0].mediabox[2:])) == (612.0, 792.0)
    assert "Mondays <b>only</b>" in pdf.pages[0].extract_text().replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("field", "value"),
    [("paper", "A5"), ("language", "xx"), ("footer", "x" * 301)],
    ids=["paper", "language", "footer"],
)
def test_what_cannot_be_printed_is_refused_beside_its_field(
    client: Client, work: Work, clinic: ClinicWorld, field: str, value: str
) -> None:
    answer = saved(client, work, clinic, **{field: value})
    assert answer.status_code == 422
    assert f'id="{field}-errors"' in answer.text
    with work.reading(clinic.prescriber) as uow:
        now = settings(uow)
    assert (now.paper, now.footer, now.language) == ("A4", "", "en")


@pytest.mark.parametrize("role", [Role.PRESCRIBER, Role.AUDITOR, Role.ASSISTANT])
def test_nobody_else_sees_or_changes_the_settings(app: Flask, clinic: ClinicWorld, role: Role) -> None:
    other = client_for(app, clinic.people[role])
    assert uploaded(other, picture()).status_code == 403
    assert other.get("/settings/logo.png").status_code == 403
    assert other.send("/settings/logo/remove").status_code == 403
