"""Writing a rater's own synkinesis grid, cell by cell; somebody else's is never touched."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from clinic.domain.actors import Permission
from clinic.domain.assessments.grid import GRID, GRID_VERSION, Cell, Place, refusals
from clinic.domain.errors import Invalid, NotFound, Stale
from clinic.domain.events import Action, Event
from clinic.models import Assessment, SynkinesisFinding, Visit
from clinic.services.assessments import TEXT_MAXIMUM, remove_assessment, slot_of
from clinic.services.blinding import is_blind
from clinic.services.drafts import held_beside
from clinic.unit_of_work import UnitOfWork

_CHANGED = (
    "You changed this grid in another window meanwhile. Nothing was saved over it, and what you entered here is still"
    " here: look at what stands now, then save again what is still right."
)


def save_cells(
    uow: UnitOfWork, visit_id: str, cells: Iterable[Cell], *, edit_version: int = 0, note: str | None = None
) -> str:
    """Change the named cells of one's own grid of a draft, and the note unless it is None; gives the grid's id.

    A cell with neither grade nor bother becomes open again. ``edit_version`` is that of the grid as it was shown, 0 while
    there is none. Raises Invalid by the key of a cell, Stale, NotFound, Frozen or NotPermitted.
    """
    visit = held_beside(uow, visit_id, Permission.ASSESSMENT_RATE)
    named = tuple(cells)
    wrong = refusals(named)
    if len((note or "").strip()) > TEXT_MAXIMUM:
        wrong["note"] = f"At most {TEXT_MAXIMUM} characters."
    if wrong:
        raise Invalid(wrong)
    found = _own(uow, visit_id)
    _compare(found, edit_version)
    row = found or _begin(uow, visit)
    # What is entered after another's grading was shown is not blind, however the grid was begun.
    row.blind = is_blind(uow, visit, GRID) and (row.blind or not _is_graded(uow, row))
    old, new = _write(uow, row, named)
    if note is not None and note.strip() != row.note:
        old["note"], new["note"] = row.note, note.strip()
        row.note = note.strip()
    if found is not None:
        row.edit_version += 1
    uow.session.flush()
    uow.record(Event(Action.ASSESSMENT_SAVED, f"assessment:{row.id}", visit.patient_id, old=old, new=_named(row) | new))
    return row.id


def remove_grid(uow: UnitOfWork, visit_id: str, edit_version: int) -> None:
    """Remove one's own grid from a draft, with its note. Raises NotFound without one, Stale, Frozen or NotPermitted."""
    held_beside(uow, visit_id, Permission.ASSESSMENT_RATE)
    row = _own(uow, visit_id)
    if row is None:
        raise NotFound
    remove_assessment(uow, visit_id, row.id, edit_version)


def _own(uow: UnitOfWork, visit_id: str) -> Assessment | None:
    mine = (Assessment.visit_id == visit_id, Assessment.slot == _slot(uow))
    return uow.session.scalar(select(Assessment).where(*mine).execution_options(populate_existing=True))


def _slot(uow: UnitOfWork) -> str:
    return slot_of(GRID, None, uow.actor.user_id)


def _compare(row: Assessment | None, shown: int) -> None:
    current = row.edit_version if row else 0
    if shown != current:
        raise Stale(_CHANGED, shown=shown, current=current)


def _begin(uow: UnitOfWork, visit: Visit) -> Assessment:
    row = Assessment(
        clinic_id=uow.clinic_id,
        id=uow.new_id(),
        visit_id=visit.id,
        instrument=GRID,
        version=GRID_VERSION,
        slot=_slot(uow),
        rater_id=uow.actor.user_id,
        rater_name=uow.actor.name,
        rated_at=uow.now,
    )
    uow.session.add(row)
    uow.session.flush()
    return row


def _is_graded(uow: UnitOfWork, row: Assessment) -> bool:
    cell = select(SynkinesisFinding.assessment_id).where(SynkinesisFinding.assessment_id == row.id).limit(1)
    return uow.session.scalar(cell) is not None


def _named(row: Assessment) -> dict[str, object]:
    return {"visit": row.visit_id, "instrument": f"{row.instrument} {row.version}", "by": row.rater_name}


def _findings(uow: UnitOfWork, assessment_id: str) -> dict[Place, SynkinesisFinding]:
    rows = uow.session.scalars(select(SynkinesisFinding).where(SynkinesisFinding.assessment_id == assessment_id))
    return {Place(row.side, row.movement, row.muscle_group): row for row in rows}


def _write(uow: UnitOfWork, row: Assessment, cells: tuple[Cell, ...]) -> tuple[dict[str, object], dict[str, object]]:
    stands = _findings(uow, row.id)
    old: dict[str, object] = {}
    new: dict[str, object] = {}
    for cell in cells:
        finding = stands.get(cell.place)
        before = Cell(cell.place, finding.grade, finding.bother) if finding else Cell(cell.place)
        if before == cell:
            continue
        old[cell.place.key], new[cell.place.key] = before.text, cell.text
        if finding is None:
            uow.session.add(_finding(uow, row, cell))
        elif cell.text:
            finding.grade, finding.bother = cell.grade, cell.bother
        else:
            uow.session.delete(finding)
    return old, new


def _finding(uow: UnitOfWork, row: Assessment, cell: Cell) -> SynkinesisFinding:
    return SynkinesisFinding(
        clinic_id=uow.clinic_id,
        assessment_id=row.id,
        visit_id=row.visit_id,
        side=cell.place.side,
        movement=cell.place.movement,
        muscle_group=cell.place.group,
        grade=cell.grade,
        bother=cell.bother,
    )
