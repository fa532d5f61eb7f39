"""Who else has a draft open, and whether it was changed: what an open page asks every half minute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from clinic.domain.errors import NotFound
from clinic.domain.visits import VisitState
from clinic.models import DraftViewer, Visit
from clinic.unit_of_work import UnitOfWork

SEEN_WITHIN = timedelta(seconds=60)
"""How long after its last sign of life a page counts as open: two signs may get lost."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody else who has the draft open, and since when (``14:02`` in the visit's zone)."""

    name: str
    since: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A visit as an open page needs to know it: still a draft, its version, who changed it last and when."""

    draft: bool
    edit_version: int
    changed_by: str
    changed_at: str
    others: tuple[Viewer, ...]


def others(uow: UnitOfWork, visit_id: str, zone: str) -> tuple[Viewer, ...]:
    """Everybody else who has a draft open now, the first to open it first. One statement."""
    rows = uow.session.execute(
        select(DraftViewer.name, DraftViewer.opened_at)
        .where(DraftViewer.visit_id == visit_id, DraftViewer.user_id != uow.actor.user_id)
        .where(DraftViewer.seen_at >= uow.now - SEEN_WITHIN)
        .order_by(DraftViewer.opened_at, DraftViewer.name)
    )
    return tuple(Viewer(row.name, _clock(row.opened_at, zone, "%H:%M")) for row in rows)


def standing(uow: UnitOfWork, visit_id: str) -> Standing:
    """How a visit stands now. Two statements; nothing of the patient is read. Raises NotFound."""
    row = uow.session.execute(
        select(Visit.state, Visit.edit_version, Visit.changed_by, Visit.changed_at, Visit.time_zone).where(
            Visit.id == visit_id
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    return Standing(
        draft=row.state is VisitState.DRAFT,
        edit_version=row.edit_version,
        changed_by=row.changed_by,
        changed_at=_clock(row.changed_at, row.time_zone, "%H:%M:%S"),
        others=others(uow, visit_id, row.time_zone),
    )


def _clock(at: datetime, zone: str, form: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime(form)
