"""The treatment history from the record: amended once, voided not at all, touch-ups with their session."""

from __future__ import annotations

from typing import Any

import pytest

from clinic.domain.documents.content import Block, DocumentDraft, Faces, Heading, Paragraph, Table
from clinic.domain.documents.kinds import DocumentKind
from clinic.domain.errors import NotFound
from clinic.domain.reviews import Wearing
from clinic.domain.visits import Disposition
from clinic.queries.document_heads import Ask
from clinic.queries.treatment_histories import NOTHING, treatment_history
from clinic.services import signing
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld, make_patient
from tests.trending import EYE, Course, at
from tests.web.statements import counted


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A patient with an open draft, early in a year."""
    clock.now = at(2026, 1, 20)
    return Charting.begun(work, clinic, clock)


def asked(charting: Charting, *left_out: str) -> DocumentDraft:
    ask = Ask(DocumentKind.TREATMENT_HISTORY, charting.patient_id, left_out=frozenset(left_out))
    with charting.reading() as uow:
        return treatment_history(uow, ask)


def captions(draft: DocumentDraft) -> list[str]:
    return [face.caption for one in draft.content.blocks if isinstance(one, Faces) for face in one.faces]


def rows(blocks: tuple[Block, ...], first: str) -> dict[str, tuple[str, ...]]:
    """The rows of the tables that begin so, by their first cell."""
    found = [one for one in blocks if isinstance(one, Table) and one.columns[0].title.startswith(first)]
    return {row.cells[0]: row.cells[1:] for one in found for row in one.rows}


def test_nothing_given_is_a_problem(charting: Charting) -> None:
    assert asked(charting).problems == (NOTHING,)


def test_a_draft_is_no_session(charting: Charting) -> None:
    charting.settled()
    assert asked(charting).problems == (NOTHING,)


def test_a_signed_session_stands_with_its_doses_and_sides(charting: Charting) -> None:
    charting.signed()
    draft = asked(charting)
    assert not draft.problems
    assert captions(draft) == ["20 Jan 2026: 12.5\u00a0units Botox"]
    found = rows(draft.content.blocks, "Units")
    assert found["Orbicularis oculi, left"] == ("2.5",)
    assert found["Affected side, patient’s left"] == ("7.5",)
    assert found["Other side, patient’s right"] == ("5",)
    assert found["Total"] == ("12.5",)


def test_an_amended_session_counts_once(charting: Charting) -> None:
    charting.signed()
    with charting.fresh_writing() as uow:
        charting.visit_id = signing.amend(uow, charting.visit_id, "The dose was mistyped")
    assert len(captions(asked(charting))) == 1
    charting.sign()
    assert len(captions(asked(charting))) == 1


@pytest.mark.parametrize("disposition", list(Disposition))
def test_a_voided_session_is_left_out_and_counted(charting: Charting, disposition: Disposition) -> None:
    charting.signed()
    with charting.fresh_writing() as uow:
        signing.void(uow, charting.visit_id, "Charted in the wrong record", disposition)
    draft = asked(charting)
    assert captions(draft) == []
    assert any(
        isinstance(one, Paragraph) and "1 voided session is left out" in one.text for one in draft.content.blocks
    )
    assert bool(draft.notes) == (disposition is Disposition.GIVEN)


def test_every_year_has_its_heading_and_what_was_said_stands_with_its_session(
    work: Work, clinic: ClinicWorld, clock: Any
) -> None:
    clock.now = at(2025, 11, 1)
    charting = Charting.after_a_session(work, clinic, clock)
    charting.signed()
    course = Course(charting)
    course.draft(at(2026, 3, 1))
    course.review(charting.first, [(EYE, 50, False, ())], wearing=Wearing.WORKING)
    course.rate("saq", {f"q{n}": 3 for n in range(1, 10)})
    charting.sign()
    blocks = asked(charting).content.blocks
    assert [one.text for one in blocks if isinstance(one, Heading)] == ["2026", "2025"]
    assert rows(blocks, "Session")["1 Nov 2025"][0] == "1 Mar 2026"
    days, noise = rows(blocks, "Score")["SAQ, total"]
    assert days.startswith("1 Mar 2026: ")
    assert noise == "up to 28.2"
    less = asked(charting, "scores", "year-2025").content.blocks
    assert [one.text for one in less if isinstance(one, Heading)] == ["2026"]
    assert not rows(less, "Score")


def test_it_costs_the_same_for_two_sessions_as_for_one(work: Work, clinic: ClinicWorld, clock: Any) -> None:
    charting = Charting.after_a_session(work, clinic, clock)
    with counted(work.engine) as one:
        asked(charting)
    charting.signed()
    with counted(work.engine) as two:
        asked(charting)
    assert len(one) == len(two) <= 6


def test_it_is_not_found_in_another_clinic(charting: Charting, work: Work, other_clinic: ClinicWorld) -> None:
    stranger = make_patient(work, other_clinic.prescriber)
    with charting.reading() as uow, pytest.raises(NotFound):
        treatment_history(uow, Ask(DocumentKind.TREATMENT_HISTORY, stranger))
