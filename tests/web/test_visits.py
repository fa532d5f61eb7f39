"""The visit's pages as a browser asks for them: the whole walk, and every refusal keeps the record as it was."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from clinic.domain.actors import RecordState, Role
from clinic.domain.anatomy import Side
from clinic.domain.visits import Section
from clinic.models import Addendum, Signature, Visit
from clinic.services import signing
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import PASSWORD, ClinicWorld, client_for, make_condition, make_patient
from tests.web.walking import Walk, value_of

MISSING = "0" * 26
EVIL = "<b>Evil</b>"


@pytest.fixture
def walk(app: Flask, work: Work, clinic: ClinicWorld, clock: Any) -> Walk:
    """A draft with one syringe, and the prescriber's browser."""
    return Walk(client_for(app, clinic.prescriber), Charting.begun(work, clinic, clock))


def counted(walk: Walk, model: type) -> int:
    with walk.charting.reading() as uow:
        return uow.session.scalar(select(func.count()).select_from(model)) or 0


def notes(walk: Walk) -> dict[Section, str]:
    return dict(walk.charting.record().notes)


def test_a_session_is_walked_from_start_to_signature_amendment_and_void(walk: Walk) -> None:
    walk.until_signed()
    charting, first = walk.charting, walk.charting.visit_id
    page = walk.page("signed")
    assert charting.record().state is RecordState.SIGNED
    assert charting.units_left() == Decimal("88.75")
    for words in (
        "Ada Prescriber",
        "performed and recorded",
        "Europe/Berlin",
        "5\u00a0units",
        "1.25\u00a0units: left in the needle",
    ):
        assert words in page
    amended = walk.client.send(walk.url("amend"), {"reason": "The note was about somebody else"})
    charting.visit_id = amended.location.rpartition("/")[2]
    walk.done("notes", {"plan": "Review in four weeks"})
    review = walk.page("review")
    assert "What this version changes" in review
    assert "Review in four weeks" in review
    assert "amendment is being written" in walk.client.get(f"/visits/{first}/signed").text
    walk.done("review", walk.signature())
    assert "Not in force" in walk.client.get(f"/visits/{first}/signed").text
    assert charting.units_left() == Decimal("88.75")
    void = {"reason": "Charted in the wrong record", "disposition": "not given", "password": PASSWORD}
    assert walk.client.send(walk.url("void"), void).status_code == 302
    assert "Voided" in walk.page("signed")
    assert charting.units_left() == Decimal("98.75")


@pytest.mark.parametrize(
    ("step", "typed", "words"),
    [
        ("discard", {"reason": "too short"}, "at least 10 characters"),
        ("discard", {"reason": "opened by mistake today", "extra": "1"}, "does not have"),
    ],
)
def test_a_refused_discard_keeps_what_was_typed(walk: Walk, step: str, typed: dict[str, str], words: str) -> None:
    refused = walk.send(step, typed)
    assert refused.status_code == 422
    assert words in refused.text
    assert f">\n{typed['reason']}</textarea>" in refused.text.replace("\r", "")
    assert walk.charting.record().state is RecordState.DRAFT


@pytest.mark.parametrize(
    ("step", "typed", "kept"),
    [
        ("amend", {"reason": "too short"}, "too short"),
        ("addendum", {"text": "Telephoned today", "password": "wrong"}, "Telephoned today"),
        ("addendum", {"text": "", "password": PASSWORD}, "Addendum is needed"),
        (
            "void",
            {"reason": "Charted in the wrong record", "disposition": "", "password": PASSWORD},
            "Charted in the wrong",
        ),
        (
            "void",
            {"reason": "Charted in the wrong record", "disposition": "given", "password": "no"},
            "not your password",
        ),
        ("void", {"reason": "short", "disposition": "given", "password": PASSWORD}, "at least 10 characters"),
    ],
)
def test_a_refused_act_on_a_signed_visit_keeps_what_was_typed(
    walk: Walk, step: str, typed: dict[str, str], kept: str
) -> None:
    walk.charting.signed()
    refused = walk.client.send(walk.url(step), typed)
    assert refused.status_code == 422
    assert kept in refused.text
    assert PASSWORD not in refused.text
    assert walk.charting.record().state is RecordState.SIGNED
    assert counted(walk, Visit) == 1
    assert counted(walk, Addendum) == 0


def test_a_wrong_password_signs_nothing_and_shows_the_review_again(walk: Walk) -> None:
    walk.charting.settled()
    shown = walk.signature()
    refused = walk.send("review", shown | {"password": "wrong"})
    assert refused.status_code == 422
    assert "This is not your password" in refused.text
    assert value_of(refused.text, "shown") == shown["shown"]
    assert walk.charting.record().state is RecordState.DRAFT


def test_what_was_not_shown_is_not_signed(walk: Walk) -> None:
    walk.charting.settled()
    shown = walk.signature()
    walk.done("notes", {"plan": "Added by somebody else"})
    refused = walk.send("review", shown)
    assert refused.status_code == 409
    assert "changed since it was shown" in refused.text
    assert "Added by somebody else" in refused.text
    assert value_of(refused.text, "shown") != shown["shown"]
    assert counted(walk, Signature) == 0


def test_the_hash_that_is_shown_is_the_hash_that_is_signed(walk: Walk) -> None:
    walk.charting.settled()
    shown = walk.signature()
    assert f"<code>{shown['shown'][:12]}</code>" in walk.page("review")
    walk.done("review", shown)
    assert shown["shown"] in walk.page("signed")


@pytest.mark.parametrize("stage", ["begun", "ready_for_time_out", "given"])
def test_an_unfinished_session_has_no_password_box_and_says_what_is_missing(walk: Walk, stage: str) -> None:
    if stage != "begun":
        getattr(walk.charting, stage)()
    page = walk.page("review")
    assert 'name="shown"' not in page
    assert "Still to do" in page
    refused = walk.send("review", {"shown": "0" * 64, "password": PASSWORD})
    assert refused.status_code == 409
    assert walk.charting.record().state is RecordState.DRAFT


def test_a_stop_is_named_first_and_signs_nothing(walk: Walk) -> None:
    walk.charting.chart_usual_sites()
    walk.charting.prepare()
    page = walk.page("review")
    assert 'name="shown"' not in page
    assert page.index("finding-stop") < page.index("Asked today")
    assert "Settle it on the chart" in page


def test_the_review_compares_with_the_last_session(walk: Walk, clock: Any) -> None:
    walk.charting.signed()
    clock.move(days=101)
    walk.client.signed_in(walk.charting.clinic.prescriber)
    walk.charting.start()
    walk.charting.site(muscle="mentalis", side=Side.LEFT, units="5")
    page = walk.page("review")
    assert "101\u00a0days since 22 Nov 2026" in page
    assert "+2.5" in page
    assert "(left out)" in page
    assert "−7.5 from 22 Nov 2026" in page


def test_one_form_sent_twice_has_one_effect(walk: Walk) -> None:
    syringe = walk.charting.record().syringes[0].id
    site = {
        "muscle": "mentalis",
        "side": "left",
        "units": "2.5",
        "syringe_id": syringe,
        "edit_version": walk.charting.version(),
    }
    answers = [walk.send("sites", site, key="site") for _ in range(2)]
    assert [one.status_code for one in answers] == [302, 302]
    assert len(walk.charting.record().sites) == 1
    start = f"/patients/{walk.charting.patient_id}/visits"
    starts = [walk.client.send(start, {"on": "", "kind": ""}, key="start").location for _ in range(2)]
    assert starts[0] == starts[1]
    assert counted(walk, Visit) == 2
    changed = walk.send("sites", site | {"units": "5"}, key="site")
    assert changed.status_code == 422
    assert len(walk.charting.record().sites) == 1


def test_a_signature_an_addendum_and_a_void_sent_twice_stand_once(walk: Walk) -> None:
    walk.charting.settled()
    signature = walk.signature() | {"edit_version": walk.charting.version()}
    assert [walk.send("review", signature, key="s").status_code for _ in range(2)] == [302, 302]
    text = {"text": "Telephoned on the third day", "password": PASSWORD}
    assert [walk.client.send(walk.url("addendum"), text, key="a").status_code for _ in range(2)] == [302, 302]
    assert (counted(walk, Signature), counted(walk, Addendum)) == (1, 1)
    void = {"reason": "Charted in the wrong record", "disposition": "not given", "password": PASSWORD}
    assert [walk.client.send(walk.url("void"), void, key="v").status_code for _ in range(2)] == [302, 302]
    assert walk.charting.units_left() == Decimal(100)
    assert "Telephoned on the third day" in walk.page("signed")


@pytest.mark.parametrize(
    ("step", "typed"),
    [
        ("notes", {"plan": "Mine"}),
        ("sites", {"muscle": "mentalis", "side": "left", "units": "1"}),
        ("syringes", {"vial_id": "0" * 26}),
        ("answers", {"allergy": "no"}),
        ("consent", {"consent": "Agreed", "consent_by": ""}),
        ("session", {"needle": "30 G"}),
        ("touch-up", {"touch_up_of": ""}),
        ("override", {"finding_key": "0" * 24, "reason": ""}),
        ("give", {"site": "0" * 26}),
        ("take-back", {"site": "0" * 26, "reason": "marked by mistake"}),
        ("prepare", {}),
        ("time-out", {"initials": "MK", "birth_year": "1979", "shown": "0" * 64}),
        ("settle", {}),
        ("discard", {"reason": "opened for the wrong patient"}),
        ("review", {"shown": "0" * 64, "password": PASSWORD}),
    ],
)
def test_a_stale_form_changes_nothing(walk: Walk, step: str, typed: dict[str, str]) -> None:
    walk.done("notes", {"plan": "Theirs"})
    version = walk.charting.version()
    refused = walk.send(step, typed | {"edit_version": version - 1})
    assert refused.status_code == 409, refused.text
    assert "In another window you changed this visit meanwhile" in refused.text
    assert walk.charting.version() == version
    assert notes(walk)[Section.PLAN] == "Theirs"
    assert typed.get("reason", "") in refused.text or step in {"override", "take-back"}


@pytest.mark.parametrize(
    ("step", "typed"),
    [
        ("notes", {"plan": "x", "units": "1"}),
        ("notes", {"plan": ["x", "y"]}),
        ("sites", {"muscle": "mentalis", "side": ["left", "right"], "units": "1"}),
        ("sites", {"muscle": "mentalis", "side": "left", "units": "1", "given_at": "now"}),
        ("prepare", {"drawn": "100"}),
        ("time-out", {"initials": "MK", "birth_year": "1979", "shown": "0" * 64, "confirmed": "y"}),
        ("settle", {"waste:0": "1"}),
        ("settle", {"wasted": "1"}),
        ("touch-up", {"touch_up_of": "", "transcribed": "y"}),
    ],
)
def test_unknown_and_repeated_fields_are_refused(walk: Walk, step: str, typed: dict[str, Any]) -> None:
    version = walk.charting.version()
    assert walk.send(step, typed).status_code == 422
    assert walk.charting.version() == version


def test_a_session_that_ended_while_charting_saves_nothing_and_says_so(walk: Walk, clock: Any) -> None:
    version = walk.charting.version()
    clock.move(days=1)
    site = {"muscle": "mentalis", "side": "left", "units": "2.5"}
    asked = walk.send("sites", site, headers={"Accept": "application/json"})
    assert asked.status_code == 401
    assert "what was saved is kept" in asked.get_json()["message"].lower()
    sent = walk.send("sites", site)
    assert sent.status_code == 401
    assert "nothing was saved by sending this form now" in sent.text
    assert ">mentalis</textarea>" in sent.text
    assert walk.charting.version() == version
    assert walk.charting.record().sites == ()


def without_its_own(page: str) -> str:
    """A page without the request's number and tokens."""
    page = re.sub(r'value="[^"]{20,}"', "", page)
    return re.sub(r'Number of this request: <span class="num nowrap">[0-9a-f]+', "", page)


@pytest.mark.parametrize(
    "step",
    ["", "signed", "review", "prepare", "time-out", "settle", "touch-up", "discard", "amend", "addendum", "void"],
)
def test_another_clinics_visit_is_no_different_from_none(
    walk: Walk, other_clinic: ClinicWorld, clock: Any, step: str
) -> None:
    theirs = Charting.begun(walk.charting.work, other_clinic, clock)
    theirs.signed()
    url = f"/visits/{{}}/{step}".rstrip("/")
    pages = [walk.client.get(url.format(visit_id)) for visit_id in (theirs.visit_id, MISSING)]
    assert [page.status_code for page in pages] == [404, 404]
    assert without_its_own(pages[0].text) == without_its_own(pages[1].text)


@pytest.mark.parametrize(
    ("role", "step"),
    [
        (Role.ADMINISTRATOR, "review"),
        (Role.AUDITOR, "signed"),
        (Role.ASSISTANT, "review"),
        (Role.ASSISTANT, "amend"),
        (Role.THERAPIST, "settle"),
        (Role.THERAPIST, "time-out"),
        (Role.THERAPIST, "void"),
    ],
)
def test_a_role_that_may_not_is_told_so(app: Flask, walk: Walk, role: Role, step: str) -> None:
    client = client_for(app, walk.charting.clinic.people[role])
    assert client.get(walk.url(step)).status_code == 403
    assert client.send(walk.url(step), {}).status_code == 403 or step == "signed"


def test_acts_that_a_role_may_not_do_are_not_offered(app: Flask, walk: Walk) -> None:
    walk.charting.signed()
    page = client_for(app, walk.charting.clinic.people[Role.ASSISTANT]).get(walk.url("signed")).text
    assert '/amend"' not in page
    assert "/void" not in page
    assert '/amend"' in walk.page("signed")


def test_a_therapist_sees_that_injections_are_signed_by_others(app: Flask, walk: Walk) -> None:
    walk.charting.settled()
    client = client_for(app, walk.charting.clinic.people[Role.THERAPIST])
    page = client.get(walk.url("review")).text
    assert 'name="shown"' not in page
    assert "signed by a prescriber or an injector" in page


@pytest.mark.parametrize("step", ["amend", "void"])
def test_a_voided_visit_takes_no_further_act(walk: Walk, step: str) -> None:
    walk.charting.signed()
    void = {"reason": "Charted in the wrong record", "disposition": "given", "password": PASSWORD}
    walk.client.send(walk.url("void"), void)
    assert walk.client.get(walk.url(step)).status_code == 409


@pytest.mark.parametrize("step", ["discard", "touch-up", "review", "prepare", "time-out", "settle"])
def test_a_signed_visit_shows_no_form_of_a_draft(walk: Walk, step: str) -> None:
    walk.charting.signed()
    assert walk.client.get(walk.url(step)).status_code == 409


def test_names_and_texts_are_escaped_everywhere(walk: Walk) -> None:
    charting, prescriber = walk.charting, walk.charting.clinic.prescriber
    charting.patient_id = make_patient(charting.work, prescriber, family_name=f"O{EVIL}", given_names=f"Ann{EVIL}")
    make_condition(charting.work, prescriber, charting.patient_id, cause_detail="")
    charting.start()
    pages = [walk.page(step) for step in ("discard", "touch-up", "prepare", "time-out")]
    walk.done("notes", {"plan": EVIL, "complaints": EVIL})
    charting.chart_usual_sites()
    charting.answer_all()
    walk.done("consent", {"consent": EVIL, "consent_by": EVIL})
    walk.done("prepare")
    charting.take_time_out(initials="AO")
    charting.give_all()
    pages += [walk.page("settle"), walk.client.get("/").text]
    charting.settle()
    pages.append(walk.page("review"))
    charting.sign()
    with charting.fresh_writing() as uow:
        signing.add_addendum(uow, charting.visit_id, EVIL)
    pages += [walk.page(step) for step in ("signed", "amend", "addendum", "void")]
    pages.append(walk.client.get(f"/patients/{charting.patient_id}").text)
    assert [page for page in pages if EVIL in page] == []
    assert all("&lt;b&gt;Evil&lt;/b&gt;" in page for page in pages)


def test_a_touch_up_names_an_earlier_session_of_this_patient_only(walk: Walk, clock: Any) -> None:
    walk.charting.signed()
    parent = walk.charting.visit_id
    clock.move(days=20)
    walk.client.signed_in(walk.charting.clinic.prescriber)
    walk.charting.start()
    assert parent in walk.page("touch-up")
    assert walk.send("touch-up", {"touch_up_of": walk.charting.visit_id}).status_code == 422
    walk.done("touch-up", {"touch_up_of": parent})
    session = walk.charting.record().session
    assert session is not None
    assert session.touch_up_of == parent
    walk.done("touch-up", {"touch_up_of": ""})
