"""What is shipped for patients and letters: the files of the data, their language, and the strings of the code around them."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from clinic.domain.documents.banned_words import FILE

DOMAIN = Path(str(files("clinic.domain")))
DATA = DOMAIN / "data"
TEXTS = DATA / "texts"
FOLDERS = tuple(sorted(one.name for one in TEXTS.iterdir() if one.is_dir()))
FILES = tuple(sorted(one.relative_to(DATA) for one in DATA.rglob("*.toml") if one.name != FILE))
MODULES = (*sorted((DOMAIN / "documents").glob("*.py")), DOMAIN / "plain_places.py", DOMAIN / "referrals.py")


def loaded(file: Path) -> Any:
    """A file of the data by its path below it."""
    return tomllib.loads((DATA / file).read_text(encoding="utf-8"))


def code_of(file: Path) -> str:
    """The language of a file; those outside the folders of languages are in English."""
    return file.parts[1] if file.parts[0] == TEXTS.name else "en"


def of_patients(file: Path) -> bool:
    """Whether patients read what is in a file; rules, sources and names of products are for staff."""
    return file.parts[0] == TEXTS.name


def constants(module: Path) -> Iterator[str]:
    """Every string of a module that is not a description of its code."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    said = {id(one.value) for one in ast.walk(tree) if isinstance(one, ast.Expr)}
    for one in ast.walk(tree):
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and id(one) not in said:
            yield one.value
