"""The consent form from the record: charted sites, or the plan while nothing is charted."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from clinic.domain.anatomy import Side
from clinic.domain.documents.content import DocumentDraft
from clinic.domain.documents.kinds import DocumentKind
from clinic.domain.errors import NotFound
from clinic.domain.plans import PlanEntry, PlanState, Target
from clinic.domain.visits import Disposition
from clinic.queries.consent_forms import consent_form
from clinic.queries.document_heads import Ask
from clinic.services import injections, signing
from clinic.services.plan_items import add_item, set_state
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.domain.documents.treatments import tables, words_of
from tests.factories import ClinicWorld


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft of a patient with a left palsy."""
    return Charting.begun(work, clinic, clock)


def draft(charting: Charting, code: str = "en") -> DocumentDraft:
    """The form as it would be issued now."""
    with charting.reading() as uow:
        return consent_form(uow, Ask(DocumentKind.CONSENT_FORM, charting.patient_id, charting.visit_id, code))


def test_the_charted_sites_are_what_is_consented_to(charting: Charting) -> None:
    charting.chart_usual_sites()
    found = draft(charting)
    assert found.problems == ()
    told = words_of(found.content.blocks)
    assert "Product: onabotulinumtoxinA (Botox)" in told
    assert "Total: 12.5 units, injections: 4" in told
    assert "Lower lip, right side | your right | 1 | 5" in told
    assert "Trouble swallowing, weak neck or hoarse voice." in told
    assert [one.id for one in found.content.texts] == ["consent", "side_effects", "emergency"]


def test_without_charted_sites_the_open_targets_of_the_plan_stand(charting: Charting) -> None:
    target = Target("mentalis", Side.LEFT, product="botox", sites=2, units_per_site=Decimal("1.25"), basis="low start")
    declined = Target("frontalis", Side.LEFT, product="botox", units_per_site=Decimal(2), basis="low start")
    with charting.writing() as uow:
        add_item(uow, charting.patient_id, PlanEntry(target, PlanState.AGREED))
        item_id = add_item(uow, charting.patient_id, PlanEntry(declined))
        set_state(uow, item_id, 1, PlanState.DECLINED, "not wanted")
        add_item(uow, charting.patient_id, PlanEntry(Target("orbicularis_oculi", Side.LEFT, "lateral_orbital")))
    found = draft(charting)
    told = words_of(found.content.blocks)
    assert found.problems == ()
    assert "Nothing is charted yet: the places are those of the plan." in found.notes
    assert "A dose is not decided yet: the form says so." in found.notes
    assert "Chin, left side | your left | 2 | 2.5" in told
    assert "Beside your left eye, at the laughter lines | your left | 1 | to be decided" in told
    assert "product to be decided" in told
    assert "Forehead" not in told


def test_nothing_planned_is_a_problem(charting: Charting) -> None:
    found = draft(charting)
    assert found.problems == (
        "Nothing is planned or charted in this visit yet. Chart the sites or plan the muscles first.",
    )
    assert not tables(found.content.blocks)


def test_a_session_that_was_given_says_so(charting: Charting) -> None:
    charting.given()
    assert "Sites of this visit are already marked given: consent comes before." in draft(charting).notes


def test_a_transcribed_session_is_a_problem(charting: Charting) -> None:
    charting.chart_usual_sites()
    version = charting.version()
    with charting.writing() as uow:
        injections.change_session(uow, charting.visit_id, version, transcribed=True, transcribed_product="botox")
    assert any("transcribed" in one for one in draft(charting).problems)


def test_a_voided_visit_is_a_problem(charting: Charting) -> None:
    charting.signed()
    with charting.fresh_writing() as uow:
        signing.void(uow, charting.visit_id, "charted for another patient", Disposition.NOT_GIVEN)
    assert "This visit was voided: nothing can be printed from it." in draft(charting).problems


def test_spanish_is_complete(charting: Charting) -> None:
    charting.chart_usual_sites()
    found = draft(charting, "es")
    assert found.content.title == "Consentimiento para el tratamiento con toxina botulínica"
    assert not {"your", "the", "you", "and"} & set(words_of(found.content.blocks).lower().split())


def test_another_clinics_visit_is_not_found(charting: Charting, other_clinic: ClinicWorld, work: Work) -> None:
    for visit_id in (charting.visit_id, None):
        ask = Ask(DocumentKind.CONSENT_FORM, charting.patient_id, visit_id)
        actor = other_clinic.prescriber if visit_id else charting.clinic.prescriber
        with work.reading(actor) as uow, pytest.raises(NotFound):
            consent_form(uow, ask)
