"""A whole run fails when a test that a promise or a hazard's control rests on did not pass in it.

That the test exists is a test of its own; that it ran and passed can be said only at the end of the run.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pytest

from tests.architecture import promises

_outcomes: dict[str, set[str]] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note what became of each part of each test, under its name without parameters."""
    if report.when == "call" or report.outcome != "passed":
        _outcomes.setdefault(report.nodeid.partition("[")[0], set()).add(report.outcome)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """At the end of a whole run compare the outcomes with what is relied on."""
    config = session.config
    if hasattr(config, "workerinput") or not _is_whole(config) or session.exitstatus != pytest.ExitCode.OK:
        return
    missing = not_green(promises.relied_on(), _outcomes)
    for name in missing:
        print(f"\nNOT GREEN  {name}: a promise or a hazard's control rests on it")
    if missing:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def not_green(relied_on: Collection[str], outcomes: Mapping[str, set[str]]) -> list[str]:
    """Tests that did not run, or did not pass in every shape in which they ran."""
    return sorted(name for name in relied_on if outcomes.get(name) != {"passed"})


def _is_whole(config: pytest.Config) -> bool:
    chosen = config.option.keyword or config.option.markexpr or config.option.collectonly
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS and not chosen
