"""Bell's palsy on the left: synkinesis of eye, chin and neck, treated every 14 weeks; a draft is planned for today."""

from __future__ import annotations

from functools import partial

from clinic.demo.outcomes import Grading, Outcome, Reviewed, spread, sunnybrook
from clinic.demo.planning import Planned
from clinic.demo.sessions import Case, Plan, chart
from clinic.demo.stage import Stage
from clinic.demo.stock import Cupboard
from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Group
from clinic.domain.injections import Answer
from clinic.domain.patients import Cause, DatePrecision, EarlierTreatmentKind, SafetyFactKind, Sex
from clinic.domain.plans import CareStep, Goal, Occasion
from clinic.domain.visits import Section
from clinic.services.conditions import ConditionValues, TreatmentValues
from clinic.services.patients import PatientValues
from clinic.services.safety_facts import FactAnswer

_GRID = "Synkinesis, grade / bother (0 to 3): smile → eye 3 / 3, pucker → eye 2 / 2, pucker → chin 3 / 3, snarl → neck 2 / 2."
_PATTERNS = "left big_smile eye {0}; left pucker eye {1}; left pucker chin {2}; left snarl neck {3}"
_BEFORE = _PATTERNS.format("3/3", "2/2", "3/3", "2/2")
_FIRST = (
    "left orbicularis_oculi:upper_pretarsal 1.25; left orbicularis_oculi:lateral_orbital 1.25;"
    " left depressor_anguli_oris 2.5; left mentalis 2.5; left platysma:medial_band*4 1.25;"
    " right frontalis*3 2.5; right depressor_labii_inferioris 5"
)
_SECOND = (
    "left orbicularis_oculi:upper_pretarsal 1.25; left orbicularis_oculi:lateral_orbital 2.5;"
    " left depressor_anguli_oris 2.5; left mentalis 2.5; left platysma:medial_band*4 2.5;"
    " right frontalis*3 2.5; right depressor_labii_inferioris 5"
)
_COMPLAINTS = "1. The eye closes when she smiles. 2. The chin dimples in speech. 3. The neck pulls."


_GOALS = (
    Goal(
        "Smile without my left eye closing",
        (Group.EYE,),
        much_less="It closes fully, as now",
        less="It closes more than half",
        expected="It stays half open in a small smile",
        more="It stays half open in a big smile",
        much_more="Nobody sees a difference",
    ),
    Goal("Talk without my chin puckering", (Group.CHIN,), expected="Puckers only when I am tired"),
    Goal("No tight neck in the evening", (Group.NECK,)),
)
_CORNER = "Pulls the corner of the mouth down against the smile, felt as a firm band"
_BALANCE = "The strong side pulls more than it needs: evens out brow and lower lip"


def _aims(eye: str, neck: str) -> str:
    """The targets of a session, as its sites are charted."""
    return (
        f"left orbicularis_oculi:upper_pretarsal*2 1.25; left orbicularis_oculi:lateral_orbital*3 {eye};"
        f" left depressor_anguli_oris 2.5 | {_CORNER}; left mentalis 2.5; left platysma:medial_band*4 {neck};"
        f" right frontalis*3 2.5 balance | {_BALANCE}; right depressor_labii_inferioris 5 balance | {_BALANCE}"
    )


def schedule(stage: Stage, cupboard: Cupboard) -> None:
    """Put the story on the timeline."""
    case = Case(
        stage,
        cupboard,
        PatientValues(
            family_name="Hartley",
            given_names="Eleanor Ruth",
            birth_date=stage.day("1980-02-03"),
            record_number="FN-1001",
            sex=Sex.FEMALE,
            phone="+44 20 7946 0101",
            language="English",
        ),
        episodes=(_episode(stage),),
        treatments=(
            TreatmentValues(
                EarlierTreatmentKind.TRAINING,
                stage.day("2024-09-05"),
                DatePrecision.DAY,
                "Neuromuscular retraining, 9 sessions before any toxin",
            ),
        ),
        facts={SafetyFactKind.OTHER_ALLERGY: FactAnswer(Answer.YES, "Penicillin: rash as a child")},
    ).registered("2025-03-27")
    _assessed(case)
    _treated(case)
    stage.at(stage.today, "08:40", partial(chart, case, _today(), ready=False))


def _today() -> Plan:
    """What is planned for today: the eye waits for today's eye questions, and so does its target."""
    targets = "left mentalis 2.5; left platysma:medial_band*4 2.5"
    planned = Planned(flags={}, targets=targets, dates=((Occasion.REVIEW, "2026-12-18", "10:30"),))
    return Plan(_SECOND, key="today", complaints=_COMPLAINTS, planned=planned)


def _episode(stage: Stage) -> ConditionValues:
    return ConditionValues(
        side=Side.LEFT,
        cause=Cause.BELLS_PALSY,
        onset_on=stage.day("2024-03-14"),
        onset_precision=DatePrecision.DAY,
        worst_house_brackmann=5,
        first_movement_on=stage.day("2024-06-10"),
        eye_status="Closes fully; blinks less on the left.",
        note="Prednisolone from day 2. Synkinesis first seen in August 2024.",
    )


def _assessed(case: Case) -> None:
    case.writes(
        "2025-03-27",
        "09:00",
        {
            Section.ASSESSMENT: f"{_GRID} Sunnybrook 76 − 10 − 8 = 58. Synkinesis questionnaire (SAQ) 64.4.",
            Section.PLAN: "Toxin to eye, chin and neck; balance of the patient's right brow and lower lip. Training goes on.",
        },
        complaints=_COMPLAINTS,
        outcome=Outcome(
            _BEFORE,
            (
                sunnybrook(Side.LEFT, "110 44443 01322"),
                Grading("fngs2", "22332", Side.LEFT),
                Grading("house_brackmann", "3", Side.LEFT),
                Grading("measures", _apertures(95, 90, 85, 35)),
                spread("saq", 29),
                Grading("fdi", "43334 44344"),
            ),
        ),
        planned=Planned(
            flags={},
            goals=_GOALS,
            ratings=(-2, -2, -2),
            step=(CareStep.TOXIN, "Nine sessions of training helped the control; eye, chin and neck still resist."),
        ),
    )


def _apertures(right_rest: int, right_smile: int, left_rest: int, left_smile: int) -> str:
    """Eye openings in tenths of a millimetre."""
    return (
        f"aperture_rest_right {right_rest}, aperture_smile_right {right_smile},"
        f" aperture_rest_left {left_rest}, aperture_smile_left {left_smile}"
    )


def _better(eye: int, chin: int, neck: int) -> str:
    """How much better each pattern was at its best, in percent."""
    return f"left big_smile eye {eye}; left pucker eye {eye}; left pucker chin {chin}; left snarl neck {neck}"


def _treated(case: Case) -> None:
    first = Plan(
        _FIRST,
        key="first",
        complaints=_COMPLAINTS,
        notes={Section.ASSESSMENT: _GRID},
        outcome=Outcome(_BEFORE),
        planned=Planned(targets=_aims("1.25", "1.25")),
    )
    case.has_session("2025-04-10", "09:30", first)
    case.writes(
        "2025-05-08",
        "10:00",
        {
            Section.OUTCOME: "Week 4. Less synkinesis: eye 50 %, chin 60 %, neck 20 %. First noticed on day 5. No adverse event.",
            Section.PLAN: "Next session: more to the lateral orbital part and to the medial band.",
        },
        by="injector",
        outcome=_week_four(),
    )
    more = {Section.OUTCOME: "Wore off in week 12. Asked about adverse events: none."}
    returned = Outcome(_PATTERNS.format("3/3", "2/2", "2/3", "2/2"), review=Reviewed(_better(50, 60, 20), 5, 14, 84))
    case.has_session("2025-07-17", "09:30", Plan(_SECOND, notes=more, outcome=returned))
    _steady(case)


def _week_four() -> Outcome:
    """The review at four weeks, with what the patient wrote herself."""
    wrote = "first_noticed 5, strongest 14, wearing 1, change 50, eye_droop 0, swallow_breathe 0, smile 1, practice 5"
    return Outcome(
        _PATTERNS.format("1/1", "1/1", "1/1", "2/2"),
        (
            sunnybrook(Side.LEFT, "110 44444 01111"),
            Grading("measures", _apertures(95, 90, 85, 60)),
            spread("saq", 24),
            Grading("follow_up", wrote, texts={"cannot_do": "Nothing. I can whistle again."}),
        ),
        Reviewed(
            _better(50, 60, 20),
            5,
            14,
            impressions="left orbicularis_oculi more; left platysma more; left mentalis same",
            note="More to the lateral orbital part and to the medial band.",
        ),
    )


def _steady(case: Case) -> None:
    steady = {Section.OUTCOME: "Same as last time: good from week 2 to week 12. Asked about adverse events: none."}
    milder = _PATTERNS.format("2/2", "2/1", "2/2", "1/1")
    same = "left orbicularis_oculi same; left platysma same; left mentalis same"
    review = Reviewed(_better(60, 65, 50), 4, 14, 84, impressions=same)
    scored = Outcome(milder, (sunnybrook(Side.LEFT, "110 44444 01221"), spread("saq", 26)), review)
    case.has_session("2025-10-30", "10:10", Plan(_SECOND, by="injector", notes=steady, outcome=scored))
    graded = Outcome(milder, review=review)
    case.has_session("2026-02-12", "09:30", Plan(_SECOND, notes=steady, outcome=graded))
    case.has_session("2026-05-21", "14:00", Plan(_SECOND, by="injector", notes=steady, outcome=graded))
    scores = "SAQ 51.1, before 64.4: a change within noise (28.2). Sunnybrook 80 − 5 − 5 = 70, before 58."
    latest = Outcome(
        _PATTERNS.format("2/1", "1/1", "2/1", "1/1"),
        (
            sunnybrook(Side.LEFT, "100 44444 00212"),
            sunnybrook(Side.LEFT, "100 44443 00222", by="second"),
            Grading("fngs2", "22322", Side.LEFT),
            Grading("house_brackmann", "3", Side.LEFT),
            spread("saq", 23),
            Grading("fdi", "44434 54445"),
        ),
        review,
    )
    planned = Planned(flags={}, ratings=(1, 0, 0), targets=_aims("2.5", "2.5"))
    plan = Plan(_SECOND, notes=steady | {Section.ASSESSMENT: scores}, outcome=latest, planned=planned)
    case.has_session("2026-08-27", "09:30", plan)
