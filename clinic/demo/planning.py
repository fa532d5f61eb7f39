"""What a demo visit plans and trains: red flags, goals, targets, exercises, referrals, test blocks, told in short texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Protocol

from clinic.demo.stage import Stage, typed
from clinic.domain.anatomy import Side
from clinic.domain.exercises import library
from clinic.domain.injections import Answer, Purpose
from clinic.domain.muscle_blocks import BlockEntry
from clinic.domain.planning_questions import PlanningQuestion, Theme
from clinic.domain.plans import (
    Appointment,
    CareStep,
    Exercise,
    Goal,
    ItemKind,
    Mirror,
    Occasion,
    PlanState,
    Programme,
    Referral,
    ReferralKind,
    Step,
    Target,
)
from clinic.domain.training import Training
from clinic.queries.plan_items import patient_plan
from clinic.queries.proposals import proposed
from clinic.services.blocks import record_block
from clinic.services.diaries import enter_weeks
from clinic.services.goals import rate_goals
from clinic.services.patient_plans import add_date, add_goal, decide_step
from clinic.services.plan_targets import add_target, proposed_line
from clinic.services.planning_answers import save_planning_answers
from clinic.services.referrals import make_referral, send_referral
from clinic.services.therapy import add_exercise, save_programme
from clinic.services.training import save_training
from clinic.unit_of_work import UnitOfWork

Said = Mapping[PlanningQuestion, tuple[Answer, str]]


@dataclass(frozen=True, slots=True)
class Sent:
    """A referral, and why; ``sent`` says that it went out on the same day."""

    kind: ReferralKind
    recipient: str
    question: str
    reason: str
    urgent: bool = False
    sent: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """Everything of this kind in one visit.

    ``flags`` are the red flags answered yes, with their detail; the others are answered no, unless it is None: then nobody
    asked. ``targets`` is a list such as ``left mentalis 2.5; left platysma:medial_band*4 1.25 | why``; ``exercises`` are
    (id, limit). ``ratings`` are levels of the goals in their order. ``dates`` are (occasion, day of the story).
    """

    flags: Mapping[PlanningQuestion, str] | None = None
    said: Said = field(default_factory=dict)
    goals: tuple[Goal, ...] = ()
    ratings: tuple[int, ...] = ()
    targets: str = ""
    product: str = "botox"
    exercises: tuple[tuple[str, str], ...] = ()
    mirror: tuple[Mirror, str] | None = None
    therapist: tuple[str, str] | None = None
    referrals: tuple[Sent, ...] = ()
    dates: tuple[tuple[Occasion, str, str], ...] = ()
    step: tuple[CareStep, str] | None = None
    block: BlockEntry | None = None
    training: Training | None = None


NOTHING = Planned()


class Diarist(Protocol):
    """Somebody who keeps a diary; the id is known once the story has registered them."""

    @property
    def id(self) -> str:
        """The patient's id."""


def write_plan(stage: Stage, uow: UnitOfWork, patient_id: str, visit_id: str, told: Planned) -> None:
    """Write what the visit's own author planned, answered, tried and trained."""
    uow.session.flush()  # The plan's queries read what the visit holds so far.
    if answers := dict(_answers(told)):
        save_planning_answers(uow, visit_id, answers)
    for goal in told.goals:
        add_goal(uow, patient_id, goal, visit_id=visit_id)
    _rate(uow, patient_id, visit_id, told)
    if told.block:
        record_block(uow, visit_id, told.block)
    if told.training:
        save_training(uow, visit_id, told.training)
    uow.session.flush()
    _train(stage, uow, patient_id, visit_id, told)
    for target, why in _targets(told):
        _aim(uow, patient_id, visit_id, target, why)
    for sent in told.referrals:
        _refer(stage, uow, patient_id, visit_id, sent)
    for occasion, day, at in told.dates:
        add_date(uow, patient_id, Appointment(occasion, stage.day(day), at))
    if told.step:
        decide_step(uow, patient_id, Step(told.step[0]), reason=told.step[1], state=PlanState.AGREED)


def keep_diary(stage: Stage, case: Diarist, first: str, weeks: str) -> None:
    """Key in weeks of the paper diary, one after the other from the week of a day on; weeks part at blanks."""
    day = stage.day(first)
    monday = day - timedelta(days=day.weekday())
    lines = [f"{_monday(monday, number)}: {week}" for number, week in enumerate(weeks.split())]
    with stage.writing("assistant") as uow:
        enter_weeks(uow, case.id, "\n".join(lines))


def _monday(first: date, number: int) -> str:
    return (first + timedelta(weeks=number)).isoformat()


def _answers(told: Planned) -> Iterator[tuple[PlanningQuestion, tuple[Answer | None, str]]]:
    if told.flags is not None:
        for question in PlanningQuestion:
            if question.theme is Theme.RED_FLAG:
                answer = Answer.YES if question in told.flags else Answer.NO
                yield question, (answer, told.flags.get(question, ""))
    yield from told.said.items()


def _rate(uow: UnitOfWork, patient_id: str, visit_id: str, told: Planned) -> None:
    if told.ratings:
        uow.session.flush()
        goals = [one.id for one in patient_plan(uow, patient_id) if one.kind is ItemKind.GOAL and one.is_open]
        rate_goals(uow, visit_id, dict(zip(goals, told.ratings, strict=True)))


def _train(stage: Stage, uow: UnitOfWork, patient_id: str, visit_id: str, told: Planned) -> None:
    for key, limit in told.exercises:
        known = library()[key]
        exercise = Exercise(key, limit, known.cue, known.stop_rule, known.dose)
        add_exercise(
            uow, visit_id, exercise, agreed=True, reason="Chosen with the patient from the patterns of the grid"
        )
        uow.session.flush()
    if told.mirror or told.therapist:
        mirror, why = told.mirror or (Mirror.OPEN, "")
        first, last = (stage.day(one) for one in told.therapist) if told.therapist else (None, None)
        standing = (one for one in patient_plan(uow, patient_id) if one.kind is ItemKind.PROGRAMME and one.is_open)
        number = next((one.number for one in standing), 0)
        save_programme(uow, visit_id, Programme(mirror, why, visit_from=first, visit_to=last), number=number)


def _targets(told: Planned) -> Iterator[tuple[Target, str]]:
    for part in filter(None, (one.strip() for one in told.targets.split(";"))):
        what, _, why = part.partition("|")
        side, place, units, *purpose = what.split()
        place, _, count = place.partition("*")
        muscle, _, group = place.partition(":")
        yield (
            Target(
                muscle,
                Side(side),
                group or None,
                Purpose(purpose[0]) if purpose else Purpose.SYNKINESIS,
                told.product,
                int(count or 1),
                Decimal(units),
                basis="as in the last session",
            ),
            why.strip(),
        )


def _aim(uow: UnitOfWork, patient_id: str, visit_id: str, target: Target, why: str) -> None:
    line = proposed_line(proposed(uow, patient_id, visit_id), target)
    reason = why or (line.reasons[0].words if line else "")
    add_target(uow, visit_id, target, reason=reason, state=PlanState.AGREED)
    uow.session.flush()


def _refer(stage: Stage, uow: UnitOfWork, patient_id: str, visit_id: str, told: Sent) -> None:
    referral = Referral(told.kind, told.recipient, typed(told.question), told.urgent)
    item_id = make_referral(uow, patient_id, referral, reason=typed(told.reason), visit_id=visit_id)
    uow.session.flush()
    if told.sent:
        send_referral(uow, patient_id, item_id, 1, stage.on(), visit_id=visit_id)
