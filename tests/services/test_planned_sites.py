"""From the plan to the chart, unconfirmed; and from what was given back to the plan."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from clinic.domain.anatomy import Side
from clinic.domain.errors import Invalid, NotFound, WrongStep
from clinic.domain.injections import Answer
from clinic.domain.planning_questions import PlanningQuestion
from clinic.domain.plans import Goal, PlanEntry, PlanItem, PlanState, Target
from clinic.domain.visits import Disposition
from clinic.models import Patient
from clinic.queries.plan_items import patient_plan
from clinic.services import injection_sites, patients, signing, site_changes, visits
from clinic.services.plan_items import add_item, set_state
from clinic.services.planned_sites import chart_plan
from clinic.services.planning_answers import save_planning_answers
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld, make_condition, make_patient

MENTALIS = Target("mentalis", Side.LEFT, product="botox", units_per_site=Decimal("2.5"))
EYE = Target(
    "orbicularis_oculi", Side.LEFT, "lateral_orbital", product="botox", sites=3, units_per_site=Decimal("1.25")
)


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft with a syringe of Botox, and today's questions answered."""
    begun = Charting.begun(work, clinic, clock)
    begun.answer_all()
    return begun


def plan(charting: Charting, *targets: Target, state: PlanState = PlanState.AGREED) -> list[str]:
    """Targets in the patient's plan, entered before anything is charted."""
    found = []
    for place, target in enumerate(targets, start=1):
        entry = PlanEntry(target, state, reason="Chin dimples", place=place)
        with charting.writing() as uow:
            found.append(add_item(uow, charting.patient_id, entry))
    return found


def bring(charting: Charting, *items: str, **manner: Any) -> int:
    """Chart targets as they stand."""
    values: dict[str, Any] = {"syringe_id": charting.syringe_id} | manner
    version = charting.version()
    with charting.writing() as uow:
        return chart_plan(uow, charting.visit_id, version, items, **values)


def as_it_stands(charting: Charting, item_id: str) -> PlanItem:
    """An item of the plan now."""
    with charting.reading() as uow:
        return next(one for one in patient_plan(uow, charting.patient_id) if one.id == item_id)


def test_targets_come_as_unconfirmed_sites_in_their_named_places(charting: Charting) -> None:
    chin, eye = plan(charting, MENTALIS, EYE)
    assert bring(charting, chin, eye) == 4
    sites = charting.record().sites
    assert [(one.muscle, one.sub_site, one.side, one.units, one.confirmed) for one in sites] == [
        ("mentalis", "belly", Side.LEFT, Decimal("2.5"), False),
        ("orbicularis_oculi", "lateral_orbital_upper", Side.LEFT, Decimal("1.25"), False),
        ("orbicularis_oculi", "lateral_orbital_middle", Side.LEFT, Decimal("1.25"), False),
        ("orbicularis_oculi", "lateral_orbital_lower", Side.LEFT, Decimal("1.25"), False),
    ]
    assert {one.from_planned_target for one in sites} == {chin, eye}
    assert {(one.syringe_id, one.dose_product) for one in sites} == {(charting.syringe_id, "botox")}
    messages = [one.message for one in charting.findings() if one.code == "COPY-001"]
    assert len(messages) == 4
    assert all("copied from the plan and not confirmed" in one for one in messages)


def test_undo_takes_the_plan_away_and_redo_brings_it_back_with_its_origin(charting: Charting) -> None:
    (chin,) = plan(charting, MENTALIS)
    bring(charting, chin)
    for act, count in ((site_changes.undo, 0), (site_changes.redo, 1)):
        version = charting.version()
        with charting.writing() as uow:
            act(uow, charting.visit_id, version)
        assert len(charting.record().sites) == count
    assert charting.record().sites[0].from_planned_target == chin


def test_places_that_are_charted_are_not_doubled(charting: Charting) -> None:
    (eye,) = plan(charting, EYE)
    charting.site(muscle="orbicularis_oculi", sub_site="lateral_orbital_middle", side=Side.LEFT)
    charting.site(muscle="orbicularis_oculi", sub_site="upper_pretarsal_medial", side=Side.LEFT)
    assert bring(charting, eye) == 2
    brought = [one.sub_site for one in charting.record().sites if one.from_planned_target]
    assert brought == ["lateral_orbital_upper", "lateral_orbital_lower"]
    with pytest.raises(Invalid) as refused:
        bring(charting, eye)
    assert refused.value.fields[""] == "All sites of the plan are in this session already. Nothing was brought."


def test_a_site_that_was_moved_off_its_named_place_still_fills_it(charting: Charting) -> None:
    (chin,) = plan(charting, MENTALIS)
    charting.site(muscle="mentalis", side=Side.LEFT, x=80, y=-870)
    assert charting.record().sites[0].sub_site is None
    with pytest.raises(Invalid):
        bring(charting, chin)


def test_units_of_another_product_are_refused_and_come_as_places_only(charting: Charting) -> None:
    chin, other = plan(charting, MENTALIS, replace(EYE, product="dysport"))
    with pytest.raises(Invalid) as refused:
        bring(charting, chin, other)
    assert "The plan is in units of abobotulinumtoxinA (Dysport)" in refused.value.fields["without_doses"]
    assert charting.record().sites == ()
    assert bring(charting, chin, other, without_doses=True) == 4
    assert {one.units for one in charting.record().sites} == {Decimal(0)}


def test_an_open_dose_comes_as_a_place(charting: Charting) -> None:
    (chin,) = plan(charting, replace(MENTALIS, product=None, units_per_site=Decimal(0)))
    bring(charting, chin)
    assert charting.record().sites[0].units == 0
    assert "DOSE-008" in {one.code for one in charting.findings()}


def test_only_open_targets_of_this_patient_are_found(charting: Charting, work: Work, clinic: ClinicWorld) -> None:
    chin, eye = plan(charting, MENTALIS, EYE)
    with charting.writing() as uow:
        goal = add_item(uow, charting.patient_id, PlanEntry(Goal("Smile in photos")))
        set_state(uow, eye, 1, PlanState.DECLINED, "Does not want it")
    other = make_patient(work, clinic.prescriber, family_name="Other")
    with work.writing(clinic.prescriber) as uow:
        foreign = add_item(uow, other, PlanEntry(MENTALIS))
    for wrong in (goal, foreign, "0" * 26):
        with pytest.raises(NotFound):
            bring(charting, chin, wrong)
    for nothing in ((), (chin, eye)):
        with pytest.raises(Invalid) as refused:
            bring(charting, *nothing)
        assert set(refused.value.fields) == {"item"}
    assert charting.record().sites == ()


def test_nothing_comes_into_an_amendment(charting: Charting) -> None:
    charting.signed()
    (eye,) = plan(charting, EYE)
    with charting.writing() as uow:
        charting.visit_id = signing.amend(uow, charting.visit_id, "The chin was given deeper")
    with pytest.raises(WrongStep):
        bring(charting, eye)


def confirm_and_give(charting: Charting) -> None:
    """Confirm what was brought, then everything up to the last site given."""
    for site in charting.record().sites:
        version = charting.version()
        with charting.writing() as uow:
            injection_sites.confirm_sites(uow, charting.visit_id, version, (site.id,))
    charting.answer_all()
    charting.consent()
    charting.prepare()
    charting.take_time_out()
    charting.give_all()


def test_signing_sets_what_was_given_to_done_and_signs_what_was_shown(charting: Charting) -> None:
    chin, eye = plan(charting, MENTALIS, EYE)
    bring(charting, chin)
    confirm_and_give(charting)
    charting.clock.move(minutes=5)
    (later,) = plan(charting, replace(MENTALIS, units_per_site=Decimal(4)), state=PlanState.PROPOSED)
    charting.settle()
    charting.sign()
    done = as_it_stands(charting, chin)
    assert (done.entry.state, done.visit_id, done.number) == (PlanState.DONE, charting.visit_id, 2)
    assert (
        done.entry.note.replace("\u00a0", " ") == "Given in the visit of 22 Nov 2026: 2.5 units of 2.5 units planned."
    )
    assert as_it_stands(charting, eye).entry.state is PlanState.AGREED
    assert as_it_stands(charting, later).entry.state is PlanState.PROPOSED
    with charting.writing() as uow:
        draft = signing.amend(uow, charting.visit_id, "The chin was given deeper")
    assert [one.entry.state for one in charting.record(draft).plan.items if one.id == chin] == [PlanState.DONE]
    charting.visit_id = draft
    charting.sign()
    assert as_it_stands(charting, chin).number == 2


@pytest.mark.parametrize("disposition", list(Disposition))
@pytest.mark.parametrize("amended", [False, True])
def test_a_target_of_a_voided_visit_is_open_again_only_when_it_was_not_given(
    charting: Charting, disposition: Disposition, amended: bool
) -> None:
    [chin] = plan(charting, MENTALIS)
    bring(charting, chin)
    confirm_and_give(charting)
    charting.settle()
    charting.sign()
    if amended:
        with charting.writing() as uow:
            charting.visit_id = signing.amend(uow, charting.visit_id, "The chin was given deeper")
        charting.sign()
    with charting.fresh_writing() as uow:
        signing.void(uow, charting.visit_id, "entered for the wrong patient", disposition)
    item = as_it_stands(charting, chin)
    is_open = disposition is Disposition.NOT_GIVEN
    assert (item.entry.state, item.number) == ((PlanState.AGREED, 3) if is_open else (PlanState.DONE, 2))
    assert ("voided as not given" in item.entry.note) is is_open


def test_a_visit_of_a_retired_record_can_be_voided_and_its_plan_stays(charting: Charting) -> None:
    [chin] = plan(charting, MENTALIS)
    bring(charting, chin)
    confirm_and_give(charting)
    charting.settle()
    charting.sign()
    with charting.writing() as uow:
        version = uow.session.get_one(Patient, (uow.clinic_id, charting.patient_id)).edit_version
        patients.retire_patient(uow, charting.patient_id, version, "entered twice by mistake")
    with charting.fresh_writing() as uow:
        signing.void(uow, charting.visit_id, "entered for the wrong patient", Disposition.NOT_GIVEN)
    assert as_it_stands(charting, chin).entry.state is PlanState.DONE


def test_a_visit_without_injections_leaves_the_plan_alone(charting: Charting, work: Work, clinic: ClinicWorld) -> None:
    patient_id = make_patient(work, clinic.prescriber, family_name="Other")
    make_condition(work, clinic.prescriber, patient_id)
    with work.writing(clinic.prescriber) as uow:
        item_id = add_item(uow, patient_id, PlanEntry(MENTALIS))
        visit_id = visits.start(uow, patient_id, with_injections=False)
    plain = replace(charting, patient_id=patient_id, visit_id=visit_id)
    plain.sign()
    assert as_it_stands(plain, item_id).entry.state is PlanState.PROPOSED


def test_what_today_holds_back_does_not_come_to_the_chart(charting: Charting, clock: Any) -> None:
    chin, eye = plan(charting, MENTALIS, EYE)
    clock.move(days=1)
    charting.start()
    with pytest.raises(Invalid, match="corneal sensation"):
        bring(charting, chin, eye)
    assert charting.record().sites == ()
    assert bring(charting, chin) == 1
    with charting.writing() as uow:
        save_planning_answers(uow, charting.visit_id, {PlanningQuestion.MASS: (Answer.YES, "hard, two months")})
    with pytest.raises(Invalid, match="red flag"):
        bring(charting, eye)
