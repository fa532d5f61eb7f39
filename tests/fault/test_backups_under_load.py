"""D-17: backups under a write load, and killed at many moments."""

from __future__ import annotations

import random
import signal
import time
from datetime import UTC, datetime

import pytest
from flask import Flask

from clinic.backups import files
from clinic.unit_of_work import Work
from tests import factories
from tests.backing_up import accepted, backed_up, drilled, key_of, lost_in_backups, settings_of
from tests.fault.table import Faults
from tests.reliability.test_backups_attacked import started

TIMES = 20
KILLS = 30
REFUSED_OF = 50
"""At most one save in so many is told that the database is busy, and to be sent again."""


@pytest.mark.timeout(600)
def test_twenty_backups_while_others_write(
    app: Flask, work: Work, clinic: factories.ClinicWorld, faults: Faults, database_kind: str
) -> None:
    """Every patient acknowledged before a backup began is in it, and the last one can be restored."""
    found, load = lost_in_backups(app, work, clinic, TIMES)
    newest = files.newest(files.folder_of(settings_of(app).instance), key_of(app), datetime.now(UTC))
    broken = drilled(app, newest).report.problems
    faults.add(
        f"backup under load, {database_kind}",
        tried=TIMES,
        acknowledged=load.acknowledged,
        lost=len(found),
        torn=len(broken),
        recovery=load.slowest,
    )
    assert (found, load.failures, broken) == ([], [], ())
    assert load.refused <= load.acknowledged // REFUSED_OF


@pytest.mark.sqlite_only
@pytest.mark.timeout(600)
def test_kills_while_a_backup_is_made(app: Flask, clinic: factories.ClinicWorld, faults: Faults) -> None:
    """A kill at random moments: each file that has its name verifies, the old one stays, the next run sweeps."""
    good, folder, key = backed_up(app), files.folder_of(settings_of(app).instance), key_of(app)
    began = time.monotonic()
    started(app, folder).communicate()
    whole, torn = time.monotonic() - began, 0
    for _ in range(KILLS):
        running = started(app, folder)
        time.sleep(whole * random.uniform(0.6, 1.05))
        running.send_signal(signal.SIGKILL)
        running.communicate()
        torn += sum(not accepted(one, key) for one in files.all_of(folder, key))
        assert accepted(good.file, key)
        good = backed_up(app, keep=3)
    faults.add("backup killed", tried=KILLS, acknowledged=KILLS, lost=0, torn=torn, recovery=0)
    assert torn == 0
    assert [one.name for one in folder.iterdir() if one.suffix == ".part" or one.name == ".work"] == []
