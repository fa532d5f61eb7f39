"""Bell's palsy in pregnancy, on the right: no toxin by her choice while she breastfeeds; training with the therapist."""

from __future__ import annotations

from clinic.demo.outcomes import Outcome, spread, sunnybrook
from clinic.demo.sessions import Case
from clinic.demo.stage import Stage
from clinic.demo.stock import Cupboard
from clinic.domain.anatomy import Side
from clinic.domain.injections import Answer
from clinic.domain.patients import Cause, DatePrecision, SafetyFactKind, Sex
from clinic.domain.visits import Section
from clinic.services.conditions import ConditionValues
from clinic.services.patients import PatientValues
from clinic.services.safety_facts import FactAnswer

_PROGRAMME = (
    "Eyes open while she purses her lips; teeth show; small smile; release of the chin. Each to 30 % of the excursion,"
    " mirror off, 5 times, twice a day."
)


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
    )


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
    for day, text, digits in told:
        rated = Outcome(gradings=(sunnybrook(Side.RIGHT, digits),))
        case.writes(day, "13:30", {Section.THERAPY: text}, by="therapist", outcome=rated)
