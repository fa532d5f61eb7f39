"""Handouts that are nearly the same for every patient: understanding synkinesis, and facial massage."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from clinic.domain.documents import patient_reading as readings
from clinic.domain.documents.content import DocumentDraft
from clinic.domain.documents.kinds import SHAPES, DocumentKind
from clinic.domain.documents.patient_reading import LastToxin
from clinic.domain.visits import VisitState
from clinic.models import InjectionSite, Visit
from clinic.queries.document_heads import Ask, document_head
from clinic.queries.versions import in_force, units_stand
from clinic.unit_of_work import UnitOfWork


def patient_reading(uow: UnitOfWork, ask: Ask) -> DocumentDraft:
    """A handout to read. Raises NotFound."""
    head = document_head(uow, ask)
    language = head.language
    (key,) = SHAPES[ask.kind].texts
    if ask.kind is DocumentKind.MASSAGE_HANDOUT:
        blocks = readings.massage(ask.left_out, language, last_toxin(uow, ask.patient_id, head.clinic.time_zone))
    else:
        blocks = readings.understanding(ask.left_out, language)
    title = language.texts[key].title
    return head.draft(ask, title, blocks, choices=readings.choices(key, ask.left_out, language))


def last_toxin(uow: UnitOfWork, patient_id: str, time_zone: str) -> LastToxin | None:
    """When the patient was last given toxin here, drafts included, in one statement."""
    newest = (
        select(func.max(InjectionSite.given_at))
        .join(Visit, (Visit.clinic_id == InjectionSite.clinic_id) & (Visit.id == InjectionSite.visit_id))
        .where(Visit.clinic_id == uow.clinic_id, Visit.patient_id == patient_id)
        .where(Visit.state != VisitState.DISCARDED, in_force(), units_stand())
    )
    at = uow.session.scalar(newest)
    zone = ZoneInfo(time_zone)
    return LastToxin(at.astimezone(zone), uow.now.astimezone(zone)) if at else None
