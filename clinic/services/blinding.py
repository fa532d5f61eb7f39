"""Two raters of one visit: who was shown whose grading, and whether a grading was made without that."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from clinic.domain.actors import Actor
from clinic.models import Assessment, AssessmentSeen, Visit
from clinic.unit_of_work import UnitOfWork


def is_blind(uow: UnitOfWork, visit: Visit, instrument: str) -> bool:
    """Say whether the actor grades beside another rater of this visit without having been shown a grading of theirs.

    A grading that is the first of its kind is not called blind; nor is one in an amendment, as the signed version shows all.
    """
    if visit.amends_id is not None:
        return False
    a, seen = Assessment, AssessmentSeen
    of_others = (a.visit_id == visit.id, a.instrument == instrument, a.rater_id != uow.actor.user_id)
    shown = (seen.visit_id == visit.id, seen.instrument == instrument, seen.user_id == uow.actor.user_id)
    if uow.session.scalar(select(a.id).where(*of_others).limit(1)) is None:
        return False
    return uow.session.scalar(select(seen.assessment_id).where(*shown).limit(1)) is None


def note_seen(session: Session, actor: Actor, assessment_ids: Iterable[str], now: datetime) -> None:
    """Note which of these gradings of other raters an actor is shown; the caller has read them as the same actor.

    It is no part of the record and runs in ``housekeeping``: a page that shows a grading is a reading, not a change.
    """
    ids = sorted(set(assessment_ids))
    if not ids:
        return
    a, seen = Assessment, AssessmentSeen
    dialect: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    what = (a.clinic_id, a.id, literal(actor.user_id), a.visit_id, a.instrument, literal(now, type_=seen.at.type))
    theirs = select(*what).where(
        a.clinic_id == actor.clinic_id, a.id.in_(ids), a.rater_id.is_not(None), a.rater_id != actor.user_id
    )
    names = ["clinic_id", "assessment_id", "user_id", "visit_id", "instrument", "at"]
    session.execute(dialect(seen).from_select(names, theirs).on_conflict_do_nothing())
