"""What can be printed for a visit or a patient: each document as it would be issued now, and what keeps it from that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Final

from sqlalchemy import and_, select

from clinic.domain.actors import RecordState
from clinic.domain.documents.content import Choice, DocumentDraft
from clinic.domain.documents.kinds import SHAPES, DocumentKind, Edition, Scope
from clinic.domain.documents.texts import languages
from clinic.domain.errors import NotFound
from clinic.domain.visits import VisitState, record_state
from clinic.models import InjectionSession, Visit, VisitVoid
from clinic.queries.document_contents import document_draft
from clinic.queries.document_heads import Ask, DocumentHead, patient_head
from clinic.queries.patients import PatientStrip, strip
from clinic.unit_of_work import UnitOfWork

K = DocumentKind
OF_VISIT: Final = frozenset({K.VISIT_SUMMARY, K.DRAW_UP_SHEET})
"""Kinds that are laid out from the visit's own content."""
UNSIGNED: Final = "The visit is not signed yet. Sign it first; until then its summary can be looked at as a draft."
NO_INJECTIONS: Final = "This visit has no injections, so there is nothing to draw up."
ABOUT: Final[Mapping[DocumentKind, str]] = MappingProxyType(
    {
        K.VISIT_SUMMARY: "The whole visit as signed, for colleagues and for the paper record.",
        K.TREATMENT_HANDOUT: "What was done today, what to expect and when to call, for the patient to take home.",
        K.DRAW_UP_SHEET: "Units, volume and places for each syringe, for whoever draws up.",
        K.CONSENT_FORM: "What is planned and what can happen, to be read, talked over and signed by hand.",
        K.HOME_PROGRAMME: "The chosen exercises with figures and a diary of 12 weeks.",
        K.SYNKINESIS_HANDOUT: "What synkinesis is, and answers to what patients ask.",
        K.MASSAGE_HANDOUT: "Facial massage step by step.",
        K.TREATMENT_PASSPORT: "One page to carry: product, lot, doses and dates.",
        K.TREATMENT_HISTORY: "One page a year: faces in a row, doses by muscle, scores.",
        K.PAYER_SUMMARY: "Codes, units, waste, sites, response and earlier treatment, for the payer.",
        K.FILLED_CHART: "Today’s chart on paper, for when the computers are down.",
    }
)
KINDS: Final = tuple(kind for kind in DocumentKind if kind in ABOUT)


@dataclass(frozen=True, slots=True)
class PackVisit:
    """The visit that documents are about."""

    id: str
    patient_id: str
    on: date
    state: RecordState
    has_session: bool


@dataclass(frozen=True, slots=True)
class PackRow:
    """A document that can be printed. ``choices`` can be left out, ``fixed`` are always there."""

    kind: DocumentKind
    title: str
    about: str
    choices: tuple[Choice, ...]
    fixed: tuple[Choice, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    waiting: tuple[tuple[str, str, str], ...]
    """Texts that nobody accepted yet, as (title, language, id)."""

    @property
    def translated(self) -> bool:
        """Whether language and size of type can be chosen."""
        return SHAPES[self.kind].translated


@dataclass(frozen=True, slots=True)
class PackPage:
    """Everything that can be printed; ``language`` and ``edition`` are the patient's."""

    strip: PatientStrip
    visit: PackVisit | None
    rows: tuple[PackRow, ...]
    language: str
    edition: Edition

    @property
    def groups(self) -> tuple[tuple[str, tuple[PackRow, ...]], ...]:
        """The documents under their titles: those about the visit, then those about the patient."""
        of_visit = tuple(row for row in self.rows if SHAPES[row.kind].scope is Scope.VISIT)
        of_patient = tuple(row for row in self.rows if SHAPES[row.kind].scope is Scope.PATIENT)
        found = (("About this visit", of_visit), ("About the patient", of_patient))
        return tuple((title, rows) for title, rows in found if rows)


def kinds(visit_id: str | None) -> tuple[DocumentKind, ...]:
    """The kinds that a page offers: those about the patient, and on a visit's page those about the visit before them."""
    of_patient = tuple(kind for kind in KINDS if SHAPES[kind].scope is Scope.PATIENT)
    of_visit = tuple(kind for kind in KINDS if SHAPES[kind].scope is Scope.VISIT) if visit_id else ()
    return of_visit + of_patient


def pack_visit(uow: UnitOfWork, visit_id: str) -> PackVisit:
    """The visit that documents are about, in one statement. Raises NotFound, also for a discarded one."""
    row = uow.session.execute(
        select(Visit.patient_id, Visit.on, Visit.state, VisitVoid.visit_id, InjectionSession.visit_id)
        .outerjoin(VisitVoid, and_(VisitVoid.clinic_id == Visit.clinic_id, VisitVoid.visit_id == Visit.id))
        .outerjoin(
            InjectionSession,
            and_(InjectionSession.clinic_id == Visit.clinic_id, InjectionSession.visit_id == Visit.id),
        )
        .where(Visit.id == visit_id, Visit.state != VisitState.DISCARDED)
    ).one_or_none()
    if row is None:
        raise NotFound
    patient_id, on, state, void_id, session_id = row
    return PackVisit(
        visit_id, patient_id, on, record_state(state, voided=void_id is not None, amended=False), session_id is not None
    )


def pack_page(uow: UnitOfWork, patient_id: str, visit: PackVisit | None) -> PackPage:
    """What can be printed, in the patient's language. Raises NotFound for another clinic's patient."""
    who = strip(uow, patient_id)
    head = patient_head(uow, patient_id, visit.id if visit else None)
    rows = (_row(uow, kind, head, visit) for kind in kinds(head.visit_id))
    return PackPage(who, visit, tuple(row for row in rows if row), head.language.code, head.edition)


def asked(kind: DocumentKind, patient_id: str, visit_id: str | None, language: str, left_out: frozenset[str]) -> Ask:
    """What is asked of a builder: a visit only where the document is about one, a language only where it has several."""
    shape = SHAPES[kind]
    return Ask(
        kind,
        patient_id,
        visit_id if shape.scope is Scope.VISIT else None,
        language if shape.translated else "",
        left_out,
    )


def asked_draft(uow: UnitOfWork, ask: Ask) -> DocumentDraft:
    """The document as it would be issued; a part that is always there stays, whatever was asked. Raises NotFound."""
    draft = document_draft(uow, ask)
    kept = {one.key for one in draft.choices if one.fixed} & ask.left_out
    return document_draft(uow, replace(ask, left_out=ask.left_out - kept)) if kept else draft


def own_problems(kind: DocumentKind, visit: PackVisit | None) -> tuple[str, ...]:
    """What keeps a document of a visit's own content from being handed over."""
    if kind is K.VISIT_SUMMARY and (visit is None or visit.state is RecordState.DRAFT):
        return (UNSIGNED,)
    if kind is K.DRAW_UP_SHEET and (visit is None or not visit.has_session):
        return (NO_INJECTIONS,)
    return ()


def _row(uow: UnitOfWork, kind: DocumentKind, head: DocumentHead, visit: PackVisit | None) -> PackRow | None:
    if kind in OF_VISIT:
        return PackRow(kind, kind.label, ABOUT[kind], (), (), own_problems(kind, visit), (), ())
    ask = asked(kind, head.patient.id, head.visit_id, head.language.code, frozenset())
    try:
        draft = asked_draft(uow, replace(ask, known=head))
    except NotFound:
        return None  # The visit and the patient are known by now: there is no such document of this one.
    return PackRow(
        kind,
        kind.label,
        ABOUT[kind],
        tuple(one for one in draft.choices if not one.fixed),
        tuple(one for one in draft.choices if one.fixed),
        draft.problems,
        draft.notes,
        tuple(
            (languages()[one.language].texts[one.id].title, one.language, one.id)
            for one in draft.content.texts
            if not one.accepted_by
        ),
    )
