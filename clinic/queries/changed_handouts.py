"""Which treatment handouts in a patient's hands no longer say what the visit says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import select

from clinic.domain.documents import content as contents
from clinic.domain.documents.content import Beside, Block, Facts, Table
from clinic.domain.documents.kinds import DocumentKind
from clinic.models import IssuedDocument
from clinic.queries.document_contents import document_draft
from clinic.queries.document_heads import Ask
from clinic.queries.issued_documents import IssuedRow
from clinic.unit_of_work import UnitOfWork

KIND = DocumentKind.TREATMENT_HANDOUT


def changed_handouts(uow: UnitOfWork, visit_id: str, rows: Iterable[IssuedRow]) -> tuple[IssuedRow, ...]:
    """The handouts of a visit that still hold, yet name places, products or units which the visit no longer has."""
    held = [row for row in rows if row.kind == KIND.value and row.visit_id == visit_id and row.superseded is None]
    if not held:
        return ()
    one = IssuedDocument
    found = uow.session.execute(
        select(one.id, one.patient_id, one.content).where(one.id.in_([row.id for row in held]))
    ).all()
    read = {row.id: contents.read(row.content) for row in found}
    now = {
        code: frozenset(_doses(document_draft(uow, Ask(KIND, found[0].patient_id, visit_id, code)).content.blocks))
        for code in sorted({row.language for row in held})
    }
    return tuple(row for row in held if not now[row.language].issuperset(_doses(read[row.id].blocks)))


def _doses(blocks: Iterable[Block]) -> Iterator[tuple[str, ...]]:
    """What is told of the doses, line by line. The sums are among it, so that a place more changes a line too."""
    for block in blocks:
        if isinstance(block, Beside):
            yield from _doses(block.blocks)
        elif isinstance(block, Facts):
            yield from block.pairs
        elif isinstance(block, Table) and any(column.number for column in block.columns):
            yield from (row.cells for row in block.rows)
