"""Referrals through real requests: prefilled, sent, answered, declined; what is refused and what is kept."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from typing import Any

import pytest
from flask import Flask

from clinic.domain.actors import Role
from clinic.domain.plans import PlanState, Referral
from clinic.queries.plan_items import patient_plan
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import Client, ClinicWorld, client_for, make_patient
from tests.web.statements import counted
from tests.web.walking import value_of

NEW = {
    "kind": "ophthalmology",
    "recipient": "Dr <b>Ray</b>",
    "question": "Is the cornea safe?",
    "sent_on": "",
    "answer_by": "",
}


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft."""
    return Charting.begun(work, clinic, clock)


@pytest.fixture
def client(app: Flask, charting: Charting) -> Client:
    return client_for(app, charting.clinic.prescriber)


def url(charting: Charting, step: str = "") -> str:
    return f"/patients/{charting.patient_id}/referrals{step}"


def made(client: Client, charting: Charting, **changes: Any) -> str:
    answer = client.send(url(charting, "/new"), NEW | changes)
    assert answer.status_code == 302, answer.text
    return str(answer.location.rpartition("/")[2].partition("?")[0])


def standing(charting: Charting) -> list[tuple[PlanState, Referral, int, str | None]]:
    with charting.reading() as uow:
        items = patient_plan(uow, charting.patient_id)
    return [
        (one.entry.state, one.entry.details, one.number, one.visit_id)
        for one in items
        if isinstance(one.entry.details, Referral)
    ]


def test_the_kind_comes_first_and_the_question_is_prefilled(client: Client, charting: Charting) -> None:
    charting.answer_all()
    assert "Choose to whom" in client.get(url(charting, "/new")).text
    page = unescape(client.get(url(charting, "/new?kind=ophthalmology")).text)
    assert "Please examine the eye on the side of the palsy" in page
    assert "Lagophthalmos on gentle closure: no (22 Nov 2026)" in page
    assert "Palsy: Bell's palsy, left, 14 Mar 2024" in page
    assert "a preset of this program" in page
    assert client.get(url(charting, "/new?kind=nonsense")).status_code == 404


def test_a_letter_that_arrives_needs_no_visit(client: Client, charting: Charting) -> None:
    item_id = made(client, charting)
    page = client.get(url(charting, f"/{item_id}")).text
    assert "Dr &lt;b&gt;Ray&lt;/b&gt;" in page
    assert "<b>Ray</b>" not in page
    assert (
        client.send(url(charting, f"/{item_id}/sent"), {"edit_version": 1, "sent_on": "2026-11-20"}).status_code == 302
    )
    body = {"edit_version": 2, "answered_on": "2026-11-20", "answer": "Clear.\r\nNo toxin at the lower lid."}
    assert client.send(url(charting, f"/{item_id}/answer"), body).status_code == 302
    ((state, referral, number, visit_id),) = standing(charting)
    assert (state, number, visit_id) == (PlanState.DONE, 3, None)
    assert referral.answer == "Clear.\nNo toxin at the lower lid."
    assert referral.answer_by == date(2027, 1, 1)
    listed = client.get(url(charting)).text
    assert "answered on 20 Nov 2026" in listed
    assert "No referral waits" in listed


def test_a_referral_from_a_draft_names_its_visit(client: Client, charting: Charting) -> None:
    answer = client.send(url(charting, f"/new?visit={charting.visit_id}"), NEW)
    assert f"visit={charting.visit_id}" in answer.location
    assert standing(charting)[0][3] == charting.visit_id


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"question": "  "}, "is needed"),
        ({"question": "x" * 5000}, "At most 2000 characters."),
        ({"recipient": "x" * 201}, "At most 200 characters."),
        ({"sent_on": "2027-03-01"}, "still to come"),
        ({"sent_on": "2026-11-20", "answer_by": "2026-11-19"}, "cannot be expected before"),
        ({"sent_on": "11/12/2026"}, "This can be"),
        ({"state": "done"}, "something that it does not have"),
        ({"recipient": "a\u202eb"}, "invisible sign"),
    ],
)
def test_what_cannot_be_is_refused_and_what_was_typed_is_kept(
    client: Client, charting: Charting, changes: dict[str, str], said: str
) -> None:
    answer = client.send(url(charting, "/new"), NEW | {"urgent": "y"} | changes)
    assert answer.status_code == 422
    assert said in unescape(answer.text)
    assert re.search(r'<input checked[^>]*name="urgent"', answer.text)
    if "question" not in changes:
        assert "Is the cornea safe?" in answer.text
    assert standing(charting) == []


def test_an_answer_before_it_was_sent_is_refused_and_kept(client: Client, charting: Charting) -> None:
    item_id = made(client, charting)
    body = {"edit_version": 1, "answered_on": "2026-11-19", "answer": "Cornea clear, typed"}
    answer = client.send(url(charting, f"/{item_id}/answer"), body)
    assert answer.status_code == 422
    assert "It was not sent yet" in answer.text
    assert standing(charting)[0][2] == 1


def test_a_second_window_is_told_and_its_words_are_kept(client: Client, charting: Charting) -> None:
    item_id = made(client, charting)
    client.send(url(charting, f"/{item_id}/sent"), {"edit_version": 1, "sent_on": "2026-11-20"})
    late = client.send(url(charting, f"/{item_id}/decline"), {"edit_version": 1, "reason": "typed in another window"})
    assert late.status_code == 409
    assert "typed in another window" in late.text
    assert "Ada Prescriber changed this part of the plan meanwhile" in late.text
    changed = client.send(url(charting, f"/{item_id}/change"), NEW | {"edit_version": 1, "recipient": "Dr Sun, typed"})
    assert changed.status_code == 409
    assert "Dr Sun, typed" in changed.text
    again = NEW | {"edit_version": value_of(changed.text, "edit_version"), "recipient": "Dr Sun", "sent_on": None}
    sent = {name: value for name, value in again.items() if value is not None}
    assert client.send(url(charting, f"/{item_id}/change"), sent).status_code == 302
    assert standing(charting)[0][1].sent_on == date(2026, 11, 20)


def test_a_double_submit_makes_one_referral(client: Client, charting: Charting) -> None:
    answers = [client.send(url(charting, "/new"), NEW, key="same").location for _ in range(2)]
    assert len(set(answers)) == 1
    assert len(standing(charting)) == 1


def test_a_referral_of_another_patient_is_not_found(client: Client, charting: Charting) -> None:
    item_id = made(client, charting)
    other = make_patient(charting.work, charting.clinic.prescriber, family_name="Other", given_names="Olga")
    for step in ("", "/change"):
        assert client.get(f"/patients/{other}/referrals/{item_id}{step}").status_code == 404
    for step in ("sent", "answer", "decline", "change"):
        assert client.send(f"/patients/{other}/referrals/{item_id}/{step}", {"edit_version": 1}).status_code == 404
    assert client.get(f"/patients/{other}/referrals?visit={charting.visit_id}").status_code == 404
    assert client.send(f"/patients/{other}/referrals/new?visit={charting.visit_id}", NEW).status_code == 404


def test_from_a_signed_visit_nothing_is_made_and_the_words_come_back(client: Client, charting: Charting) -> None:
    charting.signed()
    answer = client.send(url(charting, f"/new?visit={charting.visit_id}"), NEW)
    assert answer.status_code == 409
    assert "Is the cornea safe?" in answer.text
    assert standing(charting) == []


def test_an_assistant_reads_and_has_no_buttons(app: Flask, client: Client, charting: Charting) -> None:
    item_id = made(client, charting)
    reader = client_for(app, charting.clinic.people[Role.ASSISTANT])
    page = reader.get(url(charting, f"/{item_id}"))
    assert page.status_code == 200
    assert "Mark as sent" not in page.text
    assert "Refer to" not in reader.get(url(charting)).text


def test_the_page_costs_the_same_whatever_the_number_of_referrals(client: Client, charting: Charting) -> None:
    made(client, charting)
    with counted(charting.work.engine) as few:
        client.get(url(charting))
    for _ in range(3):
        made(client, charting)
    with counted(charting.work.engine) as many:
        client.get(url(charting))
    assert len(many) == len(few) <= 12
