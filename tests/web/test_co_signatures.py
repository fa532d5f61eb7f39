"""The co-signature as a prescriber's browser sees it: the list, the page, the box, the prints (P-08, P-12, C-23)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from clinic.domain.actors import Role
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import PASSWORD, Client, ClinicWorld, client_for
from tests.injecting import co_signed, sign_as_injector
from tests.pdf import reading as pdf


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft with one syringe."""
    return Charting.begun(work, clinic, clock)


@pytest.fixture
def client(app: Flask, clinic: ClinicWorld) -> Client:
    """The prescriber's browser."""
    return client_for(app, clinic.prescriber)


def printed(client: Client, charting: Charting, name: str = "summary.pdf") -> str:
    """The text of the visit's print."""
    answer = client.get(f"/visits/{charting.visit_id}/{name}")
    assert answer.status_code == 200
    return " ".join(pdf.pages(answer.data))


def test_from_todays_list_to_both_signatures_on_screen_and_in_print(client: Client, charting: Charting) -> None:
    """P-08: printed name, date, time with zone and meaning of both, and in words that one is still to come."""
    sha256, url = sign_as_injector(charting), f"/visits/{charting.visit_id}/co-sign"
    today = client.get("/").text
    assert "To co-sign" in today
    assert url in today
    signed = client.get(f"/visits/{charting.visit_id}/signed").text
    assert "Co-signature of Ada Prescriber awaited" in signed
    assert "co-signature awaited" in client.get(f"/patients/{charting.patient_id}").text
    original = printed(client, charting)
    assert "the co-signature of Ada Prescriber was still to come" in original
    page = client.get(url).text
    assert f'name="shown" value="{sha256}"' in page
    wrong = client.send(url, {"shown": sha256, "note": "Seen together.", "password": "wrong"})
    assert wrong.status_code == 422
    assert "Seen together." in wrong.text
    assert f'name="shown" value="{sha256}"' in wrong.text
    stale = client.send(url, {"shown": "0" * 64, "password": PASSWORD})
    assert stale.status_code == 409
    assert "Not co-signed." in stale.text
    assert client.send(url, {"shown": sha256, "note": "Seen together.", "password": PASSWORD}).status_code == 302
    signed = client.get(f"/visits/{charting.visit_id}/signed").text
    copy = printed(client, charting)
    for words in (
        "Ada Injector",
        "under Ada Prescriber",
        "performed and recorded",
        "read and co-signed",
        "Seen together.",
    ):
        assert words in signed, words
        assert words in copy, words
    assert copy.count(sha256) == signed.count(sha256) == 2
    assert copy.count("CET") >= 2
    assert "awaited" not in signed + copy
    assert printed(client, charting, "original.pdf") == original
    assert "To co-sign" not in client.get("/").text
    assert client.get(url).status_code == 409


def test_the_page_is_for_prescribers_and_for_what_waits(app: Flask, client: Client, charting: Charting) -> None:
    charting.signed()
    assert client.get(f"/visits/{charting.visit_id}/co-sign").status_code == 409
    assert "still to come" not in printed(client, charting, "original.pdf")
    injector = client_for(app, charting.clinic.people[Role.INJECTOR])
    assert injector.get(f"/visits/{charting.visit_id}/co-sign").status_code == 403


def test_a_second_tab_cannot_co_sign_twice(client: Client, charting: Charting) -> None:
    sha256 = sign_as_injector(charting)
    co_signed(charting, sha256)
    late = client.send(f"/visits/{charting.visit_id}/co-sign", {"shown": sha256, "password": PASSWORD})
    assert late.status_code == 409


def test_a_therapist_reads_an_injection_draft_and_charts_nothing_in_it(app: Flask, charting: Charting) -> None:
    """Sites, syringes and doses are a prescriber's, an injector's or an assistant's; notes are a therapist's too."""
    charting.chart_usual_sites()
    client, url = client_for(app, charting.clinic.people[Role.THERAPIST]), f"/visits/{charting.visit_id}"
    page = client.get(url).text
    assert "you read them here" in page
    assert "Mentalis" in page
    assert 'id="notes"' in page
    for endpoint in ("sites", "syringes", "answers", "consent", "session", "undo", "remove-injections", "give"):
        assert f'action="{url}/{endpoint}"' not in page, endpoint
        assert client.send(f"{url}/{endpoint}", {"edit_version": str(charting.version())}).status_code == 403, endpoint
    version = str(charting.version())
    assert client.send(f"{url}/notes", {"edit_version": version, "therapy": "Trained today."}).status_code == 302
    refused = client.send(f"{url}/discard", {"edit_version": str(charting.version()), "reason": "opened by mistake"})
    assert refused.status_code == 403
    assert len(charting.record().sites) == 4


def test_a_therapists_visit_begins_without_injections(app: Flask, charting: Charting) -> None:
    client = client_for(app, charting.clinic.people[Role.THERAPIST])
    begun = client.send(f"/patients/{charting.patient_id}/visits", {})
    assert begun.status_code == 302
    charting.visit_id = begun.location.rpartition("/")[2]
    assert charting.record().session is None
    assert client.get(begun.location).status_code == 200
