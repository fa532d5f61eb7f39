"""The payer summary from the record: only what was signed, waste by the ledger, and what is missing named as missing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from clinic.domain.documents.content import Block, Bullets, DocumentDraft, Paragraph, Table
from clinic.domain.documents.kinds import DocumentKind
from clinic.domain.errors import NotFound
from clinic.domain.events import Action, Event
from clinic.domain.visits import Disposition
from clinic.queries import payer_summaries
from clinic.queries.document_heads import Ask
from clinic.queries.payer_summaries import payer_summary
from clinic.services import inventory, signing
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld, make_patient


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft drawn from one vial of 100 units."""
    return Charting.begun(work, clinic, clock)


def asked(charting: Charting, *left_out: str, patient_id: str = "") -> DocumentDraft:
    kind = DocumentKind.PAYER_SUMMARY
    ask = Ask(kind, patient_id or charting.patient_id, charting.visit_id, left_out=frozenset(left_out))
    with charting.reading() as uow:
        return payer_summary(uow, ask)


def texts(blocks: tuple[Block, ...]) -> str:
    """Everything in a document as one text."""
    found: list[str] = []
    for one in blocks:
        if isinstance(one, Paragraph):
            found.append(f"{one.lead} {one.text}")
        elif isinstance(one, Bullets):
            found += one.items
        elif isinstance(one, Table):
            found += [" | ".join(row.cells) for row in one.rows]
        elif hasattr(one, "blocks"):
            found.append(texts(one.blocks))
    return "\n".join(found)


def test_a_draft_cannot_go_to_a_payer(charting: Charting) -> None:
    charting.settled()
    draft = asked(charting)
    assert draft.problems == (payer_summaries.NOT_SIGNED,)


def test_a_visit_without_anything_given_has_nothing_to_claim(charting: Charting) -> None:
    charting.chart_usual_sites()
    assert payer_summaries.NO_SESSION in asked(charting).problems


def discard_the_rest(charting: Charting) -> None:
    with charting.writing() as uow:
        inventory.discard(uow, charting.vial_id, "End of the day")


def test_the_signed_session_is_claimed_with_its_waste_from_the_ledger(charting: Charting) -> None:
    charting.signed()
    discard_the_rest(charting)
    draft = asked(charting)
    assert not draft.problems
    said = texts(draft.content.blocks)
    assert "G51.0 | Bell’s palsy | verified" in said
    assert "64612-50" in said
    assert "J0585 | 12.5 | 12.5, not a whole number: 12 and 0.5\u00a0units over" in said
    assert "J0585-JW | 87.5" in said
    assert "labelled 100, given 12.5, discarded 87.5\u00a0units: JW." in said
    assert "J0585-JZ" not in said
    assert "off-label" in said
    assert draft.content.on == charting.record().visit.on


def test_waste_that_is_not_settled_is_named_and_no_number_stands(charting: Charting) -> None:
    charting.signed()
    draft = asked(charting)
    said = texts(draft.content.blocks)
    assert "not settled, 87.5\u00a0units neither given nor discarded" in said
    assert "J0585-JW" not in said
    assert "J0585-JZ" not in said
    assert any("not settled" in note for note in draft.notes)


def test_a_vial_that_another_patient_got_units_of_tells_no_waste(charting: Charting) -> None:
    charting.signed()
    other = make_patient(charting.work, charting.clinic.prescriber, family_name="Other", given_names="Ann")
    mine, charting.patient_id = (charting.patient_id, charting.visit_id), other
    charting.start()
    with charting.writing() as uow:
        inventory.draw(uow, charting.vial_id, Decimal(5), visit_id=charting.visit_id, patient_id=other)
        uow.record(Event(Action.VISIT_CHANGED, f"visit:{charting.visit_id}", other))
    charting.patient_id, charting.visit_id = mine
    assert "shared with another patient" in texts(asked(charting).content.blocks)


def test_parts_can_be_left_out_but_not_the_claim(charting: Charting) -> None:
    charting.signed()
    draft = asked(charting)
    fixed = {one.key for one in draft.choices if one.fixed}
    assert fixed == {"claim", "off_label"}
    less = texts(asked(charting, "unverified", "conservative", "claim", "off_label").content.blocks)
    assert "G51.8" not in less
    assert "None on record" not in less
    assert "J0585" in less
    assert "off-label" in less


def test_a_voided_visit_is_a_problem(charting: Charting) -> None:
    charting.signed()
    with charting.fresh_writing() as uow:
        signing.void(uow, charting.visit_id, "Charted in the wrong record", Disposition.GIVEN)
    assert asked(charting).problems == ("This visit was voided.",)


def test_an_earlier_session_that_was_voided_is_not_told(work: Work, clinic: ClinicWorld, clock: Any) -> None:
    later = Charting.after_a_session(work, clinic, clock)
    later.signed()
    before = repr(asked(later).content.blocks)
    with later.fresh_writing() as uow:
        signing.void(uow, later.first, "Charted for another patient", Disposition.GIVEN)
    assert "Units given" in before
    assert "Units given" not in repr(asked(later).content.blocks)


def test_an_amended_version_points_to_the_newer_one(charting: Charting) -> None:
    charting.signed()
    first = charting.visit_id
    with charting.fresh_writing() as uow:
        charting.visit_id = signing.amend(uow, first, "The side was mistyped")
    charting.sign()
    discard_the_rest(charting)
    assert not asked(charting).problems
    assert "discarded 87.5\u00a0units: JW." in texts(asked(charting).content.blocks)
    charting.visit_id = first
    assert asked(charting).problems == ("This version of the visit was amended. Open the newer version.",)


def test_earlier_sessions_their_interval_and_training_stand_in_it(work: Work, clinic: ClinicWorld, clock: Any) -> None:
    charting = Charting.after_a_session(work, clinic, clock)
    charting.signed()
    said = texts(asked(charting).content.blocks)
    assert "90 days since the last session" in said
    assert "12.5\u00a0units onabotulinumtoxinA (Botox) | not reviewed" in said
    assert "was also used in another session of this patient (12.5\u00a0units)" in said
    assert "None on record." in said


def test_it_is_not_found_for_another_patient(charting: Charting, work: Work, clinic: ClinicWorld) -> None:
    other = make_patient(work, clinic.prescriber, family_name="Other", given_names="Ann")
    with pytest.raises(NotFound):
        asked(charting, patient_id=other)
    with charting.reading() as uow, pytest.raises(NotFound):
        payer_summary(uow, Ask(DocumentKind.PAYER_SUMMARY, charting.patient_id))
