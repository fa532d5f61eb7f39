"""Patients found by what was charted: the database's answer against a plain one, scope, saved searches, statement counts."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text

from clinic.domain.actors import Role
from clinic.domain.cohort_checks import problems
from clinic.domain.cohorts import Criteria, each_alone
from clinic.domain.errors import Invalid, NotFound
from clinic.domain.events import Action, Event
from clinic.models import Cohort
from clinic.queries.cohort_pages import Order, found_page
from clinic.queries.cohorts import cohort, cohort_to_show, cohorts, patients_of
from clinic.services import cohorts as service
from clinic.unit_of_work import Work
from tests.cohort_answers import fits
from tests.cohort_clinics import drawn_clinic
from tests.cohort_rows import OPTIONAL, insert_clinic, random_criteria
from tests.factories import ClinicWorld, make_patient
from tests.postgresql import by_owner
from tests.web.statements import counted

PEOPLE, COMBINATIONS = 50, 60


def analyse(work: Work) -> None:
    """Let the database count its rows, as it does by itself in a clinic: without that it plans for empty tables."""
    with by_owner(work.engine) as connection:
        connection.execute(text("ANALYZE"))


def test_the_database_finds_whom_a_plain_reading_of_the_criteria_finds(
    work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld
) -> None:
    """Every criterion alone, and random ones together; another clinic's patients are never among them."""
    chance = random.Random(20261122)
    injectors = (clinic.prescriber, clinic.people[Role.INJECTOR])
    names = {one.user_id: one.name for one in injectors}
    people = drawn_clinic(chance, PEOPLE, tuple(names.values()))
    with work.writing(clinic.prescriber) as uow:
        ids = insert_clinic(uow, clinic, people)
    analyse(work)
    make_patient(work, other_clinic.prescriber)
    asked = [Criteria(), *(Criteria(**{name: value}) for name, values in OPTIONAL.items() for value in values)]
    asked += [random_criteria(chance, tuple(names)) for _ in range(COMBINATIONS)]
    found_some = 0
    with work.reading(clinic.prescriber) as uow:
        for criteria in asked:
            expected = {one for one, person in zip(ids, people, strict=True) if fits(person, criteria, names)}
            assert set(uow.session.scalars(patients_of(uow, criteria))) == expected, criteria
            found_some += 0 < len(expected) < PEOPLE
        whole = [one for one in asked if not one.is_empty and not problems(one)][-12:]
        for criteria in whole:
            page = found_page(uow, criteria, whole=True)
            expected = {one for one, person in zip(ids, people, strict=True) if fits(person, criteria, names)}
            assert set(page.patient_ids) == expected
            assert all(row.reasons for row in page.rows) or not _tells_why(criteria), criteria
    assert found_some > len(asked) / 2


def _tells_why(criteria: Criteria) -> bool:
    """Whether something of it is told row by row: what counts sessions, ages or both sides is not."""
    silent = ("bilateral", "sexes", "age_at_least", "age_at_most", "sessions_at_most", "drafts")
    return not replace(criteria, **{name: getattr(Criteria(), name) for name in silent}).is_empty


def test_a_page_costs_the_same_whatever_is_asked_and_says_who_is_excluded_by_what(
    work: Work, clinic: ClinicWorld
) -> None:
    chance = random.Random(7)
    with work.writing(clinic.prescriber) as uow:
        insert_clinic(uow, clinic, drawn_clinic(chance, 60, ("Ada Prescriber",)))
    analyse(work)
    everything = Criteria(
        **{name: values[0] for name, values in OPTIONAL.items() if name not in {"sub_sites", "onset_months_at_least"}}
    )
    with work.reading(clinic.prescriber) as uow:
        with counted(work.engine) as few:
            page = found_page(uow, Criteria(sexes=("female", "male")))
        assert (len(page.rows), page.first, page.last, page.more) == (50, 1, 50, True)
        rest = found_page(uow, Criteria(sexes=("female", "male")), 2, Order.RECORD)
        assert rest.first == 51
        assert rest.last == rest.total == page.total
        assert not {row.id for row in rest.rows} & {row.id for row in page.rows}
        with counted(work.engine) as many:
            nobody = found_page(uow, everything)
        assert (nobody.total, nobody.everybody) == (0, page.total)
        assert [one.count for one in nobody.alone] == [
            len(uow.session.scalars(patients_of(uow, one)).all()) for one in each_alone(everything)
        ]
        assert len(few) <= 3
        assert len(many) <= 6
        for order in Order:
            keys = [_key(row, order) for row in found_page(uow, Criteria(sexes=("female",)), order=order).rows]
            assert keys == sorted(keys)


def _key(row: object, order: Order) -> object:
    name = {Order.NAME: "name", Order.BIRTH: "birth_date", Order.RECORD: "record_number", Order.SEEN: "name"}[order]
    return getattr(row, name)


def test_a_last_session_is_told_by_its_own_day_and_the_newest_count(work: Work, clinic: ClinicWorld) -> None:
    people = drawn_clinic(random.Random(11), 12, ("Ada Prescriber",))
    with work.writing(clinic.prescriber) as uow:
        insert_clinic(uow, clinic, people)
    with work.reading(clinic.prescriber) as uow:
        page = found_page(uow, Criteria(last_session_until=date(2026, 6, 1)))
        assert page.rows
        for row in page.rows:
            count, _, day = row.reasons[0].words.partition(", the last on ")
            assert count.split()[0].isdigit()
            assert 2023 <= int(day[-4:]) <= 2026
        assert found_page(uow, Criteria(last_session_until=date(2026, 6, 1)), 99).first == 1


def test_a_private_search_is_found_by_its_owner_only(
    work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld
) -> None:
    criteria = Criteria(muscles=("mentalis",))
    with work.writing(clinic.prescriber) as uow:
        private = service.save_cohort(uow, "Mine", criteria, shared=False)
    with work.writing(clinic.prescriber) as uow:
        shared = service.save_cohort(uow, "Ours", criteria, shared=True)
    colleague = clinic.people[Role.THERAPIST]
    with work.reading(clinic.prescriber) as uow:
        assert [one.name for one in cohorts(uow)] == ["Mine", "Ours"]
        assert cohort(uow, private).criteria == criteria
        assert cohort(uow, private).is_mine
    with work.reading(colleague) as uow:
        assert [(one.name, one.is_mine) for one in cohorts(uow)] == [("Ours", False)]
        with pytest.raises(NotFound):
            cohort(uow, private)
    with work.reading(other_clinic.prescriber) as uow:
        assert cohorts(uow) == ()
        with pytest.raises(NotFound):
            cohort(uow, shared)
    with work.writing(clinic.prescriber) as uow:
        uow.session.get_one(Cohort, (uow.clinic_id, private)).criteria = '{"schema":1,"muscles":["gone"]}'
        uow.record(Event(Action.COHORT_SAVED, f"cohort:{private}"))
    with work.reading(clinic.prescriber) as uow:
        assert [(one.name, one.is_readable) for one in cohorts(uow)] == [("Mine", False), ("Ours", True)]
        with pytest.raises(Invalid):
            cohort(uow, private)
        assert not cohort_to_show(uow, private).is_readable
    with work.writing(clinic.prescriber) as uow:
        service.retire_cohort(uow, shared, 1)
    with work.reading(clinic.prescriber) as uow, pytest.raises(NotFound):
        cohort(uow, shared)
