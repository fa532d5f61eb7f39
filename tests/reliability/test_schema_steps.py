"""The schema's steps, read without Alembic, are what Alembic would say (D-16)."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from clinic import schema_steps
from clinic.unit_of_work import Work


def differences(folder: Path) -> list[str]:
    """Steps that are read otherwise than Alembic reads them."""
    theirs = {step.revision: step.down_revision or "" for step in ScriptDirectory(str(folder)).walk_revisions()}
    ours = schema_steps.steps(folder)
    return sorted(key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key))


def test_the_steps_are_alembics() -> None:
    folder = schema_steps.MIGRATIONS
    assert differences(folder) == []
    assert schema_steps.newest() == ScriptDirectory(str(folder)).get_current_head()


def test_a_step_that_is_written_otherwise_is_named(tmp_path: Path) -> None:
    """The tooth."""
    versions = tmp_path / "versions"
    versions.mkdir()
    (tmp_path / "env.py").write_text("")
    (versions / "a.py").write_text("revision = '0001'\ndown_revision = None\n")
    (versions / "b.py").write_text('revision: str = "0002"\ndown_revision: str | None = "00" + "01"\n')
    assert differences(tmp_path) == ["0002"]


def test_two_ends_are_refused(tmp_path: Path) -> None:
    versions = tmp_path / "versions"
    versions.mkdir()
    for name in ("0001", "0002"):
        (versions / f"{name}.py").write_text(f"revision = '{name}'\ndown_revision = None\n")
    with pytest.raises(ValueError, match="unpack"):
        schema_steps.newest(tmp_path)


def test_a_databases_step_is_what_alembic_finds(work: Work) -> None:
    with work.engine.connect() as connection:
        assert schema_steps.current(connection) == MigrationContext.configure(connection).get_current_revision()
