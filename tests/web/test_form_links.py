"""The link to a patient's form, attacked from outside: it works once, in one browser, for who knows the birth date."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from clinic.domain.patient_forms import WRONG_BIRTH_DATES
from clinic.unit_of_work import Work
from clinic.web import form_browsers
from tests.charting import Charting
from tests.factories import Client, ClinicWorld, client_for
from tests.patient_pages import press

OUTSIDE = "https://clinic.example"
BORN = {"day": "3", "month": "2", "year": "1979"}
OTHER_DAY = {"day": "4", "month": "2", "year": "1979"}


class Outside(Client):
    """A browser on the clinic's network, which reaches the record under its own name."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        kwargs.setdefault("base_url", OUTSIDE)
        return super().open(*args, **kwargs)

    def session_transaction(self, *args: Any, **kwargs: Any) -> Any:
        return super().session_transaction(*args, **{**kwargs, "base_url": OUTSIDE})


@pytest.fixture
def charting(app: Flask, work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft of Margaret Keane, born 3 Feb 1979, on a server that answers to its name on the network."""
    app.config["TRUSTED_HOSTS"] = ["localhost", "clinic.example"]
    app.test_client_class = Outside
    return Charting.begun(work, clinic, clock)


@pytest.fixture
def staff(charting: Charting, app: Flask, clinic: ClinicWorld) -> Client:
    """The prescriber's browser."""
    return client_for(app, clinic.prescriber)


@pytest.fixture
def link(staff: Client, charting: Charting) -> str:
    """The path of a fresh link."""
    return made(staff, charting)


def made(staff: Client, charting: Charting) -> str:
    answer = staff.send(f"/visits/{charting.visit_id}/forms/link", {"instruments": ["follow_up"]})
    assert answer.status_code == 200
    found = re.search(rf'value="{OUTSIDE}(/form/link/[\w-]+)"', answer.text)
    assert found, answer.text
    assert "<path d=" in answer.text
    return found[1]


def phone(app: Flask) -> Client:
    """The patient's own browser."""
    client = app.test_client()
    assert isinstance(client, Client)
    return client


def values(work: Work, statement: str) -> list[Any]:
    with work.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def dead(app: Flask) -> tuple[int, bytes]:
    """What a guessed link answers."""
    answer = phone(app).get("/form/link/" + "x" * 43)
    return answer.status_code, answer.data


def test_the_whole_way_by_link(app: Flask, link: str, work: Work, charting: Charting) -> None:
    mine = phone(app)
    page = mine.get(link)
    assert page.status_code == 200
    assert "When were you born?" in page.text
    assert mine.send(link, BORN).headers["Location"] == "/form"
    assert mine.get(link).headers["Location"] == "/form"
    assert press(mine, "/form/questions/3", {"answer": "2"}).status_code == 303
    pages = [page.text] + [mine.get(f"/form{path}").text for path in ("/questions/4", "/answers")]
    assert press(mine, "/form/send").status_code == 303
    pages.append(mine.get("/form").text)
    for one in pages:
        assert not {"Keane", "Margaret", "1979"} & set(re.findall(r"\w+", one))
        assert "/visits" not in one
    assert values(work, "SELECT instrument, patient_reported FROM assessment") == [("follow_up", 1)]


def test_only_the_hash_of_a_token_is_kept(link: str, work: Work) -> None:
    token = link.rpartition("/")[2]
    assert len(token) >= 43
    assert values(work, "SELECT link_hash FROM patient_form") == [(hashlib.sha256(token.encode()).hexdigest(),)]
    for table in ("idempotency_key", "audit_event", "patient_form"):
        assert token not in repr(values(work, f"SELECT * FROM {table}"))


@pytest.mark.parametrize("how", ["used", "sent", "expired", "ended", "signed", "guessed", "shortened"])
def test_a_link_that_cannot_be_used_looks_like_every_other(
    app: Flask, link: str, staff: Client, charting: Charting, work: Work, clock: Any, how: str
) -> None:
    first = phone(app)
    if how in {"used", "sent"}:
        assert first.send(link, BORN).status_code == 303
    if how == "sent":
        press(first, "/form/questions/3", {"answer": "2"})
        press(first, "/form/send")
    elif how == "expired":
        clock.move(hours=48)
    elif how == "ended":
        [(form_id,)] = values(work, "SELECT id FROM patient_form")
        staff.send(f"/visits/{charting.visit_id}/forms/{form_id}/end")
    elif how == "signed":
        charting.signed()
    elif how == "guessed":
        link = "/form/link/" + "A" * 43
    elif how == "shortened":
        link = link[:-1]
    stranger = phone(app)
    got, posted = stranger.get(link), stranger.send(link, BORN)
    assert (got.status_code, got.data) == (posted.status_code, posted.data) == dead(app)
    assert stranger.get_cookie("__Host-clinic-form", domain="clinic.example") is None
    assert stranger.get("/form").status_code == 404


def test_wrong_birth_dates_kill_the_link(app: Flask, link: str, work: Work) -> None:
    for attempt in range(WRONG_BIRTH_DATES):
        answer = phone(app).send(link, OTHER_DAY)
        assert answer.status_code == (404 if attempt == WRONG_BIRTH_DATES - 1 else 422)
    answer = phone(app).send(link, BORN)
    assert (answer.status_code, answer.data) == dead(app)
    assert values(work, "SELECT count(*) FROM patient_form WHERE ended_at IS NOT NULL") == [(1,)]
    refused = values(work, "SELECT role, reason FROM audit_event WHERE action = 'request.refused'")
    assert refused == [("patient", "Invalid: birth date")] * WRONG_BIRTH_DATES


def test_the_last_try_can_still_be_right(app: Flask, link: str) -> None:
    for _ in range(WRONG_BIRTH_DATES - 1):
        assert phone(app).send(link, OTHER_DAY).status_code == 422
    assert phone(app).send(link, BORN).status_code == 303


@pytest.mark.parametrize("typed", [{"day": "31"}, {"day": ""}, {"month": "13"}, {"year": "٢٠٠٠"}, {"year": "0"}])
def test_what_is_no_day_is_no_try(app: Flask, link: str, work: Work, typed: dict[str, str]) -> None:
    assert phone(app).send(link, BORN | typed).status_code == 422
    assert values(work, "SELECT wrong_birth_dates FROM patient_form") == [(0,)]


def test_a_link_needs_tls_and_the_clinics_network(
    app: Flask, link: str, staff: Client, charting: Charting, work: Work
) -> None:
    address = f"/visits/{charting.visit_id}/forms/link"
    made_before = values(work, "SELECT count(*) FROM patient_form")
    plain = phone(app).get(link, base_url="http://clinic.example")
    away = phone(app).get(link, environ_overrides={"REMOTE_ADDR": "203.0.113.9"})
    assert (plain.status_code, plain.data) == (away.status_code, away.data) == dead(app)
    refused = staff.send(address, {"instruments": ["follow_up"]}, environ_overrides={"REMOTE_ADDR": "203.0.113.9"})
    assert refused.status_code == 422
    assert "docs/patient_forms.md" in refused.text
    assert values(work, "SELECT count(*) FROM patient_form") == made_before
    settings = app.extensions["clinic_settings"]
    app.extensions["clinic_settings"] = replace(settings, form_networks=(ip_network("203.0.113.0/24"),))
    assert phone(app).get(link, environ_overrides={"REMOTE_ADDR": "203.0.113.9"}).status_code == 200
    assert phone(app).get(link).status_code == 404


@pytest.mark.parametrize(
    ("base", "sender", "words"),
    [
        ("https://clinic.example", "10.1.2.3", ""),
        ("https://clinic.example:8443", "192.168.1.20", ""),
        ("https://clinic.example", "::ffff:192.168.1.20", ""),
        ("https://clinic.example", "fd00::7", ""),
        ("http://clinic.example", "10.1.2.3", "encrypted"),
        ("https://localhost", "127.0.0.1", "own address only"),
        ("https://localhost:8000", "127.0.0.1", "own address only"),
        ("https://clinic.example", "203.0.113.9", "elsewhere"),
        ("https://clinic.example", "2001:db8::1", "elsewhere"),
        ("https://clinic.example", "", "elsewhere"),
    ],
)
def test_a_link_is_made_only_where_it_can_be_opened(app: Flask, base: str, sender: str, words: str) -> None:
    app.config["TRUSTED_HOSTS"] = ["localhost", "clinic.example"]
    with app.test_request_context("/", base_url=base, environ_overrides={"REMOTE_ADDR": sender}):
        refusal = form_browsers.link_refusal()
    assert words in refusal
    assert bool(refusal) == bool(words)


def test_a_link_is_shown_once(staff: Client, charting: Charting, work: Work) -> None:
    address = f"/visits/{charting.visit_id}/forms/link"
    assert "/form/link/" in staff.send(address, {"instruments": ["follow_up"]}, key="same").text
    again = staff.send(address, {"instruments": ["follow_up"]}, key="same")
    assert again.status_code == 302
    assert "/form/link/" not in staff.get(f"/visits/{charting.visit_id}/forms").text
    assert values(work, "SELECT count(*) FROM patient_form") == [(1,)]


def test_a_link_opens_no_way_into_the_record(app: Flask, link: str, charting: Charting) -> None:
    mine = phone(app)
    mine.send(link, BORN)
    for path in (f"/visits/{charting.visit_id}", f"/visits/{charting.visit_id}/forms", "/", "/patients"):
        assert mine.get(path).headers["Location"].startswith("/sign-in"), path
    assert press(mine, "/form/start").status_code == 409
    assert mine.send("/form/staff", {"password": "x"}).status_code == 200


def test_an_urgent_answer_by_link_names_the_number_to_call(app: Flask, link: str, work: Work, staff: Client) -> None:
    mine = phone(app)
    mine.send(link, BORN)
    page = mine.get(press(mine, "/form/questions/13", {"answer": "1"}).headers["Location"]).text
    assert "Call for help now" in page
    with work.engine.execution_options(clinic_mode="writing").begin() as connection:
        connection.execute(text("UPDATE clinic SET emergency_phone = '+49 30 555'"))
    assert "+49 30 555" in mine.get("/form/help-now").text


def test_a_tablets_form_has_no_link(app: Flask, staff: Client, charting: Charting, work: Work) -> None:
    staff.send(f"/visits/{charting.visit_id}/forms/tablet", {"instruments": ["follow_up"]})
    assert values(work, "SELECT link_hash FROM patient_form") == [(None,)]
    none = phone(app).get("/form/link/None")
    assert (none.status_code, none.data) == dead(app)
