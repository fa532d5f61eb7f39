"""Settings and presets, as a browser asks for them."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from clinic.domain.actors import Role
from tests.factories import Client, ClinicWorld, client_for

SETTINGS = {
    "edit_version": "1",
    "name": "Facial Nerve Clinic",
    "address": "1 High Street",
    "phone": "+49 30 1",
    "emergency_phone": "+49 30 112",
    "time_zone": "Europe/Berlin",
    "dose_step": "0.5",
    "usual_doses": "1 2.5 5",
    "review_interval_days": "21",
    "time_out_by": "typed",
}
PRESET = {
    "product": "botox",
    "muscle": "platysma",
    "per_site_low": "2.5",
    "per_site_high": "5",
    "source": "Own practice, 40 sessions",
}


@pytest.fixture
def administrator(app: Flask, clinic: ClinicWorld) -> Client:
    return client_for(app, clinic.people[Role.ADMINISTRATOR])


@pytest.fixture
def prescriber(app: Flask, clinic: ClinicWorld) -> Client:
    return client_for(app, clinic.prescriber)


def test_settings_are_saved_and_shown(administrator: Client) -> None:
    assert administrator.send("/settings", SETTINGS | {"vial_sharing_needs_reason": "y"}).status_code == 302
    page = administrator.get("/settings").text
    assert "Facial Nerve Clinic" in page
    assert 'value="0.5"' in page
    assert re.search(r'<input checked[^>]*name="vial_sharing_needs_reason"', page)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("dose_step", "0", "more than 0"),
        ("dose_step", "0,5", "Write the decimal with a point"),
        ("usual_doses", "1 2 3 4 5 6 7 8 9 10", "one to nine doses"),
        ("usual_doses", "1,5", "Write the decimal with a point"),
        ("review_interval_days", "0", "Whole days"),
        ("review_interval_days", "366", "Whole days"),
        ("time_zone", "Mars/Olympus", "Choose one from the list"),
        ("name", " ", "is needed"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_and_what_was_typed_stays(
    administrator: Client, field: str, value: str, words: str
) -> None:
    refused = administrator.send("/settings", SETTINGS | {"address": "2 Other Street", field: value})
    assert refused.status_code == 422
    assert words in refused.text
    assert "2 Other Street" in refused.text


def test_settings_changed_by_somebody_else_are_not_overwritten_unseen(administrator: Client) -> None:
    administrator.send("/settings", SETTINGS)
    stale = administrator.send("/settings", SETTINGS | {"phone": "+49 30 2"})
    assert stale.status_code == 409
    assert "+49 30 2" in stale.text
    assert "On record now" in stale.text
    assert "<dd>+49 30 1</dd>" in stale.text


def test_how_the_time_out_identifies_the_patient_is_a_setting(administrator: Client) -> None:
    assert administrator.send("/settings", SETTINGS | {"time_out_by": "read aloud"}).status_code == 302
    assert re.search(r'<option selected value="read aloud">', administrator.get("/settings").text)
    refused = administrator.send("/settings", SETTINGS | {"edit_version": "2", "time_out_by": "by heart"})
    assert refused.status_code == 422
    assert "Choose one from the list" in refused.text


def test_only_an_administrator_changes_settings(prescriber: Client) -> None:
    assert prescriber.get("/settings").status_code == 403
    assert prescriber.send("/settings", SETTINGS).status_code == 403


def test_no_preset_ships_and_one_is_accepted_by_name(prescriber: Client, clinic: ClinicWorld) -> None:
    assert "No presets yet" in prescriber.get("/presets").text
    assert prescriber.send("/presets", PRESET).status_code == 302
    page = prescriber.get("/presets").text
    assert "2.5 to 5" in page
    assert clinic.prescriber.name in page
    assert "never a rule" in page


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("per_site_high", "2", "must not be below"),
        ("per_site_low", "", "Enter the units"),
        ("muscle", "", "Choose the muscle"),
        ("muscle", "elbow", "Choose one from the list"),
        ("source", "", "is needed"),
    ],
)
def test_a_preset_that_cannot_be_is_refused(prescriber: Client, field: str, value: str, words: str) -> None:
    refused = prescriber.send("/presets", PRESET | {field: value})
    assert refused.status_code == 422
    assert words in refused.text


def test_one_place_has_one_preset_until_it_is_retired(prescriber: Client) -> None:
    prescriber.send("/presets", PRESET)
    assert "already" in prescriber.send("/presets", PRESET).text
    found = re.search(r"/presets/(\w+)/retire", prescriber.get("/presets").text)
    assert found
    assert prescriber.send(found[0]).status_code == 302
    assert "retired" in prescriber.get("/presets").text
    assert prescriber.send("/presets", PRESET).status_code == 302
    assert prescriber.send(found[0]).status_code == 404


def test_a_preset_of_another_clinic_does_not_exist(app: Flask, prescriber: Client, other_clinic: ClinicWorld) -> None:
    prescriber.send("/presets", PRESET)
    found = re.search(r"/presets/(\w+)/retire", prescriber.get("/presets").text)
    assert found
    assert client_for(app, other_clinic.prescriber).send(found[0]).status_code == 404
    assert "No presets yet" in client_for(app, other_clinic.prescriber).get("/presets").text
