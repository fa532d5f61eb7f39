"""One vial for a second patient: stopped for everybody, until the clinic says otherwise where all can see it."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from flask import Flask

from clinic.domain.actors import Role
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld, client_for, make_condition, make_patient
from tests.web.test_clinics import SETTINGS
from tests.web.walking import ANSWERS, Walk, value_of

STOP = "was used for another patient already; a single-dose vial is for one patient"
REASON = "Shared under the pharmacy's protocol of May"


@pytest.fixture
def second(app: Flask, work: Work, clinic: ClinicWorld, clock: Any) -> Walk:
    """A second patient's session, prepared from the vial that the first one was given from."""
    charting = Charting.begun(work, clinic, clock)
    charting.signed()
    charting.patient_id = make_patient(work, clinic.prescriber, family_name="Marín", given_names="José")
    make_condition(work, clinic.prescriber, charting.patient_id)
    walk = Walk(client_for(app, clinic.prescriber), charting)
    walk.start()
    walk.chart_site()
    walk.done("answers", ANSWERS)
    walk.done("consent", {"consent": "Off-label use explained and agreed", "consent_by": ""})
    walk.done("prepare")
    return walk


def time_out(walk: Walk) -> dict[str, str]:
    shown = value_of(walk.page("time-out"), "shown")
    return {"shown": shown, "initials": "JM", "birth_year": "1979"}


def key_of(walk: Walk) -> str:
    [key] = [one.key for one in walk.charting.findings() if one.code == "VIAL-003"]
    return key


def allow(walk: Walk) -> None:
    """Let the administrator tick the setting on its page."""
    client = client_for(walk.client.application, walk.charting.clinic.people[Role.ADMINISTRATOR])
    assert "Unless this is ticked" in client.get("/settings").text
    assert client.send("/settings", SETTINGS | {"vial_sharing_needs_reason": "y"}).status_code == 302


def test_by_default_nobody_gives_a_second_patient_of_one_vial(second: Walk) -> None:
    assert STOP in unescape(second.client.get(f"/visits/{second.charting.visit_id}").text)
    refused = second.send("time-out", time_out(second))
    assert refused.status_code == 422
    assert STOP in unescape(refused.text)
    override = second.send("override", {"finding_key": key_of(second), "reason": REASON})
    assert override.status_code == 403
    site = second.charting.record().sites[0].id
    late = {"late_reason": "entered after the power cut", "given_at": "2026-11-22T11:00"}
    second.done("give", {"site": site} | late)
    second.done("settle")
    second.done("adverse-event", {"happened": "no"})
    assert 'name="password"' not in second.page("review")
    assert STOP in unescape(second.page("review"))


def test_where_the_clinic_allows_it_a_prescriber_goes_on_with_a_reason(second: Walk) -> None:
    allow(second)
    assert second.send("time-out", time_out(second)).status_code == 422
    short = second.send("override", {"finding_key": key_of(second), "reason": "short"})
    assert short.status_code == 422
    second.done("override", {"finding_key": key_of(second), "reason": REASON})
    second.done("time-out", time_out(second))
    second.give_all()
    second.done("settle")
    second.done("adverse-event", {"happened": "no"})
    second.done("review", second.signature())
    signed = unescape(second.page("signed"))
    assert STOP in signed
    assert REASON in signed


def test_the_change_of_the_policy_is_in_the_trail(second: Walk) -> None:
    allow(second)
    client = client_for(second.client.application, second.charting.clinic.people[Role.AUDITOR])
    trail = client.get("/audit").text
    assert re.search(r"vial.sharing.needs.reason", trail)


def test_an_injector_without_a_prescriber_cannot_go_on(app: Flask, second: Walk) -> None:
    allow(second)
    therapist = Walk(client_for(app, second.charting.clinic.people[Role.THERAPIST]), second.charting)
    refused = therapist.send("override", {"finding_key": key_of(second), "reason": REASON})
    assert refused.status_code == 403
