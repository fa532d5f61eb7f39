"""The files that the architecture tests read, and how a finding in them is named."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "clinic"


def python_files(*folders: str) -> list[Path]:
    """All Python files under folders of the repository; a folder that is not there has none."""
    return sorted(file for folder in folders for file in (ROOT / folder).rglob("*.py"))


def templates() -> list[Path]:
    """All templates of the program."""
    return sorted((PROGRAM / "templates").rglob("*.html"))


@cache
def tree(file: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(file.read_text(encoding="utf-8"), filename=str(file))


def name(file: Path) -> str:
    """The path of a file from the root of the repository."""
    return file.relative_to(ROOT).as_posix() if file.is_relative_to(ROOT) else file.name


def place(file: Path, node: ast.AST) -> str:
    """``clinic/domain/x.py:12``."""
    return f"{name(file)}:{getattr(node, 'lineno', 0)}"


def imports(module: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    """Every imported module with its statement, also those inside functions.

    ``from a import b`` gives ``a`` and ``a.b``; ``from clinic import b`` gives ``clinic.b`` alone.
    """
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module != PROGRAM.name:
                yield node.module, node
            for alias in node.names:
                yield f"{node.module}.{alias.name}", node


def functions(file: Path) -> frozenset[str]:
    """Names of the tests that a file defines."""
    return frozenset(node.name for node in ast.walk(tree(file)) if isinstance(node, ast.FunctionDef))
