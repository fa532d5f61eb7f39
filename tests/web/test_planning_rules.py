"""The pages of the planning rules, as a browser asks for them."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from clinic.domain.actors import Role
from clinic.domain.planning_rules import Kind, rules
from tests.factories import Client, ClinicWorld, client_for

RULE = "target-oral-ocular"
URL = f"/planning-rules/{RULE}"
REASON = "We treat the eye in another clinic."


@pytest.fixture
def prescriber(app: Flask, clinic: ClinicWorld) -> Client:
    return client_for(app, clinic.prescriber)


def test_every_rule_is_listed_and_has_its_page(prescriber: Client) -> None:
    page = prescriber.get("/planning-rules/").text
    assert [kind.label for kind in Kind if f">{kind.label}</h2>" not in page] == []
    linked = set(re.findall(r'href="/planning-rules/([a-z0-9-]+)"', page))
    assert linked == set(rules())
    for one in {rule.kind: rule.id for rule in rules().values()}.values():
        assert prescriber.get(f"/planning-rules/{one}").status_code == 200, one


def test_the_page_says_why(prescriber: Client) -> None:
    page = prescriber.get(URL).text
    for words in (
        "randomised trial",
        "Borodic 2005",
        "Plast Reconstr Surg 116:36",
        "eye narrows with small smile",
        "proposes Orbicularis oculi: upper lid (pretarsal)",
        "waits for a clinician",
        "graded 1 and minded a little",
    ):
        assert words in page, words


def test_a_rule_is_switched_off_and_on_again(prescriber: Client) -> None:
    assert prescriber.send(f"{URL}/off", {"reason": REASON}).status_code == 302
    page = prescriber.get(URL).text
    assert "Off in this clinic" in page
    assert page.count(REASON) == 2
    assert REASON in prescriber.get("/planning-rules/").text
    assert prescriber.send(f"{URL}/on").status_code == 302
    page = prescriber.get(URL).text
    assert "Off in this clinic" not in page
    assert "On again" in page


def test_a_short_reason_is_refused_beside_its_field_and_kept(prescriber: Client) -> None:
    refused = prescriber.send(f"{URL}/off", {"reason": "short"})
    assert refused.status_code == 422
    assert "Say why in 10 to 1000 characters" in refused.text
    assert re.search(r"<textarea[^>]*>\s*short</textarea>", refused.text)
    assert "Off in this clinic" not in prescriber.get(URL).text
    assert prescriber.send(f"{URL}/off", {"reason": ""}).status_code == 422
    assert prescriber.send(f"{URL}/off", {"reason": REASON, "rule": "other"}).status_code == 422


@pytest.mark.parametrize("rule", ["red-flag-mass", "guard-smile", "block-eye-2-not-answered", "stop-pregnancy"])
def test_a_safety_rule_has_no_form_and_takes_none(prescriber: Client, rule: str) -> None:
    page = prescriber.get(f"/planning-rules/{rule}").text
    assert "cannot be switched off" in page
    assert "/off" not in page
    refused = prescriber.send(f"/planning-rules/{rule}/off", {"reason": REASON})
    assert refused.status_code == 422
    assert "It stays on" in refused.text
    assert "Off in this clinic" not in prescriber.get(f"/planning-rules/{rule}").text


def test_what_somebody_else_switched_meanwhile_is_told(prescriber: Client) -> None:
    assert prescriber.send(f"{URL}/on").status_code == 409
    prescriber.send(f"{URL}/off", {"reason": REASON})
    stale = prescriber.send(f"{URL}/off", {"reason": "Another reason altogether."})
    assert stale.status_code == 409
    assert "Somebody else switched this rule off" in stale.text
    assert "Another reason altogether." not in prescriber.get(URL).text


def test_the_same_form_sent_twice_is_saved_once(prescriber: Client) -> None:
    sent = [prescriber.send(f"{URL}/off", {"reason": REASON}, key="twice").status_code for _ in range(2)]
    assert sent == [302, 302]
    assert prescriber.get(URL).text.count("Off in this clinic") == 1


def test_a_rule_that_does_not_exist_is_not_found(prescriber: Client) -> None:
    assert prescriber.get("/planning-rules/nothing").status_code == 404
    assert prescriber.send("/planning-rules/nothing/off", {"reason": REASON}).status_code == 404
    assert prescriber.send("/planning-rules/nothing/off", {"reason": ""}).status_code == 404
    assert prescriber.send("/planning-rules/nothing/on").status_code == 404


def test_a_reason_with_markup_is_text(prescriber: Client) -> None:
    bold = "<b>bold</b><script>1</script> reason"
    prescriber.send(f"{URL}/off", {"reason": bold})
    for page in (prescriber.get(URL).text, prescriber.get("/planning-rules/").text):
        assert bold not in page
        assert "&lt;b&gt;bold" in page


@pytest.mark.parametrize("role", [Role.INJECTOR, Role.THERAPIST, Role.ASSISTANT])
def test_others_read_and_do_not_switch(app: Flask, clinic: ClinicWorld, role: Role) -> None:
    client = client_for(app, clinic.people[role])
    page = client.get(URL).text
    assert "A prescriber of this clinic can switch it" in page
    assert f"{RULE}/off" not in page
    assert client.send(f"{URL}/off", {"reason": REASON}).status_code == 403
    assert client.get("/planning-rules/").status_code == 200


def test_another_clinics_switch_is_never_seen(app: Flask, prescriber: Client, other_clinic: ClinicWorld) -> None:
    prescriber.send(f"{URL}/off", {"reason": REASON})
    other = client_for(app, other_clinic.prescriber)
    assert REASON not in other.get(URL).text
    assert REASON not in other.get("/planning-rules/").text
    assert other.send(f"{URL}/on").status_code == 409
