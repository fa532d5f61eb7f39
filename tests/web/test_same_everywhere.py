"""One session says the same everywhere: on the chart, on the review page, in the print, in the handout, in the export."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.domain.documents.kinds import DocumentKind
from clinic.domain.events import Action
from clinic.domain.products import product_name
from clinic.domain.quantities import format_number
from clinic.domain.visit_content import canonical, read
from clinic.domain.wording import side_words
from clinic.models import AuditEvent, Signature
from clinic.queries.document_contents import document_draft
from clinic.queries.document_heads import Ask
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import Client, ClinicWorld, client_for
from tests.random_sessions import MANY, Made, random_sessions
from tests.web import surfaces

SEEDS = (1, 2, 3, 4)
SESSIONS = 50
"""Four times fifty sessions: each part is short enough for a busy machine."""


def fetched(client: Client, made: Made, name: str) -> bytes:
    """A page, print or export of a visit."""
    answer = client.get(f"/visits/{made.visit_id}{name}")
    assert answer.status_code == 200, (name, answer.status_code)
    return answer.data


@pytest.mark.parametrize("seed", SEEDS)
def test_two_hundred_sessions_say_the_same_everywhere(app: Flask, work: Work, clinic: ClinicWorld, seed: int) -> None:
    client = client_for(app, clinic.prescriber)
    sessions = random_sessions(work, clinic, SESSIONS, seed)
    for made in sessions:
        on_page(client, made)
        exported(client, made)
        printed(client, made)
        if made.given:
            handed_out(work, clinic, made)
    assert {one.given for one in sessions} == {True, False}
    assert max(len(one.sites) for one in sessions) == MANY
    assert {len({site.product for site in one.sites}) for one in sessions} == {1, 2, 3}


def on_page(client: Client, made: Made) -> None:
    """The chart of a session that is planned, the review page of one that was given."""
    if made.given:
        page = fetched(client, made, "/review").decode()
        assert surfaces.review_sites(page)[: len(made.sites)] == made.shown
        assert surfaces.review_totals(page) == made.totals
        return
    page = fetched(client, made, "").decode()
    assert surfaces.chart_sites(page) == surfaces.chart_state(page) == made.shown
    assert surfaces.chart_totals(page) == made.totals
    assert surfaces.face_marks(page) == made.marks


def exported(client: Client, made: Made) -> None:
    """The export."""
    data = fetched(client, made, "/summary.json")
    assert surfaces.export_sites(data) == [(*one[:3], one[3].replace(",", "")) for one in made.shown]
    assert surfaces.export_totals(data) == made.totals


def printed(client: Client, made: Made) -> None:
    """The summary: its figure in words, its table, its totals."""
    data = fetched(client, made, "/summary.pdf")
    muscles = [(number, where.partition(",")[0], side, dose) for number, where, side, dose in made.shown]
    assert surfaces.figure_sites(data) == muscles
    text = surfaces.pdf_text(data, pages=2 + len(made.sites) // 12)
    for number, where, side, dose in made.shown:
        row = f"{number} {where.replace(', ', ' ', 1)} {side_words(side)} {dose} "
        assert row in text, row
    for product in {product for product, _ in made.totals}:
        sides = {side: units for (name, side), units in made.totals.items() if name == product}
        count = sum(product_name(one.product) == product for one in made.sites)
        amounts = " ".join(
            f"{format_number(sides[side])} unit{'' if sides[side] == 1 else 's'} {side_words(side)}"
            for side in ("right", "midline", "left")
            if side in sides
        )
        total = sum(sides.values())
        sites = f"{count} site{'' if count == 1 else 's'}"
        assert f"{format_number(total)} unit{'' if total == 1 else 's'} {product}, {sites} {amounts}" in text


def handed_out(work: Work, clinic: ClinicWorld, made: Made) -> None:
    """The patient's own table: the same units of each product on each side, from as many injections."""
    ask = Ask(DocumentKind.TREATMENT_HANDOUT, made.patient_id, made.visit_id, language="en")
    with work.reading(clinic.prescriber) as uow:
        rows = surfaces.handout_rows(document_draft(uow, ask).content, {product for product, _ in made.totals})
    found: surfaces.Totals = {}
    for row in rows:
        found[row.product, row.side] = found.get((row.product, row.side), Decimal(0)) + row.units
    assert found == made.totals
    assert sum(row.injections for row in rows) == len(made.sites)


def test_the_export_is_the_canonical_content_with_its_hash(app: Flask, work: Work, clinic: ClinicWorld) -> None:
    client = client_for(app, clinic.prescriber)
    sessions = random_sessions(work, clinic, 1)
    answer = client.get(f"/visits/{sessions[0].visit_id}/summary.json")
    assert answer.headers["X-Content-SHA256"] == hashlib.sha256(answer.data).hexdigest()
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Type"] == "application/json"
    named = answer.headers["Content-Disposition"]
    assert named.startswith('attachment; filename="draft-')
    assert "Family" not in named
    assert canonical(read(answer.data)) == answer.data


def test_the_export_of_a_signed_visit_is_what_was_signed(
    app: Flask, work: Work, clinic: ClinicWorld, clock: Any
) -> None:
    charting = Charting.begun(work, clinic, clock)
    charting.signed()
    with charting.reading() as uow:
        signature = uow.session.execute(select(Signature.content, Signature.content_sha256)).one()
    answer = client_for(app, clinic.prescriber).get(f"/visits/{charting.visit_id}/summary.json")
    assert answer.data == signature.content.encode()
    assert answer.headers["X-Content-SHA256"] == signature.content_sha256
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="visit-')


def test_what_was_read_is_in_the_audit_trail_and_another_clinic_finds_nothing(
    app: Flask, work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld
) -> None:
    [made] = random_sessions(work, clinic, 1)
    address = f"/visits/{made.visit_id}/summary.json"
    client_for(app, clinic.prescriber).get(address)
    with work.reading(clinic.prescriber) as uow:
        read_actions = select(AuditEvent.action).where(AuditEvent.patient_id == made.patient_id)
        assert Action.DOCUMENT_READ.value in {str(one) for one in uow.session.scalars(read_actions)}
    assert client_for(app, other_clinic.prescriber).get(address).status_code == 404
