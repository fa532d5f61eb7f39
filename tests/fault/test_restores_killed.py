"""D-17: a restore killed anywhere leaves the old record or the restored one, both usable, and nothing deleted."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask

from clinic import sqlite_file
from clinic.backups import files
from clinic.extensions import db
from clinic.unit_of_work import Work
from tests import factories
from tests.architecture.sources import ROOT
from tests.backing_up import accepted, backed_up, key_of, settings_of
from tests.fault.table import Faults

STEPS = 24
"""Writes, syncs, links, renames and deletions of files after which it is killed at once."""
CALLS = "pwrite64,write,fsync,fdatasync,rename,unlink,link,mkdir"


def restoring(instance: Path, file: Path, *before: str) -> subprocess.Popen[str]:
    """The command as an administrator types it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CLINIC_")}
    command = ("-m", "flask", "--app", "wsgi", "clinic", "restore", str(file), "--reason", "the disk failed on Monday")
    return subprocess.Popen(
        [*before, sys.executable, *command],
        cwd=ROOT,
        env=kept | {"CLINIC_INSTANCE": str(instance)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def found_torn(instance: Path, aside_before: int) -> list[str]:
    """In what the record after a kill is neither the one before nor the restored one, or the one before is gone."""
    place, found = instance / "clinic.sqlite3", []
    found += [f"damaged: {one}" for one in sqlite_file.damage(place, whole=True)]
    with closing(sqlite3.connect(place)) as record:
        later = record.execute("SELECT count(*) FROM patient WHERE family_name = 'Later'").fetchone()[0]
        noted = record.execute("SELECT count(*) FROM audit_event WHERE action = 'backup.restored'").fetchone()[0]
        signed_in = record.execute("SELECT count(*) FROM server_session WHERE revoked_at IS NULL").fetchone()[0]
    asides = len(list((instance / "backups").glob("before-restore-*/clinic.sqlite3")))
    if (later, noted) not in {(1, 0), (0, 1)}:
        found.append(f"neither the old nor the new record: {later} later patients, {noted} notes of a restore")
    if noted and signed_in:
        found.append(f"{signed_in} sessions of the restored record are still open")
    if noted and asides <= aside_before:
        found.append("the record before is gone")
    return found


@pytest.mark.sqlite_only
@pytest.mark.timeout(900)
def test_a_restore_killed_after_every_write(
    app: Flask, work: Work, clinic: factories.ClinicWorld, faults: Faults, tmp_path: Path
) -> None:
    """The n-th call that changes a file is the last one; the same command after it finishes."""
    faults.need("strace")
    made, whole = backed_up(app), settings_of(app).instance
    factories.make_patient(work, clinic.prescriber, family_name="Later")
    with app.app_context():
        db.engine.dispose()
    log, found = tmp_path / "calls", []

    def anew() -> tuple[Path, Path]:
        instance = tmp_path / "instance-again"
        shutil.rmtree(instance, ignore_errors=True)
        shutil.copytree(whole, instance)
        return instance, files.folder_of(instance) / made.file.name

    instance, file = anew()
    first = restoring(instance, file, "strace", "-f", "-qq", "-o", str(log), "-e", f"trace={CALLS}")
    said = first.communicate(timeout=120)[0]
    assert first.returncode == 0, said
    assert found_torn(instance, 0) == []
    calls = len(log.read_text(errors="replace").splitlines())
    for step in range(STEPS):
        instance, file = anew()
        number = max(1, calls * (step + 1) // STEPS)
        kill = ("strace", "-f", "-qq", "-o", os.devnull, "-e", f"inject={CALLS}:signal=KILL:when={number}")
        restoring(instance, file, *kill).communicate(timeout=120)
        found += [f"call {number}: {one}" for one in found_torn(instance, 0)]
        if not accepted(file, key_of(app)):
            found.append(f"call {number}: the backup itself does not verify")
        again = restoring(instance, file)
        said = again.communicate(timeout=120)[0]
        if again.returncode:
            found.append(f"call {number}: the second restore said: {said}")
        left = [one.name for one in instance.glob(".*restoring*")]
        found += [f"call {number}: {name} was left" for name in left]
    faults.add("restore killed at a write", tried=STEPS, acknowledged=STEPS, lost=0, torn=len(found), recovery=0)
    assert found == []
