"""What a careless or hostile sender gets: never a fault, and never an empty page where something was typed."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from clinic.domain.actors import Role
from clinic.domain.anatomy import Side
from clinic.domain.errors import Invalid
from clinic.domain.events import Action, Event
from clinic.domain.injections import Guidance
from clinic.domain.visits import Section
from clinic.models import InjectionSite, Visit
from clinic.services import accounts
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import PASSWORD, Client, ClinicWorld, client_for, fresh, make_patient, make_person
from tests.web.walking import ANSWERS, Walk, value_of


@pytest.fixture
def walk(app: Flask, work: Work, clinic: ClinicWorld, clock: Any) -> Walk:
    """A draft with one syringe, and the prescriber's browser."""
    app.config["TESTING"] = False  # A fault must answer as it does in the clinic.
    return Walk(client_for(app, clinic.prescriber), Charting.begun(work, clinic, clock))


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "/\t\\evil.example",
        "/\n/evil.example",
        "//[",
        "http://[",
        "https://evil.example/",
        "x",
        "",
    ],
)
def test_sign_in_never_leads_to_another_site(app: Flask, clinic: ClinicWorld, target: str) -> None:
    app.config["TESTING"] = False
    client = app.test_client()
    assert isinstance(client, Client)
    sent = {"username": clinic.prescriber.username, "password": PASSWORD}
    with client.session_transaction(base_url="https://localhost") as session:
        session["csrf_token"] = "test-csrf"
    answer = client.send("/sign-in", sent, query_string={"next": target})
    assert (answer.status_code, answer.location) == (302, "/")


def test_blanks_are_no_answer(walk: Walk) -> None:
    blanks = dict.fromkeys([*ANSWERS, "lagophthalmos_mm"], "   ")
    walk.done("answers", blanks)
    assert walk.charting.record().answers == {}
    walk.done("answers", ANSWERS | {"lagophthalmos": "yes", "lagophthalmos_mm": "  "})
    refused = walk.client.send(
        f"/patients/{walk.charting.patient_id}/safety",
        {"edit_version": 1, "swallowing": "  ", "asked_on": "1 Nov 2026"},
    )
    assert refused.status_code == 422


@pytest.mark.parametrize("typed", ["30.1", "99.9", "-1", "1e1", "NaN", "2,5"])
def test_lagophthalmos_has_a_range(walk: Walk, typed: str) -> None:
    refused = walk.send("answers", {"lagophthalmos": "yes", "lagophthalmos_mm": typed})
    assert refused.status_code == 422
    assert "0 to 30 millimetres" in refused.text


@pytest.mark.parametrize(
    "typed",
    [
        "0001-01-01T00:00",
        "9999-12-31T23:59",
        "2026-11-22T09:00+05:00",
        "2026-11-22T09:00Z",
        "2026-02-30T09:00",
        "2026-W01-1",
        "9",
    ],
)
def test_a_time_of_giving_that_is_none_is_refused(walk: Walk, typed: str) -> None:
    walk.charting.ready_for_time_out()
    site = walk.charting.record().sites[0].id
    refused = walk.send("give", {"site": site, "late_reason": "The power was cut", "given_at": typed})
    assert refused.status_code == 422
    assert walk.charting.record().sites[0].given_at is None


def test_an_audit_filter_at_the_calendars_ends_is_no_fault(app: Flask, clinic: ClinicWorld) -> None:
    app.config["TESTING"] = False
    client = client_for(app, clinic.people[Role.AUDITOR])
    for query in ("since=0001-01-01", "until=9999-12-31", "since=9999-12-31&until=0001-01-01", f"before={'9' * 40}"):
        assert client.get(f"/audit?{query}").status_code == 200, query


def test_a_nul_is_refused_at_the_door(walk: Walk) -> None:
    assert walk.client.get("/patients/%00").status_code == 400
    assert walk.client.get("/audit?action=%00").status_code == 400
    assert walk.send("notes", {"plan": "a\0b"}).status_code == 400
    assert walk.send("notes", {"plan": "x"}, key="a\0b").status_code == 400
    assert walk.send("notes", {"pl\0an": "x"}).status_code == 400


def test_the_reason_of_waste_has_a_length(walk: Walk) -> None:
    walk.charting.given()
    syringe = walk.charting.record().syringes[0].id
    refused = walk.send("settle", {f"waste:{syringe}": "1", f"reason:{syringe}": "x" * 501})
    assert refused.status_code == 422
    assert "At most 500 characters" in refused.text


@pytest.mark.parametrize("sign", ["\u202e", "\u2066", "\u202a", "\x08", "\x1b", "\x85", "\ufffe"])
def test_a_sign_that_turns_the_reading_round_is_refused_beside_its_field(walk: Walk, sign: str) -> None:
    typed = {"side": "left", "cause": "other", "cause_detail": f"scar{sign}", "onset": "2024"}
    refused = walk.client.send(f"/patients/{walk.charting.patient_id}/conditions/new", typed)
    assert refused.status_code == 422
    assert "invisible sign" in refused.text
    assert walk.send("notes", {"plan": f"2.5{sign}"}).status_code == 422
    walk.charting.given()
    syringe = walk.charting.record().syringes[0].id
    assert walk.send("settle", {f"waste:{syringe}": "1", f"reason:{syringe}": f"spilt{sign}"}).status_code == 422


@pytest.mark.parametrize("kept", ["Łukasz \u200eمحمد\u200f", "क्\u200dष", "a\tb", "\U0001f600"])
def test_the_signs_of_any_script_are_kept(walk: Walk, kept: str) -> None:
    walk.done("notes", {"plan": kept})
    assert walk.charting.record().notes[Section.PLAN] == kept


def test_guidance_is_kept_once(walk: Walk) -> None:
    one = next(iter(Guidance)).value
    walk.done("session", {"guidance": [one] * 60})
    session = walk.charting.record().session
    assert session is not None
    assert session.guidance == one


def test_ids_of_another_clinic_in_a_body_are_no_ids(
    walk: Walk, work: Work, other_clinic: ClinicWorld, clock: Any
) -> None:
    other = Charting.begun(work, other_clinic, clock)
    other.site(muscle="mentalis", side=Side.LEFT)
    foreign_site, foreign_syringe = other.record().sites[0].id, other.record().syringes[0].id
    for step, body, status in (
        ("syringes", {"vial_id": other.vial_id}, 422),
        (f"syringes/{foreign_syringe}/remove", {}, 404),
        ("sites", {"muscle": "mentalis", "side": "left", "units": "1", "syringe_id": foreign_syringe}, 422),
        ("sites", {"muscle": "mentalis", "side": "left", "units": "1", "site_id": foreign_site}, 404),
        (f"sites/{foreign_site}/remove", {}, 404),
        ("confirm", {"site": foreign_site}, 404),
        ("give", {"site": foreign_site, "late_reason": "The power was cut", "given_at": "2026-11-22T10:30"}, 404),
        ("take-back", {"site": foreign_site, "reason": "Marked by mistake"}, 404),
        ("touch-up", {"touch_up_of": other.visit_id}, 422),
        ("session", {"touch_up_of": other.visit_id}, 422),
    ):
        assert walk.send(step, body).status_code == status, (step, body)
    assert other.record().sites[0].given_at is None


@pytest.mark.parametrize(
    ("step", "body"),
    [
        ("sites", {"muscle": "mentalis", "side": "left", "units": "1", "given_at": "2026-01-01", "clinic_id": "2"}),
        ("notes", {"state": "signed"}),
        ("notes", {"revision": "9"}),
        ("session", {"settled_at": "2026-01-01T10:00"}),
        ("consent", {"consent": "agreed", "consent_at": "2020-01-01"}),
        ("give", {"site": "x", "given_by": "Somebody else"}),
        ("prepare", {"prepared_by": "Somebody else"}),
        ("settle", {"settled_by": "Somebody else"}),
    ],
)
def test_a_field_that_no_form_has_is_refused(walk: Walk, step: str, body: dict[str, str]) -> None:
    before = walk.charting.version()
    assert walk.send(step, body).status_code == 422
    assert walk.charting.version() == before


@pytest.mark.parametrize("role", [Role.THERAPIST, Role.ASSISTANT])
def test_who_does_not_inject_gives_and_signs_nothing(app: Flask, walk: Walk, clinic: ClinicWorld, role: Role) -> None:
    walk.charting.ready_for_time_out()
    walk.charting.take_time_out()
    site = walk.charting.record().sites[0].id
    other = Walk(client_for(app, clinic.people[role]), walk.charting)
    assert other.send("give", {"site": site}).status_code == 403
    walk.charting.give_all()
    walk.charting.settle()
    shown = {"shown": value_of(walk.page("review"), "shown"), "password": PASSWORD}
    assert other.send("review", shown).status_code == 403
    assert walk.charting.record().visit.state.value == "draft"


def test_an_injector_signs_only_while_the_prescriber_prescribes(
    app: Flask, walk: Walk, work: Work, clinic: ClinicWorld
) -> None:
    injector = Walk(client_for(app, clinic.people[Role.INJECTOR]), walk.charting)
    walk.charting.settled()
    shown = walk.signature()
    administrator = fresh(work, clinic.people[Role.ADMINISTRATOR])
    with work.writing(administrator) as uow:
        accounts.change_membership(uow, clinic.prescriber.user_id, role=Role.THERAPIST, prescriber_id=None, active=True)
    refused = injector.send("review", shown)
    assert refused.status_code == 403
    assert "named prescriber" in refused.text
    with work.writing(administrator) as uow:
        accounts.change_membership(
            uow, clinic.prescriber.user_id, role=Role.PRESCRIBER, prescriber_id=None, active=True
        )
    injector.done("review", shown)


def test_another_drafts_hash_signs_nothing(walk: Walk, work: Work, clinic: ClinicWorld, clock: Any) -> None:
    walk.charting.settled()
    shown = walk.signature()
    mine = walk.charting.visit_id
    walk.charting.start()
    walk.charting.settled()
    assert walk.send("review", shown).status_code == 409
    assert walk.charting.visit_id != mine
    assert walk.charting.record().visit.state.value == "draft"


def test_a_syringe_with_waste_entered_stays(walk: Walk) -> None:
    walk.done("syringes", {"vial_id": walk.charting.vial_id})
    walk.charting.given()
    spare = walk.charting.record().syringes[1].id
    walk.done("settle", {f"waste:{spare}": "5", f"reason:{spare}": "dropped on the floor"})
    refused = walk.send(f"syringes/{spare}/remove")
    assert refused.status_code == 409
    assert len(walk.charting.record().syringes) == 2


def test_a_signed_visit_takes_nothing_through_any_route(app: Flask, walk: Walk) -> None:
    walk.charting.signed()
    record = walk.charting.record()
    site, syringe = record.sites[0].id, record.syringes[0].id
    before = _frozen(walk)
    for step, body in (
        ("sites", {"site_id": site, "muscle": "mentalis", "side": "left", "units": "9"}),
        (f"sites/{site}/remove", {}),
        (f"syringes/{syringe}/remove", {}),
        ("syringes", {"vial_id": walk.charting.vial_id}),
        ("notes", {"plan": "changed"}),
        ("answers", ANSWERS),
        ("consent", {"consent": "changed"}),
        ("session", {"given_by": "changed"}),
        ("touch-up", {"touch_up_of": ""}),
        ("prepare", {}),
        ("settle", {}),
        ("give", {"site": site}),
        ("take-back", {"site": site, "reason": "Marked by mistake"}),
        ("confirm", {"site": site}),
        ("discard", {"reason": "Opened by mistake"}),
        ("restore", {}),
        ("override", {"finding_key": "0" * 24, "reason": "A long enough reason"}),
        ("add-injections", {}),
        ("remove-injections", {}),
    ):
        answer = walk.send(step, body)
        assert answer.status_code in {404, 409, 422}, (step, answer.status_code)
    assert _frozen(walk) == before


def _frozen(walk: Walk) -> list[Any]:
    with walk.charting.reading() as uow:
        tables = (
            Visit.__tablename__,
            InjectionSite.__tablename__,
            "syringe",
            "vial_entry",
            "visit_note",
            "screening_answer",
        )
        return [
            uow.session.connection().execute(text(f"SELECT * FROM {name} ORDER BY 1, 2, 3")).all() for name in tables
        ]


def test_what_was_typed_stands_on_the_page_of_every_refusal(app: Flask, walk: Walk) -> None:
    typed = {"plan": "Two lines\nof <b>words</b>", "edit_version": "999"}
    stale = walk.send("notes", typed)
    assert stale.status_code == 409
    unsigned = walk.client.post(walk.url("notes"), data=typed)
    assert unsigned.status_code == 400
    with walk.charting.writing() as uow:
        uow.session.connection().execute(
            text("UPDATE server_session SET seen_at = '2001-01-01 00:00:00.000000', revoked_at = seen_at")
        )
        uow.record(Event(Action.USER_CHANGED, "all"))
    ended = walk.send("notes", typed)
    assert ended.status_code == 401
    for answer in (stale, unsigned, ended):
        assert "Two lines\nof &lt;b&gt;words&lt;/b&gt;</textarea>" in answer.text, answer.status_code
        assert "csrf" not in answer.text.partition("What you typed")[2]


def test_no_password_stands_on_the_page_of_a_refusal(walk: Walk) -> None:
    walk.charting.signed()
    sent = {"text": "Telephoned today", "password": PASSWORD, "password_again": PASSWORD}
    answer = walk.client.post(walk.url("addendum"), data=sent)
    assert answer.status_code == 400
    assert "Telephoned today" in answer.text
    assert PASSWORD not in answer.text


def test_a_cookie_from_before_the_sign_out_opens_nothing(app: Flask, walk: Walk) -> None:
    with walk.client.session_transaction(base_url="https://localhost") as session:
        kept = dict(session)
    walk.client.send("/sign-out")
    with walk.client.session_transaction(base_url="https://localhost") as session:
        session.update(kept)
    assert walk.client.get(walk.url().rstrip("/")).status_code == 302


def test_a_role_taken_away_ends_at_the_next_request(app: Flask, walk: Walk, work: Work, clinic: ClinicWorld) -> None:
    with work.writing(fresh(work, clinic.people[Role.ADMINISTRATOR])) as uow:
        accounts.change_membership(uow, clinic.prescriber.user_id, role=Role.AUDITOR, prescriber_id=None, active=True)
    assert walk.client.get(walk.url().rstrip("/")).status_code == 403
    with work.writing(fresh(work, clinic.people[Role.ADMINISTRATOR])) as uow:
        accounts.change_membership(
            uow, clinic.prescriber.user_id, role=Role.PRESCRIBER, prescriber_id=None, active=False
        )
    assert walk.client.get(walk.url().rstrip("/")).status_code == 302


def test_a_user_name_is_measured_as_it_is_kept(work: Work, clinic: ClinicWorld) -> None:
    with pytest.raises(Invalid):
        make_person(work, clinic.id, Role.ASSISTANT, username="ß" * 60)
    assert make_patient(work, clinic.prescriber, family_name="ß" * 120)
