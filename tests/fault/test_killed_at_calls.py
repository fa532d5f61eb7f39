"""T-22: SIGKILL at exactly the n-th call by which SQLite changes a file, through saving, giving, signing and a document."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.fault.table import Faults
from tests.reliability.acknowledged import Found
from tests.reliability.traced import CALLS, Stage, stage, traced

POINTS = int(os.environ.get("FAULT_POINTS", "200"))
WHOLE = 20


@pytest.fixture
def at(template_instance: Path, tmp_path: Path) -> Stage:
    """The stage before the calls."""
    shutil.copytree(template_instance, tmp_path / "instance")
    return stage(tmp_path / "instance")


def calls(at: Stage, log: Path) -> int:
    """How many such calls there are from the first request to the last."""
    run = traced(at, "-o", str(log), "-e", f"trace={CALLS}")
    assert run.ended
    assert all(one.told for one in run.sents)
    return sum("(" in line for line in log.read_text(errors="replace").splitlines())


@pytest.mark.timeout(900)
def test_a_kill_at_each_call(at: Stage, tmp_path: Path, faults: Faults) -> None:
    """D-05: what was acknowledged is there; what was not is there once after it was sent again with its key."""
    faults.need("strace")
    many = calls(at, tmp_path / "calls")
    found, acknowledged, unanswered, killed = Found(), 0, 0, 0
    for point in range(POINTS):
        number = 1 + point * many // POINTS
        run = traced(at, "-o", os.devnull, "-e", f"trace={CALLS}", "-e", f"inject={CALLS}:signal=KILL:when={number}")
        killed += not run.ended
        acknowledged += sum(one.told for one in run.sents)
        anchors = tmp_path / f"anchors-{point}"
        found += at.judge(run.sents, anchors)
        unanswered += sum(not one.told for one in run.sents)
        at.replay(run.sents, run.json_of)
        assert all(one.told for one in run.sents), (number, [one.name for one in run.sents if not one.told])
        found += at.judge(run.sents, anchors, verify=point % WHOLE == 0)
    print(f"{many} calls, {killed} kills, {unanswered} without an answer sent again")
    faults.add(
        "SIGKILL at the n-th write or sync, sqlite",
        tried=killed,
        acknowledged=acknowledged,
        lost=len(found.lost),
        torn=len(found.torn),
    )
    assert (found.lost, found.torn) == ((), ())
    assert killed >= POINTS * 0.9
