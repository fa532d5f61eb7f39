"""Handing a form to a patient and taking in what comes back: who may, once, all or nothing, many at once."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from clinic.domain.actors import STATES, Actor, Permission, Role
from clinic.domain.assessments import INSTRUMENTS
from clinic.domain.errors import Frozen, Invalid, NotFound, NotPermitted
from clinic.domain.patient_forms import UNLOCK_ATTEMPTS, WRONG_BIRTH_DATES, Given, Question, Way
from clinic.models import Assessment, AssessmentAnswer, AuditEvent, PatientForm, PatientFormAnswer, ServerSession
from clinic.queries.instrument_wordings import wordings
from clinic.queries.patient_forms import answering, form_of_link, visit_forms
from clinic.services import instrument_wordings, patient_forms, screen_locks, sessions
from clinic.services.accounts import SYSTEM
from clinic.services.authority import require
from clinic.services.instrument_wordings import WordingEntry
from clinic.services.patient_forms import patient_actor
from clinic.unit_of_work import UnitOfWork, Work
from tests.charting import Charting
from tests.factories import ClinicWorld, client_for

BORN = date(1979, 2, 3)
OTHER_DAY = date(1979, 3, 2)


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft of a patient born 3 Feb 1979, in a clinic that holds its own wording of one licensed scale."""
    saq = INSTRUMENTS["saq"]
    words = {item.key: f"Worded {item.key}" for item in saq.items}
    lines = {item.key: "\n".join(f"says {one.value}" for one in item.options) for item in saq.items}
    entry = WordingEntry("We hold a licence, no. 7.", "2007", "Read on.", words, lines)
    with work.writing(clinic.people[Role.ADMINISTRATOR]) as uow:
        instrument_wordings.accept_wording(uow, "saq", entry)
    return Charting.begun(work, clinic, clock)


def make(charting: Charting, way: Way = Way.TABLET, *instruments: str, link_hash: str | None = None) -> str:
    with charting.writing() as uow:
        return patient_forms.create_form(
            uow, charting.visit_id, instruments or ("follow_up",), way, link_hash=link_hash
        )


def patient(charting: Charting, form_id: str) -> Actor:
    return patient_actor(charting.clinic.id, form_id)


def begun(charting: Charting, *instruments: str) -> Actor:
    """A tablet's form that the patient has started."""
    actor = patient(charting, make(charting, Way.TABLET, *instruments))
    with charting.work.writing(actor) as uow:
        patient_forms.start_form(uow, secrets.token_hex(32))
    return actor


def asked(charting: Charting, actor: Actor, item: str) -> Question:
    with charting.work.reading(actor) as uow:
        questions = answering(uow, actor.form_id).filling.questions
    return next(one for one in questions if one.item.key == item)


def say(charting: Charting, actor: Actor, item: str, value: int | None) -> None:
    question = asked(charting, actor, item)
    with charting.work.housekeeping() as session:
        patient_forms.keep_answer(session, actor, question, Given(value), charting.clock.now)


def send(charting: Charting, actor: Actor) -> None:
    with charting.work.writing(actor) as uow:
        patient_forms.send_form(uow)


def count(charting: Charting, model: type) -> int:
    with charting.reading() as uow:
        return uow.session.scalar(select(func.count()).select_from(model)) or 0


def events(charting: Charting, start: str) -> list[tuple[str, str, str]]:
    with charting.reading() as uow:
        rows = uow.session.execute(
            select(AuditEvent.action, AuditEvent.role, AuditEvent.subject)
            .where(AuditEvent.action.startswith(start))
            .order_by(AuditEvent.sequence)
        )
        return [tuple(row) for row in rows]


def test_a_patients_form_has_no_permission_at_all(charting: Charting) -> None:
    actor = patient(charting, make(charting))
    with charting.work.reading(actor) as uow:
        for permission in Permission:
            for state in STATES[permission]:
                with pytest.raises(NotPermitted):
                    require(uow, permission, state)


@pytest.mark.parametrize("role", list(Role))
def test_who_charts_can_hand_a_form_out(charting: Charting, clinic: ClinicWorld, role: Role) -> None:
    may = role in {Role.PRESCRIBER, Role.INJECTOR, Role.THERAPIST, Role.ASSISTANT}

    def run() -> str:
        with charting.work.writing(clinic.people[role]) as uow:
            return patient_forms.create_form(uow, charting.visit_id, ["follow_up"], Way.TABLET)

    if may:
        assert run()
    else:
        with pytest.raises(NotPermitted):
            run()
    assert count(charting, PatientForm) == int(may)


@pytest.mark.parametrize("chosen", [[], ["fdi"], ["follow_up", "fdi"], ["sunnybrook"], ["nothing"]])
def test_only_what_can_be_given_is_given(charting: Charting, chosen: list[str]) -> None:
    with pytest.raises(Invalid), charting.writing() as uow:
        patient_forms.create_form(uow, charting.visit_id, chosen, Way.TABLET)
    assert count(charting, PatientForm) == 0


def test_the_clinics_own_wording_is_what_the_patient_reads(charting: Charting) -> None:
    actor = begun(charting, "saq")
    question = asked(charting, actor, "q1")
    assert (question.opens, question.label) == ("Read on.", "Worded q1")
    assert [label for _, label in question.choices] == [f"says {value}" for value, _ in question.choices]


def test_sending_lands_all_or_nothing(charting: Charting) -> None:
    actor = begun(charting, "follow_up", "saq")
    say(charting, actor, "first_noticed", 4)
    for number in range(1, 9):
        say(charting, actor, f"q{number}", 3)
    with pytest.raises(Invalid) as refused:
        send(charting, actor)
    assert list(refused.value.fields) == [str(asked(charting, actor, "q9").number)]
    assert count(charting, Assessment) == 0
    assert count(charting, PatientFormAnswer) == 9
    say(charting, actor, "q9", 3)
    send(charting, actor)
    with charting.reading() as uow:
        rows = uow.session.execute(
            select(Assessment.instrument, Assessment.patient_reported, Assessment.rater_id, Assessment.rated_at)
        ).all()
    assert sorted(rows) == [(key, True, None, charting.clock.now) for key in ("follow_up", "saq")]
    assert (count(charting, AssessmentAnswer), count(charting, PatientFormAnswer)) == (10, 0)
    assert events(charting, "patient_form.")[-1] == ("patient_form.sent", "patient", f"patient_form:{actor.form_id}")


@pytest.mark.parametrize(("answered", "lands"), [(9, ["follow_up", "saq"]), (8, ["follow_up"])])
def test_what_was_answered_in_full_lands_though_its_wording_was_taken_out(
    charting: Charting, clinic: ClinicWorld, answered: int, lands: list[str]
) -> None:
    actor = begun(charting, "follow_up", "saq")
    say(charting, actor, "first_noticed", 4)
    for number in range(1, answered + 1):
        say(charting, actor, f"q{number}", 3)
    with charting.work.writing(clinic.people[Role.ADMINISTRATOR]) as uow:
        instrument_wordings.retire_wording(uow, "saq", wordings(uow)["saq"].mark)
    send(charting, actor)
    with charting.reading() as uow:
        assert sorted(uow.session.scalars(select(Assessment.instrument))) == lands


def test_a_questionnaire_can_be_left_out_and_taken_up_again(charting: Charting) -> None:
    actor = begun(charting, "saq")
    say(charting, actor, "q1", 3)
    with charting.work.housekeeping() as session:
        patient_forms.leave_out(session, actor, asked(charting, actor, "q2"), charting.clock.now)
    with charting.reading() as uow:
        filling = answering(uow, actor.form_id).filling
    assert (filling.left_out, dict(filling.given)) == (frozenset({"saq"}), {})
    say(charting, actor, "q1", 2)
    with charting.reading() as uow:
        filling = answering(uow, actor.form_id).filling
    assert filling.left_out == frozenset()
    assert [one.value for one in filling.given.values()] == [2]


def test_a_sent_form_changes_no_open_chart(charting: Charting) -> None:
    version = charting.version()
    actor = begun(charting)
    say(charting, actor, "first_noticed", 4)
    send(charting, actor)
    assert charting.version() == version


@pytest.mark.parametrize("how", ["signed", "ended", "expired"])
def test_a_closed_form_takes_nothing_and_keeps_what_it_has(charting: Charting, how: str) -> None:
    actor = begun(charting)
    say(charting, actor, "first_noticed", 4)
    if how == "signed":
        charting.signed()
    elif how == "ended":
        with charting.writing() as uow:
            patient_forms.end_form(uow, charting.visit_id, actor.form_id)
    else:
        charting.clock.move(minutes=60)
    for act in (lambda: send(charting, actor), lambda: say(charting, actor, "strongest", 9)):
        with pytest.raises(Frozen):
            act()
    assert (count(charting, Assessment), count(charting, PatientFormAnswer)) == (0, 1)


def test_what_an_expired_form_held_is_forgotten(charting: Charting) -> None:
    say(charting, begun(charting), "first_noticed", 4)
    charting.clock.move(minutes=59)
    make(charting)
    assert count(charting, PatientFormAnswer) == 1
    charting.clock.move(minutes=1)
    make(charting)
    assert count(charting, PatientFormAnswer) == 0


def test_a_form_over_is_not_ended_or_handed_over_again(charting: Charting) -> None:
    form_id = make(charting)
    with charting.writing() as uow:
        patient_forms.end_form(uow, charting.visit_id, form_id)
    with pytest.raises(Frozen), charting.writing() as uow:
        patient_forms.end_form(uow, charting.visit_id, form_id)
    with pytest.raises(Frozen), charting.writing() as uow:
        patient_forms.hand_over(uow, charting.visit_id, form_id, "0" * 64)


def test_a_form_of_another_visit_or_clinic_is_not_found(charting: Charting, other_clinic: ClinicWorld) -> None:
    form_id, first = make(charting), charting.visit_id
    charting.start()
    with pytest.raises(NotFound), charting.writing() as uow:
        patient_forms.end_form(uow, charting.visit_id, form_id)
    with pytest.raises(NotFound), charting.work.writing(other_clinic.prescriber) as uow:
        patient_forms.end_form(uow, first, form_id)
    with pytest.raises(NotFound), charting.work.reading(patient_actor(other_clinic.id, form_id)) as uow:
        answering(uow, form_id)
    with pytest.raises(NotFound), charting.work.writing(patient_actor(other_clinic.id, form_id)) as uow:
        patient_forms.send_form(uow)


def test_a_form_made_for_a_link_is_not_handed_over(charting: Charting) -> None:
    form_id = make(charting, Way.LINK, link_hash="a" * 64)
    with pytest.raises(NotFound), charting.writing() as uow:
        patient_forms.hand_over(uow, charting.visit_id, form_id, "0" * 64)
    with pytest.raises(Frozen), charting.work.writing(patient(charting, form_id)) as uow:
        patient_forms.start_form(uow, "0" * 64)


def claim(charting: Charting, form_id: str) -> int | None:
    with charting.work.housekeeping() as session:
        return patient_forms.claim_birth_date(session, charting.clinic.id, form_id)


def open_link(charting: Charting, form_id: str, born: date) -> bool:
    if claim(charting, form_id) is None:
        return False
    try:
        with charting.work.writing(patient(charting, form_id)) as uow:
            return patient_forms.start_link(uow, born, secrets.token_hex(32))
    except NotFound:
        return False


def startable(charting: Charting) -> bool:
    with charting.work.reading(SYSTEM, scoped=False) as uow:
        return form_of_link(uow, "a" * 64) is not None


def test_a_link_belongs_to_the_first_browser(charting: Charting) -> None:
    form_id = make(charting, Way.LINK, link_hash="a" * 64)
    assert not open_link(charting, form_id, OTHER_DAY)
    assert startable(charting)
    assert open_link(charting, form_id, BORN)
    assert not startable(charting)
    assert not open_link(charting, form_id, BORN)


def test_of_many_browsers_at_once_one_gets_the_link(charting: Charting) -> None:
    form_id = make(charting, Way.LINK, link_hash="a" * 64)
    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(lambda _: open_link(charting, form_id, BORN), range(4)))
    assert sum(got) == 1


def test_guesses_at_once_are_no_more_than_guesses_in_a_row(charting: Charting) -> None:
    form_id = make(charting, Way.LINK, link_hash="a" * 64)
    with ThreadPoolExecutor(4) as pool:
        tries = list(pool.map(lambda _: claim(charting, form_id), range(2 * WRONG_BIRTH_DATES)))
    assert sorted(filter(None, tries)) == list(range(1, WRONG_BIRTH_DATES + 1))
    assert not startable(charting)


def test_a_link_lives_for_two_days(charting: Charting) -> None:
    make(charting, Way.LINK, link_hash="a" * 64)
    charting.clock.move(hours=48, microseconds=-1)
    assert startable(charting)
    charting.clock.move(microseconds=1)
    assert not startable(charting)


def test_sent_many_times_at_once_it_lands_once(charting: Charting) -> None:
    actor = begun(charting)
    say(charting, actor, "first_noticed", 4)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: send(charting, actor), range(4)))
    assert count(charting, Assessment) == 1
    assert [name for name, _, _ in events(charting, "patient_form.sent")] == ["patient_form.sent"]


def test_one_answer_from_many_tabs_is_one_row(charting: Charting) -> None:
    actor = begun(charting)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda value: say(charting, actor, "first_noticed", value), range(4)))
    assert count(charting, PatientFormAnswer) == 1


def test_an_urgent_answer_is_noted_for_the_staff(charting: Charting) -> None:
    actor = begun(charting)
    question = asked(charting, actor, "swallow_breathe")

    def urgent(uow: UnitOfWork) -> None:
        patient_forms.keep_answer(uow.session, actor, question, Given(1), uow.now)
        patient_forms.mark_urgent(uow, question)

    with charting.work.writing(actor) as uow:
        urgent(uow)
    first = charting.clock.now
    charting.clock.move(minutes=1)
    with charting.work.writing(actor) as uow:
        urgent(uow)
    with charting.reading() as uow:
        [row] = visit_forms(uow, charting.visit_id).forms
    assert (row.urgent_at, row.urgent) == (first, (question.label,))
    assert events(charting, "patient_form.urgent")[0][1] == "patient"


@pytest.fixture
def locked(app: Any, charting: Charting, clinic: ClinicWorld) -> Actor:
    """The prescriber in a session that is locked to a form."""
    client_for(app, clinic.prescriber)
    with charting.reading() as uow:
        session = uow.session.scalars(select(ServerSession)).one()
    actor = Actor(
        **{name: getattr(clinic.prescriber, name) for name in ("user_id", "username", "name", "role", "clinic_id")},
        session_id=session.token_hash,
        session_ref=session.id,
    )
    form_id = make(charting)
    with charting.work.writing(actor) as uow:
        patient_forms.hand_over(uow, charting.visit_id, form_id, "0" * 64)
    return actor


def test_a_lock_is_taken_and_given_back(charting: Charting, locked: Actor) -> None:
    with charting.work.writing(locked) as uow:
        assert screen_locks.unlock(uow) == charting.visit_id
    with charting.reading() as uow:
        assert uow.session.scalars(select(ServerSession.locked_form_id)).one() is None
    assert [name for name, _, _ in events(charting, "session.")][-2:] == ["session.locked", "session.unlocked"]


def test_passwords_at_once_are_no_more_than_in_a_row(charting: Charting, locked: Actor) -> None:
    def attempt(_: int) -> bool:
        with charting.work.housekeeping() as session:
            return sessions.claim_try(session, locked.session_ref)

    with charting.work.writing(locked) as uow:
        assert not screen_locks.close_session(uow)
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(attempt, range(2 * UNLOCK_ATTEMPTS))) == UNLOCK_ATTEMPTS
    for _ in range(2):  # Two wrong ones at once both find the tries used up.
        with charting.work.writing(locked) as uow:
            assert screen_locks.close_session(uow)
    with charting.reading() as uow:
        assert uow.session.scalars(select(ServerSession.revoked_at)).one() == charting.clock.now
    assert [name for name, _, _ in events(charting, "session.")].count("session.closed") == 1


def test_the_lists_cost_the_same_whatever_their_length(charting: Charting) -> None:
    from tests.web.statements import counted

    def cost() -> int:
        with counted(charting.work.engine) as seen, charting.reading() as uow:
            visit_forms(uow, charting.visit_id)
        return len(seen)

    make(charting)
    one = cost()
    for _ in range(4):
        make(charting)
        charting.clock.move(seconds=1)
    assert cost() == one
