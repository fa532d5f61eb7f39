"""Plan, planning answers, test blocks and training in the visit summary, read back from its pages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clinic.domain.visit_content import VisitContent
from clinic.pdf.visit_summary import render
from tests.domain.contents import full_content
from tests.pdf import contents, reading
from tests.pdf.contents import signed

PARTS = ("plan", "planned_given", "goal_ratings", "planning_answers", "blocks", "training")


def planned(**changes: object) -> VisitContent:
    """An ordinary visit with everything of a plan."""
    full = full_content()
    parts = {name: getattr(full, name) for name in PARTS}
    return replace(contents.visit(), **(parts | changes))  # type: ignore[arg-type]


def text_of(content: VisitContent) -> str:
    """The words of its summary, blanks made one."""
    pages = reading.pages(render(content, signed(content)))
    return " ".join(" ".join(pages).split()).replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture(scope="module")
def printed() -> str:
    return text_of(planned())


@pytest.mark.parametrize(
    "words",
    [
        "Target for botulinum toxin Mentalis, patient’s left: 5 units onabotulinumtoxinA (Botox)",
        "Dose from: clinic preset <b>",
        "Consider mentalis: chin dimples with pucker",
        "Rules: target-chin",
        "Goal: Smile in photos +1, more than expected",
        "Planned against charted",
        "less by 2.5 units",
        "Test block of Depressor anguli oris, patient’s left",
        "Excursion of the mouth corner: 4 → 7 mm, +3 mm.",
        "The patient says: “Lighter”",
        "Therapist’s visit",
        "45 minutes; Facial neuromuscular retraining.",
        "EMG feedback eye narrows with big smile, patient’s left partly brought down grade 3 → 2",
        "Red flags. Lump in the neck: no (Παλαιό <i>).",
    ],
)
def test_everything_planned_is_printed(printed: str, words: str) -> None:
    assert words in printed


def test_a_muscle_that_was_not_planned_has_a_dash_and_no_nought(printed: str) -> None:
    assert "Platysma, patient’s right product open – 5 units not planned" in printed


def test_a_visit_without_a_plan_says_nothing_of_one() -> None:
    words = text_of(planned(**dict.fromkeys(PARTS, ())))
    assert not [one for one in ("Planned against", "Test block", "Therapist", "Asked for the plan") if one in words]
