"""The plan as the patient reads it: own words, plain places, what to do at home, what comes next. Nobody else's data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from clinic.domain.errors import NotFound
from clinic.domain.exercises import library
from clinic.domain.patient_dates import LastSession, PatientDate, patient_dates
from clinic.domain.plain_places import plain_level, plain_place, plain_referral, plain_why
from clinic.domain.plan_words import dose_words, place_words
from clinic.domain.plans import CareStep, Exercise, Goal, Mirror, PlanItem, PlanState, Programme, Referral, Step, Target
from clinic.domain.wording import day_text
from clinic.models import Clinic, GoalRating, Patient, ToxinElsewhere, TrainingSession, Visit
from clinic.queries.given_sessions import given_selects, sessions_given
from clinic.queries.outcomes import first_versions
from clinic.queries.plan_items import plan_items, plan_selects
from clinic.queries.standing_reviews import standing, standing_reviews, standing_selects
from clinic.queries.together import AnySelect, together
from clinic.unit_of_work import UnitOfWork

Rows = Mapping[str, list[tuple[Any, ...]]]
_MIRROR = {
    Mirror.YES: "Practise in front of a mirror.",
    Mirror.NO: "Practise without a mirror: go by what you feel.",
    Mirror.OPEN: "",
}


@dataclass(frozen=True, slots=True)
class Person:
    """Who the plan is for, and whom to call."""

    id: str
    name: str
    birth_date: date
    clinic_name: str
    phone: str
    emergency_phone: str
    zone: str
    today: date


@dataclass(frozen=True, slots=True)
class SharedGoal:
    """A goal in the patient's words; ``reached`` says how far, blank while nobody asked."""

    words: str
    agreed: bool
    reached: str
    reached_words: str


@dataclass(frozen=True, slots=True)
class SharedTreatment:
    """A place to treat and what for; ``more`` holds muscle, dose and written reason, which are not in front."""

    place: str
    why: str
    agreed: bool
    more: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SharedExercise:
    """An exercise to do at home."""

    title: str
    steps: tuple[str, ...]
    how_often: str
    how_far: str
    cue: str
    stop: str
    agreed: bool


@dataclass(frozen=True, slots=True)
class SharedReferral:
    """To whom the patient is sent, and how that stands."""

    whom: str
    words: str
    agreed: bool


@dataclass(frozen=True, slots=True)
class SharedPlan:
    """Everything on the page. ``steps`` are next steps of care as (words, agreed)."""

    person: Person
    goals: tuple[SharedGoal, ...]
    treatments: tuple[SharedTreatment, ...]
    exercises: tuple[SharedExercise, ...]
    practice: tuple[str, ...]
    referrals: tuple[SharedReferral, ...]
    steps: tuple[tuple[str, bool], ...]
    dates: tuple[PatientDate, ...]
    had_toxin: bool

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing yet that could be shown."""
        return not (self.goals or self.treatments or self.exercises or self.referrals or self.steps or self.dates)

    @property
    def about_toxin(self) -> bool:
        """Whether the patient has to know when to call at once."""
        return self.had_toxin or bool(self.treatments)


def shared_plan(uow: UnitOfWork, patient_id: str) -> SharedPlan:
    """The plan that is turned to the patient, in two statements. Raises NotFound."""
    who = _person(uow, patient_id)
    rows = together(uow, _selects(uow, patient_id))
    items = plan_items(rows)
    open_items = [item for item in items if item.is_open]
    session, dates = _dates(rows, items, who.zone)
    return SharedPlan(
        person=who,
        goals=tuple(_goals(open_items, rows)),
        treatments=_treatments(open_items),
        exercises=tuple(_exercises(open_items)),
        practice=_practice(open_items),
        referrals=tuple(_referrals(open_items)),
        steps=tuple(
            (item.entry.details.step.label, _agreed(item))
            for item in open_items
            if isinstance(item.entry.details, Step)
        ),
        dates=tuple(_ahead(dates, open_items, who.today)),
        had_toxin=session is not None,
    )


def dates_of(uow: UnitOfWork, patient_id: str) -> tuple[Person, tuple[PatientDate, ...]]:
    """A patient's dates, cancelled ones too, in two statements. Raises NotFound."""
    who = _person(uow, patient_id)
    rows = together(uow, _selects(uow, patient_id))
    return who, _dates(rows, plan_items(rows), who.zone)[1]


def _person(uow: UnitOfWork, patient_id: str) -> Person:
    p, c = Patient, Clinic
    columns = select(p.family_name, p.given_names, p.birth_date, c.name, c.phone, c.emergency_phone, c.time_zone)
    row = uow.session.execute(columns.join(c, c.id == p.clinic_id).where(p.id == patient_id)).one_or_none()
    if row is None:
        raise NotFound
    today = uow.now.astimezone(ZoneInfo(row.time_zone)).date()
    return Person(patient_id, f"{row.given_names} {row.family_name}".strip(), row.birth_date, *row[3:], today)


def _selects(uow: UnitOfWork, patient_id: str) -> dict[str, AnySelect]:
    r, t, e = GoalRating, TrainingSession, ToxinElsewhere
    mine = (Visit.clinic_id == uow.clinic_id, Visit.patient_id == patient_id)
    rating = select(r.item_id, Visit.on, r.rated_at, r.level).join(
        Visit, (Visit.clinic_id == r.clinic_id) & (Visit.id == r.visit_id)
    )
    trained = select(Visit.on).join(t, (t.clinic_id == Visit.clinic_id) & (t.visit_id == Visit.id))
    elsewhere = (e.clinic_id == uow.clinic_id, e.patient_id == patient_id, e.retired_at.is_(None))
    own: dict[str, AnySelect] = {
        "rating": standing(rating).where(*mine),
        "trained": standing(trained).where(*mine),
        "elsewhere": select(func.max(e.on, type_=e.on.type).label("on")).where(*elsewhere),
    }
    return own | plan_selects(uow, patient_id) | given_selects(uow, patient_id) | standing_selects(uow, patient_id)


def _dates(rows: Rows, items: tuple[PlanItem, ...], zone: str) -> tuple[LastSession | None, tuple[PatientDate, ...]]:
    sessions = sessions_given(rows)
    last = None
    if sessions:
        newest = sessions[0]
        reviews = standing_reviews(rows)
        elsewhere = [row[0] for row in rows["elsewhere"] if row[0]]
        last = LastSession(
            id=first_versions(rows["given_version"])[newest.id],
            on=newest.on,
            toxin_on=max([newest.on, *(on for _, on in newest.touch_ups), *elsewhere]),
            touch_ups=len(newest.touch_ups),
            reviewed=any(one.row.session_id in newest.versions for one in reviews),
            transcribed=newest.transcribed,
        )
    trained_on = max((row[0] for row in rows["trained"]), default=None)
    return last, patient_dates(items, last, trained_on, zone)


def _ahead(dates: Iterable[PatientDate], open_items: Iterable[PlanItem], today: date) -> Iterator[PatientDate]:
    """What is still to come; a treatment that was possible long since only while one is planned."""
    details = [item.entry.details for item in open_items]
    planned = any(isinstance(one, Target) or (isinstance(one, Step) and one.step is CareStep.TOXIN) for one in details)
    return (one for one in dates if one.is_ahead(today) and (planned or not one.is_open_end or one.on > today))


def _agreed(item: PlanItem) -> bool:
    return item.entry.state is PlanState.AGREED


def _goals(items: Iterable[PlanItem], rows: Rows) -> Iterable[SharedGoal]:
    newest = {item_id: (on, level) for item_id, on, _, level in sorted(rows["rating"], key=lambda row: row[1:3])}
    for item in items:
        goal = item.entry.details
        if isinstance(goal, Goal):
            on, level = newest.get(item.id, (None, None))
            reached = f"{plain_level(level)} ({day_text(on)})" if on and level is not None else ""
            yield SharedGoal(goal.words, _agreed(item), reached, dict(goal.levels).get(level, "") if on else "")


def _treatments(items: Iterable[PlanItem]) -> tuple[SharedTreatment, ...]:
    """Several muscles of one place with one aim stand once, agreed when all of them are."""
    grouped: dict[tuple[str, str], list[tuple[bool, str]]] = {}
    for item in items:
        target = item.entry.details
        if isinstance(target, Target):
            key = (
                plain_place(target.muscle, target.site_group, target.side),
                plain_why(target.muscle, target.purpose),
            )
            reason = f". {item.entry.reason}" if item.entry.reason else ""
            more = f"{place_words(target)}: {dose_words(target)}{reason}"
            grouped.setdefault(key, []).append((_agreed(item), more))
    return tuple(
        SharedTreatment(place, why, all(agreed for agreed, _ in lines), tuple(more for _, more in lines))
        for (place, why), lines in grouped.items()
    )


def _exercises(items: Iterable[PlanItem]) -> Iterable[SharedExercise]:
    for item in items:
        given = item.entry.details
        if isinstance(given, Exercise):
            known = library().get(given.exercise)
            yield SharedExercise(
                title=known.title if known else given.exercise,
                steps=known.steps if known else (),
                how_often=given.dose,
                how_far=given.excursion,
                cue=given.cue,
                stop=given.stop_rule,
                agreed=_agreed(item),
            )


def _practice(items: Iterable[PlanItem]) -> tuple[str, ...]:
    said = []
    for item in items:
        programme = item.entry.details
        if isinstance(programme, Programme):
            said += [_MIRROR[programme.mirror], programme.advice]
    return tuple(dict.fromkeys(one for one in said if one))


def _referrals(items: Iterable[PlanItem]) -> Iterable[SharedReferral]:
    for item in items:
        referral = item.entry.details
        if isinstance(referral, Referral):
            if referral.answered_on:
                words = f"they answered on {day_text(referral.answered_on)}"
            elif referral.sent_on:
                words = f"we wrote to them on {day_text(referral.sent_on)}"
            else:
                words = "we will write to them"
            yield SharedReferral(plain_referral(referral.kind), words, _agreed(item))
