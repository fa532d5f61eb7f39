"""The steps of the schema, read without the library that takes them: it costs a start a fifth of a second."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, column, inspect, select, table

MIGRATIONS: Final = Path(__file__).resolve().parent.parent / "migrations"
_STEP: Final = re.compile(r"^(revision|down_revision)(?::[^=\n]+)? *= *(?:[\"']([\w-]+)[\"']|None)", re.MULTILINE)
_VERSION: Final = table("alembic_version", column("version_num"))


@cache
def steps(folder: Path = MIGRATIONS) -> dict[str, str]:
    """Each step of the schema with the one that it follows; nothing before the first."""
    found: dict[str, str] = {}
    for file in sorted((folder / "versions").glob("*.py")):
        said = dict(_STEP.findall(file.read_text(encoding="utf-8")))
        found[said["revision"]] = said.get("down_revision", "")
    return found


def newest(folder: Path = MIGRATIONS) -> str:
    """The newest step: the one that none follows. Raises ValueError where the steps are no single chain."""
    known = steps(folder)
    (last,) = known.keys() - set(known.values())
    return last


def current(connection: Connection) -> str | None:
    """The step that a database stands at; None when it is empty."""
    if not inspect(connection).has_table(_VERSION.name):
        return None
    return connection.scalar(select(_VERSION.c.version_num))
