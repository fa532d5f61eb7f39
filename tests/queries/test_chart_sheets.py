"""The filled chart from the record: today's sites as planned, the session before beside them, only for a draft."""

from __future__ import annotations

from typing import Any

import pytest

from clinic.domain.documents.content import Beside, DocumentDraft, Face, Table
from clinic.domain.documents.kinds import DocumentKind
from clinic.domain.errors import NotFound
from clinic.queries.chart_sheets import SIGNED, chart_sheet
from clinic.queries.document_heads import Ask
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld, make_patient


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft, 90 days after a session of four sites."""
    return Charting.after_a_session(work, clinic, clock)


def asked(charting: Charting) -> DocumentDraft:
    with charting.reading() as uow:
        return chart_sheet(uow, Ask(DocumentKind.FILLED_CHART, charting.patient_id, charting.visit_id))


def faces(draft: DocumentDraft) -> tuple[Face, Face]:
    """The big face and the small one of the session before."""
    big = next(one for one in draft.content.blocks if isinstance(one, Beside))
    small = next(one for one in big.blocks if isinstance(one, Beside))
    assert isinstance(big.figure, Face)
    assert isinstance(small.figure, Face)
    return big.figure, small.figure


def test_planned_sites_stand_as_planned_beside_the_last_session(charting: Charting) -> None:
    charting.site(muscle="mentalis", side="left", units="3.75")
    draft = asked(charting)
    assert not draft.problems
    assert draft.content.title == "Injection chart: planned, not given"
    assert draft.content.patient is not None
    assert draft.content.patient.family_name == "Keane"
    big, small = faces(draft)
    assert [(one.units, one.status, one.side) for one in big.marks] == [("3.75", "planned", "left")]
    assert len(small.marks) == 4
    [sites] = [one for one in draft.content.blocks if isinstance(one, Table) and one.columns[0].title == "No."]
    assert sites.rows[0].cells[:5] == ("1", "Mentalis, belly", "left", "3.75", "")


def test_the_vial_and_its_dilution_are_in_it(charting: Charting) -> None:
    [syringes] = [
        one for one in asked(charting).content.blocks if isinstance(one, Table) and one.columns[0].title == "Syringe"
    ]
    assert syringes.rows[0].cells == (
        "A",
        "onabotulinumtoxinA (Botox)",
        "C4821A2",
        "31 Aug 2027",
        "100\u00a0units in 4\u00a0mL",
    )


def test_given_sites_stand_as_given(charting: Charting) -> None:
    charting.given()
    big, _ = faces(asked(charting))
    assert {one.status for one in big.marks} == {"given"}
    assert asked(charting).content.title == "Injection chart"


def test_a_signed_visit_has_its_summary_instead(charting: Charting) -> None:
    charting.signed()
    assert asked(charting).problems == (SIGNED,)


def test_it_is_not_found_for_another_patient_or_without_a_visit(
    charting: Charting, work: Work, clinic: ClinicWorld
) -> None:
    other = make_patient(work, clinic.prescriber, family_name="Other", given_names="Ann")
    with charting.reading() as uow:
        for ask in (
            Ask(DocumentKind.FILLED_CHART, other, charting.visit_id),
            Ask(DocumentKind.FILLED_CHART, charting.patient_id),
        ):
            with pytest.raises(NotFound):
                chart_sheet(uow, ask)
