"""Every document that is laid out from blocks, by its kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from clinic.domain.documents.content import DocumentDraft
from clinic.domain.documents.kinds import LETTERS, DocumentKind
from clinic.domain.errors import NotFound
from clinic.queries.chart_sheets import chart_sheet
from clinic.queries.consent_forms import consent_form
from clinic.queries.document_heads import Ask
from clinic.queries.home_programmes import home_programme
from clinic.queries.letters import letter
from clinic.queries.patient_readings import patient_reading
from clinic.queries.payer_summaries import payer_summary
from clinic.queries.treatment_handouts import treatment_handout
from clinic.queries.treatment_histories import treatment_history
from clinic.queries.treatment_passports import treatment_passport
from clinic.unit_of_work import UnitOfWork

Builder = Callable[[UnitOfWork, Ask], DocumentDraft]
BUILDERS: Final[Mapping[DocumentKind, Builder]] = MappingProxyType(
    {
        DocumentKind.TREATMENT_HANDOUT: treatment_handout,
        DocumentKind.CONSENT_FORM: consent_form,
        DocumentKind.HOME_PROGRAMME: home_programme,
        DocumentKind.SYNKINESIS_HANDOUT: patient_reading,
        DocumentKind.MASSAGE_HANDOUT: patient_reading,
        DocumentKind.TREATMENT_PASSPORT: treatment_passport,
        DocumentKind.TREATMENT_HISTORY: treatment_history,
        DocumentKind.PAYER_SUMMARY: payer_summary,
        DocumentKind.FILLED_CHART: chart_sheet,
        **dict.fromkeys(LETTERS, letter),
    }
)
"""The visit summary and the draw-up sheet come from the visit's own content; the blank chart is about nobody."""


def document_draft(uow: UnitOfWork, ask: Ask) -> DocumentDraft:
    """A document as it would be issued now. Raises NotFound for what is not of this clinic, patient or visit."""
    if ask.kind not in BUILDERS:
        raise NotFound
    return BUILDERS[ask.kind](uow, ask)
