"""One session charted in a process of its own under strace, from a state that is put back each time (SQLite)."""

from __future__ import annotations

import ctypes
import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask

from clinic import config, create_app
from clinic.domain.actors import Actor
from clinic.extensions import db
from clinic.unit_of_work import Work
from tests import factories
from tests.bench.browsers import COOKIE, Answer, InProcess
from tests.bench.clinician import Session
from tests.charting import open_vial
from tests.reliability.acknowledged import Found, Sent, Sents, look, torn, verified
from tests.reliability.charting_people import TOLD, UNITS, handed_over

CALLS = "pwrite64,fdatasync,fsync,unlink,ftruncate"
"""Every call by which SQLite changes a file or makes a change lasting."""
_ANY_TRACER = ctypes.c_ulong(-1)
_SET_TRACER = 0x59616D61


class Window(InProcess):
    """A browser in this process whose cookie can be put back with the database: its token is exchanged now and then."""

    @property
    def cookie(self) -> str:
        """What it holds."""
        held = self._client.get_cookie(COOKIE, domain="localhost")
        assert held is not None
        return held.value

    @cookie.setter
    def cookie(self, value: str) -> None:
        self._client.set_cookie(COOKIE, value, domain="localhost", secure=True)


class Reporting:
    """A browser in the process that tells through a pipe what it sends, and what it was told."""

    def __init__(self, inner: InProcess, out: int) -> None:
        self.inner, self.out = inner, out

    def get(self, address: str) -> Answer:
        return self.inner.get(address)

    def send(self, address: str, values: Mapping[str, object], *, as_json: bool = False) -> Answer:
        key = secrets.token_hex(8)
        self._tell({"key": key, "address": address, "form": dict(values), "json": as_json})
        answer = self.inner.send(address, dict(values) | {"idempotency_key": key}, as_json=as_json)
        if answer.status in TOLD:
            self._tell({"told": key})
        return answer

    def _tell(self, what: dict[str, Any]) -> None:
        os.write(self.out, json.dumps(what).encode() + b"\n")


@dataclass
class Stage:
    """An installation whose draft stands before "given", and the person who goes on with it."""

    app: Flask
    clinic_id: int
    actor: Actor
    browser: Window
    patient_id: str
    visit_id: str
    syringe_id: str
    other_patient: str
    other_vial: str
    kept: Path
    cookie: str

    @property
    def file(self) -> Path:
        """The database."""
        found: Path | None = self.app.extensions["clinic_settings"].sqlite_file
        assert found is not None
        return found

    @property
    def work(self) -> Work:
        """Reads and writes here."""
        work: Work = self.app.extensions["clinic_work"]
        return work

    def put_back(self) -> None:
        """The state before anything was sent."""
        self.let_go()
        for one in self.file.parent.glob(f"{self.file.name}-*"):
            if one.name.endswith(("-journal", "-wal", "-shm")):
                one.unlink()
        shutil.copy(self.kept, self.file)
        self.browser.cookie = self.cookie

    def let_go(self) -> None:
        """Close every connection."""
        with self.app.app_context():
            db.engine.dispose()

    def chart(self, out: int) -> None:
        """Save a site of a new draft; give, settle, sign and hand over the other one."""
        browser = Reporting(self.browser, out)
        new = Session(browser, self.other_patient)
        new.start(self.other_vial)
        new.take(new.change("/sites", new.site(0, UNITS)))
        session = Session(browser, self.patient_id, self.visit_id, self.syringe_id)
        session.refresh()
        session.take(session.change("/give", {"site": session.sites}))
        session.step("/settle", {})
        session.sign(session.review())
        handed_over(session)

    def judge(self, sents: list[Sent], anchors: Path, *, verify: bool = False) -> Found:
        """What is lost or torn now."""
        found = look(self.work, Sents(list(sents)), everything=True)
        half = torn(self.work, self.clinic_id, self.file)
        return found + Found(torn=tuple(half + (verified(self.work, anchors) if verify else [])))

    def replay(self, sents: list[Sent], json_of: Mapping[str, bool]) -> None:
        """Send what got no answer once more, with its key."""
        for one in sents:
            if not one.told:
                values = dict(one.form) | {"idempotency_key": one.key}
                answer = self.browser.send(one.address, values, as_json=json_of.get(one.key, False))
                one.told = answer.status in TOLD
                if not one.told:
                    raise AssertionError(f"{one.name}: {answer.status} {answer.text[-1500:]}")


def stage(instance: Path) -> Stage:
    """Make the installation; commits wait for the disk as they do in a clinic."""
    app = create_app(config.settings({"CLINIC_INSTANCE": str(instance), "CLINIC_DEMO": "0"}))
    app.config["TESTING"] = True
    work: Work = app.extensions["clinic_work"]
    clinic = factories.make_clinic(work)
    patients = [factories.make_patient(work, clinic.prescriber, family_name=name) for name in ("Keane", "Zwingli")]
    for one in patients:
        factories.make_condition(work, clinic.prescriber, one)
    vials = [open_vial(work, clinic, lot=f"L{one}", label=f"V-{one}") for one in range(2)]
    browser = Window(app, clinic.prescriber)
    session = Session(browser, patients[0])
    session.start(vials[0])
    for number in range(3):
        session.take(session.change("/sites", session.site(number, UNITS)))
    session.answer_all()
    session.time_out()
    kept = instance.parent / "kept.sqlite3"
    made = Stage(
        app, clinic.id, clinic.prescriber, browser, patients[0], session.visit_id, session.syringe_id, patients[1],
        vials[1], kept, browser.cookie,
    )  # fmt: skip
    made.let_go()
    shutil.copy(made.file, kept)
    return made


@dataclass
class Run:
    """What a traced process sent and was told, and whether it ended by itself."""

    sents: list[Sent]
    json_of: dict[str, bool]
    ended: bool


def traced(at: Stage, *options: str, chart: Callable[[int], None] | None = None) -> Run:
    """Chart in a process under strace with these options."""
    at.put_back()
    told, tell = os.pipe()
    wait, go = os.pipe()
    pid = os.fork()
    if pid == 0:
        _charting(at, chart or at.chart, wait, tell)
    os.close(tell)
    os.close(wait)
    command = ["strace", "-f", "-p", str(pid), *options]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as tracer:
        assert tracer.stderr is not None
        said = tracer.stderr.readline()
        os.write(go, b"g")
        os.close(go)
        with os.fdopen(told, "rb") as lines:
            got = lines.read().decode()
        _, status = os.waitpid(pid, 0)
        tracer.communicate(timeout=60)
    assert "attached" in said, said
    return _run(at, got, ended=os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0)


def _charting(at: Stage, chart: Callable[[int], None], wait: int, tell: int) -> None:
    status = 1
    try:
        with suppress(OSError, AttributeError):  # Where only parents may trace.
            ctypes.CDLL(None).prctl(_SET_TRACER, _ANY_TRACER, 0, 0, 0)
        os.read(wait, 1)
        chart(tell)
        at.let_go()
        status = 0
    except BaseException as error:  # noqa: BLE001 - nothing may come back into the process of the tests
        print(f"{type(error).__name__}: {error}"[:2000], file=sys.__stderr__, flush=True)
    finally:
        os._exit(status)


def _run(at: Stage, lines: str, *, ended: bool) -> Run:
    run = Run([], {}, ended)
    for line in lines.splitlines():
        with suppress(ValueError):
            what = json.loads(line)
            if "told" in what:
                next(one for one in run.sents if one.key == what["told"]).told = True
            else:
                run.sents.append(Sent(at.actor.user_id, what["key"], what["address"], what["form"]))
                run.json_of[what["key"]] = what["json"]
    return run
