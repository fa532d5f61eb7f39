"""Items of a plan: entries are only added, one clinic and one patient apart, stale changes refused, all of it verified."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from clinic.domain.actors import Role
from clinic.domain.errors import Frozen, Invalid, NotFound, NotPermitted, Stale
from clinic.domain.plans import ItemKind, PlanItem, PlanState
from clinic.models import PlanEntry as EntryRow
from clinic.queries.plan_items import patient_plan, plan_histories, plan_selects
from clinic.queries.together import together
from clinic.services.plan_items import add_item, change_item, set_state
from clinic.unit_of_work import Work
from clinic.verification import verify
from tests.charting import Charting
from tests.factories import ClinicWorld, make_patient
from tests.planning import ENTRIES, TARGET
from tests.postgresql import by_owner


@pytest.fixture
def patient_id(work: Work, clinic: ClinicWorld) -> str:
    """A patient without any visit."""
    return make_patient(work, clinic.prescriber)


def added(work: Work, clinic: ClinicWorld, patient_id: str, kind: ItemKind = ItemKind.TARGET) -> str:
    """Add the example of a kind."""
    with work.writing(clinic.prescriber) as uow:
        return add_item(uow, patient_id, ENTRIES[kind])


def plan(work: Work, clinic: ClinicWorld, patient_id: str) -> tuple[PlanItem, ...]:
    """The plan as it stands."""
    with work.reading(clinic.prescriber) as uow:
        return patient_plan(uow, patient_id)


def test_every_kind_comes_back_as_it_was_entered(work: Work, clinic: ClinicWorld, patient_id: str) -> None:
    for kind in reversed(ItemKind):
        added(work, clinic, patient_id, kind)
    items = plan(work, clinic, patient_id)
    assert [one.kind for one in items] == list(ItemKind)
    assert {one.kind: one.entry for one in items} == ENTRIES
    assert all(one.number == 1 and one.is_open for one in items)


def test_a_change_is_a_further_entry(work: Work, clinic: ClinicWorld, patient_id: str) -> None:
    item_id = added(work, clinic, patient_id)
    entry = replace(ENTRIES[ItemKind.TARGET], details=replace(TARGET, sites=3), state=PlanState.AGREED)
    with work.writing(clinic.prescriber) as uow:
        change_item(uow, item_id, 1, entry)
    with work.writing(clinic.prescriber) as uow:
        set_state(uow, item_id, 2, PlanState.DECLINED, "  She decided against it  ")
    with work.reading(clinic.prescriber) as uow:
        history = plan_histories(together(uow, plan_selects(uow, patient_id)))[item_id]
    assert [one.entry.state for one in history] == [PlanState.PROPOSED, PlanState.AGREED, PlanState.DECLINED]
    assert [one.entry.details.sites for one in history] == [2, 3, 3]  # type: ignore[union-attr]
    assert history[-1].entry.note == "She decided against it"


def test_saving_the_same_again_adds_nothing(work: Work, clinic: ClinicWorld, patient_id: str, tmp_path: Path) -> None:
    item_id = added(work, clinic, patient_id)
    with work.writing(clinic.prescriber) as uow:
        set_state(uow, item_id, 1, PlanState.AGREED)
    with work.writing(replace(clinic.prescriber, name="Somebody else")) as uow:
        set_state(uow, item_id, 2, PlanState.AGREED)
    assert [(one.number, one.by) for one in plan(work, clinic, patient_id)] == [(2, clinic.prescriber.name)]
    assert verify(work, tmp_path).problems == ()


def test_a_stale_change_is_refused(work: Work, clinic: ClinicWorld, patient_id: str) -> None:
    item_id = added(work, clinic, patient_id)
    with work.writing(clinic.prescriber) as uow:
        set_state(uow, item_id, 1, PlanState.AGREED)
    with pytest.raises(Stale), work.writing(clinic.prescriber) as uow:
        set_state(uow, item_id, 1, PlanState.DONE)


@pytest.mark.parametrize(
    ("state", "note", "error"),
    [(PlanState.DECLINED, "short", Invalid), (PlanState.DONE, "", None), (PlanState.PROPOSED, "", None)],
)
def test_states_follow_the_table(
    work: Work, clinic: ClinicWorld, patient_id: str, state: PlanState, note: str, error: Any
) -> None:
    item_id = added(work, clinic, patient_id)
    if error:
        with pytest.raises(error), work.writing(clinic.prescriber) as uow:
            set_state(uow, item_id, 1, state, note)
    elif state is not PlanState.PROPOSED:
        with work.writing(clinic.prescriber) as uow:
            set_state(uow, item_id, 1, state, note)
    assert plan(work, clinic, patient_id)[0].entry.state is (PlanState.PROPOSED if error else state)


def test_a_superseded_item_takes_no_change(work: Work, clinic: ClinicWorld, patient_id: str) -> None:
    item_id = added(work, clinic, patient_id)
    with work.writing(clinic.prescriber) as uow:
        set_state(uow, item_id, 1, PlanState.SUPERSEDED)
    with pytest.raises(Frozen), work.writing(clinic.prescriber) as uow:
        set_state(uow, item_id, 2, PlanState.AGREED, "It was right after all")


def test_a_new_item_cannot_be_done_already(work: Work, clinic: ClinicWorld, patient_id: str) -> None:
    with pytest.raises(Invalid), work.writing(clinic.prescriber) as uow:
        add_item(uow, patient_id, replace(ENTRIES[ItemKind.GOAL], state=PlanState.DONE))
    assert plan(work, clinic, patient_id) == ()


def test_targets_belong_to_those_who_inject(work: Work, clinic: ClinicWorld, patient_id: str) -> None:
    therapist = replace(clinic.prescriber, role=Role.THERAPIST)
    assistant = replace(clinic.prescriber, role=Role.ASSISTANT)
    with work.writing(therapist) as uow:
        add_item(uow, patient_id, ENTRIES[ItemKind.EXERCISE])
    for actor, kind in [(therapist, ItemKind.TARGET), (assistant, ItemKind.GOAL)]:
        with pytest.raises(NotPermitted), work.writing(actor) as uow:
            add_item(uow, patient_id, ENTRIES[kind])
    item_id = added(work, clinic, patient_id)
    with pytest.raises(NotPermitted), work.writing(therapist) as uow:
        set_state(uow, item_id, 1, PlanState.AGREED)


def test_another_clinic_knows_nothing_of_it(
    work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld, patient_id: str
) -> None:
    item_id = added(work, clinic, patient_id)
    with pytest.raises(NotFound), work.writing(other_clinic.prescriber) as uow:
        add_item(uow, patient_id, ENTRIES[ItemKind.GOAL])
    with pytest.raises(NotFound), work.writing(other_clinic.prescriber) as uow:
        set_state(uow, item_id, 1, PlanState.AGREED)
    with work.reading(other_clinic.prescriber) as uow:
        assert patient_plan(uow, patient_id) == ()


def test_a_visit_of_somebody_else_is_refused(work: Work, clinic: ClinicWorld, clock: Any) -> None:
    charting = Charting.begun(work, clinic, clock)
    other = make_patient(work, clinic.prescriber, record_number="20999", family_name="Other")
    with pytest.raises(NotFound), work.writing(clinic.prescriber) as uow:
        add_item(uow, other, ENTRIES[ItemKind.GOAL], visit_id=charting.visit_id)
    charting.signed()
    with pytest.raises(Frozen), work.writing(clinic.prescriber) as uow:
        add_item(uow, charting.patient_id, ENTRIES[ItemKind.GOAL], visit_id=charting.visit_id)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE plan_item SET kind = 'goal'",
        "DELETE FROM plan_entry",
        "UPDATE plan_entry SET state = 'agreed'",
        "UPDATE plan_target SET units_per_site = 9900",
        "DELETE FROM plan_target",
    ],
)
def test_the_database_refuses_to_rewrite_a_plan(
    work: Work, clinic: ClinicWorld, patient_id: str, statement: str
) -> None:
    added(work, clinic, patient_id)
    with pytest.raises(DBAPIError, match="append-only"), by_owner(work.engine) as connection:
        connection.execute(text(statement))


def test_of_two_at_once_one_wins(work: Work, clinic: ClinicWorld, patient_id: str) -> None:
    item_id = added(work, clinic, patient_id)
    barrier, refused = Barrier(6), []

    def agree() -> None:
        barrier.wait()
        try:
            work.retrying(lambda: _agree(work, clinic, item_id))
        except Stale as error:
            refused.append(error)

    threads = [Thread(target=agree) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(refused) == 5
    assert [one.number for one in plan(work, clinic, patient_id)] == [2]


def _agree(work: Work, clinic: ClinicWorld, item_id: str) -> None:
    with work.writing(clinic.prescriber) as uow:
        set_state(uow, item_id, 1, PlanState.AGREED)


def test_an_entry_that_nobody_told_is_found(work: Work, clinic: ClinicWorld, patient_id: str, tmp_path: Path) -> None:
    item_id = added(work, clinic, patient_id)
    assert verify(work, tmp_path).problems == ()
    with work.writing(clinic.prescriber) as uow:
        add_item(uow, patient_id, ENTRIES[ItemKind.GOAL])
        uow.session.add(
            EntryRow(
                clinic_id=uow.clinic_id,
                item_id=item_id,
                number=2,
                state=PlanState.AGREED,
                by_id=uow.actor.user_id,
                by=uow.actor.name,
                at=uow.now,
            )
        )
    assert any("plan" in one.where for one in verify(work, tmp_path).problems)
