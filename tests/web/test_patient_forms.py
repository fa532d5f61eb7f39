"""A form in a patient's hands, attacked from outside: the tablet that is locked to it, and the link that works once."""

from __future__ import annotations

import re
from contextlib import ExitStack
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from clinic import passwords
from clinic.domain.actors import Role
from clinic.domain.assessments import INSTRUMENTS
from clinic.domain.assessments.follow_up import FOLLOW_UP
from clinic.domain.patient_forms import UNLOCK_ATTEMPTS
from clinic.services import instrument_wordings
from clinic.services.instrument_wordings import WordingEntry
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import PASSWORD, Client, ClinicWorld, client_for
from tests.patient_pages import press

NUMBER = {item.key: number for number, item in enumerate(FOLLOW_UP.items, start=1)}
OUTSIDE = "https://clinic.example"
BORN = {"day": "3", "month": "2", "year": "1979"}


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft of Margaret Keane, born 3 Feb 1979."""
    return Charting.begun(work, clinic, clock)


@pytest.fixture
def staff(app: Flask, clinic: ClinicWorld) -> Client:
    """The prescriber's browser."""
    return client_for(app, clinic.prescriber)


@pytest.fixture
def tablet(staff: Client, charting: Charting) -> Client:
    """The prescriber's browser, handed to the patient, who has pressed Start."""
    hand_over(staff, charting.visit_id)
    assert press(staff, "/form/start").status_code == 303
    return staff


def hand_over(client: Client, visit_id: str) -> None:
    answer = client.send(f"/visits/{visit_id}/forms/tablet", {"instruments": ["follow_up"]})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/form")
    assert answer.headers["Clear-Site-Data"] == '"cache"'


def say(client: Client, item: str, answer: str, **more: str) -> Any:
    return press(client, f"/form/questions/{NUMBER[item]}", {"answer": answer, **more})


def values(work: Work, statement: str) -> list[Any]:
    with work.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def test_the_whole_way_on_the_tablet(tablet: Client, charting: Charting, work: Work, clock: Any) -> None:
    assert tablet.get("/form").headers["Location"] == "/form/questions/1"
    page = tablet.get("/form/questions/1").text
    assert "Question 1 of" in page
    assert "Keane" not in page
    assert say(tablet, "first_noticed", "4").headers["Location"] == "/form/questions/2"
    assert press(tablet, "/form/questions/2", {"skip": "1"}).status_code == 303
    assert say(tablet, "cannot_do", "whistle <b>").status_code == 303
    assert "whistle &lt;b&gt;" in tablet.get("/form/answers").text
    clock.move(minutes=5)
    assert press(tablet, "/form/send").status_code == 303
    assert "Please give the tablet back" in tablet.get("/form").text
    assert values(work, "SELECT instrument, patient_reported, rater_id FROM assessment") == [("follow_up", 1, None)]
    assert sorted(values(work, "SELECT item, value, text FROM assessment_answer")) == [
        ("cannot_do", None, "whistle <b>"),
        ("first_noticed", 4, ""),
    ]
    assert values(work, "SELECT * FROM patient_form_answer") == []
    [(role, username)] = values(work, "SELECT role, username FROM audit_event WHERE action = 'patient_form.sent'")
    assert (role, username) == ("patient", "patient’s form")


def test_a_locked_screen_opens_nothing_but_the_form(tablet: Client, charting: Charting, app: Flask, work: Work) -> None:
    ids = {"visit_id": charting.visit_id, "patient_id": charting.patient_id, "vial_id": charting.vial_id}
    before = values(work, "SELECT count(*) FROM audit_event")
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static" or rule.endpoint.startswith("patient_answers."):
            continue
        if rule.endpoint.startswith("health."):
            # It asks whose session it is of nobody and answers machines: one word, except on the server itself.
            assert rule.methods == {"GET", "HEAD", "OPTIONS"}
            said = tablet.get(rule.rule, environ_base={"REMOTE_ADDR": "10.0.0.9"}).json
            assert said in ({"status": "ok"}, {"status": "not ready"}), rule.rule
            continue
        with app.test_request_context(base_url="https://localhost"):
            from flask import url_for

            address = url_for(rule.endpoint, **{name: ids.get(name, "0" * 26) for name in rule.arguments})
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            answer = tablet.get(address) if method == "GET" else tablet.send(address)
            assert (answer.status_code, answer.headers["Location"]) == (303, "/form"), f"{method} {rule.rule}"
            assert "Keane" not in answer.text
            asked = {"Accept": "application/json"}
            plain = tablet.get(address, headers=asked) if method == "GET" else tablet.send(address, headers=asked)
            assert plain.status_code == 401, f"{method} {rule.rule}"
    assert tablet.get("/no-such-page").headers["Location"] == "/form"
    # A form that comes without its token is refused before that, by a page that leads nowhere.
    bare = tablet.post(f"/visits/{charting.visit_id}/discard", data={})
    assert bare.status_code == 400
    assert not {"Keane", "Patients", "Sign out", "Prescriber"} & set(re.findall(r"[A-Z]\w+(?: out)?", bare.text))
    assert values(work, "SELECT count(*) FROM audit_event") == before
    assert values(work, "SELECT state FROM visit") == [("draft",)]


def test_the_lock_holds_for_this_browser_and_no_other(
    tablet: Client, app: Flask, clinic: ClinicWorld, charting: Charting
) -> None:
    other = client_for(app, clinic.prescriber)
    assert other.get(f"/visits/{charting.visit_id}").status_code == 200
    assert other.get("/form").status_code == 404


def test_the_password_of_the_owner_unlocks(tablet: Client, charting: Charting, work: Work) -> None:
    refused = tablet.send("/form/staff", {"password": "not it"})
    assert refused.status_code == 422
    assert tablet.get("/patients").status_code == 303
    answer = tablet.send("/form/staff", {"password": PASSWORD})
    assert answer.headers["Location"] == f"/visits/{charting.visit_id}/forms"
    assert tablet.get("/patients").status_code == 200
    assert tablet.get("/form").status_code == 404
    assert values(
        work, "SELECT unlock_failures, locked_form_id FROM server_session ORDER BY created_at DESC LIMIT 1"
    ) == [(0, None)]


def test_a_password_that_was_not_looked_at_is_no_try(tablet: Client, work: Work) -> None:
    """S-08: while too many passwords wait, nobody is signed out of a screen for giving the right one."""
    with ExitStack() as taken:
        for _ in range(passwords.SEATS):
            taken.enter_context(passwords._seats)
        assert tablet.send("/form/staff", {"password": PASSWORD}).status_code == 503
    assert values(work, "SELECT max(unlock_failures) FROM server_session") == [(0,)]


def test_wrong_passwords_end_the_session_and_keep_the_answers(tablet: Client, work: Work) -> None:
    say(tablet, "first_noticed", "4")
    for attempt in range(UNLOCK_ATTEMPTS):
        answer = tablet.send("/form/staff", {"password": "not it"})
        assert answer.status_code == (303 if attempt == UNLOCK_ATTEMPTS - 1 else 422)
    assert "Nobody is signed in here" in tablet.get("/form/staff").text
    assert tablet.send("/form/staff", {"password": PASSWORD}).status_code == 200
    assert tablet.get("/patients").headers["Location"].startswith("/sign-in")
    # The patient goes on: the form has a key of its own.
    assert tablet.get("/form").headers["Location"] == "/form/questions/2"
    assert values(work, "SELECT value FROM patient_form_answer") == [(4,)]


def test_the_staffs_idle_sign_out_loses_no_answer(tablet: Client, work: Work, clock: Any) -> None:
    say(tablet, "first_noticed", "4")
    clock.move(minutes=20)
    assert say(tablet, "strongest", "14").status_code == 303
    assert press(tablet, "/form/send").status_code == 303
    assert tablet.get("/patients").headers["Location"].startswith("/sign-in")
    assert len(values(work, "SELECT * FROM assessment_answer")) == 2


def test_a_form_is_handed_over_again_with_what_was_said(tablet: Client, charting: Charting, work: Work) -> None:
    say(tablet, "first_noticed", "4")
    tablet.send("/form/staff", {"password": PASSWORD})
    [(form_id,)] = values(work, "SELECT id FROM patient_form")
    assert tablet.send(f"/visits/{charting.visit_id}/forms/{form_id}/tablet").headers["Location"] == "/form"
    assert tablet.get("/form").headers["Location"] == "/form/questions/2"


def test_a_double_click_on_handing_over_still_leads_to_the_form(staff: Client, charting: Charting, work: Work) -> None:
    hand_over(staff, charting.visit_id)
    staff.delete_cookie("__Host-clinic-form", domain="localhost")  # The browser dropped the first of two answers.
    assert "Start" in staff.get("/form").text
    assert press(staff, "/form/start").status_code == 303
    assert staff.get("/form").headers["Location"] == "/form/questions/1"


@pytest.mark.parametrize(
    ("item", "typed", "words"),
    [
        ("first_noticed", "", "Write a number"),
        ("first_noticed", "366", "from 0"),
        ("first_noticed", "-1", "from 0"),
        ("first_noticed", "4.5", "whole number"),
        ("first_noticed", "٤", "whole number"),
        ("first_noticed", "9" * 30, "whole number"),
        ("wearing", "7", "Choose one of the answers"),
        ("wearing", "", "rather not say"),
        ("wearing", "<b>", "Choose one of the answers"),
        ("cannot_do", "x" * 10_000, "2000"),
        ("cannot_do", "left \u202e thgir", "invisible"),
    ],
)
def test_what_is_no_answer_is_refused_and_changes_nothing(
    tablet: Client, work: Work, item: str, typed: str, words: str
) -> None:
    answer = say(tablet, item, typed)
    assert answer.status_code == 422
    assert words in answer.text
    assert values(work, "SELECT * FROM patient_form_answer") == []


def test_strange_requests_are_refused(tablet: Client, work: Work) -> None:
    beyond = max(NUMBER.values()) + 1
    for number in (0, beyond, 10**9):
        assert press(tablet, f"/form/questions/{number}", {"answer": "1"}).status_code == 404
        assert tablet.get(f"/form/questions/{number}").status_code == 404
    assert say(tablet, "wearing", "1", instrument="saq").status_code == 422
    assert say(tablet, "wearing", "1", then="https://elsewhere.example").status_code == 422
    assert tablet.post(f"/form/questions/{NUMBER['wearing']}", data={"answer": "1"}).status_code == 400
    assert tablet.post("/form/send", data={}).status_code == 400
    assert values(work, "SELECT * FROM patient_form_answer") == []


def test_two_tabs_and_going_back_keep_the_last_answer(tablet: Client, work: Work) -> None:
    for answer in ("1", "2", "2"):
        assert say(tablet, "wearing", answer).status_code == 303
    assert "checked" in tablet.get(f"/form/questions/{NUMBER['wearing']}").text
    back = tablet.get(f"/form/questions/{NUMBER['change']}").text
    assert f'href="/form/questions/{NUMBER["wearing"]}">Back' in back
    assert values(work, "SELECT item, value FROM patient_form_answer") == [("wearing", 2)]


def test_a_replayed_sending_lands_once(tablet: Client, work: Work) -> None:
    say(tablet, "wearing", "2")
    for key in ("one", "one", "two"):
        assert press(tablet, "/form/send", key=key).status_code == 303
    assert values(work, "SELECT count(*) FROM assessment") == [(1,)]
    assert say(tablet, "wearing", "1").headers["Location"] == "/form"
    assert values(work, "SELECT value FROM assessment_answer") == [(2,)]


def test_a_form_without_an_answer_lands_as_nothing(tablet: Client, work: Work) -> None:
    press(tablet, "/form/questions/1", {"skip": "1"})
    assert press(tablet, "/form/send").status_code == 303
    assert "Thank you" in tablet.get("/form").text
    assert values(work, "SELECT count(*) FROM assessment") == [(0,)]


@pytest.mark.parametrize("how", ["signed", "ended", "expired"])
def test_nothing_lands_once_the_form_is_closed(
    tablet: Client, app: Flask, clinic: ClinicWorld, charting: Charting, work: Work, clock: Any, how: str
) -> None:
    say(tablet, "wearing", "2")
    other = client_for(app, clinic.prescriber)
    if how == "signed":
        charting.signed()
    elif how == "ended":
        [(form_id,)] = values(work, "SELECT id FROM patient_form")
        other.send(f"/visits/{charting.visit_id}/forms/{form_id}/end")
    else:
        clock.move(minutes=60)
    for answer in (press(tablet, "/form/send"), say(tablet, "wearing", "1"), tablet.get("/form")):
        assert answer.status_code == 410
        assert "tell a member of staff" in answer.text
    assert values(work, "SELECT count(*) FROM assessment") == [(0,)]
    assert values(work, "SELECT value FROM patient_form_answer") == [(2,)]


def test_an_urgent_answer_is_shown_at_once_to_the_patient_and_to_the_staff(
    tablet: Client, app: Flask, clinic: ClinicWorld, charting: Charting
) -> None:
    answer = say(tablet, "swallow_breathe", "1")
    page = tablet.get(answer.headers["Location"]).text
    assert "Tell a member of staff now" in page
    assert f'href="/form/questions/{NUMBER["swallow_breathe"] + 1}"' in page
    say(tablet, "swallow_breathe", "0")
    assert tablet.get("/form/help-now").status_code == 303
    colleague = client_for(app, clinic.prescriber)
    assert "needs help at once" in colleague.get(f"/visits/{charting.visit_id}/forms").text
    assert "needs help at once" in colleague.get("/").text
    for page in ("", "/review"):
        assert "needs help at once" in colleague.get(f"/visits/{charting.visit_id}{page}").text


def test_a_harmless_answer_alarms_nobody(tablet: Client, app: Flask, clinic: ClinicWorld, charting: Charting) -> None:
    assert "help-now" not in say(tablet, "swallow_breathe", "0").headers["Location"]
    assert "needs help at once" not in client_for(app, clinic.prescriber).get("/").text


def test_an_urgent_answer_says_so_after_sending_too(tablet: Client) -> None:
    say(tablet, "eye_sore", "1")
    press(tablet, "/form/send")
    assert "needs help at once" in tablet.get("/form").text


def test_a_form_of_another_clinic_is_not_found(
    app: Flask, clinic: ClinicWorld, other_clinic: ClinicWorld, tablet: Client, charting: Charting, work: Work
) -> None:
    [(form_id,)] = values(work, "SELECT id FROM patient_form")
    stranger = client_for(app, other_clinic.prescriber)
    for path in ("tablet", "end"):
        assert stranger.send(f"/visits/{charting.visit_id}/forms/{form_id}/{path}").status_code == 404
    assert stranger.get(f"/visits/{charting.visit_id}/forms").status_code == 404
    assert tablet.get("/form").status_code == 303


def test_a_form_needs_a_questionnaire_that_can_be_given(staff: Client, charting: Charting, work: Work) -> None:
    for chosen in ([], ["saq"], ["follow_up", "saq"], ["sunnybrook"], ["<b>"]):
        answer = staff.send(f"/visits/{charting.visit_id}/forms/tablet", {"instruments": chosen})
        assert answer.status_code == 422, chosen
    assert values(work, "SELECT * FROM patient_form") == []
    assert staff.get("/patients").status_code == 200


@pytest.fixture
def licensed(staff: Client, charting: Charting, work: Work, clinic: ClinicWorld) -> Client:
    """A tablet with a licensed scale in the clinic's own words, then our own questions."""
    saq = INSTRUMENTS["saq"]
    words = {item.key: f"Worded <i>{item.key}</i>" for item in saq.items}
    lines = {item.key: "\n".join(f"says {one.value}" for one in item.options) for item in saq.items}
    with work.writing(clinic.people[Role.ADMINISTRATOR]) as uow:
        entry = WordingEntry("We hold a licence, no. 7.", "2007", "Read on.", words, lines)
        instrument_wordings.accept_wording(uow, "saq", entry)
    chosen = {"instruments": ["saq", "follow_up"]}
    assert staff.send(f"/visits/{charting.visit_id}/forms/tablet", chosen).status_code == 303
    press(staff, "/form/start")
    return staff


def test_a_needed_question_lets_nobody_by(licensed: Client, work: Work) -> None:
    page = licensed.get("/form/questions/1").text
    assert "Worded &lt;i&gt;q1&lt;/i&gt;" in page
    assert "Read on." in page
    assert "rather not say" not in page
    for data in ({}, {"skip": "1"}, {"answer": ""}, {"answer": "0"}, {"answer": "6"}):
        assert press(licensed, "/form/questions/1", data).status_code == 422, data
    assert values(work, "SELECT * FROM patient_form_answer") == []
    assert press(licensed, "/form/questions/1", {"answer": "5"}).headers["Location"] == "/form/questions/2"


def test_what_is_missing_is_named_and_nothing_lands(licensed: Client, work: Work) -> None:
    press(licensed, "/form/questions/1", {"answer": "5"})
    refused = press(licensed, "/form/send")
    assert refused.status_code == 422
    assert refused.text.count("still needs an answer") == len(INSTRUMENTS["saq"].items) - 1
    assert values(work, "SELECT count(*) FROM assessment") == [(0,)]
    change = press(licensed, "/form/questions/2", {"answer": "1", "then": "answers"})
    assert change.headers["Location"] == "/form/answers"


def test_a_whole_questionnaire_can_be_left_out(licensed: Client, work: Work) -> None:
    press(licensed, "/form/questions/1", {"answer": "5"})
    after = len(INSTRUMENTS["saq"].items) + 1
    left = press(licensed, "/form/questions/2", {"leave_out": "1"})
    assert left.headers["Location"] == f"/form/questions/{after}"
    assert licensed.get("/form/answers").text.count("left out") == after - 1
    press(licensed, f"/form/questions/{after}", {"answer": "4"})
    assert press(licensed, "/form/send").status_code == 303
    assert values(work, "SELECT instrument FROM assessment") == [("follow_up",)]
