"""D-31: every page and print of a record, drawn twice: the same text, and not a row of the record is another one."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from flask import Flask
from pypdf.errors import PdfReadError

from clinic.models import Base
from clinic.unit_of_work import Work
from tests import stages
from tests.every_kind import one_of_every_kind
from tests.factories import Client, ClinicWorld, client_for, make_patient
from tests.pdf.reading import text as text_of
from tests.web.test_permissions import address

TRACES = frozenset({"audit_event", "audit_head", "draft_viewer", "server_session", "idempotency_key"}) | {
    "waiting_line",
    "waiting_mark",
}
"""What a look leaves behind: its entry, who has the page open, when the session was used, how far the work lists were caught up."""
MOVING = frozenset({"health", "static"})


def rows(work: Work) -> dict[str, str]:
    """A hash of each table's rows."""
    found = {}
    with work.engine.connect() as connection:
        for name in sorted(set(Base.metadata.tables) - TRACES):
            every = connection.exec_driver_sql(f'SELECT * FROM "{name}" ORDER BY 1, 2').fetchall()
            found[name] = hashlib.sha256(repr(every).encode()).hexdigest()
    return found


def changed(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """The tables that are not as they were."""
    return [name for name in before if before[name] != after[name]]


@pytest.fixture
def ids(app: Flask, work: Work, clinic: ClinicWorld, clock: Any) -> dict[str, str]:
    """One record of every kind."""
    return dict(stages.once(work, ("one of every kind", clinic.id), lambda: one_of_every_kind(work, clinic, clock)))


def addresses(app: Flask, ids: dict[str, str]) -> list[str]:
    """Every page and print that can be asked for."""
    rules = [
        rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and rule.endpoint.partition(".")[0] not in MOVING
    ]
    return sorted({address(app, rule, ids) for rule in rules if not rule.arguments & {"token", "filename"}})


def words(client: Client, url: str) -> str:
    """What a page or print says; nothing where it is refused."""
    answer = client.get(url)
    assert answer.status_code < 500, (url, answer.status_code)
    if answer.status_code == 200 and answer.mimetype == "application/pdf":
        try:
            return text_of(answer.data)
        except PdfReadError:
            return repr(answer.data)  # An original kept by a test is no more than its first bytes.
    return ""


def test_no_look_changes_the_record(app: Flask, work: Work, clinic: ClinicWorld, ids: dict[str, str]) -> None:
    """D-31: every page and print; prints say the same twice."""
    client = client_for(app, clinic.prescriber)
    for url in addresses(app, ids):
        if url.endswith("original.pdf"):
            client.get(url)  # The original is drawn and kept when it is asked for first; from then on it is the same.
    before = rows(work)
    prints = 0
    for url in addresses(app, ids):
        said = words(client, url)
        if said:
            prints += 1
            assert words(client, url) == said, url
    assert changed(before, rows(work)) == []
    assert prints >= 8


def test_a_changed_row_would_be_named(work: Work, clinic: ClinicWorld) -> None:
    """The tooth."""
    before = rows(work)
    make_patient(work, clinic.prescriber)
    assert "patient" in changed(before, rows(work))
