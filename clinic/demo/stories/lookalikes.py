"""Two people who are easily mixed up, and a visit that was signed for the wrong one of them and voided."""

from __future__ import annotations

from functools import partial

from clinic.demo.outcomes import Outcome, Reviewed, sunnybrook
from clinic.demo.sessions import Case, Plan, chart, give, settle_and_sign, whole
from clinic.demo.stage import Stage
from clinic.demo.stock import Cupboard
from clinic.domain.anatomy import Side
from clinic.domain.patients import Cause, DatePrecision, Sex
from clinic.domain.visits import Disposition, Section
from clinic.services import giving, signing
from clinic.services.conditions import ConditionValues
from clinic.services.patients import PatientValues

_SITES = "left orbicularis_oculi:lateral_orbital 2.5; left mentalis 2.5; left platysma:medial_band*3 2.5"


_PATTERNS = "left big_smile eye {0}; left speech chin {1}; left snarl neck {2}"
_BETTER = _PATTERNS.format(60, 50, 40)


def schedule(stage: Stage, cupboard: Cupboard) -> None:
    """Put the story on the timeline."""
    accented = _case(stage, cupboard, ("Marín", "José", "1961-03-14", "FN-1007"), Side.LEFT, "2024-08-20")
    plain = _case(stage, cupboard, ("Marin", "Jose", "1967-03-14", "FN-1008"), Side.LEFT, "2024-10-02")
    accented.registered("2025-11-06", "08:30")
    plain.registered("2025-11-27", "08:30")
    begin = Outcome(_PATTERNS.format("3/2", "2/2", "2/1"), (sunnybrook(Side.LEFT, "110 44343 01222"),))
    accented.has_session("2025-11-06", "09:15", Plan(_SITES, by="second", outcome=begin))
    plain.has_session("2025-11-27", "09:15", Plan(_SITES.replace("2.5", "1.25"), by="second"))
    stage.at(stage.day("2026-03-05"), "09:15", partial(_mixed_up, accented, plain))
    third = Outcome(
        _PATTERNS.format("2/1", "2/1", "1/1"),
        (sunnybrook(Side.LEFT, "110 44444 01211"),),
        Reviewed(_BETTER, 4, 14, 91),
    )
    accented.has_session("2026-06-18", "09:15", Plan(_SITES, by="second", outcome=third))


def _case(stage: Stage, cupboard: Cupboard, who: tuple[str, str, str, str], side: Side, onset: str) -> Case:
    family_name, given_names, born, number = who
    return Case(
        stage,
        cupboard,
        PatientValues(
            family_name=family_name,
            given_names=given_names,
            birth_date=stage.day(born),
            record_number=number,
            sex=Sex.MALE,
            language="Spanish",
            handout_language="es",
        ),
        episodes=(
            ConditionValues(
                side=side,
                cause=Cause.BELLS_PALSY,
                onset_on=stage.day(onset),
                onset_precision=DatePrecision.DAY,
                worst_house_brackmann=4,
            ),
        ),
    )


def _mixed_up(accented: Case, plain: Case) -> None:
    """Record José Marín's session in Jose Marin's record; void it there, and enter it late where it belongs."""
    stage = accented.stage
    wrong = whole(plain, Plan(_SITES, by="second", key="wrong"))
    given_at = stage.clock.now
    stage.clock.wait(40)
    with stage.writing("second") as uow:
        reason = "Recorded for the wrong patient: this was José Marín, born in 1961. Jose Marin was not here today."
        signing.void(uow, wrong, reason, Disposition.NOT_GIVEN)
    stage.clock.wait(5)
    late = giving.Late("Was recorded in the record of another patient of nearly the same name, voided there.", given_at)
    note = {
        Section.NOTE: "Entered again after it was signed in another patient's record by mistake; doses and vial are the same."
    }
    review = Outcome(review=Reviewed(_BETTER, 5, 14, 84))
    plan = Plan(_SITES, by="second", key="late", notes=note, outcome=review)
    visit_id = chart(accented, plan, vial_id=plain.vials["wrong"])
    give(accented, visit_id, "second", late)
    settle_and_sign(accented, visit_id, "second")
    stage.clock.wait(10)
    with stage.writing("second") as uow:
        text = "The patient was told of the mix-up on the same day. Both records now carry an alert in the note."
        signing.add_addendum(uow, visit_id, text)
