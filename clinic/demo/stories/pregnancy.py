"""Bell's palsy in pregnancy, on the right: no toxin by her choice while she breastfeeds; training with the therapist."""

from __future__ import annotations

from functools import partial

from clinic.demo.outcomes import Outcome, spread, sunnybrook
from clinic.demo.planning import Planned, keep_diary
from clinic.demo.sessions import Case
from clinic.demo.stage import Stage
from clinic.demo.stock import Cupboard
from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Group, Movement, Place
from clinic.domain.injections import Answer
from clinic.domain.patients import Cause, DatePrecision, SafetyFactKind, Sex
from clinic.domain.plans import CareStep, Goal, Mirror, Occasion
from clinic.domain.training import BroughtDown, Feedback, Method, Training
from clinic.domain.visits import Section
from clinic.services.conditions import ConditionValues
from clinic.services.patients import PatientValues
from clinic.services.safety_facts import FactAnswer

_PROGRAMME = (
    "Eyes open while she purses her lips; teeth show; small smile; release of the chin. Each to 30 % of the excursion,"
    " mirror off, 5 times, twice a day."
)


_GOAL = Goal(
    "Smile in photos without my eye shutting",
    (Group.EYE,),
    much_less="It shuts in every photo",
    less="It shuts in most photos",
    expected="It is half open in a posed photo",
    more="It is half open when I laugh",
    much_more="Nobody sees a difference",
)
_THIRD = "as far as 30 % of the movement; stop before the eye narrows"
_EXERCISES = (
    ("e2_eyes_open_pucker", _THIRD),
    ("e3_eyes_open_teeth_show", _THIRD),
    ("e5_small_closed_smile", _THIRD),
    ("e9_chin_release", "only until the chin lies flat"),
)
_EYE = Place(Side.RIGHT, Movement.SMALL_SMILE, Group.EYE)


def schedule(stage: Stage, cupboard: Cupboard) -> None:
    """Put the story on the timeline."""
    case = Case(
        stage,
        cupboard,
        PatientValues(
            family_name="Adeyemi",
            given_names="Folake",
            birth_date=stage.day("1995-08-11"),
            record_number="FN-1004",
            sex=Sex.FEMALE,
            phone="+44 20 7946 0104",
            language="English",
        ),
        episodes=(
            ConditionValues(
                side=Side.RIGHT,
                cause=Cause.BELLS_PALSY,
                onset_on=stage.day("2026-03-20"),
                onset_precision=DatePrecision.DAY,
                worst_house_brackmann=4,
                first_movement_on=stage.day("2026-05-02"),
                eye_status="Closes fully since June.",
                note="In the 34th week of pregnancy at onset.",
            ),
        ),
        facts={SafetyFactKind.PREGNANCY: FactAnswer(Answer.YES, "Breastfeeding; born in May")},
    ).registered("2026-07-09")
    case.writes(
        "2026-07-09",
        "10:30",
        {
            Section.ASSESSMENT: "Synkinesis, grade / bother: smile → eye 1 / 2. FaCE 46.7.",
            Section.PLAN: "Toxin talked over; she does not want any while she breastfeeds. Training with the therapist; review in November.",
        },
        outcome=Outcome("right big_smile eye 1/2", (sunnybrook(Side.RIGHT, "100 44444 00101"), spread("face", 43))),
        complaints="Goal in her words: “smile in photos without my eye shutting”.",
        planned=Planned(
            flags={},
            goals=(_GOAL,),
            ratings=(-2,),
            step=(CareStep.TRAINING, "No toxin while she breastfeeds, by her choice; training is first in any case."),
        ),
    )
    _therapy(case)
    case.writes(
        "2026-11-19",
        "10:30",
        {
            Section.ASSESSMENT: "Smile → eye 2 / 3 (July: 1 / 2). FaCE 53.3, before 46.7: a change within noise.",
            Section.PLAN: "Still breastfeeding and still no toxin by her choice. Training goes on; asked again in February.",
        },
        outcome=Outcome("right big_smile eye 2/3", (sunnybrook(Side.RIGHT, "100 54444 00201"), spread("face", 47))),
        planned=Planned(flags={}, ratings=(-1,), dates=((Occasion.REVIEW, "2027-02-18", "10:30"),)),
    )
    stage.at(stage.day("2026-11-20"), "11:00", partial(keep_diary, stage, case, "2026-09-07", _DIARY))


_DIARY = "xx-xx.x xxx-xx- xx-x-xx x-xxx-x xx-xx-x xxxx--x xx-xx-x xxx-xx- x-xx-xx xx-xx-x"


def _therapy(case: Case) -> None:
    told = (
        ("2026-07-23", f"Programme begun. {_PROGRAMME} Diary kept.", "100 44444 00101"),
        (
            "2026-09-03",
            "Practised on 5 of 7 days by the diary. Chin release held for 10 seconds. Programme unchanged.",
            "100 54444 00101",
        ),
        (
            "2026-10-15",
            "Practised on 5 of 7 days. Small smile with the eye open at 30 %, loses it at 50 %. Mirror stays off.",
            "100 54444 00201",
        ),
    )
    windows = (("2026-08-24", "2026-09-07"), ("2026-10-05", "2026-10-19"), ("2026-11-30", "2026-12-14"))
    downs = (BroughtDown.NO, BroughtDown.PARTLY, BroughtDown.YES)
    mirror = (Mirror.NO, "She watches the mirror instead of feeling the movement.")
    for number, (day, text, digits) in enumerate(told):
        rated = Outcome(gradings=(sunnybrook(Side.RIGHT, digits),))
        feedback = Feedback(Method.VIDEO, _EYE, downs[number], 2, 2 - number)
        methods = (Method.RETRAINING, Method.VIDEO, Method.RELAXATION)
        trained = Training(50, methods, (feedback,), "5 of 7 days by the diary" if number else "")
        planned = Planned(
            training=trained, therapist=windows[number], mirror=mirror, exercises=() if number else _EXERCISES
        )
        case.writes(day, "13:30", {Section.THERAPY: text}, by="therapist", outcome=rated, planned=planned)
