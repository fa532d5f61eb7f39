"""Zoster oticus on the right: eight sessions, an eyelid ptosis after the fourth, an anticoagulant, a recalled lot."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from clinic.demo.outcomes import (
    NOTHING,
    Grading,
    Happened,
    Outcome,
    Reviewed,
    change_event,
    fill_in,
    spread,
    sunnybrook,
)
from clinic.demo.planning import NOTHING as NOT_PLANNED
from clinic.demo.planning import Planned
from clinic.demo.sessions import Case, Plan, sign, write_notes
from clinic.demo.stage import Stage
from clinic.demo.stock import Cupboard
from clinic.domain.adverse_events import Kind
from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Group
from clinic.domain.injections import Answer, Question
from clinic.domain.patients import Cause, DatePrecision, EarlierTreatmentKind, SafetyFactKind, Sex
from clinic.domain.plans import CareStep, Goal, Occasion
from clinic.domain.reviews import Contact
from clinic.domain.visits import Section
from clinic.services import visits
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


_GOALS = (
    Goal("Eat soup without wiping my eye", (Group.TEARING,), expected="Wipe it once a meal"),
    Goal("Drink from a glass without the eye closing", (Group.EYE,), expected="It stays half open"),
    Goal("Stop biting my cheek", (Group.CHEEK,), expected="Less than once a week"),
)
_PATTERNS = "right pucker eye {0}; right chewing tearing {1}; right tight_closure cheek {2}; right big_smile neck {3}"
_PTOSIS = Happened(
    Kind.EYELID_PTOSIS,
    Side.RIGHT,
    onset=6,
    muscle="lacrimal_gland",
    description="The right upper eyelid hangs since this morning. No double vision, no trouble swallowing.",
    action="To be seen tomorrow.",
    key="ptosis",
)


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


def _plan(sites: str, told: str, outcome: Outcome = NOTHING, planned: Planned = NOT_PLANNED) -> Plan:
    return Plan(
        sites,
        complaints=_COMPLAINTS,
        notes={Section.OUTCOME: told} if told else {},
        answers={Question.ANTICOAGULANT: _APIXABAN},
        guidance="visual,ultrasound" if "lacrimal_gland" in sites else "visual",
        outcome=outcome,
        planned=planned,
    )


def _scored(cells: str, digits: str, saq: int, review: Reviewed | None = None, fngs2: str = "") -> Outcome:
    """The four grades of the patterns, Sunnybrook and SAQ, and the review of the session before."""
    more = (Grading("fngs2", fngs2, Side.RIGHT),) if fngs2 else ()
    scores = (sunnybrook(Side.RIGHT, digits), *more, spread("saq", saq))
    return Outcome(_PATTERNS.format(*cells.split()), scores, review)


def _review(eye: int, tearing: int, cheek: int, neck: int, gone: int = 84, event: Answer = Answer.NO) -> Reviewed:
    return Reviewed(_PATTERNS.format(eye, tearing, cheek, neck), 4, 14, gone, event)


def _sessions(case: Case) -> None:
    good = "Eye calmer from week 1 to week 12. Asked about adverse events: none."
    tears = "Eye calmer, cheek bitten less. Tearing while eating as before. Asked about adverse events: none."
    fewer = "Tearing halved. Asked about adverse events: none."
    begin = _scored("3/3 3/3 2/2 2/1", "111 43333 12323", 34, fngs2="33332")
    second = _scored("3/3 3/3 2/2 2/1", "111 43333 02322", 33, _review(50, 0, 40, 30))
    third = _scored("3/2 3/3 2/1 2/1", "111 43334 02322", 32, _review(55, 0, 45, 35))
    fourth = _scored("2/2 2/2 2/1 1/1", "111 44334 01222", 29, _review(55, 50, 45, 40))
    case.has_session("2024-04-11", "09:20", _plan(_BASE, "", begin))
    case.has_session("2024-07-25", "09:20", _plan(_BASE, tears, second))
    case.has_session("2024-11-07", "09:20", _plan(_WITH_GLAND, tears, third))
    case.has_session("2025-02-20", "09:20", _plan(_WITH_GLAND, fewer, fourth))
    _sessions_after_the_ptosis(case, good)


def _sessions_after_the_ptosis(case: Case, good: str) -> None:
    fifth = _scored("2/2 2/2 1/1 1/1", "110 44334 01222", 29, _review(60, 55, 50, 40, event=Answer.YES))
    sixth = _scored("2/2 3/3 1/1 1/1", "110 44334 01222", 30, _review(60, 0, 50, 45))
    seventh = _scored("2/1 2/2 1/1 1/1", "110 44344 01221", 28, _review(60, 55, 50, 45))
    eighth = _scored("2/1 2/1 1/1 1/0", "110 44344 01121", 27, _review(65, 60, 50, 50), fngs2="22332")
    omitted = "Upper eyelid ptosis after the last session, gone since day 34. The lacrimal gland is left out today."
    case.has_session("2025-06-05", "09:20", _plan(_BASE, omitted, fifth))
    again = "Tearing came back. The gland again, under ultrasound, with his agreement after a talk about the ptosis."
    case.has_session("2025-09-18", "09:20", _plan(_WITH_GLAND, again, sixth))
    case.has_session("2026-01-08", "09:20", _plan(_WITH_GLAND, f"No ptosis this time. {good}", seventh))
    planned = Planned(
        goals=_GOALS,
        ratings=(0, 1, 1),
        step=(CareStep.TOXIN, "Each session gives about twelve good weeks; training goes on beside it."),
        dates=((Occasion.INJECTION, "2026-12-02", "09:20"),),
    )
    case.has_session("2026-04-30", "09:20", _plan(_WITH_GLAND, good, eighth, planned))


def _ptosis(case: Case) -> None:
    phone = "Day 6: the right upper eyelid hangs since this morning. No double vision, no trouble swallowing. Seen tomorrow."
    review = Reviewed("right pucker eye 50; right chewing tearing 50", 3, 6, event=Answer.YES, contact=Contact.PHONE)
    case.writes(
        "2025-02-26",
        "12:10",
        {Section.PHONE: phone},
        by="injector",
        outcome=Outcome(review=review, events=(_PTOSIS,)),
    )
    stage = case.stage
    stage.at(stage.day("2025-02-27"), "11:30", partial(_seen, case))
    stage.at(stage.day("2025-03-27"), "11:30", partial(_gone, case))


def _seen(case: Case) -> None:
    told = {
        Section.OUTCOME: (
            "Adverse event: ptosis of the right upper eyelid since day 6, grade 1, not serious; MRD1 2 mm lower than left."
            " Related to site 11 (lacrimal gland, patient's right), lot C7655B2. Reported to the maker."
        ),
        Section.PLAN: "Reassured; weekly phone contact. Next session without the lacrimal gland.",
    }
    known = replace(
        _PTOSIS,
        description="Ptosis of the right upper eyelid since day 6. MRD1 2 mm on the right, 4 mm on the left.",
        action="Reassured; phone contact every week.",
        reported_to="The maker",
    )
    _looked_at(case, told, Grading("measures", "mrd1_right 20, mrd1_left 40"), known, 1, "prescriber")


def _gone(case: Case) -> None:
    told = {Section.OUTCOME: "Day 35: ptosis gone since yesterday (day 6 to day 34). MRD1 equal on both sides."}
    known = replace(
        _PTOSIS,
        ended=34,
        description="Ptosis of the right upper eyelid from day 6 to day 34. MRD1 was 2 mm lower; now 4 mm on both sides.",
        action="Reassured; phone contact every week. The next session leaves the lacrimal gland out.",
        reported_to="The maker",
        weighed="Gone by itself. The lacrimal gland is left out of the next session; then talked over again.",
    )
    _looked_at(case, told, Grading("measures", "mrd1_right 40, mrd1_left 40"), known, 2, "injector")


def _looked_at(case: Case, told: dict[Section, str], measures: Grading, known: Happened, number: int, by: str) -> None:
    """A visit about the ptosis: what was measured, and what is known of the event now."""
    with case.stage.writing(by) as uow:
        visit_id = visits.start(uow, case.id, with_injections=False)
        write_notes(uow, visit_id, "", told)
        fill_in(uow, visit_id, measures)
        change_event(uow, case.id, case.events["ptosis"], number, known)
    case.stage.clock.wait(20)
    sign(case, visit_id, by)
