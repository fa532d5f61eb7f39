"""The pages of letters: a patient's letters, one letter with how it looks now, and the clinic's own words for each kind."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from clinic.domain.documents.content import DocumentContent, DocumentDraft, Paragraph, read
from clinic.domain.documents.kinds import LETTERS, DocumentKind
from clinic.domain.documents.letter_texts import KINDS, paragraphs, typed_question
from clinic.domain.documents.placeholders import MEANINGS
from clinic.domain.errors import NotFound
from clinic.domain.plans import ReferralKind
from clinic.models import IssuedDocument, Letter, LetterState, LetterTemplate
from clinic.queries.document_heads import Ask, document_head
from clinic.queries.letters import LetterRow, letter_draft, letter_row
from clinic.queries.patients import PatientStrip, strip
from clinic.queries.referrals import referrals
from clinic.unit_of_work import UnitOfWork

EXAMPLE: dict[str, str] = {
    "patient": "Alex Example",
    "first name": "Alex",
    "birth date": "1 Jan 1970",
    "age": "56 years",
    "record number": "EX-1",
    "condition": "Bell’s palsy, patient’s left, 1 Feb 2024",
    "side": "patient’s left",
    "sessions": "3 sessions",
    "last session": "2 Nov 2026",
    "last total": "20 units onabotulinumtoxinA (Botox)",
    "next review": "30 Nov 2026",
    "question": "Please examine this patient.",
    "recipient": "Dr R. Example",
    "author": "Dr A. Example",
    "clinic": "this clinic",
    "phone": "000 000",
    "today": "23 Nov 2026",
}
"""Invented values by which the words of a template are previewed."""


@dataclass(frozen=True, slots=True)
class LetterLine:
    """A letter in a list."""

    id: str
    kind: DocumentKind
    state: LetterState
    recipient: str
    written_by: str
    written_at: datetime
    document_id: str | None


@dataclass(frozen=True, slots=True)
class PatientLetters:
    """A patient's letters: drafts, issued ones, discarded ones, each newest first; and the kinds that can be begun."""

    strip: PatientStrip
    drafts: tuple[LetterLine, ...]
    issued: tuple[LetterLine, ...]
    discarded: tuple[LetterLine, ...]
    kinds: tuple[DocumentKind, ...] = LETTERS

    def drafts_of(self, kind: DocumentKind) -> tuple[LetterLine, ...]:
        """The drafts of one kind, which can be gone on with instead of beginning another."""
        return tuple(one for one in self.drafts if one.kind is kind)


@dataclass(frozen=True, slots=True)
class LetterPage:
    """One letter with how it looks now. ``draft`` is what would be issued, ``content`` what is to be read: once issued,
    what was kept.
    """

    strip: PatientStrip
    letter: LetterRow
    draft: DocumentDraft
    content: DocumentContent

    @property
    def is_open(self) -> bool:
        """Whether it can still be changed."""
        return self.letter.state is LetterState.DRAFT

    @property
    def badge(self) -> str:
        """How its state is set off beside the word."""
        return {LetterState.DRAFT: "draft", LetterState.ISSUED: "signed", LetterState.DISCARDED: "voided"}[
            self.letter.state
        ]


@dataclass(frozen=True, slots=True)
class ReferralAsked:
    """What a letter takes over from a referral of the plan: to whom, and what is asked in somebody's own words."""

    kind: DocumentKind
    recipient: str
    question: str


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """A clinic's words for a kind of letter."""

    id: str
    kind: DocumentKind
    name: str
    opening: str
    closing: str
    written_by: str
    written_at: datetime
    retired_at: datetime | None
    edit_version: int
    in_use: bool


def patient_letters(uow: UnitOfWork, patient_id: str) -> PatientLetters:
    """A patient's letters, in four statements. Raises NotFound."""
    who = strip(uow, patient_id)
    one = Letter
    rows = uow.session.execute(
        select(one.id, one.kind, one.state, one.recipient, one.written_by, one.written_at, one.document_id)
        .where(one.patient_id == patient_id)
        .order_by(one.written_at.desc(), one.id.desc())
    )
    listed = [LetterLine(row.id, DocumentKind(row.kind), *row[2:]) for row in rows]
    drafts, issued, discarded = (
        tuple(line for line in listed if line.state is state)
        for state in (LetterState.DRAFT, LetterState.ISSUED, LetterState.DISCARDED)
    )
    return PatientLetters(who, drafts, issued, discarded)


def letter_page(uow: UnitOfWork, letter_id: str) -> LetterPage:
    """One letter as it stands. Raises NotFound."""
    row = letter_row(uow, letter_id)
    ask = Ask(row.kind, row.patient_id, row.visit_id, letter_id=row.id)
    draft = letter_draft(uow, ask, document_head(uow, ask), row)
    content = _kept(uow, row) if row.document_id else draft.content
    return LetterPage(strip(uow, row.patient_id), row, draft, content)


def _kept(uow: UnitOfWork, row: LetterRow) -> DocumentContent:
    """What an issued letter said. Raises ValueError where that is not what was kept, and NotFound for another patient's."""
    one = IssuedDocument
    query = select(one.content, one.content_sha256).where(one.id == row.document_id, one.patient_id == row.patient_id)
    kept = uow.session.execute(query).one_or_none()
    if kept is None:
        raise NotFound
    if hashlib.sha256(kept.content.encode()).hexdigest() != kept.content_sha256:
        raise ValueError(f"Document {row.document_id} is not what was handed over.")
    return read(kept.content)


def referral_asked(uow: UnitOfWork, patient_id: str, item_id: str) -> ReferralAsked:
    """What a referral of a patient's plan asks. Raises NotFound for another's, and for a kind that has no letter."""
    page = referrals(uow, patient_id)
    details = page.one(item_id).details
    if details.kind not in KINDS:
        raise NotFound
    labels = dict.fromkeys(label for kind in ReferralKind for label, _ in page.letter(kind))
    return ReferralAsked(KINDS[details.kind], details.recipient, typed_question(details.question, labels))


def letter_templates(uow: UnitOfWork) -> tuple[TemplateRow, ...]:
    """The clinic's words for letters, by kind, those in use first, in one statement."""
    one = LetterTemplate
    rows = uow.session.execute(
        select(
            one.id,
            one.kind,
            one.name,
            one.opening,
            one.closing,
            one.written_by,
            one.written_at,
            one.retired_at,
            one.edit_version,
        ).order_by(one.written_at.desc(), one.id.desc())
    ).all()
    used: dict[str, str] = {}
    for row in rows:
        if row.retired_at is None:
            used.setdefault(row.kind, row.id)
    found = [TemplateRow(row.id, DocumentKind(row.kind), *row[2:], used.get(row.kind) == row.id) for row in rows]
    return tuple(sorted(found, key=lambda one: (LETTERS.index(one.kind), not one.in_use, one.retired_at is not None)))


def letter_template(uow: UnitOfWork, template_id: str) -> TemplateRow:
    """One of them. Raises NotFound."""
    for one in letter_templates(uow):
        if one.id == template_id:
            return one
    raise NotFound


def example(words: str) -> tuple[Paragraph, ...]:
    """Words of a template with invented values in place of its placeholders."""
    return paragraphs(words, {name: EXAMPLE[name] for name in MEANINGS})
