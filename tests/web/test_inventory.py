"""The stock's pages, as a browser asks for them."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from flask import Flask

from clinic.domain.actors import Role
from clinic.queries import inventory as query
from clinic.queries.stock_lists import stock
from clinic.unit_of_work import Work
from tests.factories import Client, ClinicWorld, client_for
from tests.services.test_inventory import give, make_lot, make_vial, make_visit

MIX = {
    "labelled_units": "100",
    "diluent_kind": "saline",
    "diluent_other": "",
    "diluent": "2.5",
    "mixed_at": "",
    "mixed_by": "Ada Prescriber",
    "use_by": "",
    "checked": "",
}


@pytest.fixture
def client(app: Flask, clinic: ClinicWorld) -> Client:
    return client_for(app, clinic.prescriber)


def value_of(page: str, name: str) -> str:
    found = re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', page)
    assert found, name
    return found[1]


def open_vial(client: Client, lot_id: str, **overrides: str) -> str:
    checked = client.send(f"/stock/lots/{lot_id}/open", MIX | overrides).text
    kept = {name: value_of(checked, name) for name in ("checked", "mixed_at", "use_by")}
    saved = client.send(f"/stock/lots/{lot_id}/open", MIX | overrides | kept)
    assert saved.status_code == 302, saved.text
    return saved.location.rpartition("/")[2]


def test_an_empty_stock_names_the_next_step(client: Client) -> None:
    page = client.get("/stock").text
    assert "Add the first lot" in page


def test_a_lot_is_added_and_shown(client: Client) -> None:
    typed = {"product": "botox", "lot": "C8021", "expires_on": "03/2027", "supplier": "Depot"}
    saved = client.send("/stock/lots/new", typed)
    assert saved.status_code == 302
    page = client.get(saved.location).text
    assert "31 Mar 2027" in page
    assert "C8021" in client.get("/stock").text


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"expires_on": "03/27"}, "Write the expiry as"),
        ({"product": ""}, "Choose the product"),
        ({"product": "snake oil"}, "Choose one from the list"),
        ({"lot": "  "}, "Lot number is needed"),
        ({"price": "1"}, "something that it does not have"),
    ],
)
def test_a_lot_that_cannot_be_is_refused_and_what_was_typed_stays(
    client: Client, overrides: dict[str, str], words: str
) -> None:
    typed = {"product": "botox", "lot": "C8021", "expires_on": "03/2027", "supplier": "Depot of the North"} | overrides
    refused = client.send("/stock/lots/new", typed)
    assert refused.status_code == 422
    assert words in refused.text
    assert "Depot of the North" in refused.text


def test_a_mixture_is_shown_before_it_is_saved(client: Client, work: Work, clinic: ClinicWorld) -> None:
    lot_id = make_lot(work, clinic)
    checked = client.send(f"/stock/lots/{lot_id}/open", MIX)
    assert checked.status_code == 200
    assert "Check before you save" in checked.text
    assert "4\u00a0units" in checked.text
    assert "In the product’s dilution table" in checked.text
    with work.reading(clinic.prescriber) as uow:
        assert not stock(uow).vials


def test_a_checked_mixture_is_saved_with_its_label(client: Client, work: Work, clinic: ClinicWorld) -> None:
    vial_id = open_vial(client, make_lot(work, clinic))
    page = client.get(f"/stock/vials/{vial_id}").text
    assert "V-0001" in page
    assert "23 Nov 2026, 11:00" in page
    assert "V-0001" in client.get("/stock").text


def test_a_mixture_changed_after_its_check_is_checked_again(client: Client, work: Work, clinic: ClinicWorld) -> None:
    lot_id = make_lot(work, clinic)
    checked = client.send(f"/stock/lots/{lot_id}/open", MIX).text
    kept = {name: value_of(checked, name) for name in ("checked", "mixed_at", "use_by")}
    again = client.send(f"/stock/lots/{lot_id}/open", MIX | kept | {"diluent": "1.2"})
    assert again.status_code == 200
    assert "≈8.33\u00a0units" in again.text
    assert "not in the product’s dilution table" in again.text
    with work.reading(clinic.prescriber) as uow:
        assert not stock(uow).vials


def test_an_edited_use_by_is_kept_and_said(client: Client, work: Work, clinic: ClinicWorld) -> None:
    lot_id = make_lot(work, clinic)
    checked = client.send(f"/stock/lots/{lot_id}/open", MIX).text
    kept = {"checked": value_of(checked, "checked"), "mixed_at": "11:00", "use_by": "2026-11-22T15:30"}
    saved = client.send(f"/stock/lots/{lot_id}/open", MIX | kept)
    page = client.get(saved.location).text
    assert "22 Nov 2026, 15:30" in page
    assert "set by the person who mixed" in page


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"labelled_units": "150"}, "Choose one from the list"),
        ({"labelled_units": ""}, "Choose one from the list"),
        ({"diluent_kind": ""}, "Choose what the vial was mixed with"),
        ({"diluent_kind": "milk"}, "Choose one from the list"),
        ({"diluent_kind": "other"}, "Say what the vial was mixed with"),
        ({"diluent": "2,5"}, "Write the decimal with a point"),
        ({"diluent": "25"}, "between 0.1"),
        ({"mixed_at": "11:01"}, "still to come"),
        ({"mixed_at": "25:00"}, "Write the time as 14:02"),
        ({"mixed_by": ""}, "Mixed by is needed"),
    ],
)
def test_a_mixture_that_cannot_be_is_refused_and_what_was_typed_stays(
    client: Client, work: Work, clinic: ClinicWorld, overrides: dict[str, str], words: str
) -> None:
    lot_id = make_lot(work, clinic)
    refused = client.send(f"/stock/lots/{lot_id}/open", MIX | {"mixed_by": "Somebody else"} | overrides)
    assert refused.status_code == 422
    assert words in refused.text
    assert overrides.get("mixed_by", "Somebody else") in refused.text


def test_another_diluent_is_recorded_in_its_words(client: Client, work: Work, clinic: ClinicWorld) -> None:
    vial_id = open_vial(client, make_lot(work, clinic), diluent_kind="other", diluent_other="0.9% saline, brand X")
    assert "brand X" in client.get(f"/stock/vials/{vial_id}").text


def test_a_ready_to_use_vial_is_opened_without_a_diluent(client: Client, work: Work, clinic: ClinicWorld) -> None:
    lot_id = make_lot(work, clinic, product="myobloc")
    typed = {"labelled_units": "5000", "diluent": "1", "diluent_kind": ""}
    without = {name: value for name, value in MIX.items() if name != "diluent_kind"}
    assert "diluent_kind" not in client.get(f"/stock/lots/{lot_id}/open").text
    assert client.send(f"/stock/lots/{lot_id}/open", without | typed | {"diluent_kind": ""}).status_code == 200


def test_the_same_form_sent_twice_opens_one_vial(client: Client, work: Work, clinic: ClinicWorld) -> None:
    lot_id = make_lot(work, clinic)
    checked = client.send(f"/stock/lots/{lot_id}/open", MIX).text
    body = MIX | {name: value_of(checked, name) for name in ("checked", "mixed_at", "use_by")}
    places = {client.send(f"/stock/lots/{lot_id}/open", body, key="same").location for _ in range(2)}
    assert len(places) == 1
    with work.reading(clinic.prescriber) as uow:
        assert len(stock(uow).vials) == 1


def test_waste_correction_and_discard_are_in_the_ledger(client: Client, work: Work, clinic: ClinicWorld) -> None:
    vial_id = make_vial(work, clinic)
    url = f"/stock/vials/{vial_id}"
    assert client.send(f"{url}/waste", {"units": "5", "reason": "Dropped the syringe"}).status_code == 302
    adjusted = {"direction": "less", "units": "2.5", "reason": "Counted again by two"}
    assert client.send(f"{url}/adjust", adjusted).status_code == 302
    refused = client.send(f"{url}/waste", {"units": "100", "reason": "All of it"})
    assert refused.status_code == 422
    assert "Vial V-0001 holds 92.5\u00a0units" in refused.text
    assert "All of it" in refused.text
    assert client.send(f"{url}/discard", {"reason": "End of session"}).status_code == 302
    page = client.get(url).text
    assert "Discarded: End of session" in page
    assert "−2.5" in page
    assert "Record waste" not in page


def test_a_correction_of_a_lot_that_changed_meanwhile_shows_both(
    client: Client, work: Work, clinic: ClinicWorld
) -> None:
    lot_id = make_lot(work, clinic)
    first = {"edit_version": "1", "expires_on": "2027-04-30", "supplier": "Depot", "reason": "Misread the carton"}
    second = first | {"expires_on": "2027-05-31"}
    assert client.send(f"/stock/lots/{lot_id}/change", first).status_code == 302
    stale = client.send(f"/stock/lots/{lot_id}/change", second)
    assert stale.status_code == 409
    assert "2027-05-31" in stale.text
    assert "30 Apr 2027" in stale.text
    assert value_of(stale.text, "edit_version") == "2"
    blank = client.send(f"/stock/lots/{lot_id}/change", second | {"reason": ""})
    assert (blank.status_code, value_of(blank.text, "edit_version")) == (422, "1")


def test_a_recalled_lot_says_so_everywhere_and_opens_no_vial(client: Client, work: Work, clinic: ClinicWorld) -> None:
    lot_id = make_lot(work, clinic)
    make_vial(work, clinic, lot_id)
    recalled = client.send(f"/stock/lots/{lot_id}/recall", {"edit_version": "1", "reason": "Maker's letter, 20 Nov"})
    assert recalled.status_code == 302
    assert "Recalled" in client.get(f"/stock/lots/{lot_id}").text
    stock = client.get("/stock").text
    assert "lot recalled" in stock
    assert f"/stock/lots/{lot_id}/open" not in stock
    checked = client.send(f"/stock/lots/{lot_id}/open", MIX).text
    body = MIX | {name: value_of(checked, name) for name in ("checked", "mixed_at", "use_by")}
    assert client.send(f"/stock/lots/{lot_id}/open", body).status_code == 422


def test_unverified_statements_are_marked(client: Client) -> None:
    page = client.get("/stock/products").text
    assert "unverified, not used as a rule" in page
    assert "onabotulinumtoxinA (Botox)" in page


def test_who_had_a_lot_is_in_the_vials_ledger(app: Flask, client: Client, work: Work, clinic: ClinicWorld) -> None:
    vial_id = make_vial(work, clinic)
    give(work, clinic, vial_id, "12.5", make_visit(work, clinic))
    assert "Keane, Mary" in client.get(f"/stock/vials/{vial_id}").text


def test_other_clinics_and_other_roles_see_nothing(
    app: Flask, work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld
) -> None:
    lot_id = make_lot(work, clinic)
    vial_id = make_vial(work, clinic, lot_id)
    stranger = client_for(app, other_clinic.prescriber)
    for url in (f"/stock/lots/{lot_id}", f"/stock/vials/{vial_id}", f"/stock/lots/{lot_id}/open"):
        assert stranger.get(url).status_code == 404
    assert stranger.send(f"/stock/vials/{vial_id}/discard", {"reason": "Not mine"}).status_code == 404
    assert client_for(app, clinic.people[Role.AUDITOR]).get("/stock").status_code == 403
    therapist = client_for(app, clinic.people[Role.THERAPIST])
    assert "Add a lot" not in therapist.get("/stock").text
    assert therapist.send(f"/stock/vials/{vial_id}/discard", {"reason": "Not mine"}).status_code == 403
    with work.reading(clinic.prescriber) as uow:
        assert query.vial(uow, vial_id).units_left == Decimal(100)
