"""What was handed over, opened again: the very bytes while it stands, a marked copy once it was superseded."""

from __future__ import annotations

import hashlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select, text

from clinic.domain.anatomy import Side
from clinic.models import AuditEvent, IssuedDocument
from clinic.queries.issued_documents import handed_over
from clinic.services import signing
from clinic.unit_of_work import Work
from clinic.verification import verify
from tests.charting import Charting
from tests.factories import PASSWORD, Client, ClinicWorld, client_for
from tests.web.walking import Walk

GIVEN = {"given_to": "patient", "who": "", "purpose": "to take home"}
VOID = {"reason": "Charted in the wrong record", "disposition": "given", "password": PASSWORD}


@pytest.fixture
def walk(app: Flask, work: Work, clinic: ClinicWorld, clock: Any) -> Walk:
    """A signed visit, and the prescriber's browser."""
    charting = Charting.begun(work, clinic, clock)
    charting.signed()
    return Walk(client_for(app, clinic.prescriber), charting)


def printed(walk: Walk, *slugs: str, **values: str) -> str:
    """Hand documents of the visit over; gives the id of the file."""
    answer = walk.client.send(walk.url("documents"), GIVEN | {"documents": list(slugs)} | values)
    assert answer.status_code == 303, answer.text
    return str(answer.location.removeprefix("/documents/").removesuffix(".pdf"))


def later(walk: Walk, clock: Any, days: int) -> None:
    """Some days later, signed in again."""
    clock.move(days=days)
    walk.client = client_for(walk.client.application, walk.charting.clinic.prescriber)


def text_of(data: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages)


def opened(client: Client, document_id: str, original: bool = False) -> bytes:
    answer = client.get(f"/documents/{document_id}{'/original' if original else ''}.pdf")
    assert answer.status_code == 200, answer.status_code
    return answer.data


def superseded(walk: Walk) -> dict[str, bool]:
    with walk.charting.reading() as uow:
        return {row.id: row.superseded is not None for row in handed_over(uow, walk.charting.patient_id)}


def test_a_newer_one_of_the_same_kind_supersedes_and_the_first_bytes_stay(walk: Walk, clock: Any) -> None:
    first = printed(walk, "facial-massage")
    before = opened(walk.client, first)
    later(walk, clock, 3)
    second = printed(walk, "facial-massage")
    assert superseded(walk) == {first: True, second: False}
    copy = opened(walk.client, first)
    assert copy != before
    assert "SUPERSEDED" in text_of(copy)
    assert "25 Nov 2026" in text_of(copy).replace("\N{NO-BREAK SPACE}", " ")
    assert "SUPERSEDED" not in text_of(before)
    assert opened(walk.client, first, original=True) == before
    assert "SUPERSEDED" not in text_of(opened(walk.client, second))
    page = walk.client.get(f"/patients/{walk.charting.patient_id}/documents").text
    assert "superseded 25 Nov 2026" in page
    assert f"/documents/{first}/original.pdf" in page
    assert f"/documents/{second}/original.pdf" not in page


def test_another_language_or_kind_supersedes_nothing(walk: Walk, clock: Any) -> None:
    first = printed(walk, "facial-massage")
    later(walk, clock, 1)
    spanish = printed(walk, "facial-massage", **{"language-facial-massage": "es"})
    other = printed(walk, "understanding-synkinesis")
    assert superseded(walk) == {first: False, spanish: False, other: False}


def test_a_spanish_copy_says_so_in_spanish(walk: Walk, clock: Any) -> None:
    first = printed(walk, "facial-massage", **{"language-facial-massage": "es"})
    later(walk, clock, 1)
    printed(walk, "facial-massage", **{"language-facial-massage": "es"})
    assert "SUSTITUIDO" in text_of(opened(walk.client, first))


def test_voiding_the_visit_supersedes_what_is_about_it_and_nothing_else(walk: Walk, clock: Any) -> None:
    handout, massage = printed(walk, "treatment-handout"), printed(walk, "facial-massage")
    before = opened(walk.client, handout)
    later(walk, clock, 2)
    assert walk.client.send(walk.url("void"), VOID).status_code == 302
    assert superseded(walk) == {handout: True, massage: False}
    assert "SUPERSEDED" in text_of(opened(walk.client, handout))
    assert opened(walk.client, handout, original=True) == before


def test_a_pack_is_superseded_with_one_of_its_parts_and_marks_only_that(walk: Walk, clock: Any) -> None:
    pack = printed(walk, "visit-summary", "facial-massage", "understanding-synkinesis")
    before = opened(walk.client, pack)
    later(walk, clock, 2)
    printed(walk, "facial-massage")
    assert superseded(walk)[pack]
    copy = PdfReader(BytesIO(opened(walk.client, pack)))
    marked = ["SUPERSEDED" in page.extract_text() for page in copy.pages]
    assert any(marked)
    assert not all(marked)
    assert opened(walk.client, pack, original=True) == before


def test_a_summary_of_a_voided_visit_opens_as_the_visit_stands(walk: Walk) -> None:
    summary = printed(walk, "visit-summary")
    before = opened(walk.client, summary)
    assert walk.client.send(walk.url("void"), VOID).status_code == 302
    assert "VOIDED" in text_of(opened(walk.client, summary))
    assert opened(walk.client, summary, original=True) == before


def test_a_superseded_draw_up_sheet_keeps_its_own_doses_under_its_mark(walk: Walk, clock: Any) -> None:
    draft = drafted(walk)
    draft.site(muscle="mentalis", side=Side.LEFT, units="2.5")
    first = printed(walk, "draw-up-sheet")
    draft.site(muscle="platysma", sub_site="medial_band_1", side=Side.LEFT, units="17.5")
    later(walk, clock, 1)
    second = printed(walk, "draw-up-sheet")
    old, new = (text_of(opened(walk.client, one)) for one in (first, second))
    assert "17.5" in new
    assert "SUPERSEDED" not in new
    assert "17.5" not in old
    assert "SUPERSEDED: a newer one was issued on 23" in old
    assert "SUPERSEDED: SUPERSEDED" not in old
    assert first[:10].upper() in old


def test_a_draw_up_sheet_in_a_pack_keeps_its_doses_when_another_part_is_superseded(walk: Walk, clock: Any) -> None:
    draft = drafted(walk)
    draft.site(muscle="mentalis", side=Side.LEFT, units="2.5")
    pack = printed(walk, "draw-up-sheet", "facial-massage")
    draft.site(muscle="platysma", sub_site="medial_band_1", side=Side.LEFT, units="17.5")
    later(walk, clock, 1)
    printed(walk, "facial-massage")
    copy = text_of(opened(walk.client, pack))
    assert "SUPERSEDED" in copy
    assert "17.5" not in copy
    assert "DRAFT" in copy


def test_a_superseded_summary_says_so_and_takes_no_later_addendum(walk: Walk, clock: Any) -> None:
    first = printed(walk, "visit-summary")
    later(walk, clock, 1)
    with walk.charting.fresh_writing() as uow:
        signing.add_addendum(uow, walk.charting.visit_id, "Told by phone that all is well.")
    later(walk, clock, 1)
    second = printed(walk, "visit-summary")
    old, new = (text_of(opened(walk.client, one)) for one in (first, second))
    assert "SUPERSEDED: a newer one was issued on 24" in old
    assert "Told by phone" not in old
    assert "Told by phone" in new
    assert "SUPERSEDED" not in new


def drafted(walk: Walk) -> Charting:
    """A new draft of the patient, which the browser goes on with."""
    walk.charting.start()
    return walk.charting


@pytest.mark.sqlite_only
@pytest.mark.parametrize("slug", ["facial-massage", "draw-up-sheet"])
@pytest.mark.parametrize("forged", ["replace(content, 'Keane', 'Forged')", "''"])
def test_a_copy_is_never_laid_out_from_what_was_changed(
    walk: Walk, work: Work, clock: Any, slug: str, forged: str
) -> None:
    first = printed(walk, slug)
    later(walk, clock, 1)
    printed(walk, slug)
    drop_triggers(work)
    with work.engine.connect().execution_options(clinic_mode="writing") as connection:
        connection.execute(text(f"UPDATE issued_document SET content = {forged}"))
        connection.commit()
    answer = walk.client.get(f"/documents/{first}.pdf")
    assert answer.status_code == 500
    assert b"Forged" not in answer.data
    assert opened(walk.client, first, original=True).startswith(b"%PDF")


@pytest.mark.sqlite_only
def test_changed_bytes_are_shown_to_nobody(walk: Walk, work: Work) -> None:
    document_id = printed(walk, "facial-massage")
    drop_triggers(work)
    with work.engine.connect().execution_options(clinic_mode="writing") as connection:
        connection.execute(text("UPDATE issued_document SET body = :body"), {"body": b"%PDF-forged"})
        connection.commit()
    for url in (f"/documents/{document_id}.pdf", f"/documents/{document_id}/original.pdf"):
        answer = walk.client.get(url)
        assert answer.status_code == 500
        assert b"forged" not in answer.data


def drop_triggers(work: Work) -> None:
    query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'issued_document'"
    with work.engine.begin() as connection:
        for (name,) in connection.execute(text(query)).all():
            connection.execute(text(f'DROP TRIGGER "{name}"'))


def test_opening_leaves_an_entry_and_no_name_in_address_or_file_name(walk: Walk) -> None:
    document_id = printed(walk, "facial-massage")
    answer = walk.client.get(f"/documents/{document_id}.pdf")
    told = " ".join(f"{name}: {value}" for name, value in answer.headers.items())
    assert "Keane" not in told
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    with walk.charting.reading() as uow:
        subjects = select(AuditEvent.action).where(AuditEvent.subject == f"document:{document_id}")
        assert set(uow.session.scalars(subjects)) == {"document.handed_over", "document.read"}


def test_the_kept_hash_is_that_of_the_bytes(walk: Walk) -> None:
    document_id = printed(walk, "facial-massage", "understanding-synkinesis")
    with walk.charting.reading() as uow:
        rows = uow.session.execute(select(IssuedDocument.body, IssuedDocument.sha256)).all()
    assert len(rows) == 3
    assert all(hashlib.sha256(body).hexdigest() == sha256 for body, sha256 in rows)
    assert hashlib.sha256(opened(walk.client, document_id)).hexdigest() in {sha256 for _, sha256 in rows}


def test_another_clinics_document_is_no_different_from_none(app: Flask, walk: Walk, other_clinic: ClinicWorld) -> None:
    document_id = printed(walk, "facial-massage")
    client = client_for(app, other_clinic.prescriber)
    for one in (document_id, "0" * 26):
        assert client.get(f"/documents/{one}.pdf").status_code == 404
        assert client.get(f"/documents/{one}/original.pdf").status_code == 404


@pytest.mark.sqlite_only
@pytest.mark.parametrize("forged", ["replace(content, 'Keane', 'Forged')", "''"])
def test_verification_reads_what_a_draw_up_sheet_was_laid_out_from(
    walk: Walk, work: Work, tmp_path: Path, forged: str
) -> None:
    drafted(walk).site(muscle="mentalis", side=Side.LEFT, units="2.5")
    document_id = printed(walk, "draw-up-sheet")
    assert verify(work, tmp_path).problems == ()
    drop_triggers(work)
    with work.engine.connect().execution_options(clinic_mode="writing") as connection:
        connection.execute(text(f"UPDATE issued_document SET content = {forged}"))
        connection.commit()
    problems = map(str, verify(work, tmp_path).problems)
    assert any(f"document {document_id}: what it was laid out from" in problem for problem in problems)
