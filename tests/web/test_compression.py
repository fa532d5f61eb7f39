"""What goes over the wire: compressed text, and a chart whose first load stays within its budget."""

from __future__ import annotations

import gzip
import re
from typing import Any

from flask import Flask

from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import Client, ClinicWorld, client_for

FIRST_LOAD = 150_000
"""Bytes that the chart page may take over the wire on its first load, everything it asks for included."""

GZIP = {"Accept-Encoding": "gzip"}


def test_the_first_load_of_a_chart_stays_within_its_budget(
    app: Flask, work: Work, clinic: ClinicWorld, clock: Any
) -> None:
    charting = Charting.begun(work, clinic, clock)
    for _ in range(3):
        charting.chart_usual_sites()
    client = client_for(app, clinic.prescriber)
    sent, waiting, seen = 0, [f"/visits/{charting.visit_id}"], set()
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        seen.add(address)
        size, text = fetched(client, address)
        sent += size
        waiting += asked_for(address, text)
    assert len(seen) > 4
    assert sent <= FIRST_LOAD


def fetched(client: Client, address: str) -> tuple[int, str]:
    """Bytes over the wire, headers included, and the text they stand for."""
    with client.get(address, headers=GZIP) as answer:
        assert answer.status_code == 200, address
        body = answer.get_data()
        plain = gzip.decompress(body) if answer.content_encoding == "gzip" else body
        return len(body) + len(str(answer.headers)), plain.decode()


def asked_for(address: str, text: str) -> list[str]:
    """What a page or module asks for further."""
    found = re.findall(r'(?:href|src)="(/static/[^"]+)"', text) + re.findall(r'"(/face-[^"]+\.json)"', text)
    folder = address.rpartition("/")[0]
    if address.endswith(".mjs"):
        found += [f"{folder}/{name}" for name in re.findall(r'from "\./([^"]+)"', text)]
    return found


def test_a_browser_that_does_not_take_gzip_gets_plain_text(app: Flask, clinic: ClinicWorld) -> None:
    answer = client_for(app, clinic.prescriber).get("/", headers={"Accept-Encoding": "identity"})
    assert answer.content_encoding is None
    assert "Today" in answer.text


def test_an_unchanged_file_is_not_sent_again(app: Flask) -> None:
    client = app.test_client()
    address = re.findall(r'href="(/static/[^"]+\.css)"', client.get("/sign-in").text)[0]
    with client.get(address, headers=GZIP) as first:
        tag = first.headers["ETag"]
    with client.get(address, headers=GZIP | {"If-None-Match": tag}) as second:
        assert second.status_code == 304
