"""Saving a synkinesis grid: one's own cells and no others, on both databases."""

from __future__ import annotations

from typing import Any

import pytest

from clinic.domain.actors import Actor, Role
from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import GRID, GRID_VERSION, Cell, Group, Movement, Place
from clinic.domain.errors import Frozen, Invalid, NotFound, NotPermitted, Stale
from clinic.domain.events import Action
from clinic.domain.visits import Disposition
from clinic.queries.grids import grid_page
from clinic.queries.outcomes import AssessmentRow
from clinic.queries.visit_contents import visit_content
from clinic.services import blinding, grids, signing
from clinic.services.assessments import TEXT_MAXIMUM
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld

EYE = Place(Side.LEFT, Movement.BIG_SMILE, Group.EYE)
CHIN = Place(Side.LEFT, Movement.PUCKER, Group.CHIN)
NECK = Place(Side.RIGHT, Movement.BIG_SMILE, Group.NECK)


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft."""
    return Charting.begun(work, clinic, clock)


def save(charting: Charting, *cells: Cell, actor: Actor | None = None, **values: Any) -> str:
    with charting.work.writing(actor or charting.clinic.prescriber) as uow:
        return grids.save_cells(uow, charting.visit_id, cells, **values)


def rows(charting: Charting) -> list[AssessmentRow]:
    return [row for row in charting.record().outcomes.assessments if row.instrument == GRID]


def test_a_grid_is_begun_changed_cell_by_cell_and_opened_again(charting: Charting) -> None:
    first = save(charting, Cell(EYE, 2, 3), Cell(NECK, 0))
    assert save(charting, Cell(CHIN, 3), Cell(EYE, 1, 3), edit_version=1, note="tired today") == first
    [row] = rows(charting)
    assert (row.version, row.rater_name, row.blind, row.note) == (GRID_VERSION, "Ada Prescriber", False, "tired today")
    assert row.cells == (Cell(NECK, 0), Cell(EYE, 1, 3), Cell(CHIN, 3))
    save(charting, Cell(EYE), Cell(CHIN, None, 2), edit_version=2)
    [row] = rows(charting)
    assert row.cells == (Cell(NECK, 0), Cell(CHIN, None, 2))
    assert (row.edit_version, row.note) == (3, "tired today")


def test_the_visits_own_version_is_not_counted(charting: Charting) -> None:
    before = charting.version()
    save(charting, Cell(EYE, 2))
    assert charting.version() == before


@pytest.mark.parametrize(
    "cells",
    [
        [Cell(EYE, 4)],
        [Cell(EYE, -1)],
        [Cell(EYE, 1, 9)],
        [Cell(EYE, 1), Cell(EYE, 2)],
        [Cell(Place(Side.LEFT, Movement.BROW_RAISE, Group.BROW), 1)],
        [Cell(Place(Side.MIDLINE, Movement.PUCKER, Group.CHIN), 1)],
    ],
    ids=["4", "-1", "minded 9", "twice", "own movement", "midline"],
)
def test_bad_cells_change_nothing(charting: Charting, cells: list[Cell]) -> None:
    with pytest.raises(Invalid):
        save(charting, Cell(CHIN, 2), *cells)
    assert rows(charting) == []


def test_a_note_has_its_limit(charting: Charting) -> None:
    save(charting, note="x" * TEXT_MAXIMUM)
    with pytest.raises(Invalid) as refused:
        save(charting, note="x" * (TEXT_MAXIMUM + 1), edit_version=1)
    assert list(refused.value.fields) == ["note"]


def test_a_stale_save_changes_nothing(charting: Charting) -> None:
    save(charting, Cell(EYE, 2))
    for shown in (0, 2):
        with pytest.raises(Stale) as error:
            save(charting, Cell(EYE, 3), edit_version=shown)
        assert (error.value.shown, error.value.current) == (shown, 1)
    [row] = rows(charting)
    assert row.cells == (Cell(EYE, 2),)


def test_each_rater_has_a_grid_of_their_own(charting: Charting, clinic: ClinicWorld) -> None:
    save(charting, Cell(EYE, 2))
    save(charting, Cell(EYE, 3), actor=clinic.people[Role.THERAPIST])
    assert {row.rater_name: row.cells for row in rows(charting)} == {
        "Ada Prescriber": (Cell(EYE, 2),),
        "Ada Therapist": (Cell(EYE, 3),),
    }
    with charting.work.reading(clinic.people[Role.THERAPIST]) as uow:
        page = grid_page(uow, charting.visit_id)
    assert (page.cells, page.others) == ((Cell(EYE, 3),), ("Ada Prescriber",))


def test_blind_until_another_grid_was_shown(charting: Charting, clinic: ClinicWorld) -> None:
    therapist, injector = clinic.people[Role.THERAPIST], clinic.people[Role.INJECTOR]
    first = save(charting, Cell(EYE, 2))
    save(charting, Cell(EYE, 3), actor=therapist)
    with charting.work.housekeeping() as session:
        blinding.note_seen(session, injector, [first], charting.clock.now)
    save(charting, Cell(EYE, 1), actor=injector)
    assert {row.rater_name: row.blind for row in rows(charting)} == {
        "Ada Prescriber": False,
        "Ada Therapist": True,
        "Ada Injector": False,
    }
    with charting.work.housekeeping() as session:
        blinding.note_seen(session, therapist, [first], charting.clock.now)
    save(charting, Cell(CHIN, 3), actor=therapist, edit_version=1)
    assert not next(row for row in rows(charting) if row.rater_name == "Ada Therapist").blind


@pytest.mark.parametrize("role", [Role.ASSISTANT, Role.ADMINISTRATOR, Role.AUDITOR])
def test_who_may_not_grade(charting: Charting, clinic: ClinicWorld, role: Role) -> None:
    with pytest.raises(NotPermitted):
        save(charting, Cell(EYE, 2), actor=clinic.people[role])
    assert rows(charting) == []


def test_another_clinic_finds_nothing(charting: Charting, other_clinic: ClinicWorld) -> None:
    with pytest.raises(NotFound):
        save(charting, Cell(EYE, 2), actor=other_clinic.prescriber)
    assert rows(charting) == []


def test_a_signed_visit_takes_no_cell(charting: Charting) -> None:
    save(charting, Cell(EYE, 2, 3))
    charting.signed()
    with pytest.raises(Frozen):
        save(charting, Cell(EYE, 3), edit_version=1)
    with pytest.raises(Frozen), charting.writing() as uow:
        grids.remove_grid(uow, charting.visit_id, 1)
    [content] = visit_content(charting.record()).grids
    assert content.summary == ("left: eye narrows with big smile\N{NO-BREAK SPACE}2/3",)


def test_a_grid_can_be_removed_and_begun_again(charting: Charting) -> None:
    with pytest.raises(NotFound), charting.writing() as uow:
        grids.remove_grid(uow, charting.visit_id, 0)
    save(charting, Cell(EYE, 2, 3))
    with pytest.raises(Stale), charting.writing() as uow:
        grids.remove_grid(uow, charting.visit_id, 7)
    with charting.writing() as uow:
        grids.remove_grid(uow, charting.visit_id, 1)
        assert any(EYE.key in event.old for event in uow.events if event.action is Action.ASSESSMENT_REMOVED)
    assert rows(charting) == []
    save(charting, Cell(EYE, 1))
    assert len(rows(charting)) == 1


def test_the_event_says_what_changed(charting: Charting) -> None:
    save(charting, Cell(EYE, 2, 3), Cell(CHIN, 1))
    with charting.writing() as uow:
        grids.save_cells(uow, charting.visit_id, [Cell(EYE, 3, 3), Cell(CHIN, 1)], edit_version=1)
        [event] = uow.events
    assert (event.old, event.new[EYE.key]) == ({EYE.key: "2/3"}, "3/3")
    assert CHIN.key not in event.new


def test_the_last_signed_grid_stands_behind_ones_own(charting: Charting, clinic: ClinicWorld) -> None:
    save(charting, Cell(EYE, 3, 3))
    charting.clock.move(minutes=1)
    save(charting, Cell(EYE, 1, 1), actor=clinic.people[Role.THERAPIST])
    charting.signed()
    charting.clock.move(days=90)
    charting.start()
    for actor, before in ((clinic.prescriber, Cell(EYE, 3, 3)), (clinic.people[Role.THERAPIST], Cell(EYE, 1, 1))):
        with charting.work.reading(actor) as uow:
            last = grid_page(uow, charting.visit_id).last
        assert last is not None
        assert (last.on_text, last.rater, last.cells) == ("22 Nov 2026", actor.name, (before,))
    with charting.work.reading(clinic.people[Role.INJECTOR]) as uow:
        page = grid_page(uow, charting.visit_id)
    assert page.last is not None
    assert (page.last.rater, page.last.by_another) == ("Ada Prescriber", True)
    assert page.cells == ()  # Never copied.


def test_a_draft_is_never_the_last_visit(charting: Charting) -> None:
    save(charting, Cell(EYE, 3, 3))
    charting.start()
    with charting.reading() as uow:
        assert grid_page(uow, charting.visit_id).last is None


def test_the_version_in_force_stands_behind_and_a_voided_visit_does_not(charting: Charting) -> None:
    save(charting, Cell(EYE, 3, 3))
    charting.signed()
    with charting.fresh_writing() as uow:
        charting.visit_id = signing.amend(uow, charting.visit_id, "The eye was graded too high.")
    with charting.reading() as uow:
        page = grid_page(uow, charting.visit_id)
    assert (page.cells, page.last) == ((Cell(EYE, 3, 3),), None)
    save(charting, Cell(EYE, 1, 1), edit_version=page.edit_version)
    charting.sign()
    amended = charting.visit_id
    charting.clock.move(days=1)
    charting.start()
    with charting.reading() as uow:
        last = grid_page(uow, charting.visit_id).last
    assert last is not None
    assert last.cells == (Cell(EYE, 1, 1),)
    with charting.fresh_writing() as uow:
        signing.void(uow, amended, "This was another patient's face.", Disposition.NOT_GIVEN)
    with charting.reading() as uow:
        assert grid_page(uow, charting.visit_id).last is None
