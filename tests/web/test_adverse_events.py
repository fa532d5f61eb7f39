"""Adverse events through real requests: the pages, what is refused, what stands in red until it is reviewed."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from flask import Flask

from clinic.domain.actors import Role
from clinic.queries.adverse_events import EventRow
from clinic.queries.patient_events import patient_events
from clinic.services import adverse_events
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import Client, ClinicWorld, client_for, make_patient
from tests.web.walking import value_of

WORDS = "lid measured again, no change of plan"
LID = {
    "edit_version": 0,
    "kind": "eyelid_ptosis",
    "grade": "2",
    "side": "left",
    "relation": "probable",
    "onset_on": "2026-11-25",
    "description": "a <b>heavy</b> lid",
}


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A new draft, 90 days after a signed session of four sites."""
    return Charting.after_a_session(work, clinic, clock)


@pytest.fixture
def client(app: Flask, charting: Charting) -> Client:
    return client_for(app, charting.clinic.prescriber)


def new(charting: Charting, **query: str) -> str:
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return f"/patients/{charting.patient_id}/adverse-events/new?{asked}"


def rows(charting: Charting) -> tuple[EventRow, ...]:
    with charting.reading() as uow:
        return patient_events(uow, charting.patient_id).rows


def enter(client: Client, charting: Charting, **values: Any) -> str:
    saved = client.send(new(charting), LID | values)
    assert saved.status_code == 302, saved.text
    return str(saved.location)


def test_an_event_follows_the_last_session_unless_another_is_named(client: Client, charting: Charting) -> None:
    sites = [site.id for site in charting.record(charting.first).sites[:2]]
    page = client.get(enter(client, charting, site_ids=sites)).text
    assert "After the session of 22 Nov 2026" in page
    assert "a &lt;b&gt;heavy&lt;/b&gt; lid" in page
    assert page.count("lot C4821A2") >= 2
    assert client.send(new(charting, session="none"), LID).status_code == 302
    assert {row.session_id for row in rows(charting)} == {None, charting.first}


def test_choosing_a_kind_says_what_to_ask_and_names_sites_but_chooses_none(client: Client, charting: Charting) -> None:
    answer = client.send(
        new(charting), {"edit_version": 0, "kind": "eyelid_ptosis", "step": "kind", "description": "typed"}
    )
    assert answer.status_code == 200
    shown = part(answer.text, "eyelid_ptosis")
    assert "MRD1" in shown
    assert "Orbicularis oculi, lateral orbital, middle, patient’s left: usual muscle for it" in shown
    assert "lot C4821A2" in shown
    assert "typed" in answer.text
    assert "checked" not in answer.text.partition('id="site_ids"')[2]
    assert rows(charting) == ()


def part(page: str, kind: str) -> str:
    """What the page shows of a kind: its parts that are not hidden."""
    shown = [piece.partition("</section>")[0] for piece in page.split(f'data-kind="{kind}"')[1:]]
    return unescape(" ".join(piece for piece in shown if not piece.startswith(" hidden")))


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("swallowing_or_breathing", "Emergency: get help now"),
        ("allergic", "Emergency: get help now"),
        ("distant_spread", "Emergency: get help now"),
        ("eye_pain_or_vision", "This eye is seen today"),
    ],
)
def test_a_red_flag_says_what_to_do_at_once_and_on_the_saved_page(
    client: Client, charting: Charting, kind: str, words: str
) -> None:
    shown = client.send(new(charting), {"edit_version": 0, "kind": kind, "step": "kind"}).text
    assert words in part(shown, kind)
    assert shown.index(words) < shown.index('id="grade"')
    location = enter(client, charting, kind=kind)
    assert words in client.get(location).text
    client.send(f"{location}/review", {"edit_version": 1, "reason": WORDS})
    assert words not in client.get(location).text


def test_a_kind_without_a_red_flag_alarms_nobody(client: Client, charting: Charting) -> None:
    assert 'class="urgent"' not in client.get(enter(client, charting)).text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": ""}, "Choose what happened."),
        ({"kind": "curse"}, "Choose one."),
        ({"grade": "6"}, "Choose one."),
        ({"grade": "2.5"}, "Choose one."),
        ({"grade": None}, "Choose a grade."),
        ({"side": "midline"}, "Choose one."),
        ({"side": None}, "Choose the side."),
        ({"relation": "certain"}, "Choose one."),
        ({"onset_on": "2026-11-21"}, "It cannot begin before the session"),
        ({"onset_on": "2027-02-21"}, "in the future"),
        ({"onset_on": "soon"}, "Write a whole date"),
        ({"ended_on": "2026-11-24"}, "It cannot end before it began"),
        ({"kind": "other", "description": ""}, "Say in words what happened."),
        ({"site_ids": ["0" * 26]}, "Choose from the list."),
        ({"reviewed": "y"}, "The form sent something that it does not have"),
        ({"description": "x" * 4001}, "At most 4000 characters."),
    ],
)
def test_what_cannot_be_is_refused_and_what_was_typed_is_kept(
    client: Client, charting: Charting, changes: dict[str, Any], said: str
) -> None:
    body = {name: value for name, value in (LID | {"action": "typed words"} | changes).items() if value is not None}
    answer = client.send(new(charting), body)
    assert answer.status_code == 422
    assert said in unescape(answer.text)
    assert "typed words" in answer.text
    assert rows(charting) == ()


def test_a_double_submit_enters_it_once(client: Client, charting: Charting) -> None:
    for _ in range(2):
        assert client.send(new(charting), LID, key="same").status_code == 302
    assert len(rows(charting)) == 1


def test_until_it_is_reviewed_it_stands_in_red_on_every_plan(client: Client, charting: Charting) -> None:
    location = enter(client, charting)
    words = "Drooping of the upper lid, patient’s left, grade\u00a02, since 25 Nov 2026"
    chart = unescape(client.get(f"/visits/{charting.visit_id}").text)
    banner = chart.partition('aria-label="Adverse events not reviewed"')[2].partition("</ul>")[0]
    assert words in banner
    assert location in banner
    assert chart.index(words) < chart.index('id="chart"')
    assert words in unescape(client.get(f"/patients/{charting.patient_id}").text)
    assert f"Adverse event not reviewed: {words}" in unescape(client.get(f"/visits/{charting.visit_id}/review").text)
    assert client.send(f"{location}/review", {"edit_version": 1, "reason": WORDS}).status_code == 302
    for page in (f"/visits/{charting.visit_id}", f"/visits/{charting.visit_id}/review"):
        assert "Adverse event not reviewed" not in client.get(page).text
    assert "All are reviewed." in client.get(f"/patients/{charting.patient_id}").text


def test_a_change_keeps_what_was_said_before(client: Client, charting: Charting) -> None:
    location = enter(client, charting)
    form = client.get(f"{location}/change").text
    assert value_of(form, "edit_version") == "1"
    assert value_of(form, "onset_on") == "2026-11-25"
    assert client.send(f"{location}/change", LID | {"edit_version": 1, "grade": "3"}).status_code == 302
    page = unescape(client.get(location).text)
    assert "Grade: 2, moderate" in page
    assert "2. Changed" in page


def test_a_stale_change_is_told_so_and_keeps_what_was_typed(client: Client, charting: Charting) -> None:
    location = enter(client, charting)
    client.send(f"{location}/change", LID | {"edit_version": 1, "grade": "3"})
    stale = client.send(f"{location}/change", LID | {"edit_version": 1, "action": "typed words"})
    assert stale.status_code == 409
    assert "typed words" in stale.text
    assert value_of(stale.text, "edit_version") == "2"
    for act in ("review", "withdraw"):
        answer = client.send(f"{location}/{act}", {"edit_version": 1, "reason": "typed words, ten"})
        assert answer.status_code == 409
        assert "typed words, ten" in answer.text
    assert rows(charting)[0].grade == 3


@pytest.mark.parametrize("act", ["review", "withdraw"])
def test_a_review_or_withdrawal_without_words_is_refused(client: Client, charting: Charting, act: str) -> None:
    location = enter(client, charting)
    answer = client.send(f"{location}/{act}", {"edit_version": 1, "reason": "short"})
    assert answer.status_code == 422
    assert "At least 10 characters" in answer.text
    assert rows(charting)[0].number == 1


def test_a_withdrawn_event_stays_readable_and_stops_nothing(client: Client, charting: Charting) -> None:
    location = enter(client, charting)
    client.send(f"{location}/withdraw", {"edit_version": 1, "reason": "of <b>another</b> patient"})
    page = client.get(location).text
    assert "withdrawn" in page
    assert "of &lt;b&gt;another&lt;/b&gt; patient" in page
    assert "Adverse event not reviewed" not in client.get(f"/visits/{charting.visit_id}").text
    assert client.send(f"{location}/change", LID | {"edit_version": 2}).status_code == 409


def test_a_therapist_enters_but_does_not_review(app: Flask, charting: Charting) -> None:
    client = client_for(app, charting.clinic.people[Role.THERAPIST])
    location = enter(client, charting)
    assert "A prescriber or an injector reviews it." in client.get(location).text
    for act in ("review", "withdraw"):
        assert client.send(f"{location}/{act}", {"edit_version": 1, "reason": WORDS}).status_code == 403
    assert rows(charting)[0].is_open


def test_another_patients_session_or_visit_is_not_found(client: Client, charting: Charting) -> None:
    mine = charting.first
    charting.patient_id = make_patient(
        charting.work, charting.clinic.prescriber, family_name="Other", given_names="Olga"
    )
    assert client.get(new(charting, session=mine)).status_code == 404
    assert client.send(new(charting, session=mine), LID).status_code == 404
    assert client.send(new(charting, session="none", visit=charting.visit_id), LID).status_code == 404
    assert rows(charting) == ()


def test_only_sites_of_the_events_own_side_are_named_once_it_is_saved(client: Client, charting: Charting) -> None:
    right, left = (unescape(client.get(enter(client, charting, side=side)).text) for side in ("right", "left"))
    assert "usual muscle for it" in left
    assert "usual muscle for it" not in right
    assert "lies in a danger zone of this kind or in one of its usual muscles" in right


def test_an_event_opened_from_a_visit_leads_back_to_it(client: Client, charting: Charting) -> None:
    back = f'href="/visits/{charting.visit_id}">Back to the visit'
    location = client.send(new(charting, visit=charting.visit_id), LID).headers["Location"]
    assert back in client.get(location).text
    path, _, query = location.partition("?")
    chart = unescape(client.get(f"/visits/{charting.visit_id}").text)
    assert location in chart
    reviewed = client.send(f"{path}/review?{query}", {"edit_version": 1, "reason": WORDS}).headers["Location"]
    assert back in client.get(reviewed).text
    assert "Back to the visit" not in client.get(path).text
    assert "Back to the visit" not in client.get(f"{path}?visit={charting.clinic.prescriber.user_id}").text


def test_an_answer_of_yes_leads_to_the_form_and_the_event_of_today(client: Client, charting: Charting) -> None:
    charting.given()
    version = charting.version()
    with charting.writing() as uow:
        adverse_events.answer_adverse_event(uow, charting.visit_id, version, happened=True, what="lid heavy at once")
    review = client.get(f"/visits/{charting.visit_id}/review").text
    address = new(charting, session=charting.visit_id, visit=charting.visit_id)
    assert address in unescape(review)
    assert "Sites can be linked once their visit is signed." in client.get(address).text
    assert client.send(address, LID | {"onset_on": ""}).status_code == 302
    assert rows(charting)[0].session_id == charting.visit_id


def test_the_list_says_how_each_stands(client: Client, charting: Charting) -> None:
    address = f"/patients/{charting.patient_id}/adverse-events"
    assert "No adverse event on record" in client.get(address).text
    first = enter(client, charting)
    client.send(f"{first}/review", {"edit_version": 1, "reason": WORDS})
    enter(client, charting, kind="dry_eye", grade="4")
    page = client.get(address).text
    assert [word in page for word in ("not reviewed", ">reviewed<", "serious")] == [True] * 3
