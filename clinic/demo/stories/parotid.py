"""Parotid cancer resection on the right: the lip of the other side, a wrong side caught at the time-out, a mistyped lot."""

from __future__ import annotations

from functools import partial

from clinic.audit_chain import Circumstances
from clinic.demo.outcomes import Grading, Happened, Outcome, Reviewed, spread, sunnybrook
from clinic.demo.planning import Planned, Sent
from clinic.demo.sessions import (
    Case,
    Plan,
    chart,
    confirm,
    give,
    prepare,
    settle_and_sign,
    sign,
    take_time_out,
    version,
    whole,
)
from clinic.demo.stage import Stage
from clinic.demo.stock import Cupboard
from clinic.domain.adverse_events import Kind
from clinic.domain.anatomy import Side
from clinic.domain.errors import Stopped
from clinic.domain.events import Action, Event
from clinic.domain.injections import Answer, MuscleState, Question
from clinic.domain.patients import Cause, DatePrecision, EarlierTreatmentKind, Sex
from clinic.domain.planning_questions import PlanningQuestion
from clinic.domain.plans import CareStep, ReferralKind
from clinic.domain.site_entries import SiteEntry
from clinic.domain.visits import Section
from clinic.queries.visit_contents import visit_content
from clinic.queries.visit_record import visit_record
from clinic.services import injection_sites, injections, inventory, signing, visits
from clinic.services.conditions import ConditionValues, MuscleStatusValues, TreatmentValues
from clinic.services.injections import AnswerEntry
from clinic.services.patients import PatientValues

_EYE = {
    Question.LID_SURGERY: AnswerEntry(Answer.YES, "Platinum weight, right upper eyelid"),
    Question.LAGOPHTHALMOS: AnswerEntry(Answer.YES, "Right, on gentle closure", tenths_mm=15),
}
_INDICATION = "Balance of the lower lip; flaccid palsy of the patient's right side, no synkinesis"
_LIP = "right lower_teeth other_side {0}"
_FLACCID_SCORES = (
    sunnybrook(Side.RIGHT, "321 11111 00000"),
    Grading("fngs2", "66660", Side.RIGHT),
    Grading("house_brackmann", "6", Side.RIGHT),
)
_NO_SYNKINESIS = "right big_smile eye 0/0; right pucker chin 0/0; right snarl neck 0/0"
_WEAK = Happened(
    Kind.ORAL_INCOMPETENCE,
    Side.LEFT,
    onset=7,
    ended=28,
    muscle="depressor_labii_inferioris",
    description="Drinks from the patient's left: liquids leak there. Three weeks, better now.",
    action="Told to drink through a straw.",
    weighed="Too strong a dose for the lip: 7.5 units next time instead of 10 units.",
)
_FLACCID = "Right side flaccid: no synkinesis, so no target there. Lower lip pulls to the patient's left in speech."


def schedule(stage: Stage, cupboard: Cupboard) -> None:
    """Put the story on the timeline."""
    case = Case(
        stage,
        cupboard,
        PatientValues(
            family_name="Thorne",
            given_names="Walter George",
            birth_date=stage.day("1962-06-21"),
            record_number="FN-1006",
            sex=Sex.MALE,
            phone="+44 20 7946 0106",
            language="English",
        ),
        episodes=(
            ConditionValues(
                side=Side.RIGHT,
                cause=Cause.PAROTID_SURGERY,
                cause_detail="resection of a parotid cancer",
                onset_on=stage.day("2025-01-05"),
                onset_precision=DatePrecision.DAY,
                worst_house_brackmann=6,
                eye_status="Platinum weight; lagophthalmos 1.5 mm.",
                note="Trunk of the facial nerve taken with the tumour; radiotherapy until April 2025.",
            ),
        ),
        treatments=(
            TreatmentValues(
                EarlierTreatmentKind.SURGERY,
                stage.day("2025-02-11"),
                DatePrecision.DAY,
                "Platinum weight, right upper lid",
            ),
        ),
        muscles=(
            MuscleStatusValues(
                "platysma",
                Side.RIGHT,
                MuscleState.RESECTED,
                "Neck dissection with the parotidectomy",
                stage.day("2025-01-05"),
            ),
        ),
    ).registered("2026-04-16")
    stage.at(stage.day("2026-04-23"), "15:00", partial(_wrong_side_caught, case))
    _reviewed(case)
    stage.at(stage.day("2026-09-10"), "09:00", partial(_mistyped_lot, case))
    _referred(case)


def _wrong_side_caught(case: Case) -> None:
    """Chart the wrong side; the time-out stops it; discard that draft and chart the right one from the same vial."""
    stage = case.stage
    wrong = Plan("right depressor_labii_inferioris 10 balance", key="wrong", indication=_INDICATION, answers=_EYE)
    visit_id = chart(case, wrong)
    prepare(case, visit_id, "prescriber")
    try:
        with stage.writing("prescriber") as uow:
            confirm(uow, visit_content(visit_record(uow, visit_id)), case.person)
    except Stopped as stopped:
        # What the page would leave behind: a refusal in the audit trail, and nothing saved.
        refused = Event(Action.REFUSED, f"visit:{visit_id}", case.id, reason=f"Stopped: {stopped.message}")
        stage.work.append(stage.people["prescriber"], [refused], Circumstances())
    stage.clock.wait(1)
    with stage.writing("prescriber") as uow:
        reason = "Charted on the patient's right, the palsied side. Caught at the time-out; nothing was given."
        visits.discard(uow, visit_id, version(uow, visit_id), reason)
    right = Plan(
        "left depressor_labii_inferioris 10",
        key="first",
        indication=_INDICATION,
        answers=_EYE,
        notes={
            Section.ASSESSMENT: _FLACCID,
            Section.NOTE: "A first draft named the wrong side; it is kept among the discarded drafts.",
        },
        outcome=Outcome(
            f"{_NO_SYNKINESIS}; {_LIP.format('3/3')}",
            (*_FLACCID_SCORES, spread("face", 32), Grading("fdi", "33224 43334")),
        ),
    )
    visit_id = chart(case, right, vial_id=case.vials["wrong"])
    take_time_out(case, visit_id, right)
    give(case, visit_id, "prescriber")
    settle_and_sign(case, visit_id, "prescriber")


def _reviewed(case: Case) -> None:
    case.writes(
        "2026-05-21",
        "11:10",
        {
            Section.OUTCOME: "Week 4. The lip is level, but he “drinks from the left”: too weak on the patient's left for 3 weeks.",
            Section.PLAN: "Next time 7.5 units to the left depressor labii inferioris.",
        },
        by="injector",
        outcome=Outcome(
            _LIP.format("0/1"),
            review=Reviewed(
                _LIP.format(90), 4, 14, event=Answer.YES, impressions="left depressor_labii_inferioris less"
            ),
            events=(_WEAK,),
        ),
    )


def _mistyped_lot(case: Case) -> None:
    """Sign a session with a vial under a mistyped lot; amend it on the same day, so that the units stand in the true one."""
    plan = Plan(
        "left depressor_labii_inferioris 7.5",
        key="second",
        lot="C8121D4",
        indication=_INDICATION,
        answers=_EYE,
        notes={
            Section.OUTCOME: "Level for 10 weeks, once the weakness had passed. Asked about adverse events: the weakness only."
        },
        outcome=Outcome(_LIP.format("3/2"), review=Reviewed(_LIP.format(80), 4, 35, 98, event=Answer.YES)),
    )
    visit_id = whole(case, plan)
    case.stage.clock.wait(95)
    true_vial = case.cupboard.open("botox", lot="C8120D4")
    reason = "The lot was mistyped: the box says C8120D4, not C8121D4. Doses and sites are unchanged."
    with case.stage.writing("prescriber") as uow:
        amended = signing.amend(uow, visit_id, reason)
    _draw_from(case, amended, true_vial)
    case.stage.clock.wait(4)
    sign(case, amended, "prescriber")
    with case.stage.writing("assistant") as uow:
        inventory.discard(uow, case.vials["second"], "Entered under a mistyped lot; no such vial was opened.")
    case.visits["amended"] = amended


def _draw_from(case: Case, visit_id: str, vial_id: str) -> None:
    """Move every site of an amendment to a syringe of another vial."""
    with case.stage.writing("prescriber") as uow:
        old = [row.id for row in visit_record(uow, visit_id).syringes]
        syringe_id = injections.add_syringe(uow, visit_id, version(uow, visit_id), vial_id)
        for site in visit_record(uow, visit_id).sites:
            entry = SiteEntry(
                site.units,
                x=site.x,
                y=site.y,
                muscle=site.muscle,
                sub_site=site.sub_site,
                side=site.side,
                purpose=site.purpose,
                depth=site.depth,
                syringe_id=syringe_id,
                note=site.note,
            )
            injection_sites.save_site(uow, visit_id, version(uow, visit_id), entry, site.id)
        for one in old:
            injections.remove_syringe(uow, visit_id, version(uow, visit_id), one)


def _referred(case: Case) -> None:
    case.writes(
        "2026-11-12",
        "11:10",
        {
            Section.ASSESSMENT: "22 months: right side still flaccid, no movement on needle EMG. New pain below the right ear: red flag.",
            Section.PLAN: (
                "Imaging and ENT within two weeks for the pain. Referral for reanimation (gracilis or masseteric nerve)."
                " No toxin to the right side."
            ),
        },
        outcome=Outcome(
            f"{_NO_SYNKINESIS}; {_LIP.format('1/1')}",
            (*_FLACCID_SCORES, spread("face", 34), Grading("fdi", "33323 43344")),
            Reviewed(_LIP.format(80), 4, 14, impressions="left depressor_labii_inferioris same"),
        ),
        planned=_sent_on(),
    )


def _sent_on() -> Planned:
    return Planned(
        flags={
            PlanningQuestion.FACIAL_PAIN: "New pain below the right ear for three weeks",
            PlanningQuestion.CANCER_HISTORY: "Parotid cancer, taken out in January 2025",
            PlanningQuestion.NO_RECOVERY: "No movement on needle EMG at 22 months",
        },
        said={PlanningQuestion.NO_MOVEMENT: (Answer.YES, "Flaccid; no movement on needle EMG")},
        referrals=(
            Sent(
                ReferralKind.ENT_IMAGING,
                "Head and neck clinic, fast track",
                "New pain below the right ear 22 months after parotid cancer: has it come back?",
                "Red flag: new pain after cancer of the parotid.",
                urgent=True,
                sent=True,
            ),
            Sent(
                ReferralKind.REANIMATION,
                "Facial reanimation service",
                "Flaccid right side at 22 months: gracilis, or the masseteric nerve?",
                "No movement to wait for any longer; the other side only hides it.",
                sent=True,
            ),
        ),
        step=(
            CareStep.SURGERY,
            "Flaccid at 22 months without movement on EMG: reanimation, once the pain is explained.",
        ),
    )
