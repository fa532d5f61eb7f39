"""The promises: each has words, tests that exist or a reason, and stands in the document."""

from __future__ import annotations

import pytest

from tests.architecture import promises
from tests.architecture.promises import Promise
from tests.green import not_green

HERE = "tests/architecture/test_promises.py::test_every_promise_has_its_tests_or_its_reason"
RULES = {"S": 100, "R": 11, "P": 12, "O": 13, "A": 10, "J": 12, "V": 24, "D": 36}
"""How many rows each group has: none is left out without a word."""


def test_every_promise_has_its_tests_or_its_reason() -> None:
    assert promises.faults(promises.promises()) == []


def test_no_row_is_left_out() -> None:
    expected = [f"{letter}-{number:02}" for letter, count in RULES.items() for number in range(1, count + 1)]
    assert sorted(one.number for one in promises.promises()) == sorted(expected)


@pytest.mark.parametrize(
    "row",
    [
        Promise("S-1", "words", (HERE,), ""),
        Promise("S-01", " ", (HERE,), ""),
        Promise("S-01", "words", (), ""),
        Promise("S-01", "words", ("tests/architecture/test_promises.py::test_that_nobody_wrote",), ""),
        Promise("S-01", "words", ("tests/nowhere.py::test_x",), ""),
        Promise("S-01", "words", ("by hand",), ""),
    ],
)
def test_a_promise_without_its_test_is_found(row: Promise) -> None:
    assert promises.faults((row,))


@pytest.mark.parametrize("outcomes", [{}, {"a": set()}, {"a": {"skipped"}}, {"a": {"passed", "failed"}}])
def test_a_test_that_did_not_pass_is_found(outcomes: dict[str, set[str]]) -> None:
    assert not_green({"a"}, outcomes) == ["a"]
    assert not_green({"b"}, {**outcomes, "b": {"passed"}}) == []
