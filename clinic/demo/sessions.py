"""A patient of the demo and the visits, each step through the real use case at its own minute."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import select

from clinic.demo import planning
from clinic.demo.outcomes import NOTHING, Outcome, write_others, write_outcome
from clinic.demo.planning import Planned, write_plan
from clinic.demo.sites import site_entries
from clinic.demo.stage import Stage, typed
from clinic.demo.stock import Cupboard
from clinic.domain import time_out
from clinic.domain.findings import Finding
from clinic.domain.injections import Answer, Question
from clinic.domain.patients import SafetyFactKind, Sex
from clinic.domain.products import product
from clinic.domain.visit_content import VisitContent, digest
from clinic.domain.visits import Section
from clinic.models import InjectionSite, Visit
from clinic.queries.facts import judged
from clinic.queries.visit_record import visit_record
from clinic.services import (
    adverse_events,
    conditions,
    giving,
    injection_sites,
    injections,
    patients,
    safety_facts,
    signing,
    visits,
)
from clinic.services.conditions import ConditionValues, MuscleStatusValues, ToxinValues, TreatmentValues
from clinic.services.injections import AnswerEntry
from clinic.services.patients import LikelyDuplicate, PatientValues
from clinic.services.safety_facts import FactAnswer
from clinic.unit_of_work import UnitOfWork

SAFE = {Question.BELLS_PHENOMENON: Answer.YES, Question.CORNEAL_SENSATION: Answer.YES}
"""Questions whose harmless answer is yes."""

_ONLY_AFTER_TIME_OUT = frozenset({"TIMEOUT-001", "COPY-001"})


class StoryError(RuntimeError):
    """A rule of the record stopped a story that does not say what was done about it."""


@dataclass(frozen=True)
class Plan:
    """One injection session.

    ``sites`` is a list such as ``left platysma:medial_band*4 1.25; right frontalis*3 2.5``: side, muscle, group or
    sub-site, how many of them, units at each, and the purpose where it is not the usual one. ``reasons`` say by code why a finding was passed.
    """

    sites: str
    product: str = "botox"
    by: str = "prescriber"
    key: str = ""
    complaints: str = ""
    notes: Mapping[Section, str] = field(default_factory=dict)
    answers: Mapping[Question, AnswerEntry] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    indication: str = "Synkinesis after facial palsy"
    touch_up_of: str = ""
    guidance: str = "visual"
    keep_vial: bool = False
    lot: str = ""
    outcome: Outcome = NOTHING
    planned: Planned = planning.NOTHING


@dataclass
class Case:
    """A patient with what stands in the record before the first visit; ``visits`` finds them by the stories' words."""

    stage: Stage
    cupboard: Cupboard
    person: PatientValues
    episodes: tuple[ConditionValues, ...] = ()
    treatments: tuple[TreatmentValues, ...] = ()
    muscles: tuple[MuscleStatusValues, ...] = ()
    elsewhere: tuple[ToxinValues, ...] = ()
    facts: Mapping[SafetyFactKind, FactAnswer] = field(default_factory=dict)
    id: str = ""
    visits: dict[str, str] = field(default_factory=dict)
    vials: dict[str, str] = field(default_factory=dict)
    events: dict[str, str] = field(default_factory=dict)

    @property
    def is_female(self) -> bool:
        """Whether pregnancy is a question."""
        return self.person.sex is Sex.FEMALE

    def registered(self, told: str, at: str = "08:30") -> Case:
        """Put the registration on the timeline."""
        self.stage.at(self.stage.day(told), at, self.register)
        return self

    def register(self) -> None:
        """Enter the person, the episodes and the safety facts."""
        with self.stage.writing("assistant") as uow:
            self.id = self._created(uow)
            ids = [conditions.add_condition(uow, self.id, one) for one in self.episodes]
            for treatment in self.treatments:
                conditions.add_treatment(uow, self.id, ids[0], treatment)
            for muscle in self.muscles:
                conditions.add_muscle_status(uow, self.id, muscle)
            for toxin in self.elsewhere:
                conditions.add_toxin_elsewhere(uow, self.id, toxin)
            uow.session.flush()  # The facts count the patient's version up, so the patient must stand first.
            safety_facts.record_safety_facts(uow, self.id, 1, self._facts(), asked_on=self.stage.on())

    def _created(self, uow: UnitOfWork) -> str:
        try:
            return patients.create_patient(uow, self.person, synthetic=True)
        except LikelyDuplicate as found:
            others = [candidate.id for candidate in found.candidates]
            return patients.create_patient(uow, self.person, synthetic=True, other_people=others)

    def _facts(self) -> Mapping[SafetyFactKind, FactAnswer]:
        usual = {kind: FactAnswer(Answer.NO) for kind in SafetyFactKind}
        if not self.is_female:
            usual[SafetyFactKind.PREGNANCY] = FactAnswer(Answer.NOT_APPLICABLE)
        return usual | dict(self.facts)

    def writes(
        self,
        told: str,
        at: str,
        notes: Mapping[Section, str],
        *,
        by: str = "prescriber",
        complaints: str = "",
        outcome: Outcome = NOTHING,
        planned: Planned = planning.NOTHING,
    ) -> None:
        """Put a visit without injections on the timeline."""
        self.stage.at(self.stage.day(told), at, partial(self.note_visit, notes, by, complaints, outcome, planned))

    def has_session(self, told: str, at: str, plan: Plan) -> None:
        """Put a whole session on the timeline."""
        self.stage.at(self.stage.day(told), at, partial(whole, self, plan))

    def note_visit(
        self,
        notes: Mapping[Section, str],
        by: str,
        complaints: str = "",
        outcome: Outcome = NOTHING,
        planned: Planned = planning.NOTHING,
    ) -> str:
        """Write and sign a visit without injections."""
        with self.stage.writing(by) as uow:
            visit_id = visits.start(uow, self.id, with_injections=False)
            write_notes(uow, visit_id, complaints, notes)
            self.events |= write_outcome(uow, self.id, visit_id, outcome)
            write_plan(self.stage, uow, self.id, visit_id, planned)
        write_others(self.stage, visit_id, outcome)
        self.stage.clock.wait(20)
        sign(self, visit_id, by)
        return visit_id


def whole(case: Case, plan: Plan) -> str:
    """A session from the mixed vial to the signature; gives the visit's id."""
    visit_id = chart(case, plan)
    case.stage.clock.wait(5)
    take_time_out(case, visit_id, plan)
    case.stage.clock.wait(2)
    give(case, visit_id, plan.by)
    case.stage.clock.wait(9)
    settle_and_sign(case, visit_id, plan.by)
    return visit_id


def chart(case: Case, plan: Plan, *, vial_id: str = "", ready: bool = True) -> str:
    """Mix a vial and chart the session; unless ``ready``, nothing is answered and no consent recorded yet."""
    stage = case.stage
    vial_id = vial_id or case.cupboard.open(plan.product, lot=plan.lot, kept=plan.keep_vial)
    stage.clock.wait(6)
    with stage.writing(plan.by) as uow:
        visit_id = visits.start(uow, case.id)
        write_notes(uow, visit_id, plan.complaints, plan.notes)
        injections.change_session(uow, visit_id, version(uow, visit_id), **_details(case, plan))
        syringe_id = injections.add_syringe(uow, visit_id, version(uow, visit_id), vial_id)
        save_sites(uow, visit_id, plan.sites, syringe_id)
        if ready:
            injections.answer(uow, visit_id, version(uow, visit_id), _answers(case, plan))
            injections.record_consent(uow, visit_id, version(uow, visit_id), text=_consent(plan), by="")
        case.events |= write_outcome(uow, case.id, visit_id, plan.outcome)
        write_plan(stage, uow, case.id, visit_id, plan.planned)
    write_others(stage, visit_id, plan.outcome)
    case.visits[plan.key] = visit_id
    case.vials[plan.key] = vial_id
    return visit_id


def prepare(case: Case, visit_id: str, by: str) -> None:
    """Draw up."""
    with case.stage.writing(by) as uow:
        giving.prepare(uow, visit_id, version(uow, visit_id), {})
    case.stage.clock.wait(3)


def take_time_out(case: Case, visit_id: str, plan: Plan) -> None:
    """Draw up, give the story's reasons for what stops, and take the time-out."""
    prepare(case, visit_id, plan.by)
    with case.stage.writing(plan.by) as uow:
        content, findings = judged(visit_record(uow, visit_id), uow.now)
        _pass_findings(uow, visit_id, findings, plan)
        confirm(uow, content, case.person)


def _pass_findings(uow: UnitOfWork, visit_id: str, findings: Iterable[Finding], plan: Plan) -> None:
    for finding in findings:
        if finding.stops and finding.code not in _ONLY_AFTER_TIME_OUT:
            if finding.code not in plan.reasons:
                raise StoryError(f"{finding.code}: {finding.message}")
            giving.override(uow, visit_id, version(uow, visit_id), finding.key, plan.reasons[finding.code])


def confirm(uow: UnitOfWork, content: VisitContent, person: PatientValues) -> None:
    """Take the time-out over what it shows, with the patient's initials and year of birth."""
    giving.take_time_out(
        uow,
        content.id,
        version(uow, content.id),
        initials=person.given_names[0] + person.family_name[0],
        birth_year=str(person.birth_date.year),
        shown=time_out.digest(time_out.values(content)),
    )


def give(case: Case, visit_id: str, by: str, late: giving.Late | None = None) -> None:
    """Mark every site given."""
    with case.stage.writing(by) as uow:
        sites = select(InjectionSite.id).where(InjectionSite.visit_id == visit_id).order_by(InjectionSite.number)
        giving.mark_given(uow, visit_id, version(uow, visit_id), tuple(uow.session.scalars(sites)), late)


def settle_and_sign(case: Case, visit_id: str, by: str) -> None:
    """Settle without waste (the rest of the vial goes in the evening), then sign."""
    with case.stage.writing(by) as uow:
        giving.settle(uow, visit_id, version(uow, visit_id), {})
        adverse_events.answer_adverse_event(uow, visit_id, version(uow, visit_id), happened=False)
    case.stage.clock.wait(2)
    sign(case, visit_id, by)


def sign(case: Case, visit_id: str, by: str) -> None:
    """Sign what stands."""
    with case.stage.writing(by) as uow:
        content, _ = judged(visit_record(uow, visit_id), uow.now)
        signing.sign(uow, visit_id, version(uow, visit_id), digest(content))


def version(uow: UnitOfWork, visit_id: str) -> int:
    """The edit version of a visit now."""
    return uow.session.get_one(Visit, (uow.clinic_id, visit_id)).edit_version


def write_notes(uow: UnitOfWork, visit_id: str, complaints: str, notes: Mapping[Section, str]) -> None:
    """Write the texts of a draft."""
    if complaints or notes:
        texts = {section: typed(text) for section, text in notes.items()}
        visits.write(uow, visit_id, version(uow, visit_id), complaints=typed(complaints), notes=texts)


def save_sites(uow: UnitOfWork, visit_id: str, sites: str, syringe_id: str | None) -> None:
    """Chart the sites of a plan."""
    for entry in site_entries(sites, syringe_id):
        injection_sites.save_site(uow, visit_id, version(uow, visit_id), entry)


def _details(case: Case, plan: Plan) -> dict[str, object]:
    details: dict[str, object] = {"needle": "30 G, 13 mm", "guidance": plan.guidance, "indication": plan.indication}
    if plan.touch_up_of:
        details["touch_up_of"] = case.visits[plan.touch_up_of]
    return details


def _answers(case: Case, plan: Plan) -> Mapping[Question, AnswerEntry]:
    usual = {question: AnswerEntry(SAFE.get(question, Answer.NO)) for question in Question}
    if not case.is_female:
        usual[Question.PREGNANCY] = usual[Question.BREASTFEEDING] = AnswerEntry(Answer.NOT_APPLICABLE)
    return usual | dict(plan.answers)


def _consent(plan: Plan) -> str:
    generic = product(plan.product).generic
    return f"Off-label use of {generic} explained with its risks and alternatives; agreed in writing today."
