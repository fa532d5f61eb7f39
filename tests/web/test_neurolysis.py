"""The page of selective neurolysis through real requests: criteria, test block, what the surgeon gets, the referral."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from flask import Flask

from clinic.domain.actors import Role
from clinic.domain.anatomy import Side
from clinic.domain.reviews import Wearing
from clinic.queries.neurolysis import NeurolysisPage, neurolysis_page
from clinic.queries.plan_items import patient_plan
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import Client, ClinicWorld, client_for
from tests.trending import CHIN, EYE, Course, sunnybrook
from tests.web.statements import counted
from tests.web.walking import value_of

NBSP = "\u00a0"
BLOCK = {
    "muscle": "depressor_anguli_oris",
    "side": "left",
    "agent": "lidocaine 1 %",
    "volume": "0.5",
    "excursion_before": "4",
    "excursion_after": "7",
    "dental_show_before": "",
    "dental_show_after": "",
    "patient_says": "<b>freer</b>",
    "note": "",
}
YES = ("unsatisfied", "zygomatic_active", "branches_intact", "wants_lasting_change", "scores_stable", "knows_limits")
ALL_MET = dict.fromkeys(YES, "yes") | {"no_movement": "no"}


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft of a patient with a left palsy."""
    return Charting.begun(work, clinic, clock)


@pytest.fixture
def treated(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft after three sessions, the same pattern before and after them, reviewed twice."""
    charting = Charting.begun(work, clinic, clock)
    course = Course(charting)
    before = ""
    for number, grade in enumerate((3, 2, 2)):
        if number:
            charting.start()
            linked = (("orbicularis_oculi", Side.LEFT),)
            course.review(before, [(EYE, 40 + 10 * number, False, linked)], wearing=Wearing.GONE, worn_off_day=63)
        course.grade({EYE: grade, CHIN: 0})
        course.rate("sunnybrook", sunnybrook(2 + number), Side.LEFT)
        charting.signed()
        before = charting.visit_id
        clock.move(days=91)
    charting.start()
    course.grade({EYE: 2, CHIN: 0})
    return charting


@pytest.fixture
def client(app: Flask, charting: Charting) -> Client:
    return client_for(app, charting.clinic.prescriber)


def url(charting: Charting, step: str = "") -> str:
    return f"/visits/{charting.visit_id}/neurolysis{step}"


def page(charting: Charting) -> NeurolysisPage:
    with charting.reading() as uow:
        return neurolysis_page(uow, charting.visit_id)


def answered(client: Client, charting: Charting, answers: dict[str, str], **more: Any) -> Any:
    shown = value_of(client.get(url(charting)).text, "shown")
    return client.send(url(charting, "/criteria"), {"shown": shown} | answers, **more)


def test_the_record_fills_in_what_it_knows_and_asks_the_rest(
    app: Flask, treated: Charting, clinic: ClinicWorld
) -> None:
    Course(treated).grade({EYE: 0, CHIN: 3}, by=clinic.people[Role.THERAPIST])  # Another rater's is not taken for mine.
    client = client_for(app, treated.clinic.prescriber)
    text = client.get(url(treated)).text
    assert "3 sessions on record: 22 Nov 2026, 21 Feb 2027, 23 May 2027" in text
    assert f"left eye narrows with big smile{NBSP}3{NBSP}→{NBSP}2" in text
    assert "onset 14 Mar 2024, 16 months on 14 Jul 2025" in text
    assert "Sunnybrook smile, patient’s left: 4 of 5 on 23 May 2027." in text
    assert f"Of 10 criteria: 3{NBSP}met, 7{NBSP}not known." in text
    assert answered(client, treated, ALL_MET).status_code == 302
    assert "Consider a referral to a surgeon for selective neurolysis" in client.get(url(treated)).text
    assert page(treated).checklist.all_met
    check_what_the_surgeon_gets(page(treated))


def check_what_the_surgeon_gets(found: NeurolysisPage) -> None:
    """Grid then and now, doses with the best response, scores from first to newest."""
    assert [(one.words, one.then, one.now) for one in found.pack.cells] == [
        ("patient’s left: eye narrows with big smile", "3", "2")
    ]
    eye = next(one for one in found.pack.muscles if one.words == "Orbicularis oculi, patient’s left")
    given = ", ".join(f"2.5{NBSP}units ({day})" for day in ("22 Nov 2026", "21 Feb 2027", "23 May 2027"))
    assert eye.doses == (f"onabotulinumtoxinA (Botox): {given}",)
    assert eye.best == f"60{NBSP}% better: eye narrows with big smile, session of 21 Feb 2027, 9 weeks of benefit"
    (score,) = found.pack.scores
    assert (score.first.on.isoformat(), score.last.on.isoformat()) == ("2026-11-22", "2027-05-23")


def test_a_flaccid_face_goes_to_reanimation(client: Client, charting: Charting) -> None:
    answered(client, charting, ALL_MET | {"no_movement": "yes"})
    text = client.get(url(charting)).text
    assert "Consider a referral for facial reanimation instead" in text
    assert "kind=reanimation" in text
    assert "Make the referral" not in text


def test_a_second_window_is_told_and_its_answers_are_kept(client: Client, charting: Charting) -> None:
    shown = value_of(client.get(url(charting)).text, "shown")
    assert answered(client, charting, {"unsatisfied": "yes"}).status_code == 302
    body = {"shown": shown, "unsatisfied": "no", "detail-unsatisfied": "typed in another window"}
    late = client.send(url(charting, "/criteria"), body)
    assert late.status_code == 409
    assert "typed in another window" in late.text
    assert page(charting).answers[next(iter(page(charting).answers))][0] == "yes"
    again = body | {"shown": value_of(late.text, "shown")}
    assert client.send(url(charting, "/criteria"), again).status_code == 302


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"unsatisfied": "maybe"}, "Choose one."),
        ({"detail-unsatisfied": "words without an answer"}, "to keep these words"),
        ({"unsatisfied": "yes", "detail-unsatisfied": "x" * 5000}, "At most 1000 characters."),
        ({"low_mood": "yes"}, "something that it does not have"),
        ({}, "Nothing was changed"),
    ],
)
def test_what_cannot_be_answered_is_refused(
    client: Client, charting: Charting, answers: dict[str, str], said: str
) -> None:
    refused = answered(client, charting, answers)
    assert refused.status_code == 422
    assert said in unescape(refused.text)
    assert page(charting).answers == {}


def test_a_block_says_its_difference_and_can_be_taken_out(client: Client, charting: Charting) -> None:
    assert client.send(url(charting, "/blocks"), BLOCK, key="once").status_code == 302
    assert client.send(url(charting, "/blocks"), BLOCK, key="once").status_code == 302
    (block,) = page(charting).pack.blocks
    text = client.get(url(charting)).text
    assert f"4 → 7{NBSP}mm, +3{NBSP}mm" in text
    assert "&lt;b&gt;freer&lt;/b&gt;" in text
    assert f"lidocaine 1 %, 0.5{NBSP}mL" in text
    assert "None in this record yet" in text
    assert "Synkinesis around the eye is not addressed" in text
    assert client.send(url(charting, f"/blocks/{block.row.id}/remove")).status_code == 302
    assert page(charting).pack.blocks == ()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"volume": "0,5"}, "Write the decimal with a point"),
        ({"volume": "0"}, "From 0.1 to 10 mL"),
        ({"volume": "10.1"}, "From 0.1 to 10 mL"),
        ({"excursion_after": "30.1"}, "From 0 to 30 mm"),
        ({"excursion_after": "7.25"}, "at most one decimal"),
        ({"dental_show_before": "-1"}, "at most one decimal"),
        ({"side": "midline"}, "Choose the patient’s right or left."),
        ({"side": ""}, "Choose"),
        ({"muscle": "other"}, "Choose one from the list."),
        ({"agent": ""}, "is needed"),
        ({"note": "x" * 5000}, "At most 2000 characters."),
    ],
)
def test_a_block_that_cannot_be_is_refused_and_kept(
    client: Client, charting: Charting, changes: dict[str, str], said: str
) -> None:
    refused = client.send(url(charting, "/blocks"), BLOCK | changes)
    assert refused.status_code == 422
    assert said in unescape(refused.text)
    assert "&lt;b&gt;freer&lt;/b&gt;" in refused.text
    assert page(charting).pack.blocks == ()


def test_the_block_starts_on_the_side_of_the_palsy(client: Client, charting: Charting) -> None:
    text = client.get(url(charting)).text
    assert re.findall(r'<input checked[^>]*name="side"[^>]*value="(\w+)"', text) == ["left"]


def test_the_referral_needs_its_reason_and_goes_on_to_its_page(client: Client, charting: Charting) -> None:
    body = {"recipient": "Surgery", "question": "Could it help?", "reason": "short"}
    refused = client.send(url(charting, "/referral"), body)
    assert refused.status_code == 422
    assert "Could it help?" in refused.text
    made = client.send(url(charting, "/referral"), body | {"reason": "Tight again by week six."})
    assert made.status_code == 302
    assert "Tight again by week six." in client.get(made.location).text
    with charting.reading() as uow:
        assert len(patient_plan(uow, charting.patient_id)) == 1


def test_a_signed_visit_leads_to_its_page_and_takes_no_change(client: Client, charting: Charting) -> None:
    charting.signed()
    assert client.get(url(charting)).location == f"/visits/{charting.visit_id}"
    assert client.send(url(charting, "/blocks"), BLOCK).status_code == 409
    answers = {"shown": "x", "unsatisfied": "yes"}
    assert client.send(url(charting, "/criteria"), answers).status_code == 409
    reason = {"recipient": "", "question": "Could it help?", "reason": "Tight again by week six."}
    assert client.send(url(charting, "/referral"), reason).status_code == 409


def test_roles_see_what_they_may_do(app: Flask, charting: Charting, clinic: ClinicWorld) -> None:
    therapist = client_for(app, clinic.people[Role.THERAPIST]).get(url(charting)).text
    assert "Save the answers" in therapist
    assert "Record the block" not in therapist
    assistant = client_for(app, clinic.people[Role.ASSISTANT]).get(url(charting)).text
    assert "Save the answers" not in assistant
    assert "not asked" in assistant


def test_the_page_costs_the_same_whatever_the_record_holds(client: Client, charting: Charting) -> None:
    with counted(charting.work.engine) as few:
        client.get(url(charting))
    for _ in range(3):
        client.send(url(charting, "/blocks"), BLOCK)
    with counted(charting.work.engine) as many:
        client.get(url(charting))
    assert len(many) == len(few) <= 12
