"""The review of a session: which one, by whom, what it refuses, and what is read of it elsewhere."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from clinic.domain.actors import Role
from clinic.domain.anatomy import Side
from clinic.domain.assessments.grid import Cell, Group, Movement, Place
from clinic.domain.errors import Frozen, Invalid, NotFound, NotPermitted, Stale
from clinic.domain.injections import Answer
from clinic.domain.reviews import Contact, Impression, Wearing
from clinic.domain.visits import Disposition
from clinic.domain.work_lists import Only
from clinic.models import AuditEvent, Review, ReviewEffect, ReviewEffectMuscle, ReviewImpression
from clinic.queries.earlier_sessions import earlier_session
from clinic.queries.patient_outcomes import patient_outcomes
from clinic.queries.reviews import opens_with_outcome, review_page
from clinic.queries.work_lists import Filters, WorkRow, work_page
from clinic.services import grids, injections, reviews, signing, visits
from clinic.services.reviews import ReviewEntry
from clinic.unit_of_work import UnitOfWork, Work
from tests.charting import Charting
from tests.factories import ClinicWorld, make_condition, make_patient

NBSP = "\u00a0"
EYE = Place(Side.LEFT, Movement.BIG_SMILE, Group.EYE)
CHIN = Place(Side.LEFT, Movement.PUCKER, Group.CHIN)
OOC = ("orbicularis_oculi", Side.LEFT)
MENTALIS = ("mentalis", Side.LEFT)
FULL = ReviewEntry(
    contact=Contact.PHONE,
    first_noticed_day=5,
    best_day=21,
    wearing=Wearing.GONE,
    worn_off_day=63,
    adverse_event=Answer.NO,
    note=" <b>quiet</b> eye ",
    effects=((EYE, 50, False, (OOC,)), (CHIN, 60, False, (MENTALIS,))),
    impressions=((*MENTALIS, Impression.MORE), (*OOC, Impression.SAME)),
)


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A new draft, 90 days after a signed session of four sites."""
    return Charting.after_a_session(work, clinic, clock)


def first(charting: Charting) -> str:
    return charting.first


def save(charting: Charting, entry: ReviewEntry = FULL, role: Role = Role.PRESCRIBER, **values: Any) -> str:
    session_id = values.pop("session_id", None) or first(charting)
    visit_id = values.pop("visit_id", None) or charting.visit_id
    with charting.work.writing(charting.clinic.people[role]) as uow:
        return reviews.save_review(uow, visit_id, session_id, entry, **values)


def rows(charting: Charting, model: Any) -> list[Any]:
    with charting.reading() as uow:
        return list(uow.session.scalars(select(model)))


def last_event(charting: Charting) -> Any:
    with charting.reading() as uow:
        return uow.session.scalars(select(AuditEvent).order_by(AuditEvent.sequence.desc()).limit(1)).one()


def test_everything_that_was_answered_is_kept(charting: Charting) -> None:
    save(charting)
    (row,) = charting.record().outcomes.reviews
    assert (row.session_id, row.session_on, row.contact) == (first(charting), date(2026, 11, 22), Contact.PHONE)
    assert (row.first_noticed_day, row.best_day, row.wearing, row.worn_off_day) == (5, 21, Wearing.GONE, 63)
    assert (row.adverse_event, row.note, row.answered_by) == (Answer.NO, "<b>quiet</b> eye", "Ada Prescriber")
    assert [(one.place, one.effect, one.muscles) for one in row.effects] == [(EYE, 50, (OOC,)), (CHIN, 60, (MENTALIS,))]
    assert {(one.muscle, one.impression, one.by) for one in row.impressions} == {
        ("mentalis", Impression.MORE, "Ada Prescriber"),
        ("orbicularis_oculi", Impression.SAME, "Ada Prescriber"),
    }


def test_an_open_chart_does_not_go_stale_and_the_audit_names_what_changed(charting: Charting) -> None:
    version = charting.version()
    save(charting)
    assert charting.version() == version
    save(charting, replace(FULL, worn_off_day=70, effects=FULL.effects[:1]), edit_version=1)
    event = last_event(charting)
    assert event.action == "review.saved"
    values = json.loads(event.values)
    old, new = values["old"], values["new"]
    assert (old["worn_off_day"], new["worn_off_day"]) == ("63", "70")
    assert (old[f"effect {CHIN.key}"], new[f"effect {CHIN.key}"]) == ("60 (mentalis-left)", "")
    assert set(old) == {"worn_off_day", f"effect {CHIN.key}"}
    assert [len(rows(charting, model)) for model in (Review, ReviewEffect, ReviewEffectMuscle)] == [1, 1, 1]


@pytest.mark.parametrize("version", [0, 2])
def test_a_stale_save_changes_nothing(charting: Charting, version: int) -> None:
    save(charting)
    with pytest.raises(Stale):
        save(charting, replace(FULL, worn_off_day=70), edit_version=version)
    assert charting.record().outcomes.reviews[0].worn_off_day == 63


def test_a_first_save_over_what_is_gone_is_stale(charting: Charting) -> None:
    with pytest.raises(Stale):
        save(charting, edit_version=1)
    assert rows(charting, Review) == []


def test_a_refusal_names_its_fields_and_changes_nothing(charting: Charting) -> None:
    bad = replace(FULL, best_day=91, effects=((EYE, 101, False, (("procerus", Side.MIDLINE),)),))
    with pytest.raises(Invalid) as refused:
        save(charting, bad)
    assert {"best_day", f"effect-{EYE.key}", f"muscles-{EYE.key}"} <= set(refused.value.fields)
    assert rows(charting, Review) == []


def test_impressions_belong_to_those_who_inject(charting: Charting) -> None:
    with pytest.raises(NotPermitted):
        save(charting, role=Role.THERAPIST)
    save(charting)
    save(charting, replace(FULL, note="changed", impressions=()), Role.ASSISTANT, edit_version=1)
    (row,) = charting.record().outcomes.reviews
    assert row.note == "changed"
    assert len(row.impressions) == 2


def test_an_unchanged_impression_keeps_its_author(charting: Charting) -> None:
    save(charting)
    changed = ((*MENTALIS, Impression.LESS), (*OOC, Impression.SAME))
    save(charting, replace(FULL, impressions=changed), Role.INJECTOR, edit_version=1)
    by = {one.muscle: one.by for one in charting.record().outcomes.reviews[0].impressions}
    assert by == {"mentalis": "Ada Injector", "orbicularis_oculi": "Ada Prescriber"}


def test_another_patients_clinics_and_the_visits_own_session_are_not_found(
    charting: Charting, other_clinic: ClinicWorld
) -> None:
    patient_id = make_patient(charting.work, charting.clinic.prescriber, family_name="Other", given_names="Olga")
    make_condition(charting.work, charting.clinic.prescriber, patient_id)
    with charting.writing() as uow:
        theirs = visits.start(uow, patient_id)
    for visit_id, session_id in (
        (theirs, first(charting)),
        (charting.visit_id, charting.visit_id),
        ("0" * 26, first(charting)),
    ):
        with pytest.raises(NotFound):
            save(charting, visit_id=visit_id, session_id=session_id)
    with pytest.raises(NotFound), charting.work.writing(other_clinic.prescriber) as uow:
        reviews.save_review(uow, charting.visit_id, first(charting), FULL)
    assert rows(charting, Review) == []


def test_a_later_session_is_not_reviewed_in_an_earlier_visit(charting: Charting) -> None:
    with charting.writing() as uow:
        before = visits.start(uow, charting.patient_id, on=date(2026, 11, 21))
    with pytest.raises(NotFound):
        save(charting, visit_id=before)
    with charting.reading() as uow:
        assert review_page(uow, before).session is None


def test_a_signed_visit_takes_no_review(charting: Charting) -> None:
    save(charting)
    charting.signed()
    with pytest.raises(Frozen):
        save(charting, edit_version=1)
    with pytest.raises(Frozen), charting.writing() as uow:
        reviews.remove_review(uow, charting.visit_id, first(charting), 1)


@pytest.mark.parametrize(("disposition", "stands"), [(Disposition.NOT_GIVEN, False), (Disposition.GIVEN, True)])
def test_a_session_voided_as_not_given_is_not_reviewed(
    charting: Charting, disposition: Disposition, stands: bool
) -> None:
    with charting.fresh_writing() as uow:
        signing.void(uow, first(charting), "entered for the wrong patient", disposition)
    if stands:
        save(charting)
    else:
        with pytest.raises(NotFound):
            save(charting)
    assert len(rows(charting, Review)) == int(stands)


def touched_up(charting: Charting, clock: Any) -> str:
    """Sign the draft as a touch-up of the first session, and start another one; gives the touch-up."""
    version = charting.version()
    with charting.writing() as uow:
        injections.change_session(uow, charting.visit_id, version, touch_up_of=first(charting))
    charting.signed()
    touch_up = charting.visit_id
    clock.move(days=30)
    charting.start()
    return touch_up


def test_a_touch_up_counts_to_its_parent_and_is_not_reviewed_itself(charting: Charting, clock: Any) -> None:
    touch_up = touched_up(charting, clock)
    with pytest.raises(NotFound):
        save(charting, session_id=touch_up)
    with charting.reading() as uow:
        page = review_page(uow, charting.visit_id)
    assert page.session is not None
    assert (page.session.id, page.asked_day) == (first(charting), 120)
    assert [visit_id for visit_id, _ in page.session.touch_ups] == [touch_up]
    assert len(page.session.sites) == 8
    assert page.treated[MENTALIS] == f"5{NBSP}units"
    save(charting)
    with charting.reading() as uow:
        sites = earlier_session(uow, charting.visit_id, touch_up).sites
    assert {one.muscle: one.review for one in sites}["mentalis"] == "too_weak"


def test_an_amended_session_keeps_its_review(charting: Charting) -> None:
    save(charting)
    with charting.fresh_writing() as uow:
        newer = signing.amend(uow, first(charting), "the dose was mistyped")
    draft, charting.visit_id = charting.visit_id, newer
    charting.sign()
    charting.visit_id = draft
    with charting.reading() as uow:
        page = review_page(uow, draft)
        assert patient_outcomes(uow, charting.patient_id).reviews[newer].startswith("left eye 50")
        assert {one.review for one in earlier_session(uow, draft, newer).sites} == {"too_weak", "worked", ""}
    assert page.session is not None
    assert page.session.id == newer
    assert page.own is not None
    save(charting, replace(FULL, note="again"), session_id=newer, edit_version=1)
    assert [(row.session_id, row.note) for row in charting.record().outcomes.reviews] == [(newer, "again")]


def test_a_review_taken_out_leaves_nothing(charting: Charting) -> None:
    save(charting)
    with pytest.raises(Stale), charting.writing() as uow:
        reviews.remove_review(uow, charting.visit_id, first(charting), 2)
    with pytest.raises(NotPermitted), charting.work.writing(charting.clinic.people[Role.THERAPIST]) as uow:
        reviews.remove_review(uow, charting.visit_id, first(charting), 1)
    with charting.writing() as uow:
        reviews.remove_review(uow, charting.visit_id, first(charting), 1)
    for model in (Review, ReviewEffect, ReviewEffectMuscle, ReviewImpression):
        assert rows(charting, model) == []
    event = last_event(charting)
    assert (event.action, json.loads(event.values)["old"]["worn_off_day"]) == ("review.removed", "63")


def test_the_ghost_of_a_site_says_what_its_muscle_came_to(charting: Charting) -> None:
    judged = ((*MENTALIS, Impression.MORE), (*OOC, Impression.SAME), ("platysma", Side.LEFT, Impression.LESS))
    save(charting, replace(FULL, impressions=judged))
    with charting.reading() as uow:
        sites = earlier_session(uow, charting.visit_id, first(charting)).sites
    assert {one.muscle: one.review for one in sites} == {
        "mentalis": "too_weak",
        "orbicularis_oculi": "worked",
        "platysma": "too_strong",
        "depressor_labii_inferioris": "",
    }


def test_the_newest_standing_impression_counts(charting: Charting, clock: Any) -> None:
    save(charting)
    older = charting.visit_id
    clock.move(days=1)
    with charting.writing() as uow:
        newer = visits.start(uow, charting.patient_id, with_injections=False)
    save(charting, replace(FULL, impressions=((*MENTALIS, Impression.LESS),)), visit_id=newer)

    def said() -> str:
        with charting.reading() as uow:
            sites = earlier_session(uow, older, first(charting)).sites
        return next(one.review for one in sites if one.muscle == "mentalis")

    assert said() == "too_strong"
    with charting.writing() as uow:
        visits.discard(uow, newer, charting.version(newer), "started by mistake")
    assert said() == "too_weak"


def test_the_page_proposes_patterns_and_shows_earlier_reviews(charting: Charting, clock: Any) -> None:
    save(charting)
    clock.move(days=1)
    with charting.writing() as uow:
        phone = visits.start(uow, charting.patient_id, with_injections=False)
    with charting.reading() as uow:
        page = review_page(uow, phone)
    assert [one.row.visit_id for one in page.earlier] == [charting.visit_id]
    assert page.earlier[0].words == f"left eye 50{NBSP}% better, left chin 60{NBSP}% better, 9 weeks of benefit"
    assert [place.group for place in page.patterns] == [Group.EYE, Group.CHIN, Group.NECK, Group.OTHER_SIDE]
    assert page.own is None


def test_a_visit_opens_with_the_outcome_until_it_is_answered(charting: Charting) -> None:
    def opens(visit_id: str) -> bool:
        with charting.reading() as uow:
            return opens_with_outcome(uow, visit_id)

    with charting.writing() as uow:
        plain = visits.start(uow, charting.patient_id, with_injections=False)
    assert opens(charting.visit_id)
    assert not opens(plain)
    save(charting)
    assert not opens(charting.visit_id)


def reviews_due(uow: UnitOfWork) -> tuple[WorkRow, ...]:
    """What the list of reviews calls due."""
    return work_page(uow, Filters(only=Only.DUE)).rows


def test_a_review_is_due_from_the_clinics_interval_on(work: Work, clinic: ClinicWorld, clock: Any) -> None:
    charting = Charting.begun(work, clinic, clock)
    charting.signed()

    def due() -> list[tuple[str, int]]:
        with charting.reading() as uow:
            return [(row.patient_id, (clock.now.date() - row.since).days) for row in reviews_due(uow)]

    clock.move(days=27)
    assert due() == []
    clock.move(days=1)
    assert due() == [(charting.patient_id, 28)]
    session_id = charting.visit_id
    with charting.writing() as uow:
        phone = visits.start(uow, charting.patient_id, with_injections=False)
    save(charting, replace(FULL, worn_off_day=None, wearing=Wearing.WORKING), visit_id=phone, session_id=session_id)
    assert due() == []
    with charting.writing() as uow:
        visits.discard(uow, phone, charting.version(phone), "started by mistake")
    assert due() == [(charting.patient_id, 28)]
    charting.start()
    charting.signed()
    assert due() == []
    clock.move(days=28)
    assert due() == [(charting.patient_id, 28)]


def test_touch_ups_and_voided_sessions_are_not_due(charting: Charting, clock: Any) -> None:
    touch_up = touched_up(charting, clock)
    with charting.reading() as uow:
        assert [row.since for row in reviews_due(uow)] == [date(2026, 11, 22)]
    with charting.fresh_writing() as uow:
        signing.void(uow, touch_up, "entered for the wrong patient", Disposition.NOT_GIVEN)
        signing.void(uow, first(charting), "entered for the wrong patient", Disposition.NOT_GIVEN)
    with charting.reading() as uow:
        assert reviews_due(uow) == ()


WORKING = ReviewEntry(wearing=Wearing.WORKING, adverse_event=Answer.NO)


@pytest.mark.parametrize(("entry", "earliest"), [(FULL, date(2027, 1, 24)), (WORKING, date(2026, 11, 22))])
def test_a_visit_is_not_moved_before_what_its_outcome_speaks_of(
    charting: Charting, entry: ReviewEntry, earliest: date
) -> None:
    save(charting, entry)
    with charting.writing() as uow:
        visits.write(uow, charting.visit_id, charting.version(), on=earliest)
    with pytest.raises(Invalid) as refused, charting.writing() as uow:
        visits.write(uow, charting.visit_id, charting.version(), on=earliest - timedelta(days=1))
    assert f"{earliest:%d %b %Y}" in refused.value.fields["on"]


def test_the_patterns_asked_about_say_nothing_of_a_draft_that_another_grades(charting: Charting) -> None:
    with charting.writing() as uow:
        other = visits.start(uow, charting.patient_id, on=date(2026, 11, 22), with_injections=False)
    with charting.work.writing(charting.clinic.people[Role.THERAPIST]) as uow:
        grids.save_cells(uow, other, [Cell(Place(Side.LEFT, Movement.SNARL, Group.NECK), 3)])
    with charting.reading() as uow:
        page = review_page(uow, charting.visit_id)
    assert {place.movement for place in (*page.patterns, *page.more)} & {Movement.SNARL} == set()


def test_a_review_that_an_amendment_took_out_is_due_again(charting: Charting) -> None:
    def due() -> list[date]:
        with charting.reading() as uow:
            return [one.since for one in reviews_due(uow)]

    with charting.writing() as uow:
        charting.visit_id = visits.start(uow, charting.patient_id, with_injections=False)
    save(charting)
    charting.sign()
    assert due() == []
    with charting.fresh_writing() as uow:
        charting.visit_id = signing.amend(uow, charting.visit_id, "answered for the wrong patient")
    with charting.writing() as uow:
        reviews.remove_review(uow, charting.visit_id, first(charting), 1)
    charting.sign()
    assert due() == [date(2026, 11, 22)]
