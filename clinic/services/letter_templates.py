"""A clinic's own words for letters: written, changed, retired, never deleted. A letter keeps what it began with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from clinic.domain.actors import Permission
from clinic.domain.documents.kinds import LETTERS
from clinic.domain.documents.letter_texts import NAME_MAXIMUM, WORDS_MAXIMUM
from clinic.domain.documents.placeholders import MEANINGS, names_in, problem, stray
from clinic.domain.errors import Invalid, NotFound, Stale
from clinic.domain.events import Action, Event
from clinic.models import LetterTemplate
from clinic.services.authority import require
from clinic.unit_of_work import UnitOfWork

_KEPT: Final = ("kind", "name", "opening", "closing")


@dataclass(frozen=True, slots=True)
class TemplateWords:
    """A template as typed."""

    kind: str
    name: str
    opening: str
    closing: str


def write_template(uow: UnitOfWork, words: TemplateWords) -> str:
    """Write new words for a kind of letter; letters begun from now on use them. Gives their id. Raises Invalid by field."""
    require(uow, Permission.LETTER_TEMPLATES)
    _check(words)
    row = LetterTemplate(
        clinic_id=uow.clinic_id,
        id=uow.new_id(),
        kind=words.kind,
        name=words.name.strip(),
        opening=words.opening.strip(),
        closing=words.closing.strip(),
        written_by=uow.actor.name,
        written_at=uow.now,
    )
    uow.session.add(row)
    new = {name: getattr(row, name) for name in _KEPT}
    uow.record(Event(Action.LETTER_TEMPLATE_SAVED, f"letter_template:{row.id}", new=new))
    return row.id


def change_template(uow: UnitOfWork, template_id: str, edit_version: int, words: TemplateWords) -> None:
    """Change the words; letters that began with them keep theirs. Raises NotFound, Stale, Invalid by field."""
    row = _held(uow, template_id)
    if row.edit_version != edit_version:
        raise Stale(
            f"{row.written_by} changed these words meanwhile. Nothing of yours was saved over them: what you typed is kept"
            " here; save again if yours are right.",
            shown=edit_version,
            current=row.edit_version,
        )
    _check(words)
    old = {name: getattr(row, name) for name in _KEPT}
    row.kind, row.name = words.kind, words.name.strip()
    row.opening, row.closing = words.opening.strip(), words.closing.strip()
    row.written_by, row.written_at = uow.actor.name, uow.now
    row.edit_version += 1
    new = {name: getattr(row, name) for name in _KEPT}
    changed = [name for name in _KEPT if old[name] != new[name]]
    told_old, told_new = ({name: said[name] for name in changed} for said in (old, new))
    uow.record(Event(Action.LETTER_TEMPLATE_SAVED, f"letter_template:{row.id}", old=told_old, new=told_new))


def retire_template(uow: UnitOfWork, template_id: str) -> None:
    """Stop offering the words; they stay on record. Raises NotFound for words that are retired already."""
    row = _held(uow, template_id)
    row.retired_at = uow.now
    row.edit_version += 1
    uow.record(Event(Action.LETTER_TEMPLATE_RETIRED, f"letter_template:{row.id}", new={"name": row.name}))


def _held(uow: UnitOfWork, template_id: str) -> LetterTemplate:
    require(uow, Permission.LETTER_TEMPLATES)
    query = select(LetterTemplate).where(LetterTemplate.id == template_id).with_for_update()
    row = uow.session.scalar(query.execution_options(populate_existing=True))
    if row is None or row.retired_at is not None:
        raise NotFound
    return row


def _check(words: TemplateWords) -> None:
    found = {}
    if words.kind not in {kind.value for kind in LETTERS}:
        found["kind"] = "Choose the kind of letter."
    if not words.name.strip() or len(words.name.strip()) > NAME_MAXIMUM:
        found["name"] = f"Give it a name of at most {NAME_MAXIMUM} characters."
    for name, text in (("opening", words.opening), ("closing", words.closing)):
        if len(text) > WORDS_MAXIMUM:
            found[name] = f"At most {WORDS_MAXIMUM:,} characters."
        elif odd := _unknown(text):
            found[name] = " ".join(problem(one, {}) for one in odd)
    if not (words.opening + words.closing).strip():
        found["opening"] = "Write at least an opening or a closing."
    if found:
        raise Invalid(found)


def _unknown(text: str) -> tuple[str, ...]:
    return (*(f"{{{{{name}}}}}" for name in names_in(text) if name not in MEANINGS), *stray(text))
