"""Taking a cohort out without names: whose it is, under which password, what remains in the audit trail, and no canary."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Enum, String, select, text

from clinic.domain.actors import Role
from clinic.domain.adverse_events import Kind, Relation
from clinic.domain.anatomy import Side
from clinic.domain.cohorts import Criteria
from clinic.domain.deidentified import released, tables_of
from clinic.domain.deidentified_rules import shift_of
from clinic.domain.errors import FreshPasswordNeeded, Invalid, NotFound, NotPermitted
from clinic.domain.patients import Sex
from clinic.models import AuditEvent, Base
from clinic.queries.deidentified import cohort_to_export
from clinic.services import adverse_events, cohorts
from clinic.services.adverse_events import EventEntry
from clinic.services.cohort_exports import make_export, note_export, preview
from clinic.unit_of_work import UnitOfWork, Work
from tests.charting import Charting
from tests.factories import ClinicWorld, make_patient
from tests.postgresql import beside
from tests.trending import EYE, Course, at
from tests.web.statements import counted

PURPOSE = "audit of doses, approved by the board"
CODED = {"muscle", "sub_site", "instrument", "version", "score", "product", "time_zone", "criteria", "view", "item"}
"""Text columns that hold codes of the program, or what the reading itself needs."""


def fresh(work: Work, clinic: ClinicWorld) -> Any:
    return work.writing(replace(clinic.prescriber, password_at=work.clock()))


def saved(work: Work, clinic: ClinicWorld, *, shared: bool = False) -> str:
    with work.writing(clinic.prescriber) as uow:
        return cohorts.save_cohort(uow, "Everybody", Criteria(sexes=("female", "male")), shared=shared)


def others(work: Work, clinic: ClinicWorld, count: int) -> None:
    for name in ("Adelaide", "Brunhilde", "Cornelius", "Dorothea")[-count:]:
        born = date(1930 + 7 * len(name), 1, ord(name[0]) - 60)
        make_patient(work, clinic.prescriber, family_name=name, given_names=name[::-1], birth_date=born, sex=Sex.MALE)


@pytest.fixture
def course(work: Work, clinic: ClinicWorld, clock: Any) -> Course:
    """A patient with a session, its review, a grade, a score and an event."""
    clock.now = at(2025, 1, 20)
    course = Course(Charting.begun(work, clinic, clock))
    course.grade({EYE: 3})
    course.charting.signed()
    session = course.charting.visit_id
    with course.charting.writing() as uow:
        entry = EventEntry(Kind.DRY_EYE, 1, Relation.POSSIBLE, Side.LEFT, description="canary")
        adverse_events.record_event(uow, course.charting.patient_id, entry, session_id=session)
        alone = replace(entry, kind=Kind.OTHER, onset_on=date(2024, 12, 1))
        adverse_events.record_event(uow, course.charting.patient_id, alone)
    course.draft(at(2025, 3, 3))
    course.review(session, [(EYE, 60, False, (("orbicularis_oculi", Side.LEFT),))])
    course.charting.sign()
    course.graded(at(2025, 4, 10), saq_sum=36, movement=3)
    return course


def test_the_file_leaves_with_its_hash_purpose_and_counts_in_the_audit_trail(
    course: Course, work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld
) -> None:
    others(work, clinic, 3)
    cohort_id = saved(work, clinic)
    with work.reading(clinic.prescriber) as uow:
        assert "fewer than 5" in preview(uow, cohort_id).refusal
    make_patient(work, clinic.prescriber, family_name="Xu", given_names="Li", birth_date=date(2001, 9, 30))
    with work.reading(clinic.prescriber) as uow, counted(work.engine) as seen:
        found = preview(uow, cohort_id)
    assert len(seen) <= 5
    assert (found.patients, found.release and found.release.sessions) == (5, 1)
    with work.reading(clinic.prescriber) as uow, pytest.raises(FreshPasswordNeeded):
        make_export(uow, cohort_id)
    actor = replace(clinic.prescriber, password_at=work.clock())
    with work.reading(actor) as uow:
        made = make_export(uow, cohort_id)
        assert make_export(uow, cohort_id).body == made.body
    for purpose in ("", "too short", "x" * 501):
        with pytest.raises(Invalid), work.writing(actor) as uow:
            note_export(uow, made, purpose)
    with work.writing(actor) as uow:
        note_export(uow, made, PURPOSE)
    event = last_event(work, clinic)
    assert (event.action, event.reason) == ("cohort.exported", PURPOSE)
    kept = json.loads(event.values)["new"]
    assert (kept["sha256"], kept["patients"], kept["rows.sites"]) == (made.sha256, "5", "4")
    assert_only_its_own(work, clinic, other_clinic, cohort_id)


def last_event(work: Work, clinic: ClinicWorld) -> Any:
    with work.reading(clinic.prescriber) as uow:
        return uow.session.scalars(select(AuditEvent).order_by(AuditEvent.sequence.desc()).limit(1)).one()


def assert_only_its_own(work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld, cohort_id: str) -> None:
    """Another clinic's cohort does not exist, and a role without the permission is refused."""
    with work.reading(other_clinic.prescriber) as uow, pytest.raises(NotFound):
        preview(uow, cohort_id)
    with work.reading(clinic.people[Role.INJECTOR]) as uow, pytest.raises(NotPermitted):
        preview(uow, cohort_id)


@pytest.mark.sqlite_only
def test_no_text_of_the_record_comes_out_whatever_it_holds(course: Course, work: Work, clinic: ClinicWorld) -> None:
    others(work, clinic, 4)
    cohort_id = saved(work, clinic)
    filled = fill_with_canaries(work)
    assert {("patient", "family_name"), ("injection_site", "note"), ("review", "note"), ("lot", "number")} <= filled
    with work.reading(clinic.prescriber) as uow:
        found = cohort_to_export(uow, cohort_id)
        ids = list(ids_of(uow))
    lines = {one.name: one.rows for one in tables_of(found.record, found.salt)}
    assert {name: len(rows) for name, rows in lines.items() if name != "scores"} == {
        "patients": 5, "episodes": 1, "sessions": 1, "sites": 4, "grades": 1, "reviews": 1, "effects": 1, "events": 2,
    }  # fmt: skip
    assert lines["scores"]
    cells = {cell for rows in lines.values() for row in rows for cell in row}
    assert not [cell for cell in cells if "canary" in cell.lower()]
    assert not cells & {*ids, "1979-02-03", "2025-01-20", found.salt}
    assert released(found.record, found.salt).patients == 5
    shift = shift_of(found.salt, course.charting.patient_id)
    assert lines["sessions"][0][2] == (at(2025, 1, 20).date() + shift).isoformat()


def ids_of(uow: UnitOfWork) -> Iterator[str]:
    """Every id that stands anywhere in the clinic."""
    for table in Base.metadata.sorted_tables:
        if "id" in table.c and isinstance(table.c.id.type, String):
            of_clinic = [table.c.clinic_id == uow.clinic_id] if "clinic_id" in table.c else []
            yield from uow.session.scalars(select(table.c.id).where(*of_clinic))


def fill_with_canaries(work: Work) -> set[tuple[str, str]]:
    """Write a canary into every text column that holds no key and no code, past the triggers that freeze the record."""
    filled = set()
    with beside(work.engine).begin() as connection:
        triggers = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
        for name in triggers:
            connection.execute(text(f'DROP TRIGGER "{name}"'))
        for table in Base.metadata.sorted_tables:
            for column in table.c:
                plain = isinstance(column.type, String) and not isinstance(column.type, Enum)
                if plain and not column.primary_key and not is_key(column) and column.name not in CODED:
                    connection.execute(text(f'UPDATE "{table.name}" SET "{column.name}" = \'CANARY \' || rowid'))
                    filled.add((table.name, column.name))
    return filled


def is_key(column: Any) -> bool:
    """Whether the column is part of a foreign key, or is one in all but name."""
    return bool(column.foreign_keys) or column.name.endswith(("_id", "_of", "_site", "salt"))
