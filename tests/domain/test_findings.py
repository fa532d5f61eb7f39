"""Findings: their identity, what stops, and what an override does."""

from __future__ import annotations

import pytest

from clinic.domain.findings import Finding, Override, Severity
from clinic.domain.safety import apply_overrides

REASON = Override("Discussed with the patient, small dose.", "Dr Abel", "2026-11-22T15:00:00+00:00")


def statement(severity: Severity = Severity.PRESCRIBER, **changes: object) -> Finding:
    values: dict[str, object] = {"message": "Words.", "subject": "site:a", "evidence": (("units", "12"),)}
    return Finding("DOSE-001", severity, **{**values, **changes})  # type: ignore[arg-type]


def test_a_key_is_what_was_compared_and_not_how_it_was_said() -> None:
    one = statement()
    assert one.key == statement(message="Other words.", source="Elsewhere").key
    assert one.key != statement(subject="site:b").key
    assert one.key != statement(evidence=(("units", "13"),)).key
    assert one.key != Finding("DOSE-002", one.severity, one.message, one.subject, one.evidence).key


@pytest.mark.parametrize(
    ("severity", "before", "after"),
    [
        (Severity.NEVER, True, True),
        (Severity.PRESCRIBER, True, False),
        (Severity.ASK, True, False),
        (Severity.WARN, False, False),
    ],
)
def test_what_stops_before_and_after_an_override(severity: Severity, before: bool, after: bool) -> None:
    one = statement(severity)
    assert one.stops is before
    (other,) = apply_overrides((one,), {one.key: REASON})
    assert other.stops is after
    assert (other.override is None) == (severity in (Severity.NEVER, Severity.WARN))
    assert other.key == one.key


def test_an_override_for_other_numbers_does_not_carry_over() -> None:
    old, new = statement(), statement(evidence=(("units", "25"),))
    assert apply_overrides((new,), {old.key: REASON}) == (new,)


@pytest.mark.parametrize(("length", "stops"), [(0, True), (9, True), (10, False), (11, False)])
def test_a_reason_has_ten_characters(length: int, stops: bool) -> None:
    one = statement()
    typed = Override(f"  {'x' * length}  ", "Dr Abel", "now")
    assert apply_overrides((one,), {one.key: typed})[0].stops is stops


def test_a_confirmation_of_an_entry_needs_no_long_reason() -> None:
    one = statement(Severity.ASK)
    assert not apply_overrides((one,), {one.key: Override("yes", "Dr Abel", "now")})[0].stops
