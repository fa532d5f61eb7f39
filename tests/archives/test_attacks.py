"""Archives, rows and runs as somebody would make them who wants more than a copy of the record."""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import stat
import zipfile
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import LargeBinary, text

from clinic import verification
from clinic.archives import opening, parts, runs, tables
from clinic.archives.opening import Refused
from clinic.archives.packing import MANIFEST, SEAL
from clinic.archives.runs import Run, Status
from clinic.archives.snapshots import snapshot
from clinic.archives.tables import Scope
from clinic.domain.anatomy import Side
from clinic.domain.events import Action, Event
from clinic.domain.patient_forms import Way
from clinic.models import PatientForm
from clinic.unit_of_work import Work
from tests.archives.test_opening import SITES, _rows, altered, refused, swap
from tests.archives.test_round_trip import AGAIN, RUN, imported, made
from tests.charting import Charting
from tests.factories import ClinicWorld, make_patient
from tests.postgresql import beside


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    charting = Charting.begun(work, clinic, clock)
    charting.signed()
    return charting


@pytest.fixture
def good(work: Work, charting: Charting, tmp_path: Path) -> Path:
    return made(work, tmp_path, Scope(charting.clinic.id))


@pytest.mark.sqlite_only
def test_whatever_bytes_are_changed_it_is_refused_and_never_fails_otherwise(work: Work, good: Path) -> None:
    body, source = good.read_bytes(), random.Random(7)
    broken = good.with_name("broken.zip")
    taken = 0
    for _ in range(150):
        changed = bytearray(body)
        for _ in range(source.choice((1, 1, 4, 64))):
            changed[source.randrange(len(changed))] ^= 1 << source.randrange(8)
        broken.write_bytes(changed[: source.choice((len(changed), source.randrange(len(changed))))])
        try:
            with opening.opened(broken, work.key):
                taken += 1  # Such as a bit in the date of a file: nothing of what is read.
        except Refused:
            pass
    assert taken < 30


@pytest.mark.sqlite_only
def test_what_is_around_hidden_or_larger_than_said_is_refused(work: Work, good: Path) -> None:
    before = good.with_name("before.zip")
    before.write_bytes(b"#!/bin/sh\n" + good.read_bytes())
    assert "before or behind" in refused(work, before)
    shutil.copy(good, before)
    with zipfile.ZipFile(before, "a") as file:
        file.comment = b"hello"
    assert "before or behind" in refused(work, before)
    assert "manifest.seal is too large" in refused(
        work, altered(good, lambda members: members.update({SEAL: os.urandom(2_000)}))
    )
    large = json.dumps({"files": {}, "x": "x" * 1_200_000}).encode()
    assert "unpacks to more" in refused(work, altered(good, lambda members: members.update({MANIFEST: large})))
    large = json.dumps({"x": os.urandom(700_000).hex()}).encode()
    assert "too large" in refused(work, altered(good, lambda members: members.update({MANIFEST: large})))
    with zipfile.ZipFile(good) as file, zipfile.ZipFile(before, "w", zipfile.ZIP_LZMA) as packed:
        for name in file.namelist():
            packed.writestr(name, file.read(name))
    assert "packed in a way" in refused(work, before)
    with zipfile.ZipFile(good) as file:
        manifest = json.loads(file.read(MANIFEST))
    manifest["tables"]["visit"] = 3
    assert "not that of an archive" in refused(
        work, altered(good, lambda members: members.update({MANIFEST: json.dumps(manifest).encode()}))
    )


def _twice(members: dict[str, bytes], place: str) -> None:
    lines = members[place].splitlines(keepends=True)
    members[place] = b"".join([*lines[:-1], lines[0]])


def _stranger(members: dict[str, bytes]) -> None:
    first = json.loads(members["record/membership.jsonl"].splitlines()[0])["user_id"].encode()
    members["record/membership.jsonl"] = members["record/membership.jsonl"].replace(first, b"z" * 26)


HOSTILE = [
    ("an id that climbs", swap("record/patient.jsonl", b'"id":"', b'"id":"../'), "“id” cannot be"),
    ("a NUL", swap("record/patient.jsonl", b'"family_name":"', b'"family_name":"\\u0000'), "“family_name” cannot be"),
    ("half a pair", swap("record/patient.jsonl", b'"family_name":"', b'"family_name":"\\ud800'), "cannot be"),
    ("a number too large", swap(SITES, b'"number":1,', b'"number":99999999999,'), "“number” cannot be"),
    ("deep JSON", lambda members: members.update({SITES: b"[" * 100_000}), "line 1: not JSON"),
    ("a row twice", lambda members: _twice(members, SITES), "does not take its rows"),
    ("somebody else", _stranger, "somebody who is not in"),
]


def test_rows_that_would_harm_are_refused_with_their_place_and_leave_nothing(work: Work, good: Path) -> None:
    before = _rows(work)
    for what, change, reason in HOSTILE:
        with (
            opening.opened(altered(good, change, told=True), work.key) as found,
            pytest.raises(Refused, match=reason),
        ):
            imported(work, found)
        assert _rows(work) == before, what


def test_a_moment_of_another_zone_is_sealed_as_it_is_stored(app: Any, work: Work, good: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(good) as file:
        at = json.loads(file.read("record/audit_event.jsonl").splitlines()[0])["at"].encode()
    there = datetime.fromisoformat(at.decode()).astimezone(timezone(timedelta(hours=5, minutes=45))).isoformat()
    change = swap("record/audit_event.jsonl", at, there.encode())
    with opening.opened(altered(good, change, told=True), work.key) as found:
        clinic_id = imported(work, found)
    assert verification.of_clinic(work, clinic_id) == ()


@pytest.mark.sqlite_only
def test_no_value_of_the_database_chooses_a_place_on_the_disk(tmp_path: Path) -> None:
    column = next(one for one in tables.named("document") if isinstance(one.type, LargeBinary))
    for number, name in enumerate(("../../../x", "/etc/x", "..", "a/b", "", "x" * 200)):
        folder = tmp_path / str(number)
        folder.mkdir()
        said = parts._file(folder, "document", {"id": name, column.name: b"%PDF-1"}, column.name)
        assert (folder / said["file"]).resolve().is_relative_to((folder / "files" / "document").resolve())
    assert {one.name for one in tmp_path.iterdir()} == {str(one) for one in range(6)}


def test_a_patients_link_stays_where_it_was_made(work: Work, charting: Charting, tmp_path: Path, clock: Any) -> None:
    charting.start()
    with charting.writing() as uow:
        uow.session.add(
            PatientForm(
                clinic_id=uow.clinic_id, id=uow.new_id(), patient_id=charting.patient_id, visit_id=charting.visit_id,
                way=Way.LINK, instruments="", link_hash="a" * 64, browser_hash="b" * 64, created_by_id="x",
                created_by="x", created_at=clock(), expires_at=clock(),
            )
        )  # fmt: skip
        uow.record(Event(Action.PATIENT_FORM_CREATED, "form", charting.patient_id))
    file = made(work, tmp_path, Scope(charting.clinic.id))
    with opening.opened(file, work.key) as found:
        (row,) = [one for _, one in found.lines("patient_form")]
        assert not {"link_hash", "browser_hash"} & set(row)
        imported(work, found)  # The same link twice would be refused by the database.


def test_what_is_written_while_an_export_reads_is_not_in_it(work: Work, charting: Charting, tmp_path: Path) -> None:
    with snapshot(work.engine, tmp_path) as connection:
        connection.execute(text("SELECT count(*) FROM patient")).scalar()
        assert not list(tmp_path.glob("snapshot-*")), "nothing is left on the disk should the process be killed now"
        make_patient(work, charting.clinic.prescriber, family_name="Later", birth_date=date(1961, 5, 6))
        state = parts.write(connection, Scope(charting.clinic.id), tmp_path / "parts")
    assert next(part.rows for part in state.parts if part.table == "patient") == 1
    assert b"Later" not in (tmp_path / "parts" / "record" / "patient.jsonl").read_bytes()


def test_two_patients_of_one_vial_have_nothing_of_each_other(
    work: Work, charting: Charting, clock: Any, tmp_path: Path
) -> None:
    mine, visit = charting.patient_id, charting.visit_id
    other = make_patient(
        work, charting.clinic.prescriber, family_name="Krzyk", given_names="Mirela", record_number="Z-77"
    )
    charting.patient_id = other
    charting.start()
    theirs = {other, charting.visit_id, charting.site(muscle="mentalis", side=Side.RIGHT)}
    ours = {mine, visit, *(site.id for site in charting.record(visit).sites)}
    for run_id, patient_id, own, foreign in ((RUN, mine, ours, theirs), (AGAIN, other, theirs, ours)):
        file = made(work, tmp_path, Scope(charting.clinic.id, patient_id), run_id)
        with zipfile.ZipFile(file) as archive:
            whole = b"".join(archive.read(name) for name in archive.namelist()).decode("utf-8", "replace")
        assert not [one for one in foreign if one in whole]
        assert not [one for one in own if one not in whole]
        assert ("Krzyk" in whole) is (patient_id == other)


@pytest.fixture
def run(work: Work, charting: Charting, tmp_path: Path) -> Run:
    return runs.begin(tmp_path, Run(RUN, charting.clinic.id, None, "A. Tester", "test", work.clock()))


@pytest.mark.sqlite_only
def test_going_on_with_an_export_is_no_change_of_the_record(work: Work, run: Run, charting: Charting) -> None:
    with beside(work.engine).connect() as connection:
        before = parts.changes(connection, run.clinic_id)
    for action in (Action.SIGNED_IN, Action.EXPORT_CHANGED, Action.EXPORT_BEGUN, Action.RECORD_EXPORTED):
        work.append(charting.clinic.prescriber, [Event(action, "export")])
    with beside(work.engine).connect() as connection:
        assert parts.changes(connection, run.clinic_id) == before
    make_patient(work, charting.clinic.prescriber, birth_date=date(1961, 5, 6))
    with beside(work.engine).connect() as connection:
        assert parts.changes(connection, run.clinic_id) > before


@pytest.mark.sqlite_only
def test_a_run_that_is_deleted_while_it_is_written_leaves_nothing(
    work: Work, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "_EVERY", 0)
    runs.carry_out(work, tmp_path, run, lambda one: runs.delete(tmp_path, one) if one.table == "patient" else None)
    assert not list((tmp_path / str(run.clinic_id)).iterdir())


@pytest.mark.sqlite_only
def test_a_try_that_comes_late_leaves_the_newer_ones_rows_and_file_alone(
    work: Work, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "_EVERY", 0)
    folder = tmp_path / str(run.clinic_id) / run.id
    for name in ("parts-1", "parts-2", "snapshot-x"):  # Of processes that were killed.
        (folder / name).mkdir()
    (folder / "parts-1.zip.part").write_bytes(b"half")
    late: list[bytes] = []

    def take_over(one: Run) -> None:
        if one.done and not late:
            assert runs.carry_out(work, tmp_path, run).status is Status.DONE
            late.append(runs.file_of(tmp_path, run.clinic_id, run.id).read_bytes())

    runs.carry_out(work, tmp_path, run, take_over)
    assert runs.file_of(tmp_path, run.clinic_id, run.id).read_bytes() == late[0]
    assert {file.name for file in folder.iterdir()} == {"run.json", "progress.json", "claim", "archive.zip"}


@pytest.mark.sqlite_only
def test_nobody_else_of_the_machine_reads_an_archive(work: Work, run: Run, tmp_path: Path) -> None:
    runs.carry_out(work, tmp_path, run)
    file = runs.file_of(tmp_path, run.clinic_id, run.id)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600, "it is moved where its name was asked for, with these rights"
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.sqlite_only
def test_after_a_week_a_file_is_gone_without_anybody_looking_at_the_list(
    work: Work, run: Run, clock: Any, tmp_path: Path
) -> None:
    runs.carry_out(work, tmp_path, run)
    clock.move(days=7, seconds=1)
    runs.sweep(tmp_path, clock())
    assert not list((tmp_path / str(run.clinic_id)).iterdir())
    runs.begin(tmp_path, replace(run, id=AGAIN))
    with pytest.raises(runs.NotFound):
        runs.run(tmp_path, run.clinic_id, AGAIN, clock())


@pytest.mark.sqlite_only
def test_a_program_that_was_brought_up_to_date_begins_anew(work: Work, run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "parts"
    with snapshot(work.engine, tmp_path) as connection:
        parts.write(connection, run.scope, folder)
    old = json.loads((folder / parts.STATE).read_text())
    (folder / parts.STATE).write_text(json.dumps(old | {"schema": "0001"}))
    stamp = (folder / "record" / "patient.jsonl").stat().st_ino
    with snapshot(work.engine, tmp_path) as connection:
        state = parts.write(connection, run.scope, folder)
    assert state.schema == old["schema"]
    assert (folder / "record" / "patient.jsonl").stat().st_ino != stamp or state.parts


@pytest.mark.sqlite_only
def test_a_copy_gives_signs_of_life_and_can_be_stopped(work: Work, charting: Charting, tmp_path: Path) -> None:
    beats: list[int] = []

    def stop() -> None:
        beats.append(1)
        raise runs.Stopped

    with pytest.raises(runs.Stopped), snapshot(work.engine, tmp_path, stop):
        pass
    assert beats
    assert not list(tmp_path.glob("snapshot-*"))
    with closing(sqlite3.connect(str(work.engine.url.database))) as other:
        other.execute("BEGIN IMMEDIATE")  # No lock of the copy is left behind.
        other.rollback()


@pytest.mark.sqlite_only
def test_rows_that_are_not_what_was_signed_are_named_once_they_are_in(work: Work, good: Path) -> None:
    change = swap(SITES, b'"units":"2.5"', b'"units":"5"')
    with opening.opened(altered(good, change, told=True), work.key) as found:
        clinic_id = imported(work, found)
    assert any("units differs from what was signed" in str(one) for one in verification.of_clinic(work, clinic_id))
