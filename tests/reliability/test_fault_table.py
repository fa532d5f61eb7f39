"""The table that `make fault` prints, and that its run fails where it must (D-05, D-07, D-08)."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import FAULTS, pytest_ignore_collect
from tests.fault.table import Faults, Tried, drawn, failings, rows

ROOT = Path(__file__).resolve().parents[2]
HELD = Tried("kill -9 of the process group", tried=200, acknowledged=3120, lost=0, torn=0, recovery=1.234)


def test_a_run_in_which_nothing_was_lost_is_green() -> None:
    assert failings([HELD], []) == []


@pytest.mark.parametrize("hole", [{"lost": 1}, {"torn": 1}, {"tried": 0}])
def test_a_row_that_does_not_hold_is_named(hole: dict[str, int]) -> None:
    (found,) = failings([HELD, replace(HELD, **hole)], [])
    assert found.startswith("kill -9 of the process group: tried ")


def test_a_skipped_fault_and_an_empty_run_are_named() -> None:
    assert failings([HELD], ["tests/fault/test_disks.py::test_full"]) == [
        "tests/fault/test_disks.py::test_full: was skipped; a fault that was not tried is not held"
    ]
    assert failings([], []) == ["no fault was tried"]


def test_the_table_has_totals_and_the_longest_recovery() -> None:
    kept: list[tuple[str, object]] = []
    faults = Faults(kept)
    faults.add("kill -9 of the process group", tried=200, acknowledged=3120, recovery=1.234)
    faults.add("full disk", tried=40, acknowledged=80, recovery=0.5)
    assert drawn(rows(kept)) == [
        "Fault                         Tried  Acknowledged  Lost  Torn  Recovery (s)",
        "---------------------------------------------------------------------------",
        "kill -9 of the process group    200         3,120     0     0          1.23",
        "full disk                        40            80     0     0          0.50",
        "---------------------------------------------------------------------------",
        "Total                           240         3,200     0     0          1.23",
    ]


def test_a_missing_program_fails_in_one_line_that_names_the_fix() -> None:
    with pytest.raises(pytest.fail.Exception) as refused:
        Faults([]).need("sh", "no-such-program", "nginx-that-is-not-there")
    missing = "no-such-program, nginx-that-is-not-there"
    assert str(refused.value) == f"Missing: {missing}. Install with: apt-get install {missing.replace(',', '')}"


FAULT = """
def test_one(faults):
    faults.add("planted", tried=3, acknowledged=3, lost={lost})
"""


@pytest.mark.parametrize(("lost", "status"), [(0, 0), (1, 1)])
def test_the_run_itself_fails_by_a_lost_save(tmp_path: Path, lost: int, status: int) -> None:
    (tmp_path / "test_planted.py").write_text(FAULT.format(lost=lost))
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", str(tmp_path), "-p", "tests.fault.conftest", "-p", "no:cacheprovider"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == status, ran.stdout + ran.stderr
    assert "planted" in ran.stdout
    assert ("NOT HELD  planted: tried 3, lost 1, torn 0" in ran.stdout) == bool(lost)


def test_faults_stay_out_of_every_other_run(request: pytest.FixtureRequest) -> None:
    """They are left out of a run that did not name them, and are in one that does."""
    assert pytest_ignore_collect(FAULTS, request.config) is True
    assert pytest_ignore_collect(FAULTS.parent / "web", request.config) is None
    named = request.config.__class__.fromdictargs({}, [str(FAULTS / "test_kills.py::test_kill")])
    assert pytest_ignore_collect(FAULTS, named) is None
