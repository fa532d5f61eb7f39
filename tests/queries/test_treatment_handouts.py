"""The handout of a treatment from the record: what was really given, and what keeps it from going out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from clinic.domain.anatomy import Side
from clinic.domain.documents.content import DocumentDraft, canonical, read
from clinic.domain.documents.kinds import DocumentKind
from clinic.domain.errors import NotFound
from clinic.domain.plans import Appointment, Occasion, PlanEntry, PlanState
from clinic.domain.visit_content import totals_by
from clinic.domain.visits import Disposition
from clinic.domain.wording import day_text
from clinic.queries.document_heads import Ask
from clinic.queries.treatment_handouts import treatment_handout
from clinic.queries.visit_contents import visit_content
from clinic.services import injections, signing, visits
from clinic.services.plan_items import add_item
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.domain.documents.treatments import tables, words_of
from tests.factories import ClinicWorld, make_patient
from tests.web.statements import counted


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft of a patient with a left palsy."""
    return Charting.begun(work, clinic, clock)


def draft(charting: Charting, *, code: str = "en", left_out: Iterable[str] = (), visit_id: str = "") -> DocumentDraft:
    """The handout of a visit as it would be issued now."""
    ask = Ask(
        DocumentKind.TREATMENT_HANDOUT, charting.patient_id, visit_id or charting.visit_id, code, frozenset(left_out)
    )
    with charting.reading() as uow:
        return treatment_handout(uow, ask)


def words(found: DocumentDraft) -> str:
    """Everything that stands in it."""
    return words_of(found.content.blocks)


def test_nothing_given_yet_is_a_problem(charting: Charting) -> None:
    charting.chart_usual_sites()
    found = draft(charting)
    assert found.problems == ("Nothing is marked given in this visit yet. Mark the sites given first.",)
    assert not tables(found.content.blocks)


def test_a_visit_without_injections_is_a_problem(charting: Charting) -> None:
    with charting.writing() as uow:
        charting.visit_id = visits.start(uow, charting.patient_id, with_injections=False)
    assert draft(charting).problems == ("This visit has no injections.",)


def test_what_was_given_is_printed_before_signing_and_after_it(charting: Charting) -> None:
    charting.given()
    before = draft(charting)
    assert before.problems == ()
    assert "The visit is not signed yet. Print again when a site changes." in before.notes
    charting.settle()
    charting.sign()
    after = draft(charting)
    assert after.problems == ()
    assert after.content.blocks == before.content.blocks
    assert "not signed" not in " ".join(after.notes)
    assert read(canonical(after.content)) == after.content


def test_the_sums_are_those_of_the_session_by_product_and_side(charting: Charting) -> None:
    charting.signed()
    session = visit_content(charting.record()).session
    assert session is not None
    (table,) = tables(draft(charting).content.blocks)
    sides = {"your right": "right", "your left": "left", "middle": "midline"}
    shown: dict[tuple[str, ...], Decimal] = {}
    for row in table.rows[:-1]:
        key = ("botox", sides[row.cells[2]])
        shown[key] = shown.get(key, Decimal(0)) + Decimal(row.cells[4])
    assert shown == totals_by(session, "product", "side")
    assert Decimal(table.rows[-1].cells[4]) == sum(shown.values())


def test_product_lot_dates_and_the_head_come_from_the_record(charting: Charting, clock: Any) -> None:
    charting.signed()
    on = charting.record().visit.on
    clock.move(days=200)
    found = draft(charting)
    told = words(found)
    assert found.content.on == on
    assert found.content.title == "Your treatment today"
    assert "Product: onabotulinumtoxinA (Botox)" in told
    assert f"Lot: {next(iter(charting.record().vials.values())).lot_number}" in told
    assert f"{(on + timedelta(days=3)).day} " in told.split("around")[1]
    assert [one.id for one in found.content.texts] == ["treatment_today", "side_effects", "emergency"]


def test_spanish_is_printed_in_spanish(charting: Charting) -> None:
    charting.signed()
    found = draft(charting, code="es")
    assert (found.content.language, found.content.title) == ("es", "Su tratamiento de hoy")
    told = words(found)
    assert "Mentón, lado izquierdo | izquierdo" in told
    assert "Labio inferior, lado derecho | derecho" in told
    assert not {"your", "the", "unknown"} & set(told.lower().split())


def test_only_given_sites_stand_and_staff_learn_of_the_others(charting: Charting) -> None:
    charting.given()
    charting.site(muscle="frontalis", side=Side.RIGHT)
    found = draft(charting)
    assert "1 charted site is not marked given and not printed." in found.notes
    assert "Forehead" not in words(found)
    assert not any(one.key == "effect:brow_droop" for one in found.choices)


@pytest.mark.parametrize("disposition", list(Disposition))
def test_a_voided_visit_is_a_problem(charting: Charting, disposition: Disposition) -> None:
    charting.signed()
    with charting.fresh_writing() as uow:
        signing.void(uow, charting.visit_id, "charted for another patient", disposition)
    assert "This visit was voided: nothing can be printed from it." in draft(charting).problems


def test_a_replaced_version_is_a_problem_and_the_newer_one_is_not(charting: Charting) -> None:
    charting.signed()
    first = charting.visit_id
    with charting.fresh_writing() as uow:
        charting.visit_id = signing.amend(uow, first, "one dose was typed wrongly")
    charting.sign()
    assert draft(charting, visit_id=first).problems == (
        "A newer version of this visit was signed. Print from that one.",
    )
    assert draft(charting).problems == ()


def test_a_transcribed_session_is_printed_once_signed_with_what_is_known(charting: Charting) -> None:
    charting.chart_usual_sites()
    version = charting.version()
    with charting.writing() as uow:
        values = {"transcribed": True, "transcribed_source": "Letter of Dr Lund", "transcribed_product": "botox"}
        injections.change_session(uow, charting.visit_id, version, **values)
    found = draft(charting)
    assert found.problems == ("These sites are transcribed from an earlier record: sign the visit first.",)
    told = words(found)
    assert "copied these details from an earlier record" in told
    assert "review" not in told.split("What comes next")[1]
    assert not {"expect", "aftercare", "practice"} & {one.key for one in found.choices}
    assert "for 24 hours" not in told
    assert "Look after your eye" in told


@pytest.mark.parametrize("state", [PlanState.AGREED, PlanState.PROPOSED])
def test_an_agreed_review_stands_and_a_proposed_one_does_not(charting: Charting, state: PlanState) -> None:
    charting.signed()
    on = charting.record().visit.on + timedelta(days=20)
    with charting.writing() as uow:
        add_item(uow, charting.patient_id, PlanEntry(Appointment(Occasion.REVIEW, on, "14:30"), state))
    told = words(draft(charting))
    agreed = state is PlanState.AGREED
    assert (f"Your review is on {day_text(on)}, 14:30." in told) == agreed
    assert ("2 to 4 weeks after treatment" in told) != agreed


@pytest.mark.parametrize(("days", "printed"), [(1, True), (83, True), (84, False), (113, False)])
def test_a_review_belongs_to_a_treatment_until_the_next_one_is_possible(
    charting: Charting, days: int, *, printed: bool
) -> None:
    charting.signed()
    on = charting.record().visit.on + timedelta(days=days)
    with charting.writing() as uow:
        add_item(uow, charting.patient_id, PlanEntry(Appointment(Occasion.REVIEW, on), PlanState.AGREED))
    found = draft(charting)
    assert (f"Your review is on {day_text(on)}" in words(found)) == printed
    assert ("2 to 4 weeks after treatment" in words(found)) != printed
    assert any("agreed review is 12 weeks or more" in note for note in found.notes) != printed


@pytest.mark.parametrize(("days", "asked"), [(27, True), (28, True), (29, False)])
def test_nobody_is_asked_to_book_a_review_in_weeks_that_are_over(
    charting: Charting, clock: Any, days: int, *, asked: bool
) -> None:
    charting.signed()
    clock.move(days=days)
    told = words(draft(charting))
    assert ("Please come for a review" in told) == asked
    assert "If we agree on another treatment" in told


@pytest.mark.parametrize(("days", "printed"), [(83, False), (84, True), (85, True)])
def test_a_next_treatment_is_printed_from_twelve_weeks_on(charting: Charting, days: int, *, printed: bool) -> None:
    charting.signed()
    on = charting.record().visit.on + timedelta(days=days)
    with charting.writing() as uow:
        entry = PlanEntry(Appointment(Occasion.INJECTION, on), PlanState.AGREED, reason="agreed at the desk")
        add_item(uow, charting.patient_id, entry)
    found = draft(charting)
    assert (f"We have agreed on {day_text(on)}" in words(found)) == printed
    assert any("less than 12 weeks" in note for note in found.notes) != printed


def test_the_emergency_box_cannot_be_left_out(charting: Charting) -> None:
    charting.signed()
    every = {one.key for one in draft(charting).choices}
    found = draft(charting, left_out=every | {"emergency", "emergency:box"})
    assert "Get emergency help at once" in words(found)
    assert "Look after your eye" in words(found)
    assert {one.key for one in found.choices if not one.on} == {one.key for one in found.choices if not one.fixed}
    assert "emergency" in {one.key for one in found.choices if one.fixed}


def test_the_statements_do_not_grow_with_the_sites(charting: Charting) -> None:
    charting.chart_usual_sites()
    with counted(charting.work.engine) as few:
        draft(charting)
    for side in (Side.LEFT, Side.RIGHT):
        charting.site(muscle="frontalis", side=side)
    with counted(charting.work.engine) as more:
        draft(charting)
    assert len(few) == len(more)


def test_another_patients_or_clinics_visit_is_not_found(
    charting: Charting, other_clinic: ClinicWorld, work: Work
) -> None:
    charting.signed()
    stranger = make_patient(work, charting.clinic.prescriber, family_name="Brandt", given_names="Ole")
    ask = Ask(DocumentKind.TREATMENT_HANDOUT, stranger, charting.visit_id)
    with charting.reading() as uow, pytest.raises(NotFound):
        treatment_handout(uow, ask)
    with work.reading(other_clinic.prescriber) as uow, pytest.raises(NotFound):
        treatment_handout(uow, Ask(DocumentKind.TREATMENT_HANDOUT, charting.patient_id, charting.visit_id))
    with charting.reading() as uow, pytest.raises(NotFound):
        treatment_handout(uow, Ask(DocumentKind.TREATMENT_HANDOUT, charting.patient_id))
