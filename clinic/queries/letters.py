"""A letter put together: a clinician's words with their placeholders filled, around facts of the record as it stands now."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date, datetime

from sqlalchemy import select

from clinic.domain.documents.content import Choice, DocumentDraft
from clinic.domain.documents.kinds import DocumentKind
from clinic.domain.documents.letter_parts import choices, optional
from clinic.domain.documents.letter_texts import (
    Values,
    Words,
    asking,
    built_in,
    paragraphs,
    usual_question,
    word_problems,
)
from clinic.domain.documents.letters import letter_blocks
from clinic.domain.documents.placeholders import MEANINGS
from clinic.domain.errors import NotFound
from clinic.domain.visits import VisitState
from clinic.domain.wording import day_text, plural
from clinic.models import Letter, LetterState, LetterTemplate, Visit
from clinic.queries.document_heads import Ask, DocumentHead, document_head
from clinic.queries.letter_facts import Known, letter_facts
from clinic.unit_of_work import UnitOfWork

NO_RECIPIENT = "Nobody is named as recipient yet: say who gets the letter."
NO_WORDS = "The letter has no words of yours yet."


@dataclass(frozen=True, slots=True)
class LetterRow:
    """A letter as it is kept. ``left_out`` are the keys of the parts left out."""

    id: str
    patient_id: str
    visit_id: str | None
    kind: DocumentKind
    state: LetterState
    template_id: str | None
    recipient: str
    address: str
    opening: str
    closing: str
    left_out: frozenset[str]
    written_by: str
    written_at: datetime
    document_id: str | None
    edit_version: int


def letter_row(uow: UnitOfWork, letter_id: str) -> LetterRow:
    """A letter of this clinic. Raises NotFound."""
    one = Letter
    row = uow.session.execute(
        select(
            one.id,
            one.patient_id,
            one.visit_id,
            one.kind,
            one.state,
            one.template_id,
            one.recipient,
            one.recipient_address,
            one.opening,
            one.closing,
            one.left_out,
            one.written_by,
            one.written_at,
            one.document_id,
            one.edit_version,
        ).where(one.id == letter_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    left_out = frozenset(filter(None, row.left_out.split("\n")))
    values = {one.name: getattr(row, one.name) for one in fields(LetterRow) if one.name not in {"address", "kind"}}
    values |= {"kind": DocumentKind(row.kind), "address": row.recipient_address, "left_out": left_out}
    return LetterRow(**values)


def letter(uow: UnitOfWork, ask: Ask) -> DocumentDraft:
    """A letter as it would be issued now; without one, what a letter of this kind would start from.

    Raises NotFound for another patient's letter, or one of another kind.
    """
    head = document_head(uow, ask)
    row = letter_row(uow, ask.letter_id) if ask.letter_id else _unwritten(uow, ask, head)
    if row.patient_id != ask.patient_id or row.kind is not ask.kind:
        raise NotFound
    return letter_draft(uow, ask, head, row)


def letter_draft(uow: UnitOfWork, ask: Ask, head: DocumentHead, row: LetterRow) -> DocumentDraft:
    """A letter with these words, put together from the record."""
    known = letter_facts(uow, row.patient_id, row.visit_id)
    given = letter_values(head, known, row)
    opening, closing = paragraphs(row.opening, given.values), paragraphs(row.closing, given.values)
    problems = [*([] if row.recipient.strip() else [NO_RECIPIENT]), *([] if opening or closing else [NO_WORDS])]
    return head.draft(
        replace(ask, visit_id=row.visit_id),
        built_in()[row.kind].title,
        letter_blocks(row.kind, known.facts, opening, closing, row.written_by, row.left_out),
        choices=_choices(row),
        problems=(*problems, *word_problems((*opening, *closing), given.missing)),
        notes=(*_notes(uow, row), *map(_voided, known.voided)),
        recipient=tuple(filter(None, map(str.strip, (row.recipient, *row.address.splitlines())))),
        texts=(),
        author=row.written_by,
    )


def _voided(on: date) -> str:
    return (
        f"The session of {day_text(on)} was voided as given: what was charted is not in this letter. Say what is known."
    )


def letter_values(head: DocumentHead, known: Known, row: LetterRow) -> Values:
    """What the placeholders stand for in this letter, and why some of them have no value."""
    facts, patient = known.facts, head.patient
    last = facts.last
    values = {
        "patient": f"{patient.given_names} {patient.family_name}".strip(),
        "first name": patient.given_names,
        "birth date": day_text(patient.birth_date),
        "age": plural(patient.age, "year"),
        "record number": patient.record_number,
        "condition": "; ".join(head.conditions),
        "side": " and ".join(known.sides),
        "sessions": plural(len(facts.sessions), "session"),
        "last session": day_text(last.on) if last else "",
        "last total": " and ".join(f"{units} {product}" for product, units in last.totals) if last else "",
        "next review": _day(known.next_review),
        "question": usual_question(row.kind),
        "recipient": row.recipient.strip(),
        "author": row.written_by,
        "clinic": head.clinic.name,
        "phone": head.clinic.phone,
        "today": day_text(head.today),
    }
    return Values(values, {name: _MISSING[name] for name in MEANINGS if not values[name] and name in _MISSING})


_NO_SESSION = "no session of botulinum toxin is on record"
_NO_PALSY = "no palsy is on record"
_MISSING = {
    "first name": "no given name is on record",
    "record number": "the patient has no record number",
    "condition": _NO_PALSY,
    "side": _NO_PALSY,
    "last session": _NO_SESSION,
    "last total": _NO_SESSION,
    "next review": "no review is in the plan",
    "question": "this kind of letter asks nothing of its own",
    "recipient": "nobody is named as recipient yet",
    "phone": "the clinic’s settings have no phone number",
}


def starting_words(uow: UnitOfWork, kind: DocumentKind) -> tuple[str | None, Words]:
    """The clinic's newest words for a kind of letter with their template's id, or those that come with the program."""
    one = LetterTemplate
    row = uow.session.execute(
        select(one.id, one.opening, one.closing)
        .where(one.kind == kind.value, one.retired_at.is_(None))
        .order_by(one.written_at.desc(), one.id.desc())
        .limit(1)
    ).one_or_none()
    usual = built_in()[kind]
    return (row.id, Words(usual.title, row.opening, row.closing)) if row else (None, usual)


def _unwritten(uow: UnitOfWork, ask: Ask, head: DocumentHead) -> LetterRow:
    template_id, words = starting_words(uow, ask.kind)
    return LetterRow(
        id="",
        patient_id=ask.patient_id,
        visit_id=ask.visit_id,
        kind=ask.kind,
        state=LetterState.DRAFT,
        template_id=template_id,
        recipient="",
        address="",
        opening=asking(words.opening, usual_question(ask.kind)),
        closing=words.closing,
        left_out=ask.left_out,
        written_by=head.author,
        written_at=uow.now,
        document_id=None,
        edit_version=0,
    )


def _choices(row: LetterRow) -> tuple[Choice, ...]:
    left_out = row.left_out & optional(row.kind)
    return tuple(replace(one, on=one.key not in left_out) for one in choices(row.kind))


def _notes(uow: UnitOfWork, row: LetterRow) -> tuple[str, ...]:
    """What to know before it is issued: visits that are not signed, and who signs."""
    drafts = uow.session.scalars(
        select(Visit.on)
        .where(Visit.patient_id == row.patient_id, Visit.state == VisitState.DRAFT)
        .order_by(Visit.on, Visit.id)
    )
    said = [
        f"The visit of {day_text(on)} is not signed: what it graded and gave is not in this letter yet."
        for on in drafts
    ]
    if row.written_by != uow.actor.name:
        said.append(f"It is written by {row.written_by}, whose name stands below it. Save it once to sign it yourself.")
    return tuple(said)


def _day(day: date | None) -> str:
    return day_text(day) if day else ""
