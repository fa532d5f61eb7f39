"""D-07: the disk of the record is full: nothing half-saved, plain words, reading, printing and exporting go on, and it recovers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from clinic import create_app
from clinic.domain.events import Action, Event
from clinic.models import AuditEvent
from clinic.reserve import KEPT_BYTES, MARGIN_BYTES, Reserve
from clinic.unit_of_work import Full, Work
from tests.bench.browsers import OverHttp, ticket
from tests.bench.clinician import POINTS, Refused, Session
from tests.charting import open_vial
from tests.conftest import make_settings
from tests.factories import ClinicWorld, make_clinic, make_condition, make_patient
from tests.reliability.acknowledged import Sent, Sents, look, torn
from tests.reliability.full_disks import MEBIBYTE, SmallDisk, served

pytestmark = pytest.mark.sqlite_only
SIZE = 40 * MEBIBYTE
FULL_WORDS = "The disk of the record is full, so nothing of this request was saved."


@dataclass
class Desk:
    """Somebody at work on a server with a small disk: a draft, and what was sent."""

    disk: SmallDisk
    copy: Work
    clinic: ClinicWorld
    link: OverHttp
    session: Session
    sents: Sents

    @property
    def file(self) -> Path:
        """Where the copy is."""
        return Path(str(self.copy.engine.url.database))

    @property
    def work(self) -> Work:
        """On a copy of what is on the disk now: SQLite follows no way into another process's disk."""
        self.copy.engine.dispose()
        for end in ("-journal", ""):
            source, target = (Path(f"{one}{end}") for one in (self.disk.instance / self.file.name, self.file))
            target.unlink(missing_ok=True)
            if source.exists():
                shutil.copyfile(source, target)
        return self.copy

    def pages(self) -> list[str]:
        """What must still be read, printed and taken away, by its address."""
        patient, visit = f"/patients/{self.session.patient_id}", self.session.page
        return [
            "/",
            "/patients",
            patient,
            visit,
            f"{visit}/chart.json",
            f"{visit}/review",
            f"{visit}/summary.pdf",
            "/stock",
        ]

    def entries(self) -> int:
        """Entries of the audit trail."""
        with self.work.reading(self.clinic.prescriber, scoped=False) as uow:
            return int(uow.session.scalar(select(func.count()).select_from(AuditEvent)) or 0)

    def wrong(self) -> list[str]:
        """What is lost or torn."""
        found = look(self.work, self.sents, everything=True)
        return [*found.lost, *found.torn, *torn(self.work, self.clinic.id, self.file)]


@contextmanager
def desk(template: Path, tmp_path: Path, *, small: str = "instance", size: int = SIZE) -> Iterator[Desk]:
    """A server on a small disk, and a prescriber with a draft at it."""
    source = tmp_path / "source"
    shutil.copytree(template, source)
    app, ids = create_app(make_settings(source)), {}
    work: Work = app.extensions["clinic_work"]
    clinic = make_clinic(work)
    ids["patient"] = make_patient(work, clinic.prescriber)
    make_condition(work, clinic.prescriber, ids["patient"])
    vial = open_vial(work, clinic)
    held = ticket(app, clinic.prescriber)
    work.engine.dispose()
    with served(source, tmp_path, size=size, small=small) as disk:
        link = OverHttp(disk.port, held)
        session = Session(link, ids["patient"])
        session.start(vial)
        made = Desk(disk, work, clinic, link, session, Sents())
        try:
            yield made
        finally:
            link.close()
            work.engine.dispose()


def save(at: Desk) -> tuple[Sent, Any, bytes]:
    """Save one site; gives what was sent, the answer and the body to send again."""
    at.session.refresh()
    turn, place = divmod(
        len(at.sents.every), len(POINTS)
    )  # No two sites are alike: each is looked for by what it holds.
    values = at.session.fields(at.session.site(place, units=str(1 + turn)))
    body = at.link.form(values)
    key = body.decode().partition("idempotency_key=")[2].partition("&")[0]
    form = {name: str(value) for name, value in values.items()}
    sent = at.sents.add(Sent(at.clinic.prescriber.user_id, key, f"{at.session.page}/sites", form))
    answer = at.link.repeat(sent.address, body, as_json=True)
    sent.told = answer.status == 200
    return sent, answer, body


def full(at: Desk, but: int) -> list[str]:
    """Fill the disk, work on, make room, and name everything that was wrong."""
    found = []
    at.disk.fill(but)
    sent, answer, body = save(at)
    for _ in range(30):
        if answer.status != 200:
            break
        sent, answer, body = save(at)
    if answer.status != 503 or FULL_WORDS not in answer.text:
        found.append(f"a save on a full disk: {answer.status} {answer.text[:200]}")
    before = at.entries()
    for page in at.pages():
        got = at.link.get(page)
        if got.status != 200:
            found.append(f"{page}: {got.status} {got.text[:300]}")
    if at.entries() < before + len(at.pages()):
        found.append("pages were shown without their entries")
    if look(at.work, Sents([replace(sent, told=True)])).lost == ():
        found.append("the refused save is there")
    at.disk.empty()
    again = at.link.repeat(sent.address, body, as_json=True)
    sent.told = again.status == 200
    if not sent.told:
        found.append(f"after there was room again: {again.status} {again.text[:300]}")
    return [*found, *at.wrong()]


def test_reading_goes_on_and_it_recovers_by_itself(template_instance: Path, tmp_path: Path) -> None:
    """D-07."""
    with desk(template_instance, tmp_path) as at:
        assert full(at, 0) == []
        assert (at.disk.instance / "clinic.reserve").stat().st_size == KEPT_BYTES
        assert full(at, 40_000) == []


def test_what_a_full_disk_lets_through(app: Flask, work: Work, clinic: ClinicWorld, monkeypatch: Any) -> None:
    """Given up, only what reading and exporting need is written; with room again, the reserve is kept and all is."""
    file = Path(str(work.engine.url.database))
    mine = replace(work, reserve=Reserve(file))
    make_patient(mine, clinic.prescriber)  # A reserve that is not kept refuses nothing.
    mine.reserve.keep()
    free = KEPT_BYTES + MARGIN_BYTES
    usage = shutil.disk_usage(file.parent)
    monkeypatch.setattr("clinic.reserve.shutil.disk_usage", lambda _: usage._replace(free=free - 1))
    mine.reserve.give_up()
    assert not file.with_suffix(".reserve").exists()
    with pytest.raises(Full):
        make_patient(mine, clinic.prescriber, family_name="Hansdottir", given_names="Sigrun")
    with mine.reading(clinic.prescriber) as uow:
        uow.record(Event(Action.LIST_VIEWED, "patients"))
    ticket(app, clinic.prescriber)
    monkeypatch.setattr("clinic.reserve.shutil.disk_usage", lambda _: usage._replace(free=free))
    make_patient(mine, clinic.prescriber, family_name="Hansdottir", given_names="Sigrun")
    assert file.with_suffix(".reserve").stat().st_size == KEPT_BYTES


def test_what_goes_wrong_on_a_full_disk_would_be_named(template_instance: Path, tmp_path: Path) -> None:
    """The tooth: a server whose reserve somebody took away shows nothing, and the attack says so."""
    with desk(template_instance, tmp_path) as at:
        (at.disk.instance / "clinic.reserve").unlink()
        with pytest.raises(Refused, match="503"):
            full(at, 0)
