"""What was handed over: the list of a patient, one document with its very bytes, and which of them were superseded."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import aliased

from clinic.domain.documents.kinds import PACK, SHAPES, WITHOUT_CONTENT, DocumentKind, Edition, Scope
from clinic.domain.documents.texts import languages
from clinic.domain.errors import NotFound
from clinic.domain.visits import VisitState
from clinic.models import Clinic, IssuedDocument, Signature, Visit, VisitVoid
from clinic.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Superseded:
    """That a document is no longer what would be handed over, since when, and whether its visit was changed."""

    on: date
    by_visit: bool


@dataclass(frozen=True, slots=True)
class IssuedRow:
    """A document that was handed over, without its bytes. ``pack`` is the reference of the file that it was part of."""

    id: str
    visit_id: str | None
    pack_id: str | None
    kind: str
    title: str
    language: str
    edition: Edition
    reference: str
    given_to: str
    purpose: str
    issued_by: str
    issued_at: datetime
    visit_on: date | None = None
    superseded: Superseded | None = None
    pack: str = ""

    @property
    def is_pack(self) -> bool:
        """Whether it is a file of several documents."""
        return self.kind == PACK

    @property
    def language_name(self) -> str:
        """Its language in English."""
        known = languages().get(self.language)
        return known.english if known else self.language


@dataclass(frozen=True, slots=True)
class IssuedFile:
    """One document with what is needed to give it out again: its bytes, their hash, and what they were laid out from.

    ``parts`` are the documents of a pack, in the order in which they were printed.
    """

    row: IssuedRow
    patient_id: str
    content: str
    content_sha256: str
    sha256: str
    body: bytes
    parts: tuple[IssuedFile, ...] = ()

    @property
    def can_be_laid_out(self) -> bool:
        """Whether what it and its parts were laid out from is still what was kept."""
        kept = (one for one in (self, *self.parts) if one.row.kind not in WITHOUT_CONTENT)
        return all(hashlib.sha256(one.content.encode()).hexdigest() == one.content_sha256 for one in kept)


_COLUMNS = (
    IssuedDocument.id,
    IssuedDocument.visit_id,
    IssuedDocument.pack_id,
    IssuedDocument.kind,
    IssuedDocument.title,
    IssuedDocument.language,
    IssuedDocument.edition,
    IssuedDocument.reference,
    IssuedDocument.given_to,
    IssuedDocument.purpose,
    IssuedDocument.issued_by,
    IssuedDocument.issued_at,
    Visit.on,
)


def handed_over(uow: UnitOfWork, patient_id: str) -> tuple[IssuedRow, ...]:
    """Everything that was handed over for a patient, newest first, in three statements."""
    one = IssuedDocument
    of_visit = and_(Visit.clinic_id == one.clinic_id, Visit.id == one.visit_id)
    found = uow.session.execute(select(*_COLUMNS).outerjoin(Visit, of_visit).where(one.patient_id == patient_id))
    rows = sorted((IssuedRow(*tuple(row)) for row in found), key=_place)
    rows.sort(key=lambda row: (row.issued_at, row.pack_id or row.id), reverse=True)
    return _judged(rows, _visit_changes(uow, patient_id), _zone(uow))


def issued_file(uow: UnitOfWork, document_id: str) -> IssuedFile:
    """One document, and for a pack its parts, in five statements at most. Raises NotFound for another clinic's."""
    one = IssuedDocument
    which = or_(one.id == document_id, one.pack_id == document_id)
    columns = (one.id, one.patient_id, one.content, one.content_sha256, one.sha256, one.body)
    found = uow.session.execute(select(*columns).where(which)).all()
    mine = next((row for row in found if row.id == document_id), None)
    if mine is None:
        raise NotFound
    rows = {row.id: row for row in handed_over(uow, mine.patient_id)}
    files = [_file(rows[row.id], row) for row in found if row.id != document_id]
    files.sort(key=lambda file: _place(file.row))
    return replace(_file(rows[mine.id], mine), parts=tuple(files))


def _file(about: IssuedRow, row: Any) -> IssuedFile:
    return IssuedFile(about, row.patient_id, row.content, row.content_sha256, row.sha256, row.body)


def _place(row: IssuedRow) -> tuple[bool, bool, int]:
    """Where a document stands among those printed with it: the file of all, what is about the visit, the others."""
    if row.is_pack:
        return False, False, 0
    kind = DocumentKind(row.kind)
    return True, SHAPES[kind].scope is not Scope.VISIT, list(DocumentKind).index(kind)


def _zone(uow: UnitOfWork) -> ZoneInfo:
    return ZoneInfo(uow.session.execute(select(Clinic.time_zone).where(Clinic.id == uow.clinic_id)).scalar_one())


def _visit_changes(uow: UnitOfWork, patient_id: str) -> Mapping[str, datetime]:
    """When which visit was voided or replaced by a signed amendment."""
    newer, signed = aliased(Visit), aliased(Signature)
    rows = uow.session.execute(
        select(Visit.id, VisitVoid.at, signed.signed_at)
        .outerjoin(VisitVoid, and_(VisitVoid.clinic_id == Visit.clinic_id, VisitVoid.visit_id == Visit.id))
        .outerjoin(
            newer,
            and_(newer.clinic_id == Visit.clinic_id, newer.amends_id == Visit.id, newer.state == VisitState.SIGNED),
        )
        .outerjoin(signed, and_(signed.clinic_id == newer.clinic_id, signed.visit_id == newer.id))
        .where(Visit.patient_id == patient_id)
    )
    found: dict[str, datetime] = {}
    for visit_id, *moments in rows:
        for at in filter(None, moments):
            found[visit_id] = min(at, found.get(visit_id, at))
    return found


def _judged(rows: list[IssuedRow], changes: Mapping[str, datetime], zone: ZoneInfo) -> tuple[IssuedRow, ...]:
    """The rows, newest first, with what superseded each: the change of its visit, or the next of its kind."""
    following: dict[tuple[str, str | None, str], datetime] = {}
    marks: dict[str, Superseded] = {}
    for row in rows:
        changed = _change(row, changes)
        key = (row.kind, row.visit_id, row.language)
        newer = following.get(key) if _one_at_a_time(row.kind) else None
        if changed is not None:
            marks[row.id] = Superseded(changed.astimezone(zone).date(), by_visit=True)
        elif newer is not None:
            marks[row.id] = Superseded(newer.astimezone(zone).date(), by_visit=False)
        following[key] = row.issued_at
    packs = {row.id: row.reference for row in rows if row.is_pack}
    return tuple(
        _marked(
            row,
            marks.get(row.id) or _of_parts(row, rows, marks),
            packs.get(row.pack_id or "", "") if row.pack_id != row.id else "",
        )
        for row in rows
    )


def _change(row: IssuedRow, changes: Mapping[str, datetime]) -> datetime | None:
    """When the visit of a document was changed; a letter that was issued after that knew of it."""
    changed = changes.get(row.visit_id or "")
    knew = changed is not None and _is_letter(row.kind) and row.issued_at > changed
    return None if knew else changed


def _is_letter(kind: str) -> bool:
    return kind != PACK and SHAPES[DocumentKind(kind)].letter


def _one_at_a_time(kind: str) -> bool:
    # A letter says what was so on its day, and a pack is as good as what is in it: a later one does not replace them.
    return kind not in (PACK, DocumentKind.RECALL_LETTER) and not _is_letter(kind)


def _of_parts(row: IssuedRow, rows: Iterable[IssuedRow], marks: Mapping[str, Superseded]) -> Superseded | None:
    if not row.is_pack:
        return None
    found = [marks[one.id] for one in rows if one.pack_id == row.id and one.id in marks]
    return min(found, key=lambda mark: mark.on, default=None)


def _marked(row: IssuedRow, superseded: Superseded | None, pack: str) -> IssuedRow:
    return replace(row, superseded=superseded, pack=pack)
