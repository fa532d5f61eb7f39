"""Merging two records of one person, and parting them: what moves, what never changes, what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from clinic.domain.actors import Role
from clinic.domain.errors import FreshPasswordNeeded, Frozen, Invalid, NotFound, NotPermitted, Stale
from clinic.domain.events import Action, Event
from clinic.domain.injections import Answer
from clinic.domain.patients import SafetyFactKind
from clinic.domain.visits import Disposition
from clinic.models import AuditEvent, Patient, PatientMerge
from clinic.models.moving import moving_tables
from clinic.queries import patient_search
from clinic.services import injections, merges, patients, signing, visits
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld, make_patient
from tests.merging import GONE_NUMBER, KEPT_NUMBER, REASON, Two
from tests.postgresql import by_owner

SIGNED = (
    ("signature", ()),
    ("document", ()),
    ("addendum", ()),
    ("issued_document", ("id", "sha256", "body", "content")),
)


@pytest.fixture
def two(work: Work, clinic: ClinicWorld, clock: Any) -> Two:
    return Two.made(work, clinic, clock)


def frozen_rows(two: Two) -> list[Any]:
    return [two.rows(table, *columns) for table, columns in SIGNED]


def test_a_merge_and_its_undoing_change_no_byte_of_what_was_signed(two: Two) -> None:
    """Issue point 7: reversible, never touches signed content; verification is clean at each step."""
    before, sites = frozen_rows(two), two.rows("injection_site")
    assert two.problems() == []
    two.merge()
    assert two.problems() == []
    assert frozen_rows(two) == before
    assert two.rows("injection_site") == sites
    assert two.patient_of(two.gone.visit_id) == two.kept.patient_id
    two.part()
    assert two.problems() == []
    assert frozen_rows(two) == before
    assert two.patient_of(two.gone.visit_id) == two.gone.patient_id
    assert two.patient_of(two.kept.visit_id) == two.kept.patient_id


def test_every_row_of_the_merged_record_moves_and_exactly_those_come_back(two: Two) -> None:
    def pointers() -> dict[str, list[Any]]:
        return {one.name: two.rows(one.name, "id", "patient_id") for one in moving_tables()}

    before = pointers()
    two.merge()
    assert not [row for rows in pointers().values() for row in rows if row[1] == two.gone.patient_id]
    two.part()
    assert pointers() == before


def test_the_interval_to_the_other_records_session_is_seen_and_gone_again(two: Two) -> None:
    """Dose checks run anew: two sessions within 84 days, one in each record."""
    two.clock.move(days=60)
    draft = two.kept.visit_id = two.draft(two.kept.patient_id)
    with two.work.writing(two.clinic.prescriber) as uow:
        injections.add_syringe(uow, draft, two.kept.version(), two.kept.vial_id)
    two.kept.chart_usual_sites()
    codes = lambda: {one.code for one in two.kept.findings()}  # noqa: E731
    assert not any(code == "TIME-001" for code in codes())
    version = two.kept.version()
    two.merge()
    assert any(code == "TIME-001" for code in codes())
    assert two.kept.version() > version
    two.part()
    assert not any(code == "TIME-001" for code in codes())


def test_a_draft_open_in_another_tab_is_told_and_then_lands_on_the_kept_record(two: Two) -> None:
    draft = two.draft(two.gone.patient_id)
    version = two.gone.version(draft)
    two.merge()
    with pytest.raises(Stale), two.work.writing(two.clinic.prescriber) as uow:
        visits.write(uow, draft, version, complaints="tight cheek")
    with two.work.writing(two.clinic.prescriber) as uow:
        visits.write(uow, draft, two.gone.version(draft), complaints="tight cheek")
    assert two.patient_of(draft) == two.kept.patient_id


@pytest.mark.parametrize(
    ("kept", "gone", "stays"),
    [
        (Answer.NO, Answer.YES, Answer.YES),
        (Answer.YES, Answer.NO, Answer.YES),
        (Answer.NO, Answer.UNKNOWN, Answer.UNKNOWN),
        (Answer.YES, Answer.UNKNOWN, Answer.YES),
    ],
)
def test_the_more_cautious_answer_stays_and_the_own_one_comes_back(
    two: Two, kept: Answer, gone: Answer, stays: Answer
) -> None:
    kind = SafetyFactKind.TOXIN_ALLERGY
    two.fact(two.kept.patient_id, kind, kept, "as told in March")
    two.fact(two.gone.patient_id, kind, gone, "rash in 2019")
    before = two.facts(two.kept.patient_id), two.facts(two.gone.patient_id)
    two.merge()
    answer, detail, _ = two.facts(two.kept.patient_id)[kind]
    assert answer is stays
    assert "Ask again" in detail
    assert "rash in 2019" in detail
    assert "as told in March" in detail
    two.part()
    assert (two.facts(two.kept.patient_id), two.facts(two.gone.patient_id)) == before


def test_an_answer_that_only_the_merged_record_had_is_taken_up_and_given_back(two: Two) -> None:
    kind = SafetyFactKind.ANTICOAGULANT
    two.fact(two.gone.patient_id, kind, Answer.YES, "apixaban")
    two.merge()
    assert two.facts(two.kept.patient_id)[kind][:2] == (Answer.YES, "apixaban")
    two.part()
    assert kind not in two.facts(two.kept.patient_id)


def test_an_answer_asked_again_since_the_merge_stays(two: Two) -> None:
    kind = SafetyFactKind.ANTICOAGULANT
    two.fact(two.gone.patient_id, kind, Answer.YES, "apixaban")
    two.merge()
    two.fact(two.kept.patient_id, kind, Answer.NO, "stopped in May")
    two.part()
    assert two.facts(two.kept.patient_id)[kind][:2] == (Answer.NO, "stopped in May")


def test_the_merged_number_and_name_find_the_kept_record(two: Two) -> None:
    two.merge()
    with two.work.reading(two.clinic.prescriber) as uow:
        for term in (GONE_NUMBER, "Kean Margaret", KEPT_NUMBER):
            rows = patient_search.search(uow, term).rows
            assert [row.id for row in rows] == [two.kept.patient_id], term
            assert rows[0].was == GONE_NUMBER
    two.part()
    with two.work.reading(two.clinic.prescriber) as uow:
        found = patient_search.search(uow, GONE_NUMBER).rows
    assert [(row.id, row.was) for row in found] == [(two.gone.patient_id, "")]


def test_what_was_added_since_stays_but_what_hangs_on_moved_rows_goes_back(two: Two) -> None:
    two.merge()
    own = two.draft(two.kept.patient_id)
    with two.work.writing(two.clinic.prescriber) as uow:
        amendment = signing.amend(uow, two.gone.visit_id, "The dose was misread")
    with two.fresh() as uow:
        signing.void(uow, two.kept.visit_id, "Charted in error", Disposition.NOT_GIVEN)
    assert two.patient_of(amendment) == two.kept.patient_id
    two.part()
    assert two.patient_of(own) == two.kept.patient_id
    assert two.patient_of(amendment) == two.gone.patient_id
    assert two.problems() == []


def test_a_draft_signed_since_the_merge_goes_back_with_its_record_and_verifies(two: Two) -> None:
    two.clock.move(days=90)
    two.gone.start()
    two.merge()
    two.gone.signed()
    assert two.problems() == []
    two.part()
    assert two.patient_of(two.gone.visit_id) == two.gone.patient_id
    assert two.problems() == []


def test_dates_of_lists_follow_the_visits(two: Two) -> None:
    def dates(patient_id: str) -> tuple[Any, Any]:
        with two.work.reading(two.clinic.prescriber) as uow:
            row = uow.session.get_one(Patient, (uow.clinic_id, patient_id))
            return row.last_visit_on, row.next_due_on

    kept, gone = dates(two.kept.patient_id), dates(two.gone.patient_id)
    two.merge()
    assert dates(two.kept.patient_id) == gone
    assert dates(two.gone.patient_id) == (None, None)
    two.part()
    assert (dates(two.kept.patient_id), dates(two.gone.patient_id)) == (kept, gone)


def test_a_chain_is_right_and_is_undone_from_its_end(two: Two) -> None:
    third = make_patient(two.work, two.clinic.prescriber, family_name="Brandt", given_names="Eva", record_number="Z-9")
    two.merge()
    two.clock.move(minutes=1)
    two.merge(third, two.kept.patient_id, record_number=KEPT_NUMBER)
    assert two.patient_of(two.gone.visit_id) == third
    assert two.problems() == []
    with two.work.reading(two.clinic.prescriber) as uow:
        assert [row.id for row in patient_search.search(uow, GONE_NUMBER).rows] == [third]
    with pytest.raises(Frozen, match="Z-9"):
        two.part()
    two.part(two.kept.patient_id, third)
    assert two.patient_of(two.gone.visit_id) == two.kept.patient_id
    two.part()
    assert two.patient_of(two.gone.visit_id) == two.gone.patient_id
    assert two.problems() == []


def test_merged_again_after_parting_verifies(two: Two) -> None:
    two.merge()
    two.clock.move(minutes=1)
    two.part()
    two.clock.move(minutes=1)
    two.merge()
    assert two.problems() == []
    two.clock.move(minutes=1)
    two.part()
    two.clock.move(minutes=1)
    two.merge(two.gone.patient_id, two.kept.patient_id, record_number=KEPT_NUMBER)
    assert two.problems() == []


def test_a_merged_record_is_merged_and_restored_no_more(two: Two) -> None:
    two.merge()
    with pytest.raises(Frozen, match=f"merged into record {KEPT_NUMBER}"):
        two.merge()
    with pytest.raises(Frozen, match=f"merged into record {KEPT_NUMBER}"):
        two.merge(two.gone.patient_id, two.kept.patient_id, record_number=KEPT_NUMBER)
    version = two.version(two.gone.patient_id)
    with pytest.raises(Frozen, match="Part the two"), two.work.writing(two.clinic.prescriber) as uow:
        patients.restore_patient(uow, two.gone.patient_id, version, "by mistake retired")
    with pytest.raises(Frozen), two.work.writing(two.clinic.prescriber) as uow:
        visits.start(uow, two.gone.patient_id)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"record_number": KEPT_NUMBER}, "record_number"),
        ({"record_number": ""}, "record_number"),
        ({"reason": "short"}, "reason"),
        ({"reason": "x" * 501}, "reason"),
    ],
)
def test_a_merge_is_refused_beside_its_field_and_changes_nothing(two: Two, values: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        two.merge(**values)
    assert set(refused.value.fields) == {field}
    assert two.rows("patient_merge") == []


def test_a_merge_needs_a_fresh_password_the_role_and_what_was_shown(two: Two, other_clinic: ClinicWorld) -> None:
    """S-22: merging asks for the password again after five minutes."""
    ids = (two.kept.patient_id, two.gone.patient_id)
    values: dict[str, Any] = {"record_number": GONE_NUMBER, "reason": REASON}
    versions = {"kept_version": two.version(ids[0]), "merged_version": two.version(ids[1])}

    def tried(actor: Any, minutes: float, pair: tuple[str, str] = ids, **more: Any) -> None:
        acting = replace(actor, password_at=two.clock.now - timedelta(minutes=minutes))
        with two.work.writing(acting) as uow:
            merges.merge(uow, *pair, **values | versions | more)

    with pytest.raises(FreshPasswordNeeded):
        tried(two.clinic.prescriber, 5.01)
    with pytest.raises(NotPermitted):
        tried(two.clinic.people[Role.ADMINISTRATOR], 0)
    with pytest.raises(NotFound):
        tried(other_clinic.prescriber, 0)
    with pytest.raises(Invalid):
        tried(two.clinic.prescriber, 0, (ids[0], ids[0]))
    with pytest.raises(Stale):
        tried(two.clinic.prescriber, 0, merged_version=versions["merged_version"] - 1)
    assert two.rows("patient_merge") == []


def test_nobody_merges_a_record_under_the_needle(two: Two) -> None:
    """A time-out confirmed one record: with one in an open draft the merge is refused, so that none survives it."""
    gone: Charting = two.gone
    two.clock.move(days=90)
    gone.start()
    gone.ready_for_time_out()
    gone.take_time_out(initials="MK")
    with pytest.raises(Frozen, match="under way"):
        two.merge()
    gone.give_all()
    with pytest.raises(Frozen, match="under way"):
        two.merge()
    gone.settle()
    gone.sign()
    two.merge()
    assert two.problems() == []


def test_the_database_lets_a_frozen_row_point_nowhere_else(two: Two) -> None:
    """Without a merge in force, to a third record, or with any other column: refused by the database itself."""
    third = make_patient(two.work, two.clinic.prescriber, family_name="Brandt", given_names="Eva")

    def tried(statement: str, **values: str) -> None:
        with pytest.raises(DBAPIError), by_owner(two.work.engine) as connection:
            connection.execute(text(statement), values)

    ids = {"kept": two.kept.patient_id, "gone": two.gone.patient_id, "third": third}
    for table in ("visit", "vial_entry", "issued_document"):
        if not [row for row in two.rows(table, "patient_id") if row[0] == ids["gone"]]:
            continue
        move = f"UPDATE {table} SET patient_id = :new WHERE patient_id = :old"
        tried(move, new=ids["kept"], old=ids["gone"])
    two.merge()
    tried("UPDATE visit SET patient_id = :new WHERE patient_id = :old", new=third, old=ids["kept"])
    tried(
        "UPDATE visit SET patient_id = :new, complaints = 'x' WHERE patient_id = :old", new=ids["gone"], old=ids["kept"]
    )
    tried(
        "UPDATE vial_entry SET patient_id = :new, units = 1 WHERE patient_id = :old", new=ids["gone"], old=ids["kept"]
    )
    tried("UPDATE patient_merge SET reason = 'x'")
    tried("UPDATE patient_merge SET kept_id = :new, undone_at = at", new=third)
    tried("DELETE FROM patient_merge")
    two.part()
    tried("UPDATE visit SET patient_id = :new WHERE patient_id = :old", new=ids["kept"], old=ids["gone"])
    tried("UPDATE patient_merge SET undone_at = NULL")


def test_verification_names_a_merge_that_nobody_made(two: Two) -> None:
    """The tooth: a forged row that would excuse moved visits is itself found."""
    with by_owner(two.work.engine) as connection:
        columns = (
            "clinic_id, id, merged_id, kept_id, reason, by_id, by_name, at, moved, facts, undone_by, undone_reason"
        )
        connection.execute(
            text(
                f"INSERT INTO patient_merge ({columns}) SELECT clinic_id, 'forged', :gone, :kept, 'x', author_id, 'x',"
                " created_at, '{}', '{}', '', '' FROM visit WHERE id = :visit"
            ),
            {"gone": two.gone.patient_id, "kept": two.kept.patient_id, "visit": two.gone.visit_id},
        )
        connection.execute(
            text("UPDATE visit SET patient_id = :kept WHERE patient_id = :gone"),
            {"gone": two.gone.patient_id, "kept": two.kept.patient_id},
        )
    problems = two.problems()
    assert any("merge forged" in one and "does not know it" in one for one in problems), problems


def test_both_trails_tell_of_it(two: Two) -> None:
    merge_id = two.merge()
    two.part()
    with two.work.reading(two.clinic.prescriber) as uow:
        rows = uow.session.execute(
            select(AuditEvent.action, AuditEvent.patient_id).where(
                AuditEvent.action.in_(["patient.merged", "patient.unmerged"])
            )
        ).all()
        assert uow.session.get_one(PatientMerge, (uow.clinic_id, merge_id)).undone_by
    pair = {two.kept.patient_id, two.gone.patient_id}
    assert {row.patient_id for row in rows if row.action == "patient.merged"} == pair
    assert {row.patient_id for row in rows if row.action == "patient.unmerged"} == pair


def test_two_people_are_said_once_for_both(two: Two) -> None:
    for pair in ((two.kept.patient_id, two.gone.patient_id), (two.gone.patient_id, two.kept.patient_id)):
        with two.work.writing(two.clinic.prescriber) as uow:
            merges.mark_distinct(uow, *pair)
            uow.record(Event(Action.PATIENTS_DISTINCT, f"patient:{pair[0]}", pair[0]))
    assert len(two.rows("patient_distinct")) == 1
