"""D-34: whatever two people do in whatever order, vials, totals, signatures, trail and clinics stay as they must."""

from __future__ import annotations

import itertools
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from clinic.unit_of_work import Work
from tests.charting import Charting
from tests.factories import ClinicWorld, make_clinic
from tests.reliability import record_model
from tests.reliability.record_model import RecordModel

EXAMPLES, STEPS = 3, 20


def run(work: Work, other: ClinicWorld, clock: Any, model: type[RecordModel], **more: int) -> None:
    """Run the machine, each example in a clinic of its own."""
    numbers = itertools.count()

    def begin() -> Charting:
        return Charting.begun(work, make_clinic(work, prefix=f"m{next(numbers)}-"), clock)

    model.begin, model.other = staticmethod(begin), other
    checks = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]
    chosen: dict[str, Any] = {"max_examples": EXAMPLES, "stateful_step_count": STEPS} | more
    how: dict[str, Any] = {"deadline": None, "derandomize": True, "database": None, "suppress_health_check": checks}
    run_state_machine_as_test(model, settings=settings(**chosen, **how, phases=[Phase.generate]))


def test_the_record_adds_up_after_every_step(work: Work, other_clinic: ClinicWorld, clock: Any) -> None:
    """D-34: the short version of the machine; the long one is among the faults."""
    run(work, other_clinic, clock, type("Model", (RecordModel,), {}))


@pytest.mark.sqlite_only
def test_units_that_come_from_nowhere_are_named(
    work: Work, other_clinic: ClinicWorld, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tooth: a page that shows what stood on the label, whatever was taken out since."""
    kept = record_model.vial_rows

    def as_labelled(uow: Any, vial_ids: Any) -> dict[str, Any]:
        return {name: replace(row, units_left=Decimal(100)) for name, row in kept(uow, vial_ids).items()}

    monkeypatch.setattr(record_model, "vial_rows", as_labelled)
    with pytest.raises(AssertionError):
        run(work, other_clinic, clock, type("Holed", (RecordModel,), {}), max_examples=12)
