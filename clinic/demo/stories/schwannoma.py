"""Vestibular schwannoma surgery on the left: a numb cornea blocks the eye, the smile stays frozen; referred."""

from __future__ import annotations

from clinic.demo.outcomes import Grading, Outcome, Reviewed, sunnybrook
from clinic.demo.planning import Planned, Sent
from clinic.demo.sessions import Case, Plan
from clinic.demo.stage import Stage
from clinic.demo.stock import Cupboard
from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Group
from clinic.domain.injections import Answer, Question
from clinic.domain.muscle_blocks import BlockEntry
from clinic.domain.patients import Cause, DatePrecision, EarlierTreatmentKind, Sex
from clinic.domain.planning_questions import PlanningQuestion
from clinic.domain.plans import CareStep, Goal, ReferralKind
from clinic.domain.visits import Section
from clinic.services.conditions import ConditionValues, TreatmentValues
from clinic.services.injections import AnswerEntry
from clinic.services.patients import PatientValues

_EYE = {
    Question.CORNEAL_SENSATION: AnswerEntry(Answer.NO, "Left cornea numb since the operation"),
    Question.LAGOPHTHALMOS: AnswerEntry(Answer.YES, "Left, on gentle closure", tenths_mm=20),
    Question.LID_SURGERY: AnswerEntry(Answer.YES, "Platinum weight, left upper eyelid"),
    Question.DRY_EYE: AnswerEntry(Answer.YES, "Left; drops by day, ointment at night"),
}
_BLOCKED = "No site at the left eye: cornea numb, lagophthalmos 2 mm, lid weight. Letter to ophthalmology goes out."
_FROZEN = (
    "Frozen smile. Synkinesis, grade / bother: corner of the mouth 3 / 3, chin 2 / 2, neck 3 / 3. Zygomaticus works."
)
_PATTERNS = "left big_smile mouth_corner {0}; left big_smile chin {1}; left big_smile neck {2}"
_GRADES = _PATTERNS.format("3/3", "2/2", "3/3")
_TIGHT = _PATTERNS.format(0, 40, 50)
"""Tightness better, the smile not."""
_REST = "; left mentalis 2.5; left platysma:medial_band*4 2.5; right depressor_labii_inferioris 5"


_CRITERIA = {
    PlanningQuestion.UNSATISFIED: (Answer.YES, "The tightness eases, the smile does not come."),
    PlanningQuestion.SCORES_STABLE: (Answer.YES, "Sunnybrook 54, 55, 54"),
    PlanningQuestion.ZYGOMATIC_ACTIVE: (Answer.YES, "Seen and felt in a big smile"),
    PlanningQuestion.BRANCHES_INTACT: (Answer.YES, "Nerve intact at the end of the tumour operation"),
    PlanningQuestion.WANTS_LASTING_CHANGE: (Answer.YES, ""),
    PlanningQuestion.KNOWS_LIMITS: (Answer.YES, "Knows that the eye is not changed by it"),
}
_BLOCK = BlockEntry(
    "depressor_anguli_oris",
    Side.LEFT,
    "lidocaine 2 %",
    10,
    excursion_before=40,
    excursion_after=70,
    dental_show_before=30,
    dental_show_after=50,
    patient_says="“There it is.”",
)


def schedule(stage: Stage, cupboard: Cupboard) -> None:
    """Put the story on the timeline."""
    case = Case(
        stage,
        cupboard,
        PatientValues(
            family_name="Nakamura-Reid",
            given_names="Fiona",
            birth_date=stage.day("1987-05-30"),
            record_number="FN-1003",
            sex=Sex.FEMALE,
            phone="+44 20 7946 0103",
            language="English",
        ),
        episodes=(
            ConditionValues(
                side=Side.LEFT,
                cause=Cause.TUMOUR_SURGERY,
                cause_detail="vestibular schwannoma",
                onset_on=stage.day("2022-09-09"),
                onset_precision=DatePrecision.DAY,
                worst_house_brackmann=6,
                first_movement_on=stage.day("2023-04-15"),
                eye_status="Corneal anaesthesia, lagophthalmos 2 mm, platinum weight in the upper lid.",
                note="Nerve anatomically intact at the end of the operation.",
            ),
        ),
        treatments=(
            TreatmentValues(
                EarlierTreatmentKind.SURGERY,
                stage.day("2023-01-18"),
                DatePrecision.DAY,
                "Platinum weight, left upper eyelid",
            ),
            TreatmentValues(
                EarlierTreatmentKind.TRAINING,
                stage.day("2024-03-08"),
                DatePrecision.DAY,
                "Facial therapy at the neurosurgical hospital, 12 sessions until March 2024",
            ),
        ),
    ).registered("2025-02-06")
    _sessions(case)
    _referred(case)


def _sessions(case: Case) -> None:
    measured = (
        "lagophthalmos_right 0, lagophthalmos_left 20, excursion_right 110, excursion_left 40,"
        " dental_show_right 70, dental_show_left 30"
    )
    begin = Outcome(
        _GRADES,
        (
            sunnybrook(Side.LEFT, "311 44344 01222"),
            Grading("house_brackmann", "4", Side.LEFT),
            Grading("measures", measured),
            Grading("fdi", "43323 33233"),
        ),
    )
    told = (
        ("2025-02-13", "2.5", {Section.ASSESSMENT: f"{_FROZEN} Sunnybrook 54.", Section.PLAN: _BLOCKED}, begin),
        (
            "2025-05-22",
            "5",
            {
                Section.OUTCOME: "Tightness better for 8 weeks; the smile no better. No adverse event.",
                Section.PLAN: _BLOCKED,
            },
            Outcome(_GRADES, review=Reviewed(_TIGHT, 6, 14, 56, impressions="left depressor_anguli_oris more")),
        ),
        (
            "2025-09-04",
            "5",
            {Section.OUTCOME: "Benefit for 9 weeks, tightness only. Sunnybrook 55. No adverse event."},
            Outcome(_GRADES, (sunnybrook(Side.LEFT, "311 44344 01212"),), Reviewed(_TIGHT, 5, 14, 63)),
        ),
        (
            "2025-12-11",
            "5",
            {Section.OUTCOME: "Benefit for 8 weeks, tightness only. Sunnybrook 54. No adverse event."},
            Outcome(_GRADES, (sunnybrook(Side.LEFT, "311 44344 01222"),), Reviewed(_TIGHT, 5, 14, 56)),
        ),
    )
    for day, corner, notes, outcome in told:
        sites = f"left depressor_anguli_oris {corner}{_REST}"
        case.has_session(day, "11:00", Plan(sites, by="second", notes=notes, answers=_EYE, outcome=outcome))


def _referred(case: Case) -> None:
    case.writes(
        "2026-03-19",
        "11:00",
        {
            Section.ASSESSMENT: (
                "Block of the left depressor anguli oris with 1 mL lidocaine 2 %: corner of the mouth rises 3 mm more in smile."
                " Sunnybrook 54, 55, 54 over three sessions: flat."
            ),
            Section.PLAN: (
                "Toxin relieves the tightness but not the smile. Referral for selective neurectomy, with the four sessions,"
                " the block and the scores. Ophthalmology goes on with the cornea."
            ),
        },
        by="second",
        outcome=Outcome(
            gradings=(
                Grading("measures", "excursion_right 110, excursion_left 70", note="After the block with lidocaine."),
                Grading("fdi", "43324 33234"),
            ),
            review=Reviewed(_TIGHT, 5, 14, 63),
        ),
        complaints="1. The smile does not come. 2. Tight cheek and neck by the evening.",
        planned=_sent_on(),
    )


def _sent_on() -> Planned:
    return Planned(
        said=_CRITERIA,
        goals=(
            Goal("A smile that people recognise", (Group.MOUTH_CORNER,), expected="The corner rises in photographs"),
            Goal("A loose neck in the evening", (Group.NECK,), expected="Tight only after a long day"),
        ),
        ratings=(-1, 1),
        block=_BLOCK,
        referrals=(
            Sent(
                ReferralKind.NEUROLYSIS,
                "Facial nerve surgery, university hospital",
                "Would selective neurolysis, or taking out the depressor anguli oris, free the smile?",
                "Four sessions of toxin with training eased the tightness for 8 to 9 weeks each, and never the smile.",
                sent=True,
            ),
            Sent(
                ReferralKind.OPHTHALMOLOGY,
                "Corneal clinic",
                "Cornea without sensation, lagophthalmos 2 mm with a lid weight: is it safe, and may the eye be treated?",
                "Any toxin around the left eye waits for this answer.",
                sent=True,
            ),
        ),
        step=(
            CareStep.SURGERY,
            "Training and four sessions of toxin did not bring the smile; a test block did, by 3 mm.",
        ),
    )
