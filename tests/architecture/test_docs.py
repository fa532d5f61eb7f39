"""The documents say what the code does: generated parts, links, paths, settings and commands."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from clinic.cli import clinic
from clinic.config import DECLARED
from clinic.domain.actors import Permission
from tests.architecture import generated_docs
from tests.architecture.sources import ROOT, name, python_files

DOCS = [ROOT / one for one in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")] + sorted((ROOT / "docs").rglob("*.md"))
NEEDED = {"architecture", "checks", "decisions", "deploy", "glossary", "hazards", "permissions", "settings", "status"}

LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^()\s]+)\)")
PICTURE = re.compile(r"!\[([^\]\n]*)\]\(([^()\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
PATH = re.compile(r"(?:clinic|docs|migrations|tests|\.ci)/[\w./-]+|[\w-]+\.(?:md|toml|py|txt|in)|Makefile|LICENSE")
WHOLE = ["Context", "Decision", "Consequence"]


def text(file: Path) -> str:
    """A document as written."""
    return file.read_text(encoding="utf-8")


def prose(file: Path) -> str:
    """A document without its blocks of code."""
    return FENCE.sub("", text(file))


def anchors(file: Path) -> set[str]:
    """What a link can point to in a document, as GitHub makes it of the headings."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(prose(file))}


def test_every_document_is_there() -> None:
    assert {file.stem for file in DOCS if file.parent.name == "docs"} >= NEEDED
    assert all(file.exists() for file in DOCS)


@pytest.mark.parametrize(
    ("document", "part"), [(document, part) for document, parts in generated_docs.PARTS.items() for part in parts]
)
def test_what_is_written_from_the_code_equals_it(document: str, part: str) -> None:
    expected = generated_docs.PARTS[document][part]()
    assert generated_docs.shown(document, part) == expected, f"Write it anew: {generated_docs.COMMAND}"


def test_every_permission_is_explained() -> None:
    assert list(generated_docs.MEANINGS) == list(Permission)


def test_every_permission_is_asked_for_by_a_route_or_a_service() -> None:
    routes = {needed for _path, _methods, needed in generated_docs.routes()}
    assert set(Permission) - routes - generated_docs.permissions_asked_for("clinic/services") == set()


def test_every_setting_that_is_read_is_declared_and_every_one_named_exists() -> None:
    declared = {one.name for one in DECLARED}
    sources = [*python_files("clinic"), ROOT / "wsgi.py", *DOCS]
    named = {found: name(file) for file in sources for found in re.findall(r"\bCLINIC_[A-Z_]+\b", text(file))}
    # Members of Action begin with the same word.
    strange = {
        found: where for found, where in named.items() if found not in declared | {"CLINIC_CREATED", "CLINIC_CHANGED"}
    }
    assert strange == {}


def test_links_lead_somewhere() -> None:
    broken = []
    for file in DOCS:
        for target in LINK.findall(prose(file)):
            if "://" in target:
                continue
            path, _, anchor = target.partition("#")
            found = (file.parent / path).resolve() if path else file
            if not found.exists() or (anchor and anchor not in anchors(found)):
                broken.append(f"{name(file)} → {target}")
    assert broken == []


def test_pictures_are_there_and_told_in_words() -> None:
    pictures = [(file, *found) for file in DOCS for found in PICTURE.findall(prose(file))]
    assert [f"{name(file)} → {target}" for file, words, target in pictures if not words] == []
    assert [f"{name(file)} → {target}" for file, _, target in pictures if not (file.parent / target).exists()] == []


def test_paths_named_in_documents_exist() -> None:
    missing = []
    for file in DOCS:
        for code in CODE.findall(prose(file)):
            path = code.partition("::")[0].rstrip("/")
            if PATH.fullmatch(path) and not any((base / path).exists() for base in (ROOT, file.parent)):
                missing.append(f"{name(file)}: {path}")
    assert missing == []


def test_commands_named_in_documents_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", text(ROOT / "Makefile"), re.MULTILINE))
    written = "\n".join(text(file) for file in DOCS)
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", written, re.MULTILINE)) - targets == set()
    assert set(re.findall(r"--app wsgi clinic ([a-z-]+)", written)) - set(clinic.commands) == set()


def test_terms_are_explained_once_and_in_order() -> None:
    terms = re.findall(r"^\| ([^|]+) \| [^|]+ \|$", text(ROOT / "docs" / "glossary.md"), re.MULTILINE)[1:]
    terms.remove("---")
    assert [term for term, times in Counter(terms).items() if times > 1] == []
    assert terms == sorted(terms, key=str.casefold)


def test_decisions_are_numbered_and_complete() -> None:
    document = text(ROOT / "docs" / "decisions.md")
    parts = re.split(r"^## ", document, flags=re.MULTILINE)[1:]
    assert [part.partition(".")[0] for part in parts] == [str(number) for number in range(1, len(parts) + 1)]
    for part in parts:
        assert re.findall(r"^\*\*(\w+)\.\*\* \S", part, re.MULTILINE) == WHOLE, part[:60]


def test_the_change_log_puts_safety_first() -> None:
    kinds = re.findall(r"^### (\w+)$", text(ROOT / "CHANGELOG.md"), re.MULTILINE)
    assert kinds[:4] == ["Safety", "Added", "Changed", "Fixed"]
