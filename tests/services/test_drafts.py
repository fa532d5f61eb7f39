"""What changes around an open draft, and what its events tell, on both databases."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic.domain.actors import Actor, Role
from clinic.domain.anatomy import Side
from clinic.domain.errors import Invalid
from clinic.domain.events import Action
from clinic.domain.injections import Answer, Purpose, Question
from clinic.domain.visit_content import VisitContent
from clinic.models import AuditEvent
from clinic.queries import accounts as accounts_query
from clinic.queries.visit_contents import visit_content
from clinic.services import accounts, conditions, giving, injections, visits
from clinic.services.giving import Late
from clinic.services.injections import AnswerEntry
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld, fresh, make_condition, make_person


@pytest.fixture
def charting(work: Work, clinic, clock) -> Charting:
    """A patient with a left palsy, an open vial, and a draft."""
    return Charting.begun(work, clinic, clock)


def content(charting: Charting) -> VisitContent:
    """The draft as it would be signed."""
    return visit_content(charting.record())


def retire_condition(charting: Charting) -> None:
    """Take the only palsy out, as entered on the wrong side."""
    condition = charting.record().conditions[0]
    with charting.writing() as uow:
        conditions.retire_condition(uow, charting.patient_id, condition.id, "entered on the wrong side")


def test_a_palsy_entered_while_a_draft_is_open_belongs_to_it(charting: Charting) -> None:
    make_condition(charting.work, charting.clinic.prescriber, charting.patient_id, side=Side.RIGHT)
    assert {one.side for one in content(charting).conditions} == {"left", "right"}
    charting.site(muscle="mentalis", side=Side.RIGHT)
    assert charting.record().sites[0].purpose is Purpose.SYNKINESIS


def test_a_palsy_that_began_later_does_not_belong_to_a_draft(charting: Charting) -> None:
    with charting.writing() as uow:
        visits.write(uow, charting.visit_id, charting.version(), on=charting.clock.now.date() - timedelta(days=9))
    onset = charting.clock.now.date() - timedelta(days=2)
    make_condition(charting.work, charting.clinic.prescriber, charting.patient_id, side=Side.RIGHT, onset_on=onset)
    assert {one.side for one in content(charting).conditions} == {"left"}


def test_a_palsy_retired_as_wrong_no_longer_excuses_a_site_on_its_side(charting: Charting) -> None:
    retire_condition(charting)
    make_condition(charting.work, charting.clinic.prescriber, charting.patient_id, side=Side.RIGHT)
    charting.site(muscle="mentalis", side=Side.LEFT, purpose=Purpose.SYNKINESIS)
    assert {one.side for one in content(charting).conditions} == {"right"}
    assert "SIDE-001" in {one.code for one in charting.findings()}


def test_a_discarded_draft_does_not_bring_a_retired_palsy_back(charting: Charting) -> None:
    with charting.writing() as uow:
        visits.discard(uow, charting.visit_id, charting.version(), "started by mistake")
    retire_condition(charting)
    with charting.writing() as uow:
        visits.restore(uow, charting.visit_id)
    assert content(charting).conditions == ()


def test_signed_visits_keep_the_palsy_that_they_were_signed_with(charting: Charting) -> None:
    charting.signed()
    retire_condition(charting)
    make_condition(charting.work, charting.clinic.prescriber, charting.patient_id, side=Side.RIGHT)
    assert {one.side for one in content(charting).conditions} == {"left"}


def test_a_changed_detail_or_measure_of_an_answer_is_in_the_audit_trail(charting: Charting) -> None:
    for entry in (AnswerEntry(Answer.YES, "right eye", 15), AnswerEntry(Answer.YES, "right eye", 30)):
        with charting.writing() as uow:
            injections.answer(uow, charting.visit_id, charting.version(), {Question.LAGOPHTHALMOS: entry})
    assert last_values(charting, Action.ANSWERS_CHANGED) == {
        "old": {"lagophthalmos": "yes, 1.5\u00a0mm, right eye"},
        "new": {"lagophthalmos": "yes, 3\u00a0mm, right eye"},
    }


def test_both_times_of_a_site_entered_late_outlive_its_mark(charting: Charting) -> None:
    given_at = charting.clock.now - timedelta(hours=2)
    site = charting.site(muscle="mentalis", side=Side.LEFT)
    charting.give_all(late=Late("The tablet had no power", given_at))
    assert last_values(charting, Action.SITES_GIVEN)["new"]["given_at"] == str(given_at)
    with charting.writing() as uow:
        giving.take_back(uow, charting.visit_id, charting.version(), (site,), "marked by mistake")
    assert last_values(charting, Action.SITES_TAKEN_BACK)["old"]["site_1_given_at"] == str(given_at)


def test_a_dose_never_counts_from_another_day_than_its_own(charting: Charting) -> None:
    charting.site(muscle="mentalis", side=Side.LEFT)
    with pytest.raises(Invalid) as refused:
        charting.give_all(late=Late("The tablet had no power", charting.clock.now - timedelta(days=31)))
    assert "given_at" in refused.value.fields
    charting.give_all(late=Late("The tablet had no power", charting.clock.now - timedelta(hours=1)))
    yesterday = charting.clock.now.date() - timedelta(days=1)
    with pytest.raises(Invalid) as refused, charting.writing() as uow:
        visits.write(uow, charting.visit_id, charting.version(), on=yesterday)
    assert "on" in refused.value.fields


def test_a_draft_of_another_day_is_not_marked_given_now(charting: Charting) -> None:
    charting.ready_for_time_out()
    charting.take_time_out()
    charting.clock.move(days=1)
    with pytest.raises(Invalid) as refused:
        charting.give_all()
    assert "given_at" in refused.value.fields


def last_values(charting: Charting, action: Action) -> dict[str, dict[str, str]]:
    """The values of the newest entry of an action."""
    newest = select(AuditEvent.values).where(AuditEvent.action == action.value).order_by(AuditEvent.sequence.desc())
    with charting.reading() as uow:
        return json.loads(uow.session.scalars(newest).first() or "{}")


def test_an_injector_stands_alone_once_the_prescriber_left(work: Work, clinic: ClinicWorld) -> None:
    injector = clinic.people[Role.INJECTOR]
    assert signed_in(work, injector).may_override
    with work.writing(fresh(work, clinic.people[Role.ADMINISTRATOR])) as uow:
        prescriber = clinic.prescriber.user_id
        accounts.change_membership(uow, prescriber, role=Role.PRESCRIBER, prescriber_id=None, active=False)
    now = signed_in(work, injector)
    assert (now.may_override, now.prescriber_id, now.prescriber_name) == (False, None, None)
    with pytest.raises(Invalid):
        make_person(work, clinic.id, Role.INJECTOR, prescriber_id=prescriber)


def test_an_injector_stands_alone_once_the_prescriber_is_none_any_more(work: Work, clinic: ClinicWorld) -> None:
    with work.writing(fresh(work, clinic.people[Role.ADMINISTRATOR])) as uow:
        prescriber = clinic.prescriber.user_id
        accounts.change_membership(uow, prescriber, role=Role.THERAPIST, prescriber_id=None, active=True)
    assert not signed_in(work, clinic.people[Role.INJECTOR]).may_override


def signed_in(work: Work, person: Actor) -> Actor:
    """The person as the next request sees them; sign-in and session agree."""
    token = f"hash-{work.new_id()}"
    with work.writing(person) as uow:
        accounts.sign_in(uow, token, address="", agent="")
    limits = {"idle": timedelta(minutes=15), "absolute": timedelta(hours=12)}
    with work.reading(accounts.SYSTEM, scoped=False) as uow:
        found = accounts_query.presence(uow, token, **limits)
        again = accounts_query.credentials(uow, person.username)
    assert found is not None
    assert again is not None
    assert again.actors[0].prescriber_id == found.actor.prescriber_id
    return found.actor
