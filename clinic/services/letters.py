"""Writing letters: started, changed, discarded and taken back, issued once; a clinic's own words for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from clinic.domain.actors import Permission
from clinic.domain.documents.content import digest
from clinic.domain.documents.kinds import LETTERS, DocumentKind
from clinic.domain.documents.letter_parts import optional
from clinic.domain.documents.letter_texts import ADDRESS_MAXIMUM, WORDS_MAXIMUM, asking, usual_question
from clinic.domain.errors import Frozen, Invalid, NotFound, Stale
from clinic.domain.events import Action, Event
from clinic.domain.referrals import RECIPIENT_MAXIMUM
from clinic.models import Letter, LetterState, Visit
from clinic.queries.document_heads import Ask
from clinic.queries.letters import letter, starting_words
from clinic.services.authority import require
from clinic.services.issued_documents import Print, hand_over
from clinic.services.patients import active_patient
from clinic.unit_of_work import UnitOfWork

CHANGED: Final = (
    "The record changed since this letter was shown, and the letter with it. It was not issued: read it again below, and"
    " issue it if it is still right."
)
_CHANGED: Final = ("recipient", "recipient_address", "opening", "closing", "left_out")


@dataclass(frozen=True, slots=True)
class LetterWords:
    """What somebody typed of a letter, and the keys of the parts to leave out."""

    recipient: str
    address: str
    opening: str
    closing: str
    left_out: frozenset[str] = frozenset()


def start_letter(
    uow: UnitOfWork,
    patient_id: str,
    kind: DocumentKind,
    *,
    visit_id: str | None = None,
    recipient: str = "",
    question: str = "",
) -> str:
    """Begin a letter with the clinic's words for its kind, or those of the program; gives its id.

    ``question`` takes the place of the usual one. Raises NotFound for another clinic's patient or another patient's visit.
    """
    require(uow, Permission.LETTER_WRITE)
    active_patient(uow, patient_id)
    if kind not in LETTERS:
        raise NotFound
    if visit_id is not None:
        visit = uow.session.get(Visit, (uow.clinic_id, visit_id))
        if visit is None or visit.patient_id != patient_id:
            raise NotFound
    template_id, words = starting_words(uow, kind)
    row = Letter(
        clinic_id=uow.clinic_id,
        id=uow.new_id(),
        patient_id=patient_id,
        visit_id=visit_id,
        kind=kind.value,
        state=LetterState.DRAFT,
        template_id=template_id,
        recipient=recipient.strip()[:RECIPIENT_MAXIMUM],
        opening=asking(words.opening, question.strip() or usual_question(kind)),
        closing=words.closing,
        written_by=uow.actor.name,
        written_at=uow.now,
    )
    uow.session.add(row)
    new = {"kind": kind.value, "template": template_id or "built in"}
    uow.record(Event(Action.LETTER_STARTED, f"letter:{row.id}", patient_id, new=new))
    return row.id


def save_letter(uow: UnitOfWork, letter_id: str, edit_version: int, words: LetterWords) -> None:
    """Write what was typed; who saves is its author. Saving what stands already changes nothing.

    Raises NotFound, Frozen once issued or discarded, Stale when it was changed since it was shown, Invalid by field.
    """
    row = _held(uow, letter_id, edit_version)
    _check(words, DocumentKind(row.kind))
    old = {name: getattr(row, name) for name in _CHANGED}
    row.recipient, row.recipient_address = words.recipient.strip(), words.address.strip()
    row.opening, row.closing = words.opening.strip(), words.closing.strip()
    row.left_out = "\n".join(sorted(words.left_out))
    new = {name: getattr(row, name) for name in _CHANGED}
    changed = [name for name in _CHANGED if old[name] != new[name]]
    if changed or row.written_by != uow.actor.name:
        before = {name: old[name] for name in changed} | {"written_by": row.written_by}
        row.written_by, row.written_at = uow.actor.name, uow.now
        row.edit_version += 1
        after = {name: new[name] for name in changed} | {"written_by": row.written_by}
        uow.record(Event(Action.LETTER_CHANGED, f"letter:{row.id}", row.patient_id, old=before, new=after))
    else:
        uow.record(Event(Action.LETTER_CHANGED, f"letter:{row.id}", row.patient_id, reason="nothing was changed"))


def discard_letter(uow: UnitOfWork, letter_id: str, edit_version: int) -> None:
    """Put a draft aside; it can be taken back at any time. Raises as ``save_letter`` does."""
    _turn(uow, _held(uow, letter_id, edit_version), LetterState.DISCARDED, Action.LETTER_DISCARDED)


def restore_letter(uow: UnitOfWork, letter_id: str) -> None:
    """Take a discarded letter back. Raises NotFound for one that was not discarded."""
    require(uow, Permission.LETTER_WRITE)
    row = _locked(uow, letter_id)
    active_patient(uow, row.patient_id)
    if row.state is not LetterState.DISCARDED:
        raise NotFound
    _turn(uow, row, LetterState.DRAFT, Action.LETTER_CHANGED)


def issue_letter(
    uow: UnitOfWork, letter_id: str, edit_version: int, printed: Print, *, shown: str, given_to: str, purpose: str
) -> str:
    """Keep the letter as it was rendered and say to whom it went; gives the id of what is kept.

    ``shown`` is the hash of the letter as somebody read it before issuing it.

    Raises NotFound, Frozen for one that was issued already, Stale when it or a fact in it was changed since it was shown,
    Invalid beside a field, or for a placeholder that nobody can fill.
    """
    row = _held(uow, letter_id, edit_version)
    draft = letter(uow, Ask(DocumentKind(row.kind), row.patient_id, row.visit_id, letter_id=letter_id))
    if draft.problems:
        raise Invalid({"": " ".join(draft.problems)})
    if {shown, printed.content_sha256} != {digest(draft.content)}:
        raise Stale(CHANGED, shown=edit_version, current=row.edit_version)
    document_id = hand_over(uow, row.patient_id, [printed], given_to=given_to, purpose=purpose)
    row.state, row.document_id = LetterState.ISSUED, document_id
    row.edit_version += 1
    old, new = {"state": LetterState.DRAFT.value}, {"state": LetterState.ISSUED.value, "document": document_id}
    uow.record(Event(Action.LETTER_CHANGED, f"letter:{row.id}", row.patient_id, old=old, new=new))
    return document_id


def _turn(uow: UnitOfWork, row: Letter, state: LetterState, action: Action) -> None:
    old = {"state": row.state.value}
    row.state = state
    row.edit_version += 1
    uow.record(Event(action, f"letter:{row.id}", row.patient_id, old=old, new={"state": state.value}))


def _locked(uow: UnitOfWork, letter_id: str) -> Letter:
    row = uow.session.scalar(
        select(Letter).where(Letter.id == letter_id).with_for_update().execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound
    return row


def _held(uow: UnitOfWork, letter_id: str, edit_version: int) -> Letter:
    """Lock a draft for a change."""
    require(uow, Permission.LETTER_WRITE)
    row = _locked(uow, letter_id)
    active_patient(uow, row.patient_id)
    if row.state is not LetterState.DRAFT:
        raise Frozen(f"This letter was {row.state.value} already and takes no change. Nothing was done a second time.")
    if row.edit_version != edit_version:
        raise Stale(
            f"{row.written_by} changed this letter meanwhile. Nothing of yours was saved over it: what you typed is kept"
            " here; compare it with what stands now, and save again if yours is right.",
            shown=edit_version,
            current=row.edit_version,
        )
    return row


def _check(words: LetterWords, kind: DocumentKind) -> None:
    found = {}
    if len(words.recipient.strip()) > RECIPIENT_MAXIMUM:
        found["recipient"] = f"At most {RECIPIENT_MAXIMUM} characters."
    if len(words.address) > ADDRESS_MAXIMUM:
        found["address"] = f"At most {ADDRESS_MAXIMUM} characters."
    for name, text in (("opening", words.opening), ("closing", words.closing)):
        if len(text) > WORDS_MAXIMUM:
            found[name] = f"At most {WORDS_MAXIMUM:,} characters."
    if not words.left_out <= optional(kind):
        found["keep"] = "Choose from the parts that can be left out."
    if found:
        raise Invalid(found)
