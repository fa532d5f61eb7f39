"""D-36: two hundred random corruptions of the SQLite file: refused in words and untouched, or read as it was written."""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import Any

from tests.reliability.damaging import harms, leaks, signed_instance

CORRUPTIONS = 200


def test_no_corruption_is_served_silently(template_instance: Path, tmp_path: Path, faults: Any) -> None:
    """D-36."""
    instance = tmp_path / "instance"
    shutil.copytree(template_instance, instance)
    signed = signed_instance(instance)
    found = leaks(signed, tmp_path, harms(random.Random(3600), CORRUPTIONS, signed.content))
    faults.add("corrupt database file (SQLite)", tried=CORRUPTIONS, acknowledged=CORRUPTIONS, lost=0, torn=len(found))
    assert found == []
