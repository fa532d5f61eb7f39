"""D-06: the power goes off between any two calls; what was not synced is gone, there in part, or in another order (SQLite)."""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fault.table import Faults
from tests.reliability.acknowledged import Found, Sent
from tests.reliability.power_loss import RECORDED, Disk, Step, forgetting, laid_down, read, told_by
from tests.reliability.traced import Run, Stage, stage, traced

CUTS = 30
WAYS = ((0.0, False), (0.5, True), (1.0, False))
"""How much of what was not synced is there, and whether what the folder was told is."""
SEED = 6


@pytest.fixture
def at(template_instance: Path, tmp_path: Path) -> Stage:
    """The stage before the calls."""
    shutil.copytree(template_instance, tmp_path / "instance")
    return stage(tmp_path / "instance")


def recorded(at: Stage, log: Path) -> tuple[Run, list[Step]]:
    """A session as it was charted, with everything that was written."""
    run = traced(at, "-y", "-xx", "-s", "70000", "-o", str(log), "-e", f"trace={RECORDED}")
    assert run.ended
    steps = read(log, at.file.parent, '"told"')
    assert told_by(steps) == {one.key for one in run.sents}
    return run, steps


def lost_in_cuts(
    at: Stage, run: Run, steps: Sequence[Step], cuts: Sequence[int], anchors: Path
) -> tuple[Found, int, int]:
    """What is lost or torn after the power went off at each cut, in how many states, with how much acknowledged."""
    chance, found, states, acknowledged = random.Random(SEED), Found(), 0, 0
    disk = Disk({at.file.name: at.kept.read_bytes()})
    for number, step in enumerate(steps, 1):
        disk.take(step)
        if number not in cuts:
            continue
        told = told_by(steps[:number])
        sents: list[Sent] = [replace(one, told=one.key in told) for one in run.sents]
        for share, entries in WAYS:
            at.let_go()
            laid_down(disk.after(chance, share, entries=entries), at.file.parent, at.file.name)
            try:
                found += at.judge(sents, anchors)
            except Exception as error:  # noqa: BLE001 - a file that cannot be read is one more finding
                found += Found(torn=(f"after {number} calls: {type(error).__name__}: {error}"[:300],))
            states += 1
            acknowledged += len(told)
    return found, states, acknowledged


@pytest.mark.timeout(900)
def test_the_power_goes_off(at: Stage, tmp_path: Path, faults: Faults) -> None:
    """D-06."""
    faults.need("strace")
    run, steps = recorded(at, tmp_path / "log")
    cuts = sorted(random.Random(SEED).sample(range(1, len(steps) + 1), CUTS))
    found, states, acknowledged = lost_in_cuts(at, run, steps, cuts, tmp_path / "anchors")
    faults.add(
        "power loss, unsynced writes dropped or mixed, sqlite",
        tried=states,
        acknowledged=acknowledged,
        lost=len(found.lost),
        torn=len(found.torn),
    )
    assert (found.lost, found.torn) == ((), ())
    assert states >= 60


def test_a_program_that_never_syncs_is_named(at: Stage, tmp_path: Path, faults: Faults) -> None:
    """The same calls without their syncs: the check must find what the power takes."""
    faults.need("strace")
    run, steps = recorded(at, tmp_path / "log")
    loose = forgetting(steps)
    found, _, _ = lost_in_cuts(at, run, loose, [len(loose)], tmp_path / "anchors")
    assert found.lost
    faults.add("power loss without syncs is named by the check", tried=1, acknowledged=1)
