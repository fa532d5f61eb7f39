"""The page of a clinic's own next-dose rules: written, refused beside the field, switched, retired, read."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from clinic.domain.actors import Role
from clinic.domain.quantities import NBSP
from clinic.queries.dose_rules import DoseRuleRow, dose_rules
from clinic.unit_of_work import Work
from tests.factories import Client, ClinicWorld, client_for

RULE = {
    "product": "botox",
    "muscle": "mentalis",
    "residual_low": "2",
    "residual_high": "3",
    "weakness": "no weakness",
    "weeks_low": "0",
    "weeks_high": "11",
    "direction": "up",
    "step": "1.25",
    "cap": "7.5",
    "reason": "Too <weak> so far",
}


@pytest.fixture
def client(app: Flask, clinic: ClinicWorld) -> Client:
    """The prescriber."""
    return client_for(app, clinic.prescriber)


def rows(work: Work, clinic: ClinicWorld) -> tuple[DoseRuleRow, ...]:
    """The rules on record."""
    with work.reading(clinic.prescriber) as uow:
        return dose_rules(uow)


def test_the_page_begins_empty_with_the_next_step(client: Client) -> None:
    page = client.get("/dose-rules").text
    assert "No rule yet" in page
    assert "Write this rule" in page


def test_a_rule_is_written_switched_and_retired_without_a_script(
    client: Client, work: Work, clinic: ClinicWorld
) -> None:
    assert client.send("/dose-rules", RULE).status_code == 302
    (row,) = rows(work, clinic)
    page = client.get("/dose-rules").text
    assert "Too &lt;weak&gt; so far" in page
    assert f"consider raising the last dose by 1.25{NBSP}units" in page
    for on, state in (("y", True), ("", False)):
        assert client.send(f"/dose-rules/{row.id}/switch", {"on": on}, key=f"switch{on}").status_code == 302
        assert rows(work, clinic)[0].is_on is state
    assert (
        "already. Nothing was changed."
        in client.send(f"/dose-rules/{row.id}/switch", {"on": ""}, key="again", follow_redirects=True).text
    )
    assert client.send(f"/dose-rules/{row.id}/retire").status_code == 302
    assert rows(work, clinic)[0].retired_at is not None
    assert "Switch on" not in client.get("/dose-rules").text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"step": "1,25"}, "Write the decimal with a point"),
        ({"step": "٢"}, "Units are digits with at most two decimals"),
        ({"step": "8"}, "The step cannot be more than the cap."),
        ({"step": ""}, "Enter the step in units"),
        ({"cap": "0"}, "Units must be more than 0."),
        ({"muscle": "biceps"}, "Choose one from the list."),
        ({"product": ""}, "Product is needed."),
        ({"residual_low": "3", "residual_high": "2"}, "The upper end must not be below the lower."),
        ({"weeks_low": "-1"}, "Whole weeks"),
        ({"weeks_high": "105"}, "A whole number from 0 to 104."),
        ({"weakness": ""}, "Choose one of these."),
        ({"direction": "sideways"}, "Choose one of these."),
        ({"reason": "because"}, "at least 10 characters"),
        ({"colour": "blue"}, "something that it does not have"),
    ],
)
def test_a_refusal_stands_beside_its_field_and_keeps_what_was_typed(
    client: Client, work: Work, clinic: ClinicWorld, change: dict[str, str], words: str
) -> None:
    answer = client.send("/dose-rules", RULE | change)
    assert answer.status_code == 422
    assert words in answer.text
    for name in ("step", "cap"):
        assert f'value="{(RULE | change)[name]}"' in answer.text or not (RULE | change)[name]
    assert rows(work, clinic) == ()


def test_the_clinical_roles_read_it_without_a_button(app: Flask, client: Client, clinic: ClinicWorld) -> None:
    client.send("/dose-rules", RULE)
    page = client_for(app, clinic.people[Role.THERAPIST]).get("/dose-rules/read").text
    main = page[page.index("<main") :]
    assert "Too &lt;weak&gt; so far" in main
    assert not re.search(r"<form|<button", main)


def test_presets_and_rules_link_to_each_other(client: Client) -> None:
    assert 'href="/presets"' in client.get("/dose-rules").text
    assert 'href="/dose-rules"' in client.get("/presets").text


def test_disagreement_is_named(client: Client) -> None:
    client.send("/dose-rules", RULE, key="one")
    client.send("/dose-rules", RULE | {"direction": "down", "reason": "Careful with chins"}, key="two")
    assert "Disagrees with “Careful with chins” where both hold" in client.get("/dose-rules").text
