"""D-03: another process holds the write lock; a short hold is waited for, a long one is a 503 with the form intact."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from clinic.domain.events import Action
from clinic.domain.visits import Section
from clinic.extensions import BUSY_MILLISECONDS
from clinic.models import AuditEvent, IdempotencyKey
from clinic.unit_of_work import Unavailable, Work
from tests.charting import Charting
from tests.factories import ClinicWorld, client_for, windows_of
from tests.reliability.test_attacks_faults import PLAN, hidden

pytestmark = pytest.mark.sqlite_only
SHORT = 3.0
ANSWERED_SECONDS = BUSY_MILLISECONDS / 1000 + 4.0
"""The wait itself, and what a busy machine needs for the page; two waits after each other would be more."""
FLICKERS = 10
_HOLD = (
    "import sqlite3, sys, time\n"
    "other = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
    "other.execute('BEGIN ' + sys.argv[2])\n"
    "print('held', flush=True)\n"
    "time.sleep(float(sys.argv[3])) if sys.argv[3] else sys.stdin.read()\n"
    "other.execute('ROLLBACK')\n"
)


@contextmanager
def held(app: Flask, seconds: float | None = None, mode: str = "IMMEDIATE") -> Iterator[None]:
    """Another process with the lock, for so many seconds or, however slow the machine is, until the block ends."""
    file = app.extensions["clinic_settings"].sqlite_file
    assert isinstance(file, Path)
    other = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(file), mode, str(seconds or "")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None
    try:
        assert other.stdout.readline() == "held\n"
        yield
    finally:
        other.kill()
        other.communicate()


@pytest.fixture
def charting(app: Flask, work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    """A draft, in an application that answers faults as in the clinic."""
    app.config["TESTING"] = False
    return Charting.begun(work, clinic, clock)


def rows(work: Work, clinic: ClinicWorld) -> list[int | None]:
    with work.reading(clinic.prescriber, scoped=False) as uow:
        return [uow.session.scalar(select(func.count()).select_from(one)) for one in (AuditEvent, IdempotencyKey)]


def test_three_seconds_are_waited_for(app: Flask, charting: Charting, clinic: ClinicWorld) -> None:
    client = client_for(app, clinic.prescriber)
    url, version = f"/visits/{charting.visit_id}/notes", charting.version()
    with held(app, SHORT):
        assert client.send(url, {"plan": PLAN, "edit_version": version}).status_code == 302
    assert charting.record().notes[Section.PLAN] == PLAN


def too_long(app: Flask, charting: Charting, clinic: ClinicWorld, mode: str) -> list[str]:
    """What is wrong with the answers to eight saves, as many as there are threads, while the lock is held on and on."""
    people = windows_of(app, clinic.prescriber, 8)
    url, version = f"/visits/{charting.visit_id}/notes", charting.version()
    before, wrong = rows(charting.work, clinic), []

    def save(one: Any) -> None:
        began = time.monotonic()
        answer = one.send(url, {"plan": PLAN, "edit_version": version}, key=f"key-{id(one)}")
        took = time.monotonic() - began
        again = hidden(answer) if answer.status_code == 503 else {}
        if answer.status_code != 503 or took > ANSWERED_SECONDS:
            wrong.append(f"{answer.status_code} after {took:.1f} s")
        elif again.get("plan") != PLAN or again.get("idempotency_key") != f"key-{id(one)}":
            wrong.append("the form did not come back")

    with held(app, mode=mode):
        threads = [threading.Thread(target=save, args=(one,)) for one in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return wrong + (["something was saved"] if rows(charting.work, clinic) != before else [])


@pytest.mark.parametrize("mode", ["IMMEDIATE", "EXCLUSIVE"])
def test_thirty_seconds_are_a_503_with_the_form_for_every_thread_at_once(
    app: Flask, charting: Charting, clinic: ClinicWorld, mode: str
) -> None:
    """All eight threads are back after one wait of five seconds: none waits a second time, and none for another."""
    assert too_long(app, charting, clinic, mode) == []


def test_a_wait_without_an_end_is_named(
    app: Flask, charting: Charting, clinic: ClinicWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tooth: nobody holds the lock, so that eight saves are answered otherwise."""

    @contextmanager
    def nobody(*_given: object, **_more: object) -> Iterator[None]:
        yield

    monkeypatch.setitem(globals(), "held", nobody)
    assert too_long(app, charting, clinic, "IMMEDIATE") != []


def test_what_needs_no_entry_of_the_trail_is_still_shown(app: Flask, charting: Charting, clinic: ClinicWorld) -> None:
    """A page of the record is not: its look must be in the trail first. The program, its health and its files are."""
    client = client_for(app, clinic.prescriber)
    client.get("/")
    with held(app):
        assert client.get("/health").status_code == 200
        assert app.test_client().get("/sign-in", base_url="https://localhost").status_code == 200
        assert client.get(f"/visits/{charting.visit_id}").status_code == 503


def shown_without_entry(app: Flask, charting: Charting, clinic: ClinicWorld) -> list[str]:
    """Charts that were shown, while the lock comes and goes, and whose look the trail does not know."""
    work, shown, statuses = charting.work, list[str](), set[int]()
    people = windows_of(app, clinic.prescriber, 2)
    over = threading.Event()

    def look(one: Any) -> None:
        while not over.is_set():
            answer = one.get(f"/visits/{charting.visit_id}")
            statuses.add(answer.status_code)
            shown.extend([answer.headers["X-Request-Id"]] * (answer.status_code == 200))

    def hurry(raw: sqlite3.Connection, _record: object) -> None:
        raw.execute("PRAGMA busy_timeout = 20")

    event.listen(work.engine, "connect", hurry)
    work.engine.dispose()
    threads = [threading.Thread(target=look, args=(one,)) for one in people]
    for thread in threads:
        thread.start()
    flicker(str(work.engine.url.database))
    over.set()
    for thread in threads:
        thread.join()
    with work.reading(clinic.prescriber, scoped=False) as uow:
        asked = select(AuditEvent.request_id).where(AuditEvent.action == Action.VISIT_VIEWED.value)
        known = set(uow.session.scalars(asked))
    assert 200 in statuses
    return [one for one in shown if one not in known]


def flicker(file: str) -> None:
    """Take the write lock and let it go, again and again, from a process of its own."""
    code = (
        "import sqlite3, sys, time\n"
        "other = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=20)\n"
        "for _ in range(int(sys.argv[2])):\n"
        "    other.execute('BEGIN IMMEDIATE'); time.sleep(0.06); other.execute('ROLLBACK'); time.sleep(0.04)\n"
    )
    subprocess.run([sys.executable, "-c", code, file, str(FLICKERS)], check=True, timeout=120)


def test_no_chart_is_shown_without_its_entry(app: Flask, charting: Charting, clinic: ClinicWorld) -> None:
    """D-03: a look is in the trail before the page is shown, or there is no page."""
    assert shown_without_entry(app, charting, clinic) == []


def test_a_chart_without_its_entry_is_named(
    app: Flask, charting: Charting, clinic: ClinicWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tooth: where an entry that found no room were let go, the page is among the leaks."""
    append = Work.append

    def forgiving(*given: Any) -> None:
        with suppress(Unavailable):
            append(*given)

    monkeypatch.setattr(Work, "append", forgiving)
    assert shown_without_entry(app, charting, clinic) != []
