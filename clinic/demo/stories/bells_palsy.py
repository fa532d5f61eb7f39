"""Bell's palsy on the left: synkinesis of eye, chin and neck, treated every 14 weeks; a draft is planned for today."""

from __future__ import annotations

from functools import partial

from clinic.demo.sessions import Case, Plan, chart
from clinic.demo.stage import Stage
from clinic.demo.stock import Cupboard
from clinic.domain.anatomy import Side
from clinic.domain.injections import Answer
from clinic.domain.patients import Cause, DatePrecision, EarlierTreatmentKind, SafetyFactKind, Sex
from clinic.domain.visits import Section
from clinic.services.conditions import ConditionValues, TreatmentValues
from clinic.services.patients import PatientValues
from clinic.services.safety_facts import FactAnswer

_GRID = "Synkinesis, grade / bother (0 to 3): smile → eye 3 / 3, pucker → eye 2 / 2, pucker → chin 3 / 3, snarl → neck 2 / 2."
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
    stage.at(
        stage.today, "08:40", partial(chart, case, Plan(_SECOND, key="today", complaints=_COMPLAINTS), ready=False)
    )


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
    )


def _treated(case: Case) -> None:
    first = Plan(_FIRST, key="first", complaints=_COMPLAINTS, notes={Section.ASSESSMENT: _GRID})
    case.has_session("2025-04-10", "09:30", first)
    case.writes(
        "2025-05-08",
        "10:00",
        {
            Section.OUTCOME: "Week 4. Less synkinesis: eye 50 %, chin 60 %, neck 20 %. First noticed on day 5. No adverse event.",
            Section.PLAN: "Next session: more to the lateral orbital part and to the medial band.",
        },
        by="injector",
    )
    more = {Section.OUTCOME: "Wore off in week 12. Asked about adverse events: none."}
    case.has_session("2025-07-17", "09:30", Plan(_SECOND, notes=more))
    steady = {Section.OUTCOME: "Same as last time: good from week 2 to week 12. Asked about adverse events: none."}
    case.has_session("2025-10-30", "10:10", Plan(_SECOND, by="injector", notes=steady))
    case.has_session("2026-02-12", "09:30", Plan(_SECOND, notes=steady))
    case.has_session("2026-05-21", "14:00", Plan(_SECOND, by="injector", notes=steady))
    scores = "SAQ 51.1, before 64.4: a change within noise (28.2). Sunnybrook 80 − 5 − 5 = 70, before 58."
    case.has_session("2026-08-27", "09:30", Plan(_SECOND, notes=steady | {Section.ASSESSMENT: scores}))
