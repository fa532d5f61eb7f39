"""The scores that the timeline names beside each signed visit."""

from __future__ import annotations

import pytest

from clinic.domain import assessments
from clinic.domain.anatomy import Side
from clinic.domain.assessments import saq, sunnybrook
from clinic.queries.visit_scores import visit_scores
from clinic.services import visits
from clinic.services.assessments import save_assessment
from clinic.unit_of_work import Work
from tests.charting import Charting


@pytest.fixture
def graded(work: Work, clinic, clock) -> Charting:
    """A plain draft with Sunnybrook and SAQ."""
    charting = Charting.begun(work, clinic, clock)
    with charting.writing() as uow:
        charting.visit_id = visits.start(uow, charting.patient_id, with_injections=False)
    for one, side in ((sunnybrook.SUNNYBROOK, Side.LEFT), (assessments.instrument("saq"), None)):
        answers = {item.key: item.options[-1].value for item in one.items}
        with charting.writing() as uow:
            save_assessment(uow, charting.visit_id, one.key, answers, version=one.version, side=side)
    return charting


def scores(charting: Charting) -> dict[str, str]:
    """What the timeline says."""
    with charting.reading() as uow:
        return dict(visit_scores(uow, charting.patient_id))


def test_a_draft_says_nothing_and_a_signed_visit_its_scores(graded: Charting) -> None:
    assert scores(graded) == {}
    graded.sign()
    worst = next(one.value for one in saq.SAQ.score({item.key: 5 for item in saq.SAQ.items}))
    assert worst == 100
    assert scores(graded) == {graded.visit_id: "Sunnybrook 70 (left), SAQ 100"}


def test_both_sides_are_said_right_first(graded: Charting) -> None:
    answers = {item.key: item.options[0].value for item in sunnybrook.SUNNYBROOK.items}
    with graded.writing() as uow:
        version = sunnybrook.SUNNYBROOK.version
        save_assessment(uow, graded.visit_id, "sunnybrook", answers, version=version, side=Side.RIGHT)
    graded.sign()
    said = scores(graded)[graded.visit_id].split(", ")
    assert [one.rsplit(" ", 1)[1] for one in said[:2]] == ["(right)", "(left)"]


def test_another_patient_has_none_of_them(graded: Charting) -> None:
    graded.sign()
    with graded.reading() as uow:
        assert visit_scores(uow, "nobody") == {}
