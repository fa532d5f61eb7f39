"""Which change of a draft's sites can be taken back, and which can be made again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, or_, select

from clinic.models import SiteChange
from clinic.queries.aliases import second_name
from clinic.queries.together import AnySelect
from clinic.unit_of_work import UnitOfWork

_OTHER = second_name(SiteChange)


def changes_select(uow: UnitOfWork, visit_id: str) -> AnySelect:
    """The changes of a draft's sites that come next for undo and for redo, for ``together``."""
    c, other = SiteChange, _OTHER
    of_visit = (other.clinic_id == uow.clinic_id, other.visit_id == visit_id)
    last = select(func.max(other.number)).where(*of_visit, other.undone_at.is_(None)).scalar_subquery()
    undone = select(func.max(other.undone_at)).where(*of_visit).scalar_subquery()
    newest = select(func.max(other.number)).where(*of_visit).scalar_subquery()
    return select(c.text, c.undone_at, newest.label("newest")).where(
        c.clinic_id == uow.clinic_id, c.visit_id == visit_id, or_(c.number == last, c.undone_at == undone)
    )


def undoable(rows: list[tuple[Any, ...]]) -> dict[str, str]:
    """The words of the change to undo and of the one to make again, from the rows of ``changes_select``."""
    # What was undone can be made again until a newer change takes its place.
    found = {"undo": "", "redo": ""}
    for text, undone_at, newest in rows:
        if undone_at is None:
            found["undo"] = text
        elif undone_at > newest:
            found["redo"] = text
    return found
