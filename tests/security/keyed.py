"""Which views of unsafe routes come to ``once``, where the idempotency key is claimed: read from the program's text."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field
from inspect import unwrap
from pathlib import Path

from flask import Flask

from tests.security.world import UNSAFE

WEB = Path(__file__).parents[2] / "clinic" / "web"
CLAIMS = frozenset({"once", "once_as_text", "attempt"})
Where = tuple[str, str]


@dataclass
class Calls:
    """Module and function → the names that it mentions; module and name → where that was imported from."""

    mentioned: dict[Where, set[str]] = field(default_factory=dict)
    imported: dict[Where, Where] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path = WEB) -> Calls:
        """Read the modules of a folder."""
        found = cls()
        for file in folder.glob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.FunctionDef):
                    found.mentioned.setdefault((file.stem, node.name), set()).update(_names(node))
                elif isinstance(node, ast.ImportFrom):
                    found._import(file.stem, node)
        return found

    def _import(self, module: str, node: ast.ImportFrom) -> None:
        for one in node.names:
            self.imported[module, one.asname or one.name] = (node.module or "").rpartition(".")[2], one.name

    def claims(self, module: str, function: str, seen: frozenset[Where] = frozenset()) -> bool:
        """Whether a function comes to ``once``, by itself or by another that it mentions."""
        here = self.imported.get((module, function), (module, function))
        names = self.mentioned.get(here)
        if names is None or here in seen:
            return False
        return bool(names & CLAIMS) or any(self.claims(here[0], one, seen | {here}) for one in names)


def _names(function: ast.AST) -> Iterable[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Name):
            yield node.id


def unkeyed(app: Flask, known: Calls) -> set[str]:
    """The unsafe routes whose view claims no key."""
    found = set()
    for rule in app.url_map.iter_rules():
        if (rule.methods or set()) & UNSAFE:
            view = unwrap(app.view_functions[rule.endpoint])
            if not known.claims(view.__module__.rpartition(".")[2], view.__name__):
                found.add(rule.endpoint)
    return found
