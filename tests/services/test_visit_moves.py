"""A visit charted in the wrong record: charted anew in the right one, with no unit lost or doubled."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from clinic.domain.actors import Role
from clinic.domain.errors import FreshPasswordNeeded, Frozen, Invalid, NotFound, NotPermitted, Stale, WrongStep
from clinic.domain.visits import Section, VisitState
from clinic.models import Visit
from clinic.queries.visit_moves import move_notes
from clinic.services import injection_sites, signing, visit_moves, visits
from clinic.unit_of_work import Work
from clinic.verification import of_clinic
from tests.charting import Charting
from tests.factories import ClinicWorld, make_condition, make_patient

REASON = "Two charts were open side by side"


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    return Charting.begun(work, clinic, clock)


@pytest.fixture
def right(work: Work, clinic: ClinicWorld) -> str:
    patient_id = make_patient(
        work, clinic.prescriber, family_name="Ulrich", given_names="Paula", birth_date=date(1961, 7, 9)
    )
    make_condition(work, clinic.prescriber, patient_id)
    return patient_id


def moved(charting: Charting, right: str, **values: Any) -> str:
    version = values.pop("version", None) or charting.version()
    given = {"initials": "PU", "birth_year": "1961", "reason": REASON} | values
    with charting.fresh_writing() as uow:
        return visit_moves.move(uow, charting.visit_id, version, right, **given)


def problems(charting: Charting) -> list[str]:
    return [str(one) for one in of_clinic(charting.work, charting.clinic.id)]


def state(charting: Charting, visit_id: str) -> VisitState:
    with charting.reading() as uow:
        return uow.session.get_one(Visit, (uow.clinic_id, visit_id)).state


def test_a_draft_is_charted_anew_in_the_right_record_without_the_wrong_patients_answers(
    charting: Charting, right: str
) -> None:
    """C-04: places and doses come, unconfirmed; answers, consent, time-out and conditions do not."""
    charting.ready_for_time_out()
    charting.take_time_out()
    old = charting.record()
    new_id = moved(charting, right)
    new = charting.record(new_id)
    assert [(one.muscle, one.side, one.x, one.y, one.units) for one in new.sites] == [
        (one.muscle, one.side, one.x, one.y, one.units) for one in old.sites
    ]
    assert not any(one.confirmed or one.given_at for one in new.sites)
    assert not new.answers
    assert not new.time_outs
    assert new.session is not None
    assert (new.session.consent, new.session.prepared_at) == ("", None)
    assert new.patient.id == right
    assert REASON in new.notes[Section.NOTE]
    assert "Keane" not in new.notes[Section.NOTE]
    assert state(charting, charting.visit_id) is VisitState.DISCARDED
    assert problems(charting) == []


def test_what_is_marked_given_goes_over_with_its_units_and_is_entered_late(charting: Charting, right: str) -> None:
    """No unit lost or doubled; the toxin stands in the right patient's record at once, and the time-out is not borrowed."""
    charting.given()
    left = charting.units_left()
    given_at = {one.number: one.given_at for one in charting.record().sites}
    new_id = moved(charting, right)
    assert charting.units_left() == left
    assert problems(charting) == []
    sites = charting.record(new_id).sites
    assert {one.number: one.given_at for one in sites} == given_at
    assert all(REASON in one.entered_late_reason and one.given_recorded_at for one in sites)
    assert not charting.record(new_id).time_outs
    charting.visit_id = new_id
    for site in sites:
        with charting.writing() as uow:
            injection_sites.confirm_sites(uow, new_id, charting.version(), (site.id,))
    charting.answer_all()
    charting.consent()
    charting.settle()
    charting.sign()
    assert charting.units_left() == left
    assert problems(charting) == []


def test_a_signed_visit_is_voided_as_not_given_and_charted_anew(charting: Charting, right: str) -> None:
    """C-04: void with reason, copy to the right patient as a new draft, both audited, both with a link."""
    charting.signed()
    left = charting.units_left()
    new_id = moved(charting, right)
    assert charting.units_left() == left
    assert problems(charting) == []
    with charting.reading() as uow:
        there, here = move_notes(uow, charting.visit_id), move_notes(uow, new_id)
    assert there.to is not None
    assert here.came_from is not None
    assert (there.to.visit_id, there.came_from) == (new_id, None)
    assert (here.came_from.visit_id, here.to) == (charting.visit_id, None)
    with pytest.raises(Frozen):
        moved(charting, right)
    with pytest.raises(Frozen), charting.writing() as uow:
        signing.amend(uow, charting.visit_id, "Once more, with feeling")


def test_waste_goes_back_and_is_asked_again(charting: Charting, right: str) -> None:
    from decimal import Decimal

    from clinic.services import giving

    charting.given()
    syringe = charting.record().syringes[0]
    version, before = charting.version(), charting.units_left()
    with charting.writing() as uow:
        waste = {syringe.id: giving.Waste(Decimal(3), "dead space")}
        giving.settle(uow, charting.visit_id, version, waste)
    assert charting.units_left() == before - 3
    new_id = moved(charting, right)
    assert charting.units_left() == before
    assert [one.wasted for one in charting.record(new_id).syringes] == [0]
    assert problems(charting) == []


def test_a_moved_draft_never_comes_back(charting: Charting, right: str) -> None:
    moved(charting, right)
    with pytest.raises(Frozen, match="another patient"), charting.writing() as uow:
        visits.restore(uow, charting.visit_id)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"initials": "MK"}, "initials"),
        ({"birth_year": "1979"}, "initials"),
        ({"initials": ""}, "initials"),
        ({"reason": "too short"}, "reason"),
        ({"reason": "x" * 501}, "reason"),
    ],
)
def test_a_move_is_refused_beside_its_field_and_changes_nothing(
    charting: Charting, right: str, values: dict[str, str], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        moved(charting, right, **values)
    assert set(refused.value.fields) == {field}
    assert state(charting, charting.visit_id) is VisitState.DRAFT


def test_a_move_before_birth_or_to_oneself_or_from_a_stale_page_is_refused(
    charting: Charting, right: str, work: Work, clinic: ClinicWorld
) -> None:
    unborn = make_patient(
        work, clinic.prescriber, family_name="Ulrich", given_names="Paul", birth_date=date(2026, 11, 22)
    )
    charting.clock.move(days=1)
    with charting.writing() as uow:
        visits.write(uow, charting.visit_id, charting.version(), on=date(2026, 11, 21))
    with pytest.raises(Invalid):
        moved(charting, unborn, initials="PU", birth_year="2026")
    with pytest.raises(Invalid):
        moved(charting, charting.patient_id, initials="MK", birth_year="1979")
    with pytest.raises(Stale):
        moved(charting, right, version=charting.version() - 1)
    assert state(charting, charting.visit_id) is VisitState.DRAFT


def test_who_may_not_move_and_what_cannot_be_moved(
    charting: Charting, right: str, clinic: ClinicWorld, other_clinic: ClinicWorld
) -> None:
    said = {"initials": "PU", "birth_year": "1961", "reason": REASON}

    def tried(actor: Any) -> None:
        with charting.work.writing(actor) as uow:
            visit_moves.move(uow, charting.visit_id, charting.version(), right, **said)

    for role in (Role.ASSISTANT, Role.ADMINISTRATOR, Role.AUDITOR, Role.THERAPIST):
        with pytest.raises(NotPermitted):
            tried(clinic.people[role])
    with pytest.raises(NotFound):
        tried(other_clinic.prescriber)
    charting.signed()
    with pytest.raises(FreshPasswordNeeded):
        tried(replace(clinic.prescriber, password_at=None))
    with charting.writing() as uow:
        charting.first, charting.visit_id = charting.visit_id, signing.amend(uow, charting.visit_id, "A dose misread")
    with pytest.raises(WrongStep):
        moved(charting, right)
    charting.visit_id = charting.first
    with pytest.raises(Frozen):
        moved(charting, right)
