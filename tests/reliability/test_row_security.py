"""The role that serves on PostgreSQL: another clinic's rows, the audit trail and the tables are out of its reach (S-91).

All tests on PostgreSQL have this role, so every use case is known to work with it; here it is attacked with SQL of its own.
"""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from clinic import database, postgresql
from clinic.config import SettingError
from clinic.domain.actors import Role
from clinic.models import Base, privileges, row_security
from clinic.models.row_security import EVERY_CLINIC, SCOPE
from clinic.models.triggers import APPEND_ONLY
from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.conftest import Clock
from tests.factories import PASSWORD, ClinicWorld, client_for
from tests.postgresql import by_owner
from tests.signing_in import VICTIM, sign_in, usual_browser

pytestmark = pytest.mark.postgresql_only


@pytest.fixture
def charted(work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld, clock: Clock) -> ClinicWorld:
    """A signed session in the clinic, and none of that in the other one; gives the other."""
    Charting.begun(work, clinic, clock).signed()
    return other_clinic


def serving(work: Work, clinic_id: int | str | None) -> Connection:
    """A connection of the role that serves, for one clinic, all, or none named."""
    scope = {} if clinic_id is None else {SCOPE: str(clinic_id)}
    return work.engine.execution_options(clinic_mode="writing", **scope).connect()


def seen(work: Work, clinic_id: int | str | None) -> list[str]:
    """Tables of which a transaction of that clinic sees a row that is not the clinic's."""
    found = []
    with serving(work, clinic_id) as connection:
        for table, column in row_security.clinic_columns().items():
            others = f'SELECT count(*) FROM "{table}" WHERE "{column}" IS DISTINCT FROM :mine'
            mine = {"mine": clinic_id if isinstance(clinic_id, int) else None}
            if connection.execute(text(others), mine).scalar():
                found.append(table)
    return sorted(found)


def changed(work: Work, clinic_id: int) -> list[str]:
    """Tables in which a transaction of another clinic reached a row of this one's neighbour."""
    found = []
    for table, column in row_security.clinic_columns().items():
        for verb in (f'UPDATE "{table}" SET "{column}" = "{column}"', f'DELETE FROM "{table}"'):
            with serving(work, clinic_id) as connection:
                try:
                    reached = connection.execute(text(f'{verb} WHERE "{column}" <> {clinic_id}')).rowcount
                except DBAPIError:
                    continue
                finally:
                    connection.rollback()
                found += [table] * bool(reached)
    return sorted(set(found))


def test_a_clinic_sees_its_own_rows_only(work: Work, clinic: ClinicWorld, charted: ClinicWorld) -> None:
    assert {"visit", "patient", "injection_site", "audit_event", "clinic"} <= set(seen(work, EVERY_CLINIC))
    assert seen(work, charted.id) == []
    assert seen(work, clinic.id) == []


def test_a_transaction_that_names_no_clinic_sees_nothing(work: Work, charted: ClinicWorld) -> None:
    assert seen(work, None) == []


def test_what_one_transaction_named_is_forgotten_by_the_next(work: Work, charted: ClinicWorld) -> None:
    with work.engine.connect() as connection:
        said = connection.connection.driver_connection
        connection.rollback()
    with work.engine.execution_options(**{SCOPE: EVERY_CLINIC}).connect() as connection:
        assert connection.connection.driver_connection is said
        assert connection.execute(text("SELECT count(*) FROM visit")).scalar()
    assert seen(work, None) == []


def test_a_clinic_changes_and_deletes_its_own_rows_only(work: Work, charted: ClinicWorld) -> None:
    assert changed(work, charted.id) == []


def test_a_clinic_writes_no_row_into_another(work: Work, clinic: ClinicWorld, charted: ClinicWorld) -> None:
    columns = Base.metadata.tables["patient_word"].columns.keys()
    values = ", ".join(str(clinic.id) if name == "clinic_id" else "'x'" for name in columns)
    row = text(f"INSERT INTO patient_word ({', '.join(columns)}) VALUES ({values})")
    with serving(work, charted.id) as connection, pytest.raises(DBAPIError, match="row-level security"):
        connection.execute(row)


def test_a_policy_that_is_gone_or_lets_all_through_is_named(
    app: Flask, work: Work, clinic: ClinicWorld, charted: ClinicWorld
) -> None:
    """The tooth: a hole shows in what is seen and changed, and the program does not start over it."""
    for hole in (
        "DROP POLICY clinic_rows ON visit",
        "ALTER TABLE visit DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE visit NO FORCE ROW LEVEL SECURITY",
        "CREATE POLICY another ON visit USING (true)",
        "ALTER POLICY clinic_rows ON visit USING (true)",
    ):
        with by_owner(work.engine) as connection:
            connection.execute(text(hole))
        with app.app_context(), pytest.raises(SettingError, match=r"missing on 1 tables \(visit"):
            database.check_schema(app)
        if hole.endswith("(true)") or "DISABLE" in hole:
            assert seen(work, charted.id) == ["visit"], hole
        with by_owner(work.engine) as connection:
            connection.execute(text("DROP POLICY IF EXISTS another ON visit"))
            row_security.install(connection)
        assert seen(work, charted.id) == []
    database.check_schema(app)


FORBIDDEN = (
    "UPDATE audit_event SET reason = 'x'",
    "DELETE FROM audit_event",
    "TRUNCATE audit_event",
    "UPDATE signature SET content = '{}'",
    "DELETE FROM visit",
    "DELETE FROM patient",
    "ALTER TABLE audit_event DISABLE TRIGGER ALL",
    "DROP TRIGGER signature_append_only_update ON signature",
    "DROP POLICY clinic_rows ON visit",
    "ALTER TABLE visit DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE visit ADD COLUMN x integer",
    "CREATE TABLE mine (x integer)",
    "DROP TABLE audit_event",
    "UPDATE alembic_version SET version_num = '0'",
    "SET session_replication_role = replica",
    "SET ROLE postgres",
    "ALTER ROLE CURRENT_USER SUPERUSER",
    "COPY visit TO PROGRAM 'cat'",
    "CREATE OR REPLACE FUNCTION clinic_refuse_signed() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
)


def allowed(work: Work, statements: tuple[str, ...] = FORBIDDEN) -> list[str]:
    """Statements that the role that serves got through with; what they did is undone."""
    found = []
    with serving(work, EVERY_CLINIC) as connection:
        for statement in statements:
            try:
                connection.execute(text(statement))
                found.append(statement)
            except DBAPIError:
                pass
            finally:
                connection.rollback()
    return found


def test_the_serving_role_touches_neither_trail_nor_tables(work: Work, charted: ClinicWorld) -> None:
    assert allowed(work) == []
    kept = {f'{verb} "{table}"' for table in APPEND_ONLY for verb in ("DELETE FROM", "TRUNCATE")}
    assert allowed(work, tuple(sorted(kept))) == []


def test_a_right_too_many_is_named(app: Flask, work: Work, clinic: ClinicWorld, charted: ClinicWorld) -> None:
    """The tooth; and with two clinics the program does not start with such a role, with one it says so."""
    with by_owner(work.engine) as connection:
        connection.execute(text("GRANT DELETE, UPDATE ON audit_event TO clinic_serving"))
    with by_owner(work.engine) as connection:
        connection.execute(text("DROP TRIGGER audit_event_append_only_update ON audit_event"))
    assert allowed(work, FORBIDDEN[:2]) == [FORBIDDEN[0]]
    with serving(work, EVERY_CLINIC) as connection:
        assert privileges.too_much(connection) == ["it may change 1 append-only tables"]
        with pytest.raises(SettingError, match=r"may change 1 append-only tables.*more than one clinic"):
            postgresql.check(connection)
    with serving(work, clinic.id) as connection:
        postgresql.check(connection)
    with by_owner(work.engine) as connection:
        privileges.give(connection, "clinic_serving")
    with serving(work, EVERY_CLINIC) as connection:
        assert privileges.too_much(connection) == []


@pytest.mark.parametrize(
    ("given", "taken", "words"),
    [
        ("GRANT postgres TO clinic_serving WITH INHERIT FALSE", "REVOKE postgres FROM clinic_serving", "owns the tables"),
        ("ALTER ROLE clinic_serving CREATEROLE", "ALTER ROLE clinic_serving NOCREATEROLE", "make roles"),
        ("GRANT CREATE ON DATABASE {0} TO clinic_serving", "REVOKE CREATE ON DATABASE {0} FROM clinic_serving", "tables"),
    ],
)  # fmt: skip
def test_a_way_to_more_rights_is_named(work: Work, clinic: ClinicWorld, given: str, taken: str, words: str) -> None:
    """S-91: what the role has not, but can take."""
    database = work.engine.url.database
    with by_owner(work.engine) as connection:
        connection.execute(text(given.format(database)))
    try:
        with serving(work, EVERY_CLINIC) as connection:
            [found] = privileges.too_much(connection)
            assert words in found
    finally:
        with by_owner(work.engine) as connection:
            connection.execute(text(taken.format(database)))


def test_a_session_from_signing_in_to_the_trail_works_with_this_role(
    app: Flask, work: Work, clinic: ClinicWorld, clock: Clock
) -> None:
    """Through real requests: sign in, chart, look at what was signed, print it, count stock, read the trail."""
    browser = usual_browser(app)
    assert sign_in(browser, VICTIM, PASSWORD).status_code == 302
    charting = Charting.begun(work, clinic, clock)
    site = {"edit_version": charting.version(), "muscle": "mentalis", "side": "left", "units": "2.5"}
    assert browser.send(f"/visits/{charting.visit_id}/sites", site).status_code == 302
    charting.start()
    charting.signed()
    lead = client_for(app, clinic.people[Role.ADMINISTRATOR])
    patient, visit = f"/patients/{charting.patient_id}", f"/visits/{charting.visit_id}"
    addresses = {
        browser: (
            "/",
            "/patients",
            patient,
            visit,
            f"{visit}/summary.pdf",
            f"/stock/vials/{charting.vial_id}",
            "/stock",
        ),
        lead: ("/audit", "/people"),
    }
    answers = {one: client.get(one).status_code for client, ones in addresses.items() for one in ones}
    assert {one: status for one, status in answers.items() if status not in {200, 302}} == {}, "a signed visit leads on"
    assert work.engine.url.username == "clinic_serving"


def test_the_owners_role_is_known_for_what_it_is(work: Work, clinic: ClinicWorld) -> None:
    with by_owner(work.engine) as connection:
        assert len(privileges.too_much(connection)) == 6


def test_every_table_has_its_place() -> None:
    """A new table is of a clinic, of people or of the installation; nothing is left to chance."""
    assert row_security.unplaced() == frozenset()


@pytest.mark.parametrize("role", ["", "a b", 'x"; DROP TABLE visit; --', "1a", "a" * 64])
def test_a_role_with_an_odd_name_is_refused(role: str) -> None:
    with pytest.raises(privileges.RoleRefused):
        privileges.statements(role)
