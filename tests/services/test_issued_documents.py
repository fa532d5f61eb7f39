"""Handing over: kept once and for ever, to whom and what for, and never for another patient."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from clinic.domain.actors import Role
from clinic.domain.documents.kinds import PACK, Edition
from clinic.domain.errors import Invalid, NotFound, NotPermitted
from clinic.models import IssuedDocument
from clinic.queries.issued_documents import handed_over, issued_file
from clinic.services.issued_documents import GIVEN_TO_MAXIMUM, PURPOSE_MAXIMUM, Print, hand_over
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld, make_patient
from tests.postgresql import by_owner

GIVEN = {"given_to": "patient", "purpose": "to take home"}


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft of a patient."""
    return Charting.begun(work, clinic, clock)


def paper(work: Work, **values: Any) -> Print:
    known = Print(
        id=work.new_id(),
        kind="facial massage",
        title="Facial massage",
        language="en",
        edition=Edition.NORMAL,
        paper="A4",
        visit_id=None,
        content="",
        content_sha256="0" * 64,
        body=b"%PDF-1.7",
    )
    return replace(known, **values)


def given(charting: Charting, *prints: Print, pack: Print | None = None, **values: str) -> str:
    with charting.writing() as uow:
        return hand_over(uow, charting.patient_id, prints, pack=pack, **(GIVEN | values))


def kept(charting: Charting) -> int:
    with charting.reading() as uow:
        return uow.session.scalar(select(func.count()).select_from(IssuedDocument)) or 0


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"given_to": " "}, "given_to"),
        ({"given_to": "x" * (GIVEN_TO_MAXIMUM + 1)}, "given_to"),
        ({"purpose": "x" * (PURPOSE_MAXIMUM + 1)}, "purpose"),
    ],
)
def test_to_whom_and_what_for_are_checked(charting: Charting, values: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        given(charting, paper(charting.work), **values)
    assert set(caught.value.fields) == {field}
    assert kept(charting) == 0


def test_texts_at_their_longest_are_kept(charting: Charting) -> None:
    given(charting, paper(charting.work), given_to="x" * GIVEN_TO_MAXIMUM, purpose="y" * PURPOSE_MAXIMUM)
    assert kept(charting) == 1


def test_nothing_chosen_is_refused(charting: Charting) -> None:
    with pytest.raises(Invalid):
        given(charting)


def test_a_visit_of_another_patient_is_not_found(charting: Charting, work: Work, clinic: ClinicWorld) -> None:
    other = make_patient(work, clinic.prescriber, family_name="Someone", given_names="Else")
    with pytest.raises(NotFound), charting.writing() as uow:
        hand_over(uow, other, [paper(work, visit_id=charting.visit_id)], **GIVEN)
    assert kept(charting) == 0


def test_another_clinics_patient_is_not_found(charting: Charting, other_clinic: ClinicWorld) -> None:
    with pytest.raises(NotFound), charting.work.writing(other_clinic.prescriber) as uow:
        hand_over(uow, charting.patient_id, [paper(charting.work)], **GIVEN)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR])
def test_who_does_not_treat_hands_nothing_over(charting: Charting, role: Role) -> None:
    with pytest.raises(NotPermitted), charting.work.writing(charting.clinic.people[role]) as uow:
        hand_over(uow, charting.patient_id, [paper(charting.work)], **GIVEN)


def test_a_pack_opens_with_its_parts_in_the_order_of_kinds(charting: Charting) -> None:
    work = charting.work
    parts = [paper(work, kind="understanding synkinesis"), paper(work, kind="home programme"), paper(work)]
    pack = paper(work, kind=PACK, body=b"%PDF-1.7 all")
    assert given(charting, *parts, pack=pack) == pack.id
    with charting.reading() as uow:
        file = issued_file(uow, pack.id)
        assert [one.row.kind for one in file.parts] == ["home programme", "understanding synkinesis", "facial massage"]
        assert file.body == b"%PDF-1.7 all"
        assert issued_file(uow, parts[0].id).parts == ()
        rows = handed_over(uow, charting.patient_id)
    assert {row.pack for row in rows} == {"", pack.id[:10].upper()}


def test_a_later_letter_replaces_no_letter_but_a_later_passport_its_passport(charting: Charting, clock: Any) -> None:
    for kind in ("letter to the therapist", "treatment passport"):
        for _ in range(2):
            given(charting, paper(charting.work, kind=kind))
            clock.move(hours=1)
    with charting.reading() as uow:
        rows = handed_over(uow, charting.patient_id)
    assert [(row.kind, row.superseded is not None) for row in rows] == [
        ("treatment passport", False),
        ("treatment passport", True),
        ("letter to the therapist", False),
        ("letter to the therapist", False),
    ]


@pytest.mark.parametrize("change", ["UPDATE issued_document SET given_to = 'me'", "DELETE FROM issued_document"])
def test_the_database_itself_keeps_what_was_handed_over(charting: Charting, change: str) -> None:
    given(charting, paper(charting.work))
    with pytest.raises(DBAPIError), by_owner(charting.work.engine) as connection:
        connection.execute(text(change))
    assert kept(charting) == 1
