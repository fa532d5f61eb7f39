"""Rules of docs/architecture.md that a linter does not know, each with a proof that it can fail."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, name, place, python_files, tree

LONGEST = 400
"""Lines of a source file; beyond it the file is two files."""

VAGUE = {"common", "data", "helper", "helpers", "manager", "misc", "util", "utils"}
"""Names that say nothing about the clinic."""

COMMITS = {"clinic/unit_of_work.py"}
MARKUP = {"clinic/web/svg.py"}
RAW_SQL = {
    "clinic/database.py",
    "clinic/extensions.py",
    "clinic/health/doctor_database.py",
    "clinic/models/planner.py",
    "clinic/models/privileges.py",
    "clinic/models/row_security.py",
    "clinic/models/triggers.py",
    "clinic/postgresql.py",
    "clinic/queries/prepared.py",
    "clinic/unit_of_work.py",
}
"""Engine set-up, triggers, policies and rights, and built statements run as they were compiled; migrations stand outside."""

DRAWING = ("anatomy", "drawing", "face_", "geometry", "muscles")
"""Domain modules by the start of their names that hold coordinates: positions are floats while they are drawn."""


def commits(file: Path) -> list[str]:
    """Calls of ``.commit(…)``."""
    return [place(file, node) for node in ast.walk(tree(file)) if _called_attribute(node) == "commit"]


def raw_sql(file: Path) -> list[str]:
    """Uses of SQLAlchemy's ``text`` and of the driver's own execute."""
    return [place(file, node) for node in ast.walk(tree(file)) if _imports_text(node) or _uses_raw_sql(node)]


def floats(file: Path) -> list[str]:
    """The name ``float`` and literals with a point: doses are Decimal, concentrations are Fraction."""
    return [
        place(file, node)
        for node in ast.walk(tree(file))
        if (isinstance(node, ast.Name) and node.id == "float")
        or (isinstance(node, ast.Constant) and isinstance(node.value, float))
    ]


def markup(file: Path) -> list[str]:
    """Calls of ``Markup(…)``, which switch escaping off."""
    return [
        place(file, node)
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Call) and "Markup" in (getattr(node.func, "id", ""), getattr(node.func, "attr", ""))
    ]


def _imports_text(node: ast.AST) -> bool:
    if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("sqlalchemy"):
        return False
    return any(alias.name == "text" for alias in node.names)


def _uses_raw_sql(node: ast.AST) -> bool:
    if not isinstance(node, ast.Attribute):
        return False
    owner = node.value.id if isinstance(node.value, ast.Name) else ""
    return node.attr == "exec_driver_sql" or (node.attr == "text" and owner in {"sa", "sqlalchemy", "sql"})


def _called_attribute(node: ast.AST) -> str:
    return node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""


def _everywhere_but(allowed: set[str], rule: Callable[[Path], list[str]]) -> list[str]:
    return [line for file in python_files("clinic") if name(file) not in allowed for line in rule(file)]


def test_one_file_commits() -> None:
    assert _everywhere_but(COMMITS, commits) == []


def test_sql_is_built_not_written() -> None:
    assert _everywhere_but(RAW_SQL, raw_sql) == []


def test_markup_is_made_in_one_place() -> None:
    assert _everywhere_but(MARKUP, markup) == []


def test_doses_are_exact() -> None:
    files = [file for file in python_files("clinic/domain") if not file.stem.startswith(DRAWING)]
    assert [line for file in files for line in floats(file)] == []


def test_files_are_short() -> None:
    files = [*python_files("clinic", "tests"), *sorted((ROOT / "clinic" / "static").rglob("*.mjs"))]
    lengths = {name(file): len(file.read_text(encoding="utf-8").splitlines()) for file in files}
    assert {file: lines for file, lines in lengths.items() if lines > LONGEST} == {}


def test_names_say_what_it_is() -> None:
    assert [name(file) for file in python_files("clinic", "tests") if file.stem in VAGUE] == []


def test_the_program_names_no_workplace() -> None:
    kinds = {".py", ".html", ".css", ".mjs", ".md", ".toml", ".json", ".ini"}
    # Spelled in two parts so that this file does not find itself.
    forbidden = ["/work" + "/", "/tmp" + "/", "/root" + "/", "/home" + "/"]
    files = [
        file for folder in ("clinic", "docs", "migrations", "tests") for file in sorted((ROOT / folder).rglob("*"))
    ]
    files += [
        ROOT / one for one in ("Makefile", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "pyproject.toml", "wsgi.py")
    ]
    found = [
        f"{name(file)}: {path}"
        for file in files
        if file.is_file() and (file.suffix in kinds or file.name == "Makefile")
        for path in forbidden
        if path in file.read_text(encoding="utf-8")
    ]
    assert found == []


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (commits, "def f(session):\n    session.commit()\n"),
        (raw_sql, "from sqlalchemy import select, text\n"),
        (raw_sql, "import sqlalchemy as sa\nsa.text('SELECT 1')\n"),
        (raw_sql, "def f(connection):\n    connection.exec_driver_sql('SELECT 1')\n"),
        (floats, "limit = 2.5\n"),
        (floats, "def f(units: str) -> object:\n    return float(units)\n"),
        (markup, "from markupsafe import Markup\nMarkup('<b>')\n"),
        (markup, "import markupsafe\nmarkupsafe.Markup('<b>')\n"),
    ],
)
def test_a_breach_is_found(rule: Callable[[Path], list[str]], code: str, tmp_path: Path) -> None:
    file = tmp_path / "breach.py"
    file.write_text(code, encoding="utf-8")
    assert rule(file)
