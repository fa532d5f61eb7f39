"""Assessments, reviews and adverse events in the visit summary, read back from its pages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clinic.domain.outcome_content import ItemContent
from clinic.domain.visit_content import VisitContent
from clinic.pdf.visit_summary import render
from tests.domain.contents import full_content
from tests.pdf import contents, reading
from tests.pdf.contents import signed


def graded(**changes: object) -> VisitContent:
    """An ordinary visit with an assessment, a grid, a review and an adverse event."""
    full = full_content()
    parts = {name: getattr(full, name) for name in ("assessments", "grids", "reviews", "adverse_events")}
    return replace(contents.visit(), **(parts | changes))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def summary() -> bytes:
    content = graded()
    return render(content, signed(content))


@pytest.fixture(scope="module")
def printed(summary: bytes) -> str:
    return " ".join(" ".join(reading.pages(summary)).split()).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    "words",
    [
        "Outcome of the session of 13 Aug 2026",
        "eye narrows with big smile patient’s left 50 % better left Mentalis",
        "worse than before none named",
        "10 weeks of benefit; first noticed on day 5, best on day 28, worn off on day 70",
        "Mentalis, patient’s left: more next time (Ada)",
        "Adverse event: yes. Answered by phone, 101 days after the session, by Ada.",
    ],
)
def test_the_outcome_of_the_last_session_is_printed(printed: str, words: str) -> None:
    assert words in printed


@pytest.mark.parametrize(
    "words",
    [
        "Drooping of the upper lid, patient’s left",
        "mild: no treatment needed",
        "onset 19 Aug 2026",
        "no end entered",
        "lot C4821A2",
        "MRD1 2 mm lower · reviewed by Ada: Leave the lower lid out next time",
    ],
)
def test_an_adverse_event_is_printed_with_its_lot(printed: str, words: str) -> None:
    assert words in printed


def test_a_grid_is_printed_in_words_and_as_a_table(printed: str) -> None:
    assert "left: chin dimples with pucker 3, eye narrows with big smile 2/3" in printed
    assert "Movement Eye Chin Big smile 2/3 – Pucker – 3" in printed


def test_scores_are_printed_with_version_rater_and_answers(printed: str) -> None:
    assert "Sunnybrook Facial Grading System, patient’s left version 1996" in printed
    assert "Composite: 58 of 100, higher is better" in printed
    assert "Grade: II check the entries" in printed
    assert "Seated, <b>good</b> light" in printed
    assert "Eye at rest: narrower" in printed


def test_nothing_runs_off_the_page_or_over_something_else(summary: bytes) -> None:
    assert reading.failures(summary) == []
    assert reading.outside(summary) == []
    assert reading.overlapping(summary) == []


def test_a_visit_without_any_prints_nothing_of_it() -> None:
    content = graded(assessments=(), grids=(), reviews=(), adverse_events=())
    text = reading.text(render(content, signed(content)))
    assert not [title for title in ("Synkinesis grid", "Scores and measures", "Adverse events") if title in text]


def test_an_answer_that_asks_for_help_at_once_stands_beside_the_scores() -> None:
    sore = ItemContent("eye_sore", "Your eye", "Is your eye sore?", 1, "Yes")
    one = replace(full_content().assessments[0], instrument="follow_up", items=(sore,))
    content = graded(assessments=(one,))
    text = " ".join(" ".join(reading.pages(render(content, signed(content)))).split())
    assert "Asks for help at once: Is your eye sore? Yes" in text


def test_two_raters_answers_are_told_apart() -> None:
    one = full_content().assessments[0]
    content = graded(assessments=(replace(one, rater="Ada"), replace(one, id="second", rater="Ben")))
    text = " ".join(" ".join(reading.pages(render(content, signed(content)))).split())
    assert "Sunnybrook Facial Grading System, patient’s left, Ada. At rest – Eye at rest" in text
    assert "Sunnybrook Facial Grading System, patient’s left, Ben. At rest – Eye at rest" in text
