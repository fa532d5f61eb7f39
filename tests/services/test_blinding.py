"""Two raters of one visit: whose grading was made without having been shown the other's."""

from __future__ import annotations

from clinic.domain.actors import Role
from clinic.models import AssessmentSeen
from clinic.services import signing
from tests.charting import Charting
from tests.factories import ClinicWorld
from tests.services.test_assessments import SUNNYBROOK, charting, count, remove, rows, save, shown

__all__ = ["charting"]


def test_the_second_rater_is_blind_until_shown(charting: Charting, clinic: ClinicWorld) -> None:
    therapist, injector = clinic.people[Role.THERAPIST], clinic.people[Role.INJECTOR]
    first = save(charting, SUNNYBROOK)
    second = save(charting, SUNNYBROOK, by=therapist)
    shown(charting, injector, second, first)
    third = save(charting, SUNNYBROOK, by=injector)
    assert {row.id: row.blind for row in rows(charting)} == {first: False, second: True, third: False}


def test_one_showing_of_anybodys_is_enough_and_may_be_repeated(charting: Charting, clinic: ClinicWorld) -> None:
    therapist, injector = clinic.people[Role.THERAPIST], clinic.people[Role.INJECTOR]
    first = save(charting, SUNNYBROOK)
    save(charting, SUNNYBROOK, by=therapist)
    shown(charting, injector, first)
    shown(charting, injector, first)
    save(charting, SUNNYBROOK, by=injector)
    assert [row.blind for row in rows(charting)] == [False, True, False]


def test_a_change_after_the_others_were_shown_is_blind_no_more(charting: Charting, clinic: ClinicWorld) -> None:
    therapist = clinic.people[Role.THERAPIST]
    first = save(charting, SUNNYBROOK)
    save(charting, SUNNYBROOK, by=therapist)
    save(charting, SUNNYBROOK | {"syn_brow": 1}, by=therapist, edit_version=1)
    assert [row.blind for row in rows(charting)] == [False, True]
    shown(charting, therapist, first)
    save(charting, SUNNYBROOK, by=therapist, edit_version=2)
    assert [row.blind for row in rows(charting)] == [False, False]


def test_what_was_seen_stays_seen_when_it_is_removed_and_graded_anew(charting: Charting, clinic: ClinicWorld) -> None:
    therapist = clinic.people[Role.THERAPIST]
    first = save(charting, SUNNYBROOK)
    shown(charting, therapist, first)
    remove(charting, first, clinic.prescriber)
    save(charting, SUNNYBROOK)
    save(charting, SUNNYBROOK, by=therapist)
    assert [row.blind for row in rows(charting)] == [False, False]


def test_having_seen_another_instrument_does_not_matter(charting: Charting, clinic: ClinicWorld) -> None:
    therapist = clinic.people[Role.THERAPIST]
    save(charting, SUNNYBROOK)
    other = save(charting, {"grade": 3}, key="house_brackmann")
    shown(charting, therapist, other)
    save(charting, SUNNYBROOK, by=therapist)
    assert [row.blind for row in rows(charting) if row.rater_id == therapist.user_id] == [True]


def test_nothing_is_noted_as_seen_of_another_clinic(charting: Charting, other_clinic: ClinicWorld) -> None:
    found = save(charting, SUNNYBROOK)
    shown(charting, other_clinic.prescriber, found, "0" * 26)
    assert count(charting, AssessmentSeen) == 0


def test_an_amendment_keeps_gradings_and_calls_no_new_one_blind(charting: Charting, clinic: ClinicWorld) -> None:
    save(charting, SUNNYBROOK)
    charting.signed()
    with charting.fresh_writing() as uow:
        charting.visit_id = signing.amend(uow, charting.visit_id, "A wrong grade was entered")
    [row] = rows(charting)
    assert dict(row.answers) == SUNNYBROOK
    save(charting, SUNNYBROOK | {"syn_brow": 1}, edit_version=row.edit_version)
    save(charting, SUNNYBROOK, by=clinic.people[Role.THERAPIST])
    assert [one.blind for one in rows(charting)] == [False, False]
