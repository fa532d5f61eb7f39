"""A clinic of plain values put straight into the tables, and random criteria to ask of it."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from clinic.domain.adverse_events import Kind, Relation
from clinic.domain.anatomy import Side
from clinic.domain.assessments import INSTRUMENTS
from clinic.domain.assessments.grid import GRID, GRID_VERSION
from clinic.domain.cohorts import Criteria, PatternRange, ScoreRange
from clinic.domain.events import Action, Event
from clinic.domain.injections import Purpose
from clinic.domain.inventory import lot_key
from clinic.domain.plans import ItemKind, PlanState
from clinic.domain.visits import Disposition, VisitState
from clinic.models import (
    AdverseEvent,
    AdverseEventEntry,
    Assessment,
    AssessmentScore,
    Condition,
    InjectionSession,
    InjectionSite,
    Lot,
    Patient,
    PlanEntry,
    PlanItem,
    Review,
    ReviewEffect,
    SynkinesisFinding,
    Syringe,
    Vial,
    Visit,
    VisitVoid,
)
from clinic.unit_of_work import UnitOfWork
from tests.cohort_clinics import LOTS, Person
from tests.cohort_clinics import Visit as PlainVisit
from tests.factories import ClinicWorld

OPTIONAL = {
    "causes": [("Bell's palsy",), ("trauma", "other")],
    "side": [Side.LEFT, Side.RIGHT],
    "bilateral": [True],
    "onset_months_at_least": [0, 12, 30],
    "onset_months_at_most": [30, 48, 70],
    "sexes": [("female",), ("male",)],
    "age_at_least": [20, 40],
    "age_at_most": [40, 70],
    "muscles": [("mentalis",), ("platysma", "frontalis"), ("mentalis", "platysma")],
    "sub_sites": [("platysma.jaw_1",), ("platysma.medial_band_1", "mentalis.belly")],
    "muscle_side": [Side.LEFT, Side.RIGHT, Side.MIDLINE],
    "purposes": [("synkinesis",)],
    "products": [("botox",), ("dysport",), ("botox", "dysport")],
    "lot": ["c12a", "x 9"],
    "treated_from": [date(2024, 3, 1)],
    "treated_until": [date(2026, 1, 1)],
    "sessions_at_least": [1, 2],
    "sessions_at_most": [0, 2, 3],
    "last_session_from": [date(2024, 6, 1)],
    "last_session_until": [date(2026, 3, 1)],
    "interval_weeks_at_least": [4, 12],
    "interval_weeks_at_most": [26, 52],
    "events": [("dry_eye",), ("eyelid_ptosis", "other")],
    "event_grade_at_least": [2, 3],
    "event_relations": [("possible",)],
    "event_not_reviewed": [True],
    "scores": [
        (ScoreRange("saq", "total", highest=Decimal(60)),),
        (ScoreRange("saq", "total", Decimal("66.67"), newest=False),),
        (ScoreRange("sunnybrook", "composite", Decimal(30), Decimal(70)), ScoreRange("saq", "total")),
    ],
    "patterns": [
        (PatternRange("pucker", "", 2),),
        (PatternRange("", "eye", 1, 2, newest=False),),
        (PatternRange("big_smile", "chin", None, 1),),
    ],
    "effect_at_least": [40],
    "effect_at_most": [50],
    "benefit_weeks_at_least": [8],
    "benefit_weeks_at_most": [10, 14],
    "plan_open": [("goal",), ("referral", "exercise")],
    "drafts": [True],
}
"""Values that each criterion may take."""


def random_criteria(chance: random.Random, injectors: tuple[str, ...]) -> Criteria:
    """One to three criteria at random; a dose comes with its muscle and its product."""
    names = chance.sample([*OPTIONAL, "treated_by", "dose", "all_muscles"], chance.choice((1, 2, 2, 3)))
    values: dict[str, Any] = {name: chance.choice(OPTIONAL[name]) for name in names if name in OPTIONAL}
    if "treated_by" in names:
        values["treated_by"] = (chance.choice(injectors),)
    if "all_muscles" in names:
        values |= {"all_muscles": True, "muscles": ("mentalis", "platysma")}
    if "dose" in names:
        values |= {"products": (chance.choice(("botox", "dysport")),)}
        values |= {"muscles": values.get("muscles", ("mentalis",))}
        values |= {chance.choice(("dose_at_least", "dose_at_most")): Decimal(chance.choice((250, 375, 500))) / 100}
    return Criteria(**values)


def insert_clinic(uow: UnitOfWork, world: ClinicWorld, people: list[Person]) -> list[str]:
    """Put the patients into the tables; gives their ids in order."""
    vials = [_vial(uow, number) for number in range(len(LOTS))]
    ids = [_Inserting(uow, world, vials, number, person).id for number, person in enumerate(people)]
    uow.record(Event(Action.PATIENT_CREATED, f"patient:{ids[0]}", ids[0]))
    return ids


def _vial(uow: UnitOfWork, number: int) -> str:
    product, lot = LOTS[number]
    lot_id, vial_id = uow.new_id(), uow.new_id()
    own = partial(dict, clinic_id=uow.clinic_id)
    named = {"product": product, "number": lot, "folded_number": lot_key(lot)}
    uow.session.add(Lot(**own(id=lot_id), **named, expires_on=date(2028, 1, 1), created_at=uow.now))
    uow.session.flush()
    held = {"label": f"V-{number}", "labelled_units": Decimal(100), "opened_at": uow.now}
    uow.session.add(Vial(**own(id=vial_id, lot_id=lot_id), **held))
    uow.session.flush()
    return vial_id


class _Inserting:
    """One patient on the way into the tables."""

    def __init__(self, uow: UnitOfWork, world: ClinicWorld, vials: list[str], number: int, person: Person) -> None:
        self.uow, self.world, self.vials, self.id = uow, world, vials, uow.new_id()
        self.own = partial(dict, clinic_id=uow.clinic_id)
        name = {"family_name": f"Family{number:03}", "given_names": "Given", "record_number": f"R-{number:03}"}
        retired = {"retired_at": uow.now if person.retired else None}
        born = {"birth_date": person.birth_date, "sex": person.sex, "created_at": uow.now}
        self.add(Patient(**self.own(id=self.id), **name, **born, **retired))
        for palsy in person.palsies:
            what = {"side": palsy.side, "cause": palsy.cause, "onset_on": palsy.onset_on}
            when = {"onset_precision": palsy.precision, "retired_at": uow.now if palsy.retired else None}
            self.add(Condition(**self.own(id=uow.new_id(), patient_id=self.id), **what, **when))
        self.visits = [uow.new_id() for _ in person.visits]
        for index, visit in enumerate(person.visits):
            self._visit(index, visit)
        for event in person.events:
            self._event(event.entries)
        for kind, states in person.plan:
            self._item(kind, states)

    def add(self, row: Any) -> None:
        self.uow.session.add(row)
        self.uow.session.flush()

    def _visit(self, index: int, plain: PlainVisit) -> None:
        uow, visit_id = self.uow, self.visits[index]
        amends = None if plain.amends is None else self.visits[plain.amends]
        head = {"patient_id": self.id, "author_id": self.world.prescriber.user_id, "author_name": "Ada Prescriber"}
        head |= {"on": plain.on, "time_zone": "Europe/Berlin", "created_at": uow.now, "changed_at": uow.now}
        row = Visit(**self.own(id=visit_id, amends_id=amends), **head)
        self.add(row)
        if plain.has_session:
            self._session(visit_id, plain)
        self._grades(visit_id, plain)
        if plain.review is not None:
            self._review(visit_id, self.visits[0], plain)
        row.state = VisitState(plain.state)
        uow.session.flush()
        if plain.voided:
            by = {"by_id": "x", "by_name": "x", "at": uow.now}
            self.add(VisitVoid(**self.own(visit_id=visit_id), reason="x", disposition=Disposition.GIVEN, **by))

    def _session(self, visit_id: str, plain: PlainVisit) -> None:
        told = {"transcribed": plain.transcribed, "transcribed_product": plain.transcribed_product}
        parent = None if plain.parent is None else self.visits[plain.parent]
        more = {"transcribed_lot": plain.transcribed_lot, "given_by": plain.given_by, "touch_up_of": parent}
        self.add(InjectionSession(**self.own(visit_id=visit_id), **told, **more))
        syringes: dict[int, str] = {}
        for lot in sorted({one.lot for one in plain.sites if one.lot is not None}):
            syringes[lot] = self.uow.new_id()
            drawn = {"concentration_units": Decimal(100), "concentration_microlitres": 1000, "letter": "ABC"[lot]}
            whose = {"id": syringes[lot], "visit_id": visit_id, "vial_id": self.vials[lot]}
            self.add(Syringe(**self.own(**whose), **drawn))
        for number, one in enumerate(plain.sites, 1):
            where = {"muscle": one.muscle, "sub_site": one.sub_site, "side": one.side, "x": 0, "y": 0}
            how = {"purpose": Purpose(one.purpose), "units": one.units, "number": number}
            drawn = {"syringe_id": None if one.lot is None else syringes[one.lot]}
            drawn |= {"given_at": self.uow.now if one.given else None}
            self.add(InjectionSite(**self.own(id=self.uow.new_id(), visit_id=visit_id), **where, **how, **drawn))

    def _grades(self, visit_id: str, plain: PlainVisit) -> None:
        for one in plain.scores:
            version = INSTRUMENTS[one.instrument].version
            assessment = self._assessment(visit_id, one.instrument, version, one.side, one.rated_at)
            key = self.own(assessment_id=assessment, score=one.score, visit_id=visit_id)
            self.add(AssessmentScore(**key, value=one.value))
        if plain.cells:
            grid = self._assessment(visit_id, GRID, GRID_VERSION, None, plain.cells[0].rated_at)
            for cell in plain.cells:
                place = {"side": cell.side, "movement": cell.movement, "muscle_group": cell.group}
                bother = None if cell.grade is not None else 1
                key = self.own(assessment_id=grid, visit_id=visit_id)
                self.add(SynkinesisFinding(**key, **place, grade=cell.grade, bother=bother))

    def _assessment(self, visit_id: str, instrument: str, version: str, side: Side | None, at: Any) -> str:
        assessment_id = self.uow.new_id()
        what = {"instrument": instrument, "version": version, "slot": f"{instrument}-{side}", "side": side}
        self.add(Assessment(**self.own(id=assessment_id, visit_id=visit_id), **what, rater_name="Ada", rated_at=at))
        return assessment_id

    def _review(self, visit_id: str, session_id: str, plain: PlainVisit) -> None:
        assert plain.review is not None
        review_id, one = self.uow.new_id(), plain.review
        said = {
            "wearing": one.wearing,
            "worn_off_day": one.worn_off_day,
            "answered_by": "Ada",
            "answered_at": self.uow.now,
        }
        self.add(Review(**self.own(id=review_id, visit_id=visit_id, session_id=session_id), **said))
        places = (("big_smile", "eye"), ("pucker", "chin"))
        for (movement, group), (effect, worse) in zip(places, one.effects, strict=False):
            key = {"review_id": review_id, "visit_id": visit_id, "side": Side.LEFT}
            self.add(ReviewEffect(**self.own(**key), movement=movement, muscle_group=group, effect=effect, worse=worse))

    def _event(self, entries: list[tuple[str, int, str, bool, bool]]) -> None:
        event_id, now = self.uow.new_id(), self.uow.now
        self.add(AdverseEvent(**self.own(id=event_id, patient_id=self.id), recorded_by="Ada", recorded_at=now))
        for number, (kind, grade, relation, reviewed, withdrawn) in enumerate(entries, 1):
            said = {"kind": Kind(kind), "grade": grade, "relation": Relation(relation), "reviewed": reviewed}
            by = {"by_id": "x", "by": "Ada", "at": now + timedelta(minutes=number), "withdrawn": withdrawn}
            self.add(AdverseEventEntry(**self.own(event_id=event_id, number=number), **said, **by))

    def _item(self, kind: str, states: list[str]) -> None:
        item_id, now = self.uow.new_id(), self.uow.now
        self.add(PlanItem(**self.own(id=item_id, patient_id=self.id), kind=ItemKind(kind), by="Ada", at=now))
        for number, state in enumerate(states, 1):
            by = {"by_id": "x", "by": "Ada", "at": now}
            self.add(PlanEntry(**self.own(item_id=item_id, number=number), state=PlanState(state), **by))
