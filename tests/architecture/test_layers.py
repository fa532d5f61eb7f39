"""Imports point down only: the contracts of pyproject.toml, and what import-linter cannot say."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

import pytest

from tests.architecture.sources import PROGRAM, ROOT, imports, name, place, python_files, tree

ENTRIES = {"clinic/start.py"}
"""Beside wsgi.py and tests, this alone may know the application factory."""


def test_the_contracts_hold() -> None:
    check = "from importlinter.cli import lint_imports_command as check; check()"
    answer = subprocess.run(
        [sys.executable, "-c", check, "--no-logo", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr


def strangers(file: Path, allowed: Collection[str]) -> list[str]:
    """Imports of a file that are neither of the standard library nor under an allowed package."""
    found = []
    for module, node in imports(tree(file)):
        known = module.partition(".")[0] in sys.stdlib_module_names
        if not known and not any(module == one or module.startswith(f"{one}.") for one in allowed):
            found.append(f"{place(file, node)} imports {module}")
    return found


@pytest.mark.parametrize(
    ("folder", "allowed"),
    [
        ("clinic/domain", {"clinic.domain"}),
        ("clinic/pdf", {"clinic.domain", "clinic.pdf", "reportlab", "fontpkg", "fontpkg_fira_sans"}),
        ("clinic/models", {"clinic.domain", "clinic.models", "sqlalchemy"}),
    ],
)
def test_a_layer_imports_what_it_may(folder: str, allowed: set[str]) -> None:
    assert [line for file in python_files(folder) for line in strangers(file, allowed)] == []


def test_the_factory_is_known_to_entry_points_only() -> None:
    found = [
        place(file, node)
        for file in python_files("clinic")
        if name(file) not in ENTRIES
        for module, node in imports(tree(file))
        if module in {"clinic.create_app", "wsgi"}
    ]
    assert found == []


def test_every_folder_is_a_package() -> None:
    folders = {file.parent for file in PROGRAM.rglob("*.py")}
    assert [name(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_a_wrong_import_is_found(tmp_path: Path) -> None:
    file = tmp_path / "wrong.py"
    file.write_text("import json\nfrom sqlalchemy import select\nfrom clinic.models import Patient\n", encoding="utf-8")
    lines = [line.split(" imports ")[1] for line in strangers(file, {"clinic.domain"})]
    assert lines == ["sqlalchemy", "sqlalchemy.select", "clinic.models", "clinic.models.Patient"]
