"""The hazard log: every hazard told in full, rated before and after its control, with tests that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.architecture.sources import ROOT, functions

LOG = ROOT / "docs" / "hazards.md"
HAZARD = re.compile(r"^## (C-[0-9]{2}) (.+)$", re.MULTILINE)
LINE = re.compile(r"^- (State|Cause|Control|Tests|Risk|Left over): (.+)$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
RISK = re.compile(r"(\w+), (\w+): (\w+); with the control (\w+): (\w+)")
RISKS = {
    "slight": {"rare": "low", "occasional": "low", "frequent": "medium"},
    "serious": {"rare": "low", "occasional": "medium", "frequent": "high"},
    "grave": {"rare": "medium", "occasional": "high", "frequent": "high"},
}
LIKELIHOODS = ("rare", "occasional", "frequent")


def hazards() -> Iterator[tuple[str, dict[str, str]]]:
    """Each hazard of the log with its lines by name."""
    parts = HAZARD.split(LOG.read_text(encoding="utf-8"))
    for number, body in zip(parts[1::3], parts[3::3], strict=True):
        yield number, dict(LINE.findall(body))


def test_every_hazard_is_in_the_log_once() -> None:
    assert [number for number, _ in hazards()] == [f"C-{number:02}" for number in range(1, 59)]


def test_every_hazard_is_told_in_full() -> None:
    for number, lines in hazards():
        assert list(lines) == ["State", "Cause", "Control", "Tests", "Risk", "Left over"], number
        assert lines["State"] in {"controlled", "partly", "open"}, number


def test_every_risk_is_rated_before_and_after_its_control() -> None:
    for number, lines in hazards():
        rated = RISK.fullmatch(lines["Risk"])
        assert rated, number
        severity, before, initial, after, residual = rated.groups()
        assert (initial, residual) == (RISKS[severity][before], RISKS[severity][after]), number
        assert LIKELIHOODS.index(after) <= LIKELIHOODS.index(before), number
        if lines["State"] == "open":
            assert before == after, f"{number} is open: nothing makes it rarer"


def faults(number: str, state: str, tests: str) -> list[str]:
    """What is wrong with the tests that a hazard names."""
    named = TEST.findall(tests)
    if bool(named) != (state != "open") or len(named) != tests.count("::"):
        return [f"{number} is {state} and names {len(named)} tests: {tests}"]
    return [
        f"{number}: there is no {file}::{test}"
        for file, test in named
        if not (ROOT / file).exists() or test not in functions(ROOT / file)
    ]


def test_every_control_of_a_hazard_has_its_test() -> None:
    assert [one for number, lines in hazards() for one in faults(number, lines["State"], lines["Tests"])] == []


@pytest.mark.parametrize(
    ("state", "tests"),
    [
        ("controlled", "none"),
        ("open", "`tests/architecture/test_docs.py::test_links_lead_somewhere`"),
        ("controlled", "`tests/architecture/test_docs.py::test_that_nobody_wrote`"),
        ("partly", "`tests/architecture/test_nowhere.py::test_every_document_is_there`"),
        ("partly", "tests/architecture/test_docs.py::test_links_lead_somewhere"),
    ],
)
def test_a_control_without_its_test_is_found(state: str, tests: str) -> None:
    assert faults("C-00", state, tests)
