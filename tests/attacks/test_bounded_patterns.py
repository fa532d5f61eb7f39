"""S-56: every regular expression of the program against text that makes a careless one run for ever."""

from __future__ import annotations

import ast
import re
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.architecture.sources import place, python_files, tree

LONG = 10_000
"""Signs, as the row asks."""
MOST_SECONDS = 0.3
"""S-56: search and patterns answer within 300 ms."""
PUMPS = ("a", "0", " ", "-", ".", "_", "a ", "0.", "1,", "aA", "%_", "/", ":", "<", "{{", "é", "\t", "\n", "'", "x=")
ENDS = ("!", "\x00")
WAYS = ("search", "match", "fullmatch")
SAME = dict.fromkeys(("search", "sub", "subn", "split", "findall", "finditer"), "search") | {
    "match": "match",
    "fullmatch": "fullmatch",
}
"""Ways of using a pattern, and the one that looks at as much text."""


def patterns(file: Path) -> Iterator[tuple[str, re.Pattern[str], set[str]]]:
    """The patterns that stand in a file as text: where, and in which ways they are used there."""
    used = _used(tree(file))
    names = {id(one.value): one.targets[0] for one in ast.walk(tree(file)) if isinstance(one, ast.Assign)}
    names |= {id(one.value): one.target for one in ast.walk(tree(file)) if isinstance(one, ast.AnnAssign)}
    for node in ast.walk(tree(file)):
        if not isinstance(node, ast.Call) or getattr(getattr(node.func, "value", None), "id", "") != "re":
            continue
        text = node.args[0] if node.args else None
        if isinstance(text, ast.Constant) and isinstance(text.value, str):
            way = getattr(node.func, "attr", "")
            ways = used.get(getattr(names.get(id(node)), "id", ""), set(WAYS)) if way == "compile" else {way}
            yield place(file, node), re.compile(text.value, _flags(node)), ways


def _used(module: ast.Module) -> dict[str, set[str]]:
    """Which methods are called on which name."""
    found: dict[str, set[str]] = {}
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr in SAME:
            found.setdefault(node.value.id, set()).add(node.attr)
    return found


def _flags(node: ast.Call) -> int:
    names = {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)}
    return sum(int(getattr(re, name)) for name in names & {"ASCII", "IGNORECASE", "VERBOSE", "DOTALL", "MULTILINE"})


def slow(
    pattern: re.Pattern[str], ways: Iterable[str] = WAYS, long: int = LONG, most: float = MOST_SECONDS
) -> list[str]:
    """Pumped texts on which a pattern takes too long in one of the ways."""
    found = []
    tried = sorted({SAME.get(way, way) for way in ways} & set(WAYS))
    for pump in PUMPS:
        hostile = pump * (long // len(pump))
        for end in ENDS:
            began = time.process_time()
            for way in tried:
                getattr(pattern, way)(hostile + end)
            if time.process_time() - began > most:
                found.append(f"{pattern.pattern[:60]} on {pump!r}")
                break
    return found


def test_no_pattern_runs_away() -> None:
    """S-56: at 10 kB each."""
    every = [one for file in python_files("clinic") for one in patterns(file)]
    assert len(every) > 30
    assert [f"{where} {line}" for where, pattern, ways in every for line in slow(pattern, ways)] == []


def test_a_pattern_that_runs_away_is_found() -> None:
    """The tooth; a short text is enough for it."""
    assert slow(re.compile(r"(a+)+$"), long=20, most=0.02)


@pytest.mark.parametrize("code", ["import re\nX = re.compile(r'(a+)+$')\n", "import re\nre.sub('a|b', '', text)\n"])
def test_patterns_are_collected_wherever_they_stand(code: str, tmp_path: Path) -> None:
    """The tooth of the collection."""
    file = tmp_path / "one.py"
    file.write_text(code, encoding="utf-8")
    assert list(patterns(file))
