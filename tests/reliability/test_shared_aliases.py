"""Two threads that are the first to use a shared alias must not meet its columns half counted (queries/aliases.py)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOOK = """
import importlib, pkgutil
import clinic
from sqlalchemy import inspect
from sqlalchemy.orm.util import AliasedClass
seen = 0
for module in pkgutil.walk_packages(clinic.__path__, "clinic."):
    for name, value in vars(importlib.import_module(module.name)).items():
        if isinstance(value, AliasedClass):
            columns = inspect(value).selectable.c
            seen += 1
            if len(columns._proxy_index) < len(columns):
                print(module.name, name, "is shared and was not made by second_name")
print(seen)
"""


def test_every_alias_that_is_shared_is_whole_before_it_is_seen() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOOK], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    *halves, seen = done.stdout.splitlines()
    assert halves == []
    assert int(seen) > 20
