"""The diary is added to and never rewritten; all lines or none."""

from __future__ import annotations

import json
from datetime import date

import pytest
from sqlalchemy import text

from clinic.domain.actors import Role
from clinic.domain.errors import Invalid, NotFound, NotPermitted
from clinic.queries.diaries import diary_page, standing_weeks
from clinic.services import diaries
from clinic.unit_of_work import Work
from tests.factories import ClinicWorld, make_patient

MONDAY = date(2026, 11, 16)
CHIN = "e9_chin_release"


@pytest.fixture
def patient_id(work: Work, clinic: ClinicWorld) -> str:
    return make_patient(work, clinic.prescriber)


def enter(work: Work, clinic: ClinicWorld, patient_id: str, lines: str, role: Role = Role.ASSISTANT) -> str:
    with work.writing(clinic.people[role]) as uow:
        return diaries.enter_weeks(uow, patient_id, lines)


def weeks(work: Work, clinic: ClinicWorld, patient_id: str) -> dict[tuple[date, str], str]:
    with work.reading(clinic.prescriber) as uow:
        return {key: week.days for key, week in standing_weeks(uow, patient_id).items()}


def test_the_newest_entry_of_a_week_counts_and_the_earlier_one_stays(
    work: Work, clinic: ClinicWorld, patient_id: str
) -> None:
    enter(work, clinic, patient_id, "16 Nov: xx-xx.x\ne9 16 Nov: xxxxxxx")
    newest = enter(work, clinic, patient_id, "16 Nov: xxxxxx.")
    assert weeks(work, clinic, patient_id) == {(MONDAY, ""): "xxxxxx.", (MONDAY, CHIN): "xxxxxxx"}
    with work.reading(clinic.prescriber) as uow:
        page = diary_page(uow, patient_id, newest)
        rows = uow.session.connection().execute(text("SELECT COUNT(*) FROM diary_week")).scalar_one()
        changes = (
            uow.session.connection()
            .execute(text("SELECT \"values\" FROM audit_event WHERE action = 'diary.entered' ORDER BY sequence"))
            .all()
        )
    assert rows == 3
    assert [(past.entry.week.days, past.counts) for past in page.history] == [("xxxxxx.", True), ("xx-xx.x", False)]
    assert len(page.understood) == 1
    assert page.understood[0].startswith("Whole programme, week of 16 Nov 2026: practised Monday")
    said = json.loads(changes[1][0])
    week = "2026-11-16 whole programme"
    assert (said["old"], said["new"]) == ({week: "xx-xx.x"}, {week: "xxxxxx."})


def test_one_wrong_line_and_nothing_is_kept(work: Work, clinic: ClinicWorld, patient_id: str) -> None:
    with pytest.raises(Invalid) as refused:
        enter(work, clinic, patient_id, "16 Nov: xx-xx.x\n17 Nov: xx-xx.x\n30 Nov: .......")
    assert set(refused.value.fields) == {"lines"}
    assert "Line 2" in refused.value.fields["lines"]
    assert "Line 3" in refused.value.fields["lines"]
    assert weeks(work, clinic, patient_id) == {}


def test_today_is_the_clinics_today(work: Work, clinic: ClinicWorld, patient_id: str) -> None:
    enter(work, clinic, patient_id, "16 Nov: xx-xx.x")  # The clock stands on Sunday, 22 Nov 2026.
    with pytest.raises(Invalid, match="has not begun yet"):
        enter(work, clinic, patient_id, "23 Nov: .......")


def test_twelve_weeks_are_shown_and_older_ones_counted(work: Work, clinic: ClinicWorld, patient_id: str) -> None:
    enter(work, clinic, patient_id, "31 Aug: xxxxxxx\n24 Aug: xxxxxxx\n16 Nov: xx-xx..")
    with work.reading(clinic.prescriber) as uow:
        page = diary_page(uow, patient_id)
    assert [one.monday for one in page.weeks if one.lines] == [MONDAY, date(2026, 8, 31)]
    assert (len(page.weeks), page.older) == (12, 1)
    assert [(one.about, one.words) for one in page.totals] == [
        ("Whole programme", "practised on 11 of 12 days noted, in 2 weeks")
    ]


def test_only_clinical_roles_of_the_patients_clinic_write(
    work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld, patient_id: str
) -> None:
    for role in (Role.AUDITOR, Role.ADMINISTRATOR):
        with pytest.raises(NotPermitted):
            enter(work, clinic, patient_id, "16 Nov: xx-xx.x", role)
    with pytest.raises(NotFound):
        enter(work, other_clinic, patient_id, "16 Nov: xx-xx.x")
