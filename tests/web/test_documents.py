"""Prints as a browser gets them: the original byte for byte, marked copies after it, drafts marked as such."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.domain.actors import Role
from clinic.models import Document
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import PASSWORD, ClinicWorld, client_for
from tests.pdf import reading
from tests.web.walking import Walk

VOID = {"reason": "Charted in the wrong record", "disposition": "given", "password": PASSWORD}


@pytest.fixture
def walk(app: Flask, work: Work, clinic: ClinicWorld, clock: Any) -> Walk:
    """A draft with one syringe, and the prescriber's browser."""
    return Walk(client_for(app, clinic.prescriber), Charting.begun(work, clinic, clock))


def pdf(walk: Walk, name: str = "summary.pdf") -> bytes:
    answer = walk.client.get(walk.url(name))
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.data.startswith(b"%PDF-")
    return answer.data


def documents(walk: Walk) -> list[tuple[str, str, str]]:
    with walk.charting.reading() as uow:
        rows = uow.session.execute(select(Document.sha256, Document.reference, Document.issued_by))
        return [tuple(row) for row in rows]


def test_the_summary_is_issued_at_signing_and_stays_the_same_bytes(walk: Walk) -> None:
    walk.charting.settled()
    walk.done("review", walk.signature())
    [(sha256, reference, issued_by)] = documents(walk)
    first, again, original = pdf(walk), pdf(walk), pdf(walk, "original.pdf")
    assert first == again == original
    assert hashlib.sha256(first).hexdigest() == sha256
    assert issued_by == "Ada Prescriber"
    assert reference in walk.page("signed")
    assert len(documents(walk)) == 1


def test_what_comes_after_the_signature_makes_a_copy_and_leaves_the_original(walk: Walk) -> None:
    walk.charting.settled()
    walk.done("review", walk.signature())
    original = pdf(walk)
    addendum = {"text": "Telephoned on the third day", "password": PASSWORD}
    assert walk.client.send(walk.url("addendum"), addendum).status_code == 302
    with_addendum = pdf(walk)
    assert walk.client.send(walk.url("void"), VOID).status_code == 302
    voided = pdf(walk)
    assert len({original, with_addendum, voided}) == 3
    assert pdf(walk, "original.pdf") == original
    assert len(documents(walk)) == 1


def test_a_draft_prints_as_a_draft_and_is_not_kept(walk: Walk) -> None:
    walk.charting.chart_usual_sites()
    answer = walk.client.get(walk.url("summary.pdf"))
    assert answer.status_code == 200
    assert "draft-" in answer.headers["Content-Disposition"]
    assert documents(walk) == []


def test_the_draw_up_sheet_prints(walk: Walk) -> None:
    walk.charting.chart_usual_sites()
    assert pdf(walk, "draw-up.pdf")


def test_a_draw_up_sheet_of_a_voided_session_says_so(walk: Walk) -> None:
    walk.charting.settled()
    walk.done("review", walk.signature())
    before = reading.text(pdf(walk, "draw-up.pdf"))
    assert walk.client.send(walk.url("void"), VOID).status_code == 302
    after = reading.text(pdf(walk, "draw-up.pdf"))
    assert "voided" not in before.casefold()
    assert "voided" in after.casefold()


def test_a_draft_has_no_original(walk: Walk) -> None:
    assert walk.client.get(walk.url("original.pdf")).status_code == 404


@pytest.mark.parametrize("name", ["summary.pdf", "original.pdf", "draw-up.pdf"])
def test_another_clinics_print_is_no_different_from_none(
    walk: Walk, other_clinic: ClinicWorld, clock: Any, name: str
) -> None:
    theirs = Charting.begun(walk.charting.work, other_clinic, clock)
    theirs.signed()
    found = [walk.client.get(f"/visits/{visit_id}/{name}") for visit_id in (theirs.visit_id, "0" * 26)]
    assert [one.status_code for one in found] == [404, 404]


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR])
def test_a_role_without_charts_gets_no_print(app: Flask, walk: Walk, role: Role) -> None:
    client = client_for(app, walk.charting.clinic.people[role])
    assert client.get(walk.url("summary.pdf")).status_code == 403


def test_a_print_has_no_name_in_its_address_or_file_name_and_runs_nothing(walk: Walk) -> None:
    answer = walk.client.get(walk.url("summary.pdf"))
    told = " ".join(f"{name}: {value}" for name, value in answer.headers.items())
    assert "Keane" not in told
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")


def test_a_summary_that_cannot_be_made_does_not_undo_the_signature(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> bytes:
        raise OSError("no font")

    walk.charting.settled()
    monkeypatch.setattr("clinic.pdf.visit_summary.render", broken)
    walk.done("review", walk.signature())
    monkeypatch.undo()
    assert "Make the original now" in walk.page("signed")
    assert pdf(walk) == pdf(walk, "original.pdf")
