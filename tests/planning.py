"""Items of a plan for the tests, one of every kind."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Group
from clinic.domain.plans import (
    Appointment,
    CareStep,
    Exercise,
    Goal,
    ItemKind,
    Mirror,
    Occasion,
    PlanEntry,
    PlanState,
    Programme,
    Referral,
    ReferralKind,
    Step,
    Target,
)

TARGET = Target(
    "mentalis", Side.LEFT, product="botox", sites=2, units_per_site=Decimal("1.25"), basis="as in the last session"
)
GOAL = Goal("Smile in photos without my eye shutting", (Group.EYE, Group.CHIN), expected="eye stays half open")
EXERCISE = Exercise(
    "e2_eyes_open_pucker", "stop before the eye narrows", "let the cheek melt", "stop at pain", "3 a day"
)

ENTRIES = {
    ItemKind.GOAL: PlanEntry(GOAL, PlanState.AGREED),
    ItemKind.TARGET: PlanEntry(TARGET, reason="Chin dimples with pucker", rules=("target-chin",)),
    ItemKind.PROGRAMME: PlanEntry(Programme(Mirror.NO, "feels better", "", date(2026, 12, 6), date(2027, 1, 3))),
    ItemKind.EXERCISE: PlanEntry(EXERCISE, reason="Eye narrows with pucker"),
    ItemKind.REFERRAL: PlanEntry(Referral(ReferralKind.OPHTHALMOLOGY, "Eye clinic", "Is the cornea safe?")),
    ItemKind.APPOINTMENT: PlanEntry(Appointment(Occasion.REVIEW, date(2026, 12, 20), "14:30")),
    ItemKind.STEP: PlanEntry(Step(CareStep.TRAINING), reason="Not trained yet"),
}
"""One entry of every kind that can be taken."""
