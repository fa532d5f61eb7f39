"""What the source itself may not hold: statements made of text, code made of data, weak hashes; each gate can fail."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.architecture.sources import PROGRAM, ROOT, name, place, python_files, tree

EXECUTING = {
    "execute",
    "executemany",
    "executescript",
    "exec_driver_sql",
    "scalar",
    "scalars",
    "text",
    "DDL",
    "literal_column",
}
NAMES_OF_THE_SCHEMA = {
    "clinic/models/triggers.py",
    "clinic/database.py",
    "clinic/extensions.py",
    "clinic/backups/contents.py",
    "clinic/sqlite_file.py",
}
"""Files that write statements out of the program's own names of tables and pragmas; nothing of a request reaches them."""

FORBIDDEN_CALLS = {
    "eval": "runs text as code",
    "exec": "runs text as code",
    "compile": "makes code of text",
    "__import__": "loads code by a name",
    "render_template_string": "makes a template of text",
    "from_string": "makes a template of text",
    "Template": "makes a template of text",
    "system": "starts a shell",
    "popen": "starts a shell",
    "md5": "is no hash to rely on",
    "sha1": "is no hash to rely on",
}
FORBIDDEN_MODULES = {
    "pickle": "runs code while it reads",
    "marshal": "runs code while it reads",
    "shelve": "runs code while it reads",
    "dill": "runs code while it reads",
    "yaml": "can run code while it reads",
    "xml": "reads outside entities",
    "lxml": "reads outside entities",
    "subprocess": "starts other programs",
    "ctypes": "leaves the language",
    "socket": "opens connections",
    "requests": "opens connections",
    "httpx": "opens connections",
    "http.client": "opens connections",
    "urllib.request": "opens connections",
    "smtplib": "opens connections",
    "ftplib": "opens connections",
    "telnetlib": "opens connections",
}
ALLOWED_MODULES = {
    "clinic/pdf": {"xml"},
    "clinic/backups/postgresql_tools.py": {"subprocess"},
    "clinic/backups/sqlite_copies.py": {"subprocess"},
    "clinic/memory.py": {"ctypes"},
}
"""Files and folders that may: nothing so far but what stands here, with the reason in the module."""
RANDOM = {"random"}
SEEDED = ("clinic/demo/", "clinic/domain/deidentified")
"""Invented people, and places drawn from a salt that is kept."""

SCRIPT = {
    r"\b(inner|outer)HTML\b|insertAdjacentHTML|document\.write|createContextualFragment|setHTMLUnsafe|DOMParser": (
        "markup out of text"
    ),
    r"\beval\(|new Function\(|set(Timeout|Interval)\(\s*[\"'`]|import\((?![\"'])": "code out of text",
    r"localStorage|sessionStorage|indexedDB|caches\.|serviceWorker": "keeps data in the browser",
    r"__proto__|\.constructor\[|setPrototypeOf": "changes prototypes",
    r"[\"'`](https?:)?//(?!www\.w3\.org)[a-z]": "an address elsewhere",
    r"\.setAttribute\(\s*[\"'`]on|\bsrcdoc\b": "a handler out of text",
}


def _calls(file: Path) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Call):
            yield node, getattr(node.func, "id", getattr(node.func, "attr", ""))


def made_statements(file: Path) -> list[str]:
    """Statements put together from text: f-strings, ``%``, ``+``, ``format`` and ``join`` where SQL is run."""
    made = _made_names(file)
    foreign = {"text"} - {one.rpartition(".")[2] for one in _every_import(file) if one.startswith("sqlalchemy")}
    return [
        f"{place(file, call)} {called}"
        for call, called in _calls(file)
        if called in EXECUTING - foreign
        and any(
            _is_made(one) or getattr(one, "id", None) in made
            for one in [*call.args, *(word.value for word in call.keywords)]
        )
    ]


def _made_names(file: Path) -> set[str]:
    """Names that are given a text put together of parts, anywhere in a file: one step away is no better."""
    return {
        getattr(target, "id", "")
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) and node.value is not None
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if _is_made(node.value) or (isinstance(node, ast.AugAssign) and _is_text(node.value))
    } - {""}


def _is_made(node: ast.AST) -> bool:
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
        return any(
            isinstance(side, ast.JoinedStr | ast.Constant) and _is_text(side) for side in (node.left, node.right)
        )
    called = getattr(getattr(node, "func", None), "attr", "")
    return isinstance(node, ast.Call) and called in {"format", "join", "replace"}


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or isinstance(getattr(node, "value", None), str)


def forbidden_calls(file: Path) -> list[str]:
    """Calls that make code of data, start a shell, or hash weakly; ``re.compile`` is none."""
    return [
        f"{place(file, call)} {called} {FORBIDDEN_CALLS[called]}"
        for call, called in _calls(file)
        if called in FORBIDDEN_CALLS and not _is_harmless(call)
    ]


def _is_harmless(call: ast.Call) -> bool:
    owner = getattr(getattr(call.func, "value", None), "id", "")
    called = getattr(call.func, "attr", "")
    if owner == "re" or called == "compile":  # A pattern, or SQLAlchemy's own statement.
        return True
    return any(word.arg == "usedforsecurity" and getattr(word.value, "value", None) is False for word in call.keywords)


def forbidden_modules(file: Path) -> list[str]:
    """Modules that run, start or fetch something."""
    allowed = {one for folder, names in ALLOWED_MODULES.items() if name(file).startswith(folder) for one in names}
    return [
        f"{place(file, node)} {found} {FORBIDDEN_MODULES[found]}"
        for node in ast.walk(tree(file))
        for imported in _imported(node)
        for found in FORBIDDEN_MODULES.keys() - allowed
        if imported == found or imported.startswith(f"{found}.")
    ]


def weak_randomness(file: Path) -> list[str]:
    """The module ``random`` where no invented people are made."""
    if name(file).startswith(SEEDED):
        return []
    return [place(file, node) for node in ast.walk(tree(file)) if RANDOM & set(_imported(node))]


def shells(file: Path) -> list[str]:
    """``shell=True``."""
    return [
        place(file, call)
        for call, _ in _calls(file)
        for word in call.keywords
        if word.arg == "shell" and getattr(word.value, "value", None) is not False
    ]


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []


def _every_import(file: Path) -> list[str]:
    return [one for node in ast.walk(tree(file)) for one in _imported(node)]


def hostile_script(file: Path) -> list[str]:
    """Lines of a script that make markup or code of text, keep data, or lead elsewhere."""
    return [
        f"{name(file)}:{number} {why}"
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        for pattern, why in SCRIPT.items()
        if not line.lstrip().startswith(("//", "*", "/*")) and re.search(pattern, line)
    ]


def _program() -> list[Path]:
    return [*python_files("clinic"), ROOT / "wsgi.py"]


def test_no_statement_is_made_of_text() -> None:
    """S-46, V-07: parameters only."""
    files = [file for file in _program() if name(file) not in NAMES_OF_THE_SCHEMA]
    assert [line for file in files for line in made_statements(file)] == []


@pytest.mark.parametrize("gate", [forbidden_calls, forbidden_modules, shells, weak_randomness])
def test_no_code_is_made_of_data(gate: Callable[[Path], list[str]]) -> None:
    """S-50, S-53, S-98, V-17, V-20, S-90: nothing that runs, starts, fetches or weakly hashes."""
    assert [line for file in _program() for line in gate(file)] == []


def test_no_script_makes_markup_of_text() -> None:
    """S-48, S-75, S-76, S-100, V-14."""
    files = sorted((PROGRAM / "static").rglob("*.mjs"))
    assert files
    assert [line for file in files for line in hostile_script(file)] == []


@pytest.mark.parametrize(
    ("gate", "code"),
    [
        (made_statements, "session.execute(f'SELECT {x}')"),
        (made_statements, "from sqlalchemy import text\nsession.execute(text('SELECT ' + x))"),
        (made_statements, "from sqlalchemy import text\nsession.execute(text('SELECT %s' % x))"),
        (made_statements, "from sqlalchemy import text\ntext('SELECT {}'.format(x))"),
        (made_statements, "from sqlalchemy import text\ntext(' '.join(parts))"),
        (made_statements, "from sqlalchemy import text\nsql = f'SELECT {x}'\nsession.execute(text(sql))"),
        (made_statements, "sql = 'SELECT 1'\nsql += ' WHERE '\nsession.execute(sql)"),
        (forbidden_calls, "eval(typed)"),
        (forbidden_calls, "render_template_string(typed)"),
        (forbidden_calls, "environment.from_string(typed)"),
        (forbidden_calls, "os.system(typed)"),
        (forbidden_calls, "hashlib.md5(typed)"),
        (forbidden_modules, "import pickle"),
        (forbidden_modules, "from xml.etree import ElementTree"),
        (forbidden_modules, "def f():\n    import urllib.request\n"),
        (shells, "run(command, shell=True)"),
        (weak_randomness, "import random"),
    ],
)
def test_a_breach_is_found(gate: Callable[[Path], list[str]], code: str, tmp_path: Path) -> None:
    """The tooth of every gate."""
    file = tmp_path / "breach.py"
    file.write_text(f"{code}\n", encoding="utf-8")
    assert gate(file)


@pytest.mark.parametrize(
    "line",
    [
        "box.innerHTML = name",
        "make('p', { innerHTML: name })",
        "box['outerHTML'] = name",
        "new DOMParser().parseFromString(name, 'text/html')",
        "box.insertAdjacentHTML('beforeend', name)",
        "eval(name)",
        "setTimeout('go()', 1)",
        "localStorage.setItem('patient', name)",
        "target.__proto__ = sent",
        "fetch('https://elsewhere.example/')",
        "one.setAttribute('onclick', name)",
    ],
)
def test_a_breach_in_a_script_is_found(line: str, tmp_path: Path) -> None:
    """The tooth of the scripts' gate."""
    file = tmp_path / "breach.mjs"
    file.write_text(f"{line}\n", encoding="utf-8")
    assert hostile_script(file)
