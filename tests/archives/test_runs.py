"""A run that was cancelled or cut off goes on where it was, unless the record was changed meanwhile."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clinic.archives import parts, runs
from clinic.archives.parts import Progress, State
from clinic.archives.runs import Run, Status
from clinic.archives.snapshots import snapshot
from clinic.archives.tables import Scope
from clinic.domain.errors import NotFound
from clinic.domain.events import Action, Event
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld, make_patient
from tests.postgresql import beside

pytestmark = pytest.mark.sqlite_only
RUN = "r" * 26


@pytest.fixture
def charting(work: Work, clinic: ClinicWorld, clock: Any) -> Charting:
    charting = Charting.begun(work, clinic, clock)
    charting.signed()
    return charting


@pytest.fixture
def run(work: Work, charting: Charting, tmp_path: Path) -> Run:
    """A run that nobody carries out yet."""
    return runs.begin(tmp_path, Run(RUN, charting.clinic.id, None, "A. Tester", "test", work.clock()))


class CutOff(Exception):
    """The process ended."""


def cut_off_at(table: str) -> parts.Watch:
    """Stop at a table."""

    def watch(progress: Progress) -> None:
        if progress.table == table:
            raise CutOff

    return watch


def begun(work: Work, run: Run, root: Path) -> Path:
    """What a process left behind that was killed while it wrote the visits."""
    folder = root / str(run.clinic_id) / run.id / "parts-1"
    with snapshot(work.engine, root) as connection, pytest.raises(CutOff):
        parts.write(connection, run.scope, folder, cut_off_at("visit"))
    return folder


def test_a_run_goes_on_behind_the_tables_that_are_written(work: Work, run: Run, tmp_path: Path) -> None:
    folder = begun(work, run, tmp_path)
    state = State.read(folder)
    assert state is not None
    written = [part.table for part in state.parts]
    assert "patient" in written
    assert "visit" not in written
    marked = folder / "record" / "patient.jsonl"
    stamp = marked.stat().st_mtime_ns
    with snapshot(work.engine, tmp_path) as connection:
        whole = parts.write(connection, run.scope, folder)
    assert marked.stat().st_mtime_ns == stamp
    assert [part.table for part in whole.parts][: len(written)] == written
    with snapshot(work.engine, tmp_path) as connection:
        fresh = parts.write(connection, run.scope, tmp_path / "fresh")
    assert fresh.parts == whole.parts


def test_after_a_change_of_the_record_it_is_written_anew(
    work: Work, run: Run, clinic: ClinicWorld, tmp_path: Path
) -> None:
    begun(work, run, tmp_path)
    make_patient(work, clinic.prescriber, family_name="Zielonka", given_names="Bartosz")
    done = runs.carry_out(work, tmp_path, run)
    assert done.status is Status.DONE
    with zipfile.ZipFile(runs.file_of(tmp_path, run.clinic_id, run.id)) as file:
        assert b"Zielonka" in file.read("record/patient.jsonl")
        said = json.loads(file.read("manifest.json"))["tables"]["patient"]["rows"]
    assert said == 2


def test_reading_is_no_change(work: Work, run: Run, charting: Charting, tmp_path: Path) -> None:
    begun(work, run, tmp_path)
    with beside(work.engine).connect() as connection:
        before = parts.changes(connection, run.clinic_id)
    with charting.reading() as uow:
        uow.record(Event(Action.PATIENT_VIEWED, "patient", charting.patient_id))
    with beside(work.engine).connect() as connection:
        assert parts.changes(connection, run.clinic_id) == before


def test_a_cancelled_run_stops_and_can_be_gone_on_with(
    work: Work, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "_EVERY", 0)
    told: list[Run] = []

    def cancel(one: Run) -> None:
        told.append(one)
        if one.table == "patient":
            runs.cancel(tmp_path, one)

    assert runs.carry_out(work, tmp_path, run, cancel).status is Status.CANCELLED
    standing = runs.run(tmp_path, run.clinic_id, run.id, work.clock())
    assert standing.status is Status.CANCELLED
    assert standing.status.can_go_on
    assert {one.table for one in told} & {"clinic", "patient"}
    assert all(0 <= one.percent < 100 for one in told)
    with pytest.raises(NotFound):
        runs.file_of(tmp_path, run.clinic_id, run.id)
    assert runs.carry_out(work, tmp_path, standing).status is Status.DONE


def test_a_newer_claim_ends_the_older_run(
    work: Work, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "_EVERY", 0)
    newer: list[Run] = []

    def take_over(one: Run) -> None:
        if one.table == "patient" and not newer:
            newer.append(runs.carry_out(work, tmp_path, run))

    runs.carry_out(work, tmp_path, run, take_over)
    assert newer[0].status is Status.DONE
    assert runs.run(tmp_path, run.clinic_id, run.id, work.clock()).status is Status.DONE
    assert runs.file_of(tmp_path, run.clinic_id, run.id).exists()


def test_a_run_without_a_sign_of_life_was_interrupted(work: Work, run: Run, clock: Any, tmp_path: Path) -> None:
    limit = runs.SIGN_OF_LIFE.total_seconds()
    clock.move(seconds=limit)
    assert runs.run(tmp_path, run.clinic_id, run.id, clock()).status is Status.RUNNING
    clock.move(seconds=1)
    assert runs.run(tmp_path, run.clinic_id, run.id, clock()).status is Status.INTERRUPTED


def test_a_disk_that_is_full_is_told_and_keeps_what_is_written(
    work: Work, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(runs, "pack", full)
    failed = runs.carry_out(work, tmp_path, run)
    assert failed.status is Status.FAILED
    assert "No space left" in failed.problem
    monkeypatch.undo()
    assert runs.carry_out(work, tmp_path, failed).status is Status.DONE


def test_runs_of_another_clinic_and_names_that_climb_are_not_found(work: Work, run: Run, tmp_path: Path) -> None:
    for clinic_id, run_id in ((run.clinic_id + 1, run.id), (run.clinic_id, "../" + run.id), (run.clinic_id, "x")):
        with pytest.raises(NotFound):
            runs.run(tmp_path, clinic_id, run_id, work.clock())


def test_a_file_does_not_lie_about_longer_than_a_week(work: Work, run: Run, clock: Any, tmp_path: Path) -> None:
    runs.carry_out(work, tmp_path, run)
    clock.move(days=7)
    assert [one.id for one in runs.runs(tmp_path, run.clinic_id, clock())] == [run.id]
    clock.move(seconds=1)
    assert runs.runs(tmp_path, run.clinic_id, clock()) == ()
    assert not list((tmp_path / str(run.clinic_id)).iterdir())


def test_nothing_of_a_snapshot_stays(work: Work, run: Run, tmp_path: Path) -> None:
    runs.carry_out(work, tmp_path, run)
    names = {file.name for file in (tmp_path / str(run.clinic_id) / run.id).iterdir()}
    assert names == {"run.json", "progress.json", "claim", "archive.zip"}
    assert replace(run, patient_id="p").scope == Scope(run.clinic_id, "p")
