"""D-08, T-22: more than a thousand writes, syncs, deletions and openings that fail under the running server."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

import pytest
from flask import Flask

from tests.bench.clinician import Refused
from tests.fault.table import Faults
from tests.reliability.injected import faults as every_fault
from tests.reliability.test_injected_errors import staged

ERRORS = 1000
SECONDS = 480
SEED = 2026


@pytest.mark.sqlite_only
@pytest.mark.timeout(700)
def test_a_thousand_errors(app: Flask, tmp_path: Path, faults: Faults) -> None:
    """0 false "saved", 0 torn, no crash loop, a truthful page with the form, and exactly one after it is sent again."""
    faults.need("strace")
    began = time.monotonic()
    with staged(app, tmp_path, every_fault(SEED)) as stage:
        told = stage.browser.told
        while told.errors < ERRORS and time.monotonic() - began < SECONDS:
            with suppress(Refused):  # What was refused stands among what is wrong; the next session goes on.
                stage.life()
        wrong = stage.wrong()
    print(told)
    lost = sum("acknowledged" in one or "page says saved" in one for one in wrong)
    faults.add(
        "I/O errors: the n-th write, sync, deletion, opening (SQLite)",
        tried=told.errors,
        acknowledged=len(stage.browser.sents.told),
        lost=lost,
        torn=len(wrong) - lost,
        recovery=told.slowest,
    )
    assert wrong == []
    assert told.errors >= ERRORS
    assert told.ambiguous > 0, "no error came at the commit itself"
