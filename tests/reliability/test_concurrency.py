"""Many at once, on both databases: nothing acknowledged is lost, nothing happens twice, the audit chain holds."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from clinic import audit_chain
from clinic.domain.anatomy import Side
from clinic.domain.errors import Stale
from clinic.domain.site_entries import SiteEntry
from clinic.services import injection_sites
from clinic.services.accounts import SYSTEM
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld, client_for, windows_of

WRITERS = 6
EACH = 5


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft with one syringe."""
    return Charting.begun(work, clinic, clock)


def test_no_save_is_lost_and_a_stale_one_is_told_so(charting: Charting) -> None:
    def write(_: int) -> int:
        stale = 0
        for _ in range(EACH):
            while not save(charting):
                stale += 1
        return stale

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    record = charting.record()
    assert len(record.sites) == WRITERS * EACH
    assert sorted(site.number for site in record.sites) == list(range(1, WRITERS * EACH + 1))
    assert breaks(charting.work, charting.clinic.id) == []


def save(charting: Charting) -> bool:
    entry = SiteEntry(Decimal(1), muscle="mentalis", side=Side.LEFT)
    version = charting.version()
    try:
        with charting.writing() as uow:
            injection_sites.save_site(uow, charting.visit_id, version, entry)
    except Stale:
        return False
    return True


def test_twenty_identical_posts_have_one_effect(app: Flask, charting: Charting) -> None:
    key = secrets.token_hex(8)
    data = {"edit_version": charting.version(), "muscle": "mentalis", "side": "left", "units": "2.5"}
    clients = windows_of(app, charting.clinic.prescriber, 20)

    def post(client: Any) -> tuple[int, str]:
        answer = client.send(
            f"/visits/{charting.visit_id}/sites", dict(data), key=key, headers={"Accept": "application/json"}
        )
        return answer.status_code, answer.text

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(post, clients))
    assert {status for status, _ in answers} == {200}, answers
    assert len({text for _, text in answers}) == 1
    assert len(charting.record().sites) == 1


def test_the_same_key_with_another_body_is_refused(app: Flask, charting: Charting) -> None:
    client = client_for(app, charting.clinic.prescriber)
    data = {"edit_version": charting.version(), "muscle": "mentalis", "side": "left", "units": "2.5"}
    url = f"/visits/{charting.visit_id}/sites"
    assert client.send(url, data, key="same-key").status_code == 302
    assert client.send(url, data | {"units": "25"}, key="same-key").status_code == 422
    assert [site.units for site in charting.record().sites] == [Decimal("2.5")]


def breaks(work: Work, chain: int) -> list[str]:
    with work.reading(SYSTEM, scoped=False) as uow:
        return list(audit_chain.breaks(uow.session, work.key, chain))
