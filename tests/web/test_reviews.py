"""The outcome of the last session through real requests: as a plain form, with what is refused and what is kept."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from flask import Flask

from clinic.domain.actors import Role
from clinic.domain.injections import Answer
from clinic.domain.reviews import Wearing
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import Client, ClinicWorld, client_for, make_condition, make_patient
from tests.web.statements import counted
from tests.web.walking import value_of

NBSP = "\u00a0"
EYE = "left-big_smile-eye"
CHIN = "left-pucker-chin"


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A new draft, 90 days after a signed session of four sites."""
    return Charting.after_a_session(work, clinic, clock)


@pytest.fixture
def client(app: Flask, charting: Charting) -> Client:
    return client_for(app, charting.clinic.prescriber)


def url(charting: Charting, visit_id: str = "") -> str:
    return f"/visits/{visit_id or charting.visit_id}/outcome"


def answers(charting: Charting, **values: Any) -> dict[str, Any]:
    """Two patterns, worn off after nine weeks, no event."""
    return {
        "edit_version": 0,
        "session": charting.first,
        "contact": "in the clinic",
        f"effect-{EYE}": "50",
        f"muscles-{EYE}": ["orbicularis_oculi-left"],
        f"exact-{CHIN}": "60 %",
        "wearing": "worn off",
        "worn_off_day": "63",
        "adverse_event": "no",
    } | values


def test_a_visit_with_injections_opens_with_the_outcome(client: Client, charting: Charting) -> None:
    for kind, page in (("", "outcome"), ("plain", "")):
        started = client.send(f"/patients/{charting.patient_id}/visits", {"on": "", "kind": kind})
        assert started.status_code == 302
        assert started.location.split("/")[3:] == ([page] if page else [])


def test_a_first_visit_opens_on_its_chart(client: Client, charting: Charting) -> None:
    patient_id = make_patient(charting.work, charting.clinic.prescriber, family_name="New", given_names="Nora")
    make_condition(charting.work, charting.clinic.prescriber, patient_id)
    started = client.send(f"/patients/{patient_id}/visits", {"on": "", "kind": ""})
    visit_id = started.location.rpartition("/")[2]
    assert started.location == f"/visits/{visit_id}"
    assert "No session to review yet" in client.get(f"/visits/{visit_id}/outcome").text


def test_the_page_names_the_session_and_what_was_given(client: Client, charting: Charting) -> None:
    page = client.get(url(charting)).text
    assert "Outcome of the session of 22 Nov 2026" in page
    assert "12 weeks and 6 days after it" in page
    assert f'<b class="num nowrap">12.5{NBSP}units</b> onabotulinumtoxinA (Botox)' in page
    assert "Patient’s left: eye narrows with big smile" in page
    assert f"Mentalis, patient’s left: 2.5{NBSP}units" in page


def test_a_saved_outcome_goes_to_the_chart_and_stands_on_the_patients_page(client: Client, charting: Charting) -> None:
    saved = client.send(url(charting), answers(charting, note="<b>better</b>"))
    assert saved.location == f"/visits/{charting.visit_id}"
    (row,) = charting.record().outcomes.reviews
    assert [(one.place.key, one.effect, one.muscles) for one in row.effects] == [
        (EYE, 50, (("orbicularis_oculi", "left"),)),
        (CHIN, 60, ()),
    ]
    assert (row.wearing, row.worn_off_day, row.adverse_event) == (Wearing.GONE, 63, Answer.NO)
    page = client.get(url(charting)).text
    assert "&lt;b&gt;better&lt;/b&gt;" in page
    assert value_of(page, f"exact-{CHIN}") == "60"
    assert value_of(page, "edit_version") == "1"
    timeline = client.get(f"/patients/{charting.patient_id}").text
    assert f"left eye 50{NBSP}% better, left chin 60{NBSP}% better, 9 weeks of benefit" in timeline


def test_yes_goes_on_to_the_form_of_the_event(client: Client, charting: Charting) -> None:
    saved = client.send(url(charting), answers(charting, adverse_event="yes"))
    assert re.fullmatch(r"/patients/\w+/adverse-events/new\?visit=\w+&session=\w+", saved.location)
    assert client.get(saved.location).status_code == 200


def test_a_double_submit_saves_once(client: Client, charting: Charting) -> None:
    for _ in range(2):
        assert client.send(url(charting), answers(charting), key="same").status_code == 302
    assert [row.edit_version for row in charting.record().outcomes.reviews] == [1]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({f"effect-{EYE}": "101"}, "Choose one."),
        ({f"exact-{CHIN}": "101"}, "A whole number from 0 to 100."),
        ({f"exact-{CHIN}": "-1"}, "A whole number from 0 to 100."),
        ({f"exact-{CHIN}": "2.5"}, "A whole number from 0 to 100."),
        ({f"exact-{EYE}": "40"}, "Two answers stand here"),
        ({"worn_off_day": "", "worn_off_day_exact": "13 weeks"}, "This would be after this visit"),
        ({"worn_off_day_exact": "10 weeks"}, "Two answers stand here"),
        ({"first_noticed_day_exact": "5"}, "5 days, 2 weeks"),
        ({"wearing": "still working"}, "choose “worn off”"),
        ({"adverse_event": ""}, "Answer no, yes or unknown."),
        ({"adverse_event": "not applicable"}, "Choose one."),
        ({"adverse_event": None}, "Answer no, yes or unknown."),
        ({f"muscles-{EYE}": ["procerus-midline"]}, "Choose from the list."),
        ({"other_side": "left"}, "Choose side, movement"),
        (
            {"other_side": "left", "other_movement": "snarl", "other_group": "cheek", "other_effect": "50"},
            "is no pattern",
        ),
        ({"best_day": "7", "first_noticed_day": "14"}, "cannot come before"),
        ({"total": "100"}, "The form sent something that it does not have"),
        ({"effect-left-tight_closure-eye": "50"}, "The form sent something that it does not have"),
        ({"note": "x" * 4001}, "At most 4000 characters."),
        ({"note": "a\u202eb"}, "invisible sign"),
    ],
)
def test_what_cannot_be_is_refused_and_what_was_typed_is_kept(
    client: Client, charting: Charting, changes: dict[str, Any], said: str
) -> None:
    body = {name: value for name, value in answers(charting, note="typed words").items() if name not in changes}
    body |= {name: value for name, value in changes.items() if value is not None}
    answer = client.send(url(charting), body)
    assert answer.status_code == 422
    assert said in unescape(answer.text)
    assert "typed words" in answer.text or "note" in changes
    assert value_of(answer.text, "edit_version") == "0"
    assert charting.record().outcomes.reviews == ()


def test_a_stale_save_is_told_so_and_keeps_what_was_typed(client: Client, charting: Charting) -> None:
    client.send(url(charting), answers(charting))
    answer = client.send(url(charting), answers(charting, worn_off_day="56", note="typed words"))
    assert answer.status_code == 409
    assert "Ada Prescriber changed this review meanwhile" in answer.text
    assert "typed words" in answer.text
    assert charting.record().outcomes.reviews[0].worn_off_day == 63
    again = client.send(
        url(charting), answers(charting, worn_off_day="56", edit_version=value_of(answer.text, "edit_version"))
    )
    assert again.status_code == 302


def test_another_pattern_is_added_with_its_muscles(client: Client, charting: Charting) -> None:
    other = {"other_side": "left", "other_movement": "snarl", "other_group": "neck", "other_effect": "worse"}
    assert client.send(url(charting), answers(charting, **other)).status_code == 302
    added = {one.place.key: one for one in charting.record().outcomes.reviews[0].effects}["left-snarl-neck"]
    assert (added.worse, added.effect, added.muscles) == (True, None, (("platysma", "left"),))
    assert "neck bands stand out with snarl" in client.get(url(charting)).text


def test_a_therapist_is_not_asked_for_impressions(app: Flask, charting: Charting) -> None:
    client = client_for(app, charting.clinic.people[Role.THERAPIST])
    page = client.get(url(charting)).text
    assert "impression-" not in page
    assert client.send(url(charting), answers(charting, **{"impression-mentalis-left": "more"})).status_code == 422
    assert client.send(url(charting), answers(charting)).status_code == 302


def test_an_answer_for_another_patients_session_is_not_found(client: Client, charting: Charting) -> None:
    patient_id = make_patient(charting.work, charting.clinic.prescriber, family_name="Other", given_names="Olga")
    make_condition(charting.work, charting.clinic.prescriber, patient_id)
    started = client.send(f"/patients/{patient_id}/visits", {"on": "", "kind": "plain"})
    theirs = started.location.rpartition("/")[2]
    for session in (charting.first, charting.visit_id, "0" * 26):
        assert client.send(url(charting, theirs), answers(charting, session=session)).status_code == 404
        assert client.get(f"{url(charting, theirs)}?session={session}").status_code == 404
    assert charting.record(theirs).outcomes.reviews == ()


def test_a_signed_visits_outcome_is_read_on_its_page_and_takes_no_change(client: Client, charting: Charting) -> None:
    client.send(url(charting), answers(charting))
    charting.signed()
    assert client.get(url(charting)).location == f"/visits/{charting.visit_id}"
    assert client.send(url(charting), answers(charting, edit_version=1)).status_code == 409
    assert client.send(f"{url(charting)}/{charting.first}/remove", {"edit_version": 1}).status_code == 409


def test_an_outcome_answered_by_mistake_is_taken_out(client: Client, charting: Charting) -> None:
    client.send(url(charting), answers(charting))
    remove = f"{url(charting)}/{charting.first}/remove"
    client.send(remove, {"edit_version": 7})
    assert len(charting.record().outcomes.reviews) == 1
    assert client.send(remove, {"edit_version": 1}).status_code == 302
    assert charting.record().outcomes.reviews == ()


def test_earlier_reviews_are_shown_above(app: Flask, client: Client, charting: Charting, clock: Any) -> None:
    client.send(url(charting), answers(charting, note="<i>on the phone</i>", contact="by phone"))
    clock.move(days=1)
    client = client_for(app, charting.clinic.prescriber)
    started = client.send(f"/patients/{charting.patient_id}/visits", {"on": "", "kind": "plain"})
    page = client.get(f"{started.location}/outcome").text
    assert "Said of it before" in page
    assert "by phone, Ada Prescriber; adverse event: no; &lt;i&gt;on the phone&lt;/i&gt;" in page


def test_a_review_due_stands_on_its_list_until_it_is_answered(client: Client, charting: Charting) -> None:
    assert "Keane, Margaret" in client.get("/work-lists?list=reviews").text
    client.send(url(charting), answers(charting))
    assert "Keane, Margaret" not in client.get("/work-lists?list=reviews").text


def test_pages_cost_the_same_whatever_the_number_of_sessions(
    app: Flask, client: Client, charting: Charting, clock: Any
) -> None:
    pages = (url, lambda one: f"/patients/{one.patient_id}")
    few = [statements(client, charting, page(charting)) for page in pages]
    client.send(url(charting), answers(charting))
    for _ in range(2):
        charting.signed()
        clock.move(days=90)
        charting.start()
    client = client_for(app, charting.clinic.prescriber)
    assert [statements(client, charting, page(charting)) for page in pages] == few
    assert few[0] <= 12


def statements(client: Client, charting: Charting, address: str) -> int:
    with counted(charting.work.engine) as seen:
        assert client.get(address).status_code == 200
    return len(seen)
