"""The treatment passport from the record: what was given, newest first, and for how long no other toxin."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from clinic.domain.documents.content import DocumentDraft
from clinic.domain.documents.kinds import DocumentKind
from clinic.domain.errors import NotFound
from clinic.domain.visits import Disposition
from clinic.domain.wording import day_text
from clinic.queries.document_heads import Ask
from clinic.queries.given_sessions import given_sessions
from clinic.queries.treatment_passports import treatment_passport
from clinic.services import injections, signing
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.domain.documents.treatments import tables, words_of
from tests.factories import ClinicWorld


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A new draft, 90 days after a signed session of four sites."""
    return Charting.after_a_session(work, clinic, clock)


def draft(charting: Charting, code: str = "en") -> DocumentDraft:
    """The passport as it would be issued now."""
    with charting.reading() as uow:
        return treatment_passport(uow, Ask(DocumentKind.TREATMENT_PASSPORT, charting.patient_id, None, code))


def words(charting: Charting) -> str:
    """Everything that stands in it."""
    return words_of(draft(charting).content.blocks)


def test_the_signed_session_stands_with_its_sums(charting: Charting) -> None:
    found = draft(charting)
    (table,) = tables(found.content.blocks)
    with charting.reading() as uow:
        (session,) = given_sessions(uow, charting.patient_id)
    assert found.problems == ()
    assert list(table.rows[-1].cells[1:]) == ["12.5"]
    assert sum(site.units for site in session.sites) == Decimal("12.5")
    assert "Facial palsy, left side of the face: Bell’s palsy" in words(charting)
    assert f"Not before {day_text(session.on + timedelta(days=84))}" in words(charting).replace("\u00a0", " ")


def test_what_was_given_today_stands_before_it_is_signed(charting: Charting) -> None:
    charting.given()
    found = draft(charting)
    on = charting.record().visit.on
    (table,) = tables(found.content.blocks)
    assert len(table.columns) == 3
    assert day_text(on) in table.columns[1].title.replace("\u00a0", " ")
    assert f"The treatment of {day_text(on)} is not signed yet. Print again when a site changes." in found.notes
    assert f"Not before {day_text(on + timedelta(days=84))}" in words(charting)


def test_a_touch_up_is_a_column_of_its_own(charting: Charting) -> None:
    version = charting.version()
    with charting.writing() as uow:
        injections.change_session(uow, charting.visit_id, version, touch_up_of=charting.first)
    charting.signed()
    (table,) = tables(draft(charting).content.blocks)
    assert table.columns[1].title.endswith(", touch-up")
    assert "touch-up" not in table.columns[2].title


def test_nothing_given_is_a_problem_and_voided_as_not_given_is_nothing(charting: Charting) -> None:
    charting.visit_id = charting.first
    with charting.fresh_writing() as uow:
        signing.void(uow, charting.first, "charted for another patient", Disposition.NOT_GIVEN)
    found = draft(charting)
    assert found.problems == ("No treatment with botulinum toxin is on record yet.",)
    assert "Not before" not in words(charting)
    assert "Get emergency help at once" in words(charting)


def test_a_session_voided_as_given_is_not_told_but_its_toxin_counts(charting: Charting) -> None:
    charting.given()
    charting.settle()
    charting.sign()
    last = charting.record().visit.on
    with charting.fresh_writing() as uow:
        signing.void(uow, charting.visit_id, "charted on the wrong side", Disposition.GIVEN)
    found = draft(charting)
    (table,) = tables(found.content.blocks)
    assert len(table.columns) == 2
    assert f"Not before {day_text(last + timedelta(days=84))}" in words(charting).replace("\u00a0", " ")
    assert any("was voided as given" in note for note in found.notes)


def test_a_transcribed_session_counts_with_an_unknown_lot_once_it_is_signed(charting: Charting) -> None:
    charting.chart_usual_sites()
    version = charting.version()
    with charting.writing() as uow:
        values = {"transcribed": True, "transcribed_source": "Letter of Dr Lund", "transcribed_product": "botox"}
        injections.change_session(uow, charting.visit_id, version, **values)
    assert "lot unknown" not in words(charting)


def test_spanish_is_complete(charting: Charting) -> None:
    found = draft(charting, "es")
    assert found.content.title == "Pasaporte de tratamiento"
    told = words_of(found.content.blocks)
    assert "Parálisis facial, lado izquierdo de la cara: parálisis de Bell" in told
    assert not {"your", "the", "you", "and"} & set(told.lower().split())


def test_another_clinics_patient_is_not_found(charting: Charting, other_clinic: ClinicWorld, work: Work) -> None:
    with work.reading(other_clinic.prescriber) as uow, pytest.raises(NotFound):
        treatment_passport(uow, Ask(DocumentKind.TREATMENT_PASSPORT, charting.patient_id))
