"""PostgreSQL that has counted nothing, as after an upgrade of the server: said by the doctor, mended by a start."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from clinic.health import doctor_database
from clinic.health.report import State
from clinic.models import planner
from clinic.unit_of_work import Work
from tests.postgresql import by_owner

pytestmark = pytest.mark.postgresql_only


LARGE = text("CREATE TABLE a_large_one AS SELECT repeat('x', 100) AS word FROM generate_series(1, 2000)")


@pytest.fixture
def uncounted(work: Work) -> Iterator[Engine]:
    """The program's engine, on a database with a table that was filled and never counted."""
    with by_owner(work.engine) as connection:
        connection.execute(LARGE)
    yield work.engine
    with by_owner(work.engine) as connection:
        connection.execute(text("DROP TABLE a_large_one"))


def test_the_doctor_says_what_was_not_counted(uncounted: Engine) -> None:
    [check] = doctor_database.plans(uncounted)
    assert check.state is State.WARNING
    assert "a_large_one" in check.in_words
    assert "ANALYZE" in check.in_words


def test_a_start_counts_what_was_not(uncounted: Engine) -> None:
    with by_owner(uncounted) as connection:
        assert "a_large_one" in planner.uncounted(connection)
        planner.install(connection)
        assert planner.uncounted(connection) == []
    [check] = doctor_database.plans(uncounted)
    assert check.state is State.WARNING  # The server of the tests counts nothing by itself.
    assert "autovacuum" in check.in_words
