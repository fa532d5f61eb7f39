"""The chart's pure modules, tested in Node where they run."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from clinic.domain import anatomy
from tests.js.test_geometry_agreement import node


@pytest.mark.parametrize("name", ["state", "queue", "marks", "keyboard", "zoom", "ghost", "merge", "presence"])
def test_module(name: str, tmp_path: Path) -> None:
    geometry = tmp_path / "face.json"
    geometry.write_text(json.dumps(anatomy.browser_geometry()), encoding="utf-8")
    done = subprocess.run(
        [node(), "--test", str(Path(__file__).with_name(f"{name}.test.mjs"))],
        env=os.environ | {"FACE_GEOMETRY": str(geometry)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
