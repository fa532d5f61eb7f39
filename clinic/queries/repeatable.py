"""What can be brought into a draft: the patient's earlier sessions and the actor's patterns, in the page's own statement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clinic.domain.site_copies import both_sides
from clinic.domain.visits import VisitState
from clinic.queries.earlier_sessions import EarlierSession, earlier_select, sessions_of
from clinic.queries.patterns import PatternRow, patterns_of, patterns_select
from clinic.queries.together import AnySelect
from clinic.queries.visit_record import VisitRecord
from clinic.queries.visit_rows import Ask
from clinic.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Repeatable:
    """The sessions that a draft can repeat, newest first, and the actor's patterns, by name.

    ``both_sides``: the palsy is on both, so that a session can be repeated on the other side. ``allowed`` is False where
    nothing is brought in: an amendment, a transcription, a visit that is no draft.
    """

    earlier: tuple[EarlierSession, ...]
    patterns: tuple[PatternRow, ...]
    both_sides: bool
    allowed: bool


def repeatable_selects(uow: UnitOfWork, ask: Ask) -> Mapping[str, AnySelect]:
    """The selects for ``visit_record`` to run with its own."""
    return {
        "earlier": earlier_select(uow, ask.patient_id, ask.visit_id, ask.on),
        "pattern": patterns_select(uow),
    }


def repeatable(record: VisitRecord) -> Repeatable:
    """What can be brought into a visit, from a record that was loaded with ``repeatable_selects``."""
    visit, session = record.visit, record.session
    closed = session is None or session.transcribed or visit.amends_id or visit.state is not VisitState.DRAFT
    return Repeatable(
        earlier=() if closed else sessions_of(record.more["earlier"]),
        patterns=() if closed else patterns_of(record.more["pattern"]),
        both_sides=both_sides(row.side for row in record.conditions if row.chosen),
        allowed=not closed,
    )
