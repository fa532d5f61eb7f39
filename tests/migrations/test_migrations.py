"""Migrations: up from nothing, no drift from the models, down and up again, triggers back, a backup before all."""

from __future__ import annotations

import runpy
from datetime import date
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from flask import Flask
from flask_migrate import check, downgrade, stamp, upgrade
from sqlalchemy import inspect, text

from clinic import config, create_app, database
from clinic.backups import migrating
from clinic.config import SettingError, Settings
from clinic.domain import likeness
from clinic.domain.patients import Identity
from clinic.extensions import db
from clinic.models import Base, triggers
from clinic.unit_of_work import Work
from tests import factories
from tests.charting import Charting
from tests.conftest import Clock
from tests.postgresql import by_owner


def tables() -> set[str]:
    """The tables there are, without Alembic's own."""
    return set(inspect(db.engine).get_table_names()) - {"alembic_version"}


def installed() -> frozenset[str]:
    with db.engine.connect() as connection:
        return triggers.installed_names(connection)


def settings_of(app: Flask) -> Settings:
    settings: Settings = app.extensions["clinic_settings"]
    return settings


def test_a_fresh_database_has_every_table_and_trigger(app: Flask) -> None:
    with app.app_context():
        assert tables() == set(Base.metadata.tables)
        assert triggers.expected_names() <= installed()


def test_models_and_migrations_agree(app: Flask) -> None:
    with app.app_context():
        check()


def test_down_to_nothing_and_up_again(app: Flask) -> None:
    with app.app_context():
        downgrade(revision="base")
        assert tables() == set()
        assert installed() == frozenset()
        upgrade()
        assert tables() == set(Base.metadata.tables)
        assert triggers.expected_names() <= installed()
        check()


def test_patients_from_before_get_the_key_of_their_sound(app: Flask, work: Work, clinic: factories.ClinicWorld) -> None:
    """Patients of a database of before 0007 find each other by sound after the upgrade, each once."""
    for name, born in (("Meyer", date(1979, 2, 3)), ("Maier", date(1951, 8, 30))):
        factories.make_patient(work, clinic.prescriber, family_name=name, given_names=f"Ada {name}s", birth_date=born)
    words = text("SELECT clinic_id, patient_id, word FROM patient_word")
    sounds = [likeness.sound_key(Identity(name, f"Ada {name}s", date.min)) for name in ("Meyer", "Maier")]
    [file] = Path(app.root_path).parent.glob("migrations/versions/*_access_co_signatures_merges_and_requests.py")
    step = runpy.run_path(str(file))
    with app.app_context(), by_owner(db.engine) as connection:
        before = sorted(connection.execute(words).all())
        connection.execute(text("DELETE FROM patient_word WHERE word = :word"), {"word": sounds[0]})
        assert sorted(connection.execute(words).all()) != before
        with Operations.context(MigrationContext.configure(connection)):
            step["_fill_sounds"]()
            step["_fill_sounds"]()
        after = sorted(connection.execute(words).all())
    assert sounds[0] == sounds[1]
    assert after == before


def test_triggers_come_back_with_every_upgrade(app: Flask) -> None:
    with app.app_context():
        with by_owner(db.engine) as connection:
            on = " ON signature" if connection.dialect.name == "postgresql" else ""
            connection.execute(text(f"DROP TRIGGER signature_append_only_update{on}"))
        assert "signature_append_only_update" not in installed()
        with pytest.raises(SettingError, match="1 safety triggers"):
            database.check_schema(app)
        upgrade()
        assert triggers.expected_names() <= installed()
        database.check_schema(app)


def test_what_is_signed_is_frozen_after_an_upgrade(
    app: Flask, work: Work, clinic: factories.ClinicWorld, clock: Clock
) -> None:
    charting = Charting.begun(work, clinic, clock)
    charting.signed()
    with app.app_context():
        upgrade()
        with (
            pytest.raises(Exception, match="frozen"),
            by_owner(db.engine) as connection,
        ):
            connection.execute(text("UPDATE injection_site SET units = 100"))
    assert charting.record().sites[0].units != 1


def test_a_second_upgrade_does_nothing(app: Flask) -> None:
    assert migrating.migrate_with_backup(app, settings_of(app)) is False
    assert not (settings_of(app).instance / "backups").exists()


def test_a_database_of_a_newer_program_is_refused(app: Flask) -> None:
    with app.app_context():
        stamp(revision="head")
        with by_owner(db.engine) as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SettingError, match="newer version"):
        migrating.migrate_with_backup(app, settings_of(app))
    with pytest.raises(SettingError, match="not at this program's schema"):
        database.check_schema(app)


@pytest.mark.sqlite_only
def test_an_empty_file_is_migrated_without_a_backup(tmp_path: Path, app: Flask) -> None:
    config.create_keys(tmp_path / "new")
    fresh = create_app(config.settings({"CLINIC_INSTANCE": str(tmp_path / "new"), "CLINIC_DEMO": "0"}))
    assert migrating.migrate_with_backup(fresh, settings_of(fresh)) is True
    database.check_schema(fresh)
    assert not (tmp_path / "new" / "backups").exists()
    with fresh.app_context():
        db.engine.dispose()
