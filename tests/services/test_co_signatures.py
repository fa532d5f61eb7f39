"""A prescriber's signature over what an injector signed, on both databases (S-22, P-07, P-12, C-23)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from clinic.domain.actors import Actor, Role
from clinic.domain.errors import FreshPasswordNeeded, Frozen, NotFound, NotPermitted, Stale
from clinic.domain.visits import CO_SIGNED, Disposition
from clinic.models import AuditEvent, Clinic, CoSignature, Signature
from clinic.queries.co_signatures import awaited
from clinic.queries.visit_lists import timeline
from clinic.queries.visit_revisions import signed_version
from clinic.services import signing
from clinic.services.co_signatures import co_sign
from clinic.unit_of_work import Work
from clinic.verification import verify
from tests.charting import Charting
from tests.factories import ClinicWorld, make_person
from tests.injecting import co_signed, fresh, injector_of, sign_again, sign_as_injector, signed_sha256


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft with one syringe."""
    return Charting.begun(work, clinic, clock)


def expect(charting: Charting, wanted: bool) -> None:
    """What the clinic's settings say."""
    with charting.work.writing(charting.clinic.people[Role.ADMINISTRATOR]) as uow:
        from clinic.services.clinics import change_clinic

        version = uow.session.get_one(Clinic, uow.clinic_id).edit_version
        change_clinic(uow, version, co_signature_expected=wanted)


def waiting(charting: Charting, actor: Actor | None = None) -> list[tuple[str, bool]]:
    """The visits on somebody's list, and whether they are under that person."""
    with charting.work.reading(actor or charting.clinic.prescriber) as uow:
        return [(row.visit_id, row.mine) for row in awaited(uow)]


def test_an_injectors_visit_waits_until_a_prescriber_co_signs_the_same_hash(charting: Charting, tmp_path: Path) -> None:
    sha256 = sign_as_injector(charting)
    prescriber = charting.clinic.prescriber
    assert waiting(charting) == [(charting.visit_id, True)]
    with charting.reading() as uow:
        assert signed_version(uow, charting.visit_id).co_signature_text == f"Co-signature of {prescriber.name} awaited"
        assert timeline(uow, charting.patient_id)[0].co_signature_awaited
    co_signed(charting, sha256, "Seen on the photographs.")
    with charting.reading() as uow:
        version = signed_version(uow, charting.visit_id)
        [row] = uow.session.scalars(select(CoSignature))
        [event] = uow.session.scalars(select(AuditEvent).where(AuditEvent.action == "visit.co_signed"))
        assert row.signature_id == uow.session.scalar(select(Signature.id))
        assert not timeline(uow, charting.patient_id)[0].co_signature_awaited
    assert version.co_signature is not None
    assert version.co_signature.content_sha256 == version.signature.content_sha256 == sha256
    assert (version.co_signature.meaning, version.co_signature.note) == (CO_SIGNED, "Seen on the photographs.")
    assert version.co_signature.time_zone == "Europe/Berlin"
    assert version.co_signature_text == ""
    assert waiting(charting) == []
    assert sha256 in event.values
    assert event.user_id == prescriber.user_id
    report = verify(charting.work, tmp_path / "anchors")
    assert report.problems == ()
    assert report.counts["co-signatures"] == 1


def test_another_prescriber_of_the_clinic_may_co_sign_and_is_named(charting: Charting, clinic: ClinicWorld) -> None:
    sha256 = sign_as_injector(charting)
    other = make_person(charting.work, clinic.id, Role.PRESCRIBER, name="Bea Second")
    assert waiting(charting, other) == [(charting.visit_id, False)]
    with charting.work.writing(fresh(charting, other)) as uow:
        co_sign(uow, charting.visit_id, sha256)
    with charting.reading() as uow:
        version = signed_version(uow, charting.visit_id)
    assert version.co_signature is not None
    assert version.co_signature.signer_name == "Bea Second"
    assert version.signature.under == charting.clinic.prescriber.name


def test_nobody_else_co_signs_and_nobody_without_a_fresh_password(
    charting: Charting, clinic: ClinicWorld, other_clinic: ClinicWorld
) -> None:
    sha256 = sign_as_injector(charting)
    for role in (Role.INJECTOR, Role.THERAPIST, Role.ASSISTANT, Role.ADMINISTRATOR, Role.AUDITOR):
        with pytest.raises(NotPermitted), charting.work.writing(fresh(charting, clinic.people[role])) as uow:
            co_sign(uow, charting.visit_id, sha256)
    with pytest.raises(NotFound), charting.work.writing(fresh(charting, other_clinic.prescriber)) as uow:
        co_sign(uow, charting.visit_id, sha256)
    charting.clock.move(minutes=6)
    with pytest.raises(FreshPasswordNeeded), charting.writing() as uow:
        co_sign(uow, charting.visit_id, sha256)
    # Somebody who signed as an injector and is a prescriber by now.
    risen = replace(injector_of(charting), role=Role.PRESCRIBER, prescriber_id=None, prescriber_name=None)
    with pytest.raises(NotPermitted, match="yourself"), charting.work.writing(fresh(charting, risen)) as uow:
        co_sign(uow, charting.visit_id, sha256)
    assert waiting(charting) == [(charting.visit_id, True)]


def test_only_what_was_shown_and_only_once(charting: Charting) -> None:
    sha256 = sign_as_injector(charting)
    with pytest.raises(Stale):
        co_signed(charting, "0" * 64)
    co_signed(charting, sha256)
    with pytest.raises(Frozen, match="already"):
        co_signed(charting, sha256)


def test_a_prescribers_own_visit_takes_no_co_signature(charting: Charting) -> None:
    charting.signed()
    other = make_person(charting.work, charting.clinic.id, Role.PRESCRIBER)
    with pytest.raises(Frozen, match="takes no"), charting.work.writing(fresh(charting, other)) as uow:
        co_sign(uow, charting.visit_id, signed_sha256(charting))
    assert waiting(charting, other) == []


def test_a_version_amended_or_voided_meanwhile_is_not_co_signed(charting: Charting) -> None:
    sha256, first = sign_as_injector(charting), charting.visit_id
    with charting.work.writing(injector_of(charting)) as uow:
        charting.visit_id = signing.amend(uow, first, "The dose of site 1 was mistyped")
    sign_again(charting)
    second, charting.visit_id = charting.visit_id, first
    with pytest.raises(Frozen, match="amended"):
        co_signed(charting, sha256)
    assert waiting(charting) == [(second, True)]
    charting.visit_id = second
    with charting.fresh_writing() as uow:
        signing.void(uow, second, "Another patient's session", Disposition.NOT_GIVEN)
    with pytest.raises(Frozen, match="voided"):
        co_signed(charting, signed_sha256(charting))
    assert waiting(charting) == []


def test_the_setting_decides_whether_it_is_awaited_not_whether_it_can_be_given(charting: Charting) -> None:
    expect(charting, False)
    sha256 = sign_as_injector(charting)
    assert waiting(charting) == []
    with charting.reading() as uow:
        assert signed_version(uow, charting.visit_id).co_signature_text == ""
    expect(charting, True)
    assert waiting(charting) == [(charting.visit_id, True)]
    co_signed(charting, sha256)
    assert waiting(charting) == []


def test_turned_on_later_it_asks_only_for_what_is_signed_from_then_on(charting: Charting) -> None:
    """An old clinic's visits do not all wait at once; each can still be co-signed."""
    expect(charting, wanted=False)
    sha256 = sign_as_injector(charting)
    charting.clock.move(minutes=1)
    expect(charting, wanted=True)
    assert waiting(charting) == []
    with charting.reading() as uow:
        version = signed_version(uow, charting.visit_id)
        assert (version.co_signature_text, version.takes_co_signature) == ("", True)
        assert not timeline(uow, charting.patient_id)[0].co_signature_awaited
    old = charting.visit_id
    charting.clock.move(days=90)
    charting.start()
    sign_as_injector(charting)
    assert waiting(charting) == [(charting.visit_id, True)]
    charting.visit_id = old
    assert co_signed(charting, sha256)


def test_of_two_prescribers_of_one_name_it_is_the_one_whom_the_injector_works_under(charting: Charting) -> None:
    sign_as_injector(charting)
    name = charting.clinic.prescriber.name
    twin = make_person(charting.work, charting.clinic.id, Role.PRESCRIBER, username="twin", name=name)
    assert waiting(charting, twin) == [(charting.visit_id, False)]
    assert waiting(charting) == [(charting.visit_id, True)]


def test_an_injector_whose_prescriber_left_cannot_sign(charting: Charting) -> None:
    """S-22: an injector signs under a named prescriber; one who left answers for nobody."""
    from clinic.queries.accounts import credentials
    from clinic.services import accounts
    from clinic.services.accounts import SYSTEM

    charting.settled()
    person = injector_of(charting)
    admin = fresh(charting, charting.clinic.people[Role.ADMINISTRATOR])
    with charting.work.writing(admin) as uow:
        accounts.change_membership(
            uow, charting.clinic.prescriber.user_id, role=Role.PRESCRIBER, active=False, prescriber_id=None
        )
    with charting.work.reading(SYSTEM, scoped=False) as uow:
        found = credentials(uow, person.username)
    assert found is not None
    [now] = found.actors
    assert (now.prescriber_id, now.prescriber_name) == (None, None)
    with charting.reading() as uow:
        from clinic.queries.visit_contents import visit_content
        from clinic.queries.visit_record import visit_record

        record = visit_record(uow, charting.visit_id)
        sha256 = visit_content(record).id
    with pytest.raises(NotPermitted, match="named prescriber"), charting.work.writing(fresh(charting, now)) as uow:
        signing.sign(uow, charting.visit_id, record.visit.edit_version, sha256)
