"""The pages of the scales: what they show and keep, and what a second rater is not shown."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from clinic.domain.actors import Actor, Role
from clinic.domain.anatomy import Side
from clinic.domain.assessments import INSTRUMENTS, instrument
from clinic.domain.assessments.base import Item
from clinic.domain.patients import Cause
from clinic.services import assessments
from clinic.unit_of_work import Work
from clinic.web.forms.assessments import ANSWER, OPEN, choices_of
from tests.charting import Charting
from tests.factories import Client, ClinicWorld, client_for, make_condition, make_patient
from tests.services.test_assessments import SAQ, SUNNYBROOK
from tests.web.statements import counted

PAGE = 9
"""Statements of the assessment page: one for the session, two of its own, three for the strip, three for the trail."""


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    return Charting.begun(work, clinic, clock)


@pytest.fixture
def client(app: Flask, charting: Charting) -> Client:
    return client_for(app, charting.clinic.prescriber)


def url(charting: Charting, rest: str = "") -> str:
    return f"/visits/{charting.visit_id}/assessment{rest}"


def sheet(answers: dict[str, Any], key: str = "sunnybrook", **more: Any) -> dict[str, Any]:
    """A form as the browser sends it."""
    return (
        {"version": instrument(key).version, "edit_version": "0"}
        | {ANSWER + item: str(value) for item, value in answers.items()}
        | more
    )


def save(charting: Charting, key: str, answers: dict[str, Any], by: Actor, **values: Any) -> str:
    charting.clock.move(minutes=1)
    with charting.work.writing(by) as uow:
        return assessments.save_assessment(
            uow, charting.visit_id, key, answers, version=instrument(key).version, **values
        )


def rows(charting: Charting) -> Any:
    return charting.record().outcomes.assessments


SUNNY = "/sunnybrook/left"


def test_a_scale_is_filled_in_without_script(client: Client, charting: Charting) -> None:
    page = client.get(url(charting, SUNNY)).text
    assert "Sunnybrook Facial Grading System" in page
    assert "patient’s left" in page
    assert page.count('type="radio"') == sum(len(choices_of(item)) for item in instrument("sunnybrook").items)
    assert " checked" not in page
    answer = client.send(url(charting, SUNNY), sheet(SUNNYBROOK, note="<b>bright</b> light"))
    assert answer.status_code == 302
    index = client.get(answer.location).text
    assert '<b class="big">58</b> of 100, higher is better' in index
    assert "&lt;b&gt;bright&lt;/b&gt; light" in index
    assert "<b>bright</b>" not in index
    again = client.get(url(charting, SUNNY)).text
    assert again.count(" checked") == len(SUNNYBROOK)
    assert 'name="edit_version" value="1"' in again


def test_what_was_left_open_is_said_beside_it_and_the_rest_is_kept(client: Client, charting: Charting) -> None:
    answers = {key: value for key, value in SUNNYBROOK.items() if key != "move_snarl"}
    answer = client.send(url(charting, SUNNY), sheet(answers, note="typed"))
    assert answer.status_code == 422
    assert "an open question is never counted as 0" in answer.text
    assert 'href="#a-move_snarl"' in answer.text
    assert answer.text.count(" checked") == len(answers)
    assert "typed</textarea>" in answer.text
    assert "1\u00a0question of 13 still open" in answer.text
    assert rows(charting) == ()


def test_an_answer_that_is_not_sent_again_is_open_not_what_it_was(client: Client, charting: Charting) -> None:
    client.send(url(charting, SUNNY), sheet(SUNNYBROOK))
    answers = {key: value for key, value in SUNNYBROOK.items() if key != "move_snarl"}
    assert client.send(url(charting, SUNNY), sheet(answers, edit_version="1")).status_code == 422
    without_version = sheet(SUNNYBROOK, edit_version="1")
    del without_version["version"]
    assert client.send(url(charting, SUNNY), without_version).status_code == 422
    assert rows(charting)[0].edit_version == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"a-move_brow": "6"},
        {"a-move_brow": "0"},
        {"a-move_brow": "-1"},
        {"a-move_brow": "2.5"},
        {"a-move_brow": "3,0"},
        {"a-move_brow": "x"},
        {"a-move_brow": "３"},
        {"a-move_brow": "99999999999999999999"},
        {"a-move_brow": ["3", "4"]},
        {"a-move_ear": "3"},
        {"version": "1995"},
        {"sent-composite": "60"},
        {"sent-composite": "58.001"},
        {"sent-composite": "1e2"},
        {"sent-composite": "NaN"},
        {"sent-total": "58"},
        {"note": "x" * 4001},
        {"note": "a\u202eb"},
        {"rater": "somebody"},
        {"side": "right"},
    ],
)
def test_what_cannot_be_is_refused_and_everything_kept(
    client: Client, charting: Charting, wrong: dict[str, Any]
) -> None:
    answer = client.send(url(charting, SUNNY), sheet(SUNNYBROOK) | wrong)
    assert answer.status_code == 422, wrong
    assert "Not saved" in answer.text
    assert rows(charting) == ()
    assert answer.text.count(" checked") >= len(SUNNYBROOK) - 1


def test_a_forged_total_is_refused_and_the_right_one_shown(client: Client, charting: Charting) -> None:
    answer = client.send(url(charting, SUNNY), sheet(SUNNYBROOK, **{"sent-composite": "100"}))
    assert answer.status_code == 422
    assert "not what these answers give" in answer.text
    assert '<b class="num">58</b>' in answer.text
    assert client.send(url(charting, SUNNY), sheet(SUNNYBROOK, **{"sent-composite": "58"})).status_code == 302


def test_a_form_sent_twice_is_saved_once(client: Client, charting: Charting) -> None:
    for _ in range(2):
        assert client.send(url(charting, SUNNY), sheet(SUNNYBROOK), key="same").status_code == 302
    [row] = rows(charting)
    assert row.edit_version == 1
    assert client.send(url(charting, SUNNY), sheet(SUNNYBROOK | {"syn_brow": 3}), key="same").status_code == 422


def test_of_two_windows_the_second_learns_of_the_first(client: Client, charting: Charting) -> None:
    client.send(url(charting, SUNNY), sheet(SUNNYBROOK))
    answer = client.send(url(charting, SUNNY), sheet(SUNNYBROOK | {"syn_brow": 3}))
    assert answer.status_code == 409
    assert "in another window" in answer.text
    assert re.search(r'id="a-syn_brow-3"[^>]* checked', answer.text)
    assert rows(charting)[0].answers["syn_brow"] == 0
    assert 'name="edit_version" value="1"' in answer.text
    assert client.send(url(charting, SUNNY), sheet(SUNNYBROOK | {"syn_brow": 3}, edit_version="1")).status_code == 302


def test_the_last_signed_score_stands_beside(app: Flask, charting: Charting) -> None:
    save(charting, "sunnybrook", SUNNYBROOK, charting.clinic.prescriber, side=Side.LEFT)
    charting.signed()
    charting.clock.move(days=90)
    charting.start()
    save(charting, "sunnybrook", SUNNYBROOK | {"syn_brow": 1}, charting.clinic.prescriber, side=Side.RIGHT)
    client = client_for(app, charting.clinic.prescriber)
    index = client.get(url(charting)).text
    assert 'Last time: <b class="num">58</b> on <span class="nowrap">22 Nov 2026' in index
    page = client.get(url(charting, SUNNY)).text
    assert '<b class="num">58</b> on <span class="nowrap">22 Nov 2026' in page
    assert "22 Nov 2026" not in client.get(url(charting, "/sunnybrook/right")).text


def test_a_voided_visit_is_no_last_time(client: Client, charting: Charting) -> None:
    from clinic.domain.visits import Disposition
    from clinic.services import signing

    save(charting, "sunnybrook", SUNNYBROOK, charting.clinic.prescriber, side=Side.LEFT)
    charting.signed()
    with charting.fresh_writing() as uow:
        signing.void(uow, charting.visit_id, "Entered for the wrong patient", Disposition.GIVEN)
    charting.start()
    assert "Last time" not in client.get(url(charting)).text


def test_the_side_of_the_palsy_is_taken(client: Client, charting: Charting) -> None:
    answer = client.get(url(charting, "/sunnybrook"))
    assert answer.status_code == 302
    assert answer.location.endswith(SUNNY)
    other = client.get(url(charting, "/sunnybrook/right")).text
    assert "You are grading the patient’s right" in other


def test_a_palsy_of_both_sides_gives_two_cards_and_a_caution(client: Client, charting: Charting) -> None:
    make_condition(charting.work, charting.clinic.prescriber, charting.patient_id, side=Side.RIGHT, cause=Cause.TRAUMA)
    index = client.get(url(charting)).text
    for side in ("right", "left"):
        assert url(charting, f"/sunnybrook/{side}") in index
        assert "Both sides have a palsy on record" in client.get(url(charting, f"/sunnybrook/{side}")).text
    assert "Which side is graded?" in client.get(url(charting, "/sunnybrook")).text


def test_without_a_palsy_the_side_is_asked(app: Flask, work: Work, clinic: ClinicWorld, client: Client) -> None:
    from clinic.services import visits

    patient_id = make_patient(work, clinic.prescriber, family_name="Osei", given_names="Kwame")
    with work.writing(clinic.prescriber) as uow:
        visit_id = visits.start(uow, patient_id, with_injections=False)
    page = client.get(f"/visits/{visit_id}/assessment/sunnybrook").text
    assert "Which side is graded?" in page
    assert f"/visits/{visit_id}/assessment/sunnybrook/right" in page
    refused = client.send(f"/visits/{visit_id}/assessment/sunnybrook", sheet(SUNNYBROOK))
    assert refused.status_code == 422
    assert "Say which side" in refused.text


@pytest.mark.parametrize("rest", ["/eface", "/sunnybrook/midline", "/sunnybrook/up", "/saq/left", "/synkinesis_grid"])
def test_what_there_is_not_is_not_found(client: Client, charting: Charting, rest: str) -> None:
    assert client.get(url(charting, rest)).status_code == 404
    assert client.send(url(charting, rest), {}).status_code in {404, 422}


def test_measures_are_typed_in_millimetres(client: Client, charting: Charting) -> None:
    typed = {"aperture_rest_left": "8.5", "aperture_smile_left": "5", "mrd1_left": "−1.5"}
    assert client.send(url(charting, "/measures"), sheet(typed, "measures")).status_code == 302
    [row] = rows(charting)
    assert dict(row.answers) == {"aperture_rest_left": 85, "aperture_smile_left": 50, "mrd1_left": -15}
    assert "−3.5\u00a0mm" in client.get(url(charting)).text
    page = client.get(url(charting, "/measures")).text
    assert 'value="8.5"' in page
    for wrong in ("8,5", "8.55", "31", "-1", "wide", "1e1"):
        bad = sheet(typed | {"aperture_rest_left": wrong}, "measures", edit_version="1")
        refused = client.send(url(charting, "/measures"), bad)
        assert refused.status_code == 422, wrong
        assert f'value="{wrong}"' in refused.text
    assert rows(charting)[0].edit_version == 1


def test_the_disability_index_shows_what_is_not_counted(client: Client, charting: Charting) -> None:
    page = client.get(url(charting, "/fdi")).text
    assert "not done, for other reasons" in page
    answers = {f"q{number}": 4 for number in range(1, 6)} | {"q5": 0} | {f"q{n}": 5 for n in range(6, 11)}
    assert client.send(url(charting, "/fdi"), sheet(answers, "fdi")).status_code == 302
    index = client.get(url(charting)).text
    assert "from 4 answers" in index
    assert '<b class="big">75</b>' in index


@pytest.mark.parametrize("key", list(INSTRUMENTS))
def test_every_instrument_has_a_page_that_takes_what_it_shows(client: Client, charting: Charting, key: str) -> None:
    one = instrument(key)
    answers = {item.key: shown_number(item) for item in one.items if not item.is_text}
    rest = f"/{key}/left" if one.sided else f"/{key}"
    assert client.send(url(charting, rest), sheet(answers, key)).status_code == 302
    again = client.get(url(charting, rest)).text
    for item in one.items:
        if not item.is_text:
            assert re.search(rf'name="a-{item.key}"[^>]*value="{answers[item.key]}"', again), item.key


def shown_number(item: Item) -> str:
    return str(item.options[-1].value if item.options else 1)


def test_an_assistant_keys_in_what_the_patient_wrote_and_grades_nothing(app: Flask, charting: Charting) -> None:
    client = client_for(app, charting.clinic.people[Role.ASSISTANT])
    index = client.get(url(charting)).text
    assert url(charting, "/saq") in index
    assert url(charting, "/sunnybrook") not in index
    assert client.get(url(charting, SUNNY)).status_code == 403
    assert client.send(url(charting, SUNNY), sheet(SUNNYBROOK)).status_code == 403
    assert client.send(url(charting, "/saq"), sheet(SAQ, "saq")).status_code == 302
    assert "keyed in by Ada Assistant" in client.get(url(charting)).text


def test_a_therapist_grades(app: Flask, charting: Charting) -> None:
    client = client_for(app, charting.clinic.people[Role.THERAPIST])
    assert client.send(url(charting, SUNNY), sheet(SUNNYBROOK)).status_code == 302
    assert rows(charting)[0].rater_name == "Ada Therapist"


def test_scoring_needs_no_patient_and_stores_nothing(client: Client, charting: Charting) -> None:
    found = client.send("/instruments/sunnybrook/score", sheet(SUNNYBROOK)).json
    assert found["sent"] == {"composite": "58", "resting": "10", "movement": "76", "synkinesis": "8"}
    assert (found["open"], found["words"], found["lines"][0]["value"]) == (0, "", "58")
    few = client.send("/instruments/sunnybrook/score", sheet({"rest_eye": 0})).json
    assert (few["open"], few["lines"], few["sent"]) == (12, [], {})
    assert "12\u00a0questions of 13" in few["words"]
    bad = client.send("/instruments/sunnybrook/score", sheet(SUNNYBROOK | {"move_brow": "x"})).json
    assert (bad["lines"], bad["sent"]) == ([], {})
    assert client.send("/instruments/none/score", {}).status_code == 404
    assert rows(charting) == ()


def test_a_negative_composite_is_kept_and_flagged(client: Client) -> None:
    worst = {"rest_eye": 1, "rest_cheek": 2, "rest_mouth": 1}
    worst |= {key: 1 for key in SUNNYBROOK if key.startswith("move")} | {
        key: 3 for key in SUNNYBROOK if key.startswith("syn")
    }
    found = client.send("/instruments/sunnybrook/score", sheet(worst)).json
    assert (found["sent"]["composite"], found["lines"][0]["value"]) == ("-15", "−15")
    assert "check the entries" in found["lines"][0]["flag"]


def test_a_grading_is_removed_by_its_rater_alone(app: Flask, client: Client, charting: Charting) -> None:
    found = save(charting, "house_brackmann", {"grade": 3}, charting.clinic.prescriber, side=Side.LEFT)
    address = f"/visits/{charting.visit_id}/assessments/{found}/remove"
    other = client_for(app, charting.clinic.people[Role.THERAPIST])
    assert other.send(address, {"edit_version": "1"}).status_code == 403
    assert client.send(address, {"edit_version": "2"}).status_code == 409
    elsewhere = charting.visit_id
    charting.start()
    assert (
        client.send(f"/visits/{charting.visit_id}/assessments/{found}/remove", {"edit_version": "1"}).status_code == 404
    )
    charting.visit_id = elsewhere
    assert len(rows(charting)) == 1
    assert client.send(address, {"edit_version": "1"}).status_code == 302
    assert rows(charting) == ()


def test_a_visit_that_is_signed_leads_to_its_page(client: Client, charting: Charting) -> None:
    save(charting, "sunnybrook", SUNNYBROOK, charting.clinic.prescriber, side=Side.LEFT)
    charting.signed()
    for rest in ("", SUNNY, "/sunnybrook", "/sunnybrook/raters"):
        answer = client.get(url(charting, rest))
        assert (answer.status_code, answer.location) == (302, f"/visits/{charting.visit_id}"), rest
    assert client.send(url(charting, SUNNY), sheet(SUNNYBROOK)).status_code == 409


def test_the_page_costs_the_same_whatever_was_graded(client: Client, charting: Charting) -> None:
    with counted(charting.work.engine) as few:
        client.get(url(charting))
    assert len(few) == PAGE, "\n".join(few)
    save(charting, "sunnybrook", SUNNYBROOK, charting.clinic.prescriber, side=Side.LEFT)
    charting.signed()
    charting.start()
    for key, answers in (("sunnybrook", SUNNYBROOK), ("house_brackmann", {"grade": 2})):
        for role in (Role.PRESCRIBER, Role.THERAPIST):
            save(charting, key, answers, charting.clinic.people[role], side=Side.LEFT)
    client.get(url(charting))  # It also notes that the session was used, once a minute.
    with counted(charting.work.engine) as many:
        client.get(url(charting))
    assert len(many) == len(few), "\n".join(many)


def test_an_open_question_can_be_opened_again(client: Client, charting: Charting) -> None:
    client.send(url(charting, "/follow_up"), sheet({"bruise": 1, "smile": -1}, "follow_up"))
    page = client.get(url(charting, "/follow_up")).text
    assert OPEN in page
    assert re.search(r'id="a-smile--1"[^>]* checked', page)
    client.send(url(charting, "/follow_up"), sheet({"bruise": "", "smile": -1}, "follow_up", edit_version="1"))
    assert dict(rows(charting)[0].answers) == {"smile": -1}


def test_what_a_patient_sent_is_read_on_the_page_and_urgent_answers_stand_out(
    client: Client, charting: Charting
) -> None:
    with charting.writing() as uow:
        assessments.save_patient_answers(
            uow,
            charting.visit_id,
            "follow_up",
            {"swallow_breathe": 1, "headache": 0},
            {"cannot_do": "Whistle a <i>tune</i>"},
            version=instrument("follow_up").version,
        )
    page = client.get(url(charting)).text
    assert "Whistle a &lt;i&gt;tune&lt;/i&gt;" in page
    assert page.count("Asks for help at once") == 1
    assert "Is it hard to swallow or to breathe? Yes" in page
    assert "keyed in by" not in page
    assert "Key in from paper" in page
