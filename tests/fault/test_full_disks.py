"""D-07: the disk of the record, of temporary files, of the log and of the backups, each full by itself."""

from __future__ import annotations

import time
from pathlib import Path
from random import Random

import pytest

from tests.fault.table import Faults
from tests.reliability.full_disks import MEBIBYTE
from tests.reliability.test_full_disk import desk, full, save

pytestmark = [pytest.mark.sqlite_only, pytest.mark.timeout(300)]
ROUNDS = 24


def test_the_disk_of_the_record_is_full(template_instance: Path, tmp_path: Path, faults: Faults) -> None:
    """Again and again, with a different rest of room each time."""
    faults.need("unshare")
    chance, found, slowest = Random(7), [], 0.0
    with desk(template_instance, tmp_path) as at:
        for _ in range(ROUNDS):
            began = time.monotonic()
            found += full(at, chance.choice((0, 4096, 20_000, 60_000, 150_000)))
            slowest = max(slowest, time.monotonic() - began)
        sents = at.sents
    faults.add(
        "disk full: the record (SQLite)", tried=ROUNDS, acknowledged=len(sents.told), torn=len(found), recovery=slowest
    )
    assert found == []


@pytest.mark.parametrize("small", ["temp", "log", "backups"])
def test_another_disk_is_full(small: str, template_instance: Path, tmp_path: Path, faults: Faults) -> None:
    """Saving and reading go on; an upload that needs temporary room is refused in plain words."""
    faults.need("unshare")
    found = []
    with desk(template_instance, tmp_path, small=small, size=2 * MEBIBYTE) as at:
        at.disk.fill()
        for _ in range(5):
            _, answer, _ = save(at)
            if answer.status != 200:
                found.append(f"a save: {answer.status} {answer.text[:200]}")
        for page in at.pages():
            got = at.link.get(page)
            if got.status != 200:
                found.append(f"{page}: {got.status} {got.text[:200]}")
        found += at.wrong()
        sents = at.sents
    faults.add(f"disk full: {small}", tried=5 + len(at.pages()), acknowledged=len(sents.told), torn=len(found))
    assert found == []
