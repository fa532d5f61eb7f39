"""What the record knows for letters: what was voided is told to nobody."""

from __future__ import annotations

from typing import Any

import pytest

from clinic.domain.documents.content import DocumentDraft
from clinic.domain.documents.kinds import DocumentKind
from clinic.domain.visits import Disposition
from clinic.queries.document_contents import document_draft
from clinic.queries.document_heads import Ask
from clinic.services import signing
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A patient with one signed session of 12.5 units, and a new draft 90 days later."""
    return Charting.after_a_session(work, clinic, clock)


def letter(charting: Charting, kind: DocumentKind) -> DocumentDraft:
    """What a letter of a kind would start from now."""
    with charting.reading() as uow:
        return document_draft(uow, Ask(kind, charting.patient_id))


@pytest.mark.parametrize("kind", [DocumentKind.REFERRER_LETTER, DocumentKind.NEUROLYSIS_REFERRAL])
def test_what_was_voided_is_told_to_nobody(charting: Charting, kind: DocumentKind) -> None:
    assert "1 on record" in repr(letter(charting, kind).content.blocks)
    with charting.fresh_writing() as uow:
        signing.void(uow, charting.first, "charted for another patient", Disposition.GIVEN)
    draft = letter(charting, kind)
    assert "0 on record" in repr(draft.content.blocks)
    assert "Botox" not in repr(draft.content.blocks)
    assert any("voided as given" in note for note in draft.notes)
