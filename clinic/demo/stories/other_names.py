"""A long double name, a Greek and a Ukrainian one: names that screens, prints and the search must hold."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

from clinic.demo.outcomes import Outcome, Reviewed, sunnybrook
from clinic.demo.sessions import Case, Plan, chart, take_time_out, whole
from clinic.demo.stage import Stage
from clinic.demo.stock import Cupboard
from clinic.domain.anatomy import Side
from clinic.domain.injections import Answer, Question
from clinic.domain.patients import Cause, DatePrecision, SafetyFactKind, Sex
from clinic.domain.visits import Section
from clinic.services.conditions import ConditionValues, ToxinValues
from clinic.services.injections import AnswerEntry
from clinic.services.patients import PatientValues
from clinic.services.safety_facts import FactAnswer

_EYE_AND_NECK = "{0} orbicularis_oculi:lateral_orbital 2.5; {0} platysma:medial_band*4 2.5"
_PATTERNS = "{0} big_smile eye {1}; {0} snarl neck {2}"


def schedule(stage: Stage, cupboard: Cupboard) -> None:
    """Put the stories on the timeline."""
    _long_name(stage, cupboard)
    _greek(stage, cupboard)
    _ukrainian(stage, cupboard)


def _long_name(stage: Stage, cupboard: Cupboard) -> None:
    """Toxin given elsewhere for the forehead, and an eye at risk that the prescriber goes past with a reason."""
    person = _person(
        stage, ("Featherstonehaugh-Cholmondeley-Warrington", "Alexandra Wilhelmina Constance", "1971-09-08", "FN-1009")
    )
    elsewhere = ToxinValues(
        "botox_cosmetic",
        Decimal(20),
        stage.day("2026-02-05"),
        "Cosmetic practice, Bath (invented)",
        "Glabella, by her account",
    )
    case = Case(
        stage,
        cupboard,
        person,
        (_episode(stage, Side.RIGHT, "2023-11-30", 5),),
        elsewhere=(elsewhere,),
        facts={SafetyFactKind.SWALLOWING: FactAnswer(Answer.UNKNOWN, "Asked; says “sometimes, with dry bread”")},
    ).registered("2026-04-09")
    answers = {
        Question.OTHER_TOXIN: AnswerEntry(Answer.YES, "20 units Botox Cosmetic on her forehead, 9 weeks ago"),
        Question.CORNEAL_SENSATION: AnswerEntry(Answer.UNKNOWN, "Not tested: no cotton wisp at hand"),
        Question.SWALLOWING: AnswerEntry(Answer.UNKNOWN, "Sometimes, with dry bread"),
    }
    reasons = {
        "EYE-001": "Blinks briskly, Bell's phenomenon present, cornea clear at the slit lamp last month.",
        "SCREEN-003": "Swallows water normally in front of me; no site in the neck near the midline.",
    }
    sites = "right orbicularis_oculi:lateral_orbital 1.25; right mentalis 2.5; left frontalis*2 2.5"
    case.has_session("2026-04-09", "13:30", Plan(sites, answers=answers, reasons=reasons))


def _greek(stage: Stage, cupboard: Cupboard) -> None:
    """Two sessions, and one of today that stands at the time-out."""
    person = _person(stage, ("Παπαδοπούλου", "Ελένη", "1959-10-27", "FN-1010"), language="Greek")
    case = Case(stage, cupboard, person, (_episode(stage, Side.LEFT, "2024-01-15", 5),)).registered("2025-12-18")
    sites = _EYE_AND_NECK.format("left")
    begin = Outcome(_PATTERNS.format("left", "3/2", "2/2"), (sunnybrook(Side.LEFT, "110 44333 02312"),))
    again = Outcome(
        _PATTERNS.format("left", "2/2", "2/1"),
        (sunnybrook(Side.LEFT, "110 44433 01211"),),
        Reviewed(_PATTERNS.format("left", 55, 60), 5, 14, 77),
    )
    case.has_session("2025-12-18", "09:30", Plan(sites, by="injector", outcome=begin))
    case.has_session("2026-05-07", "09:30", Plan(sites, by="injector", key="last", outcome=again))
    stage.at(stage.today, "09:05", partial(_to_the_time_out, case, sites))


def _to_the_time_out(case: Case, sites: str) -> None:
    notes = {Section.OUTCOME: "Eye calmer for 10 weeks, neck for 12. Asked about adverse events: none."}
    outcome = Outcome(review=Reviewed(_PATTERNS.format("left", 60, 60), 4, 14, 84))
    plan = Plan(sites, by="injector", key="today", notes=notes, outcome=outcome)
    visit_id = chart(case, plan)
    case.stage.clock.wait(8)
    take_time_out(case, visit_id, plan)


def _ukrainian(stage: Stage, cupboard: Cupboard) -> None:
    """A session with a touch-up, and last Friday's vial still standing open past its use-by."""
    person = _person(stage, ("Шевченко", "Оксана Миколаївна", "1983-04-02", "FN-1011"), language="Ukrainian")
    case = Case(stage, cupboard, person, (_episode(stage, Side.RIGHT, "2025-01-22", 4),)).registered("2026-06-25")
    begin = Outcome(_PATTERNS.format("right", "3/3", "3/2"), (sunnybrook(Side.RIGHT, "110 44344 01323"),))
    case.has_session("2026-06-25", "10:30", Plan(_EYE_AND_NECK.format("right"), key="first", outcome=begin))
    few = {Section.OUTCOME: "Week 2: the neck has not changed. Three sites more."}
    week_two = Outcome(review=Reviewed(_PATTERNS.format("right", 60, 0), 4, 14, impressions="right platysma more"))
    touch_up = Plan("right platysma:lateral_band*3 2.5", touch_up_of="first", notes=few, outcome=week_two)
    case.has_session("2026-07-10", "12:00", touch_up)
    returned = Outcome(
        _PATTERNS.format("right", "2/2", "2/2"),
        (sunnybrook(Side.RIGHT, "110 44444 01212"),),
        Reviewed(_PATTERNS.format("right", 60, 50), 4, 21, 98),
    )
    left_open = Plan(_EYE_AND_NECK.format("right"), keep_vial=True, outcome=returned)
    stage.at(stage.day("2026-11-20"), "15:30", partial(whole, case, left_open))


def _person(stage: Stage, who: tuple[str, str, str, str], language: str = "English") -> PatientValues:
    family_name, given_names, born, number = who
    return PatientValues(
        family_name=family_name,
        given_names=given_names,
        birth_date=stage.day(born),
        record_number=number,
        sex=Sex.FEMALE,
        language=language,
    )


def _episode(stage: Stage, side: Side, onset: str, worst: int) -> ConditionValues:
    return ConditionValues(
        side=side,
        cause=Cause.BELLS_PALSY,
        onset_on=stage.day(onset),
        onset_precision=DatePrecision.DAY,
        worst_house_brackmann=worst,
    )
