"""D-05: the whole process group killed at random moments while people chart, two hundred times on each database."""

from __future__ import annotations

import os
from statistics import median

import pytest
from flask import Flask

from tests.fault.table import Faults
from tests.reliability.killing import killed
from tests.reliability.shipped import RESTART_SECONDS

KILLS = int(os.environ.get("FAULT_KILLS", "200"))
SEED = int(os.environ.get("FAULT_SEED", "5"))


@pytest.mark.timeout(1500)
def test_two_hundred_kills(app: Flask, database_kind: str, faults: Faults) -> None:
    """D-05."""
    outcome = killed(app, KILLS, SEED)
    print(outcome.said)
    faults.add(
        f"kill -9 of the process group, {database_kind}",
        tried=outcome.kills,
        acknowledged=outcome.acknowledged,
        lost=len(outcome.found.lost),
        torn=len(outcome.found.torn),
        recovery=max(outcome.recoveries),
    )
    assert (outcome.found.lost, outcome.found.torn, outcome.wrong) == ((), (), [])
    assert outcome.kills == KILLS
    assert outcome.again >= KILLS, "hardly anything was under way when the program was killed"
    assert median(outcome.recoveries) <= RESTART_SECONDS  # The longest, which the table shows, is the machine's too.
