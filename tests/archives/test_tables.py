"""What belongs in an archive: every clinical table, and of a patient's archive nothing of another."""

from __future__ import annotations

from clinic.archives import tables
from clinic.archives.tables import Scope
from clinic.models import Base, ClinicScoped

RUNNING = {"draft_viewer", "waiting_line", "waiting_mark"}
"""What only a running server needs, and what is made from the record."""


def test_every_table_of_a_clinic_is_in_its_archive() -> None:
    scoped = {mapper.local_table.name for mapper in Base.registry.mappers if issubclass(mapper.class_, ClinicScoped)}
    archived = {table.name for table, _ in tables.archived(Scope(1))}
    assert scoped - archived == RUNNING
    assert archived - scoped == {"membership", "audit_event"}


def test_each_table_comes_after_those_that_it_refers_to() -> None:
    seen: set[str] = {"clinic", "user"}
    for table in tables.clinic_tables():
        assert {key.referred_table.name for key in table.foreign_key_constraints} <= seen | {table.name}
        seen.add(table.name)


def test_no_password_no_session_and_no_salt_leaves() -> None:
    told = {column.name for name in ("person", "clinic", "cohort", "membership") for column in tables.named(name)}
    assert not told & {"password_hash", "token_hash", "salt"}


def test_a_patients_archive_leaves_the_clinics_own_tables_out() -> None:
    archived = {table.name for table, _ in tables.archived(Scope(1, "p"))}
    assert {"patient", "visit", "injection_site", "signature", "issued_document", "lot", "vial"} <= archived
    assert not archived & {"pattern", "cohort", "dose_rule", "letter_template", "clinic_logo", "stock_level"}
