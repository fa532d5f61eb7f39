"""Patients' requests to correct the record, on both databases (R-10, O-04; 45 CFR 164.526)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from clinic.domain.actors import Role
from clinic.domain.amendment_requests import ANSWER_DAYS, EXTENSION_DAYS, Basis, Correction, EntryKind, Standing
from clinic.domain.errors import FreshPasswordNeeded, Frozen, Invalid, NotFound, NotPermitted, Stale, WrongStep
from clinic.models import Addendum, Document, Signature
from clinic.queries.amendment_requests import open_requests, patient_requests, request, visit_requests
from clinic.queries.visit_revisions import signed_version
from clinic.services import amendment_requests as service
from clinic.services import visits
from clinic.services.amendment_requests import RequestEntry
from clinic.unit_of_work import Work
from clinic.verification import verify
from tests.charting import Charting
from tests.factories import ClinicWorld, make_patient

WORDS = "I was told the left corner of the mouth, and the record says chin."


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A signed session."""
    charting = Charting.begun(work, clinic, clock)
    charting.signed()
    return charting


def asked(charting: Charting, **values: Any) -> str:
    """Enter a request about the session."""
    given = {
        "asked_on": charting.clock.now.date(),
        "asked_by": "the patient",
        "text": WORDS,
        "visit_id": charting.visit_id,
    }
    with charting.work.writing(charting.clinic.people[Role.ASSISTANT]) as uow:
        return service.enter_request(uow, charting.patient_id, RequestEntry(**(given | values)))


def step(
    charting: Charting, request_id: str, kind: EntryKind, shown: int, text: str = "As said on the telephone"
) -> None:
    with charting.writing() as uow:
        service.answer(uow, request_id, shown, kind, text)


def found(charting: Charting, request_id: str) -> Any:
    with charting.reading() as uow:
        return request(uow, request_id)


def bytes_of(charting: Charting) -> list[tuple[str, str]]:
    """What was signed, as it is kept."""
    with charting.reading() as uow:
        return [(one.content, one.seal) for one in uow.session.execute(select(Signature.content, Signature.seal))]


def test_accepted_with_an_addendum_it_is_linked_and_the_signed_bytes_stay(charting: Charting, tmp_path: Path) -> None:
    """O-04, accepted: appended and linked; the original text is unchanged."""
    before = bytes_of(charting)
    request_id = asked(charting)
    with charting.fresh_writing() as uow:
        service.accept(uow, request_id, 0, Correction.ADDENDUM, "The left corner of the mouth was meant.")
    row = found(charting, request_id)
    with charting.reading() as uow:
        [addendum] = uow.session.scalars(select(Addendum))
        version = signed_version(uow, charting.visit_id)
    assert row.standing is Standing.ACCEPTED
    assert row.entries[0].addendum_id == addendum.id
    assert "corner of the mouth was meant" in addendum.text
    assert [one.id for one in version.requests] == [request_id]
    assert bytes_of(charting) == before
    assert row.possible == frozenset()
    assert verify(charting.work, tmp_path / "anchors").problems == ()


def test_accepted_with_a_new_version_it_is_linked_and_asked_again_when_that_is_discarded(charting: Charting) -> None:
    first, request_id = charting.visit_id, asked(charting)
    with charting.fresh_writing() as uow:
        draft = service.accept(uow, request_id, 0, Correction.AMENDMENT, "The muscle of site 2 is corrected.")
    assert draft is not None
    row = found(charting, request_id)
    assert (row.entries[0].visit_id, row.entries[0].correction) == (
        draft,
        "a new version of the visit is being written",
    )
    with charting.reading() as uow:
        assert open_requests(uow) == ()
    with charting.writing() as uow:
        visits.discard(uow, draft, charting.version(draft), "opened by mistake today")
    assert "still to be written" in found(charting, request_id).status
    with charting.reading() as uow:
        assert [one.request.id for one in open_requests(uow)] == [request_id]
    with charting.fresh_writing() as uow:
        again = service.accept(uow, request_id, 1, Correction.AMENDMENT, "The muscle of site 2 is corrected.")
    charting.visit_id = again or ""
    charting.sign()
    row = found(charting, request_id)
    assert row.status == "accepted; corrected by a new version of the visit"
    with charting.reading() as uow:
        assert [one.id for one in visit_requests(uow, charting.visit_id)] == [request_id]
        assert [one.id for one in visit_requests(uow, first)] == [request_id]


def test_denied_with_reason_then_disagreed_with_and_answered(charting: Charting, tmp_path: Path) -> None:
    """O-04, denied: request and denial are linked; a statement and a reply can follow, once each."""
    before, request_id = bytes_of(charting), asked(charting)
    with charting.writing() as uow:
        service.deny(uow, request_id, 0, Basis.ACCURATE, "The chart was compared with the photographs.")
    step(charting, request_id, EntryKind.DISAGREEMENT, 1, "I still say it was the corner of the mouth.")
    with pytest.raises(WrongStep):
        step(charting, request_id, EntryKind.DISAGREEMENT, 2)
    step(charting, request_id, EntryKind.REBUTTAL, 2)
    row = found(charting, request_id)
    assert row.kinds == (EntryKind.DENIED, EntryKind.DISAGREEMENT, EntryKind.REBUTTAL)
    assert row.standing is Standing.DENIED
    assert row.entries[0].text.startswith("The record is accurate and complete. The chart was compared")
    assert row.possible == frozenset()
    assert bytes_of(charting) == before
    assert verify(charting.work, tmp_path / "anchors").problems == ()


@pytest.mark.parametrize(("days", "overdue", "extendable"), [(59, False, True), (60, False, True), (61, True, False)])
def test_sixty_days_and_one_extension_of_thirty(charting: Charting, days: int, overdue: bool, extendable: bool) -> None:
    request_id, asked_on = asked(charting), charting.clock.now.date()
    charting.clock.move(days=days)
    row = found(charting, request_id)
    assert row.due_on == asked_on + timedelta(days=ANSWER_DAYS)
    assert row.overdue is overdue
    assert (EntryKind.EXTENDED in row.possible) is extendable
    if not extendable:
        with pytest.raises(WrongStep):
            step(charting, request_id, EntryKind.EXTENDED, 0)
        return
    step(charting, request_id, EntryKind.EXTENDED, 0, "The photographs are with the archive.")
    row = found(charting, request_id)
    assert row.due_on == asked_on + timedelta(days=ANSWER_DAYS + EXTENSION_DAYS)
    assert EntryKind.EXTENDED not in row.possible
    charting.clock.move(days=ANSWER_DAYS + EXTENSION_DAYS - days)
    assert not found(charting, request_id).overdue
    charting.clock.move(days=1)
    assert found(charting, request_id).overdue


def test_withdrawn_it_stays_on_record_and_takes_no_answer(charting: Charting) -> None:
    request_id = asked(charting)
    step(charting, request_id, EntryKind.WITHDRAWN, 0)
    with pytest.raises(Frozen, match="withdrawn"), charting.writing() as uow:
        service.deny(uow, request_id, 1, Basis.ACCURATE, "The chart was compared again.")
    with charting.reading() as uow:
        assert [one.standing for one in patient_requests(uow, charting.patient_id)] == [Standing.WITHDRAWN]
        assert open_requests(uow) == ()


def test_who_may_ask_and_who_may_decide(charting: Charting, other_clinic: ClinicWorld) -> None:
    request_id = asked(charting)
    people = charting.clinic.people
    for role in (Role.INJECTOR, Role.THERAPIST, Role.ASSISTANT, Role.ADMINISTRATOR, Role.AUDITOR):
        with pytest.raises(NotPermitted), charting.work.writing(people[role]) as uow:
            service.deny(uow, request_id, 0, Basis.ACCURATE, "The chart was compared again.")
    with pytest.raises(NotPermitted), charting.work.writing(people[Role.AUDITOR]) as uow:
        service.enter_request(uow, charting.patient_id, RequestEntry(charting.clock.now.date(), "x", WORDS))
    with pytest.raises(NotFound), charting.work.writing(other_clinic.prescriber) as uow:
        service.deny(uow, request_id, 0, Basis.ACCURATE, "The chart was compared again.")
    charting.clock.move(minutes=6)
    with pytest.raises(FreshPasswordNeeded), charting.writing() as uow:
        service.accept(uow, request_id, 0, Correction.ADDENDUM, "The left corner of the mouth was meant.")
    assert found(charting, request_id).entries == ()


def test_a_step_over_an_unseen_one_is_stale_and_changes_nothing(charting: Charting) -> None:
    request_id = asked(charting)
    step(charting, request_id, EntryKind.EXTENDED, 0)
    with pytest.raises(Stale), charting.writing() as uow:
        service.deny(uow, request_id, 0, Basis.ACCURATE, "The chart was compared again.")
    assert len(found(charting, request_id).entries) == 1


def test_refusals_stand_beside_their_fields(charting: Charting) -> None:
    stranger = make_patient(charting.work, charting.clinic.prescriber, family_name="Kerr")
    tomorrow = charting.clock.now.date() + timedelta(days=1)
    for values, field in (
        ({"asked_on": tomorrow}, "asked_on"),
        ({"asked_by": " "}, "asked_by"),
        ({"text": " "}, "text"),
        ({"text": "x" * 4001}, "text"),
        ({"visit_id": "0" * 26}, "visit_id"),
    ):
        with pytest.raises(Invalid) as refused:
            asked(charting, **values)
        assert list(refused.value.fields) == [field]
    with pytest.raises(Invalid) as refused, charting.writing() as uow:  # Another patient's visit is none of hers.
        service.enter_request(uow, stranger, RequestEntry(charting.clock.now.date(), "x", WORDS, charting.visit_id))
    assert list(refused.value.fields) == ["visit_id"]
    request_id = asked(charting, visit_id=None)
    with pytest.raises(Invalid) as refused, charting.fresh_writing() as uow:
        service.accept(uow, request_id, 0, Correction.ADDENDUM, "The left corner of the mouth was meant.")
    assert list(refused.value.fields) == ["correction"]
    with charting.reading() as uow:
        assert uow.session.scalars(select(Addendum.id)).all() == []
        assert uow.session.scalars(select(Document.id)).all() == []
