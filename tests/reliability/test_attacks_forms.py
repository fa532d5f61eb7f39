"""Hostile values in every field of every form: refused or kept, never a fault, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.domain.actors import Role
from clinic.models import Condition, Lot
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import PASSWORD, Client, ClinicWorld, client_for

HOSTILE = {
    "markup": "<b>x</b>\"'&{{7*7}}{% x %}",
    "bidi": "\u202eevil\u2066\u200f",
    "controls": "a\x08\x1b\x7f\ufffe\uffffb",
    "emoji": "\U0001f600" * 8,
    "long": "x" * 10_000,
    "lines": "a\r\nb\nc",
    "expands": "ß" * 60,
    "ligatures": "\ufdfa" * 40,
    "surrogate": b"a\xed\xa0\x80b",
    "percent": "100%_'\\",
    "comma": "2,5",
    "negative": "-1",
    "exponent": "1e3",
    "nan": "NaN",
    "zero": "0",
    "many": "9999",
    "underscore": "1_0",
    "wide": "２.５",
    "blank": "",
    "blanks": "   ",
    "number": "99.9",
    "huge": "9" * 30,
    "first": "0001-01-01",
    "last": "9999-12-31",
    "nowhen": "2026-02-30",
    "first_moment": "0001-01-01T00:00",
    "last_moment": "9999-12-31T23:59",
    "path": "../../etc/passwd",
}

VALID = {
    "family_name": "Holm", "given_names": "Ida", "birth_date": "1980-05-01", "record_number": "R-77",
    "side": "left", "cause": "other", "kind": "surgery", "muscle": "mentalis", "state": "resected",
    "product": "botox", "units": "2.5", "on": "2020-01-02", "reason": "A reason that is long enough",
    "lot": "L-1", "expires_on": "2028-01-31", "labelled_units": "100", "diluent_kind": "saline", "diluent": "2",
    "mixed_by": "Ida", "direction": "less", "username": "holm", "name": "Ida Holm", "role": "assistant",
    "per_site_low": "1", "per_site_high": "2", "source": "own", "password": PASSWORD, "new_password": "another longer pass 1",
    "repeated": "another longer pass 1", "text": "words", "disposition": "given", "initials": "MK", "birth_year": "1979",
    "late_reason": "Power cut this morning", "consent": "agreed", "lagophthalmos": "yes", "q": "a", "patient": "x",
}  # fmt: skip


@dataclass
class Form:
    """One form of a page: where it goes and what it holds."""

    action: str
    method: str
    values: dict[str, list[str]] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)


class Forms(HTMLParser):
    """Collects the forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self.named: dict[str, Form] = {}
        self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        got = dict(attrs)
        if tag == "form":
            form = Form(got.get("action") or "", (got.get("method") or "get").lower())
            self.found.append(form)
            self.named[got.get("id") or ""] = form
        if not self.found:
            return
        form = self.named.get(got.get("form") or "", self.found[-1])
        name, kind = got.get("name") or "", got.get("type") or tag
        if tag in {"input", "textarea", "select"} and name:
            form.kinds[name] = kind
            if tag == "input" and (kind not in {"radio", "checkbox"} or "checked" in got):
                form.values.setdefault(name, []).append(got.get("value") or "")
            self.select = name if tag == "select" else ""
        if tag == "option" and self.select and "selected" in got:
            form.values[self.select] = [got.get("value") or ""]


def forms(client: Client, url: str) -> list[Form]:
    """The posting forms of a page."""
    parser = Forms()
    answer = client.get(url)
    assert answer.status_code < 500, url
    parser.feed(answer.text)
    for form in parser.found:
        form.action = form.action or url
    return [form for form in parser.found if form.method == "post"]


SKIPPED = {"csrf_token", "idempotency_key", "password", "repeated", "new_password"}
FORGOTTEN = {"/sign-out", "/account/password"}


def attacked(client: Client, form: Form, version: Callable[[], int]) -> list[str]:
    """Send a form with a few of the hostile values in each field; gives what failed."""
    base: dict[str, Any] = {}
    for name in form.kinds.keys() - {"csrf_token", "idempotency_key"}:
        values = form.values.get(name) or [""]
        base[name] = VALID.get(name, "") if not any(values) else (values if len(values) > 1 else values[0])
    failed = []
    for place, name in enumerate(sorted(base.keys() - SKIPPED)):
        for label in chosen(place):
            answer = client.send(form.action, base | {name: HOSTILE[label]})
            if answer.status_code >= 500:
                failed.append(f"{form.action} {name} {label}: {answer.status_code}")
            if "edit_version" in base:
                base["edit_version"] = version()
    return failed


def chosen(place: int) -> set[str]:
    """The blanks, and another in turn: over all fields of all forms every value comes up."""
    return {"blanks", list(HOSTILE)[place * 5 % len(HOSTILE)]}


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft with sites."""
    begun = Charting.begun(work, clinic, clock)
    begun.chart_usual_sites()
    return begun


PAGES = {
    Role.PRESCRIBER: (
        "/ /patients /patients/new {patient} {patient}/edit {patient}/safety {patient}/conditions/new"
        " {patient}/conditions/{condition}/edit {patient}/conditions/{condition}/treatments/new {patient}/muscles/new"
        " {patient}/toxins/new /stock/lots/new {lot}/change {lot}/open {vial}/waste {vial}/adjust /presets {visit}"
        " {visit}/touch-up {visit}/prepare {visit}/time-out {visit}/settle {visit}/discard {visit}/review {patient}/retire"
    ),
    Role.ADMINISTRATOR: "/people /settings",
    Role.AUDITOR: "/audit",
}
"""Pages with forms, by who is asked to fill them in."""


@pytest.mark.timeout(240)
@pytest.mark.parametrize("role", list(PAGES))
def test_no_field_of_any_form_makes_a_fault(app: Flask, clinic: ClinicWorld, charting: Charting, role: Role) -> None:
    app.config["TESTING"] = False  # A fault must answer as it does in the clinic.
    client = client_for(app, clinic.people[role])
    seen, failed = set(), []
    for url in PAGES[role].format(**addresses(charting)).split():
        for form in forms(client, url):
            if (form.action, *sorted(form.kinds)) not in seen and form.action not in FORGOTTEN:
                seen.add((form.action, *sorted(form.kinds)))
                failed += attacked(client, form, charting.version)
    assert seen
    assert not failed


def addresses(charting: Charting) -> dict[str, str]:
    """Where the records of the test stand."""
    with charting.reading() as uow:
        lot_id, condition_id = uow.session.scalar(select(Lot.id)), uow.session.scalar(select(Condition.id))
    return {
        "patient": f"/patients/{charting.patient_id}",
        "visit": f"/visits/{charting.visit_id}",
        "vial": f"/stock/vials/{charting.vial_id}",
        "lot": f"/stock/lots/{lot_id}",
        "condition": str(condition_id),
    }
