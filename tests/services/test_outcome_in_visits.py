"""What was graded and reviewed is part of the visit: signed, frozen, copied into an amendment, verified."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from clinic.domain import assessments, visit_content
from clinic.domain.adverse_event_entries import EventEntry
from clinic.domain.adverse_events import Kind, Relation
from clinic.domain.anatomy import Side
from clinic.domain.assessments import saq, sunnybrook
from clinic.domain.assessments.grid import Cell, Group, Movement, Place
from clinic.domain.errors import Frozen
from clinic.domain.injections import Answer
from clinic.domain.review_entries import ReviewEntry
from clinic.domain.reviews import Impression, Wearing
from clinic.domain.visit_content import VisitContent
from clinic.models import Assessment, Signature
from clinic.queries import visit_revisions as revisions
from clinic.queries.facts import judged
from clinic.services import adverse_events, grids, signing, visits
from clinic.services.assessments import remove_assessment, save_assessment, save_patient_answers
from clinic.services.reviews import save_review
from clinic.unit_of_work import Work
from clinic.verification import verify
from tests.charting import Charting
from tests.postgresql import by_owner

EYE = Place(Side.LEFT, Movement.BIG_SMILE, Group.EYE)
SUNNYBROOK = {item.key: item.options[0].value for item in sunnybrook.ITEMS}


@pytest.fixture
def graded(work: Work, clinic, clock) -> Charting:
    """A session that was signed, and a month later a plain draft in which it was graded, reviewed and had an event."""
    charting = Charting.begun(work, clinic, clock)
    charting.signed()
    session_id = charting.visit_id
    clock.now += timedelta(days=30)
    with charting.writing() as uow:
        charting.visit_id = visits.start(uow, charting.patient_id, with_injections=False)
    with charting.writing() as uow:
        version = assessments.instrument("sunnybrook").version
        save_assessment(uow, charting.visit_id, "sunnybrook", SUNNYBROOK, version=version, side=Side.LEFT)
        grids.save_cells(uow, charting.visit_id, [Cell(EYE, 2, 3)])
        muscles = (("orbicularis_oculi", Side.LEFT),)
        impressions = (("mentalis", Side.LEFT, Impression.MORE),)
        entry = ReviewEntry(
            wearing=Wearing.WORKING,
            adverse_event=Answer.YES,
            effects=((EYE, 50, False, muscles),),
            impressions=impressions,
        )
        save_review(uow, charting.visit_id, session_id, entry)
    site_id = charting.record(session_id).sites[0].id
    event = EventEntry(Kind.EYELID_PTOSIS, 1, Relation.PROBABLE, side=Side.LEFT, site_ids=(site_id,))
    with charting.writing() as uow:
        event_id = adverse_events.record_event(
            uow, charting.patient_id, event, session_id=session_id, visit_id=charting.visit_id
        )
    with charting.writing() as uow:
        adverse_events.review_event(uow, event_id, 1, "Lower pretarsal left out next time")
    return charting


def signed_content(charting: Charting) -> VisitContent:
    """What the newest signature holds."""
    with charting.reading() as uow:
        row = uow.session.scalar(select(Signature.content).where(Signature.visit_id == charting.visit_id))
    return visit_content.read(row or "")


def test_everything_graded_is_signed(graded: Charting) -> None:
    graded.sign()
    content = signed_content(graded)
    assert content.schema == visit_content.SCHEMA
    assert [(one.instrument, one.side, one.scores[0].value) for one in content.assessments] == [
        ("sunnybrook", "left", 20)
    ]
    assert content.grids[0].summary == ("left: eye narrows with big smile\N{NO-BREAK SPACE}2/3",)
    review = content.reviews[0]
    assert [(one.effect, one.muscles) for one in review.effects] == [(50, ("left Orbicularis oculi",))]
    assert [(one.muscle, one.words) for one in review.impressions] == [("mentalis", "more next time")]
    assert (review.benefit, review.adverse_event, review.days_after) == ("still working at 4 weeks", "yes", 30)
    event = content.adverse_events[0]
    assert (event.kind, event.grade, event.lots) == ("eyelid_ptosis", 1, ("C4821A2",))
    assert event.reviewed_by


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE assessment SET note = 'x'",
        "DELETE FROM assessment_answer",
        "UPDATE assessment_score SET value = 9900",
        "UPDATE synkinesis_finding SET grade = 0",
        "UPDATE review SET note = 'x'",
        "UPDATE review_effect SET effect = 100",
        "DELETE FROM review_effect_muscle",
        "DELETE FROM review_impression",
        "DELETE FROM adverse_event_site",
        "UPDATE adverse_event_entry SET grade = 5",
        "UPDATE adverse_event SET session_id = NULL",
    ],
)
def test_the_database_refuses_a_change_after_signing(graded: Charting, statement: str) -> None:
    graded.sign()
    with pytest.raises(DBAPIError, match=r"frozen|append-only"), by_owner(graded.work.engine) as connection:
        connection.execute(text(statement))


def test_nothing_is_graded_after_signing(graded: Charting) -> None:
    graded.sign()
    with pytest.raises(Frozen), graded.writing() as uow:
        grids.save_cells(uow, graded.visit_id, [Cell(EYE, 0, 0)], edit_version=1)


def plain(content: VisitContent) -> list[Any]:
    """What an amendment must take over unchanged; ids are new."""
    one, grid, review = content.assessments[0], content.grids[0], content.reviews[0]
    return [one.rater, one.rated_at, one.items, one.scores, grid.rater, grid.cells, review, content.adverse_events]


def test_an_amendment_takes_everything_over_and_verifies(graded: Charting, tmp_path) -> None:
    graded.sign()
    before = signed_content(graded)
    with graded.writing() as uow:
        graded.visit_id = signing.amend(uow, graded.visit_id, "The note was incomplete")
    with graded.reading() as uow:
        record = graded.record()
        content, _ = judged(record, uow.now)
        assert revisions.differences(uow, record, content) == ()
    graded.sign()
    assert plain(signed_content(graded)) == plain(before)
    assert verify(graded.work, tmp_path / "anchors").problems == ()


def test_what_an_amendment_changes_is_said(graded: Charting) -> None:
    graded.sign()
    with graded.writing() as uow:
        graded.visit_id = signing.amend(uow, graded.visit_id, "The grade of the eye was mistyped")
    with graded.reading() as uow:
        version = uow.session.scalar(
            select(Assessment.edit_version).where(
                Assessment.visit_id == graded.visit_id, Assessment.instrument == "synkinesis_grid"
            )
        )
    with graded.writing() as uow:
        grids.save_cells(uow, graded.visit_id, [Cell(EYE, 1, 3)], edit_version=version or 0)
    with graded.reading() as uow:
        record = graded.record()
        content, _ = judged(record, uow.now)
        said = revisions.differences(uow, record, content)
    assert [(one.before[-3:], one.after[-3:]) for one in said] == [("2/3", "1/3")]


def test_of_a_changed_scale_only_what_changed_is_said(graded: Charting) -> None:
    version = saq.SAQ.version
    with graded.writing() as uow:
        save_assessment(uow, graded.visit_id, "saq", SAQ, version=version)
    graded.sign()
    with graded.writing() as uow:
        graded.visit_id = signing.amend(uow, graded.visit_id, "The paper sheet was mistyped")
    (row,) = [one for one in graded.record().outcomes.assessments if one.instrument == "saq"]
    first = saq.ITEMS[0]
    with graded.writing() as uow:
        save_assessment(
            uow, graded.visit_id, "saq", SAQ | {first.key: 4}, version=version, edit_version=row.edit_version
        )
    with graded.reading() as uow:
        record = graded.record()
        (said,) = revisions.differences(uow, record, judged(record, uow.now)[0])
    assert said.before == f"Total: 60 of 100, lower is better; {first.label}: 3"
    assert said.after == f"Total: 62.22 of 100, lower is better; {first.label}: 4"


def test_a_grading_between_review_and_signature_is_noticed(graded: Charting) -> None:
    record = graded.record()
    with graded.reading() as uow:
        shown = visit_content.digest(judged(record, uow.now)[0])
    with graded.writing() as uow:
        grids.save_cells(uow, graded.visit_id, [Cell(EYE, 3, 3)], edit_version=1)
    with pytest.raises(Exception, match="changed since it was shown"), graded.fresh_writing() as uow:
        signing.sign(uow, graded.visit_id, record.visit.edit_version, shown)


SAQ = {item.key: 3 for item in saq.ITEMS}


def test_an_amendment_tells_two_sheets_of_a_patient_apart_and_a_changed_link(graded: Charting) -> None:
    version = saq.SAQ.version
    with graded.writing() as uow:
        save_patient_answers(uow, graded.visit_id, "saq", SAQ, {}, version=version)
    with graded.writing() as uow:
        save_assessment(uow, graded.visit_id, "saq", SAQ, version=version)
    graded.sign()
    with graded.writing() as uow:
        graded.visit_id = signing.amend(uow, graded.visit_id, "The paper sheet was mistyped")
    record = graded.record()
    (sent,) = [one for one in record.outcomes.assessments if one.instrument == "saq" and not one.entered_by]
    review = record.outcomes.reviews[0]
    entry = ReviewEntry(
        wearing=review.wearing,
        adverse_event=review.adverse_event,
        effects=((EYE, 50, False, ()),),
        impressions=tuple((one.muscle, one.side, one.impression) for one in review.impressions),
    )
    with graded.writing() as uow:
        remove_assessment(uow, graded.visit_id, sent.id, sent.edit_version)
        save_review(uow, graded.visit_id, review.session_id, entry, edit_version=review.edit_version)
    with graded.reading() as uow:
        record = graded.record()
        said = revisions.differences(uow, record, judged(record, uow.now)[0])
    assert [one.what.split(" of the session")[0] for one in said] == [
        "Outcome",
        "Synkinesis Assessment Questionnaire, the patient",
    ]
    assert [("left Orbicularis oculi" in one.before, "no muscle" in one.after) for one in said[:1]] == [(True, True)]


def test_a_later_entry_of_an_adverse_event_is_said_in_an_amendment(graded: Charting) -> None:
    graded.sign()
    event = graded.record().outcomes.events[0]
    with graded.writing() as uow:
        entry = EventEntry(Kind.EYELID_PTOSIS, 3, Relation.PROBABLE, side=Side.LEFT)
        adverse_events.change_event(uow, event.id, entry, event.number)
    with graded.writing() as uow:
        graded.visit_id = signing.amend(uow, graded.visit_id, "The lid got worse")
    with graded.reading() as uow:
        record = graded.record()
        said = revisions.differences(uow, record, judged(record, uow.now)[0])
    assert [one.what for one in said] == ["Adverse event: Drooping of the upper lid"]
    assert ("grade 1" in said[0].before, "grade 3" in said[0].after) == (True, True)
