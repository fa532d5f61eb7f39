"""The table of faults: collected from the reports of the tests, printed at the end, and judged."""

from __future__ import annotations

import pytest

from tests.fault.table import Faults, Tried, drawn, failings, rows
from tests.postgresql import PostgreSQL

_tried: list[Tried] = []
_skipped: list[str] = []


@pytest.fixture
def faults(request: pytest.FixtureRequest) -> Faults:
    """Where a test writes down what it tried: ``faults.need("strace")``, ``faults.add("kill -9", tried=…, …)``."""
    return Faults(request.node.user_properties)


@pytest.fixture(autouse=True)
def counting(request: pytest.FixtureRequest) -> None:
    """Let PostgreSQL count its tables as it does where it serves: these tests fill them for minutes."""
    if "database_kind" in request.fixturenames and request.getfixturevalue("database_kind") == "postgresql":
        server: PostgreSQL = request.getfixturevalue("postgresql")
        for setting in ("autovacuum = on", "autovacuum_naptime = 10"):
            server.execute(f"ALTER SYSTEM SET {setting}")
        server.execute("SELECT pg_reload_conf()")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Take over what a test wrote down, also where it failed afterwards."""
    if report.when == "call":
        _tried.extend(rows(report.user_properties))
    if report.skipped:
        _skipped.append(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run in which something was lost, torn, skipped, or not tried at all."""
    if not hasattr(session.config, "workerinput") and session.exitstatus == pytest.ExitCode.OK and _found(session):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _found(session: pytest.Session) -> list[str]:
    return [] if session.config.option.collectonly else failings(_tried, _skipped)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table."""
    if terminalreporter.config.option.collectonly:
        return
    terminalreporter.section("faults")
    for line in drawn(_tried):
        terminalreporter.write_line(line)
    for line in failings(_tried, _skipped):
        terminalreporter.write_line(f"NOT HELD  {line}", red=True)
