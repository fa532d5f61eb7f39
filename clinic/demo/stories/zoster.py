"""Zoster oticus on the right: eight sessions, an eyelid ptosis after the fourth, an anticoagulant, a recalled lot."""

from __future__ import annotations

from clinic.demo.sessions import Case, Plan
from clinic.demo.stage import Stage
from clinic.demo.stock import Cupboard
from clinic.domain.anatomy import Side
from clinic.domain.injections import Answer, Question
from clinic.domain.patients import Cause, DatePrecision, EarlierTreatmentKind, SafetyFactKind, Sex
from clinic.domain.visits import Section
from clinic.services.conditions import ConditionValues, TreatmentValues
from clinic.services.injections import AnswerEntry
from clinic.services.patients import PatientValues
from clinic.services.safety_facts import FactAnswer

_BASE = (
    "right orbicularis_oculi:lower_pretarsal*1 1.25; right orbicularis_oculi:lateral_orbital 2.5;"
    " right buccinator*2 2.5; right platysma:medial_band*4 2.5"
)
_WITH_GLAND = f"{_BASE}; right lacrimal_gland 2.5"
_APIXABAN = AnswerEntry(Answer.YES, "Apixaban 5 mg twice a day; pressed for 2 minutes after each site")
_COMPLAINTS = "1. The eye waters when he eats. 2. The eye closes when he purses his lips. 3. He bites his right cheek."


def schedule(stage: Stage, cupboard: Cupboard) -> None:
    """Put the story on the timeline."""
    case = Case(
        stage,
        cupboard,
        PatientValues(
            family_name="Brennan",
            given_names="Patrick Joseph",
            birth_date=stage.day("1968-07-17"),
            record_number="FN-1002",
            sex=Sex.MALE,
            phone="+44 20 7946 0102",
            language="English",
        ),
        episodes=(
            ConditionValues(
                side=Side.RIGHT,
                cause=Cause.ZOSTER_OTICUS,
                onset_on=stage.day("2023-02-02"),
                onset_precision=DatePrecision.DAY,
                worst_house_brackmann=6,
                first_movement_on=stage.day("2023-07-20"),
                eye_status="Closes fully. Tears while eating (gustatory).",
                note="Vesicles of the right ear, hearing loss at 4 kHz. Aciclovir and prednisolone on day 4.",
            ),
        ),
        treatments=(
            TreatmentValues(
                EarlierTreatmentKind.TRAINING, stage.day("2023-10-01"), DatePrecision.MONTH, "At another clinic"
            ),
        ),
        facts={SafetyFactKind.ANTICOAGULANT: FactAnswer(Answer.YES, "Apixaban for atrial fibrillation")},
    ).registered("2024-04-11", "08:40")
    _sessions(case)
    _ptosis(case)
    cupboard.schedule_recall(stage.day("2026-03-03"))
    case.writes(
        "2026-03-03",
        "15:20",
        {
            Section.PHONE: "Told that lot C7655B2, used for two of his sessions, was recalled. He is well; no review needed."
        },
    )


def _plan(sites: str, outcome: str) -> Plan:
    return Plan(
        sites,
        complaints=_COMPLAINTS,
        notes={Section.OUTCOME: outcome} if outcome else {},
        answers={Question.ANTICOAGULANT: _APIXABAN},
        guidance="visual,ultrasound" if "lacrimal_gland" in sites else "visual",
    )


def _sessions(case: Case) -> None:
    good = "Eye calmer from week 1 to week 12. Asked about adverse events: none."
    tears = "Eye calmer, cheek bitten less. Tearing while eating as before. Asked about adverse events: none."
    fewer = "Tearing halved. Asked about adverse events: none."
    case.has_session("2024-04-11", "09:20", _plan(_BASE, ""))
    case.has_session("2024-07-25", "09:20", _plan(_BASE, tears))
    case.has_session("2024-11-07", "09:20", _plan(_WITH_GLAND, tears))
    case.has_session("2025-02-20", "09:20", _plan(_WITH_GLAND, fewer))
    omitted = "Upper eyelid ptosis after the last session, gone since day 34. The lacrimal gland is left out today."
    case.has_session("2025-06-05", "09:20", _plan(_BASE, omitted))
    again = "Tearing came back. The gland again, under ultrasound, with his agreement after a talk about the ptosis."
    case.has_session("2025-09-18", "09:20", _plan(_WITH_GLAND, again))
    case.has_session("2026-01-08", "09:20", _plan(_WITH_GLAND, f"No ptosis this time. {good}"))
    case.has_session("2026-04-30", "09:20", _plan(_WITH_GLAND, good))


def _ptosis(case: Case) -> None:
    case.writes(
        "2025-02-26",
        "12:10",
        {
            Section.PHONE: "Day 6: the right upper eyelid hangs since this morning. No double vision, no trouble swallowing. Seen tomorrow."
        },
        by="injector",
    )
    case.writes(
        "2025-02-27",
        "11:30",
        {
            Section.OUTCOME: (
                "Adverse event: ptosis of the right upper eyelid since day 6, grade 1, not serious; MRD1 2 mm lower than left."
                " Related to site 11 (lacrimal gland, patient's right), lot C7655B2. Reported to the maker."
            ),
            Section.PLAN: "Reassured; weekly phone contact. Next session without the lacrimal gland.",
        },
    )
    case.writes(
        "2025-03-27",
        "11:30",
        {Section.OUTCOME: "Day 35: ptosis gone since yesterday (day 6 to day 34). MRD1 equal on both sides."},
        by="injector",
    )
