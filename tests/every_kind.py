"""One record of every kind, through the real use cases; a new route finds the id for its argument here."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from clinic.domain.adverse_events import Kind, Relation
from clinic.domain.anatomy import Side
from clinic.domain.cohorts import Criteria
from clinic.domain.documents.kinds import DocumentKind, Edition
from clinic.domain.injections import MuscleState
from clinic.domain.muscle_blocks import USUAL_MUSCLE, BlockEntry
from clinic.domain.next_doses import Direction, Weakness
from clinic.domain.next_doses import Rule as NextDoseRule
from clinic.domain.patient_forms import Way
from clinic.domain.patients import EarlierTreatmentKind
from clinic.domain.plans import Exercise, Goal, PlanEntry, PlanState, Referral, ReferralKind
from clinic.models import Condition, Vial
from clinic.services import (
    adverse_events,
    amendment_requests,
    assessments,
    blocks,
    clinics,
    cohorts,
    conditions,
    dose_rules,
    letter_templates,
    letters,
    patient_forms,
    patterns,
    plan_items,
    referrals,
    therapy,
)
from clinic.services.adverse_events import EventEntry
from clinic.services.amendment_requests import RequestEntry
from clinic.services.issued_documents import Print, hand_over
from clinic.services.letter_templates import TemplateWords
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld, make_patient

Ids = dict[str, str]
"""Argument of a route → id; ``name:blueprint`` where one blueprint means another kind by it."""
DOSE_RULE = NextDoseRule(
    "", "botox", None, 0, 3, Weakness.ANY, 0, 104, Direction.HOLD, Decimal(0), Decimal(5), "Hold for now"
)
EXERCISE = Exercise("e2_eyes_open_pucker", "until the eye narrows", "soften", "stop then", "5 times")
BLOCK = BlockEntry(USUAL_MUSCLE, Side.LEFT, "lidocaine 1 %")
LETTER_WORDS = TemplateWords(DocumentKind.REFERRER_LETTER.value, "Ours", "Dear {{recipient}}", "Yours")
PRESET = {"product": "botox", "muscle": "mentalis", "site_group": None, "source": "Our own range"}
GOAL = PlanEntry(Goal("drink from a cup without spilling"), PlanState.AGREED)
REFERRAL = Referral(ReferralKind.OPHTHALMOLOGY, "Dr Sato", "The cornea is dry")
NAMES = {"instrument": "house_brackmann", "side": "left", "exercise_id": EXERCISE.exercise}
"""Arguments of routes that are words of the program."""


def one_of_every_kind(work: Work, clinic: ClinicWorld, clock: Any) -> Ids:
    """A clinic's own records and those of a patient of its own; the visit is signed."""
    charting = Charting.begun(work, clinic, clock)
    return records_of_a_patient(charting) | records_of_the_clinic(charting)


def records_of_a_patient(charting: Charting) -> Ids:
    """What hangs on one patient; the draft at hand is signed on the way."""
    found = _in_the_draft(charting) | _before_visits(charting)
    charting.signed()
    record = charting.record()
    entry = EventEntry(Kind.DRY_EYE, 1, Relation.POSSIBLE, Side.LEFT)
    with charting.writing() as uow:
        event_id = adverse_events.record_event(uow, charting.patient_id, entry, session_id=charting.visit_id)
    with charting.writing() as uow:
        letter_id = letters.start_letter(uow, charting.patient_id, DocumentKind.REFERRER_LETTER)
    with charting.writing() as uow:
        one = Print(
            uow.new_id(), "facial massage", "Massage", "en", Edition.NORMAL, "A4", None, "", "0" * 64, b"%PDF-1.7"
        )
        document_id = hand_over(uow, charting.patient_id, [one], given_to="patient", purpose="")
    with charting.writing() as uow:
        asked = RequestEntry(charting.clock.now.date(), "the patient", "The chin was never treated.", charting.visit_id)
        request_id = amendment_requests.enter_request(uow, charting.patient_id, asked)
    with charting.reading() as uow:
        of_patient = select(Condition.id).where(Condition.patient_id == charting.patient_id)
        condition_id = uow.session.scalars(of_patient).one()
    return {
        **NAMES,
        **found,
        "patient_id": charting.patient_id,
        "visit_id": charting.visit_id,
        "source_id": charting.visit_id,
        "session_id": charting.visit_id,
        "site_id": record.sites[0].id,
        "syringe_id": record.syringes[0].id,
        "condition_id": condition_id,
        "event_id": event_id,
        "document_id": document_id,
        "letter_id": letter_id,
        "request_id": request_id,
        "kind": DocumentKind.REFERRER_LETTER.slug,
    }


def _in_the_draft(charting: Charting) -> Ids:
    with charting.writing() as uow:
        form_id = patient_forms.create_form(uow, charting.visit_id, ["follow_up"], Way.TABLET)
    with charting.writing() as uow:
        assessment_id = assessments.save_assessment(
            uow, charting.visit_id, "house_brackmann", {"grade": 3}, version="1985", side=Side.LEFT
        )
    with charting.writing() as uow:
        item_id = therapy.add_exercise(uow, charting.visit_id, EXERCISE)
    with charting.writing() as uow:
        block_id = blocks.record_block(uow, charting.visit_id, BLOCK)
    with charting.writing() as uow:
        goal_id = plan_items.add_item(uow, charting.patient_id, GOAL)
    with charting.writing() as uow:
        referral_id = referrals.make_referral(uow, charting.patient_id, REFERRAL)
    return {
        "form_id": form_id,
        "assessment_id": assessment_id,
        "item_id": item_id,
        "item_id:plans": goal_id,
        "item_id:referrals": referral_id,
        "block_id": block_id,
    }


def _before_visits(charting: Charting) -> Ids:
    patient_id, earlier = charting.patient_id, date(2024, 6, 1)
    with charting.reading() as uow:
        of_patient = select(Condition.id).where(Condition.patient_id == patient_id)
        condition_id = uow.session.scalars(of_patient).one()
    with charting.writing() as uow:
        values = conditions.TreatmentValues(EarlierTreatmentKind.TRAINING, earlier)
        treatment_id = conditions.add_treatment(uow, patient_id, condition_id, values)
    with charting.writing() as uow:
        muscle = conditions.MuscleStatusValues("platysma", Side.RIGHT, MuscleState.RESECTED, "", earlier)
        status_id = conditions.add_muscle_status(uow, patient_id, muscle)
    with charting.writing() as uow:
        toxin = conditions.ToxinValues("botox", Decimal(10), earlier)
        toxin_id = conditions.add_toxin_elsewhere(uow, patient_id, toxin)
    return {"treatment_id": treatment_id, "status_id": status_id, "toxin_id": toxin_id}


def records_of_the_clinic(charting: Charting) -> Ids:
    """What hangs on no one patient; the pattern comes from the visit at hand."""
    other_id = make_patient(charting.work, charting.clinic.prescriber, family_name="Brandt", given_names="Eva")
    with charting.writing() as uow:
        pattern_id = patterns.save_pattern(uow, charting.visit_id, "usual left")
    with charting.writing() as uow:
        dose_rule_id = dose_rules.write_rule(uow, DOSE_RULE)
    with charting.writing() as uow:
        template_id = letter_templates.write_template(uow, LETTER_WORDS)
    with charting.writing() as uow:
        cohort_id = cohorts.save_cohort(uow, "Chins", Criteria(muscles=("mentalis",)), shared=True)
    with charting.writing() as uow:
        preset_id = clinics.accept_preset(uow, low=Decimal(1), high=Decimal(3), **PRESET)
    with charting.reading() as uow:
        lot_id = uow.session.scalars(select(Vial.lot_id).where(Vial.id == charting.vial_id)).one()
    return {
        "other_id": other_id,
        "pattern_id": pattern_id,
        "dose_rule_id": dose_rule_id,
        "template_id": template_id,
        "cohort_id": cohort_id,
        "preset_id": preset_id,
        "vial_id": charting.vial_id,
        "lot_id": lot_id,
        "user_id": charting.clinic.prescriber.user_id,
    }
